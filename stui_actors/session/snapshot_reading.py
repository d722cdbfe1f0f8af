"""Makes graphs of objects from the STON text that ``snapshot_text`` writes, in slices, without recursion.

An object of nothing but numbers, constants and plain symbols is cut out whole, since most are like that; all others
bracket by bracket. Both ways come to the same.
"""

import re
from collections.abc import Callable, Iterator
from sys import intern

from attrs import define, field

from stui_actors.errors import SessionCorrupt
from stui_actors.session.snapshot_filling import Fill
from stui_actors.session.snapshot_shapes import Shape
from stui_actors.session.snapshot_text import RECENT
from stui_actors.ston.integers import integer_of
from stui_actors.ston.scalars import string_of as unescaped
from stui_actors.ston.scalars import symbol_of
from stui_actors.ston.values import QUOTED

CHUNK = 6 * 1024  # characters read at once: about a millisecond
PORTION = 800  # tokens read at once: a chunk has no more, unless it is nothing but brackets
KNOWN = 5  # characters of a number that is read once and kept
DIGITS = 19  # of an integer that is read without further questions
FILLED = 1024  # ways in which whole instances are filled: more would only cost memory
_TOKEN = re.compile(
    r"""[\s,:]*+(?:(
      (?:[A-Za-z_][A-Za-z0-9_]*+)?+ (?: \[ (?:[-0-9a-zA-Z./\#,]*+\])?+ | \{ (?:[-0-9a-zA-Z./\#,:]*+\})?+ )
    | [\]}] | @[0-9]++
    | '[^'\\]*+(?:\\.[^'\\]*+)*+'
    | \#(?: [A-Za-z0-9_./]++ | '[^'\\]*+(?:\\.[^'\\]*+)*+' )
    | -?[0-9]++(?:\.[0-9]++(?:[eE][+-]?[0-9]++)?)?
    | [a-z]++ | \Z | .
    ))""",
    re.VERBOSE | re.DOTALL,
)
_SCALAR = re.compile(r"-?[0-9]++(?:\.[0-9]++(?:[eE][+-]?[0-9]++)?)?|#[A-Za-z0-9_./]++")
_CONSTANTS: dict[str, object] = {"nil": None, "true": True, "false": False}
_STRING, _CLOSER, _OPENER, _NOTHING = range(4)
_ENDS = {"'": _STRING, "]": _CLOSER, "}": _CLOSER, "[": _OPENER, "{": _OPENER, "": _NOTHING}
_MISSING = object()
_FAULTS = (LookupError, TypeError, ValueError, AttributeError)  # what a shape raises where the text is not its own

# An object whose end has not been read: its shape, what that made, its number from 0, the parts read so far.
Frame = tuple[Shape, object, int, list[object]]


@define(eq=False)
class Filling:
    """How instances with the same variables are read; ``holds_integers`` while they hold nothing else."""

    shape: Shape
    make: Callable[[], object]
    fill: Fill
    holds_integers: bool = True


