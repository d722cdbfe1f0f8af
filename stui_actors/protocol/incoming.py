"""Bytes to plain values, and what is refused on the way: whatever is not one strict, shallow JSON object in UTF-8."""

import json
import math
import re

import msgspec

from stui_actors.protocol.messages import Dialect, Json, RequestId
from stui_actors.protocol.refusal import ReplyTo, Undecodable, invalid, kind_of

MAX_NESTING = 64  # levels of lists and objects, the outermost included: what a strict reader can read
MAX_ID = 128  # characters of a request's id
MAX_CONTAINERS = 100_000  # brackets, those inside texts too: a million small lists would hold up everybody for a second
MAX_INTEGER = 2**64 - 1
MIN_INTEGER = -(2**63)
MAX_DIAGNOSED = 64 * 1024  # bytes: finding the path of a fault reads the message again, slowly

_STRING = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)
_NO_BRACKETS = bytes(byte for byte in range(256) if byte not in b"[]{}")
_SQUARE = bytes.maketrans(b"{}", b"[]")
_decode = msgspec.json.Decoder().decode


class _Header(msgspec.Struct):
    """What may be legible of a message that is refused."""

    id: object = None
    command: object = None
    payload: msgspec.Raw | None = None


_decode_header = msgspec.json.Decoder(_Header).decode


def read_object(payload: bytes) -> dict[str, Json]:
    """The JSON object that ``payload`` is; raise Undecodable for anything else."""
    if len(payload) > MAX_CONTAINERS and payload.count(b"[") + payload.count(b"{") > MAX_CONTAINERS:
        raise Undecodable(f"A request may have at most {MAX_CONTAINERS} lists and objects.", path="$")
    try:
        message = _decode(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise _unreadable(payload, error) from None
    if type(message) is not dict:
        raise Undecodable(f"A request must be a JSON object, not {kind_of(message)}.", path="$")
    if payload.count(b"[") + payload.count(b"{") > MAX_NESTING and is_deep(payload):
        raise _too_deep(_deep_field(message) if len(payload) <= MAX_DIAGNOSED else None)
    return message


def is_id(value: Json) -> bool:
    """True for what may identify a request: text of at most 128 characters, or an integer of 64 bits."""
    if type(value) is str:
        return len(value) <= MAX_ID
    return type(value) is int and MIN_INTEGER <= value <= MAX_INTEGER


def header_of(payload: bytes) -> ReplyTo:
    """Whom to answer, as far as that can be told without reading the whole; never raises."""
    try:
        header = _decode_header(payload)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        is_envelope = b'"payload"' in payload[:4096] and b'"command"' not in payload[:4096]
        return ReplyTo(dialect=Dialect.ENVELOPE if is_envelope else Dialect.COMMAND)
    is_envelope = header.payload is not None and header.command is None
    known: RequestId = header.id if is_id(header.id) else None  # type: ignore[arg-type, assignment]  # is_id says so
    return ReplyTo(known, Dialect.ENVELOPE if is_envelope else Dialect.COMMAND)


def is_deep(payload: bytes) -> bool:
    """True if valid JSON has more than ``MAX_NESTING`` levels. Takes less time than decoding, for any shape.

    What remains of the text without strings is brackets; each round removes the innermost level.
    """
    brackets = _STRING.sub(b"", payload).translate(_SQUARE, _NO_BRACKETS)
    for _ in range(MAX_NESTING):
        if not brackets:
            return False
        brackets = brackets.replace(b"[]", b"")
    return bool(brackets)


def _deep_field(message: dict[str, Json]) -> str:
    """The outermost field that is nested deepest, level by level: without recursion."""
    level: list[tuple[str, Json]] = [("", message)]
    deepest = level
    while level:
        deepest = level
        level = [pair for path, value in level for pair in _containers(path, value)]
    return deepest[0][0]


def _containers(path: str, value: Json) -> list[tuple[str, Json]]:
    """The lists and objects right inside ``value``; the path is that of the outermost field."""
    if isinstance(value, dict):
        return [(path or name, inner) for name, inner in value.items() if isinstance(inner, dict | list)]
    if isinstance(value, list):
        return [(path, inner) for inner in value if isinstance(inner, dict | list)]
    return []


def _too_deep(field: str | None) -> Undecodable:
    if field is None:
        return Undecodable(f"The request is nested deeper than {MAX_NESTING} levels.", path="$")
    return invalid(field[:64], f"is nested deeper than {MAX_NESTING} levels")


def _unreadable(payload: bytes, error: Exception) -> Undecodable:
    if isinstance(error, RecursionError):
        return _too_deep(None)
    found = _diagnosed(payload)
    if found is not None:
        return found
    if isinstance(error, UnicodeDecodeError):
        return Undecodable("The request is not valid UTF-8.", path="$")
    return Undecodable(f"The request is not valid JSON: {str(error).removeprefix('JSON is malformed: ')}.", path="$")


class _Fault:
    """Stands for a value that JSON or this protocol has no room for; ``text`` says why."""

    def __init__(self, text: str) -> None:
        self.text = text


def _diagnosed(payload: bytes) -> Undecodable | None:
    """The error with the path of what a lenient reader takes and a strict one does not, if that is the fault."""
    if len(payload) > MAX_DIAGNOSED:
        return None
    try:
        message = json.loads(payload.decode("utf-8"), parse_int=_integer, parse_float=_number, parse_constant=_constant)
    except (ValueError, RecursionError):
        return None
    fault = _fault_in(message)
    if fault is not None and isinstance(message, dict):
        fault.answering(_legible(message))
    return fault


def _legible(message: dict[str, object]) -> ReplyTo:
    """Whom to answer, of a message that was read whole although it is refused."""
    is_envelope = "command" not in message and "payload" in message
    given = message.get("id")
    if not is_id(given) or (isinstance(given, str) and not is_encodable(given)):  # type: ignore[arg-type]  # it looks
        given = None
    return ReplyTo(given, Dialect.ENVELOPE if is_envelope else Dialect.COMMAND)  # type: ignore[arg-type]  # is_id says so


def _constant(name: str) -> object:
    return _Fault(f"has a number that JSON does not know: {name}")


def _integer(text: str) -> object:
    return int(text) if len(text) <= 4300 else _Fault(f"has an integer of {len(text)} digits")


def _number(text: str) -> object:
    value = float(text)
    return value if math.isfinite(value) else _Fault(f"has a number out of range: {text[:64]}")


def _fault_in(message: object) -> Undecodable | None:
    """The first fault in reading order; stops at the nesting that is allowed."""
    waiting: list[tuple[str, object]] = [("", message)]
    while waiting:
        path, value = waiting.pop()
        if isinstance(value, _Fault):
            return invalid(path or "$", value.text)
        if isinstance(value, str) and not is_encodable(value):
            return invalid(path or "$", "has half of a surrogate pair")
        waiting.extend(reversed(_parts(path, value)))
    return None


def _parts(path: str, value: object) -> list[tuple[str, object]]:
    if isinstance(value, dict):
        prefix = f"{path}." if path else ""
        return [(f"{prefix}{name[:64]}"[:256], inner) for name, inner in value.items()]
    if isinstance(value, list):
        return [(f"{path}[{index}]"[:256], inner) for index, inner in enumerate(value)]
    return []


def is_encodable(text: str) -> bool:
    """True unless ``text`` has a lone surrogate."""
    try:
        text.encode("utf-8")
    except UnicodeEncodeError:
        return False
    else:
        return True
