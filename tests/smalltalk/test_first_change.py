"""The first change of an image's classes by code that already holds the library's tables: it is seen at once."""

import pytest

from stui_actors.smalltalk.dispatch import Tables

SUBCLASS = "(Object perform: ('subc' , 'lass:') asSymbol with: #Foo)"
COMPILE = "perform: ('com' , 'pile:') asSymbol with:"

FIRST = {
    "a message to a class just made": (f"{SUBCLASS} new printString", "'a Foo'"),
    "its name": (f"{SUBCLASS} name , 'x'", "#Foox"),
    "an argument": (f"3 @ {SUBCLASS} new", "(3@a Foo)"),
    "a message to super's place": (f"{SUBCLASS} class printString", "'Foo class'"),
    "a cascade": (f"{SUBCLASS} new; name", "#Foo"),
    "a class below the one just made": (
        f"({SUBCLASS} perform: ('subc' , 'lass:') asSymbol with: #Bar) superclass",
        "Foo",
    ),
    "a method of the client's own": (
        f"[ :c | c {COMPILE} 'bar ^ 42'. c ] value: {SUBCLASS}. (Smalltalk at: #Foo) new bar",
        "42",
    ),
    "a method that nobody had, at once": (f"[ 3 class {COMPILE} 'zork ^ 42'. 3 ] value zork", "42"),
    "a method of the library": (f"[ 3 class {COMPILE} 'printString ^ ''three''' . 3 ] value printString", "'three'"),
    "a method of its class side": (
        f"[ :c | c class {COMPILE} 'bar ^ 42'. c ] value: {SUBCLASS}" + ". (Smalltalk at: #Foo) perform: #bar",
        "42",
    ),
    "a variable": ("([ Object perform: ('subc' , 'lass:') asSymbol with: #Foo ] value new -> 3) key class", "Foo"),
    "while others run": (f"[ :c | 100000 timesRepeat: [ ]. c new ] value: {SUBCLASS}", "a Foo"),
}


@pytest.mark.parametrize(("source", "printed"), FIRST.values(), ids=FIRST.keys())
def test_a_first_change_made_by_selectors_that_no_source_shows_is_seen_at_once(bench, source, printed):
    assert bench.print(source) == printed


def test_a_process_that_waits_meanwhile_sees_the_change_too(bench):
    waits = "[ seen := ([ Semaphore new waitTimeoutMilliseconds: 50. made ] value) new printString ] fork"

    bench.print(f"{waits}. Processor yield. made := {SUBCLASS}. (Delay forMilliseconds: 100) wait")

    assert bench.print("seen") == "'a Foo'"


def test_another_image_that_runs_in_between_sees_nothing_of_it(make_bench, shared_library):
    ada, bob = make_bench(ticks=20), make_bench(ticks=20)
    before = Tables(dict(shared_library.tables.k), dict(shared_library.tables.s), dict(shared_library.tables.u))
    slow = ada.image.start(
        f"[ 3 class {COMPILE} 'printString ^ ''three'''. 1 to: 500 do: [ :i | ]. 3 ] value printString"
    )
    other = bob.image.start("[ 1 to: 500 do: [ :i | ]. 3 ] value printString")
    turns = 0
    while not (slow.is_over and other.is_over):
        slow.run_slice()
        assert (shared_library.tables.k, shared_library.tables.s) == (before.k, before.s)
        other.run_slice()
        turns += 1

    assert turns > 3
    assert (slow.outcome.text, other.outcome.text) == ("'three'", "'3'")
    assert bob.print("3 printString") == "'3'"
