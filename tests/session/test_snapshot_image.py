"""Whole workspaces of real images: what one evaluates, another goes on with."""

import gc
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings, strategies

from stui_actors.errors import EvaluationError, StuiError
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.objects import StString
from stui_actors.smalltalk.preemption import CountingPreemption


@pytest.fixture
def image(library: Library) -> Image:
    return Image(library, preemption=CountingPreemption())


def saved(image: Image, held: dict[str, object] | None = None) -> str:
    return "".join(SnapshotWriter.of_image(image, held or {}).slices())


def restored(
    image: Image, text: str | None = None, held: dict[str, object] | None = None
) -> tuple[Image, SnapshotReader]:
    again = Image(image.library, preemption=CountingPreemption())
    reader = SnapshotReader.of_image(saved(image, held) if text is None else text, again)
    for _ in reader.slices():
        pass
    return again, reader


def value(image: Image, source: str) -> Any:
    """The value of a do-it, without its printString."""
    found = image.evaluate(source)
    return str(found) if isinstance(found, StString) else found


def after(image: Image, *sources: str) -> Image:
    """The image that comes back when these have been evaluated and it was saved."""
    for source in sources:
        image.evaluate(source)
    again, reader = restored(image)
    assert reader.not_restored == []
    return again


def test_values_of_all_kinds_go_on(image: Image) -> None:
    again = after(
        image,
        "a := { 3. 2 raisedTo: 100. 1.5. 1/3. 3.14s2. $x. #sym. 'text'. #[1 2]. nil. true. 3 -> 4. 1 @ 2 }. 0",
        "b := OrderedCollection new. b add: a; add: b. 0",
        "c := Dictionary new. c at: 'k' put: 1; at: #k put: 2; at: 3 put: c. 0",
        "d := Set new. d add: 1 @ 2; add: 'x'. 0",
        "e := 1 to: 5. f := IdentityDictionary new. f at: a put: 1. 0",
    )

    assert value(again, "(a at: 2) = (2 raisedTo: 100)") is True
    assert value(again, "(a at: 4) + (a at: 4) = (2/3)") is True
    assert value(again, "(a at: 5) = 3.14s2") is True
    assert value(again, "(a at: 6) == $x and: [ (a at: 7) == #sym and: [ (a at: 8) = 'text' ] ]") is True
    assert value(again, "(a at: 12) value + (a at: 13) x") == 5
    assert value(again, "(b at: 2) == b and: [ (b at: 1) == a ]") is True
    assert value(again, "b addLast: 7. b size") == 3
    assert value(again, "(c at: 'k') + (c at: #k)") == value(image, "(c at: 'k') + (c at: #k)")
    assert value(again, "(c at: 3) == c") is True
    assert value(again, "(d includes: 1 @ 2) and: [ (d includes: 'x') and: [ d size = 2 ] ]") is True
    assert value(again, "e inject: 0 into: [ :s :x | s + x ]") == 15
    assert value(again, "f at: a") == 1


def test_strings_keep_identity_and_may_be_changed(image: Image) -> None:
    again = after(image, "a := 'abc' copy. b := { a. a. 'abc' copy }. 0")

    again.evaluate("a at: 1 put: $x. 0")

    assert value(again, "b at: 1") == "xbc"
    assert value(again, "b at: 3") == "abc"


def test_blocks_that_share_a_variable_share_it_again(image: Image) -> None:
    again = after(image, "| n | n := 0. up := [ n := n + 1 ]. now := [ n ]. up value. 0")

    assert value(again, "up value. up value. now value") == 3
    assert value(image, "now value") == 1


def test_blocks_see_the_workspace_and_their_own_source(image: Image) -> None:
    again = after(image, "y := 10. add := [ :x | | t | t := x + y. t ]. 0")

    assert value(again, "y := 20. add value: 1") == 21
    assert value(again, "add numArgs") == 1


def test_a_recursive_block_and_a_block_in_a_block(image: Image) -> None:
    again = after(
        image,
        "| f | f := nil. f := [ :n | n < 2 ifTrue: [ 1 ] ifFalse: [ n * (f value: n - 1) ] ]. fact := f. 0",
        "make := [ :a | [ :b | a + b ] ]. add3 := make value: 3. 0",
    )

    assert value(again, "fact value: 10") == 3628800
    assert value(again, "(add3 value: 4) + ((make value: 1) value: 1)") == 9


COUNTER = """Object subclass: #Counter
    instanceVariableNames: 'count' classVariableNames: 'Total' package: 'Demo'"""


