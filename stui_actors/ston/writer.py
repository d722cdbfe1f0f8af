"""Writes values as STON text. Iterative: no nesting is too deep for it. Compact text is one line.

What was written before is written as a reference, so that sharing and cycles survive.
"""

from collections.abc import Callable, Iterator
from fractions import Fraction
from functools import lru_cache
from itertools import chain, repeat

from attrs import define, field

from stui_actors.ston.integers import integer_text
from stui_actors.ston.scalars import (
    float_text,
    fraction_text,
    scaled_text,
    string_text,
    symbol_text,
)
from stui_actors.ston.tokens import tokens
from stui_actors.ston.values import Association, ScaledDecimal, StonKey, StonObject, StonSymbol

CONSTANTS = {None: "nil", True: "true", False: "false"}
SCALARS: dict[type, Callable[..., str]] = {
    str: string_text,
    int: integer_text,
    StonSymbol: symbol_text,
    bool: CONSTANTS.__getitem__,
    type(None): CONSTANTS.__getitem__,
    float: float_text,
    Fraction: fraction_text,
    ScaledDecimal: scaled_text,
}
NOT_FINITE = "F"  # how the text of a float begins that is spelt as an object, and counts as one
COLON, COMMA = ":", ","
KEY, VALUE = StonSymbol("key"), StonSymbol("value")
LONGEST_KNOWN = 32  # characters of a key whose text is remembered
SHALLOW = 8  # levels that are written without the machinery
MAX_INDENT = 64  # tabs: deeper levels stand below each other, or a nest would take the square of its depth

Part = tuple[object, str]  # a value, and what follows it: `:` after a key, `,` else
Opened = tuple[Iterator[Part], str, str]  # parts to be written, what closes them, and what follows that


def write(value: object, *, pretty: bool = False) -> str:
    """``value`` as STON, on one line, or ``pretty`` on many; raise TypeError if something in it has no STON form."""
    flat = _flat(value)
    if flat is not None:
        return _indented(flat) if pretty else flat
    shared: set[int] = set()
    writer = _Writer(shared)
    text = writer.run(value)
    if shared:
        text = _Writer(shared).run(value)
    return _indented(text) if pretty else text


def _flat(value: object) -> str | None:
    """Plain maps and lists within each other, as most lines of a file are, without the machinery; None else."""
    return _nested(value, set(), SHALLOW) if type(value) in (dict, list) else None


def scalar_text(value: object) -> str:
    """A value without parts as STON; raise KeyError for any other."""
    return SCALARS[type(value)](value)


def _nested(value: object, seen: set[int], depth: int) -> str | None:
    """A value's text; None where something comes twice, lies too deep, or is neither map, list nor scalar."""
    kind = type(value)
    scalar = SCALARS.get(kind)
    if scalar is not None:
        return scalar(value)
    if id(value) in seen or not depth:
        return None
    seen.add(id(value))
    if kind is dict:
        return _map_text(value, seen, depth)  # type: ignore[arg-type]  # kind says dict
    return _list_text(value, seen, depth) if kind is list else None  # type: ignore[arg-type]  # kind says list


def _map_text(value: dict[object, object], seen: set[int], depth: int) -> str | None:
    parts = []
    for key, item in value.items():
        scalar = SCALARS.get(type(item))
        text = scalar(item) if scalar is not None else _nested(item, seen, depth - 1)
        if type(key) is not str or text is None:
            return None
        parts.append((_known_key_text(key) if len(key) <= LONGEST_KNOWN else f"{string_text(key)}:") + text)
    return "{" + ",".join(parts) + "}"


def _list_text(value: list[object], seen: set[int], depth: int) -> str | None:
    parts = []
    for item in value:
        text = _nested(item, seen, depth - 1)
        if text is None:
            return None
        parts.append(text)
    return "[" + ",".join(parts) + "]"


