"""Shares the one CPU between clients, a turn at a time. Owns nobody's work.

Stride scheduling: a client's time advances by what it used, divided by its weight; the one that is furthest behind
is next. Between two turns the scheduler of Trio goes round five times. A message needs three to get from the door
through its client's actor to its session's task, and within one the tasks come in any order: with three every third
message found the next turn just given away, with five one in twenty does.

What ends long before its turn is over leaves the rest of it to those who wait: their slices run then and there, and
their tasks learn how they ended. A switch to each of them would cost a round of Trio's scheduler per evaluation. So it
would for who is further behind than all who wait, and runs at once; that is charged as long as somebody is busy.
"""

import heapq
from collections import deque
from collections.abc import Callable
from functools import partial
from itertools import count
from time import perf_counter

import trio
from attrs import define, field

from stui_actors.actors.messages import Runnable
from stui_actors.actors.supervisor import caught

TURN = 0.001  # seconds: below what a person feels, above what a switch costs
ROUNDS = 5  # checkpoints between two turns
MOST_DEBTS = 1000  # clients that ran at once; then it is looked for those that have nothing to make up for


def _equal(client_id: str) -> float:
    """The weight of everybody where nobody has another."""
    return 1.0


@define(eq=False)
class _Share:
    """One client that wants the CPU: how far its time has advanced, and its claims in the order of their turns."""

    time: float
    weight: float
    waiting: "deque[_Claim]" = field(factory=deque)
    users: int = 0
    is_in_line: bool = False


@define(eq=False)
class _Claim:
    """A wish for a turn, and what came of it: ``was_used`` if somebody else's task ran it."""

    runnable: Runnable
    share: _Share
    granted: trio.Event = field(factory=trio.Event)
    was_used: bool = False
    ended: bool = False
    failure: Exception | None = None


