"""The command dialect: ``{"id": ..., "command": ..., "parameters": {...}}``, or parameters flat beside the command."""

from stui_actors.errors import StuiError
from stui_actors.protocol.common_fields import merged, take_common
from stui_actors.protocol.messages import Dialect, Event, Json, Reply, Request, RequestId
from stui_actors.protocol.outgoing import as_plain, readable
from stui_actors.protocol.refusal import ReplyTo, Undecodable, invalid, mistyped
from stui_actors.protocol.times import iso_time

PREFIX = "parameters."
RESULT_LEVEL = 2  # the result stands inside the reply


def request_of(message: dict[str, Json], request_id: RequestId) -> Request:
    """Read a request; raise Undecodable that names the field which is missing or wrong. Takes ``message`` apart."""
    message.pop("id", None)
    command = message.pop("command")
    nested = message.pop("parameters", None)
    if type(command) is not str:
        raise mistyped("command", "a text", command)
    if not command:
        raise invalid("command", "is empty")
    if nested is not None:
        if type(nested) is not dict:
            raise mistyped("parameters", "an object", nested)
        message = merged(message, nested, PREFIX) if message else nested
    common = take_common(message, PREFIX)
    return Request(
        request_id,
        command,
        message,
        Dialect.COMMAND,
        *common,
    )


def no_command() -> Undecodable:
    """The error for an object that is a request in neither dialect."""
    return invalid("command", "is missing")


def reply_message(to: Request | ReplyTo, reply: Reply, client_id: str | None, now: float) -> dict[str, Json]:
    """The reply as it is spelt here."""
    message: dict[str, Json] = {}
    if to.id is not None:
        message["id"] = to.id
    message["status"] = "success" if reply.error is None else "error"
    if client_id is not None:
        message["client_id"] = client_id
    if reply.error is None:
        message["result"] = readable(reply.result or {}, RESULT_LEVEL)
    else:
        message.update(error_fields(reply.error))
    message["timestamp"] = iso_time(now)
    if reply.warnings:
        message["warnings"] = list(reply.warnings)
    if reply.replayed:
        message["replayed"] = True
    return message


def error_fields(error: StuiError) -> dict[str, Json]:
    """What an error reply says."""
    return {
        "error": error.message,
        "error_type": error.error_type,
        "severity": error.severity,
        "details": as_plain(error.details, RESULT_LEVEL),
        "suggestion": error.advice,
        "retryable": error.retryable,
    }


def event_message(event: Event) -> dict[str, Json]:
    """The event as it is spelt here, and in what ``poll_events`` answers."""
    return {
        "event": event.kind,
        "session_id": event.session_id,
        "seq": event.seq,
        "request_id": event.request_id,
        "data": readable(event.data, RESULT_LEVEL),
        "timestamp": iso_time(event.timestamp),
    }
