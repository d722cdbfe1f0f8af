"""The gateway: hands each message to its client's mailbox, and replies to their peers. Never waits for anybody.

Owns what connections are bound to. Reads no more of a message than whom it names.
"""

import heapq
from collections.abc import Callable
from itertools import count

import trio
from attrs import define, field, frozen

from stui_actors.actors.auth import ANONYMOUS
from stui_actors.actors.mailbox import RANK, Rank
from stui_actors.actors.messages import Address, Arrived, ConnectionGone
from stui_actors.actors.registry import Client, RegistryActor
from stui_actors.errors import InvalidRequest, Overloaded, ShuttingDown, StuiError
from stui_actors.protocol.codec import Codec
from stui_actors.protocol.messages import Reply
from stui_actors.transport.router import Router

MAX_CLIENTS_PER_CONNECTION = 64  # whom to tell when it is gone; others notice by its silence
MAX_DELAYED = 10_000  # replies that are held back on purpose; beyond that they go at once


@define(eq=False)
class Caller:
    """One connection: which client and session it is bound to, and which clients it spoke to."""

    client_id: str | None = None
    session_id: str | None = None
    clients: dict[str, Client] = field(factory=dict)


@frozen(order=True)
class Delayed:
    """A reply that is held back until ``due``."""

    due: float
    number: int
    address: Address = field(order=False)
    payload: bytes = field(order=False)


