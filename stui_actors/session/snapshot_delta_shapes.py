"""The notation of deltas: old strings by their place, old objects with what they hold now, and what was spliced."""

from collections.abc import Callable, Iterable, Sequence
from itertools import chain

from attrs import field, frozen

from stui_actors.session.snapshot_heap import Heap
from stui_actors.session.snapshot_objects import KEPT, LEAST_CAPACITY, SETS
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import NOTHING, Part, Shape, elements, pairs
from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.objects import StString


class Standing:
    """An old object, written as a new one."""

    __slots__ = ("value",)

    def __init__(self, value: object) -> None:
        self.value = value


class Quoted:
    """A text that is no String of the image."""

    __slots__ = ("text",)

    def __init__(self, text: str) -> None:
        self.text = text


@frozen(eq=False)
class Earlier:
    """What the texts of a workspace that is being read held so far, as far as deltas ask for it.

    ``strings`` opened no bracket. ``passing`` did, but is no object by that number: strings of earlier texts that have
    another one, and the new objects in ``Stui_Changes``, to which nothing refers.
    """

    strings: list[object] = field(factory=list)
    passing: list[object] = field(factory=list)


@frozen(eq=False)
class Changes:
    """Old objects and, by turns, new ones with what they hold now."""

    parts: list[object] = field(factory=list)


@frozen(eq=False)
class Splices:
    """Of old collections: which, from where on, how many elements were removed, how many follow, and these."""

    parts: list[object] = field(factory=list)


@frozen(eq=False)
class TextSplices:
    """Of old texts, by turns: which, from where on, how much was removed, and what was added."""

    parts: list[object] = field(factory=list)


class Written(Shape):
    """What is written in the notation of deltas, and never read under this name."""

    opening = ""

    def make(self) -> object:
        """Nothing."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Nothing."""
        return None


class StandingShape(Written):
    """An old object in the notation of its own shape."""

    varies = True

    def __init__(self, shape_of: Callable[[type, object], Shape]) -> None:
        self.shape_of = shape_of

    def chosen(self, value: object) -> Shape:
        """The shape of the old object, for one that stands for it."""
        assert isinstance(value, Standing)
        shape = self.shape_of(value.value.__class__, value.value)
        return StandingFor(shape.chosen(value.value) if shape.varies else shape)

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """None: the chosen shape gives them."""
        return NOTHING


class StandingFor(Written):
    """The shape of one old object."""

    def __init__(self, shape: Shape) -> None:
        self.shape = shape
        self.opening = shape.opening

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Those of the old object."""
        assert isinstance(value, Standing)
        return self.shape.parts(value.value, scalars)


class AtShape(Shape):
    """A String of an earlier text, by its place among those that open no bracket, from 1."""

    opening = "Stui_At["

    def __init__(self, earlier: Earlier) -> None:
        self.strings, self.passing = earlier.strings, earlier.passing

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """None: the writer of graphs gives the place."""
        return NOTHING

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """The String at that place."""
        (place,) = items
        string = self.strings[_natural(place) - 1] if place else _fault(place)
        self.passing.append(string)
        return string


class ChangesShape(Shape):
    """Old objects and what they hold now."""

    opening = "Stui_Changes["

    def __init__(self, heap: Heap, earlier: Earlier) -> None:
        self.heap = heap
        self.passing = earlier.passing

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Old and new by turns."""
        assert isinstance(value, Changes)
        return elements(value.parts)

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Let the old ones hold what the new ones do; what did not come back stays nil."""
        for old, new in pairs(items):
            if old is not None and new is not None:
                self._take(old, new)
            self.passing.append(new)
        return Changes()

    def _take(self, old: object, new: object) -> None:
        layout = self.heap.layout_of(old.__class__)
        if old.__class__ is not new.__class__ or layout is None:
            raise TypeError(old)
        indexed = (layout.indexed,) if layout.indexed else ()
        for name in (*layout.attributes, *indexed, *((KEPT,) if layout.added else ())):
            setattr(old, name, getattr(new, name, None))


class SplicesShape(Shape):
    """Old collections, and what some of their elements gave way to."""

    opening = "Stui_Splices["

    def __init__(self, heap: Heap) -> None:
        self.heap = heap

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """All, one after the other."""
        assert isinstance(value, Splices)
        return elements(value.parts)

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Splice them."""
        at = 0
        while at < len(items):
            old, start, removed, count = items[at : at + 4]
            at += 4 + _natural(count)
            added = items[at - _natural(count) : at]
            if len(added) != count:
                _fault(count)
            if old is not None:
                self._splice(old, _natural(start), _natural(removed), added)
        return Splices()

    def _splice(self, old: object, start: int, removed: int, added: list[object]) -> None:
        layout = None if isinstance(old, list | HashTable) else self.heap.layout_of(old.__class__)
        held = old if layout is None else getattr(old, layout.attributes[0])
        if isinstance(held, HashTable) and held.pending is not None:
            is_set = layout is not None and layout.class_name in SETS
            entries = [(each, each) for each in added] if is_set else list(pairs(added))
            _check_range(held.pending, start, removed)
            held.pending[start : start + removed] = entries
        elif isinstance(held, list):
            _check_range(held, start, removed)
            held[start : start + removed] = added
            if layout is not None:
                setattr(old, layout.attributes[1], max(LEAST_CAPACITY, len(held)))
        else:
            raise TypeError(old)


class TextSplicesShape(Shape):
    """Old strings and byte arrays, and what a part of their text gave way to."""

    opening = "Stui_TextSplices["
    takes_text = True

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """All, one after the other."""
        assert isinstance(value, TextSplices)
        return elements(value.parts)

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Splice them."""
        if len(items) % 4:
            _fault(len(items))
        for old, start, removed, added in zip(*(iter(items),) * 4, strict=True):
            start, end = _natural(start), _natural(start) + _natural(removed)
            if isinstance(old, StString) and end <= len(old):
                text = str(old)
                old.s, old.l = text[:start] + _text(added) + text[end:], None
            elif isinstance(old, bytearray) and end <= len(old):
                old[start:end] = bytes.fromhex(_text(added))
            elif old is not None:
                raise TypeError(old)
        return TextSplices()


def _check_range(held: Sequence[object], start: int, removed: int) -> None:
    if start + removed > len(held):
        _fault(start)


def _natural(value: object) -> int:
    if type(value) is not int or value < 0:
        raise TypeError(value)
    return value


def _text(value: object) -> str:
    if type(value) is not str:
        raise TypeError(value)
    return value


def _fault(value: object) -> StString:
    raise ValueError(value)


def flat(entries: Iterable[Sequence[object]]) -> list[object]:
    """Keys and values by turns."""
    return list(chain.from_iterable(each[:2] for each in entries))
