"""What a do-it comes to: its texts, its errors with their stacks, what it changed, what it was warned of."""

import pytest

from stui_actors.errors import ParseError


def test_a_do_it_answers_its_texts_and_class(bench):
    outcome = bench.run("'it''s'", mode="Display").outcome

    assert (outcome.text, outcome.display, outcome.class_name) == ("'it''s'", "it's", "ByteString")


def test_without_display_mode_there_is_no_display_string(bench):
    assert bench.run("3").outcome.display is None


def test_an_empty_do_it_answers_nil(bench):
    assert bench.print("") == "nil"


def test_a_return_ends_the_do_it(bench):
    assert bench.print("^ 3. 4") == "3"
    assert bench.print("#(1 2) do: [ :each | ^ each ]. 4") == "1"


def test_variables_live_from_one_do_it_to_the_next(bench):
    bench.print("x := 5. y := x + 1")

    assert bench.print("x + y") == "11"


def test_temporaries_do_not(bench):
    assert bench.print("| t | t := 5. t") == "5"
    assert bench.print("t") == "nil"


def test_an_unknown_name_reads_as_nil_with_a_warning(bench):
    process = bench.run("zork isNil")

    assert process.outcome.text == "true"
    assert process.warnings == ["`zork` is not declared: it reads as nil."]


def test_what_a_do_it_defines_it_can_use(bench):
    process = bench.run(
        "Object subclass: #P instanceVariableNames: '' classVariableNames: '' package: 'P'. "
        "P compile: 'seven ^ 7'. P new seven"
    )

    assert (process.outcome.text, process.warnings) == ("7", [])


def test_self_is_the_receiver_and_its_variables_are_in_sight(bench):
    receiver = bench.run("3 @ 4").outcome.value

    assert bench.print("x + self y", receiver=receiver) == "7"
    bench.print("x := 10", receiver=receiver)
    assert bench.print("self", receiver=receiver) == "(10@4)"


def test_source_that_does_not_parse_is_refused_before_anything_runs(bench):
    with pytest.raises(ParseError):
        bench.image.start("x := 3. 4 +")

    assert bench.print("x") == "nil"


@pytest.mark.parametrize("source", ["Object := 3", "[ :x | x := 3 ]", "self := 3", "#(1) do: [ :e | e := 2 ]"])
def test_what_cannot_be_assigned_to_is_not(bench, source):
    with pytest.raises(ParseError):
        bench.image.start(source)


CHANGING_NOTHING = [
    "3 + 4",
    "x",
    "x + 1 * 2",
    "x < 4",
    "#foo",
    "'text'",
    "nil",
    "-7 // 2",
    "3 = 4",
    "1.5 * 2.0",
    "#(1 $a)",
]


@pytest.mark.parametrize("source", CHANGING_NOTHING)
def test_arithmetic_is_proved_to_change_nothing(bench, source):
    bench.print("x := 3")

    assert bench.run(source).changed is False


@pytest.mark.parametrize(
    ("source", "names"), [("x := 4", {"x"}), ("x := y := x + 1. z := 2 * x", {"x", "y", "z"}), ("x + 1", set())]
)
def test_what_only_assigns_is_proved_to_change_no_more(bench, source, names):
    bench.print("x := 3")
    process = bench.run(source)

    assert (process.changed, process.assigned) == (False, names)


CHANGING = [
    "x := nil foo",
    "x := 3 / 4",
    "x foo",
    "3 + nil",
    "3 / 4",
    "x printString",
    "Object new",
    "[ 3 ]",
    "| t | t := 3",
]


@pytest.mark.parametrize("source", CHANGING)
def test_what_is_not_proved_counts_as_a_change(bench, source):
    bench.print("x := 3")

    assert bench.run(source).changed is True


def test_arithmetic_on_objects_of_the_clients_own_counts_as_a_change(bench):
    bench.define("Own", "+ other count := 1", variables="count")
    bench.print("x := Own new")

    assert bench.run("x + 1").changed is True


def test_an_error_tells_class_text_receiver_and_stack(bench):
    error = bench.fail("3 foo")

    assert error.error_type == "EvaluationError"
    assert error.message == "Instance of SmallInteger did not understand #foo"
    assert error.details == {
        "exception_class": "MessageNotUnderstood",
        "message_text": "Message not understood: SmallInteger >> #foo",
        "description": "Instance of SmallInteger did not understand #foo",
        "receiver": "3",
        "stack_trace": "SmallInteger(Object)>>doesNotUnderstand: #foo\nUndefinedObject>>DoIt",
    }


def test_the_stack_has_methods_and_blocks_with_their_classes(bench):
    bench.define("Own", "run ^ #(1) do: [ :each | self fail: each ]", "fail: n ^ n foo")

    lines = bench.fail("Own new run").details["stack_trace"].split("\n")

    assert lines[0] == "SmallInteger(Object)>>doesNotUnderstand: #foo"
    assert lines[1:3] == ["Own>>fail:", "[ :each | self fail: each ] in Own>>run"]
    assert lines[-2:] == ["Own>>run", "UndefinedObject>>DoIt"]


