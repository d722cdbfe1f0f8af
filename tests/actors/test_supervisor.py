import pytest
import trio
import trio.testing

from stui_actors.actors.supervisor import (
    Chain,
    Incident,
    Incidents,
    RestartPolicy,
    Restarts,
    TooManyRestarts,
    attempt,
    traceback_of,
)


class Scripted:
    """A service that tells what happens to it, and fails when it is told to."""

    def __init__(self, name, diary):
        self.name, self.diary = name, diary
        self.fail = trio.Event()
        self.end = trio.Event()

    async def run(self, *, task_status):
        self.diary.append(f"+{self.name}")
        self.fail = trio.Event()
        task_status.started()
        try:
            async with trio.open_nursery() as nursery:
                nursery.start_soon(self._failing)
                await self.end.wait()
                nursery.cancel_scope.cancel()
        finally:
            self.diary.append(f"-{self.name}")

    async def _failing(self):
        await self.fail.wait()
        raise RuntimeError(self.name)


@pytest.fixture
def diary():
    return []


@pytest.fixture
def services(diary):
    return [Scripted(name, diary) for name in ("storage", "auth", "gateway")]


async def until_quiet():
    await trio.testing.wait_all_tasks_blocked()


async def test_services_start_in_order_and_end_the_other_way_round(services, diary, nursery):
    nursery.start_soon(Chain(services).run)
    await until_quiet()

    services[-1].end.set()
    await until_quiet()

    assert diary == ["+storage", "+auth", "+gateway", "-gateway", "-auth", "-storage"]


async def test_a_failure_restarts_the_service_and_those_after_it_only(services, diary, nursery):
    nursery.start_soon(Chain(services).run)
    await until_quiet()
    diary.clear()

    services[1].fail.set()
    await until_quiet()

    assert sorted(diary[:2]) == ["-auth", "-gateway"]
    assert diary[2:] == ["+auth", "+gateway"]


async def test_too_many_failures_of_one_restart_the_one_before_it(services, diary, nursery, autojump_clock):
    nursery.start_soon(Chain(services, RestartPolicy(limit=1, window=60)).run)
    await until_quiet()
    services[1].fail.set()
    await until_quiet()
    diary.clear()

    services[1].fail.set()
    await until_quiet()

    assert "-storage" in diary
    assert diary[-3:] == ["+storage", "+auth", "+gateway"]


async def test_too_many_failures_of_the_first_end_everything(services, diary):
    async def keep_failing():
        while True:
            await until_quiet()
            services[0].fail.set()

    with pytest.raises(ExceptionGroup) as caught:  # noqa: PT012  # the nursery wraps it
        async with trio.open_nursery() as nursery:
            nursery.start_soon(keep_failing)
            await Chain(services).run()

    assert caught.group_contains(TooManyRestarts, match="storage failed more than 3 times in 60 seconds")
    assert diary.count("+storage") == 4
    assert sum(1 if each[0] == "+" else -1 for each in diary) == 0


def test_failures_that_lie_long_enough_apart_are_always_allowed():
    restarts = Restarts(RestartPolicy(limit=3, window=60))

    assert all(restarts.allow(hour * 3600.0) for hour in range(100))


def test_the_fourth_failure_within_the_window_is_one_too_many():
    restarts = Restarts(RestartPolicy(limit=3, window=60))

    assert [restarts.allow(now) for now in (0.0, 1.0, 2.0, 3.0)] == [True, True, True, False]


async def test_an_attempt_gives_back_what_went_wrong():
    async def fails():
        raise KeyError("x")

    async def succeeds():
        pass

    assert isinstance(await attempt(fails), KeyError)
    assert await attempt(succeeds) is None


async def test_an_attempt_lets_cancellation_through(autojump_clock):
    with trio.move_on_after(1) as scope:
        await attempt(trio.sleep_forever)

    assert scope.cancelled_caught


def test_a_traceback_is_bounded_and_keeps_what_variables_held_to_itself():
    def deep(number, secret):
        if number == 0:
            raise ValueError("at the bottom")
        deep(number - 1, secret)

    with pytest.raises(ValueError, match="bottom") as caught:
        deep(500, "hunter2")

    text = traceback_of(caught.value)
    assert text.count("\n") < 200
    assert text.rstrip().endswith("ValueError: at the bottom")
    assert "hunter2" not in text


async def test_failures_are_noted_with_how_they_were_answered(services):
    incidents = Incidents(now=lambda: 5.0)
    chain = Chain(services, RestartPolicy(limit=1, window=60.0), incidents.note)
    with pytest.RaisesGroup(TooManyRestarts, allow_unwrapped=True):  # the failures come from within
        async with trio.open_nursery() as nursery:
            nursery.start_soon(chain.run)
            for _ in range(2 * 2):  # a service that fails too often is a failure of the one before it
                await until_quiet()
                services[1].fail.set()

    assert incidents.counts == {"auth restarted": 2, "auth gave up": 2, "storage restarted": 1, "storage gave up": 1}
    assert incidents.last[0] == Incident(5.0, "auth", "ExceptionGroup", "restarted")
