"""What is done to long texts part by part, so that others run meanwhile: C alone would hold them up too long."""

import re
import zlib
from collections.abc import Callable, Iterator

from stui_actors.smalltalk.machine import MACHINE

PART = 1 << 18  # characters: C goes through them in a millisecond, whatever it does to them
_START = re.compile(r"[^\W\d]")
_WORDS = re.compile(r"[\w:]+")
_BROKEN = re.compile(r":[\d:]")
_OPERATORS = re.compile(r"[-+*/\\~<>=@%|&?!,^]+")


def parts(text: str) -> Iterator[str]:
    """A text in parts; others run between them."""
    for start in range(0, len(text), PART):
        MACHINE.tick_if_due()
        yield text[start : start + PART]


def by_parts(function: Callable[[str], str]) -> Callable[[str], str]:
    """``function`` for texts of any length; for one that treats each character by itself."""

    def apply(text: str) -> str:
        return function(text) if len(text) <= PART else "".join([function(part) for part in parts(text)])

    return apply


def backwards(text: str) -> str:
    """The characters in reverse order."""
    if len(text) <= PART:
        return text[::-1]
    return "".join([part[::-1] for part in parts(text)][::-1])


def checksum(text: str) -> int:
    """A number that equal texts share, in every process."""
    value = 0
    for part in parts(text):
        value = zlib.crc32(part.encode("utf-8", "surrogatepass"), value)
    return value


def trimmed_left(text: str, characters: str) -> str:
    """``text`` without the ``characters`` that it begins with."""
    gone = 0
    for part in parts(text):
        kept = part.lstrip(characters)
        gone += len(part) - len(kept)
        if kept:
            break
    return text[gone:]


def trimmed_right(text: str, characters: str) -> str:
    """``text`` without the ``characters`` that it ends with."""
    stop = len(text)
    while stop > 0:
        MACHINE.tick_if_due()
        start = max(0, stop - PART)
        kept = len(text[start:stop].rstrip(characters))
        stop = start + kept
        if kept:
            break
    return text[:stop]


def replaced(text: str, before: str, after: str) -> str:
    """``text`` with ``after`` for each ``before``, from the left; charged as it grows."""
    made: list[str] = []
    rest = ""
    for part in parts(text):
        found = (rest + part).split(before)
        last = found.pop()
        kept = max(0, len(last) - len(before) + 1)  # what cannot be the beginning of another one
        rest = last[kept:]
        made.append("".join([each + after for each in found]) + last[:kept])
        MACHINE.charge(len(made[-1]))
    return "".join(made) + rest


def arguments_of_long(text: str) -> int:
    """How many arguments a message of this name has; -1 where it names none."""
    if all(_OPERATORS.fullmatch(part) for part in parts(text)):
        return 1
    if not _START.match(text) or not all(_WORDS.fullmatch(part) for part in parts(text)):
        return -1
    colons = text.count(":")
    if colons == 0:
        return 0
    starts = range(0, len(text), PART)
    is_broken = text[-1] != ":" or any(_BROKEN.search(text, start, start + PART + 1) for start in starts)
    return -1 if is_broken else colons