@define(eq=False)
class CpuActor:
    """Grants turns. ``weight_of`` a client: its share relative to others'."""

    weight_of: Callable[[str], float] = _equal
    clock: Callable[[], float] = perf_counter
    used: float = 0.0
    _shares: dict[str, _Share] = field(factory=dict)
    _line: list[tuple[float, int, _Share]] = field(factory=list)  # a heap: the share that is furthest behind first
    _numbers: "count[int]" = field(factory=count)
    _time: float = 0.0
    _busy: bool = False
    _holder: _Share | None = None  # of the turn, while somebody is busy
    _debts: dict[str, float] = field(factory=dict)  # how far the time has advanced of clients that ran at once
    _most_debts: int = MOST_DEBTS

    async def run(self, runnable: Runnable, client_id: str) -> None:
        """Return once ``runnable`` has ended; what its slices raise is raised here.

        What ends within its first turn while nobody is before it costs no switch at all.
        """
        used, is_alone = 0.0, not self._busy
        if is_alone or self._comes_first(client_id):
            ended, used = self._turn(runnable)
            if ended:
                self._charge(client_id, 0.0 if is_alone else used)
                return
            self._busy = True
        share = self._share(client_id)
        share.users += 1
        share.time += used / share.weight
        if is_alone:
            self._holder = share
        try:
            await self._run_in_turns(runnable, share, holds_turn=is_alone)
        finally:
            share.users -= 1
            if share.users == 0:
                del self._shares[client_id]

    @property
    def running(self) -> int:
        """How many clients want the CPU for longer than a turn."""
        return len(self._shares)

    def _comes_first(self, client_id: str) -> bool:
        """Whether a client's next claim would be before all others. Then none of them loses by its turn."""
        share = self._shares.get(client_id)
        if share is not None and share.waiting:
            return False
        time = self._time_of(client_id) if share is None else share.time
        is_before = self._holder is None or time < self._holder.time
        return is_before and not (self._line and self._line[0][0] <= time)

    def _charge(self, client_id: str, seconds: float) -> None:
        """A client ran for so long without having waited."""
        share = self._shares.get(client_id)
        if share is not None:
            share.time += seconds / share.weight
        elif seconds:
            self._debts[client_id] = self._time_of(client_id) + seconds / self._weight(client_id)
            self._forget_debts()

    def _forget_debts(self) -> None:
        """Forget those that are made up for, once there are twice as many as were left the last time."""
        if len(self._debts) > self._most_debts:
            self._debts = {each: time for each, time in self._debts.items() if time > self._time}
            self._most_debts = max(MOST_DEBTS, 2 * len(self._debts))

    def _time_of(self, client_id: str) -> float:
        """Where a client begins that has no share."""
        return max(self._time, self._debts.get(client_id, 0.0))

    def _weight(self, client_id: str) -> float:
        return max(self.weight_of(client_id), 0.01)

    def _share(self, client_id: str) -> _Share:
        share = self._shares.get(client_id)
        if share is None:
            share = self._shares[client_id] = _Share(self._time_of(client_id), self._weight(client_id))
            self._debts.pop(client_id, None)
        return share

    async def _run_in_turns(self, runnable: Runnable, share: _Share, *, holds_turn: bool) -> None:
        ended = False
        while not ended:
            claim = await self._go_round(runnable, share) if holds_turn else self._claim(runnable, share)
            holds_turn = True
            await self._granted(claim)
            if claim.failure is not None:
                raise claim.failure
            ended = claim.ended if claim.was_used else self._use_turn(claim)

    def _use_turn(self, claim: _Claim) -> bool:
        """Run for a turn; true if it ended, and the turn has passed on then."""
        ended = True  # so is one whose slice raises
        try:
            ended = self._charged_turn(claim)
        finally:
            if ended:
                self._pass_on()
        return ended

    def _charged_turn(self, claim: _Claim) -> bool:
        ended, seconds = self._turn(claim.runnable)
        claim.share.time += seconds / claim.share.weight
        return ended

    async def _go_round(self, runnable: Runnable, share: _Share) -> _Claim:
        """Let the others see to the door, then compete for the next turn with all who wait."""
        try:
            for _ in range(ROUNDS):
                await trio.lowlevel.checkpoint()
        except trio.Cancelled:
            self._pass_on()
            raise
        claim = self._claim(runnable, share)
        self._pass_on()
        return claim

    def _claim(self, runnable: Runnable, share: _Share) -> _Claim:
        claim = _Claim(runnable, share)
        share.waiting.append(claim)
        self._line_up(share)
        return claim

    def _line_up(self, share: _Share) -> None:
        if not share.is_in_line:
            share.is_in_line = True
            heapq.heappush(self._line, (share.time, next(self._numbers), share))

    async def _granted(self, claim: _Claim) -> None:
        try:
            await claim.granted.wait()
        except trio.Cancelled:
            if not claim.granted.is_set():
                claim.share.waiting.remove(claim)
            elif not claim.ended:
                self._pass_on()
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

    def _pass_on(self) -> None:
        """Give the next turn to whoever is furthest behind; those that end early share it, here."""
        over = self.clock() + TURN
        while (claim := self._next()) is not None:
            if self.clock() < over:
                self._use_for(claim)
            claim.granted.set()
            if not claim.ended:
                self._holder = claim.share
                return
        self._busy, self._holder = False, None
        self._debts.clear()

    def _use_for(self, claim: _Claim) -> None:
        """Run another task's slices for a turn; what they raise is kept for that task."""
        claim.was_used = True
        ended, claim.failure = caught(partial(self._charged_turn, claim))
        claim.ended = ended is not False

    def _next(self) -> _Claim | None:
        """Whoever is furthest behind, out of the line."""
        while self._line:
            time, _, share = heapq.heappop(self._line)
            share.is_in_line = False
            if not share.waiting:  # who waited was cancelled
                continue
            claim = share.waiting.popleft() if time >= share.time else None  # else it has had a turn since
            if share.waiting:
                self._line_up(share)
            if claim is not None:
                self._time = max(self._time, share.time)
                return claim
        return None
