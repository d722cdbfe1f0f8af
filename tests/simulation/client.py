"""A client that does operations one after another, asks again until it is answered, and remembers what it was told."""

import json
from collections.abc import Callable
from random import Random
from typing import Any

import trio
from attrs import define, field

from stui_actors.protocol.backoff import Backoff
from stui_actors.protocol.client import Answered, Conversation
from stui_actors.protocol.messages import Json
from tests.simulation.model import FENCED, KINDS, READ, Operation, Session, error_type
from tests.simulation.network import Link, Network
from tests.simulation.trace import Trace

DONE_ONCE = frozenset(
    (
        "create_session",
        "evaluate",
        "import_session",
        "load_context",
        "rename_session",
        "rollback_session",
        "save_context",
        "update_session_state",
    )
)
ATTACHING = ("create_session", "restore_session")
READS = (KINDS["read"], READ)  # a reply that tells of no change may lag
PATIENCE = Backoff(first=1.0, factor=1.5, most=5.0, attempts=10_000)


@define(eq=False)
class Terminal:
    """One program of one client; ``session`` is what it works in."""

    name: str
    client_id: str
    owner: int
    network: Network
    trace: Trace
    chance: Random
    session: Session
    link: Link = field(init=False)
    conversation: Conversation = field(init=False)
    is_strict: bool = True  # what a relaxed session was told may be done again after a crash, and be told otherwise
    epochs: dict[str, tuple[float, float]] = field(factory=dict)  # when each was asked for, and told
    deleted: set[str] = field(factory=set)
    session_of: dict[str, str] = field(factory=dict)
    said: dict[str, str] = field(factory=dict)
    attaches: dict[str, bool] = field(factory=dict)
    heard: Callable[[dict[str, Any]], None] | None = None  # is told of each event that is pushed
    _numbers: int = 0
    _next_id: str | None = None

    def __attrs_post_init__(self) -> None:
        self.conversation = Conversation(self._take_id, self.chance.random, client_id=self.client_id, backoff=PATIENCE)
        self.link = self.network.connect(self.owner, self.name)

    def _take_id(self) -> str:
        request_id, self._next_id = self._next_id, None
        return self.new_id() if request_id is None else request_id

    def new_id(self) -> str:
        """An id that nobody had."""
        self._numbers += 1
        return f"{self.name}-{self._numbers:04d}-{self.chance.getrandbits(64):016x}"

    async def ask_as(self, request_id: str, command: str, **parameters: Json) -> Answered:
        """Ask under an id that is known beforehand."""
        self._next_id = request_id
        return await self.ask(command, **parameters)

    async def ask(self, command: str, **parameters: Json) -> Answered:
        """The answer, however often it must be asked for."""
        if self.session.id is not None and command != "create_session":
            parameters.setdefault("session_id", self.session.id)
        conversation, clock = self.conversation, self.trace.clock
        asked = conversation.ask(command, parameters, clock.now)
        if self.is_strict and command in DONE_ONCE and parameters.get("code") not in READS:
            self.said.setdefault(asked.id, "")
            self.session_of[asked.id] = str(parameters.get("session_id"))
        self.attaches[asked.id] = command in ATTACHING
        self.trace.add(self.name, f"asks {command} {asked.id[-16:]}")
        self.network.to_server(self.link, asked.payload)
        while True:
            with trio.move_on_at(conversation.next_due() or 0.0):
                answer = self._read(await self.link.receive())
                if answer is not None and answer.id == asked.id:
                    return answer
                continue
            for each in conversation.due(clock.now):
                self._ask_again(each.payload)  # type: ignore[union-attr]  # its patience has no end

    def _read(self, payload: bytes) -> Answered | None:
        self._compare(payload)
        answer = self.conversation.receive(payload, self.trace.clock.now)
        if not isinstance(answer, Answered):
            return None
        if answer.error is None and "session_id" in (answer.result or {}):
            self.session_of[str(answer.id)] = str((answer.result or {})["session_id"])
        self._check_attachment(str(answer.id), answer)
        outcome = type(answer.error).__name__ if answer.error is not None else "success"
        self.trace.add(self.name, f"is answered {outcome} {str(answer.id)[-16:]}{' again' if answer.replayed else ''}")
        return answer

    def _check_attachment(self, request_id: str, answer: Answered) -> None:
        """Each attachment has an epoch of its own: no two requests are ever told the same."""
        epoch = (answer.result or {}).get("session_epoch")
        if isinstance(epoch, str) and self.attaches[request_id]:
            first = self.network.attachments.setdefault(epoch, request_id)
            if first != request_id:
                self.session.violated(f"{first} and {request_id} were both given the epoch {epoch}")

    def _compare(self, payload: bytes) -> None:
        """The same id gets the same reply, once it got one for good."""
        reply = json.loads(payload)
        if "event" in reply and self.heard is not None:
            self.heard(reply)
        if (
            reply.get("id") not in self.said
            or (reply.get("result") or {}).get("pending")
            or self.session_of.get(reply["id"]) in self.deleted
            or reply.get("retryable")
            or self.session.may_be_damaged()
        ):
            return
        said = json.dumps([reply.get("result"), reply.get("error_type")], sort_keys=True)
        if self.said[reply["id"]] not in ("", said):
            self.session.violated(f"{reply['id']} was answered {self.said[reply['id']]} and {said}")
        self.said[reply["id"]] = said

    def _ask_again(self, payload: bytes) -> None:
        if self.link.is_cut or self.chance.random() < 0.5:
            if not self.link.is_cut:
                self.network.cut(self.link)
            self.link = self.network.connect(self.owner, self.name)
        self.trace.add(self.name, f"asks again over {self.link.connection.decode()}")
        self.network.to_server(self.link, payload)

    # What it does

    async def open_session(self) -> None:
        """Make the session that all terminals of this client work in."""
        asked_at = self.trace.clock.now
        answer = await self.ask("create_session", durability=self.session.durability)
        if answer.error is not None:
            self.session.refused("create_session", answer.error)
            return
        self.session.id = str((answer.result or {})["session_id"])
        self._note_epoch(answer, asked_at)

    async def work(self, operations: list[Operation], others: list[Session]) -> None:
        """Do ``operations``, and now and then something that must not work, or changes nothing."""
        for operation in operations:
            await trio.sleep(self.chance.uniform(0, 0.3))
            await self.do(operation)
            await self._something_else(others)

    async def do(self, operation: Operation) -> None:
        """One operation, noted before it is sent and when it was answered."""
        if operation.kind in FENCED:
            self._fence(operation)
        self.session.sent(operation, self.trace.clock.now)
        answer = await self.ask(operation.command, **operation.parameters)
        self._note_epoch(answer, operation.sent_at)
        if operation.command == "restore_session" and answer.error is None:
            self.session.recovered((answer.result or {}).get("recovered_from"))
        self.session.answered(operation, answer, self.trace.clock.now)
        if error_type(answer.error) == "SessionConflict" and operation.kind not in ("stale", "restore"):
            await self.do(Operation("takeover", f"{operation.mark}+"))

    def _fence(self, operation: Operation) -> None:
        """Let it speak for an attachment; without two of them none is known to be over."""
        if len(self.epochs) < 2:
            operation.kind = "append"
        else:
            known = list(self.epochs)
            operation.epoch = known[-1 if operation.kind == "fenced" else 0]
            operation.since = self.epochs[known[1]]

    def _note_epoch(self, answer: Answered, asked_at: float) -> None:
        epoch = (answer.result or {}).get("session_epoch")
        if isinstance(epoch, str) and epoch not in self.epochs:
            self.epochs[epoch] = asked_at, self.trace.clock.now

    async def _something_else(self, others: list[Session]) -> None:
        chance = self.chance.random()
        if chance < 0.15 and others:
            await self._pry(self.chance.choice(others))
        elif chance < 0.3:
            await trio.sleep(self.chance.uniform(0, 6))

    async def _pry(self, other: Session) -> None:
        """Ask for another client's session: it is not there."""
        if other.id is None:
            return
        answer = await self.ask("evaluate", session_id=other.id, code="log")
        if answer.error is None or answer.error.error_type != "SessionNotFound":
            self.session.violated(f"{self.client_id} was told of a session of {other.client_id}: {answer}")
