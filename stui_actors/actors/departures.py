"""Takes workspaces that have left memory apart, in turns. Owns them from the moment at which no session has them.

What is dropped in one step stops everybody for as long as it is large, and rings of objects wait for a full collection.
"""

import trio
from attrs import define, field

from stui_actors.actors.messages import Cpu
from stui_actors.session.workspace import Workspace

NOBODY = ""  # the client in whose name it takes turns: all departures together weigh as much as one client
MOST = 1000  # workspaces that wait; more than that go as Python lets them go


@define(eq=False)
class DeparturesActor:
    """``taken_apart`` counts workspaces."""

    cpu: Cpu
    taken_apart: int = 0
    _is_running: bool = False
    _send: "trio.MemorySendChannel[Workspace]" = field(init=False)
    _receive: "trio.MemoryReceiveChannel[Workspace]" = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self._receive = trio.open_memory_channel(MOST)

    def post(self, workspace: Workspace) -> None:
        """Take over a workspace that nobody will ask again; never waits."""
        if self._is_running and self._send.statistics().current_buffer_used < MOST:
            self._send.send_nowait(workspace)

    async def run(self) -> None:
        """Take apart what comes, one after another, until cancelled."""
        self._is_running = True
        try:
            while True:
                await self.cpu.run((await self._receive.receive()).leaving(), NOBODY)
                self.taken_apart += 1
        finally:
            self._is_running = False