def test_a_long_stack_is_cut(bench):
    bench.define("Own", "down: n ^ n = 0 ifTrue: [ 1 / 0 ] ifFalse: [ self down: n - 1 ]")

    lines = bench.fail("Own new down: 1000").details["stack_trace"].split("\n")

    assert len(lines) < 70
    assert lines[-1] == "..."


def test_an_exception_that_cannot_describe_itself_still_ends_the_evaluation(bench):
    bench.define("Bad", "messageText ^ 1 / 0", "description ^ self foo", above="Error")

    error = bench.fail("Bad new signal")

    assert error.details["exception_class"] == "Bad"
    assert bench.print("3 + 4") == "7"


def test_printing_that_fails_ends_the_evaluation(bench):
    bench.define("Own", "printOn: aStream ^ 1 / 0")

    assert bench.fail("Own new").details["exception_class"] == "ZeroDivide"


def test_the_same_source_means_what_its_names_mean_now(bench):
    assert bench.print("zork") == "nil"
    bench.print("zork := 4")
    assert bench.print("zork") == "4"
    assert bench.print("Thing") == "nil"
    bench.define("Thing")
    assert bench.print("Thing") == "Thing"
    bench.image.variables.clear()
    assert bench.print("zork") == "nil"


def test_the_same_source_finds_a_method_that_came_later(bench):
    assert bench.fail("3 zork").details["exception_class"] == "MessageNotUnderstood"

    bench.compile("Integer", "zork ^ 7")

    assert bench.print("3 zork") == "7"


def test_one_clients_variables_do_not_show_in_the_cached_do_it_of_another(make_bench):
    one, other = make_bench(), make_bench()
    one.print("secret := 5")
    assert one.print("secret") == "5"

    assert other.print("secret") == "nil"
    assert one.print("secret") == "5"


def test_deep_and_long_sources_work(bench):
    assert bench.print("(" * 400 + "3" + ")" * 400) == "3"
    assert bench.print("1" + " + 1" * 5_000) == "5001"
    assert bench.print("3" + " negated" * 5_000) == "3"
    assert bench.print("x := " * 2_000 + "3") == "3"
    assert bench.print("[" * 200 + "3" + "] value" * 200) == "3"
    assert bench.print("true" + " not" * 2_000) == "true"


def test_loops_within_loops_beyond_what_python_allows_work(bench):
    assert bench.print("n := 0. " + "1 to: 1 do: [ :i | " * 30 + "n := n + 1" + "]" * 30 + ". n") == "1"


def test_evaluating_source_from_within(bench):
    assert bench.print("(OpalCompiler new evaluate: '3 + 4') * 2") == "14"
    assert bench.fail("OpalCompiler new evaluate: '3 +'").details["exception_class"] == "CodeError"


def test_operands_are_evaluated_from_left_to_right_whatever_they_are(bench):
    bench.define(
        "Log", "log: x order := order , x printString. ^ x", "order ^ order", "start order := ''", variables="order"
    )
    bench.print("log := Log new. log start")
    two = "(log log: 2; log: 3; yourself)"

    bench.print(f"{{ log log: 1. {two}. (true ifTrue: [ | t | t := log log: 4. t ]). log log: 5 }}")
    assert bench.print("log order") == "'12345'"
    sum_of_four = "(log log: 1) + ((log log: 2; log: 3) + (log log: 4))"
    bench.print(f"log start. ({sum_of_four}) between: (log log: 5) and: (log log: 6; log: 7)")
    assert bench.print("log order") == "'1234567'"
    assert bench.print("(log perform: #log: with: (log log: 1; log: 2; log: 9)) + (log log: 3; log: 4)") == "13"


def test_a_variable_that_changes_while_operands_are_evaluated_keeps_its_earlier_value(bench):
    assert bench.print("| a | a := 1. a + (a := 10) + a") == "21"
    assert bench.print("| a | a := 1. { a. (a := 2). a }") == "#(1 2 2)"
    assert bench.print("| a | a := 1. a + [ a := 10 ] value") == "11"
    assert bench.print("| a | a := 1. a max: (true ifTrue: [ a := 10. 0 ])") == "1"
    assert bench.print("| a | a := #(1). a , (a := #(2; 3) copyWith: 4)".replace("#(2; 3)", "#(2 3)")) == "#(1 2 3 4)"


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        ("3 == 3", "true"),
        ("(2 raisedTo: 70) == (2 raisedTo: 70)", "false"),
        ("1.5 == (3 / 2) asFloat", "true"),
        ("0.0 == 0.0 negated", "false"),
        ("1 == 1.0", "false"),
        ("true == 1", "false"),
        ("'abc' == 'abc'", "false"),
        ("'abc' asSymbol == #abc", "true"),
        ("(1 @ 2) == (1 @ 2)", "false"),
        ("(1 @ 2) ~~ (1 @ 2)", "true"),
        ("| p | p := 1 @ 2. p yourself == p yourself", "true"),
        ("| p | p := 1 @ 2. p yourself ~~ p yourself", "false"),
        ("| log | log := OrderedCollection new. (log add: 1) == (log add: 2). log asArray", "#(1 2)"),
    ],
)
def test_identity_is_that_of_objects_and_of_small_numbers_their_value(source, printed, bench):
    assert bench.print(source) == printed
