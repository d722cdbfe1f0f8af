"""Several images in one process take turns: each one's timer must ring for its own code."""

import signal
import time

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk import preemption
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.preemption import Bell, TimerPreemption
from stui_actors.smalltalk.process import Process


def test_endless_loops_of_several_images_all_give_way_again_and_again(library):
    images = [Image(library, EvaluationSettings(), time.monotonic) for _ in range(3)]
    processes = [image.start("[true] whileTrue") for image in images]

    turns = [[process.run_slice() for process in processes] for _ in range(5)]

    assert turns == [[False] * 3] * 5


def test_code_that_an_image_gets_while_its_first_slice_runs_gives_way_too(make_bench):
    bench = make_bench()
    bench.image.preemption.ticks = 100

    def first_code():
        side = bench.image.record_named("Object").instance
        bench.image.add_method(side, "counting", "tests", "counting 1 to: 10000 do: [ :each | ]. ^ 7")
        return MACHINE.send(3, "counting")

    process = Process(bench.image, first_code)
    slices = 1
    while not process.run_slice():
        slices += 1

    assert process.outcome.text == "7"
    assert slices > 50


def test_the_signal_is_asked_for_once_and_rings_for_whose_slice_was_begun_last(monkeypatch):
    asked, bell = [], Bell()
    monkeypatch.setattr(preemption, "BELL", bell)
    monkeypatch.setattr(preemption.signal, "signal", lambda number, handler: asked.append((number, handler)))
    first, second = TimerPreemption(60), TimerPreemption(60)
    one, other = {"FLAG": False}, {"FLAG": False}

    first.begin([one])
    first.end()
    second.begin([other])
    bell.ring()

    assert asked == [(signal.SIGALRM, bell.ring)]
    assert (one["FLAG"], other["FLAG"]) == (False, True)

    second.end()
    bell.ring()  # late: it was under way when the timer was disarmed

    assert (one["FLAG"], other["FLAG"]) == (False, False)
