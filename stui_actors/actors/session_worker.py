"""The task of one session: does its requests in order, saves what changed, then replies."""

from contextlib import nullcontext
from math import inf

import trio
from attrs import define, field

from stui_actors.actors.background import Background, Reason
from stui_actors.actors.errands import Errands
from stui_actors.actors.fence import Fence
from stui_actors.actors.host import Host
from stui_actors.actors.job import Job
from stui_actors.actors.marks import MARKS, Checking, Draining, Errand, Item, Looking, Saving, Sleeping, full_error
from stui_actors.actors.refusals import NOT_HERE, asleep_error, closed_error, crashed_error, is_final, refuses_for_good
from stui_actors.actors.session_files import SessionFiles
from stui_actors.actors.stream import Stream
from stui_actors.actors.unreadable import serve_unreadable
from stui_actors.actors.waiting import Waiting
from stui_actors.errors import ResourceExhausted, SessionConflict, SessionCorrupt, StuiError
from stui_actors.protocol.messages import Json, Reply, RequestId
from stui_actors.session.executed import is_unique
from stui_actors.session.session import Session


@define(eq=False)
class SessionWorker:
    """Does the jobs of one session, one after another."""

    session_id: str
    files: SessionFiles
    host: Host
    max_in_flight: int
    save_interval: float
    process_retention: float
    session: Session | None = None
    running: Job | None = None
    failure: StuiError | None = None
    loaded: trio.Event = field(factory=trio.Event)
    waiting: Waiting = field(factory=Waiting)
    _crashed: list[Job] = field(factory=list)
    _queued: int = 0
    _lag_scheduled: bool = False
    _asked: set[type] = field(factory=set)
    _is_over: bool = False
    background: Background = field(init=False)
    stream: Stream = field(init=False)
    errands: Errands = field(init=False)
    fence: Fence = field(init=False)
    _send: "trio.MemorySendChannel[Item]" = field(init=False)
    _receive: "trio.MemoryReceiveChannel[Item]" = field(init=False)
    _rested: trio.Event = field(factory=trio.Event)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(self.max_in_flight + MARKS)
        self.stream = Stream(lambda: self.opened, self.files.now, lambda event: self.host.pushed(self, event))
        self.errands = Errands(lambda: self._send.send_nowait(Errand()))
        self.fence = Fence(lambda: self.opened, self.files, self.tell)
        self.background = Background(
            lambda: self.opened, self.files.services.cpu, self.files.client_id, self.tell, self._is_wanted
        )

    # What comes in

    def accept(self, job: Job) -> bool:
        """Queue a job, or let it join the one with its id and content (then answer False); raise Overloaded.

        Another content under the same id is refused in its turn: what was done under it before is known by then.
        """
        first = self.waiting.first_of(job, self.epoch)
        if first is not None and first.content == job.content:
            first.addresses.extend(job.addresses)
            return False
        if self._queued >= self.max_in_flight:
            raise full_error(self._queued, self.max_in_flight)
        self._queued += 1
        job.epoch = self.epoch
        if first is None:
            self.waiting.add(job)
        self._send.send_nowait(job)
        return True

    def accept_crashed(self, job: Job) -> None:
        """Take a job that the actor's last incarnation had begun: it is answered ActorCrashed, and that is recorded."""
        self._crashed.append(job)

    def ask_to_sleep(self) -> None:
        """Leave memory once all that is queued is done, unless something comes in between."""
        if not self.is_busy:
            self.ask(Sleeping())

    def ask(self, mark: Item) -> None:
        """Put a mark into the queue, unless one of its kind is there."""
        if type(mark) not in self._asked and not self._is_over:
            self._asked.add(type(mark))
            self._send.send_nowait(mark)

    # The task

    async def run(self) -> None:
        """Load the session, then do its jobs until it is closed or sleeps."""
        try:
            await self._run()
        finally:
            if self.session is not None:
                self.files.let_go(self.session)

    async def _run(self) -> None:
        try:
            if self.session is None:
                self.files.services.wakes.begin(self.files.key(self.session_id))
                self.session = await self.files.load(self.session_id)
            await self._settle_crashed()
        except StuiError as error:
            self.failure = error
        self.loaded.set()
        if self.failure is None:
            async with trio.open_nursery() as nursery:
                await self._serve(nursery)
                nursery.cancel_scope.cancel()
        elif isinstance(self.failure, SessionCorrupt):
            self.failure = await serve_unreadable(self.failure, self._receive, self.files, self._finish)
        self._refuse_all(self.failure)
        self.host.ended(self)

    async def _serve(self, nursery: trio.Nursery) -> None:
        while True:
            item = await self._next_item(nursery)
            self._asked.discard(type(item))
            if isinstance(item, Job):
                await self._do(item, nursery)
            elif isinstance(item, Errand):
                if not self.opened.closed:  # else they fail when it leaves
                    await self.errands.make(lambda: self.files.text_of(self.opened, final=True), self.save)
            elif isinstance(item, Draining):
                item.saved.answer(await self._leave("shutdown"))
            elif isinstance(item, Saving):
                self._lag_scheduled = False
                if await self.save("interval") is not None:
                    self._schedule_save(nursery)
            elif await self._is_to_leave(item):
                self.host.ended(self)  # at once: who comes now wakes the session anew, from its file
                return
            if self.opened.closed and not self._is_wanted():  # repeats behind the closing get their replies
                self.failure = closed_error(self.opened)
            if self.failure is not None:
                self.host.ended(self)
                return

    async def _next_item(self, nursery: trio.Nursery) -> Item:
        """What comes next; until then the processes run, and where jobs wait in line they have a slice between two."""
        while True:
            idle = self.background.idle_for()
            if idle is None:
                self._schedule_save(nursery)  # before: it may be what ends their run
                await self.background.run()
            if self._is_wanted():
                return self._receive.receive_nowait()
            if idle is not None:
                self.background.before_rest(idle)
                with trio.move_on_after(idle) if idle < inf else nullcontext():  # a timeout costs more than the rest
                    return await self._receive.receive()

    def _is_wanted(self) -> bool:
        """Whether something is in the queue."""
        return self._receive.statistics().current_buffer_used > 0

    def look_after_processes(self) -> None:
        """Wake the task if it waits: a process that it knew to sleep may have something to do."""
        self.ask(Looking())

    async def drain(self) -> StuiError | None:
        """End the processes and save what is not saved; answer the error if that failed."""
        if self._is_over:
            return None
        mark = Draining()
        self._send.send_nowait(mark)
        return await mark.saved.answered()

    async def _leave(self, reason: Reason) -> StuiError | None:
        """End the processes, and save; answer the error if that failed."""
        self.opened.workspace.processes.remember_ended()
        await self.background.end(reason)
        self.background.is_stopped = True
        if not self.opened.events.is_final:
            self.opened.lag()
        failure = await self.save(reason)
        return await self.save(reason) if isinstance(failure, ResourceExhausted) else failure  # what it is back at

    async def _do(self, job: Job, nursery: trio.Nursery) -> None:
        job.started = True
        self.running = job
        wait = getattr(job.parameters, "wait", None)
        if wait is not None and wait >= 0 and job.request.id is not None:  # else the command refuses it
            nursery.start_soon(self._answer_pending, job, wait)
        reply = await self._perform(job)
        self.running = None
        reply = await self._make_durable(job, reply, nursery)
        self._queued -= 1
        self._finish(job, reply)

    def _finish(self, job: Job, reply: Reply) -> None:
        self.waiting.remove(job)
        job.end()
        self.host.answer(job, reply)
        self.files.services.wakes.end(self.files.key(self.session_id))
        if self._queued == 0:
            self._rested.set()
            self._rested = trio.Event()

    async def _answer_pending(self, job: Job, wait: float) -> None:
        with trio.move_on_after(wait):
            await job.ended()
        if not job.is_done:
            self.host.answer_for_now(job, Reply(result={"pending": True, "request_id": job.request.id}))

    async def _perform(self, job: Job) -> Reply:
        session = self.opened
        try:
            now, executed = self.files.now(), session.executed
            if job.command.changes_state and (known := executed.reply_to(job.request.id, job.content, now)) is not None:
                return known
            if job.stopped is not None:
                raise job.stopped
            job.check_admitted(session)
            session.touch(now)
            session.statistics.requests += 1
            result = await job.command.run(self.host.context_of(self, job), job.parameters)  # type: ignore[arg-type]  # the codec gave it the command's own class
        except StuiError as error:
            return Reply(error=error, warnings=tuple(job.warnings))
        return Reply(result=result, warnings=tuple(job.warnings))

    def refusal_of(self, job: Job) -> Reply | None:
        """Why a job that overtakes the queue cannot be done, or None."""
        try:
            if self.failure is not None:
                raise self.failure
            job.check_admitted(self.opened)
        except StuiError as error:
            return Reply(error=error)
        self.opened.touch(self.files.now())
        return None

    # Durability

    async def _make_durable(self, job: Job, reply: Reply, nursery: trio.Nursery) -> Reply:
        """Record the reply beside what it speaks of, save both where they may not wait, and say so if that failed."""
        session = self.opened
        is_outdated = job.epoch != session.epoch and not is_unique(job.request.id)  # its id is another's by now
        is_known = session.executed.recorded(job.request.id) is not None  # of the same id for another content, say
        if job.command.changes_state and is_final(reply) and not is_outdated and not is_known:
            session.executed.record(job.request.id, job.content, reply, self.files.now())
            session.lag()
        is_owed = session.unsaved or (session.lagging and refuses_for_good(job, reply))
        if is_owed and (session.durability == "strict" or session.closed or session.is_outdated):
            if (failure := await self.save(job.command.name)) is not None:
                self._schedule_save(nursery)
                return await self._reply_unsaved(job, reply, failure)
        elif session.unsaved or session.lagging:
            await self.files.reserve_numbers(session)  # it may be told soon that it was taken over
            self._schedule_save(nursery)
        return reply

    async def _reply_unsaved(self, job: Job, reply: Reply, failure: StuiError) -> Reply:
        """What a job is told whose change could not be saved: refused for good it was undone, and stays refused."""
        refusal = Reply(error=failure, warnings=reply.warnings)
        if not isinstance(failure, ResourceExhausted):
            return refusal
        told = refusal if reply.error is None else reply.warning(failure.message)  # what came first tells more
        self.opened.executed.record(job.request.id, job.content, told, self.files.now())
        self.opened.lag()
        return told if (again := await self.save(job.command.name)) is None else Reply(error=again)

    def save_soon(self) -> None:
        """Save what lags behind once what is queued is done."""
        if self.opened.persistent and not self._lag_scheduled and not self._is_over:
            self._lag_scheduled = True
            self._send.send_nowait(Saving())

    def _schedule_save(self, nursery: trio.Nursery) -> None:
        """Save what lags behind, or could not be saved, after the save interval."""
        if self.opened.persistent and not self._lag_scheduled:
            self._lag_scheduled = True
            nursery.start_soon(self._save_later)

    async def _save_later(self) -> None:
        await trio.sleep(self.save_interval)
        self._send.send_nowait(Saving())

    async def save(self, reason: str) -> StuiError | None:
        """Save what is not on disk; answer the error if that failed, having rolled back what was too large."""
        session = self.opened
        if self.background.take_run():
            session.changed(self.files.now())
        if not session.is_owed_a_save:
            return None
        try:
            await self.files.save(session, reason)
        except ResourceExhausted as error:
            self.session = await self.files.durable_state_of(session)
            self.files.let_go(session)
            self.tell("session_rolled_back", {"reason": error.message, "version": self.session.version})
            return error
        except StuiError as error:
            self.failure = error if isinstance(error, NOT_HERE) else None
            if isinstance(error, SessionConflict):
                self.fence.tell_taken()
            return error
        return None

    async def _settle_crashed(self) -> None:
        session = self.opened
        for job in self._crashed:
            session.executed.record(job.request.id, job.content, Reply(error=crashed_error()), self.files.now())
            session.lag()
        if self._crashed:
            await self.save("crash")
        while self._crashed:
            self._finish(self._crashed.pop(0), Reply(error=crashed_error()))

    async def _is_to_leave(self, mark: Item) -> bool:
        """Whether ``mark`` says that the session leaves memory: it sleeps, or another server has it."""
        if isinstance(mark, Sleeping):
            return await self._may_sleep()
        return isinstance(mark, Checking) and await self.fence.is_crossed()

    async def _may_sleep(self) -> bool:
        """Whether the session is saved and may leave memory: not while its processes run, for as long as they may."""
        session = self.opened
        if self.is_busy or session.attachment is not None:
            return False
        if session.workspace.processes.are_alive and self.files.now() - session.last_used <= self.process_retention:
            return False
        failure = await self._leave("sleep")
        self.background.is_stopped = False
        return failure is None and not self.is_busy and session.attachment is None

    # Leaving

    def _refuse_all(self, error: StuiError | None) -> None:
        """Answer all that is still queued: with ``error``, or put off until the session is woken again."""
        for job in self._crashed:
            self._finish(job, Reply(error=crashed_error()))
        self._is_over = True
        self._send.close()
        self.errands.fail(error or asleep_error())
        while self._is_wanted():
            item = self._receive.receive_nowait()
            if isinstance(item, Job):
                self._finish(item, Reply(error=error or asleep_error()))
            elif isinstance(item, Draining):
                item.saved.answer(None)

    # What others ask of it

    @property
    def opened(self) -> Session:
        """The session, which is loaded."""
        assert self.session is not None, "a worker does jobs only once its session is loaded"
        return self.session

    @property
    def epoch(self) -> str | None:
        """Of the session's last attachment; None before it is loaded."""
        return None if self.session is None else self.session.epoch

    @property
    def is_busy(self) -> bool:
        """Whether somebody waits for something of it."""
        return self._queued > 0 or self.stream.watching > 0 or len(self.errands) > 0

    def stop_evaluation(self, request_id: RequestId, error: StuiError) -> Job | None:
        """Stop the evaluation that ``request_id`` names, or the running one; None if there is none."""
        job = self.running if request_id is None else self.waiting.get(request_id)
        if job is None or not job.command.evaluates:
            return None
        job.stop(error)
        return job

    def refuse_waiting(self, error: StuiError) -> None:
        """Let what has not begun be answered with ``error``."""
        for job in self.waiting.not_begun():
            job.stop(error)

    def stop_running(self, error: StuiError) -> None:
        """Stop what runs."""
        if self.running is not None:
            self.running.stop(error)

    async def idle(self) -> None:
        """Return once nothing runs or waits."""
        while self._queued:
            await self._rested.wait()

    def tell(self, kind: str, data: dict[str, Json], request_id: RequestId = None) -> None:
        """Tell an event of the session."""
        self.stream.tell(kind, data, request_id)
