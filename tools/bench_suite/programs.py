"""How fast whole programs run in Smalltalk beside plain Python: Are-We-Fast-Yet."""

import math
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from awfy.programs import PROGRAMS, Program
from awfy.workspace import workspace
from bench_suite.figures import Figure, at_most_times
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library

TRIES = 3
EACH, TOGETHER = 40, 10  # what one program, and the geometric mean of all, may be times CPython


def awfy(seconds: float) -> Iterator[Figure]:
    """The fourteen programs of Are-We-Fast-Yet, and the geometric mean of their ratios."""
    image = workspace(Library())
    figures = [figure(image, program) for program in PROGRAMS]
    yield from figures
    mean = geometric_mean([each.ours / each.bare for each in figures if each.bare])
    yield at_most_times("awfy", f"Are-We-Fast-Yet, geometric mean of {len(figures)}", mean, 1, "x", "CPython", TOGETHER)


def figure(image: Image, program: Program) -> Figure:
    """A program in both languages, by turns; the best of each."""
    image.evaluate(program.call(program.short))  # compiles it
    ours, bare = [], []
    for _ in range(TRIES):
        bare.append(processor_time(partial(program.python().run, program.long)))
        ours.append(processor_time(partial(image.evaluate, program.call(program.long))))
    what = f"{program.name} (best of {TRIES})"
    return at_most_times(f"awfy_{program.name}", what, min(ours), min(bare), "s", "CPython", EACH)


def processor_time(work: Callable[[], object]) -> float:
    """Seconds of the processor that some work takes."""
    began = time.process_time()
    work()
    return time.process_time() - began


def geometric_mean(ratios: Sequence[float]) -> float:
    """The mean of ratios."""
    return math.exp(sum(map(math.log, ratios)) / len(ratios))