def with_counter(image: Image) -> None:
    """Define a class without the class browser's help."""
    record = image.define(
        "Counter", image.library.records["Object"], variables=("count",), class_variables=("Total",), category="Demo"
    )
    for source in (
        "count ^ count ifNil: [ 0 ]",
        "up Total := (Total ifNil: [ 0 ]) + 1. count := self count + 1",
        "adder ^ [ :n | count := self count + n ]",
        "leaver ^ [ :n | ^ n ]",
        "total ^ Total",
    ):
        image.add_method(record.instance, source.split()[0], "all", source)
    image.add_method(record.meta, "fresh", "making", "fresh ^ self basicNew")
    image.add_method(image.library.records["Integer"].instance, "tripled", "own", "tripled ^ self * 3")


def test_the_clients_classes_live_on(image: Image) -> None:
    with_counter(image)

    again = after(image, "c := Counter fresh. c up; up. k := Counter. adder := c adder. 0")

    assert value(again, "c up. c count") == 3
    assert value(again, "c total") == 3
    assert value(again, "k == Counter and: [ c class == k ]") is True
    assert value(again, "adder value: 10. c count") == 13
    assert value(again, "5 tripled") == 15
    assert again.changed_classes() == {"Counter", "Integer"}
    assert value(image, "c count") == 2


def test_comments_and_packages_that_the_client_gave_the_library_live_on(image: Image) -> None:
    again = after(image, "Integer comment: 'mine'. Bag category: 'My-Bags'. Set class comment: ''. 0")

    assert value(again, "Integer comment") == "mine"
    assert value(again, "Bag category") == "My-Bags"
    assert value(again, "Bag comment = Set comment") is False
    assert value(again, "Set comment") == ""
    assert again.changed_classes() == {"Integer", "Bag", "Set"}
    assert value(Image(image.library, preemption=CountingPreemption()), "Integer comment = 'mine'") is False


def test_classes_go_on_following_their_traits(image: Image) -> None:
    again = after(
        image,
        "Trait << #TUp slots: { #count }; package: 'T'",
        "TUp compile: 'up ^ count := (count ifNil: [ 0 ]) + 1'; compile: 'rest ^ 1'. 0",
        "Trait << #TMore traits: TUp; slots: {}; package: 'T'",
        "Object << #Gate traits: TMore - { #rest }; slots: { #name }; package: 'T'",
        "g := Gate new. g up. 0",
    )

    assert value(again, "g up") == 2
    assert value(again, "Gate traits = { TMore }") is True
    assert value(again, "Gate localSelectors isEmpty and: [ (g respondsTo: #rest) not ]") is True
    assert value(again, "TUp compile: 'up ^ count'. g up") == 2
    assert value(again, "TUp addInstVarNamed: 'more'. Gate instanceVariableNames = #(name count more)") is True
    assert saved(restored(again)[0]) == saved(again)


def test_what_is_no_comment_in_a_changed_snapshot_does_nothing(image: Image) -> None:
    text = saved(image).replace("'told':[]", "'told':[['Integer',3,nil],['Zork','x',nil],7,['Bag','new',nil]]")
    assert text != saved(image)

    again, _ = restored(image, text)

    assert value(again, "Bag comment") == "new"
    assert value(again, "Integer comment = (Smalltalk at: #Integer) comment") is True


def test_a_return_to_an_activation_that_is_gone_cannot_be(image: Image) -> None:
    with_counter(image)

    again = after(image, "leave := Counter fresh leaver. 0")

    with pytest.raises(EvaluationError, match="BlockCannotReturn"):
        again.evaluate("leave value: 3")


def test_a_block_of_the_library_comes_back_as_the_librarys(image: Image) -> None:
    again = after(image, "b := #size asBlock. 0")

    assert value(again, "b value: 'abc'") == 3
    assert again.variables["b"].__globals__ is image.library.code_globals  # type: ignore[attr-defined]  # a function


def test_a_block_with_another_source_is_the_clients_own_and_may_name_no_primitive(image: Image) -> None:
    image.evaluate("b := #size asBlock. 0")
    text = saved(image)
    assert text.count("receiver perform: self") == 1

    again, reader = restored(image, text.replace("receiver perform: self", "(receiver perform: self) + 1"))
    _, moved = restored(image, text.replace("asBlock\\n", "asBlock <primitive: 60>\\n"))

    assert reader.not_restored == []
    assert again.variables["b"].__globals__ is again.code_globals  # type: ignore[attr-defined]  # a function
    assert value(again, "b value: 'abc'") == 4
    assert moved.not_restored[0].startswith("a block of Symbol>>asBlock: ")


def test_classes_and_globals_are_the_images_own(image: Image) -> None:
    again = after(image, "x := { OrderedCollection. OrderedCollection class. Transcript. Smalltalk }. 0")

    assert value(again, "(x at: 1) == OrderedCollection and: [ (x at: 2) == OrderedCollection class ]") is True
    assert value(again, "(x at: 3) == Transcript and: [ (x at: 4) == Smalltalk ]") is True


