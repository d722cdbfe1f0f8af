"""Replies and events as clients read them, in either dialect."""

import msgspec

from stui_actors.errors import WIRE_ERRORS, InternalError, InvalidRequest, StuiError
from stui_actors.protocol.messages import Event, Json, RequestId
from stui_actors.protocol.times import seconds_of

ERRORS: dict[str, type[StuiError]] = {each.error_type: each for each in WIRE_ERRORS}
_ADDED = ("error_type", "severity", "suggestion", "retryable")  # what the envelope dialect puts among the details

Answer = tuple[RequestId, dict[str, Json] | None, StuiError | None]


def answer_of(message: dict[str, Json]) -> Answer:
    """Id, result and error (one of them None) of a reply; raise InvalidRequest for what is none."""
    request_id = message.get("id")
    if request_id is not None and not isinstance(request_id, str | int):
        raise InvalidRequest("The reply's id is neither text nor integer.", path="id")
    if "payload" in message:
        return request_id, *_envelope_outcome(message)
    if message.get("status") == "success":
        return request_id, _object(message, "result"), None
    if message.get("status") == "error":
        return request_id, None, _error(_text(message, "error_type"), _text(message, "error"), message)
    raise InvalidRequest("The message is neither a reply nor an event.")


def _envelope_outcome(message: dict[str, Json]) -> tuple[dict[str, Json] | None, StuiError | None]:
    data = _object(_object(message, "payload"), "data")
    content = _object(data, "data")
    if data.get("response_type") != "Error":
        return content, None
    details = {name: _plain_detail(name, value) for name, value in _object(content, "details").items()}
    fields: dict[str, Json] = {"suggestion": details.get("suggestion")}
    trace = content.get("stack_trace")
    kept = {name: value for name, value in details.items() if name not in _ADDED}
    fields["details"] = kept if trace is None else {**kept, "stack_trace": trace}
    precise = details.get("error_type")
    return None, _error(
        precise if isinstance(precise, str) else _text(content, "code"), _text(content, "message"), fields
    )


def _plain_detail(name: str, value: Json) -> Json:
    """A detail as the command dialect has it, where that matters: how long to wait is a number."""
    if name != "retry_after" or not isinstance(value, str):
        return value
    try:
        return msgspec.json.decode(value, type=float)
    except msgspec.DecodeError:
        return value


def _error(error_type: str, text: str, fields: dict[str, Json]) -> StuiError:
    """The error of its own class; of an unknown type: InternalError, the type among its details."""
    details = fields.get("details")
    plain: dict[str, object] = dict(details) if isinstance(details, dict) else {}
    suggestion = fields.get("suggestion")
    known = ERRORS.get(error_type)
    error = (known or InternalError)(text, suggestion=suggestion if isinstance(suggestion, str) else None)
    error.details = plain if known is not None else {**plain, "error_type": error_type}
    return error


def event_of(message: dict[str, Json]) -> Event | None:
    """The event that a message is; None if it is none."""
    payload = message.get("payload")
    if "event" in message:
        return _event(message, message)
    if isinstance(payload, dict) and payload.get("type") == "Event":
        return _event(_object(payload, "data"), message)
    return None


def _event(fields: dict[str, Json], message: dict[str, Json]) -> Event:
    seq, request_id = fields.get("seq"), fields.get("request_id")
    if type(seq) is not int:
        raise InvalidRequest("The event has no number.", path="seq")
    try:
        timestamp = seconds_of(_text(message, "timestamp"))
    except ValueError:
        raise InvalidRequest("The event's time is none.", path="timestamp") from None
    return Event(
        _text(fields, "event"),
        _text(fields, "session_id"),
        seq,
        _object(fields, "data"),
        timestamp,
        request_id if isinstance(request_id, str | int) else None,
    )


def _object(fields: dict[str, Json], name: str) -> dict[str, Json]:
    value = fields.get(name)
    if not isinstance(value, dict):
        raise InvalidRequest(f"The server's message has no object `{name}`.", path=name)
    return value


def _text(fields: dict[str, Json], name: str) -> str:
    value = fields.get(name)
    if not isinstance(value, str):
        raise InvalidRequest(f"The server's message has no text `{name}`.", path=name)
    return value
