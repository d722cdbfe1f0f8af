"""What a client's image costs: its memory, its collections, its snapshot."""

import gc
import time
import tracemalloc
from collections.abc import Iterator, Sequence

from bench_suite.figures import Figure, at_most
from stui_actors.actors.garbage import PythonsCollector
from stui_actors.config import EvaluationSettings
from stui_actors.session.snapshot import SnapshotReader, SnapshotWriter
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.process import Process

IMAGES = 5  # of a kind, whose mean is taken
TRIES = 5
LEAF = "Bag compile: 'isHeavy ^ false'"
ROOTS = ("Object", "Integer", "Number", "Exception", "Collection")
OWN = 20
DEFINE = "Object subclass: #Own{} instanceVariableNames: 'a b' classVariableNames: '' package: 'Bench'"
METHOD = "Own{0} compile: 'm{1}: x ^ a isNil ifTrue: [ a := x + {1} ] ifFalse: [ b ifNil: [ b := x * a ] ]'"
METHODS = 10
MILLION = "x := Array new: 500000. 1 to: 500000 do: [ :i | x at: i put: (Array with: i + 1000) ]. 0"
MIX = (
    "x := (1 to: 4000) collect: [ :i | i @ (i * 2) ]. y := (1 to: 2000) collect: [ :i | [ :z | z + i ] ]. "
    "s := (1 to: 4000) collect: [ :i | i printString ]. d := Dictionary new. "
    "1 to: 2000 do: [ :i | d at: i put: (OrderedCollection with: i with: i printString) ]. "
    "a := (1 to: 4000) collect: [ :i | i -> (Array with: i with: #b) ]. 0"
)
OBJECTS = 4000 + 2000 + 4000 + 2000 * 3 + 4000 * 2  # of the mix, its integers not counted
MEGABYTE = 1_000_000
STRINGS = "x := (1 to: 12000) collect: [ :i | 'a string of some length, as people have, number ', i printString ]. 0"
STEP = 25  # ms


def changed_image(library: Library, changes: Sequence[str]) -> Image:
    """An image after some do-its."""
    image = Image(library, EvaluationSettings(max_memory=1 << 30, timeout=600))
    for each in changes:
        image.evaluate(each)
    return image


def kilobytes(library: Library, changes: Sequence[str]) -> float:
    """What an image takes after ``changes``, beyond the library."""
    changed_image(library, changes)  # compiles what it needs of the library
    gc.collect()
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        kept = [changed_image(library, changes) for _ in range(IMAGES)]
        gc.collect()
        after, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    return (after - before) / len(kept) / 1024


def image_memory(seconds: float) -> Iterator[Figure]:
    """Memory of an image that changed nothing, a class without subclasses, one near the root; of own classes."""
    library = Library()
    idle = kilobytes(library, ["x := 3 + 4"])
    yield at_most("image", "memory of an idle client's image", idle, "KB", 30)
    leaf = kilobytes(library, [LEAF])
    yield at_most("image_leaf", "beyond that, once it changed a class without subclasses", leaf - idle, "KB", 20)
    leaves = len(changed_image(library, [LEAF]).private)
    for name in ROOTS:
        change = f"{name} compile: 'isHeavy ^ false'"
        affected = len(changed_image(library, [change]).private) - leaves
        each = (kilobytes(library, [change]) - leaf) / affected
        what = f"beyond that, for each of {affected} classes and metaclasses more that a change of {name} affects"
        yield at_most(f"image_{name.lower()}", what, each, "KB", 2)
    own = [DEFINE.format(i) for i in range(OWN)]
    own += [METHOD.format(i, k) for i in range(OWN) for k in range(METHODS)]
    what = f"memory of an image with {OWN} classes of {METHODS} methods that were not called yet"
    yield at_most("image_own", what, kilobytes(library, own), "KB", 220)


def collections(seconds: float) -> Iterator[Figure]:
    """Pauses for everybody while one client makes a million objects, and the planned full collection of them."""
    library = Library()
    PythonsCollector().begin()
    pauses: list[float] = []

    def note(phase: str, info: dict[str, int]) -> None:
        now = time.thread_time()
        pauses.append(now if phase == "start" else now - pauses.pop())

    gc.callbacks.append(note)
    try:
        image = changed_image(library, [MILLION])
    finally:
        gc.callbacks.remove(note)
    yield at_most(
        "collection", "longest collection that came by itself, of a million objects", max(pauses) * 1e3, "ms", 25
    )
    began = time.thread_time()
    gc.collect()
    full = (time.thread_time() - began) * 1e3
    yield at_most("full_collection", "planned full collection, a million objects, at most each 30 s", full, "ms", 250)
    walk = Process(image, image.memory.held, mode="Value")
    began, longest, is_over = time.thread_time(), 0.0, False
    while not is_over:
        began = time.thread_time()
        is_over = walk.run_slice()
        longest = max(longest, time.thread_time() - began)
    yield at_most("walk", "longest step of measuring an image of a million objects", longest * 1e3, "ms", STEP)


def snapshots(seconds: float) -> Iterator[Figure]:
    """Writing and reading a mix of points, blocks, strings, dictionaries, collections and associations."""
    library = Library()
    image = changed_image(library, [MIX])
    writing, reading = [], []
    for _ in range(TRIES):
        began = time.thread_time()
        text = "".join(SnapshotWriter.of_image(image, {}).slices())
        writing.append(time.thread_time() - began)
        reading.append(_reading(library, text))
    what = f"{{}} the snapshot of {OBJECTS} mixed objects, each"
    yield at_most("snapshot_write", what.format("writing"), min(writing) / OBJECTS * 1e6, "µs", 2)
    yield at_most("snapshot_read", what.format("reading"), min(reading) / OBJECTS * 1e6, "µs", 3)
    text = "".join(SnapshotWriter.of_image(changed_image(library, [STRINGS]), {}).slices())
    megabyte = min(_reading(library, text) for _ in range(TRIES)) * 1e3 * MEGABYTE / len(text)
    yield at_most("snapshot_megabyte", "restoring a megabyte of snapshot, strings", megabyte, "ms", 200)


def _reading(library: Library, text: str) -> float:
    """Seconds of the processor."""
    began = time.thread_time()
    for _ in SnapshotReader.of_image(text, Image(library)).slices():
        pass
    return time.thread_time() - began
