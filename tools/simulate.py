"""Runs the whole server on a simulated disk, network and clock, one seed after another. ``--help`` has examples."""

import argparse
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from itertools import islice
from multiprocessing import Pipe, get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.process import BaseProcess
from typing import Generic, TypeVar, cast

from attrs import define, field

from runners import Found, Outcome, Runner, Search, module, new_runner, sharing_runner

VIOLATED = 1
INTERRUPTED = 130  # as shells say it of a program that SIGINT ended
PROGRESS = 10.0  # seconds between two lines that tell how far it is
EXAMPLES = """examples:
  simulate.py --seed 1 --seeds 500     run seeds 1 to 500, on all cores
  simulate.py --seed 17                run seed 17 and print all that happened: the same text each time
  simulate.py --seed 1 --seeds 500 --shared
                                       the same with two or three servers that share a PostgreSQL database, which is
                                       started for it: its programs must be on the machine
  simulate.py --seed 1 --seeds 500 --plants "identity lost" "close not saved"
                                       plant each bug in the server, and print the first seed that finds it and that
                                       breaks no promise without it. Without names: all that the tests plant

A seed decides everything: how many clients there are and what they do, what goes wrong and when, and which of two
tasks runs first. So a seed that broke a promise breaks it again, on any machine, as long as the code is the same.
docs/durability.rst says what is tried, what is compared, and what is not tried.

exit status: 0 if no promise was broken (with --plants: if each bug was found), 1 otherwise, 2 for options that make no
sense, 130 after Ctrl-C unless a promise was broken before.
"""

T = TypeVar("T")
R = TypeVar("R")


# Many processes


def _work(task: Callable[[T], R], ours: Connection, inherited: Sequence[Connection]) -> None:
    """Do one task after another, in a process of its own, until nobody hands out any.

    Ends of the first process that were ``inherited`` are closed: else no other would be told when that is gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all: the first process decides what it means
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    for each in inherited:
        each.close()
    while True:
        try:
            given = ours.recv()
        except EOFError:
            return
        ours.send(task(given))


@define(eq=False)
class Worker(Generic[T, R]):
    """A process, and the task that it was given last; what comes back is None if the process ended over it."""

    process: BaseProcess
    connection: Connection
    given: T

    def answer(self) -> R | None:
        """What it made of its task."""
        try:
            return cast("R", self.connection.recv())
        except EOFError:
            self.process.join()
            return None


@define(eq=False)
class Spread(Generic[T, R]):
    """Does tasks in several processes, which have all that was made before by forking. A failed one is replaced."""

    task: Callable[[T], R]
    processes: int
    workers: dict[Connection, Worker[T, R]] = field(factory=dict)

    def results(self, tasks: Iterable[T], tick: Callable[[], None]) -> Iterator[tuple[T, R | None]]:
        """Each task with what came of it, in the order in which they end; ``tick`` is called now and then."""
        rest = iter(tasks)
        try:
            for given in islice(rest, self.processes):
                self._begin(given)
            while self.workers:
                for ready in wait(list(self.workers), timeout=PROGRESS):
                    yield self._ended(self.workers[cast("Connection", ready)], rest)
                tick()
        finally:
            for each in self.workers.values():
                each.process.terminate()
                each.process.join()
                each.connection.close()

    def _begin(self, given: T) -> None:
        mine, theirs = Pipe()
        process = get_context("fork").Process(target=_work, args=(self.task, theirs, [mine, *self.workers]))
        process.start()
        theirs.close()
        mine.send(given)
        self.workers[mine] = Worker(process, mine, given)

    def _ended(self, worker: Worker[T, R], rest: Iterator[T]) -> tuple[T, R | None]:
        """What came of its task; it gets the next, if it lives and there is one."""
        given, answer = worker.given, worker.answer()
        following = list(islice(rest, 1))
        if following and answer is not None:
            worker.given = following[0]
            worker.connection.send(worker.given)
            return given, answer
        del self.workers[worker.connection]
        worker.connection.close()
        worker.process.join()
        for each in following:
            self._begin(each)
        return given, answer


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """Let a request to end, as of ``kill`` or a batch system, do as Ctrl-C does."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


# Many seeds


