"""One seed, one course: a clock that never waits, and a scheduler whose choices come from the seed."""

from collections.abc import Iterator
from contextlib import contextmanager
from random import Random

import trio
import trio._core._run as trio_run
from attrs import define

from stui_actors.smalltalk.preemption import CountingPreemption

TICKS = 300  # of Smalltalk to a slice
SLICE = 0.0004  # seconds that a slice is said to take


@define(eq=False)
class SimulatedClock(trio.abc.Clock):
    """Jumps to the next deadline as soon as nothing can run; work takes time only where it says so by ``spend``."""

    now: float = 0.0

    def start_clock(self) -> None:
        """Nothing runs of itself."""

    def current_time(self) -> float:
        """Seconds since the beginning."""
        return self.now

    def deadline_to_sleep_time(self, deadline: float) -> float:
        """Trio asks it when nothing can run: be there at once."""
        self.now = max(self.now, deadline)
        return 0.0

    def spend(self, seconds: float) -> None:
        """Something took so long."""
        self.now += seconds

    def working(self) -> float:
        """The time, for one who looks often while working: each look takes a while."""
        self.spend(SLICE)
        return self.now


@contextmanager
def decided_by(chance: Random) -> Iterator[None]:
    """Trio runs tasks that could run at the same moment in an order that ``chance`` decides."""
    before, state = trio_run._ALLOW_DETERMINISTIC_SCHEDULING, trio_run._r.getstate()
    trio_run._ALLOW_DETERMINISTIC_SCHEDULING = True  # type: ignore[misc]  # its only switch
    trio_run._r.seed(chance.getrandbits(64))
    try:
        yield
    finally:
        trio_run._ALLOW_DETERMINISTIC_SCHEDULING = before  # type: ignore[misc]
        trio_run._r.setstate(state)


class SpendingPreemption(CountingPreemption):
    """Slices of as many ticks each, which take time on the simulated clock."""

    def __init__(self, clock: SimulatedClock) -> None:
        super().__init__(TICKS)
        self.clock = clock

    def end(self) -> None:
        super().end()
        self.clock.spend(SLICE)
