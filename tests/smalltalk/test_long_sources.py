"""Long do-its are parsed and compiled in their process, in portions, so that others run meanwhile."""

from types import CodeType

import pytest

from stui_actors.errors import EvaluationError, Interrupted, ParseError, Timeout
from stui_actors.smalltalk.bindings import Info
from stui_actors.smalltalk.compiler import LONG
from stui_actors.smalltalk.emission import MAX_PIECE
from stui_actors.smalltalk.objects import StString

from .bench import Bench

PADDING = "unused := 1 + 2. " * 700  # several portions
MOST_CODE = 90_000  # bytes of Python's code in one piece

SHAPES = {
    "statements": "x := 3 + 4. " * 1400,
    "cascade": "x := OrderedCollection new" + " add: 1;" * 1400 + " size",
    "binary chain": "x := 0" + " + 1" * 2000,
    "unary chain": "x := 3" + " yourself" * 4000,
    "braces": "x := {" + "3 + 4. " * 1400 + "}",
    "literal array": "x := #(" + "1 $a #b 'c' (2 3) 4.5 " * 700 + ")",
    "blocks": "x := [ :a | a + 1 ]. " * 1000,
    "conditionals": "x := 3. " + "x > 2 ifTrue: [ y := x ]. " * 1000,
    "names": "".join(f"v{index} := {index}. " for index in range(2000)),
}


def codes(code):
    """A code object with all inside."""
    yield code
    for each in code.co_consts:
        if isinstance(each, CodeType):
            yield from codes(each)


@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_a_long_source_consists_of_it_is_compiled_in_small_pieces(shape, bench):
    code = bench.image.compile_do_it(SHAPES[shape], None).code

    pieces = [each for each in codes(code) if isinstance(each.co_consts[-1], Info)]
    assert max(len(each.co_code) for each in pieces) < MOST_CODE
    assert bench.run(SHAPES[shape]).outcome.error is None


@pytest.mark.parametrize("shape", SHAPES)
def test_others_run_while_a_long_source_is_compiled(shape, shared_library):
    bench = Bench(shared_library, ticks=10)
    process = bench.image.start(SHAPES[shape] + ". atEnd := true")
    slices = 0
    while not process.run_slice():
        slices += "atEnd" not in bench.image.variables

    assert slices > 5


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("| a | a := 5. {0} a := a + 1. {0} a", "6"),
        ("| a block | a := 5. block := [ a := a + 1 ]. {0} block value. {0} block value. a", "7"),
        ("| found | {0} #(1 2 3) do: [ :each | each = 2 ifTrue: [ ^ each * 10 ] ]. {0} 99", "20"),
        ("{0} ^ 3. {0} 99", "3"),
        ("| block | block := [ :a | ^ a ]. {0} #(7 8) do: block. 99", "7"),
        ("{0} [ :a | a ] on: Error do: [ :e | e messageText ]. 4", "4"),
        ("[ {0} 3 zork ] on: MessageNotUnderstood do: [ :e | e return: 12 ]", "12"),
        ("log := OrderedCollection new. {0} [ log add: 1 ] ensure: [ log add: 2 ]. {0} log asArray", "#(1 2)"),
        ("{0} 1 to: 3 do: [ :i | | t | t := i. blocks := [ t ] ]. {0} blocks value", "3"),
    ],
)
def test_a_long_source_means_what_a_short_one_means(source, printed, bench):
    padding = "unused := 1 + 2. " * (200 if source.startswith("[") else 700)
    assert len(padding) > LONG

    assert bench.print(source.replace("{0}", padding)) == bench.print(source.replace("{0}", "")) == printed


def test_a_call_that_does_not_fit_its_block_is_told_in_a_portion_too(bench):
    wrong = "[ :a | a ] value"

    assert bench.fail(f"{PADDING} {wrong}").message == bench.fail(wrong).message
    assert bench.fail(f"{wrong}. {PADDING}").message == bench.fail(wrong).message


