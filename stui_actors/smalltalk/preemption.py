"""When a slice is over: after a millisecond by the clock, or after a number of ticks that is the same each time."""

import signal
import time
from collections.abc import Callable, Iterable
from math import inf
from typing import Protocol

SLICE = 0.001  # seconds: below what a person feels, above what a switch costs

Globals = dict[str, object]


class Preemption(Protocol):
    """Sets FLAG in the globals of code once its slice is over."""

    def begin(self, flagged: Iterable[Globals]) -> None:
        """A slice begins for code with these globals."""
        ...

    def reset(self) -> None:
        """The flag was seen; the slice goes on or ends."""
        ...

    def end(self) -> None:
        """The slice is over."""
        ...


def _ring(first: float, then: float) -> None:
    signal.setitimer(signal.ITIMER_REAL, first, then)


class Bell:
    """What the process does at its one SIGALRM: it rings for the code whose slice was begun last.

    Setting the timer takes longer than a short evaluation. So it is not stopped where a slice ends early: it rings
    once in vain then, or in a later slice, and is set anew for what is left of that. ``ring_every`` is told the seconds
    until it rings first, and then; no seconds stop it.

    The timer goes on by itself while a slice runs, and nothing is noted of it before it is done. A ring may be lost:
    the code that runs may be one frame below the greatest depth, and Python may see the signal late or never.
    """

    __slots__ = ("clock", "due", "flagged", "is_hung", "ring_every", "rings_at", "seconds")

    def __init__(
        self, ring_every: Callable[[float, float], None] = _ring, clock: Callable[[], float] = time.perf_counter
    ) -> None:
        self.ring_every = ring_every
        self.clock = clock
        self.flagged: tuple[Globals, ...] = ()
        self.seconds = SLICE
        self.due = inf  # when the slice is over
        self.rings_at = inf  # at the latest, if the timer was not stopped
        self.is_hung = False

    def begin(self, flagged: tuple[Globals, ...], seconds: float) -> None:
        """A slice begins; from then on it may ring at any place."""
        if not self.is_hung:  # once, as it takes longer than all else that begins a slice
            signal.signal(signal.SIGALRM, self.ring)
            self.is_hung = True
        now = self.clock()
        self.seconds, self.due = seconds, now + seconds
        self.flagged = flagged  # first: a ring for nobody stops the timer
        if not now < self.rings_at <= self.due:  # it rang, or would ring too late, or should have rung
            self._set(now, seconds)

    def end(self) -> None:
        """The slice is over."""
        self.flagged = ()

    def ring(self, *_: object) -> None:
        """Time has passed: perhaps the slice is over."""
        self.rings_at = inf
        if not self.flagged:
            self.ring_every(0, 0)
            return
        now = self.clock()
        if now >= self.due:
            self.due = now + self.seconds
            for each in self.flagged:
                each["FLAG"] = True
        self._set(now, self.due - now)

    def _set(self, now: float, seconds: float) -> None:
        self.ring_every(seconds, self.seconds)
        self.rings_at = now + seconds


BELL = Bell()


class TimerPreemption:
    """By the timer of the operating system; for the main thread."""

    def __init__(self, seconds: float = SLICE, bell: Bell = BELL) -> None:
        self.seconds = seconds
        self.bell = bell
        self.flagged: tuple[Globals, ...] = ()

    def begin(self, flagged: Iterable[Globals]) -> None:
        """Let the bell ring."""
        self.flagged = tuple(flagged)
        self.bell.begin(self.flagged, self.seconds)

    def reset(self) -> None:
        """Lower the flag."""
        for each in self.flagged:
            each["FLAG"] = False

    def end(self) -> None:
        """Let it ring for nobody."""
        self.bell.end()
        self.reset()
        self.flagged = ()


class _Countdown:
    """True at every ``count``-th look."""

    __slots__ = ("count", "left")

    def __init__(self, count: int) -> None:
        self.count = count
        self.left = count

    def __bool__(self) -> bool:
        self.left -= 1
        if self.left > 0:
            return False
        self.left = self.count
        return True


class CountingPreemption:
    """By counting ticks: the same program is switched at the same places every time."""

    def __init__(self, ticks: int = 10_000) -> None:
        self.ticks = ticks
        self.flagged: tuple[Globals, ...] = ()

    def begin(self, flagged: Iterable[Globals]) -> None:
        """Count from the start."""
        self.flagged = tuple(flagged)
        countdown = _Countdown(self.ticks)
        for each in self.flagged:
            each["FLAG"] = countdown

    def reset(self) -> None:
        """Nothing: the count began again by itself."""

    def end(self) -> None:
        """Lower the flag."""
        for each in self.flagged:
            each["FLAG"] = False
        self.flagged = ()
