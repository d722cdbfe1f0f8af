"""Every error that is raised on purpose, each with the type it has on the wire."""

from typing import ClassVar


class StuiError(Exception):
    """A fault that a client is told about.

    ``message`` is one sentence for a person; ``details`` are plain JSON values; ``suggestion`` says what to do next.
    """

    error_type: ClassVar[str] = "InternalError"
    envelope_code: ClassVar[str] = "InternalError"
    retryable: ClassVar[bool] = False
    severity: ClassVar[str] = "error"
    suggestion: ClassVar[str] = "Look for the incident's id in the server's log."

    def __init__(self, message: str, *, suggestion: str | None = None, **details: object) -> None:
        super().__init__(message)
        self.message = message
        self.details: dict[str, object] = details
        self.advice = suggestion if suggestion is not None else self.suggestion


class InvalidRequest(StuiError):
    """The request is not JSON, has the wrong shape, or reuses an id for other content."""

    error_type = envelope_code = "InvalidRequest"
    suggestion = "Correct the field that the message names; `describe` lists every parameter."


class UnsupportedOperation(StuiError):
    """The command is unknown, or not built yet."""

    error_type = envelope_code = "UnsupportedOperation"
    suggestion = "`describe` lists the commands that this server knows."


class AuthenticationRequired(StuiError):
    """The request carries no credentials where some are demanded."""

    error_type = "AuthenticationRequired"
    envelope_code = "PermissionDenied"
    suggestion = "Send `auth_token` with the request, or `authenticate` first."


class AuthenticationFailed(StuiError):
    """The credentials are wrong, expired or unknown; which of these is not told."""

    error_type = "AuthenticationFailed"
    envelope_code = "PermissionDenied"
    suggestion = "Check the client id and the token."


class PermissionDenied(StuiError):
    """The client may not do this: listed out, outside its tier, or not an administrator."""

    error_type = envelope_code = "PermissionDenied"
    suggestion = "`validate_feature_access` tells which tier a feature needs."


class SessionNotFound(StuiError):
    """No session of this client has this id; another client's session does not exist."""

    error_type = "SessionNotFound"
    envelope_code = "ObjectNotFound"
    suggestion = "`list_client_sessions` lists the sessions of a client; `create_session` makes a new one."


class SessionExpired(StuiError):
    """The session was not used within its retention."""

    error_type = "SessionExpired"
    envelope_code = "ObjectNotFound"
    suggestion = "Create a new session."


class SessionClosed(StuiError):
    """The session has been closed."""

    error_type = "SessionClosed"
    envelope_code = "ObjectNotFound"
    suggestion = "Create a new session; `export_session` before closing keeps a copy."


class SessionConflict(StuiError):
    """The session is attached elsewhere, or changed since the version that the request names."""

    error_type = "SessionConflict"
    envelope_code = "InvalidRequest"
    suggestion = "Read the session again, then decide."


class SessionParked(StuiError):
    """The session's actor failed too often."""

    error_type = "SessionParked"
    envelope_code = "InternalError"
    retryable = True
    suggestion = "`restore_session` tries again."


class SessionLimitExceeded(StuiError):
    """The client has too many sessions."""

    error_type = "SessionLimitExceeded"
    envelope_code = "PermissionDenied"
    retryable = True
    suggestion = "Close or delete a session first."


class RateLimited(StuiError):
    """The client sends more than its rate."""

    error_type = "RateLimited"
    envelope_code = "Timeout"
    retryable = True
    suggestion = "Wait for `retry_after` seconds, then send the same request again."


class Overloaded(StuiError):
    """A queue is full; nothing of the request was done."""

    error_type = "Overloaded"
    envelope_code = "Timeout"
    retryable = True
    suggestion = "Wait for `retry_after` seconds, then send the same request again."


class SessionCorrupt(StuiError):
    """No generation of the session's file could be read."""

    error_type = "SessionCorrupt"
    envelope_code = "InternalError"
    suggestion = "An operator finds the damaged files where `details.quarantine` says."


class StorageError(StuiError):
    """The store could not save or load; what was done stays in memory and is saved when it can be."""

    error_type = "StorageError"
    envelope_code = "InternalError"
    retryable = True
    suggestion = "Make room or repair permissions; the server saves again by itself."


class ParseError(StuiError):
    """Smalltalk source does not parse.

    Details: ``line`` and ``column`` (from 1), ``position`` (from 1), ``expected``, ``source_line``.
    """

    error_type = "ParseError"
    envelope_code = "EvaluationError"
    suggestion = "Correct the source at the position that the caret shows."


class EvaluationError(StuiError):
    """An unhandled Smalltalk exception."""

    error_type = envelope_code = "EvaluationError"
    suggestion = "The stack trace shows where; what was done until then is kept."


class Interrupted(StuiError):
    """The evaluation was stopped by its client."""

    error_type = "Interrupted"
    envelope_code = "EvaluationError"
    suggestion = "What was done until then is kept."


class Timeout(StuiError):
    """The evaluation used up its time."""

    error_type = envelope_code = "Timeout"
    suggestion = "Raise `timeout`, or do the work in smaller parts; what was done until then is kept."


class ResourceExhausted(StuiError):
    """The evaluation hit the limit that ``details.limit`` names: memory, depth, integer, processes, size."""

    error_type = "ResourceExhausted"
    envelope_code = "EvaluationError"
    suggestion = "What was done until then is kept; the limit stands under `describe`."


class ObjectNotFound(StuiError):
    """No object has this id."""

    error_type = envelope_code = "ObjectNotFound"
    suggestion = "Evaluate again to get a fresh object id."


class ClassNotFound(StuiError):
    """No class has this name."""

    error_type = envelope_code = "ClassNotFound"
    suggestion = "`list_classes` lists the classes."


class MethodNotFound(StuiError):
    """The class has no such method."""

    error_type = envelope_code = "MethodNotFound"
    suggestion = "`browse_class` lists the methods of a class."


class ActorCrashed(StuiError):
    """The client's actor failed while this request was its; it restarted from the last durable state."""

    error_type = "ActorCrashed"
    envelope_code = "InternalError"
    suggestion = "The session is back at its last saved state; do not send the same request again."


class ShuttingDown(StuiError):
    """The server drains."""

    error_type = "ShuttingDown"
    envelope_code = "Timeout"
    retryable = True
    suggestion = "Send the same request again once the server is back."


class InternalError(StuiError):
    """A bug that was contained without a restart; ``details.incident`` is its id in the log."""


class ConfigError(StuiError):
    """A setting is unknown, mistyped or out of range; the message names line and path."""

    error_type = envelope_code = "InvalidRequest"
    suggestion = "`config init` writes a file that explains every key, as `conf/stui.toml` does."


WIRE_ERRORS: tuple[type[StuiError], ...] = (
    InvalidRequest,
    UnsupportedOperation,
    AuthenticationRequired,
    AuthenticationFailed,
    PermissionDenied,
    SessionNotFound,
    SessionExpired,
    SessionClosed,
    SessionConflict,
    SessionParked,
    SessionLimitExceeded,
    RateLimited,
    Overloaded,
    SessionCorrupt,
    StorageError,
    ParseError,
    EvaluationError,
    Interrupted,
    Timeout,
    ResourceExhausted,
    ObjectNotFound,
    ClassNotFound,
    MethodNotFound,
    ActorCrashed,
    ShuttingDown,
    InternalError,
)
