"""Runs tasks that may fail, and starts them again within limits. The one place where any exception is caught."""

import traceback
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from typing import Literal, Protocol, TypeVar

import trio
from attrs import define, field, frozen

from stui_actors.logs import log

MAX_FRAMES = 40  # of a traceback: a deep recursion has thousands

R = TypeVar("R")


@frozen
class RestartPolicy:
    """How many failures within how many seconds are answered by a restart; one more is too many."""

    limit: int = 3
    window: float = 60.0


Answer = Literal["restarted", "parked", "gave up"]
MAX_INCIDENTS = 50  # that are remembered; all are counted, and the log has each with its traceback


@frozen
class Incident:
    """A failure and how it was answered. ``part``: a service's name, or ``client``; ``error``: its class."""

    at: float
    part: str
    error: str
    answer: Answer


@define(eq=False)
class Incidents:
    """What failed since the server started, for whoever asks after its health."""

    now: Callable[[], float]
    counts: Counter[str] = field(factory=Counter)
    last: deque[Incident] = field(factory=lambda: deque(maxlen=MAX_INCIDENTS))

    def note(self, part: str, failure: Exception, answer: Answer) -> None:
        """Remember a failure."""
        self.counts[f"{part} {answer}"] += 1
        self.last.append(Incident(self.now(), part, type(failure).__name__, answer))


class TooManyRestarts(Exception):
    """A task failed more often than its policy allows."""


@define(eq=False)
class Restarts:
    """Counts the failures of one task."""

    policy: RestartPolicy
    total: int = 0
    _times: deque[float] = field(factory=deque)

    def allow(self, now: float) -> bool:
        """Count a failure; true if it may be answered by a restart."""
        self.total += 1
        self._times.append(now)
        while now - self._times[0] > self.policy.window:
            self._times.popleft()
        return len(self._times) <= self.policy.limit

    def forget(self) -> None:
        """Start to count anew."""
        self._times.clear()


async def attempt(run: Callable[[], Awaitable[object]]) -> Exception | None:
    """Run to the end; the exception if it failed. Cancellation passes through."""
    try:
        await run()
    except Exception as error:  # noqa: BLE001  # the supervisor's work: whatever it is, others must not fall with it
        return error
    return None


def caught(run: Callable[[], R]) -> tuple[R | None, Exception | None]:
    """What a call answers, or the exception that it raises: for a caller who does it for somebody else."""
    try:
        return run(), None
    except Exception as error:  # noqa: BLE001  # it is raised again, where it belongs
        return None, error


def traceback_of(failure: BaseException) -> str:
    """The traceback as text, bounded: the last frames of each part, and never what their variables held."""
    return "".join(traceback.format_exception(failure, limit=-MAX_FRAMES))


class Service(Protocol):
    """A task that others depend on."""

    @property
    def name(self) -> str:
        """What the log calls it."""

    async def run(self, *, task_status: trio.TaskStatus[None]) -> None:
        """Serve; called again after a failure. ``task_status.started()`` once others may depend on it."""


@define(eq=False)
class Chain:
    """Services of which each depends on those before it: when one fails, it and those after it are started again.

    Too many failures of one count as a failure of the one before it; too many of the first end the chain.
    """

    services: Sequence[Service]
    policy: RestartPolicy = field(factory=RestartPolicy)
    note: Callable[[str, Exception, Answer], None] = lambda part, failure, answer: None

    async def run(self) -> None:
        """Run until the last one ends by itself, then end the others from last to first; raise TooManyRestarts."""
        await self._keep(0)

    async def _keep(self, index: int) -> None:
        restarts = Restarts(self.policy)
        while True:
            failure = await attempt(partial(self._run_from, index))
            if failure is None:
                return
            name = self.services[index].name
            log.error("service failed", service=name, failures=restarts.total + 1, exception=traceback_of(failure))
            may_restart = restarts.allow(trio.current_time())
            self.note(name, failure, "restarted" if may_restart else "gave up")
            if not may_restart:
                raise TooManyRestarts(
                    f"The {name} failed more than {self.policy.limit} times in {self.policy.window:g} seconds."
                ) from failure

    async def _run_from(self, index: int) -> None:
        async with trio.open_nursery() as nursery:
            await nursery.start(self.services[index].run)
            if index + 1 < len(self.services):
                await self._keep(index + 1)
                nursery.cancel_scope.cancel()
