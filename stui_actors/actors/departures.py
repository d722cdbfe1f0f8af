"""Takes workspaces that have left memory apart, in turns. Owns them from the moment at which no session has them.

What is dropped in one step stops everybody for as long as it is large, and rings of objects wait for a full collection.
"""

import trio
from attrs import define, field

from stui_actors.actors.messages import Cpu
from stui_actors.actors.wakes import Wakes
from stui_actors.session.leaving import Leaving
from stui_actors.session.workspace import Workspace

NOBODY = ""  # the client in whose name it takes turns
MOST = 1000  # workspaces that wait; more than that go as Python lets them go
BATCH = 16  # workspaces between two looks at how many wait
REST = 0.05  # seconds between two slices while sessions wake all the time: a hundredth of the processor
PATIENT = 100  # workspaces that wait while all departures together weigh as much as one client
LEAST = 0.1  # of a client's weight: nobody shares the processor with those that just fell asleep


@define(eq=False)
class DeparturesActor:
    """``taken_apart`` counts workspaces. While sessions wake, and few wait, it rests."""

    cpu: Cpu
    wakes: Wakes = field(factory=Wakes)
    taken_apart: int = 0
    _is_running: bool = False
    _send: "trio.MemorySendChannel[Workspace]" = field(init=False)
    _receive: "trio.MemoryReceiveChannel[Workspace]" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(MOST)

    def post(self, workspace: Workspace) -> None:
        """Take over a workspace that nobody will ask again; never waits."""
        if self._is_running and self.waiting < MOST:
            self._send.send_nowait(workspace)

    @property
    def waiting(self) -> int:
        """How many workspaces wait to be taken apart."""
        return self._receive.statistics().current_buffer_used

    @property
    def weight(self) -> float:
        """Their share of the processor, relative to a client's: little while few wait, the more the more there are."""
        return max(LEAST, self.waiting / PATIENT)

    @property
    def gives_way(self) -> bool:
        """Whether somebody wakes a session, and the memory of those that wait can wait as well."""
        return self.waiting < PATIENT and self.wakes.are_underway

    async def run(self) -> None:
        """Take apart what comes, one after another, until cancelled."""
        self._is_running = True
        try:
            while True:
                batch = _Batch(self, (await self._receive.receive()).leaving())
                while batch.leaving is not None:
                    await self._rest()
                    await self.cpu.run(batch, NOBODY)
        finally:
            self._is_running = False

    async def _rest(self) -> None:
        """Give way, for REST at most."""
        with trio.move_on_after(REST):
            while self.gives_way:
                await self.wakes.over()

    def next_one(self) -> Leaving | None:
        """What waits longest; None where nothing does."""
        return self._receive.receive_nowait().leaving() if self.waiting else None


@define(eq=False)
class _Batch:
    """Some workspaces, one after another, in one claim on the processor: else each would begin without a past.

    Where it gives way it ends before all is done, and is to be run again.
    """

    departures: DeparturesActor
    leaving: Leaving | None
    done: int = 0

    def run_slice(self) -> bool:
        assert self.leaving is not None, "it has ended"
        if not self.leaving.run_slice():
            return self.departures.gives_way
        self.departures.taken_apart += 1
        self.done += 1
        self.leaving = self.departures.next_one() if self.done < BATCH else None
        return self.leaving is None
