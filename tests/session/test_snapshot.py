"""A workspace is written as text and read back: values, objects, classes; what cannot be read is refused."""

import pytest
from attrs import evolve
from hypothesis import given, settings, strategies

from stui_actors import ston
from stui_actors.errors import SessionCorrupt, StuiError
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.objects import StString, character
from stui_actors.ston import StonObject, StonSymbol
from tests.session.fake_heap import (
    TRANSCRIPT,
    TYPES,
    FakeHeap,
    counters,
    knot,
    new,
    restored,
    returning,
    round_trip,
    saved,
    table,
)


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
