"""Collections as Pharo has them: what they answer, print and signal."""

import pytest

pytest.importorskip("stui_actors.smalltalk.image", reason="the engine is not built yet")

from stui_actors.smalltalk.library import Library
from tests.smalltalk.workspace import Workspace

PRINTED = """
#(1 $a 'x' foo #(1 2) nil true 1.5) --> #(1 $a 'x' #foo #(1 2) nil true 1.5)
{1/2. 3@4. #a->1} --> {(1/2). (3@4). #a->1}
{Set new. 1} --> an Array(a Set() 1)
#() --> #()
(OrderedCollection new add: 1; add: 'x'; yourself) --> an OrderedCollection(1 'x')
OrderedCollection new --> an OrderedCollection()
(Dictionary with: #b->1 with: #a->2) --> a Dictionary(#a->2 #b->1 )
Dictionary new --> a Dictionary()
((1 to: 150) collect: [:i | i -> i]) asDictionary --> a Dictionary(size 150)
(OrderedDictionary new at: 2 put: 1; at: 1 put: 2; yourself) --> an OrderedDictionary(2->1 1->2)
(1 to: 5) --> (1 to: 5)
(1 to: 10 by: 3) --> (1 to: 10 by: 3)
#[1 2 3] --> #[1 2 3]
#[] --> #[]
(Bag withAll: #(1 1 2)) --> a Bag(1 1 2)
#(3 1 2) asSet --> a Set(1 2 3)
(RunArray newFrom: #(1 1 2)) --> a RunArray runs: #(2 1) values: #(1 2)
#(7) displayString --> 'an Array [1 item] (7)'
#(1 'a' b) displayString --> 'an Array [3 items] (1 ''a'' #b)'
(1 to: 5) displayString --> 'an Interval [5 items] (1 2 3 4 5)'
(1 to: 3001) asOrderedCollection displayString --> 'an OrderedCollection [3001 items]'
(OrderedCollection with: 1) storeString --> '((OrderedCollection new) add: 1; yourself)'
#(1 $a 'b' c (2)) storeString --> '#(1 $a ''b'' #c #(2))'
""".strip()

ERRORS = """
#(1 2) at: 5 --> SubscriptOutOfBounds: 5 in #(1 2)
#(1 2) at: 'x' --> Error: only integers should be used as indices
Dictionary new at: #k --> KeyNotFound: key #k not found in Dictionary
(Dictionary newFromPairs: #(a 1)) keyAtValue: 3 --> ValueNotFound: value 3 not found in Dictionary
Set new remove: 3 --> NotFound: 3 not found in Set
#(1 2) detect: [:x | x > 9] --> NotFound: [:x | x > 9] not found in Array
OrderedCollection new removeFirst --> CollectionIsEmpty: an OrderedCollection() is empty
OrderedCollection new first --> SubscriptOutOfBounds: 1 in an OrderedCollection()
#() max --> CollectionIsEmpty: #() is empty
Set new anyOne --> CollectionIsEmpty: a Set() is empty
#(1 2) with: #(1) do: [:a :b | ] --> SizeMismatch: Collections sizes do not match
Stack new pop --> StackEmptyError: this stack is empty
(1 to: 3) at: 7 --> SubscriptOutOfBounds: 7 in (1 to: 3)
#(1 2) asOrderedCollection removeFirst: 3 --> SubscriptOutOfBounds: 3 in an OrderedCollection(1 2)
""".strip()

ANSWERS = """
(1 to: 10) select: [:x | x even] --> #(2 4 6 8 10)
#(1 2 3 4 5 6) groupedBy: [:x | x \\\\ 3] --> an OrderedDictionary(1->#(1 4) 2->#(2 5) 0->#(3 6))
(Dictionary new at: 1 put: #a; at: 1.0 put: #b; at: true put: #c; yourself) --> a Dictionary(1->#b true->#c )
(IdentitySet withAll: {'a' copy. 'a' copy. #a. #a}) size --> 3
(Set withAll: {'a' copy. 'a' copy. #a. #a}) size --> 1
(Set with: #(1 2) with: 3 @ 4) includes: 3 @ 4 --> true
(Set with: 1/2) includes: 0.5 --> true
(Set new add: nil; yourself) includes: nil --> true
'hello' union: 'world' --> 'whlorde'
(Dictionary newFromPairs: #(a 1 b 2)) collect: [:x | x * 10] --> a Dictionary(#a->10 #b->20 )
(Dictionary newFromPairs: #(a 1 b 2)) keys --> #(#a #b)
(Dictionary newFromPairs: #(1 2 3 4)) hash = (Dictionary newFromPairs: #(3 4 1 2)) hash --> true
(1 to: 5) asOrderedCollection removeAll: #(1 2); yourself --> an OrderedCollection(3 4 5)
(1 to: 5) asOrderedCollection insert: 9 before: 2; yourself --> an OrderedCollection(1 9 2 3 4 5)
#(3 1 2) asSortedCollection add: 0; yourself --> a SortedCollection(0 1 2 3)
#(1 2 3) asOrderedCollection = #(1 2 3) --> false
(1 to: 3) = #(1 2 3) --> true
#(1 2 3) = (1 to: 3) --> true
#(1 2 3) + #(1 2 3) --> #(2 4 6)
#(1 2) , (OrderedCollection with: 3) --> #(1 2 3)
(LinkedList withAll: #(1 2 3)) remove: 2; yourself --> a LinkedList(1 3)
(Heap withAll: #(3 1 2)) removeFirst --> 1
#(1 2 3) asOrderedCollection growAtFirst; capacity --> 6
(Array2D rows: 2 columns: 2 tabulate: [:r :c | r + c]) asArray --> #(2 3 3 4)
| a | a := #(1 2) asOrderedCollection. a do: [:x | a size < 4 ifTrue: [a add: x]]. a --> an OrderedCollection(1 2 1 2)
| d | d := Dictionary newFromPairs: #(1 2 3 4 5 6). d keysAndValuesDo: [:k :v | d removeKey: k]. d --> a Dictionary()
""".strip()

