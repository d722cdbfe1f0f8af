"""Sorting: stable, in any order that a block says, without Python's sort wherever a message is sent."""

import pytest

pytest.importorskip("stui_actors.smalltalk.image", reason="the engine is not built yet")

from stui_actors.smalltalk.library import Library
from tests.smalltalk.workspace import Workspace

ANSWERS = """
#(5 3 9 1) sorted --> #(1 3 5 9)
#(5 3 9 1) sorted: [:a :b | a > b] --> #(9 5 3 1)
#(5 3 9 1) asOrderedCollection sort; yourself --> an OrderedCollection(1 3 5 9)
#('b' a 'C') sorted --> #('C' #a 'b')
#(1.5 1 2) sorted --> #(1 1.5 2)
{1/2. 1/3. 0.4} sorted --> {(1/3). 0.4. (1/2)}
'hello' sorted --> 'ehllo'
#() sorted --> #()
#(xa xc xz xb xy) sorted: #last ascending --> #(#xa #xb #xc #xy #xz)
#('abc' 'de' 'fghi') sorted: #size descending --> #('fghi' 'abc' 'de')
#(3 1 2) sorted: #yourself descending --> #(3 2 1)
#('bb' 'a' 'aa') sorted: #size ascending , #yourself ascending --> #('a' 'aa' 'bb')
((1 to: 3000) asArray reversed sort: [:a :b | a <= b]) = (1 to: 3000) asArray --> true
(((1 to: 20000) asArray collect: [:i | i * 7919 \\\\ 20011]) sorted) isSorted --> true
(((1 to: 100) collect: [:i | i \\\\ 3 -> i]) sorted: [:a :b | a key <= b key]) first: 2 --> {0->3. 0->6}
""".strip()


def rows(table):
    return [tuple(line.split(" --> ")) for line in table.splitlines()]


@pytest.fixture(scope="module")
def workspace():
    return Workspace(Library())


@pytest.mark.parametrize(("source", "text"), rows(ANSWERS))
def test_sorting_answers_what_pharo_answers(workspace, source, text):
    assert workspace.print(source) == text


def test_an_inconsistent_order_still_gives_a_permutation(workspace):
    source = "| flip | flip := true. ((1 to: 500) asArray sorted: [:a :b | flip := flip not]) asSet size"

    assert workspace.print(source) == "500"


def test_a_sort_block_that_changes_the_collection_loses_nothing_that_was_to_be_sorted(workspace):
    source = """| a | a := (1 to: 50) asOrderedCollection.
    a sort: [:x :y | a size < 60 ifTrue: [a add: 0]. x >= y]. a asSet size"""

    assert workspace.print(source) == "50"


def test_an_error_in_a_sort_block_leaves_the_collection_as_it_was(workspace):
    source = "| a | a := {3. 'x'. 1}. [a sort: [:x :y | x < y]] on: Error do: [:e | ]. a"

    assert workspace.print(source) == "#(3 'x' 1)"
