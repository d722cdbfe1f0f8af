import gc

import pytest
import structlog
import trio
import trio.testing

from stui_actors.actors.garbage import (
    CROWD,
    HELD_OFF,
    LOOK,
    MIDDLE,
    NEVER,
    PAUSE,
    PER_CLIENT,
    PUT_OFF,
    SETTLED,
    YOUNG,
    GarbageActor,
    PythonsCollector,
)
from stui_actors.storage.store import SessionKey


class World:
    """Counts what arrives and what runs; a collector that notes when it was asked, and takes its time."""

    def __init__(self):
        self.received = self.running = self.present = self.expected = 0
        self.collected_at = []
        self.time = 0.0
        self.begun = False
        self.is_held_off = False

    def expect(self, clients):
        self.expected = clients

    def hold_off(self):
        self.is_held_off = True

    def go_on(self):
        self.is_held_off = False

    def begin(self):
        self.begun = True

    def collect(self):
        self.collected_at.append(trio.current_time() - self.began)
        self.time += 0.05
        return 7

    async def be_busy_until(self, end):
        while trio.current_time() - self.began < end:
            self.received += 1
            await trio.sleep(LOOK / 5)


@pytest.fixture
async def world(nursery):
    world = World()
    world.began = trio.current_time()
    world.actor = GarbageActor(
        lambda: world.received,
        lambda: world.running,
        lambda: world.present,
        collector=world,
        clock=lambda: world.time,
    )
    nursery.start_soon(world.actor.run)
    await trio.testing.wait_all_tasks_blocked()
    return world


async def test_what_lives_at_start_is_out_of_sight(world, autojump_clock):
    assert world.begun


async def test_it_waits_for_a_moment_at_which_nothing_arrives(world, autojump_clock):
    await world.be_busy_until(PAUSE + 10)
    assert world.collected_at == []

    await trio.sleep(3 * LOOK)

    assert len(world.collected_at) == 1
    assert PAUSE + 10 <= world.collected_at[0] <= PAUSE + 10 + 3 * LOOK


async def test_while_somebody_computes_is_no_such_moment(world, autojump_clock):
    world.received, world.running = 1, 1
    await trio.sleep(PAUSE + 10)
    assert world.collected_at == []

    world.running = 0
    await trio.sleep(2 * LOOK)

    assert len(world.collected_at) == 1


