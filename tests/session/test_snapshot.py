from collections.abc import Callable, Iterable, Mapping
from types import CellType, FunctionType
from typing import Any

import pytest
from attrs import define, evolve, field
from hypothesis import given, settings, strategies

from stui_actors import ston
from stui_actors.errors import ClassNotFound, SessionCorrupt, StuiError
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.session.snapshot_heap import BlockPlace, Layout
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.objects import StString, character
from stui_actors.ston import StonObject, StonSymbol

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


def test_variables_come_back_the_nil_ones_too() -> None:
    again, _ = restored(saved(FakeHeap(variables={"a": None, "b": 3, "größe": StString("x")})))

    assert list(again.variables) == ["a", "b", "größe"]
    assert (again.variables["a"], again.variables["b"], str(again.variables["größe"])) == (None, 3, "x")


def test_objects_that_clients_know_keep_their_ids_and_identity() -> None:
    point, text = new("Point", x=1), StString("abc")
    heap = FakeHeap(variables={"p": point, "t": text})

    again, reader = restored(saved(heap, {"id.1": point, "id.2": text, "id.3": None}))

    assert reader.objects["id.1"] is again.variables["p"]
    assert reader.objects["id.2"] is again.variables["t"]
    assert reader.objects["id.3"] is None


def test_a_pharo_user_can_read_the_file() -> None:
    value = [
        new("OrderedCollection", elements=[1, 2], capacity=10),
        new("Set", table=table((3, 3))),
        new("Dictionary", table=table(("a", StString("b")))),
        new("Point", x=1, y=2),
        bytearray(b"\x01"),
        character(97),
    ]
    graph = saved(FakeHeap(variables={"x": value})).split("\n", 1)[1]

    root = ston.read(graph)

    assert isinstance(root, StonObject)
    variables = root.content[StonSymbol("variables")]  # type: ignore[index]  # a dict
    ordered, items, pairs, point, octets, letter = variables.content[StonSymbol("x")]
    assert (ordered.class_name, ordered.content) == ("OrderedCollection", [1, 2])
    assert (items.class_name, items.content) == ("Set", [3])
    assert pairs == {StonSymbol("a"): "b"}
    assert (point.class_name, point.content) == ("Point", {StonSymbol("x"): 1, StonSymbol("y"): 2})
    assert (octets.class_name, octets.content, letter.content) == ("ByteArray", ["01"], ["a"])


def test_collections_come_back_with_their_elements() -> None:
    key = new("Point")
    again = round_trip(
        [
            new("OrderedCollection", elements=[key], capacity=3),
            new("Dictionary", table=table((key, 1), (None, None))),
            new("IdentityDictionary", table=table((key, 2), identity=True)),
            new("Set", table=table((None, None), (key, key))),
            new("Bag", contents=new("Dictionary", table=table((key, 3)))),
        ]
    )

    ordered, entries, identities, elements, bag = again
    (again_key,) = ordered.i_elements
    assert type(again_key) is TYPES["Point"]
    assert entries.i_table.entries() == [(again_key, 1), (None, None)]
    assert identities.i_table.identity
    assert identities.i_table.entries() == [(again_key, 2)]
    assert [each for each, _ in elements.i_table.entries()] == [None, again_key]
    assert bag.i_contents.i_table.entries() == [(again_key, 3)]


@pytest.mark.parametrize("held", [None, 3, table((1, 2), identity=True)])
def test_a_collection_with_something_else_inside_comes_back_as_it_was(held: object) -> None:
    again = round_trip(new("Dictionary", table=held)).i_table

    assert again.entries() == [(1, 2)] if isinstance(held, HashTable) else again == held


def test_a_dictionary_may_hold_itself() -> None:
    value = new("Dictionary")
    value.i_table = table((value, value))

    again = round_trip(value)

    assert again.i_table.entries() == [(again, again)]


