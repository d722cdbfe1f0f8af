"""Which shape an object has: by its Python type when a snapshot is written, by its opening when one is read."""

from abc import abstractmethod
from collections.abc import Iterable, Mapping
from itertools import chain
from types import CellType, CodeType, FunctionType

from stui_actors.errors import SessionCorrupt
from stui_actors.session.snapshot_blocks import (
    INTERNAL,
    BlockShape,
    Captured,
    CapturedShape,
    CellShape,
    Code,
    CodeShape,
    HomeShape,
)
from stui_actors.session.snapshot_delta_shapes import (
    AtShape,
    Changes,
    ChangesShape,
    Earlier,
    Splices,
    SplicesShape,
    Standing,
    StandingShape,
    TextSplices,
    TextSplicesShape,
)
from stui_actors.session.snapshot_heap import Heap, Layout
from stui_actors.session.snapshot_objects import (
    DICTIONARIES,
    SETS,
    CharacterShape,
    ElementsShape,
    EntriesShape,
    InstanceShape,
    NamedShape,
    SharedStringShape,
    TableShape,
    unspelled,
)
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
)
from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.objects import Character, FixedArray, FixedBytes

CHANGED = "Stui_Changed{"
OF_DELTAS = (Changes, Splices, TextSplices)  # in a delta only, and no objects of the image
QUOTED = 64  # characters of a name that an error repeats


class Names:
    """Values by name, which is no object of the image."""

    __slots__ = ("entries",)

    def __init__(self, entries: Mapping[str, object]) -> None:
        self.entries = entries


class NamesShape(Shape):
    """Values by name."""

    opening = "Stui_Names{"
    holds_internal = True

    def __init__(self, foreign: tuple[type, ...]) -> None:
        self.foreign = foreign

    def parts(self, value: object, scalars: Scalars) -> Iterable[Part]:
        """Names and values."""
        assert isinstance(value, Names)
        return entries(chain.from_iterable(list(value.entries.items())))

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """All of them."""
        entries: dict[str, object] = {}
        for name, value in pairs(items):
            if not isinstance(name, str) or isinstance(value, self.foreign):
                raise TypeError(name)
            entries[name] = value
        return Names(entries)


class RootShape(Shape):
    """The workspace itself."""

    holds_internal = True

    def __init__(self, opening: str) -> None:
        self.opening = opening

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """None: the writer of snapshots gives them."""
        return NOTHING

    def make(self) -> object:
        """An empty one."""
        return {}

    def finish(self, made: object, items: list[object]) -> object:
        """Its parts by name."""
        assert isinstance(made, dict)
        made.update((str(name), value) for name, value in pairs(items))
        return made