@define(eq=False)
class GraphReader:
    """Reads one graph. ``shape_of`` answers the shape that an opening like ``Foo{`` names; raises SessionCorrupt."""

    shape_of: Callable[[str], Shape]
    string_of: Callable[[str], object]
    internal: frozenset[type] = frozenset()  # what only shapes that say so may hold
    root: list[object] = field(factory=list)
    objects: list[object] = field(factory=list)  # what opened a bracket, in order, until it is forgotten
    strings: list[object] = field(factory=list)  # those that opened none, in order, until they are forgotten
    _stack: list[Frame] = field(factory=list)
    _known: dict[str, object] = field(factory=lambda: dict(_CONSTANTS))
    _takes_text: bool = False
    _shapes: dict[str, Shape] = field(factory=dict)
    _filled: dict[tuple[str, ...], Filling] = field(factory=dict)

    def slices(self, text: str, start: int = 0) -> Iterator[None]:
        """Read ``text`` from ``start``, yielding now and then, into ``root``. Raise SessionCorrupt."""
        yield from self.read(text, start)
        yield from self.forget()

    def read(self, text: str, start: int = 0) -> Iterator[None]:
        """``slices``, but more graphs may follow, which refer to this one."""
        items, place = self.root, start
        while place < len(text):
            stop = text.find("\n", min(place + CHUNK, len(text)))
            stop = len(text) if stop < 0 else stop
            tokens, place = _TOKEN.findall(text, place, stop), stop
            for first in range(0, len(tokens), PORTION):
                try:
                    items = self._read(tokens[first : first + PORTION], items)
                except ValueError as error:
                    raise SessionCorrupt("The snapshot has a string with an unknown escape.") from error
                yield
        if self._stack or len(self.root) != 1:
            raise SessionCorrupt("The snapshot is not one whole value.")

    def forget(self) -> Iterator[None]:
        """Let go of what is known by its number, piece by piece, since all at once takes long."""
        for noted in (self.objects, self.strings):
            while noted:
                del noted[-RECENT:]
                yield

    def _read(self, tokens: list[str], items: list[object]) -> list[object]:
        """Read ``tokens``, beginning in the object whose parts ``items`` are; answer those of the one at the end."""
        known, shapes, missing, ends = self._known, self._shapes, _MISSING, _ENDS
        string_of, noted = self.string_of, self.strings.append
        for token in tokens:
            value = known.get(token, missing)
            if value is not missing:
                items.append(value)
                continue
            end = ends.get(token[-1:])
            if end is None:
                if len(token) < DIGITS and token.isdecimal() and token.isascii():
                    items.append(int(token))
                else:
                    items.append(self._atom(token))
            elif end == _STRING and token[0] == "'":
                value = unescaped(token) if "\\" in token else token[1:-1]
                if not self._takes_text:
                    value = string_of(value)
                    noted(value)
                items.append(value)
            elif end == _CLOSER:
                if len(token) == 1:
                    items = self._close(token)
                else:
                    items.append(self._whole(token))
            elif end == _OPENER:
                items = self._open(shapes.get(token) or self._shape(token))
            elif token:
                items.append(self._atom(token))
        return items

    def _shape(self, opening: str) -> Shape:
        shape = self._shapes[opening] = self.shape_of(opening)
        return shape

    def _open(self, shape: Shape) -> list[object]:
        made = shape.make()
        items: list[object] = []
        self._stack.append((shape, made, len(self.objects), items))
        self.objects.append(made)
        self._takes_text = shape.takes_text
        return items

    def _close(self, token: str) -> list[object]:
        if not self._stack or self._stack[-1][0].closing != token:
            raise SessionCorrupt(f"The snapshot has a {token} too many.")
        shape, made, number, items = self._stack.pop()
        try:
            value = shape.finish(made, items)
        except _FAULTS as error:
            raise _wrong(shape) from error
        if value is not made:
            self.objects[number] = value
        if not self._stack:
            self._takes_text = False
            self.root.append(value)
            return self.root
        outer, _, _, items = self._stack[-1]
        if value.__class__ in self.internal and not outer.holds_internal:
            raise _misplaced(shape)
        self._takes_text = outer.takes_text
        items.append(value)
        return items

    def _whole(self, token: str) -> object:
        """The object that is all of ``token``."""
        if token[-1] == "}" and token[0] != "{":
            return self._instance(token)
        start = token.find("[" if token[-1] == "]" else "{") + 1
        opening, body = token[:start], token[start:-1]
        shape = self._shapes.get(opening) or self._shape(opening)
        return self._made(shape, self._scalars(body.replace(":", ",").split(",")) if body else [])

    def _instance(self, token: str) -> object:
        """What has a name and braces: as others with the same variables, if there were any."""
        texts = token[:-1].replace(":", ",").split(",")  # Point{#x 1 #y 2
        known = self._filled.get(tuple(texts[::2]))
        if known is None:
            return self._first(token, texts)
        value = known.make()
        try:
            known.fill(value, self._values(known, texts[1::2]))
        except ValueError as error:
            raise _wrong(known.shape) from error
        self.objects.append(value)
        return value

    def _values(self, known: Filling, texts: list[str]) -> list[object]:
        if known.holds_integers:
            try:
                return [*map(int, texts)]
            except ValueError:
                known.holds_integers = False
        return self._scalars(texts)

    def _first(self, token: str, texts: list[str]) -> object:
        """An instance, if nothing is known of such."""
        name, opening, body = token[:-1].partition("{")
        shape = self._shapes.get(name + opening) or self._shape(name + opening)
        items = self._scalars([body.partition(":")[0], *texts[1:]]) if body else []
        value = self._made(shape, items)
        fill = shape.filler(tuple(items[::2])) if len(self._filled) < FILLED else None
        if fill is not None:
            self._filled[tuple(texts[::2])] = Filling(shape, shape.make, fill)
        return value

    def _made(self, shape: Shape, items: list[object]) -> object:
        try:
            value = shape.whole(items)
        except _FAULTS as error:
            raise _wrong(shape) from error
        self.objects.append(value)
        if value.__class__ in self.internal and self._stack and not self._stack[-1][0].holds_internal:
            raise _misplaced(shape)
        return value

    def _scalars(self, texts: list[str]) -> list[object]:
        known, scalar = self._known, self._scalar
        try:
            return [int(each) if each.isdecimal() else known[each] if each in known else scalar(each) for each in texts]
        except ValueError:  # Python converts no integer of many digits
            return [known[each] if each in known else scalar(each) for each in texts]

    def _scalar(self, text: str) -> object:
        """What is cut out without a look at what it is."""
        if not _SCALAR.fullmatch(text):
            raise _unexpected(text)
        return self._atom(text)

    def _atom(self, token: str) -> object:
        """A reference, a symbol or a number."""
        first = token[:1]
        if first == "@":
            return self._referred(token)
        try:
            if first == "#":
                value: object = intern(symbol_of(token).name)
            elif "." in token:
                return float(token)
            else:
                value = integer_of(token)
        except (ValueError, IndexError) as error:
            raise _unexpected(token) from error
        if first == "#" or len(token) < KNOWN:
            self._known[token] = value
        return value

    def _referred(self, token: str) -> object:
        number = int(token[1:20])
        if not 0 < number <= len(self.objects):
            raise _unexpected(token)
        value = self.objects[number - 1]
        if value.__class__ in self.internal and not (self._stack and self._stack[-1][0].holds_internal):
            raise _unexpected(token)
        return value


def _unexpected(token: str) -> SessionCorrupt:
    return SessionCorrupt(f"The snapshot has {token[:QUOTED]!r} where no such thing may be.")


def _wrong(shape: Shape) -> SessionCorrupt:
    return SessionCorrupt(f"The snapshot has a wrong {shape.opening.strip('{[') or 'array'}.")


def _misplaced(shape: Shape) -> SessionCorrupt:
    return SessionCorrupt(f"The snapshot has a {shape.opening} where no such thing may be.")