def test_classes_globals_and_characters_are_the_same_again() -> None:
    heap = FakeHeap()
    heap.variables = {"x": [heap.class_named("Point"), heap.class_named("Point class"), TRANSCRIPT, character(955)]}

    again, _ = restored(saved(heap))

    assert again.variables["x"] == [
        again.class_named("Point"),
        again.class_named("Point class"),
        TRANSCRIPT,
        character(955),
    ]


def test_classes_with_names_that_the_notation_lacks_are_written_and_read() -> None:
    again = round_trip([new("Été", a=1), new("Stui_Table", b=2)])

    assert [type(each).__name__ for each in again] == ["Été", "Stui_Table"]
    assert (again[0].i_a, again[1].i_b) == (1, 2)


OWN = ClassDefinition(
    name="Counter",
    superclass="Object",
    instance_variables=("count",),
    class_variables=("Total",),
    comment='It\'s "mine"\nand so on.',
    category="Demo",
    methods=(
        MethodDefinition("Counter", False, "count:", "accessing", "  count: n\n\tcount := n  \n"),
        MethodDefinition("Counter", True, "new", "making", "new ^ super new count: 0"),
    ),
)


def test_the_clients_classes_come_back_with_methods_to_the_letter() -> None:
    heap = FakeHeap()
    heap.load(OWN)
    heap.load(
        ClassDefinition(
            name="Point", kind="extension", methods=(MethodDefinition("Point", False, "zork", "", "zork ^ 1"),)
        )
    )
    heap.removed = [("Point", False, "x")]
    heap.places |= {"globals": {"Best": 3}, "Counter": {"Total": None}, "Counter class": {"all": [1]}}
    heap.variables["c"] = new("Counter", heap, count=7)

    again, reader = restored(saved(heap))

    assert again.own == heap.own
    assert again.removed == heap.removed
    assert again.places == heap.places
    assert again.variables["c"].i_count == 7
    assert reader.not_restored == []


def test_what_is_no_more_is_listed_and_the_rest_comes_back() -> None:
    heap = FakeHeap()
    heap.load(OWN)
    heap.load(evolve(OWN, name="Point", kind="class", instance_variables=("x", "z"), methods=()))
    heap.places["Counter"] = {"Total": 1}
    heap.variables = {"c": [new("Counter", heap, count=7), 5], "p": new("Point", heap, x=1, z=2), "o": object()}
    text = saved(heap)
    graph = text.split("\n", 3)[3]

    again, reader = restored("{'format':1,'classes':0}\n" + graph)

    assert again.variables["c"] == [None, 5]
    assert again.variables["p"].i_x == 1
    assert reader.not_restored == [
        "an instance of Counter, a class that is not there",
        "the variable z of a Point",
        "a object",
        "variables of Counter",
    ]


# Blocks


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


def test_blocks_that_share_a_variable_share_it_again() -> None:
    step, read = counters()
    step()

    again_step, again_read = round_trip([step, read])

    assert (again_step(), again_step(), again_read()) == (2, 3, 3)
    assert read() == 1


def test_a_block_may_hold_itself_in_its_variable() -> None:
    assert round_trip(knot())(500) == 500


def test_a_variable_that_was_never_assigned_comes_back_as_nil() -> None:
    assert round_trip(late())() is None


def test_a_home_comes_back_as_one_that_has_returned() -> None:
    assert isinstance(round_trip(returning())(), Home)


def test_a_block_whose_source_is_gone_becomes_nil_and_is_listed() -> None:
    text = saved(FakeHeap(variables={"x": [knot(), 1]})).replace("knot:", "gone:")

    again, reader = restored(text)

    assert again.variables["x"] == [None, 1]
    assert len(reader.not_restored) == 1
    assert reader.not_restored[0].startswith("a block of a do-it: gone:")


