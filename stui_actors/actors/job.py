"""One request on its way through a client's actor, and the ledger of those that still await their reply."""

from attrs import define, field
from trio import Event

from stui_actors.actors.messages import Address, Arrived
from stui_actors.commands.command import Command
from stui_actors.errors import StuiError
from stui_actors.protocol.messages import Request
from stui_actors.session.evaluation import Evaluation
from stui_actors.session.executed import id_digest, is_unique
from stui_actors.session.session import Session


@define(eq=False)
class Job:
    """A request, who waits for its reply, and how far it came.

    ``session_id``: the session that it is for, named or bound. ``addresses``: its sender, and those that sent the same
    again while it ran. ``started`` outlives a crash of the actor: what had begun is answered ActorCrashed then, what
    had not is done by the next incarnation.
    """

    request: Request
    command: Command
    parameters: object
    content: bytes  # its digest, where it is to be done once however often it is sent; else nothing
    addresses: list[Address]
    client_id: str
    warnings: list[str] = field(factory=list)
    session_id: str | None = None
    epoch: str | None = None  # of the session's attachment when the job was accepted
    started: bool = False
    stopped: StuiError | None = None
    evaluation: Evaluation | None = None
    created: Session | None = None
    is_done: bool = False
    _done: Event | None = None  # made when somebody waits: most jobs end unwatched
    _interrupted: Event | None = None

    @property
    def connections(self) -> list[bytes]:
        """Those over which it came."""
        return [address.connection for address in self.addresses]

    @property
    def creation_mark(self) -> str:
        """A trace of the request in the id of the session that it makes, which finds that again for its repeats."""
        request_id = self.request.id
        return f"-{id_digest(request_id)}" if is_unique(request_id) and isinstance(request_id, str) else ""

    def check_admitted(self, session: Session) -> None:
        """Raise SessionClosed, or SessionConflict for what comes from an attachment that has ended."""
        session.check_open()
        session.check_epoch(self.request.session_epoch)
        if self.command.writes and self.request.session_epoch is None:
            session.check_writer(self.connections)

    def stop(self, error: StuiError) -> None:
        """End the evaluation with ``error``, at once or as soon as it begins."""
        self.stopped = error
        if self._interrupted is not None:
            self._interrupted.set()
        if self.evaluation is not None:
            self.evaluation.stop(error)

    async def interrupted(self) -> None:
        """Return once the job was told to stop."""
        if self._interrupted is None:
            self._interrupted = Event()
            if self.stopped is not None:
                self._interrupted.set()
        await self._interrupted.wait()

    def end(self) -> None:
        """Tell those who wait for the job that it is done."""
        self.is_done = True
        if self._done is not None:
            self._done.set()

    async def ended(self) -> None:
        """Return once the job is done."""
        if self._done is None:
            self._done = Event()
            if self.is_done:
                self._done.set()
        await self._done.wait()


@define(eq=False)
class Ledger:
    """The jobs of one client that were taken and not yet answered; it outlives a crash of the actor.

    ``looked_at``: the message that is just becoming a job, or a refusal.
    """

    jobs: dict[int, Job] = field(factory=dict)
    looked_at: Arrived | None = None

    def open(self, job: Job) -> None:
        """Note that a job was taken."""
        self.jobs[id(job)] = job

    def close(self, job: Job) -> None:
        """Note that a job was answered."""
        self.jobs.pop(id(job), None)

    def is_waited_for_over(self, connection: bytes) -> bool:
        """Whether a connection waits for a reply."""
        return any(connection in job.connections for job in self.jobs.values())

    def is_queued_over(self, connection: bytes, session_id: str) -> bool:
        """Whether something that came over ``connection`` stands in a session's queue."""
        return any(
            job.session_id == session_id and not job.command.overtakes and connection in job.connections
            for job in self.jobs.values()
        )

    def take_all(self) -> list[Job]:
        """All open jobs in the order in which they were taken; the ledger is empty afterwards."""
        jobs = list(self.jobs.values())
        self.jobs.clear()
        return jobs

    def __len__(self) -> int:
        return len(self.jobs)