LOOPS = """
| a | a := Array new: 1. a at: 1 put: a. a printString --> 'an Array([..])'
| a | a := OrderedCollection new. a add: a; add: 1. a printString --> 'an OrderedCollection([..] 1)'
| d | d := Dictionary new. d at: 1 put: d. d printString --> 'a Dictionary(1->[..] )'
| a | a := 1 -> nil. a value: a. a printString --> '1->[..]'
| a | a := nil. 150 timesRepeat: [a := {a. Object new}]. (a printString occurrencesOfString: 'an Array') < 102 --> true
| s | s := {Object new}. {s. s} printString --> 'an Array(an Array(an Object) an Array(an Object))'
""".strip()


def rows(table):
    return [tuple(line.split(" --> ")) for line in table.splitlines()]


@pytest.fixture(scope="module")
def workspace():
    return Workspace(Library())


@pytest.mark.parametrize(("source", "text"), rows(PRINTED))
def test_collections_print_as_in_pharo(workspace, source, text):
    assert workspace.print(source) == text


@pytest.mark.parametrize(("source", "text"), rows(ERRORS))
def test_errors_say_what_pharo_says(workspace, source, text):
    assert workspace.print(source) == text


@pytest.mark.parametrize(("source", "text"), rows(ANSWERS))
def test_collections_answer_what_pharo_answers(workspace, source, text):
    assert workspace.print(source) == text


@pytest.mark.parametrize(("source", "text"), rows(LOOPS))
def test_what_holds_itself_or_nests_without_end_prints_with_a_mark(workspace, source, text):
    assert workspace.print(source) == text


def test_a_long_text_is_cut_at_fifty_thousand_characters(workspace):
    assert workspace.print("(1 to: 100000) asArray printString size") == "50000"
    assert workspace.print("((1 to: 100000) asArray printString) last: 4") == "'[..]'"


def test_equality_that_a_client_defines_decides_in_sets(workspace):
    workspace.print("Object subclass: #Coin instanceVariableNames: 'worth' classVariableNames: '' package: 'Test'")
    workspace.print("Coin compile: 'worth: n worth := n'; compile: 'worth ^ worth'")
    workspace.print("Coin compile: '= other ^ other class == self class and: [worth = other worth]'")
    workspace.print("Coin compile: 'hash ^ worth'")
    coins = "(#(1 5 5 1) collect: [:n | Coin new worth: n; yourself])"

    assert workspace.print(f"{coins} asSet size") == "2"
    assert workspace.print(f"({coins} asBag occurrencesOf: (Coin new worth: 5; yourself))") == "2"
    assert workspace.print(f"(Set with: 5) add: {coins} first; yourself; size") == "2"


def test_sharing_costs_nothing_in_print(workspace):
    source = "| a | a := #(1). 90 timesRepeat: [a := {a. a}]. (a printString first: 6), a isLiteral printString"

    assert workspace.print(source) == "'#(#(#(true'"


def test_subclasses_of_collections_keep_their_class_and_name(workspace):
    workspace.print("Array variableSubclass: #Row instanceVariableNames: '' classVariableNames: '' package: 'Test'")
    workspace.print("Set subclass: #Bunch instanceVariableNames: '' classVariableNames: '' package: 'Test'")
    workspace.print(
        "OrderedCollection subclass: #Pile instanceVariableNames: '' classVariableNames: '' package: 'Test'"
    )

    assert workspace.print("(Row withAll: #(3 1 2)) sorted") == "a Row(1 2 3)"
    assert workspace.print("(Row with: 1 with: 2) , #(3)") == "a Row(1 2 3)"
    assert workspace.print("(Bunch withAll: #(1 2 2)) collect: [:x | x + 1]") == "a Bunch(3 2)"
    assert workspace.print("(Pile withAll: #(1 2)) reversed") == "a Pile(2 1)"
