r"""Cuts STON text into tokens by one regular expression, in one pass in C.

Every alternative is possessive, and what fits none swallows the rest of the text: the time is linear in the text,
whatever it holds.
"""

import re
from collections.abc import Iterator
from itertools import chain

from stui_actors.ston.values import QUOTED, StonError

EAGER = 1 << 20  # characters: above, tokens are made one at a time, since a list of them takes ten times the text

SPACE = r"""
    [\s]*+ (?: (?: /\* (?:[^*]++ | \*(?!/))*+ \*/ | //[^\r\n]*+ ) [\s]*+ )*+
"""
LEXEME = r"""
    [\[\]{},:]
  | '[^'\\]*+ (?: \\. [^'\\]*+ )*+ '
  | \#(?: (?: [A-Za-z0-9_./] | -(?!>) )++ | '[^'\\]*+ (?: \\. [^'\\]*+ )*+ ' )
  | -?[0-9]++ (?: /[0-9]++ (?:s[0-9]++)?+ | (?:\.[0-9]++)?+ (?: [eE][+-]?[0-9]++ | s[0-9]++ )?+ )
  | [A-Za-z_][A-Za-z0-9_]*+
  | @[0-9]++
  | "[^"\\]*+ (?: \\. [^"\\]*+ )*+ "
  | ->
"""
LEADING = re.compile(SPACE, re.VERBOSE)
TOKEN = re.compile(f"(?: ({LEXEME}) {SPACE} | .++ )", re.VERBOSE | re.DOTALL)
PLACED = re.compile(f"({LEXEME} | .++ ) {SPACE}", re.VERBOSE | re.DOTALL)


def tokens(text: str) -> Iterator[str]:
    """The tokens of ``text``, comments and white space left out, and an empty one at its end.

    Where the text goes on with what is no token, there is another empty one before that.
    """
    start = _start(text)
    if len(text) <= EAGER:
        return chain(TOKEN.findall(text, start), ("",))
    return chain((found[1] or "" for found in TOKEN.finditer(text, start)), ("",))


def _start(text: str) -> int:
    found = LEADING.match(text)
    return found.end() if found else 0


def place(text: str, index: int) -> tuple[str, int]:
    """Token number ``index`` (from 0), and where it starts, counted in characters from 1."""
    for number, found in enumerate(PLACED.finditer(text, _start(text))):
        if number == index:
            return found[1], found.start() + 1
    return "", len(text) + 1


def unexpected(text: str, index: int, expected: str) -> StonError:
    """The error that names token number ``index`` (from 0) and its place."""
    token, position = place(text, index)
    seen = repr(token[:QUOTED]) if token else "the end"
    return StonError(f"STON: expected {expected}, found {seen}", position)
