"""Shares the one CPU between clients, a turn at a time. Owns nobody's work: it runs in the task whose turn it is.

Stride scheduling: a client's time advances by what it used, divided by its weight; the one that is furthest behind
is next. Between two turns the scheduler of Trio goes round five times. A message needs three to get from the door
through its client's actor to its session's task, and within one the tasks come in any order: with three every third
message found the next turn just given away, with five one in twenty does.
"""

from collections import deque
from collections.abc import Callable
from time import perf_counter

import trio
from attrs import define, field

from stui_actors.actors.messages import Runnable

TURN = 0.001  # seconds: below what a person feels, above what a switch costs
ROUNDS = 5  # checkpoints between two turns


def _equal(client_id: str) -> float:
    """The weight of everybody where nobody has another."""
    return 1.0


@define(eq=False)
class _Share:
    """One client that wants the CPU: how far its time has advanced, and its tasks in the order of their turns."""

    time: float
    weight: float
    waiting: deque[trio.Event] = field(factory=deque)
    users: int = 0


@define(eq=False)
class CpuActor:
    """Grants turns. ``weight_of`` a client: its share relative to others'."""

    weight_of: Callable[[str], float] = _equal
    clock: Callable[[], float] = perf_counter
    used: float = 0.0
    _shares: dict[str, _Share] = field(factory=dict)
    _time: float = 0.0
    _busy: bool = False

    async def run(self, runnable: Runnable, client_id: str) -> None:
        """Return once ``runnable`` has ended; what its slices raise is raised here.

        What ends within its first turn while nobody else runs costs no switch at all.
        """
        used = 0.0
        if not self._busy:
            ended, used = self._turn(runnable)
            if ended:
                return
            self._busy = True
        share = self._share(client_id)
        share.users += 1
        share.time += used / share.weight
        try:
            await self._run_in_turns(runnable, share, holds_turn=used > 0)
        finally:
            share.users -= 1
            if share.users == 0:
                del self._shares[client_id]

    @property
    def running(self) -> int:
        """How many clients want the CPU for longer than a turn."""
        return len(self._shares)

    def _share(self, client_id: str) -> _Share:
        share = self._shares.get(client_id)
        if share is None:
            share = self._shares[client_id] = _Share(self._time, max(self.weight_of(client_id), 0.01))
        return share

    async def _run_in_turns(self, runnable: Runnable, share: _Share, *, holds_turn: bool) -> None:
        if holds_turn:
            await self._go_round(share)
        else:
            await self._turn_of(share, self._queue(share))
        while not self._use_turn(runnable, share):
            await self._go_round(share)

    def _use_turn(self, runnable: Runnable, share: _Share) -> bool:
        """Run for a turn; true if it ended, and the turn has passed on then."""
        ended = True  # so is one whose slice raises
        try:
            ended, seconds = self._turn(runnable)
            share.time += seconds / share.weight
        finally:
            if ended:
                self._pass_on()
        return ended

    async def _go_round(self, share: _Share) -> None:
        """Let the others see to the door, then compete for the next turn with all who wait."""
        try:
            for _ in range(ROUNDS):
                await trio.lowlevel.checkpoint()
        except trio.Cancelled:
            self._pass_on()
            raise
        turn = self._queue(share)
        self._pass_on()
        await self._turn_of(share, turn)

    def _queue(self, share: _Share) -> trio.Event:
        turn = trio.Event()
        share.waiting.append(turn)
        return turn

    async def _turn_of(self, share: _Share, turn: trio.Event) -> None:
        try:
            await turn.wait()
        except trio.Cancelled:
            if turn.is_set():
                self._pass_on()
            else:
                share.waiting.remove(turn)
            raise

    def _turn(self, runnable: Runnable) -> tuple[bool, float]:
        """Run slices for a turn's time, one at least; whether it ended, and the seconds it took."""
        began = self.clock()
        while True:
            ended = runnable.run_slice()
            seconds = self.clock() - began
            if ended or seconds >= TURN:
                self.used += seconds
                return ended, seconds

    async def _go_round_and_pass_on(self) -> None:
        try:
            for _ in range(ROUNDS):
                await trio.lowlevel.checkpoint()
        finally:
            self._pass_on()

    def _pass_on(self) -> None:
        """Give the next turn to whoever is furthest behind."""
        waiting = [share for share in self._shares.values() if share.waiting]
        if not waiting:
            self._busy = False
            return
        share = min(waiting, key=lambda each: each.time)
        self._time = max(self._time, share.time)
        share.waiting.popleft().set()
