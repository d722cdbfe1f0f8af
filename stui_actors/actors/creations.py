"""Requests that make sessions, sent twice: the second one gets the first one's session, also after a restart."""

from attrs import define, field

from stui_actors.actors.job import Job
from stui_actors.actors.session_files import SessionFiles, creation_mark
from stui_actors.actors.session_worker import SessionWorker
from stui_actors.errors import StuiError
from stui_actors.protocol.messages import Reply, RequestId


@define(eq=False)
class Creations:
    """The creations of one client: those under way by id, those done by the mark in their session's id."""

    files: SessionFiles
    workers: dict[str, SessionWorker]
    _under_way: dict[RequestId, Job] = field(factory=dict)

    async def reply_to(self, job: Job) -> Reply | None:
        """What the first request of this id was answered, or None if this is the first."""
        request_id = job.request.id
        if request_id is None:
            return None
        first = self._under_way.get(request_id)
        if first is not None:
            await first.done.wait()
        self._under_way[request_id] = job
        mark = creation_mark(job)
        return await self._recorded(job, mark) if mark else None

    def done(self, job: Job) -> None:
        """A creation was answered, or refused."""
        if self._under_way.get(job.request.id) is job:
            del self._under_way[job.request.id]

    async def _recorded(self, job: Job, mark: str) -> Reply | None:
        session_id = await self._session_with(mark)
        if session_id is None:
            return None
        try:
            worker = self.workers.get(session_id)
            session = worker.session if worker is not None else None
            session = session or await self.files.load(session_id)
            return session.executed.reply_to(job.request.id, job.content, self.files.now())
        except StuiError as error:
            return Reply(error=error)

    async def _session_with(self, mark: str) -> str | None:
        for session_id in self.workers:
            if session_id.endswith(mark):
                return session_id
        return next((each for each in await self.files.stored_ids() if each.endswith(mark)), None)
