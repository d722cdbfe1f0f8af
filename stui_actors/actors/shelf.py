"""What a job's command can do to its client's sessions, and how its evaluation gets turns."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

import trio
from attrs import define

from stui_actors.actors.attaching import Attaching
from stui_actors.actors.background import OUTPUT_INTERVAL
from stui_actors.actors.job import Job
from stui_actors.actors.refusals import why_not
from stui_actors.actors.session_worker import SessionWorker
from stui_actors.commands.context import OnConflict
from stui_actors.errors import Interrupted, InvalidRequest, SessionNotFound, UnsupportedOperation
from stui_actors.protocol.messages import Json, RequestId
from stui_actors.session.evaluation import Evaluation
from stui_actors.session.session import Durability, Session

if TYPE_CHECKING:
    from stui_actors.actors.desk import Desk

FOREGROUND: Mapping[str, Json] = {"process": 0, "parent": None}  # an evaluation; those that it forks count from 1


@define(eq=False)
class JobShelf:
    """The sessions of one client, as one job sees them."""

    desk: "Desk"
    worker: SessionWorker | None
    job: Job

    async def create(
        self, *, name: str, idle_limit: float | None, durability: Durability, client_info: dict[str, Json]
    ) -> Session:
        """Make a session; the desk saves it before its creation is answered."""
        self._attaching().check_attached(None)
        session = await self.desk.files.create(self.job, name=name, idle_limit=idle_limit, durability=durability)
        session.client_info = client_info
        self.job.created = session
        return session

    async def import_session(self, data: str) -> Session:
        """Make a session out of what ``export`` gave."""
        self.job.created = await self.desk.files.import_text(data, self.job)
        return self.job.created

    async def listing(self) -> list[dict[str, Json]]:
        """``get_session_info`` of every session that is not closed, newest first."""
        workers = self.desk.workers.items()  # a new one is loaded once its session is saved
        opened = {key: each.session for key, each in workers if each.session is not None and each.loaded.is_set()}
        return await self.desk.files.listing(opened)

    async def attach(self, session: Session, *, pushes_events: bool) -> None:
        """Attach a new session to the job's connection; raise SessionLimitExceeded."""
        self._attaching().attach(session, pushes_events=pushes_events)

    async def restore(self, session: Session, *, on_conflict: OnConflict, pushes_events: bool) -> Session:
        """Attach a session, or a copy of it, to the job's connection; answer which."""
        return await self._attaching().restore(session, on_conflict=on_conflict, pushes_events=pushes_events)

    def _attaching(self) -> Attaching:
        return Attaching(self.desk, self.worker, self.job)

    async def close(self, session: Session, *, delete: bool) -> dict[str, Json]:
        """Stop and unload a session; answer what was released. One that cannot be deleted stays as it is."""
        if delete and session.persistent:
            await self._delete(session)
        processes = 0 if self.worker is None else await self.worker.background.end("close")
        released: dict[str, Json] = {**session.workspace.release(), "processes": processes}
        session.closed = True
        session.detach()
        released["bytes"] = session.size_bytes
        if session.persistent and not session.deleted:
            session.changed(self.desk.services.now())
        self.desk.services.door.unbind(self.job.addresses[0].connection, session.id)
        return released

    async def _delete(self, session: Session) -> None:
        try:
            await self.desk.files.delete(session.id)
        except SessionNotFound:  # another server was first
            session.closed = session.deleted = True
            raise
        session.deleted = True

    async def export(self, session: Session) -> str:
        """The session as STON text, plain."""
        return await self.desk.files.text_of(session, final=True)

    async def generations(self, session: Session) -> list[dict[str, Json]]:
        """The saved states, newest first."""
        return await self.desk.files.generations(session)

    async def roll_back(self, session: Session, version: int) -> Session:
        """Bring back the state that was saved as ``version``, as a new version."""
        if self.worker is None or not session.persistent:
            raise UnsupportedOperation("Only a stored session can be rolled back.")
        earlier = await self.desk.files.at_version(session, version)
        await self.worker.background.end("rollback")
        earlier.take_place_of(session, self.desk.services.now())
        self.worker.session = earlier
        return earlier

    async def checkpoint(self, session: Session) -> str:
        """The session as text, for ``undo``."""
        return await self.desk.files.text_of(session, final=True)

    async def undo(self, session: Session, checkpoint: str) -> int:
        """Put the session back to what ``checkpoint`` answered; say how many of its processes ended by that."""
        assert self.worker is not None, "only a session's own jobs change it"
        earlier = await self.desk.files.earlier_state(session, checkpoint)
        ended = session.workspace.image.terminate_processes()
        self.worker.session = earlier
        return ended

    async def wait_for(self, session: Session, request_id: RequestId, wait: float) -> dict[str, Json]:
        """The reply of an evaluation that was answered ``pending``; raise its error if it failed."""
        assert self.worker is not None, "get_result belongs to a session"
        job = self.worker.waiting.get(request_id)
        if job is not None:
            with trio.move_on_after(wait):
                await job.ended()
            if not job.is_done:
                return {"pending": True, "request_id": request_id}
        reply = session.executed.recorded(request_id)
        if reply is None:
            raise InvalidRequest("No reply of this request is kept.", path="parameters.request_id")
        if session.durability == "strict" and (session.unsaved or (session.lagging and reply.error is not None)):
            await self.worker.errands.durable()  # who asked was told that it could not be saved
        if reply.error is not None:
            raise reply.error
        return dict(reply.result or {})

    def interrupt(self, session: Session, request_id: RequestId, process: int | None) -> dict[str, Json]:
        """Stop an evaluation, running or waiting, or processes that were forked."""
        assert self.worker is not None, "interrupt belongs to a session"
        error = Interrupted("The evaluation was interrupted.")
        job = None if process is not None else self.worker.stop_evaluation(request_id, error)
        processes = session.workspace.processes
        stopped = processes.stop(error, number=process, request_id=request_id) if job is None else []
        if stopped:
            self.worker.look_after_processes()
        return {
            "interrupted": [] if job is None or job.request.id is None else [job.request.id],
            "processes": stopped,
            "reason": None if job is not None or stopped else why_not(request_id, process),
            "alive": [*processes.rows()],
        }

    async def wait_for_events(self, session: Session, after: int, wait: float) -> None:
        """Return once an event numbered above ``after`` is there, or ``wait`` seconds have passed."""
        assert self.worker is not None, "poll_events belongs to a session"
        await self.worker.stream.wait_for_events(after, wait)


