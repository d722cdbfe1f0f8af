"""Turns graphs of objects into STON text, in slices, without recursion; knows objects by their shapes only.

What opens a bracket is numbered in its order, from 1, as Pharo's STON counts it, and ``@n`` refers back to it. Strings
are written plainly, and as numbered objects where two places share one: that shows only when all has been seen, so
numbers are filled in at the end. A line end stands between tokens only.
"""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Iterator
from heapq import merge
from itertools import islice
from math import isfinite

from attrs import define, field

from stui_actors.aging import age
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import Part, Shape
from stui_actors.ston.integers import integer_text
from stui_actors.ston.scalars import float_text

SLICE = 400  # parts: about a millisecond where many of them are whole lists
LINE = 100  # texts: a line of some thousand characters
LONG = 8 * 1024  # characters: a longer line is cut, since lines are read whole
RUN = 4096  # places: to be sorted at once
RECENT = 20_000  # objects: a dict of more grows, and goes, in one step that others would feel
PAGE = 12  # bits of an address within which objects are filed together
FILES = 1024  # dicts that a million objects are filed in
SMALL = 10**18  # integers below are shorter than what Python refuses to convert
SHARED_STRING = "Stui_String["


def no_files() -> list[dict[int, int]]:
    """Files that hold nothing yet: one dict that stands for all, since most of a small graph's stay empty."""
    return [{}] * FILES


def file_among(files: list[dict[int, int]], some: Iterable[tuple[int, int]]) -> None:
    """File ids of objects, and what is noted of each, by address."""
    for key, noted in some:
        file = files[key >> PAGE & FILES - 1]
        if file:
            file[key] = noted
        else:
            files[key >> PAGE & FILES - 1] = {key: noted}


Open = tuple[Iterator[Part], str]  # parts of an object that are yet to be written, and what ends it


