"""How much an image holds: counted while it allocates, measured by a walk when the count nears the limit."""

import gc
import sys
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, islice, repeat
from math import inf
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING

from stui_actors.errors import ResourceExhausted
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.objects import Instance

if TYPE_CHECKING:  # an image has a budget
    from stui_actors.smalltalk.image import Image
    from stui_actors.smalltalk.process import Process

BLOCK_BYTES = 64  # of an average object among those that are counted but not charged
ROOM = 8  # part of the limit that may be allocated between two walks: else they would follow ever closer
SHORT_SLICES = 8  # ended ones after which the size of the process is asked for, too
FAR_TOO_MUCH = 2  # times the limit, beyond which nothing runs
PORTION = 1000  # objects of a walk between two ticks
POINTER = 8  # bytes
ALONE = 2  # references to what a generator has as its argument: that one, and the one of who asks for their number
REGION = 1 << 16  # bytes of addresses: room for four thousand objects
PASSED_BY = frozenset((type, ModuleType, CodeType, BuiltinFunctionType, type(None), FrameType))


class MemoryBudget:
    """The bytes that an image may hold."""

    def __init__(self, image: "Image") -> None:
        self.image = image
        self.counted = 0
        self.blocks: int | None = None
        self.unasked = 0  # slices since the size of the process was asked for
        self.walking = False

    def begin_slice(self, process: "Process") -> None:
        """Note what is allocated; not for a process that provably leaves nothing behind, as the count takes long."""
        self.blocks = sys.getallocatedblocks() if process.changed else None

    def end_slice(self, *, ended: bool) -> None:
        """Count what the slice left behind; ``ended``: it may have been a short one.

        Python counts small blocks only. Large ones that no primitive charges, like sums of long integers, show in the
        size of the process, which takes too long to ask for after each short evaluation.
        """
        grown = 0 if self.blocks is None else (sys.getallocatedblocks() - self.blocks) * BLOCK_BYTES
        self.unasked += 1
        if not ended or self.unasked >= SHORT_SLICES:
            self.unasked = 0
            grown = max(grown, self.image.library.resident.growth())
        self.counted = max(0, self.counted + grown)

    def charge(self, size: int) -> None:
        """Count ``size`` bytes that are about to be allocated; raise what stops the process above the limit."""
        limit = self.image.settings.max_memory
        if size > limit:
            raise self._exceeded()
        self.counted += size
        if self.counted > limit:
            self._measure(size)

    def check(self) -> None:
        """After a slice: raise what stops the process if too much is held."""
        if self.counted > self.image.settings.max_memory:
            self._measure(0)

    def check_before(self) -> None:
        """Before a process: raise what stops it if its like, each too short for ``check``, hold far too much together.

        What holds a little too much may run, so that the client can let go of something.
        """
        bound = self.image.settings.max_memory * FAR_TOO_MUCH
        if self.counted > bound:
            self._measure(0, bound)

    def _measure(self, size: int, bound: int | None = None) -> None:
        if self.walking:
            return
        self.walking = True
        limit = self.image.settings.max_memory
        bound = limit if bound is None else bound
        try:
            held = self.held(bound)
            while held + size > bound and self.image.let_go():
                held = self.held(bound)
        finally:
            self.walking = False
        if held + size > bound:
            self.counted = held
            raise self._exceeded()
        self.counted = min(held + size, bound - limit // ROOM)

    @contextmanager
    def uncounted(self) -> Iterator[None]:
        """While a walk of the server's own takes room that it gives back, nothing is measured and refused."""
        before, counted, self.walking = self.walking, self.counted, True
        try:
            yield
        finally:
            self.walking, self.counted = before, counted

    def _exceeded(self) -> BaseException:
        limit = self.image.settings.max_memory
        error = ResourceExhausted(f"The workspace would exceed {limit} bytes.", limit="memory", value=limit)
        return MACHINE.process.exhausted(error)

    def held(self, bound: float = inf) -> int:
        """The bytes of all that the image and its running code hold, measured now; beyond ``bound`` it stops early."""
        return self._walk(self._all_roots(), bound) + self.image.class_bytes() + self.image.beside()

    def _walk(self, roots: Iterable[object], bound: float) -> int:
        held = 0
        beside = self._bytes_beside()
        for portion in self._reached(roots):
            held += sum(map(sys.getsizeof, portion))
            if beside:
                held += sum(map(beside.get, map(type, portion), repeat(0)))
            if held > bound:
                break
        return held

    def _bytes_beside(self) -> dict[type, int]:
        """What instances of the client's classes take where Python's own measure does not look: variables' values."""
        image = self.image
        sides = [side for each in (*image.own.values(), *image.obsolete) for side in (each.instance, each.meta)]
        return {each.instance_type: POINTER * (len(image.all_variables(each)) + 1) for each in sides}

    def reachable(self) -> Iterator[object]:
        """Everything that the image and its running code hold."""
        for portion in self._reached(self._all_roots()):
            yield from portion

    def reached_from(self, frame: FrameType) -> Iterator[list[object]]:
        """The same portion by portion, for code that runs at ``frame``: what it calls is left out."""
        return self._reached(chain(self.image.roots(), _locals(self.frames(frame))))

    def dismantling(self, let_go: Callable[[], object]) -> Iterator[None]:
        """Part the objects of the client's classes from what they hold, in turns: the image will never run again.

        Then all goes by itself, where rings of objects had to wait for a garbage collection, which halts everybody.
        ``let_go``: of what the image is held by; what is long then goes in turns, too, unless somebody else has it.
        """
        found: list[Instance] = []
        long: list[object] = []
        for portion in self._reached(self.image.roots()):
            found += [each for each in portion if isinstance(each, Instance)]
            long += [each for each in portion if isinstance(each, list | dict) and len(each) > PORTION]
            yield
        portion = []
        while found:
            for each in found[-PORTION:]:
                each.__dict__.clear()
            del found[-PORTION:]
            yield
        let_go()
        while long:
            yield from _shortening(long.pop())

    def _all_roots(self) -> Iterator[object]:
        """What the image holds by itself, and what is held by the code that runs or waits."""
        running = (sys._getframe(1),) if MACHINE.is_running else ()
        return chain(self.image.roots(), _locals((*running, *self.image.suspended_frames())))

    def frames(self, running: FrameType) -> Iterable[FrameType]:
        """Where code runs, and where it waits."""
        return (running, *self.image.suspended_frames())

    def _reached(self, roots: Iterable[object]) -> Iterator[list[object]]:
        """All that ``roots`` lead to, without the library's, in portions, some of them empty; others run meanwhile."""
        seen = Seen(chain(self.image.shared_ids(), _module_ids()))
        waiting: list[object] = []
        for portion in _portions(roots):
            waiting += seen.fresh(portion)
            _let_others_run()
        while waiting:
            portion = waiting[-PORTION:]
            del waiting[-PORTION:]
            yield portion
            _let_others_run()
            for found in _referents(portion):
                waiting += seen.fresh(found)
                _let_others_run()
                yield []
        for _ in seen.dropped():
            _let_others_run()
            yield []


class Seen:
    """The identities of objects that were met, in small sets by region: a large set grows and goes in one long step."""

    def __init__(self, known: Iterable[int]) -> None:
        self.regions: defaultdict[int, set[int]] = defaultdict(set)
        for key in known:
            self.regions[key // REGION].add(key)

    def fresh(self, values: Iterable[object]) -> list[object]:
        """Those of ``values`` that count and were not met before; from now on they were."""
        regions, found = self.regions, []
        for each in values:
            key = id(each)
            region = regions[key // REGION]
            if key not in region and each.__class__ not in PASSED_BY:
                region.add(key)
                found.append(each)
        return found

    def dropped(self) -> Iterator[None]:
        """Forget all, region by region."""
        while self.regions:
            self.regions.popitem()
            yield


def _shortening(held: object) -> Iterator[None]:
    """Empty a list or dict from its end, piece by piece, as long as nobody but the caller has it."""
    while held and sys.getrefcount(held) <= ALONE:
        if isinstance(held, list):
            del held[-PORTION:]
        elif isinstance(held, dict):
            for _ in range(min(PORTION, len(held))):
                held.popitem()
        yield


def _let_others_run() -> None:
    if MACHINE.is_running:
        MACHINE.process.poll_if_due()


def _module_ids() -> Iterator[int]:
    """The identities of the modules' variables: functions of the server, met in running frames, refer to them."""
    return (id(each.__dict__) for each in list(sys.modules.values()))


def _locals(frames: Iterable[FrameType]) -> Iterator[object]:
    """The variables of ``frames`` and of those that called them."""
    for frame in frames:
        each: FrameType | None = frame
        while each is not None:
            yield each.f_locals
            each = each.f_back


def _portions(values: Iterable[object]) -> Iterator[list[object]]:
    """``values``, PORTION at a time."""
    source = iter(values)
    while portion := list(islice(source, PORTION)):
        yield portion


def _referents(holders: list[object]) -> Iterator[list[object]]:
    """What ``holders`` refer to, in portions, however many elements one of them has."""
    small = [each for each in holders if each.__class__ is not list or len(each) <= PORTION]
    yield from _portions(gc.get_referents(*small))
    if len(small) < len(holders):
        for each in holders:
            if isinstance(each, list) and len(each) > PORTION:
                for start in range(0, len(each), PORTION):
                    yield each[start : start + PORTION]