@define(eq=False)
class JobEvaluator:
    """Gives the evaluation of one job its turns, and tells its session's stream what happens."""

    desk: "Desk"
    worker: SessionWorker | None
    job: Job

    async def run(self, evaluation: Evaluation) -> None:
        """Return once the evaluation has its outcome."""
        job, worker = self.job, self.worker
        job.evaluation = evaluation
        if job.stopped is not None:
            evaluation.stop(job.stopped)
        assert worker is not None, "an evaluation belongs to a session"
        if not evaluation.is_internal:
            await self.desk.files.reserve_numbers(worker.opened)
            worker.tell("evaluation_started", {**FOREGROUND}, job.request.id)
        watched = WatchedEvaluation(evaluation, worker, job.request.id)
        await self.desk.services.cpu.run(watched, self.desk.client_id)
        while not evaluation.is_over:
            with trio.move_on_after(evaluation.idle_for() or 0):
                await job.interrupted()
            await self.desk.services.cpu.run(watched, self.desk.client_id)
        if not evaluation.is_internal:
            worker.tell("evaluation_finished", _end_of(evaluation), job.request.id)
        job.evaluation = None


@define(eq=False)
class WatchedEvaluation:
    """An evaluation whose Transcript is told to the session's stream while it runs."""

    evaluation: Evaluation
    worker: SessionWorker
    request_id: RequestId
    told_at: float = 0.0

    def run_slice(self) -> bool:
        """Run for a turn; true once it has ended, or waits."""
        ended = self.evaluation.run_slice()
        idle = self.evaluation.idle_for()
        if ended or (idle or 0) >= OUTPUT_INTERVAL or self.evaluation.elapsed - self.told_at >= OUTPUT_INTERVAL:
            self.told_at = self.evaluation.elapsed
            fresh = self.evaluation.new_output()
            if fresh:
                self.worker.tell("transcript", {**FOREGROUND, "text": fresh}, self.request_id)
            self.worker.background.tell_news()
        return ended or idle is not None


def _end_of(evaluation: Evaluation) -> dict[str, Json]:
    """What an ``evaluation_finished`` tells."""
    error = evaluation.process.error
    data: dict[str, Json] = {**FOREGROUND, "execution_time": int(evaluation.elapsed * 1000)}
    data["has_error"] = error is not None
    if error is not None:
        data["error_type"], data["error"] = error.error_type, error.message
    return data
