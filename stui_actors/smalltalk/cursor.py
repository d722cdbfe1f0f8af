"""A place among the tokens of a source, and the literals that stand there."""

from collections.abc import Callable
from typing import NoReturn

from stui_actors.smalltalk.nodes import Literal, LiteralKind
from stui_actors.smalltalk.numerals import MAX_BITS, MalformedNumberError, NumberTooLargeError, read_number
from stui_actors.smalltalk.tokens import (
    BAD,
    CHARACTER,
    END,
    KEYWORD,
    NAME,
    NUMBER,
    OPERATOR,
    PUNCTUATION,
    STRING,
    SYMBOL,
    Token,
    bad_token,
    batches,
    parse_error,
)

LONG_NUMBER = 4000  # characters whose conversion is worth a pause
NUMBER_BITS = 4 * MAX_BITS  # of all numbers of a source together that are longer than their text

CONSTANTS: dict[str, object] = {"nil": None, "true": True, "false": False}


class Cursor:
    """A source, its tokens, and the place of the token that comes next: ``kind``, ``text``, ``start``."""

    __slots__ = (
        *(
            "bits",
            "depth",
            "forgets",
            "index",
            "kind",
            "known",
            "max_nesting",
            "more",
            "pause",
            "source",
            "start",
            "stop",
            "text",
            "tokens",
        ),
    )

    def __init__(self, source: str, max_nesting: int, pause: Callable[[], None]) -> None:
        self.source = source
        self.forgets = False  # tokens that lie behind
        self.pause = pause  # lets others run
        self.more = batches(source)
        self.tokens: list[Token] = next(self.more)
        self.known = len(self.tokens) - 2  # up to here the token behind the present one is known too
        self.index = 0
        self.kind, self.text, self.start = self.tokens[0]
        self.stop = 0  # where the token before ends
        self.depth = 0
        self.max_nesting = max_nesting
        self.bits = NUMBER_BITS

    # -- tokens

    def advance(self) -> None:
        """Go to the next token."""
        self.stop = self.start + len(self.text)
        self.index += 1
        if self.index > self.known:
            self.pause()
            if self.forgets:
                del self.tokens[: self.index - 1]
                self.index = 1
            self.tokens += next(self.more, ())
            self.known = len(self.tokens) - 2
        self.kind, self.text, self.start = self.tokens[self.index]

    def split(self, length: int) -> None:
        """Go past the first ``length`` characters of this token; the rest is the next token."""
        if length == len(self.text):
            self.advance()
            return
        kind = NUMBER if self.kind == NUMBER else OPERATOR
        self.stop = self.start + length
        self.kind, self.text, self.start = kind, self.text[length:], self.stop
        self.tokens[self.index] = (self.kind, self.text, self.start)

    def fail(self, message: str, *, expected: str | None = None) -> NoReturn:
        """Raise ParseError at the token that comes next."""
        if self.kind == BAD:
            raise bad_token(self.source, self.text, self.start)
        raise parse_error(self.source, self.start, message, expected=expected)

    def close(self, closer: str) -> None:
        """Go past ``closer`` or raise."""
        if self.kind != PUNCTUATION or self.text != closer:
            self.fail(f"'{closer}' expected")
        self.depth -= 1
        self.advance()

    def open(self) -> None:
        """Go past an opening bracket; raise where it is one too deep."""
        self.depth += 1
        if self.depth > self.max_nesting:
            self.fail(f"Nesting deeper than {self.max_nesting}", expected="")
        self.advance()

    # -- literals

    def literal(self) -> Literal | None:
        """The literal that stands here, or None."""
        kind, text, start = self.kind, self.text, self.start
        if kind == NUMBER:
            return self.number()
        if kind == PUNCTUATION:
            return self.literal_array() if text == "#(" else self.byte_array() if text == "#[" else None
        value: object
        if kind == STRING:
            what, value = LiteralKind.STRING, text[1:-1].replace("''", "'")
        elif kind == SYMBOL:
            what, value = LiteralKind.SYMBOL, _symbol(text)
        elif kind == CHARACTER:
            what, value = LiteralKind.CHARACTER, ord(text[1])
        elif kind == NAME and text in CONSTANTS:
            what, value = LiteralKind.CONSTANT, CONSTANTS[text]
        else:
            return None
        self.advance()
        return Literal(what, value, start=start, stop=self.stop)

    def number(self) -> Literal:
        """A number."""
        start = self.start
        if len(self.text) > LONG_NUMBER:
            self.pause()
        try:
            kind, value = read_number(self.text, min(self.bits, MAX_BITS))
        except NumberTooLargeError:
            self.fail("Number too large", expected="")
        except MalformedNumberError:
            self.fail("A digit of the radix expected")
        if isinstance(value, int):
            self.bits -= max(0, value.bit_length() - 4 * len(self.text))
        self.advance()
        return Literal(kind, value, start=start, stop=self.stop)

    def literal_array(self) -> Literal:
        """A literal array, after ``#(`` or, inside another one, after ``(``."""
        start = self.start
        self.open()
        elements = []
        while self.kind != PUNCTUATION or self.text != ")":
            elements.append(self.array_element())
        self.close(")")
        return Literal(LiteralKind.ARRAY, tuple(elements), start=start, stop=self.stop)

    def array_element(self) -> Literal:
        """What stands in a literal array, where bare words are symbols."""
        start, text = self.start, self.text
        if self.kind == PUNCTUATION and text == "(":
            return self.literal_array()
        if self.kind == PUNCTUATION and text == "[":
            return self.byte_array()
        literal = self.literal()
        if literal is not None:
            return literal
        if self.kind == END:
            self.fail("')' expected")
        if self.kind not in (NAME, KEYWORD, OPERATOR):
            self.fail("Literal constant expected")
        self.advance()
        if text[-1] == ":" and self.kind == NAME and self.start == self.stop:
            text += self.text  # foo:bar written without a blank is one symbol
            self.advance()
        return Literal(LiteralKind.SYMBOL, text, start=start, stop=self.stop)

    def byte_array(self) -> Literal:
        """A literal byte array."""
        start = self.start
        self.open()
        found = bytearray()
        while self.kind == NUMBER:
            value = self.number().value
            if not isinstance(value, int) or not 0 <= value <= 255:
                raise parse_error(self.source, self.tokens[self.index - 1][2], "8-bit integer expected")
            found.append(value)
        if self.kind not in (END, PUNCTUATION):
            self.fail("8-bit integer expected")
        self.close("]")
        return Literal(LiteralKind.BYTES, bytes(found), start=start, stop=self.stop)


def _symbol(text: str) -> str:
    name = text.lstrip("#")
    return name[1:-1].replace("''", "'") if name[:1] == "'" else name
