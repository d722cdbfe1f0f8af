"""The envelope dialect, version 1.x: ``{"id", "version", "timestamp", "payload": {"type", "data"}}``, PascalCase."""

import re

from stui_actors.errors import InvalidRequest, StuiError
from stui_actors.protocol.common_fields import COMMON, merged, take_common, unknown_fields
from stui_actors.protocol.messages import Dialect, Event, Json, Reply, Request, RequestId
from stui_actors.protocol.names import MAX_NAME, is_snake_case, pascal_case, snake_case
from stui_actors.protocol.outgoing import as_text, readable
from stui_actors.protocol.refusal import ReplyTo, invalid, mistyped, quoted
from stui_actors.protocol.times import iso_time

VERSION = "1.0.0"
VERSIONS_SERVED = "1.x"
PREFIX = "payload.data.params."
RESULT_LEVEL = 4  # the result stands inside the payload's data
_SERVED = re.compile(r"1(\.[0-9]{1,9}){0,2}")
_MESSAGE = frozenset(("id", "version", "timestamp", "payload", *COMMON))
_PAYLOAD = frozenset(("type", "data"))
_DATA = frozenset(("request_type", "params"))


def request_of(message: dict[str, Json], request_id: RequestId) -> Request:
    """Read a request; raise Undecodable that names the field which is missing or wrong."""
    version = _text(message, "version", "")
    if _SERVED.fullmatch(version) is None:
        raise invalid("version", f"{quoted(version)} is not served; served is {VERSIONS_SERVED}")
    payload = _object(message, "payload", "")
    if _text(payload, "type", "payload.") != "Request":
        raise invalid("payload.type", "must be 'Request'")
    data = _object(payload, "data", "payload.")
    params = {} if data.get("params") is None else _object(data, "params", "payload.data.")
    outer = {name: message[name] for name in COMMON if name in message}
    params = merged(outer, params, PREFIX) if outer else params
    common = take_common(params, PREFIX)
    return Request(
        request_id,
        _command(data),
        params,
        Dialect.ENVELOPE,
        *common,
        version,
        _warnings(message, payload, data),
    )


def _command(data: dict[str, Json]) -> str:
    request_type = _text(data, "request_type", "payload.data.")
    command = snake_case(request_type) if len(request_type) <= MAX_NAME else None
    if command is None and is_snake_case(request_type):
        raise invalid("payload.data.request_type", f"must be in PascalCase, not {quoted(request_type)}")
    return command or request_type


def _text(fields: dict[str, Json], name: str, prefix: str) -> str:
    value = _present(fields, name, prefix)
    if type(value) is not str:
        raise mistyped(prefix + name, "a text", value)
    return value


def _object(fields: dict[str, Json], name: str, prefix: str) -> dict[str, Json]:
    value = _present(fields, name, prefix)
    if type(value) is not dict:
        raise mistyped(prefix + name, "an object", value)
    return value


def _present(fields: dict[str, Json], name: str, prefix: str) -> Json:
    if name not in fields:
        raise invalid(prefix + name, "is missing")
    return fields[name]


def _warnings(message: dict[str, Json], payload: dict[str, Json], data: dict[str, Json]) -> tuple[str, ...]:
    if message.keys() <= _MESSAGE and payload.keys() <= _PAYLOAD and data.keys() <= _DATA:
        return ()
    return (
        *unknown_fields([name for name in message if name not in _MESSAGE], ""),
        *unknown_fields([name for name in payload if name not in _PAYLOAD], "payload."),
        *unknown_fields([name for name in data if name not in _DATA], "payload.data."),
    )


def reply_message(to: Request | ReplyTo, reply: Reply, now: float) -> dict[str, Json]:
    """The reply as it is spelt here. Whatever its request's minor version, it has ours: minor only adds."""
    if reply.error is not None:
        data: dict[str, Json] = {"response_type": "Error", "data": error_fields(reply.error)}
    else:
        result = readable(reply.result or {}, RESULT_LEVEL)
        data = {"response_type": pascal_case(to.command) if isinstance(to, Request) else "", "data": result}
    message = _envelope(to.id, "Response", data, now)
    if reply.warnings:
        message["warnings"] = list(reply.warnings)
    if reply.replayed:
        message["replayed"] = True
    return message


def error_fields(error: StuiError) -> dict[str, Json]:
    """What an Error reply says: in ``details`` every value is text, and the precise type is one of them."""
    details: dict[str, Json] = {str(name): as_text(value) for name, value in error.details.items()}
    trace = details.pop("stack_trace", None)
    message = error.message
    if isinstance(error, InvalidRequest):
        message = _with_own_path(message, details)
    details["error_type"] = error.error_type
    details["severity"] = error.severity
    details["suggestion"] = error.advice
    details["retryable"] = "true" if error.retryable else "false"
    return {"code": error.envelope_code, "message": message, "details": details, "stack_trace": trace}


def _with_own_path(message: str, details: dict[str, Json]) -> str:
    """``message`` with the path as this dialect has it; commands name parameters as the other one does."""
    path = details.get("path")
    if not isinstance(path, str) or not path.startswith("parameters."):
        return message
    own = PREFIX + path.removeprefix("parameters.")
    details["path"] = own
    return message.replace(f"`{path}`", f"`{own}`")


def event_message(event: Event) -> dict[str, Json]:
    """The event as it is spelt here. Its id serves readers that want one; nothing is answered to it."""
    data: dict[str, Json] = {
        "event": event.kind,
        "session_id": event.session_id,
        "seq": event.seq,
        "request_id": event.request_id,
        "data": readable(event.data, RESULT_LEVEL),
    }
    return _envelope(f"event-{event.seq}", "Event", data, event.timestamp)


def _envelope(message_id: RequestId, kind: str, data: dict[str, Json], now: float) -> dict[str, Json]:
    message: dict[str, Json] = {} if message_id is None else {"id": message_id}
    message["version"] = VERSION
    message["timestamp"] = iso_time(now)
    message["payload"] = {"type": kind, "data": data}
    return message