class Catalogue:
    """The shapes of one image's objects, for one snapshot. What cannot be read again goes into ``lost``."""

    def __init__(self, heap: Heap, lost: list[str], captured: Captured, earlier: Earlier | None = None) -> None:
        earlier = Earlier() if earlier is None else earlier
        self.heap = heap
        self.lost = lost
        self.singletons = heap.singletons()
        self.singleton_names = {id(value): name for name, value in self.singletons.items()}
        self.singleton_kinds = frozenset(type(value) for value in self.singletons.values())
        self.table = TableShape(identity=False)
        self.classes = NamedShape("Class[", heap.name_of_class, heap.class_named, lost)
        self.metaclasses = NamedShape("Metaclass[", heap.name_of_class, heap.class_named, lost)
        self.globals = NamedShape("Stui_Global[", self.name_of_singleton, self.singletons.get, lost)
        self.block, self.stub = BlockShape(heap, lost), StubShape(lost)
        self.home = HomeShape(heap)
        self.home_kind = type(heap.dead_home())
        names = NamesShape((*INTERNAL, *OF_DELTAS, self.home_kind, dict))
        array, bytes_ = ArrayShape(), BytesShape()
        self.by_kind: dict[type, Shape] = {
            list: array, FixedArray: array, bytearray: bytes_, FixedBytes: bytes_,
            Character: CharacterShape(), CellType: CellShape(captured),
            Code: CodeShape(), Captured: CapturedShape(), Names: names, self.home_kind: self.home,
            Changes: ChangesShape(heap, earlier), Splices: SplicesShape(heap), TextSplices: TextSplicesShape(),
            Standing: StandingShape(self.shape_of),
        }  # fmt: skip
        fixed = (self.classes, self.metaclasses, self.globals, self.block, self.stub, FloatShape(), SharedStringShape())
        roots = (RootShape("Stui_Workspace{"), RootShape(CHANGED), AtShape(earlier))
        self.by_opening: dict[str, Shape] = {
            each.opening: each for each in (*self.by_kind.values(), self.table, self.table.other, *fixed, *roots)
        }

    def name_of_singleton(self, value: object) -> str | None:
        """The name of an object that every image has by itself."""
        return self.singleton_names.get(id(value))

    # -- writing

    def shape_of(self, kind: type, value: object) -> Shape:
        """The shape of ``value``, whose type is ``kind``."""
        shape = self.by_kind.get(kind)
        if shape is not None:
            return shape
        if kind is FunctionType:
            return BlockOrStub(self.heap, self.block, self.stub)
        if kind is HashTable:
            return self.table
        name = self.heap.name_of_class(value)
        if name is not None:
            return self.metaclasses if name.endswith(" class") else self.classes
        layout = self.heap.layout_of(kind)
        if layout is None:
            return self.stub
        shape = self._preferred(layout)
        return SingletonOr(shape, self.globals, self.singleton_names) if kind in self.singleton_kinds else shape

    def _preferred(self, layout: Layout) -> InstanceShape:
        if layout.class_name in DICTIONARIES and layout.names == ("table",):
            return EntriesShape(layout, self.lost)
        if layout.class_name in SETS and layout.names == ("table",):
            return ElementsShape(layout, self.lost)
        if layout.class_name == "OrderedCollection" and layout.names == ("elements", "capacity"):
            return ElementsShape(layout, self.lost)
        return InstanceShape(layout, self.lost)

    # -- reading

    def shape_named(self, opening: str) -> Shape:
        """The shape that begins with ``opening``; raise SessionCorrupt where no such thing can be."""
        shape = self.by_opening.get(opening)
        if shape is not None:
            return shape
        try:
            name = "Dictionary" if opening == "{" else unspelled(opening[:-1])
        except ValueError as error:
            raise SessionCorrupt(f"The snapshot names a class {opening[:QUOTED]!r}.") from error
        layout = self.heap.layout_named(name)
        if layout is None:
            return LostShape(opening, name, self.lost)
        for each in (self._preferred(layout), InstanceShape(layout, self.lost)):
            if each.opening == opening:
                return each
        raise SessionCorrupt(f"The snapshot has a {opening[:QUOTED]} that its class does not write.")


class Choice(Shape):
    """One of several shapes, for each object anew; nothing is written or read by itself."""

    opening = ""
    varies = True

    @abstractmethod
    def chosen(self, value: object) -> Shape:
        """The shape that ``value`` needs."""

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Those of the chosen shape."""
        return self.chosen(value).parts(value, scalars)

    def make(self) -> object:
        """Nothing."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Nothing."""
        return None


class BlockOrStub(Choice):
    """A Python function: a block, unless nothing is known of its source."""

    def __init__(self, heap: Heap, block: Shape, stub: Shape) -> None:
        self.heap, self.block, self.stub = heap, block, stub
        self.known: dict[int, tuple[CodeType, Shape]] = {}  # by the id of the code, which is slow to hash

    def chosen(self, value: object) -> Shape:
        """The shape of blocks, or a stub; the same for all that have one code."""
        assert isinstance(value, FunctionType)
        code = value.__code__
        known = self.known.get(id(code))
        if known is None:
            shape = self.block if self.heap.block_place(value) is not None else self.stub
            known = self.known[id(code)] = (code, shape)
        return known[1]


class SingletonOr(Choice):
    """An instance of a class that has one instance in every image: it may be that one."""

    def __init__(self, shape: Shape, singleton: Shape, names: Mapping[int, str]) -> None:
        self.shape, self.singleton, self.names = shape, singleton, names

    def chosen(self, value: object) -> Shape:
        """A name for the one that every image has."""
        return self.singleton if id(value) in self.names else self.shape.chosen(value)


class LostShape(Shape):
    """An instance of a class that is no more; nil takes its place."""

    def __init__(self, opening: str, class_name: str, lost: list[str]) -> None:
        self.opening = opening
        self.class_name = class_name
        self.lost = lost

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """None: it is never written."""
        return NOTHING

    def make(self) -> object:
        """Nothing."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Nothing, and listed."""
        self.lost.append(f"an instance of {self.class_name[:QUOTED]}, a class that is not there")
        return None
