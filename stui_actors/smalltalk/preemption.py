"""When a slice is over: after a millisecond by the clock, or after a number of ticks that is the same each time."""

import signal
from collections.abc import Iterable
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


class Bell:
    """What the process does at its one SIGALRM: it rings for the code whose slice was begun last."""

    __slots__ = ("flagged", "is_hung")

    def __init__(self) -> None:
        self.flagged: tuple[Globals, ...] = ()
        self.is_hung = False

    def hang(self) -> None:
        """Let the signal ring; once, as it takes longer than all else that begins a slice."""
        if not self.is_hung:
            signal.signal(signal.SIGALRM, self.ring)
            self.is_hung = True

    def ring(self, *_: object) -> None:
        """The slice is over."""
        for each in self.flagged:
            each["FLAG"] = True


BELL = Bell()


class TimerPreemption:
    """By an interval timer of the operating system, armed only while a slice runs; for the main thread."""

    def __init__(self, seconds: float = SLICE) -> None:
        self.seconds = seconds
        self.flagged: tuple[Globals, ...] = ()

    def begin(self, flagged: Iterable[Globals]) -> None:
        """Arm the timer."""
        self.flagged = BELL.flagged = tuple(flagged)
        BELL.hang()
        signal.setitimer(signal.ITIMER_REAL, self.seconds, self.seconds)

    def reset(self) -> None:
        """Lower the flag."""
        for each in self.flagged:
            each["FLAG"] = False

    def end(self) -> None:
        """Disarm the timer."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self.reset()
        self.flagged = BELL.flagged = ()


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
