"""Several images in one process take turns: each one's timer must ring for its own code."""

import signal
import time
from contextlib import suppress

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk import preemption
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.preemption import Bell, CountingPreemption, TimerPreemption
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


class Timer:
    """A timer that rings when its time has come; ``clock`` tells the time, ``now`` sets it.

    Who is at the ``greatest_depth`` can neither set it nor look at the clock. A ring may be ``lost``.
    """

    def __init__(self):
        self.now, self.at, self.interval, self.set, self.bell = 0.0, None, 0, 0, Bell(self.ring_every, self.clock)
        self.bell.is_hung = True
        self.greatest_depth = self.lost = False

    def clock(self):
        return self.now

    def ring_every(self, first, then):
        if self.greatest_depth:
            raise RecursionError
        self.at, self.interval = (self.now + first, then) if first else (None, 0)
        self.set += bool(first)

    def pass_to(self, now):
        while self.at is not None and self.at <= now:
            self.now, self.at = self.at, self.at + self.interval if self.interval else None
            if not self.lost:
                with suppress(RecursionError):
                    self.bell.ring()
        self.now = now


@pytest.fixture
def timer():
    return Timer()


def test_the_signal_is_asked_for_once_and_rings_for_whose_slice_was_begun_last(monkeypatch, timer):
    asked = []
    monkeypatch.setattr(preemption.signal, "signal", lambda number, handler: asked.append((number, handler)))
    bell = timer.bell
    bell.is_hung = False
    first, second = TimerPreemption(1, bell), TimerPreemption(1, bell)
    one, other = {"FLAG": False}, {"FLAG": False}

    first.begin([one])
    first.end()
    second.begin([other])
    timer.pass_to(1)

    assert asked == [(signal.SIGALRM, bell.ring)]
    assert (one["FLAG"], other["FLAG"]) == (False, True)

    second.end()
    bell.ring()  # late: it was under way when the slice ended

    assert (one["FLAG"], other["FLAG"]) == (False, False)


def test_short_slices_set_the_timer_once_together(timer):
    slices = TimerPreemption(1, timer.bell)
    for number in range(9):
        timer.pass_to(number / 10)
        slices.begin([{"FLAG": False}])
        slices.end()

    assert timer.set == 1

    timer.pass_to(5)

    assert timer.set == 1
    assert timer.at is None


def test_a_slice_that_began_while_the_timer_ran_has_its_whole_time(timer):
    code = {"FLAG": False}
    short, long = TimerPreemption(1, timer.bell), TimerPreemption(1, timer.bell)
    short.begin([{}])
    short.end()
    timer.pass_to(0.75)
    long.begin([code])

    timer.pass_to(1.5)
    assert code["FLAG"] is False
    timer.pass_to(1.75)
    assert code["FLAG"] is True


def test_the_bell_rings_again_for_a_slice_that_goes_on(timer):
    code = {"FLAG": False}
    slices = TimerPreemption(1, timer.bell)
    slices.begin([code])

    for now in range(1, 5):
        timer.pass_to(now)
        assert code["FLAG"] is True
        slices.reset()
        assert code["FLAG"] is False


def test_a_shorter_slice_does_not_wait_for_the_end_of_a_longer_one(timer):
    code = {"FLAG": False}
    long, short = TimerPreemption(60, timer.bell), TimerPreemption(1, timer.bell)
    long.begin([{}])
    long.end()
    short.begin([code])

    timer.pass_to(1)

    assert code["FLAG"] is True


def test_a_timer_that_somebody_stopped_is_set_again_by_the_next_slice(timer):
    code = {"FLAG": False}
    slices = TimerPreemption(1, timer.bell)
    slices.begin([{}])
    slices.end()
    timer.at = None
    timer.pass_to(3)

    slices.begin([code])
    timer.pass_to(4)

    assert code["FLAG"] is True


@pytest.mark.parametrize("fault", ["greatest_depth", "lost"])
def test_a_ring_that_comes_to_nothing_is_not_the_last(timer, fault):
    code = {"FLAG": False}
    slices = TimerPreemption(1, timer.bell)
    slices.begin([code])
    setattr(timer, fault, True)
    timer.pass_to(1)
    setattr(timer, fault, False)
    slices.reset()

    timer.pass_to(2)
    assert code["FLAG"] is True

    slices.end()
    slices.begin([code])
    timer.pass_to(3)
    assert code["FLAG"] is True


def test_where_nothing_runs_the_timer_is_stopped(timer):
    slices = TimerPreemption(1, timer.bell)
    slices.begin([{}])
    timer.pass_to(5)
    assert timer.at is not None

    slices.end()
    timer.pass_to(6)
    assert timer.at is None


class Counting(TimerPreemption):
    """Counts the slices that were timed."""

    def __init__(self):
        super().__init__(60, Timer().bell)
        self.begun = 0

    def begin(self, flagged):
        self.begun += 1
        super().begin(flagged)


def timed(image, source):
    image.preemption = Counting()
    image.evaluate(source)
    return image.preemption.begun


@pytest.fixture
def image(library):
    return Image(library, EvaluationSettings(), time.monotonic)


@pytest.mark.parametrize(
    "source",
    [
        "x := 3",
        "x + 1",
        "x := x + 1 * 2",
        "nil",
        "1.5",
        "x foo",
        "[true] whileFalse",
        "'abc'",
        "y := 2. y sqrt",
        "1 / 3",
    ],
)
def test_each_do_it_is_timed_whatever_is_proved_of_it(image, source):
    """What changes nothing may take long all the same: the texts of long integers, for one."""
    image.evaluate("x := 3. Object compile: 'foo ^4'")

    assert timed(image, source) == 1


def test_what_a_short_do_it_answers_is_printed_in_slices(library):
    image = Image(library, EvaluationSettings(), time.monotonic, preemption=CountingPreemption(100))
    image.evaluate("x := (1 to: 900) asArray")
    process = image.start("x")
    slices = 1
    while not process.run_slice():
        slices += 1

    assert not process.changed
    assert slices > 3


def test_a_proved_do_it_that_sends_the_slow_way_is_cut(library):
    image = Image(library, EvaluationSettings(), time.monotonic, preemption=CountingPreemption(100))
    image.evaluate("Object compile: '+ other [true] whileTrue'. x := Object new")
    process = image.start("x + 1")

    assert not process.changed
    assert [process.run_slice() for _ in range(3)] == [False] * 3
    process.abandon()
