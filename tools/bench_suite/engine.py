"""What the Smalltalk engine takes before it runs, how long it holds its turn, and what clients cost each other."""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence

from bench_suite.adversaries import adversaries
from bench_suite.figures import Figure, at_most, median
from bench_suite.programs import processor_time
from stui_actors.actors.garbage import PythonsCollector
from stui_actors.config import EvaluationSettings
from stui_actors.errors import Timeout
from stui_actors.smalltalk.compiler import compile_method
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library, LibraryNames
from stui_actors.smalltalk.mirror import Mirror
from stui_actors.smalltalk.primitives import TABLE

TRIES = 5
IMPORT = "import stui_actors.server; from stui_actors.smalltalk.library import Library; kept = Library()"
TELLING = "; import time; print(time.process_time())"
GLANCE = 0.1  # seconds of each of many programs that are looked at
SLOWEST = 5  # of them that are told
PATIENCE = 0.5  # seconds after which a program that would run longer is stopped
MANY = 10_000  # senders: all
LARGE = (
    "a := (1 to: 500000) asArray. sh := (1 to: 100000) asArray shuffleBy: (Random seed: 5). "
    "s := String new: 1000000 withAll: $a. i := 3 raisedTo: 500000. j := 7 raisedTo: 250000. "
    "t := (1 to: 50000) collect: [ :e | e printString ]. 0"
)
LONG_WORK = (
    "[ true ] whileTrue",
    "x := 0. [ x := x + 1 ] repeat",
    "sh copy sort",
    "sh copy sort: [ :x :y | x > y ]",
    "t copy sort",
    "s copyReplaceAll: 'aa' with: 'bbb'",
    "a copyReplaceAll: #( 1 2 ) with: #( 3 )",
    "i printString",
    "i printString: 7",
    "i asString",
    "i printString asInteger",
    "3 raisedTo: 600000",
    "7 raisedTo: i modulo: j",
    "70000 factorial",
    "i // j",
    "i gcd: j + 1",
    "i sqrtFloor",
    "i nthRootTruncated: 3",
    "s includesSubstring: 'ab'",
    "s asArray",
    "s asByteArray",
    "s reversed",
    "a reversed",
    "a asSet",
    "a printString",
    "s readStream upToAll: 'ab'",
    "String streamContents: [ :out | 20 timesRepeat: [ out nextPutAll: s ] ]",
    "a copy become: s copy",
    "Object allSubclasses",
    "STON toString: a",
)


def cold(seconds: float) -> Iterator[Figure]:
    """The first expression after the start: parse, compile, run, print."""
    taken = []
    for _ in range(TRIES):
        image = Image(Library())
        taken.append(1000 * processor_time(lambda image=image: image.evaluate("3 + 4")))  # type: ignore[misc]  # bound now
    yield at_most("cold", f"cold 3 + 4 (median of {TRIES})", median(taken), "ms", 2)


def compiling(seconds: float) -> Iterator[Figure]:
    """Each method of the library, parsed and compiled."""
    library = Library()
    taken = []
    for record in library.records.values():
        for side in (record.instance, record.meta):
            names = LibraryNames(library, side)
            for method in side.methods.values():
                began = time.thread_time()
                compile_method(method.source, side.name, names, primitives=TABLE)
                taken.append(1000 * (time.thread_time() - began))
    yield at_most("compile", f"compile of a method (median of {len(taken):,})", median(taken), "ms", 1)
    yield at_most("compile_p95", "compile of a method (95 of 100)", percentile(taken, 95), "ms", 1)


def importing(seconds: float) -> Iterator[Figure]:
    """The server with its class library, without a cache of Python's and then from the one that this left."""
    with tempfile.TemporaryDirectory() as cache:
        environment = {"PYTHONPYCACHEPREFIX": cache, "PYTHONDONTWRITEBYTECODE": ""}
        without = _run(IMPORT, environment)
        warm = min(_run(IMPORT, environment) for _ in range(TRIES))
        bare = min(_run("pass", environment) for _ in range(TRIES))
    for name, what, ours, bound in (("import", "warm", warm, 0.5), ("import_cold", "no cache", without, 3)):
        figure = at_most(name, what, ours - bare, "s", bound)
        what = f"import of the server, {what}, beyond Python's own start"
        yield Figure(name, what, figure.ours, bare, "s", "Python's start", figure.goal, figure.met)


def _run(program: str, environment: dict[str, str]) -> float:
    """Seconds of the processor that a Python of its own takes from its start to the end of ``program``."""
    command = [sys.executable, "-c", program + TELLING]
    done = subprocess.run(command, check=True, env={**os.environ, **environment}, stdout=subprocess.PIPE)
    return float(done.stdout)


def interrupts(seconds: float) -> Iterator[Figure]:
    """The longest time that any of many programs held on to its turn."""
    image = Image(Library(), EvaluationSettings(max_memory=1 << 30))
    PythonsCollector().begin()
    image.evaluate(LARGE)
    held = {program: longest_turn(image, program) for program in LONG_WORK}
    worst = max(held, key=lambda program: held[program])
    yield at_most("interrupts", f"longest turn of {len(held)} programs ({worst})", held[worst], "ms", 100)
    source = "x := 3 + 4. " * 80_000
    yield at_most("long_source", "longest turn, a source of a megabyte", longest_turn(image, source, 60), "ms", 100)


def primitives(seconds: float) -> Iterator[Figure]:
    """The longest turn of programs that give each primitive the largest values; the five that took longest."""
    image = Image(Library(), EvaluationSettings(max_memory=1 << 30))
    PythonsCollector().begin()
    found = adversaries()
    image.evaluate(found.setup)
    held = {program: longest_turn(image, program, GLANCE) for _, program in found.programs}
    slowest = sorted(held, key=lambda program: held[program], reverse=True)[:SLOWEST]
    for place, program in enumerate(slowest, 1):
        name = "primitives" if place == 1 else f"primitives_{place}"
        yield at_most(
            name, f"longest turn of {len(held)} programs, place {place}: {program[:60]}", held[program], "ms", 100
        )


def longest_turn(image: Image, program: str, patience: float = PATIENCE) -> float:
    """Milliseconds of the processor that the longest slice of a program takes."""
    began = longest = time.thread_time()
    process = image.start(program)
    longest = time.thread_time() - began
    is_over = False
    while not is_over:
        slice_began = time.thread_time()
        is_over = process.run_slice()
        longest = max(longest, time.thread_time() - slice_began)
        if time.thread_time() - began > patience:
            process.stop(Timeout("The bench has seen enough."))
    return 1000 * longest


def browsing(seconds: float) -> Iterator[Figure]:
    """The senders of a message that most methods send, in the whole library, with the index that a server makes."""
    image = Image(Library())
    index, mirror, found = image.library.index, Mirror(image), 0

    def search() -> None:
        nonlocal found
        found = len(mirror.senders_of("ifTrue:", limit=MANY))

    bare = processor_time(search) * 1e3

    def read() -> None:
        while not index.run_slice():
            pass

    read_seconds = processor_time(read)
    ours = min(processor_time(search) for _ in range(TRIES)) * 1e3
    what = f"all {found} senders of `ifTrue:` (the index takes {read_seconds * 1e3:.0f} ms, once, in turns)"
    figure = at_most("senders", what, ours, "ms", 25)
    yield Figure(figure.name, what, ours, bare, "ms", "without the index", figure.goal, figure.met)


def percentile(values: Sequence[float], of_hundred: int) -> float:
    """What so many of a hundred values do not exceed."""
    return statistics.quantiles(values, n=100)[of_hundred - 1]