@define(eq=False)
class GraphWriter:
    """Writes one graph. ``shape_of`` answers the shape of a Python class, or a Stub; strings are of ``string_type``."""

    shape_of: Callable[[type, object], Shape]
    string_type: type
    string_text: Callable[[object], str]  # a string with its quotes
    offset: int = 0  # numbers that earlier graphs of the same text took
    _out: list[str] = field(factory=list)
    _seen: dict[int, int] = field(factory=dict)  # id of an object: its number; of a string: ~ where in _out it is
    _filed: list[dict[int, int]] = field(factory=list)  # the same of earlier ones, by address, once there are many
    _kept: list[object] = field(factory=list)  # the same, so that no other object gets the id of a dropped one
    _opened: list[int] = field(factory=list)  # where in _out objects begin, in order
    _shared: dict[int, int] = field(factory=dict)  # where in _out strings are that were met again: their length there
    _ordered: list[int] = field(factory=list)  # the same places in order, at the end
    _references: list[int] = field(factory=list)  # by turns where in _out, and what _seen has of the thing meant
    _shapes: dict[type, Shape] = field(factory=dict)
    _scalars: Scalars = field(factory=Scalars)

    def slices(self, root: Iterable[Part], opening: str) -> Iterator[str]:
        """Texts whose concatenation is the graph; empty ones while it is being walked. ``opening`` begins the root."""
        self._opened.append(len(self._out))
        self._out.append(opening)
        yield from self._walk(iter(root), "}" if opening[-1] == "{" else "]")
        yield from self._numbered()

    def _walk(self, parts: Iterator[Part], closing: str) -> Iterator[str]:
        """Write ``parts`` and all that is in them, then ``closing``."""
        out, seen, filed, texts = self._out, self._seen, self._filed, self._texts()
        put, string_type, outer, budget = out.append, self.string_type, list[Open](), SLICE
        put_string, open_object = self._string, self._open
        while True:
            for before, value in parts:
                budget -= 1
                if budget < 1:
                    budget = SLICE
                    yield from self._pause()
                kind = value.__class__
                if kind is int and -SMALL < value < SMALL:  # type: ignore[operator]  # kind says int
                    put(f"{before}{value}")
                    continue
                if kind in texts:
                    put(f"{before}{texts[kind](value)}")
                    continue
                key = id(value)
                met = seen.get(key) or (filed and filed[key >> PAGE & FILES - 1].get(key))
                if met:
                    self._refer(before, met, value)
                elif kind is string_type:
                    put_string(before, value)
                else:
                    opened = open_object(before, value, kind)
                    if opened is not None:
                        outer.append((parts, closing))
                        parts, closing = opened
                        break
            else:
                put(closing)
                if not outer:
                    return
                parts, closing = outer.pop()
                budget -= 1  # a long chain ends all at once

    def _texts(self) -> dict[type, Callable[..., str]]:
        """What makes texts of scalars, whatever they are."""
        return {**self._scalars.texts, int: integer_text, float: self._float}

    def _refer(self, before: str, met: int, value: object) -> None:
        """Write a reference to what was met before."""
        if met < 0 and ~met not in self._shared:
            self._shared[~met] = len(self.string_text(value))
        self._references += (len(self._out), met)
        self._out.append(before)

    def _string(self, before: str, value: object) -> None:
        """Write a string that was not met before."""
        self._seen[id(value)] = ~len(self._out)
        self._kept.append(value)
        self._out.append(before + self.string_text(value))

    def _open(self, before: str, value: object, kind: type) -> Open | None:
        """Write an object whole, or begin it and answer its parts and how it ends."""
        shape = self._shapes.get(kind) or self._shape(kind, value)
        if shape.varies:
            shape = shape.chosen(value)
        out, opened = self._out, self._opened
        opened.append(len(out))
        self._kept.append(value)
        self._seen[id(value)] = len(opened)
        parts = shape.parts(value, self._scalars)
        if isinstance(parts, str):
            out.append(before + parts)
            return None
        out.append(before + shape.opening)
        return iter(parts), shape.closing

    def _shape(self, kind: type, value: object) -> Shape:
        shape = self._shapes[kind] = self.shape_of(kind, value)
        return shape

    def _float(self, value: float) -> str:
        if not isfinite(value):
            self._opened.append(len(self._out))  # it has a bracket
        return float_text(value)

    def _pause(self) -> Iterator[str]:
        """An empty text; objects that were met are filed before, if they are many."""
        if len(self._seen) > RECENT:
            yield from self._file()
            age()
        yield ""

    def _file(self) -> Iterator[str]:
        """Make room for what comes: file the objects that were met so far."""
        filed = self._filed
        if not filed:
            filed.extend(no_files())
        items = iter(self._seen.items())
        while some := list(islice(items, SLICE)):
            file_among(filed, some)
            yield ""
        self._seen.clear()

    def _numbered(self) -> Iterator[str]:
        """The texts, with numbers in their places and shared strings as objects."""
        yield from self._order_shared()
        out, opened, shared = self._out, self._opened, self._ordered
        references = iter(self._references)
        for done, (index, met) in enumerate(zip(references, references, strict=True)):
            if met < 0:
                number = bisect_right(opened, ~met) + bisect_right(shared, ~met)
            else:
                number = met + bisect_right(shared, opened[met - 1])
            out[index] += f"@{self.offset + number}"
            if done % SLICE == 0:
                yield ""
        yield from self._written()

    def _order_shared(self) -> Iterator[str]:
        """Make objects of shared strings; note where they are, in order."""
        out, runs, places = self._out, list[list[int]](), list(self._shared)
        for start in range(0, len(places), RUN):
            runs.append(sorted(places[start : start + RUN]))
            yield ""
        for done, index in enumerate(merge(*runs)):
            self._ordered.append(index)
            piece, length = out[index], self._shared[index]
            out[index] = f"{piece[:-length]}{SHARED_STRING}{piece[-length:]}]"
            if done % SLICE == 0:
                yield ""

    def _written(self) -> Iterator[str]:
        """The texts, then nothing for each piece of what was noted that is let go of."""
        out = self._out
        out.reverse()
        while out:
            texts = out[-LINE:]
            del out[-LINE:]
            texts.reverse()
            line = "".join(texts)
            yield (line if len(line) < LONG else "\n".join(texts)) + "\n"
        yield from self.forgetting()

    def forgetting(self) -> Iterator[str]:
        """Let go of what was noted, piece by piece, since all at once takes long."""
        done = 0
        while self._filed:
            done += 1 + len(self._filed.pop())
            if done > SLICE:
                done = 0
                yield ""
        for kept in (self._kept, self._references, self._opened, self._ordered):
            while kept:
                del kept[-RECENT:]
                yield ""
