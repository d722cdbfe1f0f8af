"""How much an image holds: counted while it allocates, measured by a walk when the count nears the limit."""

import gc
import sys
from collections.abc import Iterable, Iterator
from types import BuiltinFunctionType, CodeType, FrameType, ModuleType
from typing import TYPE_CHECKING

from stui_actors.errors import ResourceExhausted
from stui_actors.smalltalk.machine import MACHINE

if TYPE_CHECKING:  # an image has a budget
    from stui_actors.smalltalk.image import Image

BLOCK_BYTES = 64  # of an average object among those that are counted but not charged
ROOM = 8  # part of the limit that may be allocated between two walks: else they would follow ever closer
PORTION = 1000  # objects of a walk between two ticks
PASSED_BY = frozenset((type, ModuleType, CodeType, BuiltinFunctionType, type(None), FrameType))


class MemoryBudget:
    """The bytes that an image may hold."""

    def __init__(self, image: "Image") -> None:
        self.image = image
        self.counted = 0
        self.blocks = 0
        self.walking = False

    def begin_slice(self) -> None:
        """Note what is allocated."""
        self.blocks = sys.getallocatedblocks()

    def end_slice(self) -> None:
        """Count what the slice left behind."""
        grown = sys.getallocatedblocks() - self.blocks
        self.counted = max(0, self.counted + grown * BLOCK_BYTES)

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

    def _measure(self, size: int) -> None:
        if self.walking:
            return
        self.walking = True
        limit = self.image.settings.max_memory
        try:
            held = self._walk(self._all_roots()) + self.image.class_bytes()
            while held + size > limit and self.image.let_go():
                held = self._walk(self._all_roots()) + self.image.class_bytes()
        finally:
            self.walking = False
        if held + size > limit:
            self.counted = held
            raise self._exceeded()
        self.counted = min(held + size, limit - limit // ROOM)

    def _exceeded(self) -> BaseException:
        limit = self.image.settings.max_memory
        error = ResourceExhausted(f"The workspace would exceed {limit} bytes.", limit="memory", value=limit)
        return MACHINE.process.exhausted(error)

    def _walk(self, roots: Iterable[object]) -> int:
        """The bytes of all that ``roots`` lead to; stops beyond the limit."""
        held, limit = 0, self.image.settings.max_memory
        for portion in self._reached(roots):
            held += sum(map(sys.getsizeof, portion))
            if held > limit:
                break
        return held

    def reachable(self) -> Iterator[object]:
        """Everything that the image and its running code hold."""
        for portion in self._reached(self._all_roots()):
            yield from portion

    def _all_roots(self) -> list[object]:
        """What the image holds by itself, and what is held by the code that runs or waits."""
        found = list(self.image.roots())
        for frame in (sys._getframe(1), *self.image.suspended_frames()):
            each: FrameType | None = frame
            while each is not None:
                found.append(each.f_locals)
                each = each.f_back
        return found

    def _reached(self, roots: Iterable[object]) -> Iterator[list[object]]:
        """All that ``roots`` lead to, without the library's, portion by portion; others run meanwhile."""
        seen: set[int] = self.image.shared_ids()
        waiting = [each for each in roots if id(each) not in seen]
        seen.update(map(id, waiting))
        while waiting:
            portion = waiting[-PORTION:]
            del waiting[-PORTION:]
            yield portion
            fresh = {id(each): each for each in gc.get_referents(*portion) if each.__class__ not in PASSED_BY}
            found = [each for key, each in fresh.items() if key not in seen]
            seen.update(fresh)
            waiting += found
            if MACHINE.is_running:
                MACHINE.process.poll_if_due()
