"""The server's ROUTER socket on Trio: messages in, replies out, and word of connections that are gone.

Owns the socket and what is known of its peers. Refuses to wait for any one of them.
"""

import errno
from collections.abc import Callable
from contextlib import ExitStack
from typing import Protocol

import trio
import zmq
from attrs import define, field

from stui_actors.config import ServerSettings, TransportSettings
from stui_actors.transport.address import Address
from stui_actors.transport.endpoints import bind, check_endpoint
from stui_actors.transport.framing import MalformedError, split
from stui_actors.transport.monitor import Monitor
from stui_actors.transport.peers import Peer, Peers
from stui_actors.transport.readiness import Readiness

NOBLOCK = int(zmq.NOBLOCK)  # plain: arithmetic with enumerations takes microseconds
SNDMORE = int(zmq.SNDMORE | zmq.NOBLOCK)
RECEIVE_CAP = 64  # messages between two checkpoints: a flood must not keep the others from running
HEADROOM = 65536  # bytes above max_message_bytes that libzmq lets through, so that the refusal can be a reply
RETRY_INTERVAL = 0.05  # seconds between two tries to send what is held for slow peers, if nothing tells of room
RETRY_PAUSE = 0.001  # seconds between two tries, if something does
MAX_HELD = 1000  # replies held for one slow peer, beyond the queue that libzmq keeps for it
MAX_HELD_BYTES = 16 * 1024 * 1024  # of one slow peer: room for one reply of any size, and then some
LINGER = 1000  # milliseconds that the last replies have when the socket closes
ZAP_DOMAIN = b"stui"  # without one, libzmq lets in ZMTP 1 and 2, and whoever speaks half a protocol


class Receiver(Protocol):
    """What the router hands messages to. Nothing here waits."""

    def arrived(self, address: Address, payload: bytes) -> None:
        """Take a message."""

    def malformed(self, address: Address, fault: str) -> None:
        """Answer a message whose frames are wrong, but leave room for a reply."""

    def gone(self, connection: bytes) -> None:
        """Take note that a connection is gone."""


@define(eq=False)
class Counts:
    """What the router counts, since its start."""

    received: int = 0
    sent: int = 0
    dropped: int = 0
    malformed: int = 0
    unreachable: int = 0
    held: int = 0
    evicted: int = 0


