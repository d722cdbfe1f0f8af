"""Plain values to bytes that every strict reader can read: 64 bits, finite numbers, whole characters, 64 levels."""

import math
import re
from collections.abc import Mapping

import msgspec

from stui_actors.protocol.incoming import MAX_INTEGER, MAX_NESTING, MIN_INTEGER
from stui_actors.protocol.messages import Json

CUT = "[..]"  # stands for what is nested too deep
_encode = msgspec.json.Encoder().encode
_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_SIMPLE = frozenset((str, bool, type(None)))


def to_bytes(message: dict[str, Json]) -> bytes:
    """``message`` as UTF-8 JSON; lone surrogates become replacement characters."""
    try:
        return _encode(message)
    except UnicodeEncodeError:
        return _encode(_whole(message))


def readable(value: dict[str, Json], level: int) -> dict[str, Json]:
    """``value`` where a strict reader can read it as it is, else a copy that it can. ``level``: where it will stand."""
    if is_readable(value, level):
        return value
    plain = as_plain(value, level)
    assert isinstance(plain, dict)
    return plain


def as_plain(value: object, level: int = 1) -> Json:
    """Any value as JSON: integers beyond 64 bits, numbers that are not finite and what is no JSON as text."""
    if isinstance(value, bool | str | None):
        return value
    if isinstance(value, int):
        return value if MIN_INTEGER <= value <= MAX_INTEGER else integer_text(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else float_text(value)
    if isinstance(value, Mapping):
        return CUT if level > MAX_NESTING else {str(key): as_plain(part, level + 1) for key, part in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return CUT if level > MAX_NESTING else [as_plain(part, level + 1) for part in value]
    return str(value)[:1024]


def as_text(value: object) -> str:
    """Text as it is, anything else as its JSON."""
    plain = as_plain(value)
    return plain if isinstance(plain, str) else _text_of(plain)


def float_text(value: float) -> str:
    """``NaN``, ``Infinity`` or ``-Infinity``."""
    if math.isnan(value):
        return "NaN"
    return "Infinity" if value > 0 else "-Infinity"


def integer_text(value: int) -> str:
    """The decimal digits; hexadecimal ones, with ``0x``, beyond what Python prints in decimal."""
    return hex(value) if value.bit_length() > 14_000 else str(value)


def _text_of(value: Json) -> str:
    try:
        return _encode(value).decode("utf-8")
    except UnicodeEncodeError:
        return _encode(_whole(value)).decode("utf-8")


def is_readable(value: dict[str, Json] | list[Json], level: int) -> bool:
    """True if a strict reader can read the numbers and the nesting of a value that stands at ``level``."""
    if level > MAX_NESTING:
        return False
    for part in value.values() if type(value) is dict else value:
        kind = type(part)
        if kind in _SIMPLE:
            continue
        if kind is int:
            if not MIN_INTEGER <= part <= MAX_INTEGER:  # type: ignore[operator]  # an int
                return False
        elif kind is float:
            if not math.isfinite(part):  # type: ignore[arg-type]  # a float
                return False
        elif (kind is not dict and kind is not list) or not is_readable(part, level + 1):  # type: ignore[arg-type]
            return False
    return True


def _whole(value: Json) -> Json:
    """A copy without lone surrogates; ``value`` is nested no deeper than allowed."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value)
    if isinstance(value, dict):
        return {_LONE_SURROGATE.sub("\ufffd", name): _whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return value
