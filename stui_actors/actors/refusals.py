"""What requests are told that their session cannot do."""

from stui_actors.actors.job import Job
from stui_actors.errors import ActorCrashed, Overloaded, ParseError, SessionConflict, SessionNotFound, StuiError
from stui_actors.protocol.messages import Reply, RequestId
from stui_actors.session.executed import is_unique
from stui_actors.session.session import Session

NOT_HERE = (SessionConflict, SessionNotFound)  # a save fails so: the session lives on another server now, or nowhere


def crashed_error() -> ActorCrashed:
    """The error for a request that was being done when its actor failed."""
    return ActorCrashed("The actor of this client failed while it did this request.")


def asleep_error() -> Overloaded:
    """The error for a request that met its session on the way out of memory."""
    return Overloaded("The session is just leaving memory.", limit="waking", retry_after=0.1)


def why_not(request_id: RequestId, process: int | None) -> str:
    """The word for what was not there to be interrupted."""
    if process is not None:
        return "unknown_process"
    return "idle" if request_id is None else "unknown_request"


def closed_error(session: Session) -> StuiError:
    """What a request to a closed session is told."""
    try:
        session.check_open()
    except StuiError as error:
        return error
    raise AssertionError("the session is open")


def is_final(reply: Reply) -> bool:
    """Whether a reply is one to remember: not a repeat, and no refusal after which the same request may succeed."""
    return not reply.replayed and (reply.error is None or not reply.error.retryable)


def refuses_for_good(job: Job, reply: Reply) -> bool:
    """Whether a kept reply says that its request failed, which a later state could give another answer to.

    Such a reply must be durable before it is told, and told again: else a late copy of the request is done after a
    crash. Code that does not parse never does.
    """
    if reply.error is None or isinstance(reply.error, ParseError) or not job.command.changes_state:
        return False
    return not reply.error.retryable and is_unique(job.request.id)
