"""Reads STON text. Iterative: no nesting is too deep for it. One pass over the tokens, each scalar spelling made once.

A reference ``@n`` counts arrays, dictionaries and objects in the order in which they open, from 1, as Pharo does.
"""

from collections.abc import Iterator
from math import inf, nan

from attrs import define, field

from stui_actors.ston.scalars import number_of, string_of, symbol_of
from stui_actors.ston.tokens import place, tokens, unexpected
from stui_actors.ston.values import Association, StonError, StonKey, StonObject, StonSymbol

ARROW, COLON, COMMA = "->", ":", ","
QUOTES = frozenset("'\"")
SCALAR = frozenset("'\"#-0123456789")  # what strings, symbols and numbers begin with
SHORT = 19  # characters: a number of fewer digits is read at once
CONSTANTS: dict[str, object] = {"nil": None, "null": None, "true": True, "false": False}
FLOATS = {"nan": nan, "infinity": inf, "negativeInfinity": -inf}
KEY, VALUE = StonSymbol("key"), StonSymbol("value")
PLAIN_KEYS = frozenset((str, int, StonSymbol, type(None), StonObject, Association))
MAX_REFERENCE = 20  # characters: more than the digits of any count
UNKNOWN, OPENED, CLOSED = object(), object(), object()


def read(text: str) -> object:
    """The value that ``text`` spells; raise StonError, with the position, if it is not one STON value."""
    return _Reader(text, enumerate(tokens(text))).run()


@define(eq=False)
class _Frame:
    """An array, dictionary, object or association whose end has not been seen; ``closer`` is "" without one."""

    closer: str
    items: list[object]
    result: object = None
    number: int = 0


@define(eq=False)
class _Reader:
    text: str
    source: Iterator[tuple[int, str]]
    frame: _Frame = field(factory=lambda: _Frame("", []))
    taken: int = 0
    known: dict[str, object] = field(factory=lambda: dict(CONSTANTS))
    objects: list[object] = field(factory=list)
    outer: list[_Frame] = field(factory=list)

    def run(self) -> object:
        """Read a value, then what follows it, until the text ends."""
        known, unknown = self.known, UNKNOWN
        items, closer = self.frame.items, self.frame.closer
        wants_value = True
        for index, token in self.source:
            self.taken = index
            if wants_value:
                value = known.get(token, unknown)
                if value is unknown:
                    value = self.start(token)
                    items, closer = self.frame.items, self.frame.closer
                    wants_value = value is OPENED
                    if wants_value or value is CLOSED:
                        continue
                items.append(value)
                wants_value = False
            elif closer and token == (COLON if closer == "}" and len(items) % 2 else COMMA):
                wants_value = True  # as ``follow`` says of most tokens
            elif token:
                wants_value = self.follow(token)
                items, closer = self.frame.items, self.frame.closer
            else:
                break
        self.end_associations()
        if self.outer or next(self.source, None) is not None:
            raise self.unexpected(f"`{self.frame.closer}`" if self.outer else "the end")
        return self.frame.items[0]

    def unexpected(self, expected: str) -> StonError:
        """The error at the token that was taken last."""
        return unexpected(self.text, self.taken, expected)

    def start(self, token: str) -> object:
        """Begin a value: the value if ``token`` is all of it, OPENED if parts follow, CLOSED if it ends without any."""
        if token[:1] in SCALAR:
            value = self.known[token] = self.scalar(token)
            return value
        if token in ("[", "{"):
            return self.open(token, None)
        if token and token == self.frame.closer and not self.frame.items:
            self.close()
            return CLOSED
        if "A" <= token[:1] <= "Z":
            self.taken, opener = next(self.source)
            return self.open(opener, token)
        if token[:1] == "@":
            return self.referred(token)
        raise self.unexpected("a value")

    def scalar(self, token: str) -> object:
        """The string, symbol or number that ``token`` spells."""
        first = token[:1]
        try:
            if first in QUOTES:
                return string_of(token)
            if first == "#":
                return symbol_of(token)
            if token != ARROW:
                return int(token) if len(token) < SHORT and token.isdecimal() else number_of(token)
        except ValueError as error:
            raise StonError(f"STON: {error}", place(self.text, self.taken)[1]) from error
        raise self.unexpected("a value")

    def open(self, opener: str, class_name: str | None) -> object:
        """Begin an array, a dictionary, or an object of ``class_name``."""
        if opener == "[":
            elements: list[object] = []
            result: object = elements if class_name is None else StonObject(class_name, elements)
            frame = _Frame("]", elements, result)
        elif opener == "{":
            fields: dict[object, object] = {}
            result = fields if class_name is None else StonObject(class_name, fields)
            frame = _Frame("}", [], Association() if class_name == "Association" else result)
        else:
            raise self.unexpected("`[` or `{` after a class name")
        self.objects.append(frame.result)
        frame.number = len(self.objects)
        self.outer.append(self.frame)
        self.frame = frame
        return OPENED

    def referred(self, token: str) -> object:
        """What the reference ``token`` leads back to; it may still be open."""
        number = int(token[1:MAX_REFERENCE])
        if not 0 < number <= len(self.objects):
            raise self.unexpected("a reference to something that stands before it")
        return self.objects[number - 1]

    def follow(self, token: str) -> bool:
        """What comes after a value: true if a value must follow."""
        if token == ARROW or (token == COLON and not self.is_after_key()):
            key = self.frame.items.pop()
            self.outer.append(self.frame)
            self.frame = _Frame("", [key])
            return True
        if token == COLON:
            return True
        self.end_associations()
        if not self.outer:
            raise self.unexpected("the end")
        if self.is_after_key():
            raise self.unexpected("`:` after a key")
        if token == COMMA:
            return True
        if token != self.frame.closer:
            raise self.unexpected(f"`,` or `{self.frame.closer}`")
        self.close()
        return False

    def is_after_key(self) -> bool:
        """Whether the value that was read last is the key of a dictionary's entry."""
        return self.frame.closer == "}" and len(self.frame.items) % 2 == 1

    def end_associations(self) -> None:
        """Finish the associations that the last value ends, innermost first."""
        while self.outer and not self.frame.closer:
            pair = Association(*self.frame.items)
            self.frame = self.outer.pop()
            self.frame.items.append(pair)

    def close(self) -> None:
        """Finish the innermost open array, dictionary or object."""
        frame = self.frame
        if frame.closer == "}":
            self.fill(frame)
        elif isinstance(frame.result, StonObject) and frame.result.class_name == "Float":
            frame.result = self.objects[frame.number - 1] = _float_of(frame.result)
        self.frame = self.outer.pop()
        self.frame.items.append(frame.result)

    def fill(self, frame: _Frame) -> None:
        """Put the entries that were read into their dictionary, object or association."""
        keys, values, result = frame.items[::2], frame.items[1::2], frame.result
        if not PLAIN_KEYS.issuperset(map(type, keys)):
            keys = [key if type(key) in PLAIN_KEYS else StonKey(key) for key in keys]
        entries = zip(keys, values, strict=True)
        match result:
            case dict(content) | StonObject(content=dict(content)):
                content.update(entries)
            case Association():
                fields = dict(entries)
                if fields.keys() != {KEY, VALUE}:
                    raise self.unexpected("the fields `key` and `value` of an association")
                result.key, result.value = fields[KEY], fields[VALUE]


def _float_of(found: StonObject) -> object:
    """The float that has no digits, which Pharo spells as an object: ``Float[#nan]``."""
    match found.content:
        case [StonSymbol(name=name)] if name in FLOATS:
            return FLOATS[name]
    return found