@lru_cache(maxsize=512)  # the names of a record's fields come again and again
def _known_key_text(key: str) -> str:
    return f"{string_text(key)}:"


@define(eq=False)
class _Writer:
    """One pass. Associations met twice go into ``shared``: the next pass makes them objects, which have references."""

    shared: set[int]
    out: list[str] = field(factory=list)
    numbers: dict[int, int] = field(factory=dict)
    associations: set[int] = field(factory=set)
    outer: list[Opened] = field(factory=list)
    count: int = 0

    def run(self, value: object) -> str:
        """The text of ``value``."""
        put, scalars = self.out.append, SCALARS
        parts: Iterator[Part] = iter([(value, "")])
        closer = follower = ""
        while True:
            for item, after in parts:
                kind = type(item)
                if kind in scalars:
                    text = scalars[kind](item)
                    put(text)
                    put(after)
                    if kind is float and text[0] == NOT_FINITE:
                        self.count += 1
                    continue
                opened = self.open(item, after)
                if opened is not None:
                    self.outer.append((parts, closer, follower))
                    parts, closer, follower = opened
                    break
            else:
                if not self.outer:
                    return "".join(self.out)
                if self.out[-1] == ",":
                    self.out.pop()
                put(closer)
                put(follower)
                parts, closer, follower = self.outer.pop()

    def open(self, item: object, after: str) -> Opened | None:
        """Begin ``item``: its parts and how it ends, or None where a reference was all of it."""
        number = self.numbers.get(id(item))
        if number is not None:
            self.out += (f"@{number}", after)
            return None
        match item:
            case list():
                return self.numbered(item, "[", zip(item, repeat(",")), "]", after)
            case dict():
                return self.numbered(item, "{", _entries(item), "}", after)
            case StonObject(class_name=name, content=list(elements)):
                return self.numbered(item, f"{name}[", zip(elements, repeat(",")), "]", after)
            case StonObject(class_name=name, content=dict(fields)):
                return self.numbered(item, f"{name}{{", _entries(fields), "}", after)
            case Association():
                return self.association(item, after)
            case StonKey(value=key):
                return iter([(key, ",")]), "", after
        raise TypeError(f"no STON for a {type(item).__name__}")

    def numbered(self, item: object, opener: str, parts: Iterator[Part], closer: str, after: str) -> Opened:
        """Begin ``item``, which can be referred to from now on."""
        self.count += 1
        self.numbers[id(item)] = self.count
        self.out.append(opener)
        return parts, closer, after

    def association(self, item: Association, after: str) -> Opened:
        """Begin ``item``: as an object where it is shared or a key, since `key:value` can be neither."""
        if after == ":" or id(item) in self.shared:
            parts = _entries({KEY: item.key, VALUE: item.value})
            return self.numbered(item, "Association{", parts, "}", after)
        if id(item) in self.associations:
            self.shared.add(id(item))
            return iter([(None, ",")]), "", after
        self.associations.add(id(item))
        return iter([(item.key, ":"), (item.value, ",")]), "", after


def _entries(entries: dict[object, object]) -> Iterator[Part]:
    pairs = (((key, ":"), (value, ",")) for key, value in entries.items())
    return chain.from_iterable(pairs)


def _indented(text: str) -> str:
    """``text``, which is compact, with a part on each line."""
    out: list[str] = []
    depth, opened = 0, False
    for token in tokens(text):
        if token in ("]", "}"):
            depth -= 1
            out.append(" " if opened else _line(depth))
        elif opened:
            out.append(_line(depth))
        opened = token in ("[", "{")
        depth += opened
        out.append(" : " if token == COLON else f" {token}" if opened and _names_class(out) else token)
        if token == COMMA:
            out.append(_line(depth))
    return "".join(out)


def _line(depth: int) -> str:
    return "\n" + "\t" * min(depth, MAX_INDENT)


def _names_class(out: list[str]) -> bool:
    return bool(out) and "A" <= out[-1][:1] <= "Z"