def test_twenty_thousand_blocks_that_hold_one_another_are_no_recursion() -> None:
    chain: object = None

    @source
    def link(inner: object) -> Any:
        def ask() -> object:
            return inner

        return ask

    for _ in range(20_000):
        chain = link(chain)

    again, count = round_trip(chain), 0
    while again is not None:
        again, count = again(), count + 1
    assert count == 20_000


# Parts and faults


def test_a_copy_of_the_variables_comes_back_among_others() -> None:
    text = "".join(SnapshotWriter.of_variables_in(FakeHeap(variables={"a": [1]})).slices())
    heap = FakeHeap(variables={"b": 2})

    for _ in SnapshotReader(text, heap).slices():
        pass

    assert heap.variables == {"a": [1], "b": 2}


def test_an_empty_text_is_the_workspace_of_a_session_that_was_never_used() -> None:
    again, reader = restored("")

    assert (again.variables, reader.objects, reader.not_restored) == ({}, {}, [])


HEADER = "{'format':1,'classes':0}\n"


@pytest.mark.parametrize(
    "text",
    [
        "zork", "[1]", "{'format':2}\n", "{}\n", HEADER, HEADER + "[1]", HEADER + "Stui_Workspace[1]",
        HEADER + "Stui_Workspace{#variables:3}", HEADER + "Stui_Workspace{#variables:Stui_Names{3:4}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Stui_Variable[]}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Stui_Home[]}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:[Stui_Home[]]}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:[@1]}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Stui_Names{}},#state:3}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Stui_Code['','','']}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Stui_Block[Stui_Code['','','knot:1'],0,#f,3]}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Character['ab']}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Dictionary{#table:1}}}",
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:Stui_x_zz{}}}",
        HEADER + "Stui_Workspace{#captured:Stui_Captured[1,2]}",
        "{'format':1,'classes':1}\n{}\n", "{'format':1,'classes':1}\n", "{'format':1,'classes':1}\n{'name':3}\n",
    ],
)  # fmt: skip
def test_what_is_no_snapshot_is_refused_and_sets_nothing(text: str) -> None:
    heap = FakeHeap(variables={"kept": 1})

    with pytest.raises(SessionCorrupt):
        restored(text, heap)

    assert heap.variables == {"kept": 1}


@pytest.mark.parametrize(
    "text", ["Class['__import__']", "Metaclass['os class']", "Stui_Global['os']", "Object{}", "Zork[1]"]
)
def test_a_name_that_leads_nowhere_comes_back_as_nil_and_is_listed(text: str) -> None:
    again, reader = restored(HEADER + "Stui_Workspace{#variables:Stui_Names{#x:" + text + "}}")

    assert again.variables == {"x": None}
    assert len(reader.not_restored) == 1


def everything() -> str:
    heap = FakeHeap()
    heap.load(OWN)
    point = new("Point", x=1.5, y=StString("abc"))
    heap.variables = {
        "blocks": [*counters(), knot(), returning()],
        "items": [point, point, new("Dictionary", table=table((point, 1))), heap.class_named("Point"), TRANSCRIPT],
        "c": new("Counter", heap, count=10**30),
    }
    return saved(heap, {"id": point})


EVERYTHING = everything()


@settings(deadline=None, max_examples=300)
@given(strategies.integers(0, len(EVERYTHING) - 1), strategies.sampled_from("[]{}'@#:,019a\\\n\x00 "))
def test_a_changed_letter_is_refused_or_loads_harmlessly(place: int, letter: str) -> None:
    heap = FakeHeap()
    try:
        restored(EVERYTHING[:place] + letter + EVERYTHING[place + 1 :], heap)
    except StuiError:
        assert heap.variables == {}


@settings(deadline=None, max_examples=100)
@given(strategies.integers(1, len(EVERYTHING) - 3))
def test_a_snapshot_that_ends_too_early_is_refused(length: int) -> None:
    with pytest.raises(SessionCorrupt):
        restored(EVERYTHING[:length])
