"""Primitives of Character: codes, case and Unicode's categories."""

import unicodedata
from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL
from stui_actors.smalltalk.objects import Character, StString, character
from stui_actors.smalltalk.primitives.strings import SEPARATORS, lower_character, upper_character

HIGHEST = 0x10FFFF


def value(_: object, code: object) -> object:
    """The Character with ``code``."""
    if code.__class__ is int and 0 <= code <= HIGHEST:
        return character(code)
    return FAIL


def as_integer(char: Character) -> int:
    """The code."""
    return char.code


def as_lowercase(char: Character) -> Character:
    """The small letter, or the same Character."""
    return character(ord(lower_character(chr(char.code))))


def as_uppercase(char: Character) -> Character:
    """The capital, or the same Character."""
    return character(ord(upper_character(chr(char.code))))


def is_separator(char: Character) -> bool:
    """Whether it is a blank: space, tab, return, line feed or form feed."""
    return chr(char.code) in SEPARATORS


def category(char: Character) -> StString:
    """Unicode's two letters for its kind."""
    return StString(unicodedata.category(chr(char.code)))


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Character class.value:": value,
    "Character.asInteger": as_integer,
    "Character.asLowercase": as_lowercase,
    "Character.asUppercase": as_uppercase,
    "Character.isSeparator": is_separator,
    "Character.category": category,
}
