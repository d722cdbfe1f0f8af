"""Gives the processes of one image their turns, with everything installed that running code expects."""

import sys
from collections import deque
from math import inf
from typing import TYPE_CHECKING

from stui_actors.errors import ResourceExhausted
from stui_actors.smalltalk.control import call
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.process import Process

if TYPE_CHECKING:  # an image has a scheduler
    from stui_actors.smalltalk.image import Image


class Scheduler:
    """The processes of an image: one evaluation at a time, and those that it forked."""

    def __init__(self, image: "Image") -> None:
        self.image = image
        self.forked: deque[Process] = deque()
        self.waiting: list[tuple[object, Process]] = []  # semaphores with who sleeps on them

    def run(self, process: Process) -> None:
        """A slice for ``process``; or for a forked one, where that waits, and after it where it gave way by itself.

        So a forked process runs when others let it, as in Pharo, and not because a slice of time is over.
        """
        can_run = self._can_run(process)
        process.yielded = False
        if can_run:
            self._slice(process)
        if not can_run or process.yielded:
            self.run_background(but=process)

    def run_background(self, *, but: Process | None = None) -> bool:
        """A slice for the next forked process that can run; false if there is none."""
        for _ in range(len(self.forked)):
            each = self.forked[0]
            self.forked.rotate(-1)
            if each.is_over:
                self.forked.remove(each)
            elif each is not but and self._can_run(each):
                self._slice(each)
                if each.is_over:
                    self.forked.remove(each)
                return True
        return False

    def idle_until(self, process: Process) -> float | None:
        """When ``process`` or a forked one can run next, on the image's clock; None if one can run now.

        Infinity where all of them wait for each other.
        """
        alive = [each for each in (process, *self.forked) if not each.is_over]
        if any(self._can_run(each) for each in alive):
            return None
        return min((each.wakes_at for each in alive if each.wakes_at is not None), default=inf)

    def next_wake(self) -> float | None:
        """When the first sleeping process wakes, on the image's clock; None if one can run now, or there is none."""
        times = [each.wakes_at for each in self.forked if not each.is_over and each.wakes_at is not None]
        return min(times, default=None)

    def add(self, process: Process) -> None:
        """Take a new process in; raise ResourceExhausted beyond the limit."""
        limit = self.image.settings.max_processes
        if sum(not each.is_over for each in self.forked) >= limit:
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
        self.add(made)
        return True

    def terminate_all(self) -> int:
        """Stop all processes; answer how many there were. Each is given its budget for ensure blocks."""
        alive = [each for each in self.forked if not each.is_over]
        for each in alive:
            each.stop(None)
            while not each.is_over:
                self._slice(each)
        self.forked.clear()
        return len(alive)

    def _can_run(self, process: Process) -> bool:
        if process.is_over or process.is_suspended:
            return False
        if process.wakes_at is not None:
            if self.image.clock() < process.wakes_at:
                return False
            process.wakes_at = None
        return True

    def _slice(self, process: Process) -> None:
        image = self.image
        shared = image.library.code_globals
        own = image.own_globals_of_code
        limit = sys.getrecursionlimit()
        before = MACHINE.saved()
        image.install(process)
        image.preemption.begin((shared,) if own is None else (shared, own))
        sys.setrecursionlimit(limit + image.settings.max_depth)
        image.memory.begin_slice()
        try:
            process.enter()
        finally:
            sys.setrecursionlimit(limit)
            image.preemption.end()
            image.memory.end_slice()
            image.library.uninstall()
            MACHINE.restore(before)
