"""Primitives that turn Strings into other things: symbols, bytes, lines, literals."""

import base64
import binascii
import re
from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString, character, symbol
from stui_actors.smalltalk.primitives.long_texts import (
    PART,
    arguments_of_long,
    replaced,
    trimmed_left,
    trimmed_right,
)
from stui_actors.smalltalk.primitives.strings import (
    CHARACTER_BYTES,
    SEPARATORS,
    foresee,
    made,
    mapped,
    pieces,
    text_of,
)

_LINE_END = re.compile("\r\n|\r|\n")
_UNARY = re.compile(r"[^\W\d]\w*\Z")
_KEYWORDS = re.compile(r"(?:[^\W\d]\w*:)+\Z")
_BINARY = re.compile(r"[-+*/\\~<>=@%|&?!,^]+\Z")
PRINTED_WHOLE = 24_000  # characters: quoted, still below where printString is cut


def arguments(text: str) -> int:
    """How many arguments a message of this name has; -1 where it names none."""
    if len(text) > PART:
        return arguments_of_long(text)
    if _UNARY.match(text):
        return 0
    if _BINARY.match(text):
        return 1
    return text.count(":") if _KEYWORDS.match(text) else -1


def num_args(string: object) -> object:
    """How many arguments a message of this name has."""
    text = text_of(string)
    return FAIL if text is None else arguments(text)


def is_literal_symbol(string: object) -> object:
    """Whether the text can follow ``#`` without quotes."""
    text = text_of(string)
    return FAIL if text is None else arguments(text) >= 0


def as_symbol(string: object) -> object:
    """The Symbol of these characters."""
    text = text_of(string)
    return FAIL if text is None else symbol(text)


def as_byte_array(string: object) -> object:
    """The codes as bytes; fails above 255."""
    text = text_of(string)
    if text is None:
        return FAIL
    MACHINE.charge(len(text))
    try:
        return bytearray(text.encode("latin-1"))
    except UnicodeEncodeError:
        return FAIL


def utf8_encoded(string: object) -> object:
    """The text in UTF-8."""
    text = text_of(string)
    if text is None:
        return FAIL
    MACHINE.charge(CHARACTER_BYTES * len(text))
    return bytearray(text.encode("utf-8", "surrogatepass"))


def as_array(string: object) -> object:
    """An Array of the Characters."""
    text = text_of(string)
    if text is None:
        return FAIL
    MACHINE.charge(8 * len(text) + 56)
    made_of: list[object] = []
    for piece in pieces(text):
        made_of += [character(ord(each)) for each in piece]
    return made_of


def base64_decoded(string: object) -> object:
    """The bytes that base 64 denotes; fails where it is none."""
    text = text_of(string)
    if text is None or not text.isascii():
        return FAIL
    MACHINE.charge(len(text))
    try:
        return bytearray(base64.b64decode(text, validate=True))
    except binascii.Error:
        return FAIL


def line_list(text: str) -> list[str]:
    """The lines; an end of line at the end begins no further one."""
    lines = _LINE_END.split(text)
    return lines if lines[-1] else lines[:-1]


def lines(string: object) -> object:
    """An Array of the lines."""
    text = text_of(string)
    if text is None:
        return FAIL
    MACHINE.charge(len(text) + 100 * (text.count("\n") + text.count("\r")))
    found = line_list(text)
    MACHINE.tick_if_due()
    return [StString(each) for each in found]


def lines_joined_by(string: object, end: object) -> object:
    """The text with each end of line replaced by ``end``."""
    text, between = text_of(string), text_of(end)
    if text is None or between is None:
        return FAIL
    parts = _LINE_END.split(text)
    foresee(len(text) + len(parts) * len(between))
    return made(between.join(parts))


def quoted(text: str) -> str:
    """``text`` as a literal."""
    return "'" + replaced(text, "'", "''") + "'"


def print_string(string: object) -> object:
    """The text as a literal; fails where it is to be cut."""
    text = text_of(string)
    if text is None or len(text) > PRINTED_WHOLE or string.__class__ is not StString:
        return FAIL
    return made(quoted(text))


PRIMITIVES: dict[str, Callable[..., object]] = {
    "String.isLiteralSymbol": is_literal_symbol,
    "String.numArgs": num_args,
    "String.asSymbol": as_symbol,
    "String.asByteArray": as_byte_array,
    "String.asArray": as_array,
    "String.utf8Encoded": utf8_encoded,
    "String.base64Decoded": base64_decoded,
    "String.printString": print_string,
    "String.quoted": mapped(quoted),
    "String.lines": lines,
    "String.linesJoinedBy:": lines_joined_by,
    "String.trimBoth": mapped(lambda text: trimmed_right(trimmed_left(text, SEPARATORS), SEPARATORS)),
    "String.trimLeft": mapped(lambda text: trimmed_left(text, SEPARATORS)),
    "String.trimRight": mapped(lambda text: trimmed_right(text, SEPARATORS)),
    "Symbol.asString": mapped(lambda text: text),
}
