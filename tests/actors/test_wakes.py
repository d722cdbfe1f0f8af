"""Sessions that come back to memory go before what can wait, and what can wait does not wait for ever."""

import pytest
import trio
import trio.testing

from stui_actors.actors.cpu import CpuActor
from stui_actors.actors.departures import NOBODY, PATIENT, REST, DeparturesActor
from stui_actors.actors.messages import Sweep
from stui_actors.actors.wakes import PATIENCE, Wakes
from stui_actors.storage.store import SessionKey
from tests.actors.test_cpu import Clock
from tests.actors.test_departures import LeftBehind
from tests.actors.world import running, settings_with

ONE, OTHER = SessionKey("ada", "one"), SessionKey("bob", "other")
SLEEPY = settings_with(session={"timeout": 5.0, "attach_timeout": 5.0, "cleanup_interval": 5.0})


async def test_it_is_over_once_all_have_their_answers(nursery):
    wakes, over = Wakes(), trio.Event()

    async def wait():
        await wakes.over()
        over.set()

    wakes.begin(ONE)
    wakes.begin(OTHER)
    nursery.start_soon(wait)
    wakes.end(ONE)
    await trio.testing.wait_all_tasks_blocked()
    assert wakes.are_underway
    assert not over.is_set()

    wakes.end(OTHER)
    await trio.testing.wait_all_tasks_blocked()
    assert not wakes.are_underway
    assert over.is_set()


async def test_nobody_waits_for_a_wake_that_takes_too_long(autojump_clock):
    wakes, began = Wakes(), trio.current_time()
    wakes.begin(ONE)
    await trio.sleep(PATIENCE / 2)
    wakes.begin(OTHER)

    await wakes.over()

    assert trio.current_time() - began == pytest.approx(1.5 * PATIENCE)
    wakes.end(ONE)
    wakes.end(OTHER)
    assert not wakes.are_underway


async def test_a_session_that_is_touched_again_wakes_anew(autojump_clock):
    wakes = Wakes()
    wakes.begin(ONE)
    await trio.sleep(PATIENCE / 2)
    wakes.begin(OTHER)
    wakes.begin(ONE)
    wakes.end(OTHER)

    began = trio.current_time()
    await wakes.over()

    assert trio.current_time() - began == pytest.approx(PATIENCE)


async def test_who_waits_for_the_first_one_learns_of_it(nursery):
    wakes, began = Wakes(), trio.Event()

    async def wait():
        await wakes.first()
        began.set()

    nursery.start_soon(wait)
    await trio.testing.wait_all_tasks_blocked()
    assert not began.is_set()

    wakes.begin(ONE)
    await trio.testing.wait_all_tasks_blocked()
    assert began.is_set()


@pytest.fixture
async def departures(nursery):
    departures = DeparturesActor(CpuActor(clock=Clock()))
    nursery.start_soon(departures.run)
    await trio.testing.wait_all_tasks_blocked()
    return departures


def leave(departures, count):
    diary = []
    for _ in range(count):
        departures.post(LeftBehind(departures.cpu.clock, diary))
    return diary


async def test_nothing_is_taken_apart_while_a_session_wakes(departures):
    departures.wakes.begin(ONE)
    diary = leave(departures, 3)
    await trio.testing.wait_all_tasks_blocked()
    assert diary == []

    departures.wakes.end(ONE)
    await trio.testing.wait_all_tasks_blocked()
    assert departures.taken_apart == 3


async def test_what_is_half_taken_apart_waits_as_it_is_when_a_session_wakes(departures):
    diary = leave(departures, 1)
    departures.post(Waking(departures, ONE))
    diary_after = leave(departures, 1)
    await trio.testing.wait_all_tasks_blocked()
    assert (departures.taken_apart, diary_after) == (1, [])

    departures.wakes.end(ONE)
    await trio.testing.wait_all_tasks_blocked()
    assert departures.taken_apart == 3
    assert diary == diary_after == [NOBODY] * 3


class Waking:
    """What is taken apart in two turns; somebody wakes a session during the first."""

    def __init__(self, departures, key):
        self.departures, self.key, self.turns = departures, key, 0

    def leaving(self):
        return self

    def run_slice(self):
        self.turns += 1
        if self.turns == 1:
            self.departures.wakes.begin(self.key)
        return self.turns == 2


async def test_sessions_that_wake_all_the_time_do_not_keep_others_from_being_taken_apart(
    departures, nursery, autojump_clock
):
    nursery.start_soon(wake_all_the_time, departures.wakes)
    await trio.testing.wait_all_tasks_blocked()
    diary = leave(departures, 3)
    await trio.sleep(0.9 * REST)
    assert diary == []

    await trio.sleep(0.2 * REST)
    assert len(diary) == 1
    await trio.sleep(8 * REST)
    assert len(diary) == 9
    assert departures.taken_apart == 3


async def wake_all_the_time(wakes):
    while True:
        wakes.begin(ONE)
        await trio.sleep(PATIENCE / 2)


async def test_a_crowd_that_left_is_taken_apart_although_a_session_wakes(departures):
    departures.wakes.begin(ONE)
    leave(departures, PATIENT + 5)
    await trio.testing.wait_all_tasks_blocked()

    assert 0 < departures.taken_apart <= 5 + 1
    assert departures.waiting < PATIENT


async def test_clients_are_swept_once_no_session_wakes(make_front, autojump_clock):
    front = await make_front(cleanup_interval=5.0)
    for name in ("ada", "bob"):
        await front.ask(name.encode(), client_id=name)
        front.registry.note(name, sessions=1, attached=0)
    async with trio.open_nursery() as nursery:
        await trio.sleep(4.9)
        nursery.start_soon(wake_all_the_time, front.registry.wakes)
        await trio.sleep(4.9)
        assert sum(len(front.notes(name, Sweep)) for name in ("ada", "bob")) == 1

        await trio.sleep(0.3)  # a whole interval has passed
        assert sum(len(front.notes(name, Sweep)) for name in ("ada", "bob")) >= 2
        nursery.cancel_scope.cancel()


async def test_a_session_wakes_from_its_first_touch_until_that_is_answered(library, nursery, autojump_clock):
    async with running(library, settings=SLEEPY) as house:
        ada, seen = house.peer(), []
        await ada.create("ada")
        ada.router.cut(ada.connection)
        await trio.sleep(20)
        nursery.start_soon(watch, house.server.wakes, seen)

        began = trio.current_time()
        assert await ada.evaluate("3 + 4") == "7"
        assert seen[:1] == ["begun"]
        assert not house.server.wakes.are_underway
        assert trio.current_time() - began < PATIENCE

        assert await ada.evaluate("3 + 5") == "8"
        assert seen == ["begun", "over"]


async def watch(wakes, seen):
    while True:
        await wakes.first()
        seen.append("begun")
        await wakes.over()
        seen.append("over")


async def test_a_touch_of_what_does_not_exist_is_no_wake_for_longer_than_its_refusal(library, autojump_clock):
    async with running(library) as house:
        assert await house.peer(client_id="ada").fail("evaluate", session_id="0" * 32, code="3") == "SessionNotFound"
        assert not house.server.wakes.are_underway
