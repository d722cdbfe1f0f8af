"""Primitives of processes, semaphores, delays and the Transcript."""

import math
from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString


def sleep(_: object, nanoseconds: object) -> object:
    """Let others run until so much time has passed; fails for what is no Integer."""
    if nanoseconds.__class__ is not int:
        return FAIL
    MACHINE.process.wait_until(MACHINE.monotonic() + min(nanoseconds, 10**18) / 1e9)
    return None


def semaphore_sleep(semaphore: object) -> object:
    """Sleep until the semaphore is signalled."""
    process, waiting = MACHINE.process, MACHINE.image.scheduler.waiting
    place = (semaphore, process)
    waiting.append(place)
    try:
        process.wait_until(math.inf)
    finally:  # who left without a signal must not be given one
        waiting[:] = [each for each in waiting if each is not place]
    return None


def semaphore_wake(semaphore: object) -> object:
    """Wake the process that has waited longest."""
    waiting = MACHINE.image.scheduler.waiting
    for index, (each, process) in enumerate(waiting):
        if each is semaphore and not process.is_over:
            del waiting[index]
            process.wakes_at = None
            MACHINE.image.scheduler.give_way_to(process)
            break
    return semaphore


def waiting_count(semaphore: object) -> int:
    """How many processes sleep until it is signalled."""
    waiting = MACHINE.image.scheduler.waiting
    return sum(each is semaphore and not process.is_over for each, process in waiting)


def resume(smalltalk_process: object) -> object:
    """Start a process, or let a suspended one go on; fails for one that has ended."""
    scheduler = MACHINE.image.scheduler
    if not scheduler.resume(smalltalk_process):
        return FAIL
    scheduler.give_way_to(scheduler.process_of(smalltalk_process))
    return smalltalk_process


def suspend(smalltalk_process: object) -> object:
    """Let a process rest until it is resumed; fails for one that does not run."""
    process = MACHINE.image.scheduler.process_of(smalltalk_process)
    if process is None or process.is_over:
        return FAIL
    process.is_suspended = True
    if process is MACHINE.process:
        process.yield_turn()
    return smalltalk_process


def terminate(smalltalk_process: object) -> object:
    """End a process; when this answers it has ended, and its ensure blocks have run, or used up their budget."""
    process = MACHINE.image.scheduler.process_of(smalltalk_process)
    if process is None:
        smalltalk_process.i_state = "terminated"  # type: ignore[attr-defined]  # a Process has it
        return smalltalk_process
    process.stop(None)
    if process is MACHINE.process:
        process.check()
    while not (process.is_over or MACHINE.process.is_cleaning_up):
        MACHINE.process.yield_turn()
    return smalltalk_process


def is_terminated(smalltalk_process: object) -> object:
    """Whether it has ended; fails for one that never began."""
    process = MACHINE.image.scheduler.process_of(smalltalk_process)
    return FAIL if process is None else process.is_over


def is_suspended(smalltalk_process: object) -> object:
    """Whether it rests; fails for one that never began."""
    process = MACHINE.image.scheduler.process_of(smalltalk_process)
    return FAIL if process is None else process.is_suspended


def yield_turn(scheduler: object) -> object:
    """Let the others run first."""
    MACHINE.process.yield_turn()
    return scheduler


def append(transcript: object, text: object) -> object:
    """Write to the client's transcript; fails for what is no text."""
    if not isinstance(text, str | StString):
        return FAIL
    MACHINE.process.console.write(str(text))
    return transcript


def clear(transcript: object) -> object:
    """Forget what was written."""
    MACHINE.process.console.clear_transcript()
    return transcript


def limit_to(smalltalk_process: object, nanoseconds: object) -> object:
    """Move the innermost deadline of the running process; fails for other processes, and where there is none."""
    process = MACHINE.process
    if process.object is not smalltalk_process or not process.deadlines or nanoseconds.__class__ is not int:
        return FAIL
    process.deadlines[-1].at = MACHINE.monotonic() + max(0, min(nanoseconds, 10**18)) / 1e9
    return smalltalk_process


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Delay.sleepNanoseconds:": sleep,
    "Semaphore.sleep": semaphore_sleep,
    "Semaphore.wakeOne": semaphore_wake,
    "Semaphore.waitingCount": waiting_count,
    "Process.resume": resume,
    "Process.suspend": suspend,
    "Process.terminate": terminate,
    "Process.limitToNanoseconds:": limit_to,
    "Process.isTerminated": is_terminated,
    "Process.isSuspended": is_suspended,
    "ProcessorScheduler.yield": yield_turn,
    "ProcessorScheduler.activeProcess": lambda _: MACHINE.process.smalltalk_process(),
    "ThreadSafeTranscript.append:": append,
    "ThreadSafeTranscript.clear": clear,
}
