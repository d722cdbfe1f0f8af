"""A Smalltalk process: a greenlet that runs in slices, may be stopped at each tick, and ends with an outcome."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import TYPE_CHECKING

from attrs import frozen
from greenlet import GreenletExit, getcurrent, greenlet

from stui_actors.errors import EvaluationError, ParseError, ResourceExhausted, StuiError
from stui_actors.smalltalk import stack
from stui_actors.smalltalk.bindings import info_of
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.objects import Character, StString
from stui_actors.smalltalk.unwinding import Deadline, Departure, Handler, Signal, Stop, TimeIsUp

if TYPE_CHECKING:  # an image makes its processes
    from stui_actors.smalltalk.image import Image

NAME = 100  # characters of a process's name that are told
CLEANUP_SLICE = 0.001  # seconds that one slice of ensure blocks counts against their budget
UNPRINTED = frozenset(("Fork", "Value"))  # modes of processes whose value nobody reads as text
PLAIN = frozenset((int, float, bool, type(None), str, StString, Character))
SHORT = 1000  # elements that are looked at one by one
OUTPUT_MARK = "... [output cut]"
PYTHON_FAULTS = (ArithmeticError, AttributeError, LookupError, TypeError, ValueError, RuntimeError, AssertionError)


@frozen
class Outcome:
    """How a process ended: ``value`` with its texts, or ``error``."""

    value: object = None
    text: str | None = None
    display: str | None = None
    class_name: str = ""
    error: StuiError | None = None


class Process:
    """Runs ``body`` in ``image`` slice by slice."""

    def __init__(self, image: "Image", body: Callable[[], object], *, mode: str = "Execute") -> None:
        self.image = image
        self.body = body
        self.mode = mode
        self.handlers: Handler | None = None
        self.signals: Signal | None = None
        self.deadlines: list[Deadline] = []  # of the blocks that run, the outermost first
        self.changed = True  # for all that is known, anything
        self.assigned: frozenset[str] = frozenset()  # the workspace's variables that it assigned beside that
        self.warnings: list[str] = []
        self.outcome: Outcome | None = None
        self.wakes_at: float | None = None  # on the image's clock; None: it can run now
        self.is_suspended = False
        self.yielded = False  # it gave way of its own will
        self.turns_given = 0  # to others, since it gave way
        self.truncated = False
        self.max_output = image.settings.max_output
        self._output: list[str] = []
        self._output_size = 0
        self._stopping: StuiError | None = None
        self._pending: Stop | None = None
        self._cleanup_left = -1
        self._greenlet: greenlet | None = None
        self._fatal: EvaluationError | None = None
        self.object: object = None
        self.number = 0  # of a forked one
        self.parent = 0  # the number of who forked it; 0: an evaluation did
        self.saw_shared = False  # it began when its image had no tables of its own: its code may hold the library's
        self.root: Process | None = None  # the evaluation that it came from, while that runs
        self.origin: object = None  # what the evaluation was run for

    # -- from outside

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.outcome is not None

    @property
    def is_cleaning_up(self) -> bool:
        """Whether it ends, and runs its ensure blocks: these wait for nothing, so that their budget is used up."""
        return self._cleanup_left >= 0 and not self.is_over

    @property
    def is_stopping(self) -> bool:
        """Whether it is to end at its next tick."""
        return self._pending is not None

    @property
    def transcript(self) -> str:
        """What was written so far."""
        if len(self._output) > 1:
            self._output = ["".join(self._output)]
        return self._output[0] if self._output else ""

    def take_output(self) -> str:
        """What was written since this was asked last; from now on there is room for as much again."""
        text = self.transcript
        self._output, self._output_size, self.truncated = [], 0, False
        return text

    @property
    def console(self) -> "Process":
        """Whose transcript it writes to: that of its evaluation, or its own once that has ended."""
        return self if self.root is None else self.root

    @property
    def error(self) -> StuiError | None:
        """What it ended with, if it failed."""
        return None if self.outcome is None else self.outcome.error

    @property
    def name(self) -> str | None:
        """What Smalltalk code called it."""
        name = getattr(self.object, "i_name", None)
        return str(name)[:NAME] if isinstance(name, str | StString) else None

    @property
    def state(self) -> str:
        """Whether it is running, waiting, suspended or over."""
        if self.is_over:
            return "over"
        if self.is_suspended:
            return "suspended"
        return "running" if self.wakes_at is None else "waiting"

    def run_slice(self) -> bool:
        """Run until the slice is over, it waits, or it has ended; true in the last case."""
        if self.outcome is None:
            self.image.scheduler.run(self)
        return self.outcome is not None

    def stop(self, error: StuiError | None) -> None:
        """End it with ``error`` at the next tick; its ensure blocks get their budget."""
        if self.outcome is None and self._pending is None and self._stopping is None:
            self._pending = Stop(error)
            self.wakes_at = None
            self.is_suspended = False
            if self._greenlet is None:
                self.outcome = Outcome(error=error)

    def abandon(self) -> None:
        """Throw away what it was doing; none of its ensure blocks runs.

        A suspended greenlet and its frames hold each other where no garbage collector sees it.
        """
        if self._greenlet is not None and not self.is_over:
            self._greenlet.parent = getcurrent()
            self._greenlet.throw(GreenletExit)
        if self.outcome is None:
            self.outcome = Outcome()

    def enter(self) -> None:
        """Switch to it; come back when it gives way. For the scheduler, with everything installed."""
        carrier = self._greenlet
        if carrier is None:
            carrier = self._greenlet = self.image.library.carriers.take()
            self.saw_shared = not self.image.has_own_tables
            carrier.parent = getcurrent()
            carrier.switch(self._run)
        else:
            carrier.parent = getcurrent()
            carrier.switch()
        if self.outcome is not None:
            self._greenlet = None  # it carries another one soon

    def frames(self) -> list[FrameType]:
        """Where it is suspended."""
        frame = None if self._greenlet is None else self._greenlet.gr_frame
        return [] if frame is None else [frame]

    # -- from inside

    def poll(self) -> None:
        """A tick that saw the flag: give way, then go on or stop."""
        self.image.preemption.reset()
        self.give_way()

    def poll_if_due(self) -> None:
        """A tick in Python code."""
        if self.image.library.code_globals["FLAG"]:
            self.poll()

    def yield_turn(self) -> None:
        """Let the image's other processes run."""
        self.yielded = True
        self.give_way()

    def give_way(self) -> None:
        """Let others run; raise what stops the process."""
        current = self._greenlet
        if current is not None and current is getcurrent():
            parent = current.parent
            assert parent is not None, "a process without a scheduler"
            parent.switch()
        self.check()

    def check(self) -> None:
        """Raise what stops the process, if anything does."""
        if self._pending is not None:
            stop, self._pending = self._pending, None
            self._begin_stop(stop.error)
            raise stop
        if self._cleanup_left > 0:
            self._cleanup_left -= 1
        elif self._cleanup_left == 0:
            raise Stop(self._stopping)
        elif self.deadlines:
            self._check_deadlines()
        self.image.memory.check()

    def _check_deadlines(self) -> None:
        now = self.image.clock()
        for each in self.deadlines:
            if now >= each.at and not each.is_over:
                each.is_over = True
                raise TimeIsUp(each)

    def wait_until(self, time: float) -> None:
        """Let others run until then, by the image's clock, or until a block's time is up."""
        times = (each.at for each in self.deadlines if not each.is_over)
        self.wakes_at = min((time, *times))
        self.yield_turn()

    def exhausted(self, error: StuiError) -> Stop:
        """What to raise for a limit that code has hit."""
        self._begin_stop(error)
        return Stop(error)

    def _begin_stop(self, error: StuiError | None) -> None:
        if self._cleanup_left < 0:
            self._cleanup_left = int(self.image.settings.cleanup_budget / CLEANUP_SLICE)
            self._stopping = error

    def begin_cleanup(self, leaving: BaseException) -> None:
        """An ensure block is about to run because ``leaving`` ends the process."""
        if not isinstance(leaving, Stop):
            self._begin_stop(_as_limit(self.image, leaving))

    def smalltalk_process(self) -> object:
        """The Process that stands for this one."""
        if self.object is None:
            self.object = MACHINE.new("Process", i_state="running", i_priority=40)
        return self.object

    def write(self, text: str) -> None:
        """Append to the transcript; what exceeds its limit is left out and marked."""
        if self.truncated or not text:
            return
        room = self.max_output - self._output_size
        if len(text) > room:
            self.truncated = True
            text = text[:room] + OUTPUT_MARK
        self._output_size += len(text)
        self._output.append(text)

    def may_change(self) -> None:
        """Nothing is proved of it any more; what it allocates from now on counts."""
        if not self.changed:
            self.changed = True
            self.image.memory.begin_slice(self)

    def clear_transcript(self) -> None:
        """Forget what was written."""
        self._output, self._output_size = [], 0

    def fail(self, exception: object, frame: FrameType | None) -> Stop:
        """What to raise for an exception that nobody handles."""
        if self._fatal is not None:  # describing the first one failed
            return Stop(self._fatal)
        name = MACHINE.class_name(exception)
        self._fatal = EvaluationError(name, exception_class=name, message_text="", receiver="", stack_trace="")
        self._fatal.details["stack_trace"] = stack.stack_text(stack.signaler_frame(frame, exception))
        self._describe(exception, self._fatal)
        error, self._fatal = self._fatal, None
        self._begin_stop(error)
        return Stop(error)

    def _describe(self, exception: object, error: EvaluationError) -> None:
        """Ask the exception for its texts; what it fails to answer stays as it is."""
        self.handlers = None
        error.details["message_text"] = self._text_of(exception, "messageText")
        error.message = self._text_of(exception, "description") or error.message
        error.args = (error.message,)
        error.details["description"] = error.message
        receiver = MACHINE.send(exception, "receiver")
        error.details["receiver"] = self._text_of(receiver, "printString")

    def _text_of(self, value: object, selector: str) -> str:
        text = MACHINE.send(value, selector)
        return str(text)[: self.image.settings.max_print] if isinstance(text, str | StString) else ""

    # -- the greenlet

    def _run(self) -> None:
        """The greenlet's function: nothing leaves it."""
        try:
            self.image.memory.check_before()
            self.outcome = self._finished(self.body())
        except Stop as stop:
            self.outcome = Outcome(error=stop.error)
            if self.mode != "Fork" and stop.error is None:
                self.outcome = Outcome(error=_terminated())
            elif stop.error is not None and self.mode == "Fork":
                self.console.write(f"{stop.error.message} (in a forked process)\n")
        except ParseError as error:
            self.changed = False
            self.outcome = Outcome(error=error)
        except Departure:
            self.outcome = Outcome(error=EvaluationError("A return found no activation to return to."))
        except (RecursionError, MemoryError) as error:
            self.outcome = Outcome(error=_as_limit(self.image, error))
        except PYTHON_FAULTS as fault:
            self.outcome = Outcome(error=_as_fault(fault))

    def _finished(self, value: object) -> Outcome:
        """The outcome of a do-it, its texts made within its budget."""
        if self.mode in UNPRINTED:
            return Outcome(value)
        if not self.changed and not _prints_alone(value):
            self.may_change()
        text = self._text_of(value, "printString")
        display = self._text_of(value, "displayString") if self.mode == "Display" else None
        return Outcome(value, text, display, MACHINE.class_name(value))


