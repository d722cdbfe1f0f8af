"""Greenlets that carry one process after another keep nothing of any, and are no more than needed."""

import gc
import weakref
from contextlib import suppress

import pytest
from greenlet import GreenletExit, getcurrent, greenlet

from stui_actors.errors import EvaluationError, Interrupted, ResourceExhausted
from stui_actors.smalltalk.carriers import MOST_SPARE, Carriers
from stui_actors.smalltalk.library import Library
from tests.smalltalk.bench import Bench


def started(carrier, body):
    carrier.parent = getcurrent()
    carrier.switch(body)
    return carrier


def give_way():
    getcurrent().parent.switch()


def test_one_carrier_runs_bodies_one_after_another():
    carriers, ran = Carriers(), []

    used = [started(carriers.take(), lambda number=number: ran.append(number)) for number in range(3)]

    assert ran == [0, 1, 2]
    assert used[0] is used[1] is used[2]
    assert len(carriers.spare) == 1


def test_bodies_that_wait_have_a_carrier_each_and_no_more_are_kept_than_enough():
    carriers, over = Carriers(), []

    def body():
        give_way()
        over.append(getcurrent())

    waiting = [started(carriers.take(), body) for _ in range(MOST_SPARE + 4)]
    assert len(set(waiting)) == MOST_SPARE + 4
    assert carriers.spare == []
    for each in waiting:
        each.switch()

    assert over == waiting
    assert carriers.spare == waiting[:MOST_SPARE]
    assert all(each.dead for each in waiting[MOST_SPARE:])


def test_a_body_that_raises_takes_its_carrier_with_it():
    carriers = Carriers()

    def fail():
        raise KeyError("lost")

    with pytest.raises(KeyError):
        started(carriers.take(), fail)

    assert carriers.spare == []


def test_a_carrier_that_is_thrown_out_is_not_used_again():
    carriers = Carriers()
    carrier = started(carriers.take(), give_way)

    carrier.throw(GreenletExit)

    assert carrier.dead
    assert carriers.spare == []


def test_a_spare_carrier_holds_nothing_of_what_it_ran():
    class Thing:
        def run(self):
            self.here = locals()

    carriers, thing = Carriers(), Thing()
    started(carriers.take(), thing.run)
    gone = weakref.ref(thing)
    del thing
    gc.collect()

    assert gone() is None
    assert len(carriers.spare) == 1


def test_spare_carriers_go_with_their_owner_without_a_collection():
    gc.collect()
    gc.disable()
    try:
        carriers = Carriers()
        started(carriers.take(), lambda: None)
        gone = weakref.ref(carriers.spare[0])
        del carriers
        assert gone() is None
    finally:
        gc.enable()


# Processes


def test_an_image_that_is_gone_is_not_held_by_the_carrier_of_its_processes(shared_library):
    bench = Bench(shared_library)
    bench.print("kept := OrderedCollection new. kept add: (1 to: 10). kept size")
    with pytest.raises(EvaluationError):
        bench.print("kept zork")
    gone = weakref.ref(bench.image)
    del bench
    gc.collect()

    assert gone() is None


@pytest.mark.parametrize(
    "program",
    [
        "deep := nil. deep := [ :n | 1 + (deep value: n + 1) ]. deep value: 1",
        "[ :exit | exit value: 3 ] valueWithExit",
        "^ 3",
        "1 / 0",
        "Processor activeProcess terminate. 3",
        "[ 1 / 0 ] ensure: [ Transcript show: 'x' ]",
        "[ [ Processor yield ] repeat ] fork. 3",
    ],
)
def test_what_a_process_did_is_not_felt_by_the_next_one_on_its_carrier(make_bench, program):
    first, second = make_bench(), make_bench()
    with suppress(EvaluationError, ResourceExhausted):
        first.print(program)

    assert second.print("[ :n | n < 2 ifTrue: [ n ] ifFalse: [ 7 ] ] value: 3") == "7"
    assert second.fail("nil zork").details["exception_class"] == "MessageNotUnderstood"
    assert second.print("[ 1 / 0 ] on: ZeroDivide do: [ :e | e return: 5 ]") == "5"
    depth = "deep := nil. deep := [ :n | n = 0 ifTrue: [ 0 ] ifFalse: [ 1 + (deep value: n - 1) ] ]. deep value: 500"
    assert second.print(depth) == "500"


def test_the_depth_that_a_process_may_reach_does_not_shrink_from_one_to_the_next(make_bench):
    bench = make_bench()
    deepest = (
        "deep := nil. reached := 0. deep := [ reached := reached + 1. deep value ]. "
        "[ deep value ] on: Error do: [ :e | nil ]"
    )
    reached = set()
    for _ in range(5):
        with pytest.raises(ResourceExhausted):
            bench.print(deepest)
        reached.add(bench.print("reached"))

    assert len(reached) == 1


def test_evaluations_of_many_images_use_one_carrier():
    library = Library()
    for _ in range(5):
        bench = Bench(library)
        assert bench.print("3 + 4") == "7"

    assert len(library.carriers.spare) == 1
    assert all(isinstance(each, greenlet) and each.gr_frame is not None for each in library.carriers.spare)


def test_a_process_that_ended_shows_no_frames_of_the_one_that_runs_on_its_carrier(make_bench):
    bench, other = make_bench(), make_bench()
    ended = bench.run("3 + 4")
    running = other.image.start("[ Processor yield ] repeat")
    running.run_slice()

    assert ended.frames() == []
    assert running.frames() != []
    running.stop(Interrupted("enough"))
    while not running.run_slice():
        pass
    assert running.frames() == []
