"""Word from libzmq about connections that end."""

import struct
from collections.abc import Iterator

import zmq
from attrs import define, field

from stui_actors.transport.readiness import Readiness

_event = struct.Struct("=HI").unpack_from  # number of the event, and what it is about: here a descriptor


@define(eq=False)
class Monitor:
    """Reads the monitor of one socket."""

    _watched: "zmq.Socket[bytes]"
    _socket: "zmq.Socket[bytes]"
    _readiness: Readiness = field(init=False)

    def __attrs_post_init__(self) -> None:
        self._readiness = Readiness(self._socket)

    @classmethod
    def of(cls, watched: "zmq.Socket[bytes]") -> "Monitor":
        """Start to watch; call it before the socket is bound."""
        address = f"inproc://monitor-{watched.fileno()}"
        watched.monitor(address, zmq.EVENT_DISCONNECTED)
        socket = watched.context.socket(zmq.PAIR)
        socket.rcvhwm = 0  # a full queue would stop libzmq's own thread; what waits is bounded by the connections
        socket.connect(address)
        return cls(watched, socket)

    def disconnected(self) -> Iterator[int]:
        """The descriptors of the connections that ended since the last call."""
        while True:
            try:
                frames = self._socket.recv_multipart(zmq.NOBLOCK)
            except zmq.Again:
                return
            yield _event(frames[0])[1]

    async def wait(self) -> None:
        """Return once there may be more."""
        await self._readiness.wait()

    def close(self) -> None:
        """Stop watching."""
        self._watched.disable_monitor()
        self._socket.close(linger=0)
