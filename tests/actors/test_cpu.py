import pytest
import trio

from stui_actors.actors import cpu as cpu_module
from stui_actors.actors.cpu import TURN, CpuActor


class Clock:
    """Time that passes only when somebody works."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


class Work:
    """So many slices of one turn each; writes down whose they were."""

    def __init__(self, clock, name, slices, diary, seconds=TURN):
        self.clock, self.name, self.left, self.diary, self.seconds = clock, name, slices, diary, seconds

    def run_slice(self):
        self.clock.now += self.seconds
        self.diary.append(self.name)
        self.left -= 1
        return self.left <= 0


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def diary():
    return []


@pytest.fixture
def run(clock, diary):
    async def run(cpu, jobs):
        async with trio.open_nursery() as nursery:
            for name, slices in jobs:
                nursery.start_soon(cpu.run, Work(clock, name, slices, diary), name)
        assert cpu.running == 0
        assert cpu._busy is False

    return run


async def test_what_ends_within_a_turn_is_done_without_a_switch(clock, diary):
    cpu = CpuActor(clock=clock)

    with trio.CancelScope() as scope:
        scope.cancel()  # the first checkpoint would end it
        await cpu.run(Work(clock, "a", 3, diary, seconds=TURN / 10), "a")

    assert diary == ["a"] * 3


async def test_clients_take_turns(clock, diary, run):
    for _ in range(40):
        diary.clear()
        await run(CpuActor(clock=clock), [("a", 50), ("b", 50), ("c", 50)])

        middle = diary[10:100]
        assert all(29 <= middle.count(name) <= 31 for name in "abc")


async def test_a_client_with_many_evaluations_gets_no_more_than_one_with_one(clock, diary, run):
    await run(CpuActor(clock=clock), [("greedy", 50)] * 4 + [("modest", 50)])

    assert diary[:80].count("modest") >= 39


async def test_weights_are_shares(clock, diary, run):
    cpu = CpuActor(lambda client_id: 3.0 if client_id == "paid" else 1.0, clock)

    await run(cpu, [("paid", 300), ("free", 300)])

    assert 2.5 < diary[:200].count("paid") / diary[:200].count("free") < 3.5


async def test_who_comes_late_is_next_and_does_not_catch_up(clock, diary):
    cpu = CpuActor(clock=clock)
    async with trio.open_nursery() as nursery:
        for name in ("a", "b", "c"):
            nursery.start_soon(cpu.run, Work(clock, name, 200, diary), name)
        while len(diary) < 100:
            await trio.lowlevel.checkpoint()
        came = len(diary)
        nursery.start_soon(cpu.run, Work(clock, "late", 20, diary), "late")

    assert "late" in diary[came : came + 4]
    assert diary[came : came + 40].count("late") <= 12


async def test_what_is_short_runs_at_once_where_nobody_is_further_behind(clock, diary):
    cpu = CpuActor(clock=clock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cpu.run, Work(clock, "long", 50, diary), "long")
        while len(diary) < 10:
            await trio.lowlevel.checkpoint()

        with trio.CancelScope() as scope:
            scope.cancel()  # the first checkpoint would end it
            await cpu.run(Work(clock, "short", 2, diary, seconds=TURN / 10), "short")
            assert diary[-2:] == ["short"] * 2

    assert diary.count("long") == 50


async def test_what_is_short_waits_where_others_are_as_far_behind(clock, diary):
    cpu = CpuActor(clock=clock)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cpu.run, Work(clock, "long", 50, diary), "long")
        nursery.start_soon(cpu.run, Work(clock, "other", 50, diary), "other")
        while not cpu._line or cpu._line[0][0] > cpu._time:
            await trio.lowlevel.checkpoint()

        with trio.CancelScope() as scope:
            scope.cancel()
            await cpu.run(Work(clock, "short", 1, diary, seconds=TURN / 10), "short")

    assert scope.cancelled_caught
    assert "short" not in diary


@pytest.mark.parametrize("weight", [1.0, 3.0])
async def test_much_that_is_short_gets_no_more_than_what_is_long(clock, diary, weight):
    cpu = CpuActor(lambda client_id: weight if client_id == "short" else 1.0, clock)

    long = Work(clock, "long", 200, diary)

    async def flood(session):
        while long.left:
            await cpu.run(Work(clock, "short", 1, diary, seconds=TURN / 4), "short")
            await trio.lowlevel.checkpoint()

    async with trio.open_nursery() as nursery:
        nursery.start_soon(cpu.run, long, "long")
        await trio.lowlevel.checkpoint()
        for session in range(20):
            nursery.start_soon(flood, session)

    used = diary[: len(diary) - diary[::-1].index("long")]
    assert 0.8 * weight < used.count("short") / 4 / used.count("long") < 1.2 * weight
    assert cpu._debts == {}


async def test_debts_of_many_clients_are_forgotten_once_they_are_made_up_for(clock, diary, monkeypatch):
    monkeypatch.setattr(cpu_module, "MOST_DEBTS", 10)
    cpu = CpuActor(clock=clock)
    cpu._most_debts = 10
    async with trio.open_nursery() as nursery:
        nursery.start_soon(cpu.run, Work(clock, "long", 100, diary), "long")
        await trio.lowlevel.checkpoint()
        for number in range(300):
            await cpu.run(Work(clock, "short", 1, diary, seconds=TURN / 10), f"short {number}")
            assert len(cpu._debts) <= 30
            await trio.lowlevel.checkpoint()


async def test_others_run_between_two_turns(clock, diary):
    cpu = CpuActor(clock=clock)
    rounds = 0

    async def door():
        nonlocal rounds
        while True:
            await trio.lowlevel.checkpoint()
            rounds += 1

    async with trio.open_nursery() as nursery:
        nursery.start_soon(door)
        await cpu.run(Work(clock, "a", 100, diary), "a")
        nursery.cancel_scope.cancel()

    assert rounds >= 3 * 99


async def test_what_a_slice_raises_is_raised_where_it_was_asked_and_the_turn_passes_on(clock, diary):
    cpu = CpuActor(clock=clock)

    class Broken(Work):
        def run_slice(self):
            if super().run_slice():
                raise ValueError("bug")
            return False

    async with trio.open_nursery() as nursery:
        nursery.start_soon(cpu.run, Work(clock, "other", 20, diary), "other")
        with pytest.raises(ValueError, match="bug"):
            await cpu.run(Broken(clock, "broken", 5, diary), "broken")

    assert diary.count("other") == 20
    assert cpu._busy is False


async def test_a_cancelled_waiter_leaves_no_hole(clock, diary):
    for checkpoints in range(40):
        cpu = CpuActor(clock=clock)
        diary.clear()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(cpu.run, Work(clock, "a", 100, diary), "a")
            with trio.CancelScope() as scope:
                async with trio.open_nursery() as inner:
                    inner.start_soon(cpu.run, Work(clock, "b", 100, diary), "b")
                    inner.start_soon(cpu.run, Work(clock, "b", 100, diary), "b")
                    for _ in range(checkpoints):
                        await trio.lowlevel.checkpoint()
                    scope.cancel()

        assert diary.count("a") == 100
        assert cpu.running == 0
        assert cpu._busy is False


async def test_a_message_that_came_during_a_turn_has_the_next_one(clock, diary):
    for turn in range(40):  # the order of tasks within a round is any
        cpu = CpuActor(clock=clock)
        diary.clear()
        ends = [trio.open_memory_channel(1) for _ in range(3)]  # the door, its client, its session

        class Ringing(Work):
            def run_slice(self, turn=turn, door=ends[0][0]):
                if len(diary) == 20 + turn % 4:
                    diary.append("message")
                    door.send_nowait("evaluate")
                return super().run_slice()

        async def hop(receive, send):
            send.send_nowait(await receive.receive())

        async def session(receive, cpu=cpu):
            await receive.receive()
            await cpu.run(Work(clock, "quick", 1, diary, seconds=TURN / 10), "quick")

        async with trio.open_nursery() as nursery:
            for number, name in enumerate("abcd"):  # each takes another time, so that no two are equally far behind
                nursery.start_soon(cpu.run, Ringing(clock, name, 20, diary, seconds=(2 + number / 7) * TURN), name)
            nursery.start_soon(hop, ends[0][1], ends[1][0])
            nursery.start_soon(hop, ends[1][1], ends[2][0])
            nursery.start_soon(session, ends[2][1])

        assert diary.index("quick") == diary.index("message") + 2


async def test_short_ones_share_a_turn_without_a_switch_between_them(clock, diary):
    for _ in range(40):  # the order of tasks within a round is any
        cpu = CpuActor(clock=clock)
        diary.clear()
        rounds = []

        async def door(rounds=rounds):
            while True:
                rounds.append(len(diary))
                await trio.lowlevel.checkpoint()

        async with trio.open_nursery() as nursery:
            nursery.start_soon(cpu.run, Work(clock, "loop", 2, diary), "loop")
            while not diary:
                await trio.lowlevel.checkpoint()
            for number in range(25):
                nursery.start_soon(cpu.run, Work(clock, "quick", 1, diary, seconds=TURN / 10), f"quick {number}")
            nursery.start_soon(door)
            while diary.count("quick") < 25:
                await trio.lowlevel.checkpoint()
            nursery.cancel_scope.cancel()

        seen = {count for count in rounds if 0 < count - 1 < 25}
        assert len(seen) <= 25 / 10 + 1, "a turn has room for ten of them"


async def test_what_fails_in_a_shared_turn_fails_in_its_own_task_only(clock, diary):
    cpu = CpuActor(clock=clock)
    failed = []

    class Broken(Work):
        def run_slice(self):
            super().run_slice()
            raise ValueError("bug")

    async def ask_broken():
        try:
            await cpu.run(Broken(clock, "broken", 1, diary, seconds=TURN / 10), "broken")
        except ValueError:
            failed.append(trio.lowlevel.current_task().name)

    async with trio.open_nursery() as nursery:
        nursery.start_soon(cpu.run, Work(clock, "loop", 5, diary), "loop")
        while not diary:
            await trio.lowlevel.checkpoint()
        nursery.start_soon(cpu.run, Work(clock, "quick", 1, diary, seconds=TURN / 10), "quick")
        nursery.start_soon(ask_broken, name="asked")
        nursery.start_soon(cpu.run, Work(clock, "quick", 1, diary, seconds=TURN / 10), "other")

    assert failed == ["asked"]
    assert sorted(diary) == ["broken"] + ["loop"] * 5 + ["quick"] * 2
    assert cpu._busy is False
