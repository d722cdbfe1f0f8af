"""One evaluation on its way: a Smalltalk process with a deadline, and what comes out of it as plain data."""

from collections.abc import Callable

from attrs import define, field, frozen

from stui_actors.errors import StuiError, Timeout
from stui_actors.protocol.messages import RequestId
from stui_actors.smalltalk.process import Process

TIME_IS_OVER = 0.001  # seconds: enough beyond the limit to be past it


@frozen
class Outcome:
    """What an evaluation came to. ``execution_time`` in milliseconds; ``changed`` unless proved that nothing did.

    ``assigned``: the variables that it assigned, if it is proved that nothing else changed; else None.
    """

    result: str | None
    display: str | None
    result_type: str
    object_id: str | None
    transcript: str
    truncated: bool
    changed: bool
    assigned: frozenset[str] | None
    execution_time: int
    warnings: tuple[str, ...] = ()
    error: StuiError | None = None


@define(eq=False)
class Evaluation:
    """A process that runs for ``limit`` seconds at most, on the monotonic ``clock``.

    ``is_internal``: the server runs it to show something, and nobody is told of it.
    """

    code: str
    mode: str
    process: Process
    clock: Callable[[], float]
    limit: float
    request_id: RequestId = None
    is_internal: bool = False
    transcript_seen: int = 0
    _began: float | None = field(default=None, init=False)

    def run_slice(self) -> bool:
        """Run for a turn; true once it has ended."""
        if self._began is None:
            self._began = self.clock()
        elif self.clock() - self._began > self.limit:
            self.stop(Timeout(f"The evaluation ran longer than {self.limit:g} s.", limit="time", seconds=self.limit))
        return self.process.run_slice()

    def idle_for(self) -> float | None:
        """Seconds until something of it can run, or its time is over; None if something can run now."""
        if self.process.is_over:
            return None
        until = self.process.image.scheduler.idle_until(self.process)
        if until is None:
            return None
        return max(0.0, min(until - self.clock(), self.limit - self.elapsed + TIME_IS_OVER))

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.process.is_over

    def stop(self, error: StuiError) -> None:
        """End it with ``error`` as soon as its ensure blocks have had their budget."""
        self.process.stop(error)

    @property
    def elapsed(self) -> float:
        """Seconds since the first turn."""
        return 0.0 if self._began is None else self.clock() - self._began

    def new_output(self) -> str:
        """What was written to the Transcript since the last call."""
        text = self.process.transcript
        fresh = text[self.transcript_seen :]
        self.transcript_seen = len(text)
        return fresh
