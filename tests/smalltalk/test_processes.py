"""Processes: forked ones beside an evaluation, waiting by the clock and for each other, and their end."""

from stui_actors.errors import Interrupted
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
