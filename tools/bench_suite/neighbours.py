"""What a client's sends cost beside clients that changed library classes, and beside as many that changed nothing."""

import gc
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from itertools import cycle
from multiprocessing import get_context
from multiprocessing.connection import Connection

from bench_suite.figures import Figure, at_most_times, median
from bench_suite.programs import processor_time
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library

NEIGHBOURS = 50
ROUNDS = 200  # short ones, by turns: the clock of a machine wanders
WARM_UP = 10
SENDS = "| p | p := Point x: 1 y: 2. 1 to: 30000 do: [ :i | p x. p y. p isString ]. 0"
CHANGES = (
    "Object compile: 'isString ^ false'",
    "Point compile: 'x ^ x'",
    "Integer compile: 'bench ^ 1'",
    "Object subclass: #Neighbour instanceVariableNames: 'a' package: 'Bench'",
)
MOVE = "p := 3 @ 4. p x. p isString"  # what a neighbour does between two measurements


def neighbours(seconds: float) -> Iterator[Figure]:
    """A client's sends beside many that changed library classes, and beside as many that changed nothing."""
    library = Library()
    with ExitStack() as stack:
        changed, unchanged = (stack.enter_context(_client(library, changes)) for changes in (CHANGES, ()))
        rounds = [_by_turns((changed, unchanged), turned=turn % 2 == 1) for turn in range(WARM_UP + ROUNDS)][WARM_UP:]
    bare = median([alone for _, alone in rounds])
    ratio = median([beside / alone for beside, alone in rounds])
    what = f"90,000 sends beside {NEIGHBOURS} clients with changes (median of {ROUNDS} ratios)"
    yield at_most_times("neighbours", what, bare * ratio, bare, "s", "beside as many without changes", 1.03)


def _by_turns(clients: tuple[Connection, Connection], *, turned: bool) -> tuple[float, float]:
    """Seconds of either client's sends, one after the other; ``turned``: the second goes first."""
    taken = [0.0, 0.0]
    for place in (1, 0) if turned else (0, 1):
        clients[place].send(True)
        taken[place] = clients[place].recv()
    return taken[0], taken[1]


@contextmanager
def _client(library: Library, changes: Sequence[str]) -> Iterator[Connection]:
    """A client and its neighbours in a process of their own: sends go when asked, and their time comes back."""
    ours, theirs = get_context("fork").Pipe()
    process = get_context("fork").Process(target=_serve, args=(library, changes, theirs), daemon=True)
    process.start()
    try:
        yield ours
    finally:
        ours.send(False)
        process.join()


def _serve(library: Library, changes: Sequence[str], asked: Connection) -> None:
    image, others = Image(library), [Image(library) for _ in range(NEIGHBOURS)]
    for each in others:
        for change in changes:
            each.evaluate(change)
    image.evaluate(SENDS)
    gc.collect()
    gc.freeze()
    gc.disable()
    neighbour = cycle(others)
    while asked.recv():
        next(neighbour).evaluate(MOVE)
        asked.send(processor_time(lambda: image.evaluate(SENDS)))
        gc.collect()
