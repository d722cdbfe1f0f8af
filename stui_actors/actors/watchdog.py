"""Watches the event loop: how late it comes round, and where it stands while it does not."""

import faulthandler
import sys
from collections.abc import Callable
from typing import Protocol

import trio
from attrs import define, field

from stui_actors.logs import log

LOOKS = 4  # within the time after which the loop counts as blocked
FORGET = 240  # looks after which the worst lag of the last while is forgotten: a minute, by default


class Alarm(Protocol):
    """Goes off unless it is set again in time, whatever the event loop does."""

    def set(self, seconds: float) -> None:
        """Go off in so many seconds."""

    def stop(self) -> None:
        """Do not go off."""


class StackDump:
    """Writes the stacks of all threads to stderr: from a thread of C that needs no lock of the interpreter.

    There rather than into the log, since a loop that never comes round again logs nothing.
    """

    def set(self, seconds: float) -> None:
        """Dump in so many seconds."""
        faulthandler.dump_traceback_later(seconds, file=sys.__stderr__ or sys.stderr)

    def stop(self) -> None:
        """Do not dump."""
        faulthandler.cancel_dump_traceback_later()


@define(eq=False)
class Watchdog:
    """Looks in on the loop from within. ``limit``: seconds after which it counts as blocked; 0: it does not look."""

    limit: float
    alarm: Alarm = field(factory=StackDump)
    clock: Callable[[], float] = trio.current_time
    blocked: int = 0
    worst: float = 0.0
    recent: list[float] = field(factory=lambda: [0.0, 0.0])  # the worst of the last while, and of the one before

    async def run(self) -> None:
        """Look until cancelled."""
        if not self.limit:
            return
        pause, looks = self.limit / LOOKS, 0
        try:
            while True:
                self.alarm.set(self.limit + pause)
                began = self.clock()
                await trio.sleep(pause)
                self._note(self.clock() - began - pause)
                looks += 1
                if looks % FORGET == 0:
                    self.recent = [0.0, self.recent[0]]
        finally:
            self.alarm.stop()

    def _note(self, late: float) -> None:
        self.worst, self.recent[0] = max(self.worst, late), max(self.recent[0], late)
        if late >= self.limit:
            self.blocked += 1
            log.warning("event loop was blocked", seconds=round(late, 3), times=self.blocked)

    @property
    def lag(self) -> float:
        """How late the loop was at worst lately, in seconds."""
        return max(self.recent)
