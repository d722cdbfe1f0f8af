"""What forwarding does beside what a program sees: in turns, all or nothing, and for one client alone."""

import pytest

from stui_actors.errors import Interrupted
from stui_actors.smalltalk.forwarding import PORTION
from stui_actors.smalltalk.preemption import CountingPreemption
from tests.smalltalk.bench import Bench

HOLDERS = 4_000
SMALL = 1_000  # bytes
HELD = f"x := Object new. all := (1 to: {HOLDERS}) collect: [ :i | Array with: x ]. 0"
NEW = "all count: [ :each | each first == #new ]"


@pytest.fixture
def busy(bench):
    bench.print(HELD)
    return bench


def slices_of(bench, source, *, stop_after=None):
    """How many slices a do-it takes if others want to run at each tick; it is stopped after so many."""
    patient, bench.image.preemption = bench.image.preemption, CountingPreemption(1)
    process, count = bench.image.start(source), 1
    while not process.run_slice():
        if count == stop_after:
            process.stop(Interrupted("over"))
        count += 1
    bench.image.preemption = patient
    return count


def test_others_run_while_holders_are_searched_and_while_they_are_written(busy):
    assert slices_of(busy, "x becomeForward: #new. 0") > 2 * HOLDERS // PORTION
    assert busy.print(NEW) == str(HOLDERS)


def test_one_large_collection_is_read_piece_by_piece(busy):
    busy.print(f"all := Array new: {HOLDERS * 5} withAll: 7. x := Object new. all at: 3 put: x. 0")
    assert slices_of(busy, "x becomeForward: #new. 0") > 5 * HOLDERS // PORTION
    assert busy.print("all third") == "#new"


def test_a_stop_at_any_moment_leaves_all_references_or_none(busy):
    needed, seen = slices_of(busy, "x becomeForward: #new. 0"), set()
    for stop_after in (1, needed // 2, *range(needed - 8, needed - 1)):
        busy.print(HELD)
        slices_of(busy, "x becomeForward: #new. 0", stop_after=stop_after)
        new = int(busy.print(NEW))
        assert busy.print("x == #new") == ("true" if new else "false")
        seen.add(new)
    assert seen == {0, HOLDERS}


def test_what_another_client_holds_stays(shared_library):
    mine, theirs = Bench(shared_library), Bench(shared_library)
    theirs.print("shared := OrderedCollection with: 1. Transcript show: 'x'")
    mine.print("shared := OrderedCollection with: 1. shared becomeForward: #new")
    assert mine.print("shared") == "#new"
    assert theirs.print("shared") == "an OrderedCollection(1)"


def test_a_class_side_variable_and_one_added_to_a_library_class_follow(bench):
    bench.print("Object subclass: #Holder instanceVariableNames: '' classVariableNames: '' package: 'T'")
    bench.print(
        "Holder class instanceVariableNames: 'one'. Holder class compile: 'one: x one := x'; compile: 'one ^ one'"
    )
    bench.print("OrderedCollection addInstVarNamed: 'mark'. OrderedCollection compile: 'mark: x mark := x'")
    bench.print("OrderedCollection compile: 'mark ^ mark'")
    bench.print("x := Object new. Holder one: x. c := OrderedCollection new. c mark: x. x becomeForward: #new")
    assert bench.print("{Holder one. c mark}") == "#(#new #new)"


def test_what_the_search_takes_is_given_back_and_refused_nobody(make_bench):
    bench = make_bench(max_memory=7_000_000)
    bench.print("all := (1 to: 50000) collect: [ :i | Array with: i ]. x := Object new. all at: 9 put: x. 0")
    held = bench.image.memory.held()
    slices_of(bench, "x becomeForward: #new. 0")
    assert bench.print("all at: 9") == "#new"
    assert bench.image.memory.held() < held + SMALL
    assert bench.fail("Array new: 9000000").error_type == "ResourceExhausted"


def test_each_reference_in_a_large_collection_follows_wherever_it_stands(bench):
    places = (1, PORTION, PORTION + 1, 3 * PORTION, 4 * PORTION - 1)
    bench.print(f"x := Object new. all := Array new: {4 * PORTION - 1} withAll: 7. 0")
    for place in places:
        bench.print(f"all at: {place} put: x. 0")
    bench.print("x becomeForward: #new")
    assert bench.print("all count: [ :each | each == #new ]") == str(len(places))
    assert bench.print("(all occurrencesOf: 7) + 5 = all size") == "true"
