"""The client library on Trio: ``async with connect(...) as stui: await stui.evaluate("3 + 4")``."""

import random
import time
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Literal

import trio
from attrs import define, field

from stui_actors.errors import InvalidRequest, Overloaded, StuiError
from stui_actors.protocol.backoff import Backoff
from stui_actors.protocol.client import Answered, Conversation, Unanswered
from stui_actors.protocol.messages import Event, Json, RequestId
from stui_actors.transport.dealer import Dealer

DEFAULT_ENDPOINT = "tcp://127.0.0.1:5555"
MAX_EVENTS = 10_000  # that wait to be taken; the server keeps no more either
EVALUATION_PATIENCE = 35.0  # seconds before an evaluation is sent again: a little above what it may take

State = Literal["connecting", "connected", "waiting"]


class NoAnswer(StuiError):
    """The server did not answer, however often it was asked."""

    suggestion = "Look whether the server runs, and listens on this endpoint."


@define(eq=False)
class TrioClient:
    """One connection to a server. Requests may be under way at the same time; what stays unanswered is sent again."""

    _dealer: Dealer
    _conversation: Conversation
    _clock: Callable[[], float]
    state: State = "connecting"
    on_state: Callable[[State], None] | None = None
    events: "trio.MemoryReceiveChannel[Event]" = field(init=False)
    _events: "trio.MemorySendChannel[Event]" = field(init=False)
    _waiting: dict[RequestId, "_Waiting"] = field(factory=dict)
    _asked: trio.Event = field(factory=trio.Event)

    def __attrs_post_init__(self) -> None:
        self._events, self.events = trio.open_memory_channel(MAX_EVENTS)

    async def ask(self, command: str, *, patience: float | None = None, **parameters: Json) -> dict[str, Json]:
        """The result of one command; raise its error, or NoAnswer. ``patience``: seconds before it is sent again."""
        request = self._conversation.ask(command, parameters, self._clock(), patience)
        waiting = self._waiting[request.id] = _Waiting()
        try:
            self._send(request.payload)
            self._asked.set()
            await waiting.answered.wait()
        finally:
            del self._waiting[request.id]
            self._conversation.forget(request.id)
        if waiting.answer is None:
            raise NoAnswer("The server does not answer.")
        return waiting.answer.value()

    async def evaluate(self, code: str, **parameters: Json) -> str:
        """The printString of what ``code`` answers; raise ParseError, EvaluationError and the like."""
        timeout = parameters.get("timeout")
        patience = EVALUATION_PATIENCE if not isinstance(timeout, int | float) else float(timeout) + 5
        return str((await self.ask("evaluate", patience=patience, code=code, **parameters))["result"])

    def _send(self, payload: bytes) -> None:
        try:
            self._dealer.send(payload)
        except Overloaded:
            return  # the queue is full because the server is away; it is sent again when it is due

    async def run(self) -> None:
        """Receive, and send again what is due; ``connect`` keeps this going."""
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._receive)
            await self._resend()

    async def _receive(self) -> None:
        while True:
            payload = await self._dealer.receive()
            self._become("connected")
            try:
                arrival = self._conversation.receive(payload, self._clock())
            except InvalidRequest:
                continue  # no server of this protocol; what is open stays open
            if isinstance(arrival, Answered):
                self._settle(arrival.id, arrival)
            elif isinstance(arrival, Event):
                self._keep(arrival)
            else:
                self._asked.set()

    def _keep(self, event: Event) -> None:
        try:
            self._events.send_nowait(event)
        except trio.WouldBlock:
            self.events.receive_nowait()  # nobody takes them: the oldest goes, and can be had by poll_events
            self._events.send_nowait(event)

    async def _resend(self) -> None:
        while True:
            self._asked = trio.Event()
            due = self._conversation.next_due()
            with trio.move_on_after(float("inf") if due is None else max(0.0, due - self._clock())):
                await self._asked.wait()
            for each in self._conversation.due(self._clock()):
                if isinstance(each, Unanswered):
                    self._settle(each.id, None)
                else:
                    self._become("waiting")
                    self._send(each.payload)

    def _settle(self, request_id: RequestId, answer: Answered | None) -> None:
        waiting = self._waiting.get(request_id)
        if waiting is not None:
            waiting.answer = answer
            waiting.answered.set()

    def _become(self, state: State) -> None:
        if state != self.state:
            self.state = state
            if self.on_state is not None:
                self.on_state(state)


@define(eq=False)
class _Waiting:
    """Somebody who waits for an answer."""

    answered: trio.Event = field(factory=trio.Event)
    answer: Answered | None = None


def _new_id() -> str:
    return str(uuid.uuid4())


@asynccontextmanager
async def connect(
    endpoint: str = DEFAULT_ENDPOINT,
    *,
    client_id: str | None = None,
    auth_token: str | None = None,
    backoff: Backoff | None = None,
    on_state: Callable[[State], None] | None = None,
) -> AsyncIterator[TrioClient]:
    """A client for as long as the block lasts; raise ValueError for what is no endpoint."""
    dealer = Dealer.connect(endpoint)
    conversation = Conversation(
        _new_id, random.random, client_id=client_id, auth_token=auth_token, backoff=backoff or Backoff()
    )
    failure: Exception | KeyboardInterrupt | None = None
    try:
        client = TrioClient(dealer, conversation, time.monotonic, on_state=on_state)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(client.run)
            try:
                yield client
            except (Exception, KeyboardInterrupt) as error:  # noqa: BLE001  # raised again below, so that no nursery wraps it in a group
                failure = error
            nursery.cancel_scope.cancel()
    finally:
        dealer.close()
    if failure is not None:
        raise failure
