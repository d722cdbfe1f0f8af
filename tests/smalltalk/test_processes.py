"""Processes: forked ones beside an evaluation, waiting by the clock and for each other, and their end."""

import gc
import math

import pytest
from greenlet import greenlet

from stui_actors.errors import Interrupted
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.preemption import SLICE, TimerPreemption


def test_a_forked_process_runs_beside_the_evaluation(bench):
    assert bench.print("| s | s := Semaphore new. [ x := 3. s signal ] fork. s wait. x") == "3"


def test_forked_processes_take_turns(bench):
    source = """
    | done log |
    log := OrderedCollection new.
    done := Semaphore new.
    #(1 2) do: [ :n | [ 3 timesRepeat: [ log add: n. Processor yield ]. done signal ] fork ].
    done wait; wait.
    log asArray"""

    assert bench.print(source) == "#(1 2 1 2 1 2)"


def test_a_delay_waits_on_the_hosts_clock(bench):
    process = bench.image.start("(Delay forMilliseconds: 500) wait. 7")
    assert process.run_slice() is False
    assert process.wakes_at == 0.5
    assert process.run_slice() is False

    bench.now = 0.5

    assert process.run_slice() is True
    assert process.outcome.text == "7"


def test_what_waits_can_be_stopped(bench):
    for source in ("(Delay forSeconds: 100) wait", "Semaphore new wait"):
        error = bench.fail(source, stop_after=2, error=Interrupted("stopped"))

        assert isinstance(error, Interrupted)


def test_a_process_that_was_stopped_before_it_began_never_runs(bench):
    process = bench.image.start("x := 3")
    process.stop(Interrupted("at once"))

    assert process.run_slice() is True
    assert process.outcome.error.error_type == "Interrupted"
    assert bench.print("x") == "nil"


def test_forked_processes_outlive_their_evaluation_and_die_with_the_image(bench):
    bench.print("n := 0. [ [ n := n + 1. Processor yield ] repeat ] fork. 7")
    for _ in range(5):
        assert bench.image.scheduler.run_background()

    assert int(bench.print("n")) >= 5
    assert bench.image.terminate_processes() == 1
    assert not bench.image.scheduler.run_background()


def test_termination_runs_ensure_blocks(bench):
    bench.print("p := [ [ [ Processor yield ] repeat ] ensure: [ ended := 1 ] ] fork. Processor yield")

    assert bench.print("p terminate. Processor yield; yield. { ended. p isTerminated }") == "#(1 true)"


def test_a_process_that_was_suspended_rests_until_it_is_resumed(bench):
    bench.print("n := 0. p := [ [ n := n + 1. Processor yield ] repeat ] fork. Processor yield. p suspend")

    before = bench.print("n")
    assert bench.print("Processor yield; yield. n") == before
    assert int(bench.print("p resume. Processor yield; yield. n")) > int(before)
    bench.image.terminate_processes()


def test_an_error_in_a_forked_process_does_not_end_the_evaluation(bench):
    process = bench.run("[ 1 / 0 ] fork. Processor yield; yield. 7")

    assert process.outcome.text == "7"
    assert "ZeroDivide" in process.transcript


def test_a_return_to_a_method_of_another_process_cannot_be(bench):
    bench.define(
        "Own",
        "go | s seen | s := Semaphore new. [ [ ^ 3 ] on: Error do: [ :e | seen := e class ]. s signal ] fork. s wait. "
        "^ seen",
    )

    assert bench.print("Own new go") == "BlockCannotReturn"


def test_the_same_program_is_switched_at_the_same_places(make_bench):
    def slices(ticks):
        bench = make_bench()
        bench.image.preemption.ticks = ticks
        process = bench.image.start("| n | n := 0. [ n < 20000 ] whileTrue: [ n := n + 1 ]. n")
        count = 1
        while not process.run_slice():
            count += 1
        return count, process.outcome.text

    assert slices(1000) == slices(1000)
    assert slices(1000)[0] == 21
    assert slices(100)[0] > 200


def test_the_timer_ends_slices_too(shared_library, make_bench):
    bench = make_bench()
    bench.image.preemption = TimerPreemption(SLICE)
    process = bench.image.start("[ true ] whileTrue")

    for _ in range(3):
        assert process.run_slice() is False
    process.stop(Interrupted("enough"))
    while not process.run_slice():
        pass

    assert process.outcome.error.error_type == "Interrupted"


WITHIN = {
    "in the process of its sender": ("| p | p := Processor activeProcess. [ p == Processor activeProcess ]", "true"),
    "and its value is the block's": ("[ 3 + 4 ]", "7"),
    "but no longer than its time": ("[ [ true ] whileTrue ]", "#late"),
    "nor waits longer for the clock": ("[ (Delay forSeconds: 1000) wait. 7 ]", "#late"),
    "nor for a semaphore": ("[ Semaphore new wait. 7 ]", "#late"),
    "whatever it handles": ("[ [ [ true ] whileTrue ] on: Exception do: [ :e | 7 ] ]", "#late"),
    "however it is nested": (
        "[ [ [ true ] whileTrue ] valueWithin: (Duration seconds: 100) onTimeout: [ #inner ] ]",
        "#late",
    ),
}


@pytest.mark.parametrize(("block", "printed"), WITHIN.values(), ids=WITHIN.keys())
def test_a_block_within_a_time_runs(make_bench, block, printed):
    bench = make_bench()

    assert run_with_time(bench, f"{block} valueWithin: (Duration milliSeconds: 50) onTimeout: [ #late ]") == printed


