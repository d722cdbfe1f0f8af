"""Cuts Smalltalk source into tokens with one regular expression, in linear time, and words its errors.

A token is a tuple ``(kind, text, start)``; white space and comments lie between tokens and are not kept.
"""

import re
from collections.abc import Iterator
from itertools import islice
from typing import Final

from stui_actors.errors import ParseError

NAME: Final = 1
KEYWORD: Final = 2  # at:  or several run together, at:put:, which only a literal array may hold
NUMBER: Final = 3
STRING: Final = 4
OPERATOR: Final = 5
PUNCTUATION: Final = 6
SYMBOL: Final = 7
CHARACTER: Final = 8
END: Final = 9
BAD: Final = 10

Token = tuple[int, str, int]

_WORD = r"[^\W\d]\w*"
_QUOTED = r"'[^']*+(?:''[^']*+)*+'"
# A minus before a digit begins a negative number: an operator run stops there, unless it starts with it.
OPERATOR_CHARACTERS: Final = r"+\-/\\*~<>=@%|&?,!¡-©«-´¶-¹»-¿×÷"
_OPERATOR = rf"[{OPERATOR_CHARACTERS}](?:(?!-[0-9])[{OPERATOR_CHARACTERS}])*+"
_NUMBER = (
    r"-?[0-9]++"
    r"(?:r-?(?:[0-9A-Z]++(?:\.[0-9A-Z]++)?|[a-z][0-9a-z]*+(?![0-9a-zA-Z_:]))|\.[0-9]++)?"
    r"(?:[edq]-?[0-9]++|s[0-9]*+(?![A-Za-z_]))?"
)
_SYMBOL = rf"##?(?:{_QUOTED}|{_WORD}(?::{_WORD})*+:?+|[{OPERATOR_CHARACTERS}]++)"
_SKIPPED = r'\s*+(?:"[^"]*+"\s*+)*+'

# The last alternative takes any character, so a match never fails and nothing is scanned twice.
_TOKEN = re.compile(
    rf"{_SKIPPED}(?:((?:{_WORD}:(?!=))++)|({_WORD})|({_NUMBER})|({_QUOTED})"
    rf"|(:=|#?[(\[]|[)\]{{}}.;^:])|({_SYMBOL})|({_OPERATOR})|(\$.)|(\Z)|(.))",
    re.DOTALL,
)
_KINDS = (0, KEYWORD, NAME, NUMBER, STRING, PUNCTUATION, SYMBOL, OPERATOR, CHARACTER, END, BAD)
_LINE_END = re.compile(r"\r\n|\r|\n")
BATCH = 256  # tokens cut at once
_QUOTE_WIDTH = 64  # characters of the source that an error may repeat

COMMENT: Final = re.compile(r'"([^"]*)"')


def batches(source: str) -> Iterator[list[Token]]:
    """The tokens, some at a time, with an END token last; a BAD one stands where no token begins.

    So whoever stops at an error has not cut what follows it, however long that is.
    """
    kinds, matches = _KINDS, _TOKEN.finditer(source)
    while batch := [
        (kinds[index], match[index], match.start(index))
        for match in islice(matches, BATCH)
        if (index := match.lastindex)
    ]:
        yield batch


def bad_token(source: str, text: str, start: int) -> ParseError:
    """What is wrong where no token begins."""
    if text == "'":
        return parse_error(source, start, "Unmatched ' in string literal.", expected="'")
    if text == '"':
        return parse_error(source, start, 'Unmatched " in comment.', expected='"')
    if text == "$":
        return parse_error(source, start, "Character expected")
    if text == "#":
        if source[start + 1 : start + 2] == "'":
            return parse_error(source, start + 1, "Unmatched ' in string literal.", expected="'")
        return parse_error(source, start, "Literal expected")
    return parse_error(source, start, "Variable or expression expected")


def first_comment(source: str, tokens: list[Token], first: int) -> str | None:
    """The first comment after the token at index ``first`` - 1, without its quotes, or None."""
    if '"' not in source:
        return None
    previous = tokens[first - 1]
    stop = previous[2] + len(previous[1])
    for _, text, start in tokens[first:]:
        if found := COMMENT.search(source, stop, start):
            return found[1]
        stop = start + len(text)
    return None


def parse_error(source: str, offset: int, message: str, *, expected: str | None = None) -> ParseError:
    """A ParseError at ``offset`` (from 0); its details count line, column and position from 1."""
    begin, line = 0, 1
    for match in _LINE_END.finditer(source, 0, offset):
        begin, line = match.end(), line + 1
    after = _LINE_END.search(source, offset)
    stop = after.start() if after else len(source)
    shown, place = _window(source[begin:stop], offset - begin)
    blank = "".join("\t" if character == "\t" else " " for character in shown[:place])
    return ParseError(
        message,
        line=line,
        column=offset - begin + 1,
        position=offset + 1,
        expected=expected if expected is not None else message.removesuffix(" expected").replace("'", ""),
        source_line=shown,
        caret=f"{shown}\n{blank}^",
    )


def _window(line: str, place: int) -> tuple[str, int]:
    """At most 64 characters of ``line`` around ``place``, and where ``place`` is in them."""
    if len(line) <= _QUOTE_WIDTH:
        return line, place
    begin = max(0, min(place - _QUOTE_WIDTH // 2, len(line) - _QUOTE_WIDTH))
    return line[begin : begin + _QUOTE_WIDTH], place - begin