def test_a_cascade_a_chain_and_an_array_over_many_portions_keep_order_and_identity(bench):
    adds = " ".join(f"add: {index};" for index in range(2000))
    assert bench.print(f"(OrderedCollection new {adds} yourself) asArray = (0 to: 1999) asArray") == "true"
    assert bench.print(f"made := OrderedCollection new {adds} yourself. made last") == "1999"
    elements = ". ".join(f"{index} yourself" for index in range(2000))
    assert bench.print(f"array := {{{elements}}}. array = (0 to: 1999) asArray") == "true"
    assert bench.print("(3" + " - 1" * 2000 + ")") == "-1997"


def test_a_long_literal_array_has_each_kind_of_element_and_is_made_anew(bench):
    some = "1 -2 3.5 1/2 #sym bare $a 'it''s' #(1 #(2)) #[1 2] nil true false 3.14s2 at:put: 16r1F (x y)"
    bench.print(f"short := #({some}). make := [ #({some * 6}) ]. long := make value")

    assert bench.print("short size * 6 = long size") == "true"
    assert bench.print("(long first: short size) = short") == "true"
    assert bench.print("(long first: short size) printString = short printString") == "true"
    assert bench.print("(long at: 7) == #sym and: [ (long at: 17) == #at:put: ]") == "true"
    assert bench.print("(make value copy at: 1 put: 0; yourself) ~= make value") == "true"
    assert bench.print("make value == make value") == "false"
    assert bench.print("long allSatisfy: [ :each | each isArray not or: [ each isReadOnlyObject ] ]") == "true"
    assert isinstance(bench.fail("make value at: 1 put: 0"), EvaluationError)


def test_a_long_source_that_does_not_parse_ends_with_the_error_and_changes_nothing(bench):
    process = bench.run(PADDING + "3 + ")

    assert isinstance(process.outcome.error, ParseError)
    assert process.outcome.error.details["position"] == len(PADDING) + 5
    assert not process.changed


def test_what_cannot_be_cut_and_is_too_large_is_refused_before_python_compiles_it(bench):
    error = bench.fail("[ " + "x := 1 + 2. " * 3000 + "]")

    assert isinstance(error, ParseError)
    assert str(MAX_PIECE) in error.message
    with pytest.raises(ParseError, match=str(MAX_PIECE)):
        bench.image.check_method("m\n" + "x := 1 + 2. " * 3000, bench.image.record_named("Object").instance)


@pytest.mark.parametrize("error", [Timeout("too long"), Interrupted("stopped")])
def test_parsing_and_compiling_are_stopped_as_running_is(error, shared_library):
    bench = Bench(shared_library, ticks=10)
    process = bench.run(SHAPES["statements"] + " reached := true", stop_after=3, error=error)

    assert process.outcome.error is error
    assert "reached" not in bench.image.variables


def test_an_error_in_a_late_portion_shows_the_do_it_once(bench):
    error = bench.fail(PADDING + "3 zork")

    assert error.details["stack_trace"].split("\n").count("UndefinedObject>>DoIt") == 1


def test_a_long_source_takes_time_in_proportion_to_its_length(shared_library):
    slices = []
    for count in (2000, 4000):
        bench = Bench(shared_library, ticks=10)
        process = bench.image.start("x := 3 + 4. " * count + "(")
        slices.append(1)
        while not process.run_slice():
            slices[-1] += 1

    assert slices[1] == pytest.approx(2 * slices[0], rel=0.1)


@pytest.mark.parametrize("selector", ["evaluate:", "syntaxErrorIn:"])
def test_others_run_while_a_program_compiles_a_long_text(selector, shared_library):
    bench = Bench(shared_library, ticks=10)
    bench.image.variables["text"] = StString("x := 3 + 4. " * 1000)
    process = bench.image.start(f"OpalCompiler new {selector} text")
    slices = 1
    while not process.run_slice():
        slices += 1

    assert process.outcome.error is None
    assert slices > 2