@define(eq=False)
class Router:
    """One bound ROUTER socket. ``endpoint`` is where it really listens."""

    _socket: "zmq.Socket[bytes]"
    _monitor: Monitor
    endpoint: str
    _settings: TransportSettings
    counts: Counts = field(factory=Counts)
    _peers: Peers = field(factory=Peers)
    _send_frame: Callable[[bytes, int], object] = field(init=False)
    _readiness: Readiness = field(init=False)
    _gone: Callable[[bytes], None] = field(init=False)
    _collects: bool = field(default=False, init=False)
    _collected: list[tuple[Address, bytes]] = field(factory=list, init=False)
    _retried_at: float = field(default=0.0, init=False)
    _somebody_slow: trio.Event = field(factory=trio.Event, init=False)

    def __attrs_post_init__(self) -> None:
        self._readiness = Readiness(self._socket)
        # pyzmq's own method, without the layer above it that looks for options of draft sockets: three calls per reply
        self._send_frame = super(zmq.Socket, self._socket).send
        self._gone = _ignore

    @classmethod
    def open(cls, server: ServerSettings, transport: TransportSettings) -> "Router":
        """Listen on ``server.bind``; raise ConfigError where that can't or must not be."""
        check_endpoint(server.bind, insecure=server.insecure)
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        socket = context.socket(zmq.ROUTER)
        with ExitStack() as undo:
            undo.callback(context.destroy, linger=0)
            _configure(socket, server.max_message_bytes, transport)
            monitor = Monitor.of(socket)
            endpoint = bind(socket, server.bind)
            undo.pop_all()
        return cls(socket, monitor, endpoint, transport)

    def close(self) -> None:
        """Stop listening; replies on their way have a second to go out."""
        context = self._socket.context
        self._monitor.close()
        self._socket.close(linger=LINGER)
        context.term()

    # In

    async def serve(self, receiver: Receiver) -> None:
        """Hand over what comes in, for ever; one task at a time may call this."""
        self._gone = receiver.gone
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._watch)
            nursery.start_soon(self._retry)
            while True:
                if await self._serve_some(receiver) < RECEIVE_CAP and not self._readiness.is_readable():
                    await self._readiness.wait()  # returns, too, when libzmq hears of room in a peer's queue
                    if self._peers.slow and trio.current_time() - self._retried_at >= RETRY_PAUSE:
                        self._retry_all()

    async def _serve_some(self, receiver: Receiver) -> int:
        """Hand over what has arrived, let it be answered, and send the answers together; return how many arrived.

        Sent one by one, each would wake libzmq's thread, which has slept since the one before.
        """
        self._collects = True
        try:
            count = self._receive_some(receiver)
            await trio.lowlevel.checkpoint()
            await trio.lowlevel.checkpoint()  # whoever was woken by what came has replied now
        finally:
            self._collects = False
            self._send_collected()
        return count

    def _receive_some(self, receiver: Receiver) -> int:
        """Hand over what has arrived, at most RECEIVE_CAP messages; return how many."""
        receive, find = self._socket.recv, self._peers.find
        for count in range(RECEIVE_CAP):
            try:
                connection = receive(NOBLOCK)
            except zmq.Again:
                self.counts.received += count
                return count
            peer = find(connection)
            frames = self._rest() if peer is not None else []
            if peer is None:
                peer, frames = self._first_of(connection)
            self._hand_over(receiver, peer, frames)
        self.counts.received += RECEIVE_CAP
        return RECEIVE_CAP

    def _rest(self) -> list[bytes]:
        receive = self._socket.recv
        frame = receive(NOBLOCK, copy=False)  # it knows whether more follow, which costs less than to ask the socket
        frames = [frame.bytes]
        while frame.more:
            frame = receive(NOBLOCK, copy=False)
            frames.append(frame.bytes)
        return frames

    def _first_of(self, connection: bytes) -> tuple[Peer, list[bytes]]:
        """The frames of an unknown connection's first message, and the connection, now known.

        News of connections that are gone comes first: their descriptors may be in use again.
        """
        self._forget_disconnected()
        first = self._socket.recv(NOBLOCK, copy=False)
        peer = self._peers.add(connection, _descriptor_of(first), _place_of(first))
        frames = [first.bytes]
        if first.more:
            frames += self._rest()
        return peer, frames

    def _hand_over(self, receiver: Receiver, peer: Peer, frames: list[bytes]) -> None:
        try:
            envelope, payload = split(frames)
        except MalformedError as error:
            self.counts.malformed += 1
            if error.envelope is None:
                self.counts.dropped += 1
            else:
                receiver.malformed(Address(peer.connection, error.envelope), str(error))
            return
        address = peer.address
        if envelope != address.envelope:
            address = peer.address = Address(peer.connection, envelope)
        receiver.arrived(address, payload)

    # Out

    def send(self, address: Address, payload: bytes) -> None:
        """Send a reply. For a slow peer it is held for a while; for one that is gone it is dropped.

        While messages are being handed over, replies are collected first, at most RECEIVE_CAP, and keep their order.
        """
        if self._collects:
            self._collected.append((address, payload))
            if len(self._collected) >= RECEIVE_CAP:
                self._send_collected()
            return
        self._send_or_hold(address, payload)
        self._readiness.used()

    def _send_collected(self) -> None:
        collected, self._collected = self._collected, []
        for address, payload in collected:
            self._send_or_hold(address, payload)

    def _send_or_hold(self, address: Address, payload: bytes) -> None:
        peer = self._peers.find(address.connection)
        if peer is not None and peer.held:
            self._hold(peer, address, payload)
            return
        try:
            self._send_now(address, payload)
        except zmq.Again:
            if peer is None:
                self.counts.dropped += 1  # it was cut off a moment ago
            else:
                self._hold(peer, address, payload)
        except zmq.ZMQError as error:
            self._unreachable(address.connection, error)

    def push(self, connection: bytes, payload: bytes) -> bool:
        """Send what was not asked for, framed as the peer's last message was; false if it was dropped."""
        if self._collected:
            self._send_collected()  # what was said before comes before
        peer = self._peers.find(connection)
        if peer is None or peer.held:
            return False
        try:
            self._send_now(peer.address, payload)
        except zmq.Again:
            return False
        except zmq.ZMQError as error:
            self._unreachable(connection, error)
            return False
        finally:
            self._readiness.used()
        return True

    def _send_now(self, address: Address, payload: bytes) -> None:
        """Send or raise at the first frame; libzmq takes the others then."""
        send = self._send_frame
        send(address.connection, SNDMORE)
        for frame in address.envelope:
            send(frame, SNDMORE)
        send(payload, NOBLOCK)
        self.counts.sent += 1

    def _unreachable(self, connection: bytes, error: zmq.ZMQError) -> None:
        if error.errno != errno.EHOSTUNREACH:
            raise error
        self.counts.unreachable += 1
        self._forget(connection)

    def place_of(self, connection: bytes) -> bytes:
        """Where a connection comes from: its address without port; the routing id where that is not known."""
        peer = self._peers.find(connection)
        return connection if peer is None or not peer.place else peer.place

    # Peers that are slow

    def _hold(self, peer: Peer, address: Address, payload: bytes) -> None:
        if not peer.held:
            peer.held_since = trio.current_time()
            self._peers.slow.add(peer.connection)
            self._somebody_slow.set()
        if len(peer.held) >= MAX_HELD or peer.held_bytes > MAX_HELD_BYTES:
            self._evict(peer)
            return
        peer.hold(address, payload)
        self.counts.held += 1

    async def _retry(self) -> None:
        """Send what is held as soon as it can be sent; evict peers that stay slow for too long."""
        while True:
            if not self._peers.slow:
                self._somebody_slow = trio.Event()
                await self._somebody_slow.wait()
            await trio.sleep(RETRY_INTERVAL)
            self._retry_all()

    def _retry_all(self) -> None:
        self._retried_at = trio.current_time()
        for connection in list(self._peers.slow):
            peer = self._peers.find(connection)
            if peer is not None:
                self._retry_one(peer)

    def _retry_one(self, peer: Peer) -> None:
        try:
            while peer.held:
                self._send_now(*peer.held[0])
                peer.release()
                peer.held_since = self._retried_at
            self._peers.slow.discard(peer.connection)
        except zmq.Again:
            if trio.current_time() - peer.held_since > self._settings.slow_peer_timeout:
                self._evict(peer)
        except zmq.ZMQError as error:
            self._unreachable(peer.connection, error)
        self._readiness.used()

    def _evict(self, peer: Peer) -> None:
        """Cut a connection that does not read; all that is queued for it goes with it."""
        self.counts.evicted += 1
        self._forget_disconnected()
        if self._peers.find(peer.connection) is peer:
            self._peers.cut(peer)
            self._forget(peer.connection)

    # Peers that are gone

    async def _watch(self) -> None:
        """Report connections as soon as they are gone."""
        while True:
            self._forget_disconnected()
            await self._monitor.wait()

    def _forget_disconnected(self) -> None:
        for descriptor in self._monitor.disconnected():
            for connection in self._peers.at(descriptor):
                self._forget(connection)

    def _forget(self, connection: bytes) -> None:
        if self._peers.remove(connection):
            self._gone(connection)


def _ignore(connection: bytes) -> None:
    """Nobody serves yet."""


def _descriptor_of(frame: zmq.Frame) -> int:
    """The descriptor of the connection that ``frame`` came over; -1 if it is not told."""
    try:
        return int(frame.get(zmq.SRCFD))
    except zmq.ZMQError:
        return -1


def _place_of(frame: zmq.Frame) -> bytes:
    """The address of the peer that sent ``frame``; empty if it is not told."""
    try:
        return str(frame.get("Peer-Address")).encode()
    except zmq.ZMQError:
        return b""


def _configure(socket: "zmq.Socket[bytes]", max_message_bytes: int, transport: TransportSettings) -> None:
    socket.router_mandatory = True
    socket.router_handover = False
    socket.zap_domain = ZAP_DOMAIN
    socket.maxmsgsize = max_message_bytes + HEADROOM
    socket.sndhwm = transport.send_high_water
    socket.rcvhwm = transport.receive_high_water
    socket.backlog = transport.backlog
    socket.handshake_ivl = round(transport.handshake_interval * 1000)
    socket.heartbeat_ivl = round(transport.heartbeat_interval * 1000)
    socket.heartbeat_timeout = round(transport.heartbeat_timeout * 1000)
    socket.linger = LINGER
