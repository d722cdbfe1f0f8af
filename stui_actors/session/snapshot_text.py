"""Turns graphs of objects into STON text and back, in slices, without recursion; knows objects by their shapes only.

What opens a bracket is numbered in its order, from 1, as Pharo's STON counts it, and ``@n`` refers back to it. Strings
are written plainly, and as numbered objects where two places share one: that shows only when all has been seen, so
numbers are filled in at the end. A line end stands between tokens only.
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Iterator
from math import isfinite
from sys import intern

from attrs import define, field

from stui_actors.errors import SessionCorrupt
from stui_actors.session.snapshot_shapes import ELEMENT, ENTRY, Part, Shape, Text
from stui_actors.ston.integers import integer_of, integer_text
from stui_actors.ston.scalars import float_text, string_of, string_text, symbol_of, symbol_text
from stui_actors.ston.values import QUOTED, StonSymbol

SLICE = 600  # parts: about a millisecond
LINE = 200  # texts: a line of some thousand characters
RECENT = 20_000  # objects: a dict of more grows, and goes, in one step that others would feel
PAGE = 12  # bits of an address within which objects are filed together
FILES = 1024  # dicts that a million objects are filed in
CHUNK = 6 * 1024  # characters read at once: about a millisecond
KNOWN = 5  # characters of a number that is read once and kept
SMALL = 10**18  # integers below are shorter than what Python refuses to convert
SHARED_STRING = "Stui_String["
_TOKEN = re.compile(
    r"""[\s,:]*+(?:(
      [A-Za-z_][A-Za-z0-9_]*+[\[{] | [\[\]{}] | @[0-9]++
    | '[^'\\]*+(?:\\.[^'\\]*+)*+'
    | \#(?: [A-Za-z0-9_./]++ | '[^'\\]*+(?:\\.[^'\\]*+)*+' )
    | -?[0-9]++(?:\.[0-9]++(?:[eE][+-]?[0-9]++)?)?
    | [a-z]++ | \Z | .
    ))""",
    re.VERBOSE | re.DOTALL,
)
_CONSTANTS: dict[str, object] = {"nil": None, "true": True, "false": False}
_SCALARS = frozenset((str, int, type(None), bool, Text, float))
_OPENERS = ("[", "{")
_CLOSERS = ("]", "}")
_MISSING = object()
_FAULTS = (LookupError, TypeError, ValueError, AttributeError)  # what a shape raises where the text is not its own


@define(eq=False)
class GraphWriter:
    """Writes one graph. ``shape_of`` answers the shape of a Python class, or a Stub; strings are of ``string_type``."""

    shape_of: Callable[[type, object], Shape]
    string_type: type
    string_text: Callable[[object], str]
    _out: list[str] = field(factory=list)
    _seen: dict[int, int] = field(factory=dict)  # id of an object: its place among all
    _filed: list[dict[int, int]] = field(factory=list)  # the same of earlier ones, by address, once there are many
    _kept: list[object] = field(factory=list)  # the same, so that no other object gets the id of a dropped one
    _count: int = 0  # of objects and strings, shared or not
    _strings: list[int] = field(factory=list)  # places of strings, from the first to the last
    _texts: list[int] = field(factory=list)  # where in _out these stand
    _shared: set[int] = field(factory=set)  # places of strings that were met again
    _references: list[int] = field(factory=list)  # by turns where in _out, and the place referred to
    _shapes: dict[type, Shape] = field(factory=dict)
    _symbols: dict[str, str] = field(factory=dict)

    def slices(self, root: Iterable[Part], opening: str) -> Iterator[str]:
        """Texts whose concatenation is the graph; empty ones while it is being walked. ``opening`` begins the root."""
        out, stack, budget = self._out, list[tuple[Iterator[Part], str]](), SLICE
        out.append(opening)
        self._count = 1
        parts, closing = iter(root), "}" if opening[-1] == "{" else "]"
        while True:
            for label, value in parts:
                budget -= 1
                if budget < 1:
                    budget = SLICE
                    yield from self._pause()
                if label == ENTRY:
                    out[-1] = out[-1][:-1] + ENTRY
                    label = ELEMENT  # from here on it is a value as any other
                elif value is None and label:
                    continue
                kind = value.__class__
                if kind in _SCALARS:
                    self._scalar(label, value, kind)
                    continue
                opened = self._object(label, value, kind)
                if opened is not None:
                    stack.append((parts, closing))
                    parts, closing = iter(opened.parts(value)), opened.closing
                    break
            else:
                if out[-1][-1:] == ",":
                    out[-1] = out[-1][:-1]
                out.append(closing + ",")
                if not stack:
                    break
                parts, closing = stack.pop()
                budget -= 1  # a long chain ends all at once
                if budget < 1:
                    budget = SLICE
                    yield ""
        out[-1] = out[-1][:-1]
        yield from self._numbered()

    def _scalar(self, label: str, value: object, kind: type) -> None:
        """Write what has no parts."""
        if kind is str:
            text = self._symbols.get(value) or self._symbol(value)  # type: ignore[call-overload,arg-type]  # kind says str
        elif kind is int:
            text = str(value) if -SMALL < value < SMALL else integer_text(value)  # type: ignore[operator,arg-type]  # kind says int
        elif value is None:
            text = "nil"
        elif kind is bool:
            text = "true" if value else "false"
        elif kind is Text:
            text = string_text(value.text)  # type: ignore[attr-defined]  # kind says Text
        else:
            text = self._float(value)  # type: ignore[arg-type]  # the only kind that is left
        self._out.append(f"{label}{text},")

    def _object(self, label: str, value: object, kind: type) -> Shape | None:
        """Write a reference or a string; else open the object and answer its shape."""
        place = self._seen.get(id(value))
        if place is None and self._filed:
            place = self._place_filed(id(value))
        if place is not None:
            if kind is self.string_type:
                self._shared.add(place)
            self._references += (len(self._out) + 1, place)
            self._out += (label, "", ",")
            return None
        self._seen[id(value)] = place = self._count
        self._kept.append(value)
        self._count += 1
        if kind is self.string_type:
            self._strings.append(place)
            self._texts.append(len(self._out) + 1)
            self._out += (label, string_text(self.string_text(value)), ",")
            return None
        shape = self._shapes.get(kind)
        if shape is None:
            shape = self._shapes[kind] = self.shape_of(kind, value)
        if shape.varies:
            shape = shape.chosen(value)
        self._out.append(f"{label}{shape.opening}")
        return shape

    def _symbol(self, name: str) -> str:
        text = self._symbols[name] = symbol_text(StonSymbol(name))
        return text

    def _float(self, value: float) -> str:
        self._count += not isfinite(value)  # it opens a bracket
        return float_text(value)

    def _pause(self) -> Iterator[str]:
        """An empty text; objects that were met are filed before, if they are many."""
        if len(self._seen) > RECENT:
            yield from self._file()
        yield ""

    def _file(self) -> Iterator[str]:
        """Make room for what comes: file the objects that were met so far."""
        filed = self._filed = self._filed or [{} for _ in range(FILES)]
        for done, (key, place) in enumerate(self._seen.items()):
            filed[key >> PAGE & FILES - 1][key] = place
            if done % SLICE == 0:
                yield ""
        self._seen.clear()

    def _place_filed(self, key: int) -> int | None:
        return self._filed[key >> PAGE & FILES - 1].get(key)

    def _numbered(self) -> Iterator[str]:
        """The texts, with numbers in their places and shared strings as objects."""
        out = self._out
        for place in self._shared:
            index = self._texts[bisect_left(self._strings, place)]
            out[index] = f"{SHARED_STRING}{out[index]}]"
        plain = self._strings
        if self._references and self._shared:
            plain = []
            for start in range(0, len(self._strings), SLICE):
                plain += [place for place in self._strings[start : start + SLICE] if place not in self._shared]
                yield ""
        references = iter(self._references)
        for done, (index, place) in enumerate(zip(references, references, strict=True)):
            out[index] = f"@{place + 1 - bisect_left(plain, place)}"
            if done % SLICE == 0:
                yield ""
        yield from self._written()

    def _written(self) -> Iterator[str]:
        """The texts; what they and the objects were kept in goes piece by piece, since all at once takes long."""
        out = self._out
        out.reverse()
        while out:
            texts = out[-LINE:]
            del out[-LINE:]
            texts.reverse()
            yield "".join(texts) + "\n"
        while self._filed:
            self._filed.pop()
            yield ""
        for kept in (self._kept, self._references, self._strings, self._texts):
            while kept:
                del kept[-RECENT:]
                yield ""


# An object whose end has not been read: its shape, what that made, its number from 0, the parts read so far.
Frame = tuple[Shape, object, int, list[object]]


@define(eq=False)
class GraphReader:
    """Reads one graph. ``shape_of`` answers the shape that an opening like ``Foo{`` names; raises SessionCorrupt."""

    shape_of: Callable[[str], Shape]
    string_of: Callable[[str], object]
    internal: frozenset[type] = frozenset()  # what only shapes that say so may hold
    root: list[object] = field(factory=list)
    _objects: list[object] = field(factory=list)
    _stack: list[Frame] = field(factory=list)
    _known: dict[str, object] = field(factory=lambda: dict(_CONSTANTS))
    _takes_text: bool = False
    _shapes: dict[str, Shape] = field(factory=dict)

    def slices(self, text: str, start: int = 0) -> Iterator[None]:
        """Read ``text`` from ``start``, yielding now and then, into ``root``. Raise SessionCorrupt."""
        items, place = self.root, start
        while place < len(text):
            stop = text.find("\n", min(place + CHUNK, len(text)))
            stop = len(text) if stop < 0 else stop
            try:
                items = self._read(_TOKEN.findall(text, place, stop), items)
            except ValueError as error:
                raise SessionCorrupt("The snapshot has a string with an unknown escape.") from error
            place = stop
            yield
        if self._stack or len(self.root) != 1:
            raise SessionCorrupt("The snapshot is not one whole value.")
        while self._objects:
            del self._objects[-RECENT:]
            yield

    def _read(self, tokens: list[str], items: list[object]) -> list[object]:
        """Read ``tokens``, beginning in the object whose parts ``items`` are; answer those of the one at the end."""
        known, missing = self._known, _MISSING
        for token in tokens:
            value = known.get(token, missing)
            if value is not missing:
                items.append(value)
            elif token[:1] == "'":
                text = string_of(token) if "\\" in token else token[1:-1]
                items.append(text if self._takes_text else self.string_of(text))
            elif token[-1:] in _OPENERS:
                items = self._open(token)
            elif token in _CLOSERS:
                items = self._close(token)
            elif token:
                items.append(self._atom(token))
        return items

    def _open(self, token: str) -> list[object]:
        shape = self._shapes.get(token)
        if shape is None:
            shape = self._shapes[token] = self.shape_of(token)
        made = shape.make()
        items: list[object] = []
        self._stack.append((shape, made, len(self._objects), items))
        self._objects.append(made)
        self._takes_text = shape.takes_text
        return items

    def _close(self, token: str) -> list[object]:
        if not self._stack or self._stack[-1][0].closing != token:
            raise SessionCorrupt(f"The snapshot has a {token} too many.")
        shape, made, number, items = self._stack.pop()
        try:
            value = shape.finish(made, items)
        except _FAULTS as error:
            raise SessionCorrupt(f"The snapshot has a wrong {shape.opening.strip('{[') or 'array'}.") from error
        if value is not made:
            self._objects[number] = value
        if not self._stack:
            self._takes_text = False
            self.root.append(value)
            return self.root
        outer, _, _, items = self._stack[-1]
        if value.__class__ in self.internal and not outer.holds_internal:
            raise SessionCorrupt(f"The snapshot has a {shape.opening} where no such thing may be.")
        self._takes_text = outer.takes_text
        items.append(value)
        return items

    def _atom(self, token: str) -> object:
        """A reference, a symbol or a number."""
        try:
            if token[:1] == "@":
                return self._referred(token)
            if token[:1] == "#":
                value: object = intern(symbol_of(token).name)
            else:
                value = float(token) if "." in token or "e" in token else integer_of(token)
        except (ValueError, IndexError) as error:
            raise SessionCorrupt(f"The snapshot has {token[:QUOTED]!r} where no such thing may be.") from error
        if token[:1] == "#" or len(token) < KNOWN:
            self._known[token] = value
        return value

    def _referred(self, token: str) -> object:
        number = int(token[1:20])
        value = self._objects[number - 1 if number else len(self._objects)]
        if value.__class__ in self.internal and not (self._stack and self._stack[-1][0].holds_internal):
            raise ValueError(token)
        return value
