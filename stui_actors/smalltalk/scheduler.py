"""Gives the processes of one image their turns, with everything installed that running code expects."""

import sys
from collections import deque
from collections.abc import Iterator
from math import inf
from typing import TYPE_CHECKING

from stui_actors.errors import ResourceExhausted
from stui_actors.smalltalk.control import call
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.process import Process

if TYPE_CHECKING:  # an image has a scheduler
    from stui_actors.smalltalk.image import Image

MAX_OVER = 1000  # that are remembered until somebody asks
USUAL_PRIORITY = 40
PRIORITY_OF_ENDING = 80  # of a process that ends: somebody may wait for that, and its budget is small
SLICES_OF_TURN = 10  # that a forked process may use before others run too, though it gives way to nobody


def priority_of(process: Process) -> int:
    """As Smalltalk has it; an evaluation's is the usual one, and what is to end goes first."""
    if process.is_stopping or process.is_cleaning_up:
        return PRIORITY_OF_ENDING
    found = getattr(process.object, "i_priority", USUAL_PRIORITY)
    return found if isinstance(found, int) else USUAL_PRIORITY


class Scheduler:
    """The processes of an image: one evaluation at a time, and those that it forked."""

    def __init__(self, image: "Image") -> None:
        self.image = image
        self.forked: deque[Process] = deque()
        self.waiting: list[tuple[object, Process]] = []  # semaphores with who sleeps on them
        self.evaluations: list[Process] = []  # that have begun and are not over
        self.over: deque[Process] = deque(maxlen=MAX_OVER)  # forked ones that left an error or output behind
        self.ended: list[str] = []  # what was ended so that the image can leave memory, in words
        self.last_number = 0
        self.slices_of_turn = 0  # used by the forked process that ran last, if its turn is not over

    def run(self, process: Process) -> None:
        """A slice for ``process``; or for a forked one, where that waits, or gave way by itself to all who can run.

        So a forked process runs when others let it, as in Pharo, and not because a slice of time is over.
        """
        if process not in self.evaluations:
            self.evaluations.append(process)
        if process.turns_given > 0 and not process.is_stopping and self.run_background(but=process):
            if self.slices_of_turn == 0:
                process.turns_given -= 1
            return
        process.turns_given = 0
        if not self._can_run(process):
            self.run_background(but=process)
            return
        process.yielded = False
        self._slice(process)
        if process.yielded:
            process.turns_given = self._turns_for_others(process)

    def _turns_for_others(self, process: Process) -> int:
        """A turn for each that can run and has no lower priority; for those below it, where there is none."""
        ready = [priority_of(each) for each in self.forked if each is not process and self._can_run(each)]
        return sum(each >= priority_of(process) for each in ready) or len(ready)

    def run_background(self, *, but: Process | None = None) -> bool:
        """A slice for the next forked process of the highest priority that can run; false if there is none."""
        for each in [each for each in self.forked if each.is_over]:
            self.forked.remove(each)
        ready = [each for each in self.forked if each is not but and self._can_run(each)]
        if not ready:
            return False
        chosen = max(ready, key=priority_of)  # the first of several
        chosen.yielded = False
        self._slice(chosen)
        if chosen in self.forked:
            self.forked.remove(chosen)
            self._end_of_slice(chosen)
        return True

    def _end_of_slice(self, process: Process) -> None:
        """Put it first if its turn is not over yet: it was cut short, as its code never sees; else last."""
        is_cut = not (process.is_over or process.yielded or process.is_suspended)
        self.slices_of_turn = self.slices_of_turn + 1 if is_cut else 0
        if is_cut and self.slices_of_turn < SLICES_OF_TURN:
            self.forked.appendleft(process)
        elif not process.is_over:
            self.slices_of_turn = 0
            self.forked.append(process)

    def give_way_to(self, process: Process | None) -> None:
        """Let a process that can run again go first, if its priority is above that of the one that runs."""
        if process is not None and priority_of(process) > priority_of(MACHINE.process):
            MACHINE.process.yield_turn()

    def idle_until(self, process: Process) -> float | None:
        """When ``process`` or a forked one can run next, on the image's clock; None if one can run now.

        Infinity where all of them wait for each other.
        """
        alive = [each for each in (process, *self.forked) if not each.is_over]
        if any(self._can_run(each) for each in alive):
            return None
        return min((each.wakes_at for each in alive if each.wakes_at is not None), default=inf)

    def background_until(self) -> float | None:
        """When the first forked process can run, on the image's clock; None if one can run now, infinity if none ever.

        What waits for a semaphore, or is suspended, wakes only by the hand of another.
        """
        if any(self._can_run(each) for each in self.forked):
            return None
        times = (each.wakes_at for each in self.alive() if not each.is_suspended)
        return min((each for each in times if each is not None), default=inf)

    def alive(self) -> list[Process]:
        """The forked processes that have not ended."""
        return [each for each in self.forked if not each.is_over]

    def add(self, process: Process) -> None:
        """Take a new process in; raise ResourceExhausted beyond the limit."""
        limit = self.image.settings.max_processes
        if len(self.alive()) >= limit:
            error = ResourceExhausted(f"More than {limit} processes.", limit="processes", value=limit)
            raise MACHINE.process.exhausted(error)
        self.forked.append(process)

    def process_of(self, smalltalk_process: object) -> Process | None:
        """The process that a Smalltalk Process stands for, if it ever began."""
        for each in self.forked:
            if each.object is smalltalk_process:
                return each
        running = self.image.running
        return running if running is not None and running.object is smalltalk_process else None

    def resume(self, smalltalk_process: object) -> bool:
        """Start it, or let it go on; false for one that has ended."""
        process = self.process_of(smalltalk_process)
        if process is not None:
            process.is_suspended = False
            return not process.is_over
        if getattr(smalltalk_process, "i_state", None) == "terminated":
            return False
        smalltalk_process.i_state = "terminated"  # type: ignore[attr-defined]  # what it is once this process is gone
        block = getattr(smalltalk_process, "i_block", None)
        made = Process(self.image, lambda: call(block), mode="Fork")
        made.object = smalltalk_process
        self._adopt(made, MACHINE.process)
        self.add(made)
        return True

    def _adopt(self, made: Process, parent: Process) -> None:
        self.last_number += 1
        made.number, made.parent, made.origin = self.last_number, parent.number, parent.origin
        made.root = parent.root if parent.mode == "Fork" else parent

    def terminate_all(self) -> int:
        """Stop all processes; answer how many there were. Each is given its budget for ensure blocks."""
        count = len(self.alive())
        for _ in self.terminating():
            pass
        return count

    def terminating(self) -> Iterator[None]:
        """Stop all processes, slice by slice; what they fork meanwhile never begins."""
        for each in self.alive():
            each.stop(None)
            while not each.is_over:
                self._slice(each)
                yield
        self.forked.clear()

    def abandon(self) -> None:
        """Throw all processes away, an evaluation that is not over too: nothing of them runs any more."""
        for each in (*self.forked, *self.evaluations):
            each.abandon()
        self.evaluations.clear()
        self.forked.clear()
        self.waiting.clear()

    def _can_run(self, process: Process) -> bool:
        if process.is_cleaning_up:
            process.wakes_at, process.is_suspended = None, False
        if process.is_over or process.is_suspended:
            return False
        if process.wakes_at is not None:
            if self.image.clock() < process.wakes_at:
                return False
            process.wakes_at = None
        return True

    def _slice(self, process: Process) -> None:
        image = self.image
        limit = sys.getrecursionlimit()
        before = MACHINE.saved()
        image.install(process)
        own = image.code_globals  # made now at the latest: code that is compiled during the slice sees its flag
        image.preemption.begin((image.library.code_globals, own))
        sys.setrecursionlimit(limit + image.settings.max_depth)
        image.memory.begin_slice(process)
        try:
            process.enter()
        finally:
            sys.setrecursionlimit(limit)
            image.preemption.end()
            image.memory.end_slice(ended=process.is_over)
            image.library.uninstall()
            MACHINE.restore(before)
        if process.is_over:
            self._note_end(process)

    def _note_end(self, process: Process) -> None:
        if process.mode != "Fork":
            self.evaluations.remove(process)
            for each in self.forked:
                each.root = None if each.root is process else each.root
        elif process.error is not None or (process.console is process and process.transcript):
            self.over.append(process)
