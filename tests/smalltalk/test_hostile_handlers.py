"""Each limit, hit within code that does what it can not to let go: none is caught, diverted or delayed for long."""

import pytest

from stui_actors.errors import ParseError, ResourceExhausted, Timeout

SLICES_BEFORE_TIMEOUT = 5
MEMORY = 8_000_000

# How each limit is hit, by an expression.
FAULTS = {
    "memory": "(Array new: 1000000000000)",
    "memory bit by bit": "[ | s | s := 'x'. [ true ] whileTrue: [ s := s , s ] ] value",
    "integer": "(2 raisedTo: 1000000000)",
    "integer by inlined arithmetic": "[ | n | n := 3. [ true ] whileTrue: [ n := n * n ] ] value",
    "depth": "[ | b | b := nil. b := [ b value. 1 ]. b value ] value",
    "processes": "[ [ [ Semaphore new wait ] fork ] repeat ] value",
    "time": "[ [ true ] whileTrue ] value",
}

# What surrounds it, and what would hold on to the process.
HANDLERS = {
    "catches all and returns": "[ {} ] on: Exception do: [ :e | e return: 7 ]",
    "catches all and tries again": "[ {} ] on: Exception do: [ :e | e retry ]",
    "catches all and tries something else": "[ {} ] on: Exception do: [ :e | e retryUsing: [ 7 ] ]",
    "catches all and resumes": "[ {} ] on: Exception do: [ :e | e resume: 7 ]",
    "claims to handle everything": "[ {} ] on: Everything new do: [ :e | 7 ]",
    "catches by ifError": "[ {} ] ifError: [ 7 ]",
    "returns from an ensure block": "[ [ {} ] ensure: [ ^ 7 ] ] value",
    "signals in an ensure block": "[ [ {} ] ensure: [ Error signal ] ] on: Exception do: [ :e | e return: 7 ]",
    "tries again from an ensure block": "[ [ {} ] ensure: [ Error signal ] ] on: Exception do: [ :e | e retry ]",
    "loops in an ensure block": "[ {} ] ensure: [ [ true ] whileTrue ]",
    "loops in ensure blocks within each other": (
        "[ [ [ {} ] ensure: [ [ true ] whileTrue ] ] ensure: [ [ true ] whileTrue ] ] ensure: [ [ true ] whileTrue ]"
    ),
    "hits it again in an ensure block": "[ {0} ] ensure: [ {0} ]",
    "returns from an ifCurtailed block": "[ {} ] ifCurtailed: [ ^ 7 ]",
    "loops in an ifCurtailed block": "[ {} ] ifCurtailed: [ [ true ] whileTrue ]",
    "ends its process in an ensure block": "[ {} ] ensure: [ Processor activeProcess terminate ]",
    "waits for ever in an ensure block": "[ {} ] ensure: [ Semaphore new wait ]",
    "sleeps in an ensure block": "[ {} ] ensure: [ (Delay forSeconds: 1000) wait ]",
    "suspends itself in an ensure block": "[ {} ] ensure: [ Processor activeProcess suspend ]",
    "forks in an ensure block": "[ {} ] ensure: [ [ [ true ] whileTrue ] fork ]",
    "hits it in printOn:": "Printing new",
    "hits it in =": "Set new add: Printing new; add: Printing new; yourself",
    "hits it in a sort block": "#(3 1 2) asOrderedCollection sort: [ :a :b | {} ]",
    "hits it in doesNotUnderstand:": "Printing new zork",
    "hits it in a handler": "[ Error signal ] on: Error do: [ :e | {} ]",
    "hits it while an exception unwinds": "[ [ Error signal ] ensure: [ {} ] ] on: Error do: [ :e | e return: 7 ]",
    "hits it in a handler's test": "[ Error signal ] on: Testing new do: [ :e | 7 ]",
}


