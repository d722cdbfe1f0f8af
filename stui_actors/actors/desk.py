"""Where a client's messages are sorted: what is refused, what is done at once, and what goes to a session's task."""

from functools import partial

import trio
from attrs import define, field

from stui_actors.actors.creations import Creations, elsewhere_error
from stui_actors.actors.job import Job, Ledger
from stui_actors.actors.marks import Checking
from stui_actors.actors.messages import Address, Arrived, ClientMessage, ConnectionGone, Lost, Services, Sweep
from stui_actors.actors.presence import Presence
from stui_actors.actors.refusals import crashed_error
from stui_actors.actors.session_files import ANONYMOUS_SESSION, SessionFiles
from stui_actors.actors.session_worker import SessionWorker
from stui_actors.actors.shelf import JobEvaluator, JobShelf
from stui_actors.actors.sweeping import warn_of_expiry
from stui_actors.auth.authority import DelayedRefusal
from stui_actors.commands import COMMANDS, COMMANDS_BY_NAME
from stui_actors.commands.context import Context, missing_session
from stui_actors.commands.restore_session import forks
from stui_actors.errors import (
    InvalidRequest,
    Overloaded,
    SessionConflict,
    SessionNotFound,
    StuiError,
    UnsupportedOperation,
)
from stui_actors.protocol.codec import content_digest, structure_parameters
from stui_actors.protocol.messages import Event, Reply, Request
from stui_actors.session.session import NOT_FOUND, Session

MAX_WORKERS = 128  # session tasks of one client at a time, those that find out that a session does not exist included
MAX_LOOSE_JOBS = 64  # requests in flight beside the sessions' queues: creations, and those that wait
MAX_SESSION_ID = 64  # characters: no session has a longer one


