"""Plans full garbage collections. Owns Python's collector; nothing else in the server sets it, or collects in full.

A full collection stops every client, 50 to 150 ms for each million objects, so it never comes by itself: it waits for a
moment at which nothing arrives and nothing runs, but not for ever, since classes and cycles of clients that have left
are freed by nothing else. What lives at start, the class library above all, is out of its sight. While a session wakes,
small collections wait as well, unless very much is made: what is read is looked at once that is over. The more clients
are busy, the rarer are small collections: each finds alive what all of them are about.
"""

import gc
from collections.abc import Callable
from contextlib import aclosing
from math import inf
from time import perf_counter
from typing import Protocol

import trio
from attrs import define, field
from trio_util import periodic

from stui_actors.actors.wakes import Wakes
from stui_actors.logs import log

YOUNG, MIDDLE = 5_000, 2  # objects, collections: 15,000 objects at most are looked at by themselves, in some 4 ms
HELD_OFF = 15_000  # objects while a session wakes: three of 100 KB make as many
PER_CLIENT = 15  # objects more: half of what a request makes, which is alive while it is answered
CROWD = 1000  # clients that count
NEVER = 1_000_000  # middle collections before a full one
LOOK = 0.5  # seconds between two looks: who sent nothing in so long will hardly send just now
SETTLED = 0.002  # seconds after a wake until its answer has left
PAUSE = 30.0  # seconds from one full collection to the next, at least
PUT_OFF = 300.0  # seconds after which one is done although the server is busy


class Collector(Protocol):
    """What collects."""

    def begin(self) -> None:
        """Take what lives now out of sight; from now on full collections are made by ``collect`` only."""

    def collect(self) -> int:
        """Collect in full; answer how many objects were freed."""

    def expect(self, clients: int) -> None:
        """So many may have a request under way at once."""

    def hold_off(self) -> None:
        """Let more be made than usual before what was made lately is looked at."""

    def go_on(self) -> None:
        """Look at what was made lately as usual again, at once if that is due."""


@define(eq=False)
class PythonsCollector:
    """Python's own. ``young``: objects that are made until they are looked at."""

    young: int = YOUNG
    _is_held_off: bool = False

    def begin(self) -> None:
        """Freeze what there is, and switch automatic full collections off."""
        gc.collect()
        gc.freeze()
        self._set()

    def collect(self) -> int:
        """A full collection."""
        return gc.collect()

    def expect(self, clients: int) -> None:
        """Raise the bound of the young ones by what they make."""
        self.young = YOUNG + PER_CLIENT * min(clients, CROWD)
        self._set()

    def hold_off(self) -> None:
        """Raise the bound of the young ones."""
        self._is_held_off = True
        self._set()

    def go_on(self) -> None:
        """Lower it again."""
        made, collections, _ = gc.get_count()
        if made > self.young:
            gc.collect(1 if collections > MIDDLE else 0)
        self._is_held_off = False
        self._set()

    def _set(self) -> None:
        gc.set_threshold(max(self.young, HELD_OFF) if self._is_held_off else self.young, MIDDLE, NEVER)


@define(eq=False)
class GarbageActor:
    """Collects in full when the server is idle.

    ``received`` counts messages, ``running`` clients that compute, ``present`` those that are here.
    ``count``, ``longest`` and ``seconds`` tell of the collections so far.
    """

    received: Callable[[], int]
    running: Callable[[], int]
    present: Callable[[], int]
    wakes: Wakes = field(factory=Wakes)
    collector: Collector = field(factory=PythonsCollector)
    clock: Callable[[], float] = perf_counter
    count: int = 0
    longest: float = 0.0
    seconds: float = 0.0
    _collected_at: float = -inf
    _collected_after: int = -1  # messages before the last one

    async def run(self) -> None:
        """Look now and then, until cancelled."""
        self.collector.begin()
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._give_way)
            await self._look()

    async def _give_way(self) -> None:
        """Hold small collections off while sessions wake."""
        while True:
            await self.wakes.first()
            self.collector.hold_off()
            try:
                await self._settled()
            finally:
                self.collector.go_on()

    async def _settled(self) -> None:
        """Return once no session has waked for a moment."""
        while self.wakes.are_underway:
            await self.wakes.over()
            await trio.sleep(SETTLED)

    async def _look(self) -> None:
        self._collected_at, self._collected_after = trio.current_time(), self.received()
        before = self.received()
        async with aclosing(periodic(LOOK)) as looks:
            async for _ in looks:
                received = self.received()
                self.collector.expect(min(self.present(), received - before))
                is_idle = received == before and not self.running()
                before = received
                if self._is_due(is_idle=is_idle, received=received):
                    self._collect(received, is_idle=is_idle)

    def _is_due(self, *, is_idle: bool, received: int) -> bool:
        """Whether the moment is right, or has to be. Where nothing arrived meanwhile only timers leave garbage."""
        since = trio.current_time() - self._collected_at
        is_likely = is_idle and received != self._collected_after
        return since >= (PAUSE if is_likely else PUT_OFF)

    def _collect(self, received: int, *, is_idle: bool) -> None:
        began = self.clock()
        freed = self.collector.collect()
        took = self.clock() - began
        self.count, self.seconds, self.longest = self.count + 1, self.seconds + took, max(self.longest, took)
        since = trio.current_time() - self._collected_at
        log.info(
            "garbage collected",
            milliseconds=round(took * 1e3, 1),
            freed=freed,
            idle=is_idle,
            seconds_since=round(since),
        )
        self._collected_at, self._collected_after = trio.current_time(), received
