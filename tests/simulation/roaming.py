"""A terminal that asks now one server, now another, of those that share a database: what waits is asked again there.

Who comes to another server takes its session over before it goes on. What was refused there, because the session was
another's, and was not noted as done, is asked once more under its id.
"""

from typing import Any

import trio
from attrs import define, field

from stui_actors.protocol.client import Answered
from stui_actors.protocol.messages import Json
from tests.simulation.client import ATTACHING, DONE_ONCE, READS, Terminal
from tests.simulation.model import error_type
from tests.simulation.network import Network

NOT_OF_A_SESSION = frozenset(("create_session", "import_session", "list_client_sessions"))
CONFLICT = "SessionConflict"
CHANGING = DONE_ONCE | {"close_session"}
GONE = ("SessionNotFound", "SessionClosed")
WAIT = 0.1  # seconds more with each round, at most
ROUNDS = 60  # that a request is asked in before it counts as not answered for good
STAYS = 0.5  # the chance that what is asked again is asked at the same server


@define(eq=False)
class Roamer(Terminal):
    """A terminal of several servers. ``places``: at which one it has each session, as far as it knows."""

    networks: tuple[Network, ...] = field(kw_only=True)
    insists: bool = field(default=False, kw_only=True)  # what was refused for good is asked anew, under another id
    places: dict[str, Network] = field(factory=dict)

    async def ask(self, command: str, **parameters: Json) -> Answered:
        """The answer that is final, from whichever server gives it."""
        request_id = self._take_id()
        session_id = str(parameters.get("session_id", self.session.id))
        for turn in range(ROUNDS):
            if command not in (*NOT_OF_A_SESSION, "restore_session"):
                await self._be_at(session_id)
            there = self.network
            self._next_id = request_id
            answer = await super().ask(command, **parameters)
            if error_type(answer.error) == CONFLICT:
                self.places.pop(session_id, None)
            if not self._is_final(command, parameters, answer, there):
                await trio.sleep(self.chance.uniform(0, WAIT * turn))  # or two take it from each other for ever
                if (self.insists and answer.replayed) or answer.error is None:
                    request_id = self.new_id()
                continue
            if command in ATTACHING and answer.error is None and self.network is there:
                self.places[str((answer.result or {})["session_id"])] = there
            return answer
        self.session.violated(f"{request_id} ({command}) is not answered for good: {answer}")
        return answer

    def _is_final(self, command: str, parameters: dict[str, Json], answer: Answered, there: Network) -> bool:
        """Whether it says what is so wherever the request is sent, and not only where it was answered."""
        if error_type(answer.error) == CONFLICT:
            is_noted = answer.replayed and not self.insists
            is_told = command == "get_result" or (command == "restore_session" and "on_conflict" not in parameters)
            return is_noted or is_told
        is_change = command in CHANGING and parameters.get("code") not in READS
        return is_change or command in ATTACHING or self.network is there

    async def _be_at(self, session_id: str) -> None:
        """Have the session attached where the terminal is, so that what is read there is not another server's past."""
        while self.places.get(session_id) is not self.network:
            there, asked_at = self.network, self.trace.clock.now
            self._next_id = self.new_id()
            answer = await super().ask("restore_session", session_id=session_id, on_conflict="takeover")
            if session_id == self.session.id:
                self._note_epoch(answer, asked_at)
            if self.network is there and (answer.error is None or error_type(answer.error) in GONE):
                self.places[session_id] = there

    def _compare(self, payload: bytes) -> None:
        """A refusal that no server noted is none for good."""
        if b'"SessionConflict"' not in payload or b'"replayed":true' in payload.replace(b" ", b""):
            super()._compare(payload)

    def _ask_again(self, payload: bytes) -> None:
        if self.chance.random() >= STAYS:
            self._move()
        super()._ask_again(payload)

    def _move(self) -> None:
        self.network.cut(self.link)
        self.network = self.chance.choice(self.networks)
        self.link = self.network.connect(self.owner, self.name)

    async def work(self, operations: list[Any], others: list[Any]) -> None:
        """Do ``operations``, now and then at another server."""
        for operation in operations:
            if self.chance.random() < 0.3:
                self._move()
            await super().work([operation], others)