@define(eq=False)
class Desk:
    """One incarnation of a client's actor: its session tasks, its connections, and the way of a message to either."""

    client_id: str
    services: Services
    ledger: Ledger
    is_anonymous: bool
    workers: dict[str, SessionWorker] = field(factory=dict)
    presence: Presence = field(init=False)
    files: SessionFiles = field(init=False)
    creations: Creations = field(init=False)
    loose: int = 0

    def __attrs_post_init__(self) -> None:
        self.files = SessionFiles(self.client_id, self.services, is_anonymous=self.is_anonymous)
        self.presence = Presence(self.services.settings.session, trio.current_time, self.ledger.is_waited_for_over)
        self.creations = Creations(self.files, self.workers, self.services.door, self.client_id)

    # Messages

    async def handle(self, message: ClientMessage, nursery: trio.Nursery) -> None:
        """Take one message from the mailbox."""
        if isinstance(message, Arrived):
            self.ledger.looked_at = message
            await self._arrived(message, nursery)
            self.ledger.looked_at = None
        elif isinstance(message, ConnectionGone):
            self._connection_gone(message.connection)
        elif isinstance(message, Sweep):
            self._sweep()
        elif isinstance(message, Lost) and message.session_id in self.workers:
            self.workers[message.session_id].ask(Checking())

    async def _arrived(self, message: Arrived, nursery: trio.Nursery) -> None:
        self.presence.heard(message.address.connection)
        try:
            request = self.services.codec.decode(message.payload)
        except InvalidRequest as error:
            self._refuse_undecoded(message.address, error)
            return
        try:
            job = await self._admit(request, message)
            await self._dispatch(job, message.bound_session, nursery)
        except StuiError as error:
            self._send(message.address, request, Reply(error=error, warnings=request.warnings))

    async def _admit(self, request: Request, message: Arrived) -> Job:
        """Make a job of a request that may be done; the one place where permission is asked."""
        if request.client_id is not None and request.client_id != self.client_id:
            raise InvalidRequest("`client_id` stands where it cannot be read before the rest.", path="client_id")
        command = COMMANDS_BY_NAME.get(request.command)
        if command is None:
            raise UnsupportedOperation(f"Unknown command {request.command[:64]!r}.", command=request.command[:64])
        await self.services.auth.check(request, self.client_id, message.address.connection, request.command)
        parameters, warnings = structure_parameters(command.parameters, request)
        is_done_once = (command.changes_state or forks(parameters)) and request.id is not None
        content = content_digest(request) if is_done_once else b""
        return Job(
            request, command, parameters, content, [message.address], self.client_id, [*request.warnings, *warnings]
        )

    async def _dispatch(self, job: Job, bound_session: str | None, nursery: trio.Nursery) -> None:
        if job.command.name == "ping":
            self.presence.pinged(job.addresses[0].connection)
        if job.command.scope == "server":
            self._send(job.addresses[0], job.request, await self._perform(job, None))
        elif job.command.scope == "client":
            self._start_loose(job, nursery)
        else:
            job.session_id = job.request.session_id or bound_session
            self._to_session(job, nursery)

    def _to_session(self, job: Job, nursery: trio.Nursery) -> None:
        worker = self._worker(job.session_id, nursery)
        if self._goes_beside(job, worker):
            self._start_beside(job, worker, nursery)
        elif worker.accept(job):
            self.ledger.open(job)

    def _goes_beside(self, job: Job, worker: SessionWorker) -> bool:
        """Whether a job does not wait for those in the session's queue.

        Who comes back to a session does not wait for what runs there, but for what came over the same connection.
        """
        if not job.command.attaches:
            return job.command.overtakes
        return forks(job.parameters) or (
            worker.is_busy and not self.ledger.is_queued_over(job.addresses[0].connection, worker.session_id)
        )

    # Jobs beside the sessions' queues

    def _start_loose(self, job: Job, nursery: trio.Nursery) -> None:
        self._count_loose()
        self.ledger.open(job)
        nursery.start_soon(self._do_loose, job, nursery)

    async def _do_loose(self, job: Job, nursery: trio.Nursery) -> None:
        reply = None
        if job.command.changes_state:
            reply = await self.creations.reply_to(job, partial(self._worker, nursery=nursery))
        if reply is None:
            job.started = True
            reply = await self._perform(job, None)
            if job.created is not None and reply.error is None:
                reply = await self._open_new(job, job.created, reply, nursery)
        self.loose -= 1
        self.creations.done(job)
        job.end()
        self.answer(job, reply)

    async def _open_new(self, job: Job, session: Session, reply: Reply, nursery: trio.Nursery) -> Reply:
        """Save a new session together with the reply that tells of it, and start its task."""
        session.executed.record(job.request.id, job.content, reply, self.services.now())
        try:
            worker = self.new_worker(session.id)
            worker.session = session
            await self.files.save(session, job.command.name)
            if session.attachment is not None:
                await self.files.holding.hold(session, session.attachment.epoch)
        except StuiError as error:
            self.workers.pop(session.id, None)
            if isinstance(error, SessionConflict) and job.creation_mark:
                known = await self.creations.recorded(job, partial(self._worker, nursery=nursery))
                return known or Reply(error=elsewhere_error())
            self.files.note_unsaved(job, session)
            return Reply(error=error, warnings=reply.warnings)
        nursery.start_soon(worker.run)
        self.note()
        return reply

    def _start_beside(self, job: Job, worker: SessionWorker, nursery: trio.Nursery) -> None:
        self._count_loose()
        self.ledger.open(job)
        nursery.start_soon(self._do_beside, job, worker, nursery)

    async def _do_beside(self, job: Job, worker: SessionWorker, nursery: trio.Nursery) -> None:
        try:
            worker = await self._loaded(worker, nursery)
            reply = worker.refusal_of(job)
            if reply is None and job.content:
                open_worker = partial(self._worker, nursery=nursery)
                reply = await self.creations.reply_to_fork(job, worker, open_worker)
            if reply is None:
                reply = await self._perform_beside(job, worker, nursery)
        except StuiError as error:
            reply = Reply(error=error)
        self.loose -= 1
        self.creations.done(job)
        job.end()
        self.answer(job, reply)

    async def _loaded(self, worker: SessionWorker, nursery: trio.Nursery) -> SessionWorker:
        """The task of the same session, loaded; a new one if the session left memory meanwhile."""
        await worker.loaded.wait()
        while worker.failure is None and self.workers.get(worker.session_id) is not worker:
            worker = self._worker(worker.session_id, nursery)
            await worker.loaded.wait()
        return worker

    async def _perform_beside(self, job: Job, worker: SessionWorker, nursery: trio.Nursery) -> Reply:
        job.started = True
        reply = await self._perform(job, worker)
        if job.created is not None and reply.error is None:
            return await self._open_new(job, job.created, reply, nursery)
        if job.command.attaches and reply.error is None:
            worker.save_soon()
            if job.content:
                return await self.creations.keep(job, worker, reply, partial(self._worker, nursery=nursery))
        return reply

    def _count_loose(self) -> None:
        if self.loose >= MAX_LOOSE_JOBS:
            raise Overloaded(
                f"{self.loose} requests of this client wait.",
                limit="max_in_flight",
                value=MAX_LOOSE_JOBS,
                retry_after=1,
            )
        self.loose += 1

    async def _perform(self, job: Job, worker: SessionWorker | None) -> Reply:
        try:
            result = await job.command.run(self.context_of(worker, job), job.parameters)  # type: ignore[arg-type]  # the codec gave it the command's own class
        except StuiError as error:
            return Reply(error=error, warnings=tuple(job.warnings))
        return Reply(result=result, warnings=tuple(job.warnings))

    # Sessions

    def _worker(self, session_id: str | None, nursery: trio.Nursery) -> SessionWorker:
        """The task of a session; one that is not in memory is started, and finds out whether it exists."""
        if session_id is None:
            if not self.is_anonymous:
                raise missing_session()
            session_id = ANONYMOUS_SESSION
        if len(session_id) > MAX_SESSION_ID:
            raise SessionNotFound(NOT_FOUND)
        if (worker := self.workers.get(session_id)) is None:
            worker = self.new_worker(session_id)
            nursery.start_soon(worker.run)
        return worker

    def new_worker(self, session_id: str) -> SessionWorker:
        """A session's task, not yet started."""
        if len(self.workers) >= MAX_WORKERS:
            raise Overloaded("Too many sessions of this client are being opened.", limit="workers", retry_after=1)
        bounds = self.services.settings.session
        worker = SessionWorker(
            session_id,
            self.files,
            self,
            max_in_flight=bounds.max_in_flight,
            save_interval=bounds.save_interval,
            process_retention=bounds.process_retention,
        )
        self.workers[session_id] = worker
        self.note()  # or the client, silent while it waits, ends for having nothing in memory
        return worker

    def ended(self, worker: SessionWorker) -> None:
        """A session has left memory."""
        if worker.session is not None:
            self.files.holding.release_detached(worker.session)
        if self.workers.get(worker.session_id) is worker:
            del self.workers[worker.session_id]
            self.note()

    def note(self) -> None:
        """Tell the registry how many sessions are in memory, and how many of them attached."""
        opened = [worker.session for worker in self.workers.values() if worker.session is not None]
        for session in opened:
            self.files.holding.release_detached(session)
        attached = sum(1 for session in opened if session.attachment is not None)
        processes = sum(len(session.workspace.processes.numbers()) for session in opened)
        self.services.registry.note(self.client_id, sessions=len(self.workers), attached=attached, processes=processes)

    def context_of(self, worker: SessionWorker | None, job: Job) -> Context:
        """What a job's command can reach."""
        services = self.services
        return Context(
            request=job.request,
            client_id=self.client_id,
            connection=job.addresses[0].connection,
            settings=services.settings,
            server=services.facts,
            directory=services.registry,
            doorkeeper=services.auth,
            shelf=JobShelf(self, worker, job),
            evaluator=JobEvaluator(self, worker, job),
            now=services.now,
            warnings=job.warnings,
            commands=COMMANDS,
            opened=None if worker is None else worker.session,
            is_anonymous=self.is_anonymous,
        )

    # Replies

    def answer(self, job: Job, reply: Reply) -> None:
        """Send a job's reply to all who wait for it, and close its entry in the ledger."""
        self.ledger.close(job)
        self.answer_for_now(job, reply)

    def answer_for_now(self, job: Job, reply: Reply) -> None:
        """Send a reply to all who wait for one; the job may go on without anybody waiting."""
        for address in job.addresses:
            self.presence.answered(address.connection)
            self._send(address, job.request, reply)
        job.addresses = job.addresses[:0]

    def _send(self, address: Address, request: Request, reply: Reply) -> None:
        payload = self.services.codec.encode_reply(request, reply, client_id=self.shown_id, now=self.services.now())
        delay = reply.error.delay if isinstance(reply.error, DelayedRefusal) else 0.0
        self.services.door.send(address, payload, after=delay)

    @property
    def shown_id(self) -> str | None:
        """The client id as replies show it."""
        return None if self.is_anonymous else self.client_id

    def _refuse_undecoded(self, address: Address, error: InvalidRequest) -> None:
        payload = self.services.codec.encode_refusal(error, client_id=self.shown_id, now=self.services.now())
        self.services.door.send(address, payload)

    def refuse(self, message: Arrived, error: StuiError) -> None:
        """Answer a message that never became a job."""
        to = self.services.codec.reply_to(message.payload)
        reply = Reply(error=error)
        payload = self.services.codec.encode_reply(to, reply, client_id=self.shown_id, now=self.services.now())
        self.services.door.send(message.address, payload)

    def pushed(self, worker: SessionWorker, event: Event) -> None:
        """Tell an event to the connection that the session is attached to, if it wants to be told."""
        attachment = worker.opened.attachment
        if attachment is not None and attachment.pushes_events:
            payload = self.services.codec.encode_event(event, attachment.dialect)
            self.services.door.push(attachment.connection, payload)

    # Coming and going

    def recover(self, jobs: list[Job], nursery: trio.Nursery) -> None:
        """After a crash: answer what had begun, do what had not."""
        looked_at, self.ledger.looked_at = self.ledger.looked_at, None
        if looked_at is not None:
            self.refuse(looked_at, crashed_error())
        for job in jobs:
            if not job.started:
                self.ledger.open(job)
                self._retake(job, nursery)
            elif job.command.changes_state and job.session_id is not None:
                self._worker(job.session_id, nursery).accept_crashed(job)
            else:
                self.answer(job, Reply(error=crashed_error()))

    def _retake(self, job: Job, nursery: trio.Nursery) -> None:
        try:
            if job.command.scope == "client":
                self._start_loose(job, nursery)
            else:
                self._to_session(job, nursery)
        except StuiError as error:
            self.answer(job, Reply(error=error))

    def _connection_gone(self, connection: bytes) -> None:
        self.presence.gone(connection)
        for worker in self.workers.values():
            if worker.session is not None:
                worker.session.detach_from(connection)
        self.note()

    def _sweep(self) -> None:
        """Let detached idle sessions leave memory."""
        now = self.services.now()
        for worker in list(self.workers.values()):
            if (session := worker.session) is None:
                continue
            if session.attachment is not None and not self.presence.is_alive(session.attachment.connection):
                session.let_go()
            if session.attachment is None and now - session.last_used > session.timeout:
                worker.ask_to_sleep()
            else:
                warn_of_expiry(worker, now)
        self.presence.forget_silent()
        self.note()