def run_with_time(bench, source):
    """What a do-it prints; each slice takes a hundredth of a second."""
    process = bench.image.start(source)
    while not process.run_slice():
        bench.now += 0.01
    assert process.outcome.error is None
    return process.outcome.text


def test_ensure_blocks_of_a_block_whose_time_is_up_run_whole_and_before_what_follows(bench):
    source = """
    log := OrderedCollection new.
    [ [ [ true ] whileTrue ] ensure: [ 5000 timesRepeat: [ ]. (Delay forSeconds: 1) wait. log add: #ensured ] ]
        valueWithin: (Duration milliSeconds: 50) onTimeout: [ log add: #late ].
    log asArray"""

    assert run_with_time(bench, source) == "#(#ensured #late)"


def test_a_block_within_a_time_returns_from_its_method(bench):
    bench.define("Own", "go [ ^ 3 ] valueWithin: (Duration seconds: 1) onTimeout: [ 4 ]. ^ 5")

    assert bench.print("Own new go") == "3"


def test_handlers_are_the_senders_again_after_a_time_is_up(bench):
    source = """
    [ [ [ [ true ] whileTrue ] on: ZeroDivide do: [ :e | #inner ] ]
        valueWithin: (Duration milliSeconds: 50) onTimeout: [ 1 / 0 ] ]
        on: ZeroDivide do: [ :e | #outer ]"""

    assert run_with_time(bench, source) == "#outer"


def test_an_error_in_a_block_within_a_time_can_be_resumed_from_outside(bench):
    source = """
    [ [ (Warning signal: 'x') + 1 ] valueWithin: (Duration seconds: 1) onTimeout: [ 0 ] ]
        on: Warning do: [ :e | e resume: 6 ]"""

    assert run_with_time(bench, source) == "7"


def test_a_semaphore_gives_no_signal_to_who_no_longer_waits(bench):
    source = """
    s := Semaphore new.
    waited := s waitTimeoutMilliseconds: 50.
    s signal.
    { waited. s waitTimeoutMilliseconds: 50. s waitTimeoutMilliseconds: 50 }"""

    assert run_with_time(bench, source) == "#(true false true)"
    assert bench.image.scheduler.waiting == []


def test_a_process_that_is_thrown_away_runs_nothing_in_the_image_that_happens_to_run(bench, make_bench):
    lost = make_bench()
    lost.print(
        "box := Array with: #untouched. [ [ [ Processor yield ] repeat ] ensure: [ box at: 1 put: #touched ] ] fork"
    )
    lost.print("Processor yield")
    box = lost.image.variables["box"]
    running = bench.image.start("[ true ] whileTrue")
    running.run_slice()
    before = MACHINE.saved()
    bench.image.install(running)

    del lost
    gc.collect()

    bench.image.library.uninstall()
    MACHINE.restore(before)
    assert box == ["untouched"]
    assert running.is_over is False


def test_what_a_process_writes_goes_to_its_evaluation_and_to_itself_once_that_has_ended(bench):
    process = bench.run(
        "p := [ Transcript show: 'one'. Processor yield. Transcript show: 'two' ] fork. Processor yield"
    )
    forked = bench.image.scheduler.alive()[0]

    bench.run("Processor yield. Transcript show: 'other'")

    assert process.transcript == "one"
    assert forked.take_output() == "two"
    assert forked.transcript == ""


def test_forked_processes_are_numbered_and_know_who_forked_them(bench):
    process = bench.image.start(
        "[ [ Semaphore new wait ] forkNamed: 'inner'. Semaphore new wait ] fork. Processor yield"
    )
    process.origin = "request"
    while not process.run_slice():
        pass

    outer, inner = sorted(bench.image.scheduler.alive(), key=lambda each: each.number)

    assert (outer.number, outer.parent, outer.name, outer.state) == (1, 0, None, "waiting")
    assert (inner.number, inner.parent, inner.name, inner.origin) == (2, 1, "inner", "request")


def test_who_waits_for_a_semaphore_wakes_by_the_hand_of_another_only(bench):
    bench.print("s := Semaphore new. p := [ s wait ] fork. Processor yield")
    assert bench.image.scheduler.background_until() == math.inf

    bench.print("s signal")
    assert bench.image.scheduler.background_until() is None

    bench.print("p suspend")
    assert bench.image.scheduler.background_until() == math.inf


def greenlets_at_work(library):
    gc.collect()
    spare = set(library.carriers.spare)
    return sum(isinstance(each, greenlet) and each not in spare for each in gc.get_objects())


def test_a_workspace_that_is_abandoned_leaves_no_greenlet_and_runs_nothing_of_its_processes(make_bench, shared_library):
    before = greenlets_at_work(shared_library)
    bench = make_bench()
    bench.print(
        "box := Array with: #untouched. [ [ [ Processor yield ] repeat ] ensure: [ box at: 1 put: #touched ] ] fork"
    )
    process = bench.image.start("[ [ Processor yield ] repeat ] ifCurtailed: [ box at: 1 put: #touched ]")
    process.run_slice()
    box = bench.image.variables["box"]

    bench.image.scheduler.abandon()
    assert process.is_over
    del bench, process

    assert box == ["untouched"]
    assert greenlets_at_work(shared_library) == before