@define(eq=False)
class Tally:
    """Counts seeds, tells on stderr how far they are, and sums up on stdout."""

    first: int
    count: int
    processes: int
    options: str = ""
    began: float = field(factory=time.monotonic)
    told: float = field(factory=time.monotonic)
    done: int = 0
    seconds: float = 0.0
    broken: list[int] = field(factory=list)
    is_interrupted: bool = False

    def add(self, seed: int, outcome: Outcome | None) -> None:
        """Note what a seed came to; one that ended its process breaks a promise as well."""
        self.done += 1
        if outcome is None:
            self._break(seed, ("it ended the process that ran it",))
            return
        self.seconds += outcome.seconds
        if outcome.violations:
            self._break(seed, outcome.violations)

    def _break(self, seed: int, violations: Iterable[str]) -> None:
        self.broken.append(seed)
        for violation in violations:
            print(f"seed {seed}: {violation}", file=sys.stderr, flush=True)

    def progress(self, running: Iterable[int]) -> None:
        """How far it is, if it is time to say so again. ``running``: the seeds that have not ended."""
        now = time.monotonic()
        if now < self.told + PROGRESS:
            return
        self.told, passed = now, now - self.began
        left = f"{passed / self.done * (self.count - self.done):.0f} s left" if self.done else "none has ended yet"
        print(
            f"{self.done} of {self.count} seeds, {len(self.broken)} with violations; {passed:.0f} s, {left}; "
            f"the oldest that runs is {min(running, default='none')}",
            file=sys.stderr,
            flush=True,
        )

    def summary(self) -> str:
        """All of it, and how to see each violation again."""
        passed, done = time.monotonic() - self.began, max(self.done, 1)
        count = f"{self.done} seeds" if self.done == self.count else f"{self.done} of {self.count} seeds"
        lines = [
            f"{count} from {self.first} on, {len(self.broken)} with violations; {passed:.1f} s with processes: "
            f"{self.processes} ({passed / done * 1000:.0f} ms a seed, {self.seconds / done * 1000:.0f} ms of a "
            "processor's time)"
        ]
        if self.is_interrupted:
            lines.append("interrupted before all were run")
        lines.extend(
            f"replay it, with all that happened: tools/simulate.py --seed {seed}{self.options}"
            for seed in sorted(self.broken)
        )
        return "\n".join(lines)

    @property
    def status(self) -> int:
        """What the program exits with."""
        if self.broken:
            return VIOLATED
        return INTERRUPTED if self.is_interrupted else 0


def run_many(outcome_of: Callable[[int], Outcome], first: int, count: int, processes: int, options: str = "") -> int:
    """Run ``count`` seeds and print what they came to; the exit status."""
    spread: Spread[int, Outcome] = Spread(outcome_of, processes)
    tally = Tally(first, count, processes, options)

    def tick() -> None:
        tally.progress(worker.given for worker in spread.workers.values())

    try:
        with ending_like_ctrl_c():
            for seed, outcome in spread.results(range(first, first + count), tick):
                tally.add(seed, outcome)
    except KeyboardInterrupt:
        tally.is_interrupted = True
    print(tally.summary(), flush=True)
    return tally.status


def run_one(runner: Runner, seed: int) -> int:
    """Run one seed and print its trace; the exit status."""
    report = runner.simulate(seed)
    print("\n".join(report.trace))
    for violation in report.violations:
        print(f"seed {seed}: {violation}", file=sys.stderr)
    return VIOLATED if report.violations else 0


def run_plants(runner: Runner, first: int, count: int, bugs: list[str], processes: int) -> int:
    """Print which seed finds each bug first; the exit status."""
    spread: Spread[Search, Found] = Spread(runner.found_by, processes)
    missed = False
    try:
        with ending_like_ctrl_c():
            for search, found in spread.results([Search(bug, first, count) for bug in bugs], lambda: None):
                seed = None if found is None else found.seed
                missed |= seed is None
                print(f'"{search.bug}"{" is found by none" if seed is None else f": {seed},"}', flush=True)
    except KeyboardInterrupt:
        print("interrupted before all were looked for", file=sys.stderr)
        return VIOLATED if missed else INTERRUPTED
    return VIOLATED if missed else 0


# The command line


def _positive(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError(f"{text} is less than 1")
    return number


def parse(arguments: list[str]) -> argparse.Namespace:
    """The options; exits with 2 where they make no sense."""
    parser = argparse.ArgumentParser(
        description=__doc__.partition("``")[0] if __doc__ else "",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--seed", type=int, required=True, metavar="N", help="the seed, or the first of several")
    parser.add_argument("--seeds", type=_positive, metavar="K", help="how many; without it one seed, with its trace")
    parser.add_argument(
        "--processes", type=_positive, metavar="P", default=os.cpu_count() or 1, help="how many run seeds; one a core"
    )
    parser.add_argument("--plants", nargs="*", metavar="BUG", help="look for bugs that are planted, by their names")
    parser.add_argument("--shared", action="store_true", help="several servers that share a PostgreSQL database")
    options = parser.parse_args(arguments)
    if options.shared and (lacking := module("postgres", "doubles").lacking()):
        parser.error(lacking)
    if options.plants is not None:
        known = module("plants_of_sharing" if options.shared else "plants").PLANTS
        unknown = [bug for bug in options.plants if bug not in known]
        if unknown:
            parser.error(f"no such bug: {', '.join(unknown)}; there are: {', '.join(known)}")
        options.plants = options.plants or list(known)
    return options


def run(runner: Runner, options: argparse.Namespace) -> int:
    """Do as the options say; the exit status."""
    if options.plants is not None:
        return run_plants(runner, options.seed, options.seeds or 1, options.plants, options.processes)
    if options.seeds is None:
        return run_one(runner, options.seed)
    more = " --shared" if options.shared else ""
    return run_many(runner.outcome, options.seed, options.seeds, options.processes, more)


def main() -> None:
    """Do as the command line says."""
    options = parse(sys.argv[1:])
    with sharing_runner() if options.shared else nullcontext(new_runner()) as runner:
        sys.exit(run(runner, options))


if __name__ == "__main__":
    main()
