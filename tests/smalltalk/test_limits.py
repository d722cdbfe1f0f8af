"""Programs that do not end, or take too much: each is stopped, none can help it, and the image goes on."""

import pytest

from stui_actors.errors import Interrupted, Timeout

ENDLESS = {
    "a loop": "[ true ] whileTrue",
    "a loop without a condition": "[ ] repeat",
    "a loop in its condition": "[ [ true ] whileTrue. true ] whileTrue",
    "a block that calls itself and a loop": "| b | b := nil. b := [ [ 3 ] value. true ]. b whileTrue",
    "counting to a great number": "1 to: 1000000000000 do: [ :i | ]",
    "a step that goes nowhere near": "1 to: 1.0e300 by: 1 do: [ :i | ]",
    "repeating often": "1000000000 timesRepeat: [ ]",
    "an ensure block": "[ 1 ] ensure: [ [ true ] whileTrue ]",
    "ensure within ensure": "[ [ ] repeat ] ensure: [ [ [ ] repeat ] ensure: [ [ ] repeat ] ]",
    "an ifCurtailed: block": "[ [ true ] whileTrue ] ifCurtailed: [ [ true ] whileTrue ]",
    "catching all and trying again": "[ 1 / 0 ] on: Error do: [ :e | e retry ]",
    "a handler that loops": "[ Error signal ] on: Error do: [ :e | [ ] repeat ]",
    "resuming in a loop": "[ [ Warning signal ] repeat ] on: Warning do: [ :e | e resume: 1 ]",
    "a loop that returns out of its ensure block": "[ [ [ ] repeat ] ensure: [ ^ 7 ] ] value",
    "an ensure block that is left for a handler": (
        "[ [ [ ] repeat ] ensure: [ Error signal ] ] on: Error do: [ :e | e return: 7 ]"
    ),
    "an ensure block that tries again": "[ [ [ ] repeat ] ensure: [ Error signal ] ] on: Error do: [ :e | e retry ]",
    "evaluating in a loop": "[ OpalCompiler new evaluate: '3 + 4' ] repeat",
    "sorting": "#(3 1 2) asOrderedCollection sort: [ :a :b | [ true ] whileTrue ]",
    "doing nothing over a large collection": "[ (1 to: 1000) do: [ :i | ] ] repeat",
}


@pytest.mark.parametrize("source", ENDLESS.values(), ids=ENDLESS.keys())
def test_what_never_ends_can_be_stopped(bench, source):
    error = bench.fail(source, stop_after=20, error=Timeout("too long"))

    assert isinstance(error, Timeout)
    assert bench.print("3 + 4") == "7"


HIDDEN = {
    "printOn:": ("printOn: aStream [ ] repeat", "Own new"),
    "=": ("= other [ ] repeat", "Own new = Own new"),
    "hash": ("hash [ ] repeat", "Set new add: Own new"),
    "doesNotUnderstand:": ("doesNotUnderstand: m [ ] repeat", "Own new foo"),
    "handles:": ("handles: e [ ] repeat", "[ Error signal ] on: Own new do: [ :e | ]"),
    "messageText": ("messageText [ ] repeat", "Own new signal"),
}


@pytest.mark.parametrize(("method", "source"), HIDDEN.values(), ids=HIDDEN.keys())
def test_what_never_ends_within_the_system_can_be_stopped(bench, method, source):
    bench.define("Own", method, above="Error" if method.startswith("messageText") else "Object")

    error = bench.fail(source, stop_after=20, error=Interrupted("by its client"))

    assert isinstance(error, Interrupted)
    assert bench.print("3 + 4") == "7"


DEEP = {
    "a method": ("deeper ^ self deeper", "Own new deeper"),
    "a method that adds": ("deeper ^ self deeper + 1", "Own new deeper"),
    "two methods": ("deeper ^ self perform: #deeper", "Own new deeper"),
    "a block": ("noop ^ 1", "| b | b := nil. b := [ b value ]. b value"),
    "printOn:": ("printOn: s self printOn: s", "Own new"),
    "an ensure block in each": ("deeper ^ [ self deeper ] ensure: [ 1 ]", "Own new deeper"),
    "a handler in each": ("deeper ^ [ self deeper ] on: Exception do: [ :e | e return: 1 ]", "Own new deeper"),
    "a handler that signals": (
        "deeper Error signal",
        "[ Error signal ] on: Error do: [ :e | | b | b := nil. b := [ b value ]. b value ]",
    ),
    "an equality": ("= other ^ self = other", "Own new = 1"),
    "doesNotUnderstand:": ("doesNotUnderstand: m ^ self foo", "Own new foo"),
    "sorting": ("<= other ^ { self. other } sort", "{ Own new. Own new } sort"),
}


