"""The client's DEALER socket on Trio. Owns one connection; knows no requests and no replies."""

import trio
import zmq
from attrs import define, field

from stui_actors.errors import Overloaded
from stui_actors.transport.readiness import Readiness

LINGER = 500  # milliseconds that the last request has when the socket closes


@define(eq=False)
class Dealer:
    """One socket, connected to one endpoint; libzmq connects anew when the server comes back."""

    _socket: "zmq.Socket[bytes]"
    _readiness: Readiness = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._readiness = Readiness(self._socket)

    @classmethod
    def connect(cls, endpoint: str, *, heartbeat_interval: float = 5.0, heartbeat_timeout: float = 15.0) -> "Dealer":
        """A socket that is about to be connected; raise ValueError for what is no endpoint."""
        context: zmq.Context[zmq.Socket[bytes]] = zmq.Context()
        socket = context.socket(zmq.DEALER)
        socket.linger = LINGER
        socket.heartbeat_ivl = round(heartbeat_interval * 1000)
        socket.heartbeat_timeout = round(heartbeat_timeout * 1000)
        try:
            socket.connect(endpoint)
        except zmq.ZMQError as error:
            context.destroy(linger=0)
            raise ValueError(f"{endpoint[:64]!r} is no endpoint: {error.strerror}.") from None
        return cls(socket)

    def send(self, payload: bytes) -> None:
        """Queue a message; raise Overloaded if the queue is full, because the server is away or slow."""
        try:
            self._socket.send(payload, zmq.NOBLOCK)
        except zmq.Again:
            raise Overloaded("Too many requests wait for the server.", limit="send_queue", retry_after=1) from None
        finally:
            self._readiness.used()

    async def receive(self) -> bytes:
        """The last frame of the next message; one task at a time may wait for it."""
        while True:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                await self._readiness.wait()
            else:
                await trio.lowlevel.checkpoint()
                return frames[-1]

    def close(self) -> None:
        """Close the socket; what was queued has half a second to go out."""
        context = self._socket.context
        self._socket.close(linger=LINGER)
        context.term()