def _prints_alone(value: object) -> bool:
    """Whether printing a value runs no code that a client wrote; its image must have changed nothing."""
    if MACHINE.image.overlays:
        return False
    if isinstance(value, list) and len(value) <= SHORT:
        return all(each.__class__ in PLAIN for each in value)
    return value.__class__ in PLAIN


def _as_limit(image: "Image", error: BaseException) -> StuiError:
    if isinstance(error, RecursionError):
        limit = image.settings.max_depth
        return ResourceExhausted(f"More than {limit} calls within calls.", limit="depth", value=limit)
    if isinstance(error, MemoryError):
        limit = image.settings.max_memory
        return ResourceExhausted(f"The workspace would exceed {limit} bytes.", limit="memory", value=limit)
    return _as_fault(error)


def _terminated() -> StuiError:
    text = "The process of this evaluation was terminated."
    return EvaluationError(text, exception_class="ProcessTermination", message_text=text, receiver="", stack_trace="")


def _as_fault(fault: BaseException) -> StuiError:
    """A mistake in a primitive, told without Python's words."""
    place = fault.__traceback__
    while place is not None and place.tb_next is not None:
        place = place.tb_next
    in_smalltalk = place is not None and info_of(place.tb_frame.f_code) is not None
    name, text = "PrimitiveFailed", "a primitive failed in a way that it should not."
    if in_smalltalk and isinstance(fault, AttributeError | KeyError):
        name, text = "VariableGone", "a variable was removed while code that uses it was running."
    error = EvaluationError(f"{name}: {text}", exception_class=name, message_text="", receiver="", stack_trace="")
    error.__cause__ = fault if name == "PrimitiveFailed" and isinstance(fault, Exception) else None
    if place is not None and sys.version_info >= (3, 11):
        error.details["stack_trace"] = stack.stack_text(place.tb_frame)
    return error