def test_object_ids_lead_to_the_same_objects(image: Image) -> None:
    image.evaluate("a := OrderedCollection new. 0")
    held = {"id.1": image.variables["a"], "id.2": StString("loose")}

    again, reader = restored(image, held=held)

    assert reader.objects["id.1"] is again.variables["a"]
    assert str(reader.objects["id.2"]) == "loose"


def test_a_second_snapshot_is_the_first_one_again(image: Image) -> None:
    with_counter(image)
    image.evaluate(
        "c := Counter fresh. c up. | n | n := 1. b := { [ n ]. [ n := 2 ]. c. 'x'. 3/4 }. 0".replace("| n | ", "")
    )
    image.evaluate("d := Dictionary new. d at: c put: b. 0")
    first = saved(image)

    again, _ = restored(image, first)

    assert saved(again) == first


def test_an_exception_in_a_variable_does_no_harm(image: Image) -> None:
    image.evaluate("e := [ 1 foo ] on: Error do: [ :x | x ]. 0")

    again, _ = restored(image)

    assert value(again, "e class == MessageNotUnderstood") is True


def test_a_running_process_is_listed_as_not_restored(image: Image) -> None:
    image.evaluate("s := Semaphore new. n := 0. p := [ s wait. n := 1 ] fork. Processor yield. 0")

    again, reader = restored(image)

    assert reader.not_restored == ["a running process"]
    assert value(again, "s signal. Processor yield. n") == 0


@pytest.mark.parametrize("links", [20_000, pytest.param(200_000, marks=pytest.mark.long)])
def test_a_linked_list_is_saved_and_freed_whatever_its_length(image: Image, links: int) -> None:
    image.evaluate(f"x := nil. 1 to: {links} do: [ :i | x := i -> x ]. 0")

    again, _ = restored(image)

    count = f"n := 0. [ x isNil ] whileFalse: [ x key + n = {links} ifFalse: [ ^ n ]. n := n + 1. x := x value ]. n"
    assert value(again, count) == links
    assert value(again, "x") is None


def test_what_a_client_put_into_the_library_is_in_its_own_snapshot_only(image: Image, library: Library) -> None:
    with_counter(image)
    restored(image)
    gc.collect()

    other = Image(library, preemption=CountingPreemption())

    with pytest.raises(StuiError):
        other.evaluate("5 tripled")
    assert saved(other).count("\n") == 2


EXPRESSIONS = strategies.sampled_from(
    (
        "OrderedCollection new", "Dictionary new", "Set new", "IdentityDictionary new", "Array new: 3", "'text' copy",
        "Association new", "Point basicNew", "1/3", "[ :x | x ]", "[ a ]", "3 -> 4", "Object new", "#(1 $a #b)",
        "Bag new", "SortedCollection new", "Semaphore new", "ReadStream on: #(1 2)", "1 to: 3", "-7", "nil",
    )
)  # fmt: skip
CONNECTIONS = strategies.sampled_from(
    (
        "(a isKindOf: OrderedCollection) ifTrue: [ a addLast: b ]",
        "(a isKindOf: Dictionary) ifTrue: [ a at: 1 put: b ]",
        "(a isKindOf: Dictionary) ifTrue: [ a at: b identityHash put: a ]",
        "(a isMemberOf: Array) ifTrue: [ a at: 1 put: b ]",
        "(a isMemberOf: Association) ifTrue: [ a value: b ]", "(a isMemberOf: Point) ifTrue: [ a setX: b setY: a ]",
        "a := b", "b := a", "a := { a. b }", "a := [ b ]", "| t | t := a. b := [ t := b. t ]", "b := a -> b",
        "c := a. a := nil",
    )
)  # fmt: skip


@settings(deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(strategies.lists(EXPRESSIONS, min_size=2, max_size=2), strategies.lists(CONNECTIONS, max_size=8))
def test_whatever_was_built_is_saved_again_to_the_letter(library: Library, first: list[str], then: list[str]) -> None:
    image = Image(library, preemption=CountingPreemption())
    for source in (f"a := {first[0]}. 0", f"b := {first[1]}. 0", *(f"{each}. 0" for each in then)):
        try:
            image.evaluate(source)
        except EvaluationError:
            continue
    text = saved(image)

    again, reader = restored(image, text)

    assert reader.not_restored == []
    assert saved(again) == text


def test_blocks_of_a_long_do_it_go_on_with_what_they_share(image: Image) -> None:
    padding = "unused := 1 + 2. " * 2000
    value(image, f"| count | count := 5. {padding} up := [ count := count + 1 ]. {padding} get := [ count ]. 0")

    moved = after(image, "up value")
    assert value(moved, "get value") == 6