@pytest.mark.parametrize(("method", "source"), DEEP.values(), ids=DEEP.keys())
def test_recursion_without_end_hits_the_limit_of_depth(bench, method, source):
    bench.define("Own", method)

    error = bench.fail(source)

    assert error.error_type == "ResourceExhausted"
    assert error.details["limit"] == "depth"
    assert bench.print("3 + 4") == "7"


def test_deep_recursion_below_the_limit_works(bench):
    bench.define("Own", "down: n ^ n = 0 ifTrue: [ 0 ] ifFalse: [ 1 + (self down: n - 1) ]")

    assert bench.print("Own new down: 9000") == "9000"


LARGE = {
    "a huge array": ("Array new: 1000000000000", "memory"),
    "a huge string": ("String new: 1000000000000", "memory"),
    "doubling a string": ("| s | s := 'x'. 60 timesRepeat: [ s := s , s ]", "memory"),
    "doubling an array": ("| s | s := #(1). 60 timesRepeat: [ s := s , s ]", "memory"),
    "arrays that wait on the stack": (
        "| b | b := nil. b := [ { Array new: 10000. b value } ]. b value",
        "memory",
    ),
    "a huge power": ("2 raisedTo: 1000000000", "integer"),
    "a huge shift": ("1 bitShift: 1000000000", "integer"),
    "a huge shift by its operator": ("1 << 1000000000", "integer"),
    "a huge factorial": ("1000000 factorial", "integer"),
    "repeated squaring": ("| n | n := 3. 100 timesRepeat: [ n := n * n ]", "integer"),
    "repeated squaring of variables": ("n := 3. [ true ] whileTrue: [ n := n * n ]", "integer"),
}


@pytest.mark.parametrize(("source", "limit"), LARGE.values(), ids=LARGE.keys())
def test_what_takes_too_much_hits_the_limit_of_it(make_bench, source, limit):
    bench = make_bench(max_memory=8_000_000)

    error = bench.fail(source)

    assert error.error_type == "ResourceExhausted"
    assert error.details["limit"] == limit
    assert bench.print("3 + 4") == "7"


@pytest.mark.parametrize(("source", "limit"), LARGE.values(), ids=LARGE.keys())
def test_no_smalltalk_code_catches_a_limit(make_bench, source, limit):
    bench = make_bench(max_memory=8_000_000)
    caught = f"[ [ {source.replace('^', '')} ] on: Exception do: [ :e | e return: 7 ] ] ensure: [ ran := 1 ]. 8"

    error = bench.fail(caught)

    assert error.details["limit"] == limit
    assert bench.print("ran") == "1"


def test_small_objects_that_are_kept_hit_the_limit_of_memory(make_bench):
    bench = make_bench(max_memory=2_000_000)

    error = bench.fail("k := OrderedCollection new. 100000 timesRepeat: [ k add: Object new ]")

    assert error.details["limit"] == "memory"
    assert 10_000 < int(bench.print("k size")) < 60_000


def test_garbage_does_not_count(make_bench):
    bench = make_bench(max_memory=2_000_000)

    assert bench.print("1 to: 20000 do: [ :i | Array new: 100 ]. 7") == "7"


def test_an_ensure_block_runs_within_its_budget_when_its_evaluation_is_stopped(bench):
    error = bench.fail("[ [ ] repeat ] ensure: [ 1 to: 100 do: [ :i | seen := i ] ]", stop_after=3, error=Timeout("t"))

    assert isinstance(error, Timeout)
    assert bench.print("seen") == "100"


def test_the_outer_ensure_block_runs_although_the_inner_one_was_abandoned(bench):
    bench.fail("[ [ [ ] repeat ] ensure: [ [ ] repeat ] ] ensure: [ outer := 1 ]", stop_after=3, error=Timeout("t"))

    assert bench.print("outer") == "1"


def test_output_beyond_its_limit_is_cut_with_a_mark(make_bench):
    bench = make_bench(max_output=100)

    process = bench.run("1 to: 50 do: [ :i | Transcript show: 'line'; cr ]. 7")

    assert process.outcome.text == "7"
    assert process.truncated
    assert process.transcript.startswith("line\rline")
    assert 100 < len(process.transcript) < 130


def test_forking_without_end_hits_the_limit_of_processes(make_bench):
    bench = make_bench(max_processes=10)

    error = bench.fail("[ [ [ ] repeat ] fork ] repeat")

    assert error.details["limit"] == "processes"
    assert bench.image.terminate_processes() == 10


def test_what_was_done_before_a_limit_is_kept(bench):
    bench.fail("kept := 5. Array new: 1000000000000")

    assert bench.print("kept") == "5"


def test_writing_nothing_to_the_transcript_again_and_again_keeps_nothing(bench):
    before = bench.run("3").transcript

    process = bench.image.start("100000 timesRepeat: [ Transcript show: '' ]")
    while not process.run_slice():
        pass

    assert before == process.transcript == ""
    assert process._output == []
