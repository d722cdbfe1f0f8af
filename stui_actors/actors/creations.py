"""Requests that make sessions, sent twice: the second one gets the first one's session, also after a restart.

Once that session was deleted, a late copy is refused for as long as executed requests are remembered.
"""

from collections.abc import Callable
from contextlib import suppress

from attrs import define, field

from stui_actors.actors.job import Job
from stui_actors.actors.messages import Door
from stui_actors.actors.moving import move_here
from stui_actors.actors.session_files import SessionFiles
from stui_actors.actors.session_worker import SessionWorker
from stui_actors.errors import InvalidRequest, Overloaded, SessionClosed, SessionConflict, SessionNotFound, StuiError
from stui_actors.protocol.messages import Json, Reply, RequestId
from stui_actors.session.session import Attachment


@define(eq=False)
class Creations:
    """The creations of one client: those under way by id, those done by the mark in their session's id."""

    files: SessionFiles
    workers: dict[str, SessionWorker]
    door: Door
    client_id: str
    _under_way: dict[RequestId, Job] = field(factory=dict)

    async def reply_to(self, job: Job, open_worker: Callable[[str], SessionWorker]) -> Reply | None:
        """What the first request of this id was answered, or None if this is the first."""
        request_id = job.request.id
        if request_id is None:
            return None
        while (first := self._under_way.get(request_id)) is not None:  # several may wait for one: they go one by one
            await first.ended()
        self._under_way[request_id] = job
        return await self.recorded(job, open_worker)

    async def recorded(self, job: Job, open_worker: Callable[[str], SessionWorker]) -> Reply | None:
        """What the first request of this id was answered, here or at another server; None if it made no session."""
        mark = job.creation_mark
        return await self._recorded(job, mark, open_worker) if mark else None

    def done(self, job: Job) -> None:
        """A creation was answered, or refused."""
        if self._under_way.get(job.request.id) is job:
            del self._under_way[job.request.id]

    async def _recorded(self, job: Job, mark: str, open_worker: Callable[[str], SessionWorker]) -> Reply | None:
        try:
            session_id = await self._session_with(mark)
            worker = None if session_id is None else open_worker(session_id)
            if worker is not None:
                await worker.loaded.wait()
            if worker is None or isinstance(worker.failure, SessionNotFound):
                return await self._of_deleted(mark)
            if worker.failure is not None and not isinstance(worker.failure, SessionClosed):  # its replies are there
                return Reply(error=worker.failure)
            reply = worker.opened.executed.reply_to(job.request.id, job.content, self.files.now())
            if reply is not None and reply.result is not None:
                await self.attach_again(job, worker, reply.result)
        except StuiError as error:
            return Reply(error=error)
        return reply

    async def _of_deleted(self, mark: str) -> Reply | None:
        """The refusal of a late copy, where the session that the first one made was deleted since."""
        if not await self.files.was_deleted(mark):
            return None
        return Reply(
            error=InvalidRequest(
                "This request made a session that was deleted since.",
                path="id",
                reason="already_executed",
                suggestion="Send a new request under a new id to make another session.",
            )
        )

    async def reply_to_fork(
        self, job: Job, worker: SessionWorker, open_worker: Callable[[str], SessionWorker]
    ) -> Reply | None:
        """``reply_to`` for what may make a copy of ``worker``'s session, and may have attached it instead."""
        reply = await self.reply_to(job, open_worker)
        if reply is not None:
            return reply
        known = worker.opened.executed.reply_to(job.request.id, job.content, self.files.now())
        holding = self.files.holding
        if known is None and await holding.is_lost(worker.opened):  # attached, and noted so, at another server
            executed = await self.files.durable_replies(worker.opened)
            return executed.reply_to(job.request.id, job.content, self.files.now())
        if known is not None and known.result is not None:
            await worker.errands.durable()
            await self.attach_again(job, worker, known.result)
        return known

    async def keep(
        self, job: Job, worker: SessionWorker, reply: Reply, open_worker: Callable[[str], SessionWorker]
    ) -> Reply:
        """Return the reply of a fork that made no copy once it is durable: a late copy of the request makes none.

        Where another server has made one meanwhile, the reply tells of that.
        """
        session, mark = worker.opened, job.creation_mark
        if mark and not await self.files.services.storage.claim(self.files.key(session.id), mark):
            return await self.recorded(job, open_worker) or Reply(error=elsewhere_error())
        session.executed.record(job.request.id, job.content, reply, self.files.now())
        session.lag()
        try:
            await worker.errands.durable()
        except StuiError as error:
            return Reply(error=error, warnings=reply.warnings)
        return reply

    async def attach_again(self, job: Job, worker: SessionWorker, result: dict[str, Json]) -> None:
        """The repeat's sender gets what the first one got: the session, under the epoch that the reply tells.

        Unless it was attached since: what comes under that epoch, or over this connection, is refused then.
        """
        session, connection, epoch = worker.opened, job.addresses[0].connection, result.get("session_epoch")
        if session.closed or not isinstance(epoch, str) or session.epoch not in (None, epoch):
            return
        with suppress(SessionConflict):  # another server has it by now: what comes over this connection is refused
            if not await self.files.holding.hold(session, epoch):
                await move_here(worker, job, epoch)
        session = worker.opened
        held = session.attachment
        pushes = held is not None and held.pushes_events
        session.attachment = Attachment(connection, epoch, pushes, job.request.dialect)
        session.epoch = epoch
        self.door.bind(connection, self.client_id, session.id)
        if not session.events.is_reserved:  # it may be told soon that it was taken over
            session.lag()
            worker.save_soon()

    async def _session_with(self, mark: str) -> str | None:
        for session_id in self.workers:
            if session_id.endswith(mark):
                return session_id
        return next((each for each in await self.files.stored_ids() if each.endswith(mark)), None)


def elsewhere_error() -> Overloaded:
    """The error for a request that another server of the same store is just doing."""
    return Overloaded("Another server is doing this request.", limit="in_flight", retry_after=0.1)
