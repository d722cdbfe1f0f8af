"""A workspace's heap without an engine, for the tests of snapshots: ordinary Python objects, classes by name."""

from collections.abc import Callable, Iterable, Mapping
from types import CellType, FunctionType
from typing import Any

from attrs import define, field

from stui_actors.errors import ClassNotFound
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.session.snapshot_heap import BlockPlace, Layout
from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.hashtable import HashTable

VARIABLES = {
    "Point": ("x", "y"),
    "OrderedCollection": ("elements", "capacity"),
    "Set": ("table",),
    "Dictionary": ("table",),
    "IdentityDictionary": ("table",),
    "Bag": ("contents",),
    "ThreadSafeTranscript": (),
    "Été": ("a",),
    "Stui_Table": ("b",),
}


class Thing:
    """An instance of any class."""

    def __init__(self, names: Iterable[str]) -> None:
        for name in names:
            setattr(self, f"i_{name}", None)


class ClassThing:
    """A class."""

    def __init__(self, name: str) -> None:
        self.name = name


class Home:
    """An activation."""


def make_type(name: str) -> type:
    return type(name, (Thing,), {})


TYPES = {name: make_type(name) for name in VARIABLES}
TRANSCRIPT = TYPES["ThreadSafeTranscript"](())
CODE: dict[str, Any] = {}


def source(function: Callable[..., Any]) -> Callable[..., Any]:
    """Make the blocks in a function known by its name."""
    for constant in function.__code__.co_consts:
        if hasattr(constant, "co_freevars"):
            CODE[f"{function.__name__}:{constant.co_firstlineno}"] = constant
    return function


@define(eq=False)
class FakeHeap:
    """An image without an engine: ordinary Python objects, classes by name."""

    variables: dict[str, object] = field(factory=dict)
    own: dict[str, ClassDefinition] = field(factory=dict)
    removed: list[tuple[str, bool, str]] = field(factory=list)
    told: list[tuple[str, str | None, str | None]] = field(factory=list)
    places: dict[str, dict[str, object]] = field(factory=lambda: {"globals": {}})
    kinds: dict[str, type] = field(factory=lambda: dict(TYPES))
    class_things: dict[str, ClassThing] = field(factory=dict)
    fields: dict[str, tuple[str, ...]] = field(factory=lambda: dict(VARIABLES))

    def definitions(self) -> Iterable[ClassDefinition]:
        return self.own.values()

    def removed_methods(self) -> Iterable[tuple[str, bool, str]]:
        return self.removed

    def load(self, definition: ClassDefinition) -> None:
        if definition.kind == "extension" and definition.name not in self.kinds:
            raise ClassNotFound(f"There is no class {definition.name}.")
        self.own[definition.name] = definition
        if definition.kind == "class":
            self.kinds.setdefault(definition.name, make_type(definition.name))
            self.fields[definition.name] = definition.instance_variables

    def remove_method(self, class_name: str, selector: str, *, class_side: bool) -> None:
        self.removed.append((class_name, class_side, selector))

    def told_anew(self) -> Iterable[tuple[str, str | None, str | None]]:
        return self.told

    def tell(self, class_name: str, comment: str | None, category: str | None) -> None:
        self.told.append((class_name, comment, category))

    def left_behind(self) -> Iterable[str]:
        return []

    def global_names(self) -> Iterable[str]:
        return self.places["globals"]

    def declare_global(self, name: str) -> None:
        self.places["globals"].setdefault(name, None)

    def state(self) -> Mapping[str, Mapping[str, object]]:
        return self.places

    def set_state(self, place: str, values: Mapping[str, object]) -> None:
        if place not in self.places and place.split(maxsplit=1)[0] not in self.kinds:
            raise LookupError(place)
        self.places[place] = dict(values)

    def layout_of(self, kind: type) -> Layout | None:
        return self.layout_named(kind.__name__) if self.kinds.get(kind.__name__) is kind else None

    def layout_named(self, class_name: str) -> Layout | None:
        if class_name not in self.kinds:
            return None
        names, kind = self.fields[class_name], self.kinds[class_name]
        return Layout(class_name, names, tuple(f"i_{each}" for each in names), "", lambda: kind(names))

    def name_of_class(self, value: object) -> str | None:
        return value.name if isinstance(value, ClassThing) else None

    def class_named(self, name: str) -> object | None:
        if name.removesuffix(" class") not in self.kinds:
            return None
        return self.class_things.setdefault(name, ClassThing(name))

    def singletons(self) -> Mapping[str, object]:
        return {"Transcript": TRANSCRIPT}

    def block_place(self, block: FunctionType) -> BlockPlace | None:
        known = [name for name, code in CODE.items() if code is block.__code__]
        return BlockPlace("", "", known[0], 0, block.__code__.co_freevars) if known else None

    def make_block(self, place: BlockPlace, cells: tuple[CellType, ...]) -> object | None:
        code = CODE.get(place.source)
        return None if code is None or place.start else FunctionType(code, {}, "block", None, cells or None)

    def dead_home(self) -> object:
        return Home()


def new(class_name: str, heap: FakeHeap | None = None, **values: object) -> Any:
    kinds, names = (TYPES, VARIABLES) if heap is None else (heap.kinds, heap.fields)
    thing = kinds[class_name](names[class_name])
    for name, value in values.items():
        setattr(thing, f"i_{name}", value)
    return thing


def table(*entries: tuple[object, object], identity: bool = False) -> HashTable:
    return HashTable.restored(list(entries), identity=identity)


def saved(heap: FakeHeap, held: Mapping[str, object] | None = None) -> str:
    return "".join(SnapshotWriter.of_heap(heap, held or {}).slices())


def restored(text: str, heap: FakeHeap | None = None) -> tuple[Any, SnapshotReader]:
    again = FakeHeap() if heap is None else heap
    reader = SnapshotReader(text, again)
    for _ in reader.slices():
        pass
    return again, reader


def round_trip(value: object) -> Any:
    again, reader = restored(saved(FakeHeap(variables={"x": value})))
    assert reader.not_restored == []
    return again.variables["x"]


@source
def counters() -> list[Any]:
    count = 0

    def step() -> int:
        nonlocal count
        count += 1
        return count

    def read() -> int:
        return count

    return [step, read]


@source
def knot() -> Any:
    def down(n: int) -> int:
        return 0 if n == 0 else down(n - 1) + 1

    return down


@source
def late() -> Any:
    def ask() -> object:
        return answer

    if CODE is None:
        answer = 3
    return ask


@source
def returning() -> Any:
    home = Home()

    def leave() -> object:
        return home

    return leave