@pytest.fixture
def hostile(make_bench):
    """An image whose classes take part: they hit the limit wherever the system calls them."""

    def prepared(fault):
        bench = make_bench(max_memory=MEMORY, max_processes=5)
        bench.define("Everything", "handles: anything ^ true")
        bench.define("Testing", f"handles: anything ^ {fault}")
        bench.define(
            "Printing", f"printOn: s {fault}", f"= other ^ {fault}", "hash ^ 1", f"doesNotUnderstand: m ^ {fault}"
        )
        return bench

    return prepared


@pytest.mark.parametrize("handler", HANDLERS.values(), ids=HANDLERS.keys())
@pytest.mark.parametrize(("limit", "fault"), FAULTS.items(), ids=FAULTS.keys())
def test_nothing_holds_on_to_a_process_that_hits_a_limit(hostile, limit, fault, handler):
    bench = hostile(fault)

    error = bench.fail(handler.format(fault), stop_after=SLICES_BEFORE_TIMEOUT, error=Timeout("too long"))

    assert_is_of(error, limit.split()[0])
    bench.image.terminate_processes()
    assert bench.print("3 + 4") == "7"


def assert_is_of(error, limit):
    """The limit that was hit first; the time may be over first where a fault takes several slices."""
    if isinstance(error, ResourceExhausted):
        assert error.details["limit"] == limit
    else:
        assert isinstance(error, Timeout)


REFUSED = {
    "Array new: -1": "PrimitiveFailed",
    "String new: -1": "PrimitiveFailed",
    "Array new: nil": "PrimitiveFailed",
    "Array new: 1.5": "PrimitiveFailed",
    "3 become: 4": "PrimitiveFailed",
    "nil become: Object new": "PrimitiveFailed",
    "3 perform: nil": "Error",
    "3 perform: 'not a selector'": "MessageNotUnderstood",
    "true := 3": "ParseError",
    "Object subclass: #True": "Error",
    "Boolean subclass: #Third": "Error",
    "Integer subclass: #Mine": "Error",
    "Object := 3": "ParseError",
    "[ ^ 3 ] fork. Processor yield. 4": None,
}


@pytest.mark.parametrize(("source", "kind"), REFUSED.items())
def test_what_cannot_be_is_an_error_in_smalltalks_words(bench, source, kind):
    try:
        error = bench.run(source).outcome.error
    except ParseError as found:
        error = found
    if kind is None:
        assert error is None
    elif kind == "ParseError":
        assert error.error_type == "ParseError"
    else:
        assert error.details["exception_class"] == kind
        assert error.__cause__ is None


FINE = {
    "an Array in itself": "| a | a := Array new: 1. a at: 1 put: a. a printString size < 1000",
    "two Arrays in each other": "| a b | a := { 1 }. b := { a }. a at: 1 put: b. a printString size < 5000",
    "nesting beyond a hundred levels": (
        "| a | a := #(). 200 timesRepeat: [ a := { a } ]. a printString includesSubstring: '[..]'"
    ),
    "a Dictionary in itself": "| d | d := Dictionary new. d at: 1 put: d. d printString includesSubstring: '[..]'",
    "a long list": "| l | l := LinkedList new. 1 to: 10000 do: [ :i | l add: i ]. l size = 10000",
    "a sort block that contradicts itself": (
        "(#(5 3 9 1 7 2 8) asOrderedCollection sort: [ :a :b | true ]) asBag = #(1 2 3 5 7 8 9) asBag"
    ),
    "a sort block by chance": (
        "| r | r := Random seed: 3. ((1 to: 200) asOrderedCollection sort: [ :a :b | r next > 0.5 ]) asSet size = 200"
    ),
    "no number": "Float nan printString = 'Float nan'",
    "infinity": "Float infinity negated printString = 'Float infinity negated'",
    "garbage": "20000 timesRepeat: [ Array new: 50 ]. true",
}


@pytest.mark.parametrize("source", FINE.values(), ids=FINE.keys())
def test_what_is_odd_and_harmless_works(bench, source):
    assert bench.print(source) == "true"
