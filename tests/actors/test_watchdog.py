"""The watchdog of the event loop, on virtual time; its alarm is one that remembers."""

import subprocess
import sys

import pytest
import trio
from attrs import define, field

from stui_actors.actors.watchdog import FORGET, Watchdog


@define(eq=False)
class FakeAlarm:
    """Goes off at a virtual time unless it is set again or stopped before."""

    due: float | None = None
    settings: list[float] = field(factory=list)

    def set(self, seconds):
        self.due = trio.current_time() + seconds
        self.settings.append(seconds)

    def stop(self):
        self.due = None


@define(eq=False)
class Clock:
    """Trio's time, and what is added when the loop is blocked."""

    blocked: float = 0.0

    def __call__(self):
        return trio.current_time() + self.blocked


@pytest.fixture
def alarm():
    return FakeAlarm()


async def test_the_alarm_is_always_set_further_than_the_next_look(alarm, autojump_clock, nursery):
    nursery.start_soon(Watchdog(1.0, alarm).run)

    for _ in range(20):
        await trio.sleep(0.25)
        assert alarm.due - trio.current_time() >= 1.0


async def test_a_loop_that_comes_round_late_is_counted_and_told(alarm, autojump_clock, nursery):
    clock = Clock()
    watchdog = Watchdog(1.0, alarm, clock)
    nursery.start_soon(watchdog.run)
    await trio.sleep(0.6)
    assert (watchdog.blocked, watchdog.worst) == (0, pytest.approx(0))

    clock.blocked += 0.9
    await trio.sleep(0.25)
    assert (watchdog.blocked, watchdog.lag) == (0, pytest.approx(0.9))
    clock.blocked += 2.5
    await trio.sleep(0.25)

    assert (watchdog.blocked, watchdog.lag) == (1, pytest.approx(2.5))


async def test_the_worst_of_lately_is_forgotten_and_the_worst_of_all_is_not(alarm, autojump_clock, nursery):
    clock = Clock()
    watchdog = Watchdog(1.0, alarm, clock)
    nursery.start_soon(watchdog.run)
    await trio.sleep(0.6)
    clock.blocked += 0.5
    await trio.sleep(0.25 * (2 * FORGET + 2))

    assert (watchdog.lag, watchdog.worst) == (pytest.approx(0), pytest.approx(0.5))


async def test_nothing_is_left_behind_when_it_ends(alarm, autojump_clock):
    with trio.move_on_after(5):
        await Watchdog(1.0, alarm).run()

    assert alarm.due is None


async def test_switched_off_it_ends_at_once(alarm, autojump_clock):
    await Watchdog(0.0, alarm).run()

    assert alarm.settings == []


BLOCKED = """
import time, trio
from stui_actors.actors.watchdog import Watchdog

def the_culprit():
    time.sleep(0.5)

async def main():
    async with trio.open_nursery() as nursery:
        nursery.start_soon(Watchdog(0.1).run)
        await trio.sleep(0.05)
        the_culprit()
        await trio.sleep(0.05)
        nursery.cancel_scope.cancel()

trio.run(main)
"""


def test_the_stacks_of_a_blocked_loop_are_dumped():
    ran = subprocess.run([sys.executable, "-c", BLOCKED], capture_output=True, text=True, check=True)

    assert "the_culprit" in ran.stderr
    assert "event loop was blocked" in ran.stdout + ran.stderr
