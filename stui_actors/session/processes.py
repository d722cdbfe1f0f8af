"""The forked processes of a workspace as its session sees them: when they can run, what they wrote, how they ended."""

from collections.abc import Iterator
from math import inf

from attrs import define, frozen

from stui_actors.errors import StuiError
from stui_actors.protocol.messages import Json, RequestId
from stui_actors.session.snapshot_image import described
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.process import Process


@frozen
class News:
    """Something that a process did. ``data``: what, and which process; ``request_id``: of the evaluation it is from."""

    kind: str
    data: dict[str, Json]
    request_id: RequestId


@define(eq=False)
class Processes:
    """What forked processes of ``image`` are alive."""

    image: Image

    def idle_for(self) -> float | None:
        """Seconds until one of them can run; None if one can run now, infinity if none ever will by itself."""
        scheduler = self.image.scheduler
        if not scheduler.forked:
            return inf
        until = scheduler.background_until()
        return None if until is None else max(0.0, until - self.image.clock())

    def run_slice(self) -> bool:
        """A slice for the next that can run; false if none can."""
        return self.image.scheduler.run_background()

    @property
    def are_alive(self) -> bool:
        """Whether there are any."""
        return bool(self.image.scheduler.alive())

    def rows(self) -> list[dict[str, Json]]:
        """All that are alive: process, name, parent, request_id and state."""
        return [{**identity(each), "request_id": origin_of(each), "state": each.state} for each in self._alive()]

    def _alive(self) -> list[Process]:
        return sorted(self.image.scheduler.alive(), key=lambda each: each.number)

    def numbers(self) -> list[Json]:
        """The numbers of all that are alive."""
        return [each.number for each in self._alive()]

    def stop(self, error: StuiError, *, number: int | None = None, request_id: RequestId = None) -> list[Json]:
        """End the one of that number, or those that an evaluation forked; answer their numbers."""
        found = [
            each
            for each in self._alive()
            if each.number == number or (request_id is not None and each.origin == request_id)
        ]
        for each in found:
            each.stop(error)
        return [each.number for each in found]

    def remember_ended(self) -> None:
        """Let the next snapshot tell of those that are about to be ended."""
        self.image.scheduler.ended = [described(each) for each in self.image.scheduler.alive()]

    def terminating(self) -> Iterator[None]:
        """End all, slice by slice."""
        return self.image.scheduler.terminating()

    def news(self) -> list[News]:
        """What they wrote and how they failed since this was asked last."""
        scheduler = self.image.scheduler
        if not scheduler.over and not scheduler.forked:
            return []
        over = list(scheduler.over)
        scheduler.over.clear()
        written = [each for each in (*over, *scheduler.forked) if each.console is each and each.transcript]
        return [*map(_written, written), *(_failed(each, each.error) for each in over if each.error is not None)]


def identity(process: Process) -> dict[str, Json]:
    """Which process it is, and which forked it; 0 is the evaluation itself."""
    return {"process": process.number, "name": process.name, "parent": process.parent}


def origin_of(process: Process) -> RequestId:
    """The id of the request whose evaluation it comes from."""
    return process.origin if isinstance(process.origin, str | int) else None


def _written(process: Process) -> News:
    truncated = process.truncated
    data = {**identity(process), "text": process.take_output(), "truncated": truncated}
    return News("transcript", data, origin_of(process))


def _failed(process: Process, error: StuiError) -> News:
    trace = error.details.get("stack_trace")
    data: dict[str, Json] = {
        **identity(process),
        "error": error.message,
        "error_type": error.error_type,
        "stack_trace": trace if isinstance(trace, str) else "",
    }
    return News("process_failed", data, origin_of(process))
