"""The jobs of a session that change it and are not yet done, by the ids of their requests."""

from attrs import define, field

from stui_actors.actors.job import Job
from stui_actors.protocol.messages import RequestId
from stui_actors.session.executed import is_unique


@define(eq=False)
class Waiting:
    """The first job of each id; one of another content that comes meanwhile is in the queue alone."""

    _jobs: dict[RequestId, Job] = field(factory=dict)

    def first_of(self, job: Job, epoch: str | None) -> Job | None:
        """The job of the same id, if there is one; a short id counts within ``epoch``, that of one attachment."""
        first = self._jobs.get(job.request.id) if job.command.changes_state else None
        return first if first is not None and (is_unique(job.request.id) or first.epoch == epoch) else None

    def add(self, job: Job) -> None:
        """Note a job that is the first of its id."""
        if job.command.changes_state and job.request.id is not None:
            self._jobs[job.request.id] = job

    def remove(self, job: Job) -> None:
        """A job is done."""
        if job.request.id is not None and self._jobs.get(job.request.id) is job:
            del self._jobs[job.request.id]

    def get(self, request_id: RequestId) -> Job | None:
        """The job of an id, if there is one."""
        return self._jobs.get(request_id)

    def not_begun(self) -> list[Job]:
        """Those that wait for their turn."""
        return [job for job in self._jobs.values() if not job.started]
