"""Gives the forked processes of one session their turns while no request of the session is being done."""

from collections.abc import Callable, Iterator
from typing import Literal

import trio
from attrs import define, field

from stui_actors.actors.messages import Cpu
from stui_actors.protocol.messages import Json, RequestId
from stui_actors.session.processes import Processes
from stui_actors.session.session import Session

OUTPUT_INTERVAL = 0.05  # seconds between two transcript events of a session's processes: a screen shows no more

PATIENCE = {"shutdown": 1.0}  # seconds for the ensure blocks of a session's processes, of what the whole drain may take

Reason = Literal["close", "sleep", "shutdown", "rollback"]
Tell = Callable[[str, dict[str, Json], RequestId], None]


@define(eq=False)
class Background:
    """The processes of whatever state ``session`` answers. They run in the session's own task, never beside it.

    ``is_wanted``: whether the task has something else to do. ``has_run``: since the last save, so that there is a
    change to be saved.
    """

    session: Callable[[], Session]
    cpu: Cpu
    client_id: str
    tell: Tell
    is_wanted: Callable[[], bool]
    has_run: bool = False
    is_stopped: bool = False
    _told_at: float = field(default=0.0, init=False)

    @property
    def processes(self) -> Processes:
        """Those of the session's present state."""
        return self.session().workspace.processes

    def idle_for(self) -> float | None:
        """Seconds until one of them can run; None if one can run now, infinity if none ever will by itself."""
        return float("inf") if self.is_stopped else self.processes.idle_for()

    async def run(self) -> None:
        """Let them run, for a slice at least, until the task is wanted or all of them wait."""
        await self.cpu.run(_Turns(self), self.client_id)
        await trio.lowlevel.checkpoint()  # a turn that nobody competes for has none of its own

    def run_slice(self) -> bool:
        """One slice; true once it is time for something else."""
        ran = self.processes.run_slice()
        self.has_run = self.has_run or ran
        if trio.current_time() - self._told_at >= OUTPUT_INTERVAL:
            self.tell_news()
        return not ran or self.is_stopped or self.is_wanted()

    def take_run(self) -> bool:
        """Whether one has run since this was asked last."""
        has_run, self.has_run = self.has_run, False
        return has_run

    def before_rest(self, seconds: float) -> None:
        """Nothing runs for so long: what is not told yet is told, unless its time comes soon."""
        if seconds >= OUTPUT_INTERVAL:
            self.tell_news()

    def tell_news(self) -> None:
        """Tell the session's stream what they wrote, and how they failed."""
        self._told_at = trio.current_time()
        for each in self.processes.news():
            self.tell(each.kind, each.data, each.request_id)

    async def end(self, reason: Reason) -> int:
        """End them all, in turns, with their ensure blocks; tell which, and answer how many.

        Where the server goes, what takes too long is thrown away: others have to be saved.
        """
        numbers = self.processes.numbers()
        if numbers:
            with trio.move_on_after(PATIENCE.get(reason, float("inf"))):
                await self.cpu.run(_Slices(self.processes.terminating()), self.client_id)
            self.session().workspace.abandon()
            self.has_run = True
            self.tell_news()
            self.tell("processes_ended", {"processes": numbers, "reason": reason}, None)
        return len(numbers)


@define(eq=False)
class _Turns:
    background: Background

    def run_slice(self) -> bool:
        return self.background.run_slice()


@define(eq=False)
class _Slices:
    slices: Iterator[None]

    def run_slice(self) -> bool:
        return next(self.slices, self) is self
