"""Kinds of objects of its own that a graph is made of, written and read without an image."""

from collections.abc import Iterable
from operator import attrgetter
from typing import Any

from stui_actors.errors import SessionCorrupt
from stui_actors.session.snapshot_reading import GraphReader
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import (
    NOTHING,
    ArrayShape,
    BytesShape,
    FloatShape,
    Part,
    Shape,
    StubShape,
    entries,
    pairs,
    variables,
)
from stui_actors.session.snapshot_text import SHARED_STRING, GraphWriter
from stui_actors.ston.scalars import string_text


class Words:
    """A string with identity."""

    def __init__(self, text: str) -> None:
        self.text = text


class Pair:
    """An object with two variables."""

    def __init__(self, left: object = None, right: object = None) -> None:
        self.left, self.right = left, right


class PairShape(Shape):
    opening = "Pair{"
    take = attrgetter("left", "right")

    def parts(self, value: object, scalars: Scalars) -> Iterable[Part]:
        return variables(zip(("#left:", "#right:"), PairShape.take(value), strict=True))

    def make(self) -> object:
        return Pair()

    def finish(self, made: object, items: list[object]) -> object:
        for name, value in pairs(items):
            if name not in ("left", "right"):
                raise KeyError(name)
            setattr(made, str(name), value)
        return made


class TableShape(Shape):
    opening = "{"

    def parts(self, value: object, scalars: Scalars) -> Iterable[Part]:
        assert isinstance(value, Table)
        return entries([part for entry in value.entries for part in entry])

    def make(self) -> object:
        return Table([])

    def finish(self, made: object, items: list[object]) -> object:
        assert isinstance(made, Table)
        made.entries.extend(pairs(items))
        return made


class Table:
    """A dictionary that never compares its keys."""

    def __init__(self, entries: list[tuple[object, object]]) -> None:
        self.entries = entries


class SharedShape(Shape):
    opening = SHARED_STRING
    takes_text = True

    def parts(self, value: object, scalars: Scalars) -> Iterable[Part]:
        raise NotImplementedError

    def make(self) -> object:
        return None

    def finish(self, made: object, items: list[object]) -> object:
        (text,) = items
        return Words(str(text))


def shapes(lost: list[str]) -> dict[str, Shape]:
    kinds = (ArrayShape(), FloatShape(), BytesShape(), PairShape(), TableShape(), SharedShape(), StubShape(lost))
    return {each.opening: each for each in kinds}


KINDS = {list: "[", bytearray: "ByteArray[", Pair: "Pair{", Table: "{"}


def write(value: object, slices: list[str] | None = None) -> str:
    table = shapes([])

    def shape_of(kind: type, value: object) -> Shape:
        return table[KINDS.get(kind, "Stui_Stub[")]

    writer = GraphWriter(shape_of, Words, lambda words: string_text(words.text))  # type: ignore[attr-defined]  # of Words only
    found = list(writer.slices([(NOTHING, value)], "["))
    if slices is not None:
        slices.extend(found)
    return "".join(found)


def read(text: str, lost: list[str] | None = None) -> Any:
    table = shapes([] if lost is None else lost)

    def shape_of(opening: str) -> Shape:
        if opening not in table:
            raise SessionCorrupt(f"no class {opening}")
        return table[opening]

    reader = GraphReader(shape_of, Words)
    for _ in reader.slices(text):
        pass
    (whole,) = reader.root
    assert isinstance(whole, list)
    (value,) = whole
    return value


def same_graph(one: object, other: object) -> bool:
    """True if both graphs look alike and share alike; iterative, since lists may be long."""
    seen: dict[int, object] = {}
    pending = [(one, other)]
    while pending:
        left, right = pending.pop()
        if type(left) is not type(right):
            return False
        if isinstance(left, None | bool | int | float | str):
            if repr(left) != repr(right):
                return False
            continue
        if id(left) in seen:
            if seen[id(left)] is not right:
                return False
            continue
        seen[id(left)] = right
        inner = list(zip(insides(left), insides(right), strict=False))
        if len(insides(left)) != len(insides(right)):
            return False
        pending.extend(inner)
    return len({id(each) for each in seen.values()}) == len(seen)


def insides(value: Any) -> list[object]:
    match value:
        case list():
            return value
        case Words():
            return [value.text]
        case bytearray():
            return [value.hex()]
        case Table():
            return [part for entry in value.entries for part in entry]
    return [value.left, value.right]
