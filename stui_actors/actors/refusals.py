"""What requests are told that their session cannot do."""

from stui_actors.errors import ActorCrashed, Overloaded, SessionConflict, SessionNotFound, StuiError
from stui_actors.protocol.messages import RequestId
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