@define(eq=False)
class GatewayActor:
    """Between the router and the clients.

    ``owner_of`` answers whose a stored session is, ``shown_over`` which client was authenticated over a connection.
    """

    router: Router
    codec: Codec
    registry: RegistryActor
    owner_of: Callable[[str], str | None]
    now: Callable[[], float]
    forget_credentials: Callable[[bytes], None]
    shown_over: Callable[[bytes], str | None]
    max_message_bytes: int
    name: str = "gateway"
    refused: int = 0
    serving: trio.Event = field(factory=trio.Event)
    _callers: dict[bytes, Caller] = field(factory=dict)
    _stopped: trio.Event = field(factory=trio.Event)
    _draining: bool = False
    _delayed: list[Delayed] = field(factory=list)
    _numbers: "count[int]" = field(factory=count)
    _more_delayed: trio.Event = field(factory=trio.Event)

    async def run(self, *, task_status: trio.TaskStatus[None] = trio.TASK_STATUS_IGNORED) -> None:
        """Serve until ``stop``."""
        RANK.set(Rank.GATEWAY)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self.router.serve, self)
            nursery.start_soon(self._send_delayed)
            task_status.started()
            self.serving.set()
            await self._stopped.wait()
            nursery.cancel_scope.cancel()

    def drain(self) -> None:
        """From now on answer ShuttingDown to whatever comes."""
        self._draining = True

    def stop(self) -> None:
        """Serve no more."""
        self._stopped.set()

    # In

    def arrived(self, address: Address, payload: bytes) -> None:
        """Put a message into its client's mailbox, or refuse it at once."""
        if self._draining:
            self.refuse(address, payload, ShuttingDown("The server is shutting down."))
            return
        if len(payload) > self.max_message_bytes:  # libzmq lets a little more through
            self.refuse(address, payload, _too_long(len(payload), self.max_message_bytes))
            return
        caller = self._callers.get(address.connection)
        if caller is None:
            caller = self._callers[address.connection] = Caller()
        client_id = self._client_for(payload, caller, address.connection)
        client = caller.clients.get(client_id)
        if client is None or self.registry.here.get(client_id) is not client:
            try:
                client = self._meet(client_id, caller, address.connection)
            except StuiError as error:
                self.refuse(address, payload, error)
                return
        client.last_seen, client.heard_at = self.now(), trio.current_time()
        bound = caller.session_id if client_id == caller.client_id else None
        if not client.mailbox.post(Arrived(address, payload, bound)):
            self.refuse(address, payload, _full(client))

    def _client_for(self, payload: bytes, caller: Caller, connection: bytes) -> str:
        """Whom it names, whom its connection is bound to, or showed to be, whose session it names; else nobody."""
        peek = self.codec.peek(payload)
        if peek.client_id is not None:
            return peek.client_id
        if caller.client_id is not None:
            return caller.client_id
        shown = self.shown_over(connection)
        if shown is not None:
            return shown
        if peek.session_id is not None:
            owner = self.owner_of(peek.session_id)
            if owner is not None:
                return owner
        return ANONYMOUS + connection.hex()

    def _meet(self, client_id: str, caller: Caller, connection: bytes) -> Client:
        client = self.registry.here.get(client_id)
        if client is None:
            client = self.registry.admit(client_id)
        if client_id in caller.clients or len(caller.clients) < MAX_CLIENTS_PER_CONNECTION:
            caller.clients[client_id] = client
            self.registry.connected(client, connection)
        return client

    def malformed(self, address: Address, fault: str) -> None:
        """Answer a message whose frames are wrong."""
        error = InvalidRequest(fault, path="$frames")
        self.router.send(address, self.codec.encode_refusal(error, client_id=None, now=self.now()))

    def gone(self, connection: bytes) -> None:
        """Tell the clients that were spoken to over ``connection``."""
        self.forget_credentials(connection)
        caller = self._callers.pop(connection, None)
        if caller is None:
            return
        for client_id, client in caller.clients.items():
            if self.registry.here.get(client_id) is client:
                client.mailbox.notify(ConnectionGone(connection))
                self.registry.connection_gone(client, connection)

    def refuse(self, address: Address, payload: bytes, error: StuiError) -> None:
        """Answer a message that no client's actor takes."""
        self.refused += 1
        to = self.codec.reply_to(payload)
        reply = self.codec.encode_reply(to, Reply(error=error), client_id=to.client_id, now=self.now())
        self.router.send(address, reply)

    def refuse_arrived(self, message: Arrived, error: StuiError) -> None:
        """``refuse`` for a message that was in a mailbox already."""
        self.refuse(message.address, message.payload, error)

    # Out

    def send(self, address: Address, payload: bytes, *, after: float = 0.0) -> None:
        """Send a reply, ``after`` so many seconds."""
        if after <= 0 or len(self._delayed) >= MAX_DELAYED:
            self.router.send(address, payload)
            return
        heapq.heappush(self._delayed, Delayed(trio.current_time() + after, next(self._numbers), address, payload))
        self._more_delayed.set()

    def push(self, connection: bytes, payload: bytes) -> None:
        """Send what nobody asked for; dropped if the peer is gone, or too slow for events."""
        self.router.push(connection, payload)

    def bind(self, connection: bytes, client_id: str, session_id: str) -> None:
        """From now on what comes over ``connection`` without a name is for this client and session."""
        caller = self._callers.get(connection)
        if caller is not None:  # it may be gone by now
            caller.client_id, caller.session_id = client_id, session_id

    def unbind(self, connection: bytes, session_id: str) -> None:
        """Forget what ``connection`` was bound to, if that is this session."""
        caller = self._callers.get(connection)
        if caller is not None and caller.session_id == session_id:
            caller.client_id = caller.session_id = None

    async def _send_delayed(self) -> None:
        while True:
            if not self._delayed:
                self._more_delayed = trio.Event()
                await self._more_delayed.wait()
            with trio.move_on_at(self._delayed[0].due):
                self._more_delayed = trio.Event()
                await self._more_delayed.wait()
            while self._delayed and self._delayed[0].due <= trio.current_time():
                due = heapq.heappop(self._delayed)
                self.router.send(due.address, due.payload)


def _full(client: Client) -> Overloaded:
    return Overloaded("The client's mailbox is full.", limit="mailbox", value=client.mailbox.limit, retry_after=1)


def _too_long(size: int, most: int) -> InvalidRequest:
    return InvalidRequest(
        f"The message has {size} bytes; at most {most} are taken.",
        suggestion="Send it in parts; `describe` tells the limits.",
        path="$",
        limit="max_message_bytes",
        value=most,
    )
