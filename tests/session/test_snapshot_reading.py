"""What is read at once and what is read bracket by bracket comes to the same."""

import re

import pytest
from hypothesis import given, settings, strategies

from stui_actors.errors import SessionCorrupt
from stui_actors.session.snapshot import SnapshotReader
from stui_actors.session.snapshot_reading import PORTION
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from tests.session.graph_world import read, same_graph, write
from tests.session.test_snapshot_graphs import graphs
from tests.session.test_snapshot_image import saved, value

BRACKET = re.compile(r"'(?:[^'\\]|\\.)*+'|[\[{]")  # or a string, whose brackets are none
HEADER = "{'format':1,'classes':0,'variables':['x']}\n"


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


def image_of(library: Library, text: str) -> Image:
    """An image whose ``x`` is what ``text`` says."""
    image = Image(library)
    for _ in SnapshotReader.of_image(HEADER + "Stui_Workspace{#variables:Stui_Names{#x:" + text + "}}", image).slices():
        pass
    return image


def spaced(text: str) -> str:
    """The same with a line end after each bracket that opens, so that nothing can be cut out whole."""
    return BRACKET.sub(lambda found: found[0] + ("\n" if found[0] in "[{" else ""), text)


@settings(deadline=None, max_examples=40)
@given(graphs())
def test_a_graph_is_the_same_with_and_without_line_ends_within_its_objects(graph: object) -> None:
    text = write(graph)

    assert same_graph(read(text), read(spaced(text)))


NUMBERS = strategies.sampled_from(("1", "-7", "12345678901234567890", "1" * 5000, "1.5", "-2.0e+16", "1.0e-7"))
ATOMS = strategies.one_of(NUMBERS, strategies.sampled_from(("nil", "true", "false", "#abc", "#a.b/c", "#x")))


@settings(deadline=None, max_examples=25)
@given(strategies.lists(strategies.tuples(ATOMS, ATOMS), min_size=1, max_size=5))
def test_points_of_scalars_are_the_same_both_ways(library: Library, points: list[tuple[str, str]]) -> None:
    text = "[" + ",".join(f"Point{{#x:{x},#y:{y}}}" for x, y in points) + "]"

    at_once, by_brackets = saved(image_of(library, text)), saved(image_of(library, spaced(text)))

    assert at_once == by_brackets


@pytest.mark.parametrize(
    "text",
    [
        "[Point{#x:1,#y:2},Point{#x:1,#y}]",
        "[Point{#x:1,#y:2},Point{#x,#y}]",
        "[Point{#x:1},Point{#x:1_0}]",
        "[Point{#x:1},Point{#x:--1}]",
        "[Point{#x:1},Point{#x:}]",
        "[Point{#x:1},Point{#x:1e5}]",
        "[Point{#x:1},Point{#x:nan}]",
        "[Point{#x:1},Point{#x:.5}]",
        "[Point{#x:1},Point{#x:1.}]",
        "[Point{#x:1},Point{#x:zork}]",
        "[Point{#x:1},Point{#x:#}]",
        "[Point{#x:1},Point{#x:##a}]",
        "[Point{#x:1},Point{#x:1" + "0" * 500_000 + "}]",
        "[1,2",
        "[1,2}",
        "{1:2]",
        "Point{#x:1]",
        "[1,,2]",
        "[1,infinity]",
        "[0x10]",
        "[Stui_Variable[]]",
        "Stui_Variable[]",
        "OrderedCollection[Stui_Variable[]]",
    ],
    ids=lambda text: text[:40],
)
def test_what_is_no_snapshot_is_refused_however_short_the_way(library: Library, text: str) -> None:
    with pytest.raises(SessionCorrupt):
        image_of(library, text)


def test_keys_that_look_like_variables_are_keys(library: Library) -> None:
    image = image_of(library, "[IdentityDictionary{#table:1},IdentityDictionary{#table:2},{#x:1,#y:2},{#x:3,#y:4}]")

    assert value(image, "(x at: 2) at: #table") == 2
    assert value(image, "(x at: 4) at: #y") == 4


def test_a_variable_that_is_there_twice_has_the_last_value_and_one_that_is_not_is_told(library: Library) -> None:
    image = Image(library)
    text = "[Point{#x:1,#x:2},Point{#x:3,#x:4},Point{#z:5,#y:6},Point{#z:7,#y:8}]"
    reader = SnapshotReader.of_image(HEADER + "Stui_Workspace{#variables:Stui_Names{#x:" + text + "}}", image)
    for _ in reader.slices():
        pass

    assert value(image, "(x at: 2) x") == 4
    assert value(image, "(x at: 4) y") == 8
    assert reader.not_restored == ["the variable z of a Point"] * 2


def test_objects_that_are_read_at_once_are_counted_as_all_others(library: Library) -> None:
    image = image_of(library, "[[1,2],Point{#x:1},Point{},{1:2},Float[#nan],Point{#x:7},[],@10,@8,@4,@5]")

    assert value(image, "(x at: 8) isEmpty and: [ (x at: 8) == (x at: 7) ]") is True
    assert value(image, "(x at: 9) isNaN") is True
    assert value(image, "(x at: 10) == (x at: 1) and: [ (x at: 11) == (x at: 2) ]") is True


def test_brackets_that_stand_close_together_are_read_in_several_turns(library: Library) -> None:
    depth = 3 * PORTION
    reader = SnapshotReader.of_image(
        HEADER + "Stui_Workspace{#variables:Stui_Names{#x:" + "[" * depth + "1" + "]" * depth + "}}", Image(library)
    )

    assert len(list(reader.slices())) >= 2 * depth // PORTION