async def test_it_is_not_put_off_for_ever(world, autojump_clock):
    await world.be_busy_until(2 * PUT_OFF + 10)

    assert [at // PUT_OFF for at in world.collected_at] == [1, 2]


async def test_two_collections_are_well_apart_however_many_quiet_moments_there_are(world, autojump_clock):
    for _ in range(10):
        world.received += 1
        await trio.sleep(4 * LOOK)

    assert world.collected_at == []

    for _ in range(100):
        world.received += 1
        await trio.sleep(4 * LOOK)

    pauses = [later - sooner for sooner, later in zip(world.collected_at, world.collected_at[1:], strict=False)]
    assert len(pauses) >= 4
    assert min(pauses) >= PAUSE


async def test_a_server_where_nothing_happens_collects_seldom(world, autojump_clock):
    await trio.sleep(2 * PUT_OFF + 10)

    assert len(world.collected_at) == 2


async def test_how_long_it_took_is_told_and_logged(world, autojump_clock):
    with structlog.testing.capture_logs() as logged:
        await world.be_busy_until(PUT_OFF + 10)

    assert (world.actor.count, world.actor.seconds, world.actor.longest) == (1, 0.05, 0.05)
    (entry,) = [each for each in logged if each["event"] == "garbage collected"]
    assert entry["milliseconds"] == 50
    assert entry["freed"] == 7
    assert entry["idle"] is False


async def test_small_collections_are_held_off_until_nobody_has_waked_a_session_for_a_moment(world, autojump_clock):
    wakes, one, other = world.actor.wakes, SessionKey("ada", "one"), SessionKey("ada", "other")
    wakes.begin(one)
    await trio.testing.wait_all_tasks_blocked()
    assert world.is_held_off

    wakes.end(one)
    await trio.sleep(SETTLED / 2)
    wakes.begin(other)
    await trio.sleep(SETTLED)
    assert world.is_held_off

    wakes.end(other)
    await trio.sleep(SETTLED / 2)
    assert world.is_held_off
    await trio.sleep(SETTLED)
    assert not world.is_held_off

    wakes.begin(one)
    await trio.testing.wait_all_tasks_blocked()
    assert world.is_held_off


async def test_small_collections_go_on_where_the_actor_ends_during_a_wake(autojump_clock):
    world = World()
    actor = GarbageActor(lambda: 0, lambda: 0, lambda: 0, collector=world)
    actor.wakes.begin(SessionKey("ada", "one"))
    with trio.move_on_after(SETTLED):
        await actor.run()

    assert not world.is_held_off


@pytest.mark.parametrize(("present", "messages", "busy"), [(40, 300, 40), (1000, 3, 3), (7, 0, 0)])
async def test_the_collector_is_told_how_many_clients_may_be_busy(world, autojump_clock, present, messages, busy):
    world.present = present
    await trio.sleep(LOOK / 2)
    world.received += messages
    await trio.sleep(LOOK)
    assert world.expected == busy

    await trio.sleep(LOOK)
    assert world.expected == 0


@pytest.fixture
def pythons():
    """Python's collector as a server sets it; afterwards it is as it was."""
    thresholds = gc.get_threshold()
    collector = PythonsCollector()
    try:
        collector.begin()
        yield collector
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()


def test_more_is_made_before_a_small_collection_while_they_are_held_off(pythons):
    pythons.hold_off()
    kept = [[] for _ in range((YOUNG + HELD_OFF) // 2)]
    assert gc.get_count()[0] > YOUNG

    pythons.go_on()
    assert gc.get_count()[0] < YOUNG
    assert gc.get_threshold() == (YOUNG, MIDDLE, NEVER)
    assert kept


def test_nothing_is_collected_afterwards_where_little_was_made(pythons):
    pythons.hold_off()
    kept = [[] for _ in range(YOUNG // 2)]

    pythons.go_on()
    assert gc.get_count()[0] >= len(kept)


def test_what_is_made_while_they_are_held_off_is_bounded(pythons):
    pythons.hold_off()
    kept = [[] for _ in range(2 * HELD_OFF)]

    assert gc.get_count()[0] < HELD_OFF + YOUNG
    assert kept


@pytest.mark.parametrize(("clients", "more"), [(0, 0), (10, 10 * PER_CLIENT), (9 * CROWD, CROWD * PER_CLIENT)])
def test_the_more_clients_there_are_the_rarer_are_small_collections(pythons, clients, more):
    pythons.expect(clients)
    assert gc.get_threshold() == (YOUNG + more, MIDDLE, NEVER)

    pythons.hold_off()
    assert gc.get_threshold() == (max(YOUNG + more, HELD_OFF), MIDDLE, NEVER)

    pythons.expect(0)
    assert gc.get_threshold() == (HELD_OFF, MIDDLE, NEVER)

    pythons.go_on()
    assert gc.get_threshold() == (YOUNG, MIDDLE, NEVER)


def test_pythons_collector_never_collects_in_full_by_itself():
    thresholds, frozen = gc.get_threshold(), gc.get_freeze_count()
    collector = PythonsCollector()
    try:
        collector.begin()
        assert gc.get_threshold() == (YOUNG, MIDDLE, NEVER)
        assert gc.get_freeze_count() > frozen
        loop = []
        loop.append(loop)
        del loop
        assert collector.collect() >= 1
    finally:
        gc.set_threshold(*thresholds)
        gc.unfreeze()
