"""What a session's task needs of the client's actor that it belongs to."""

from typing import TYPE_CHECKING, Protocol

from stui_actors.actors.job import Job
from stui_actors.commands.context import Context
from stui_actors.protocol.messages import Event, Reply

if TYPE_CHECKING:
    from stui_actors.actors.session_worker import SessionWorker


class Host(Protocol):
    """The actor, as its session's tasks see it."""

    def context_of(self, worker: "SessionWorker", job: Job) -> Context:
        """What a job's command can reach."""

    def answer(self, job: Job, reply: Reply) -> None:
        """Send a job's reply to all who wait for it."""

    def answer_for_now(self, job: Job, reply: Reply) -> None:
        """Send a reply that says that the job goes on."""

    def pushed(self, worker: "SessionWorker", event: Event) -> None:
        """Tell an event to whoever is attached."""

    def ended(self, worker: "SessionWorker") -> None:
        """The session has left memory."""
