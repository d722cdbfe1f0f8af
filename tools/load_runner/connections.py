"""Many client sockets in one thread, as light as can be: file descriptors in a selector, not sockets in a zmq poller.

A ZeroMQ descriptor is edge-triggered: a send can swallow the signal of a reply that has just come. So after each send
the socket's events are looked at, and what is there is remembered for the next poll.
"""

import resource
import selectors
import time
from collections.abc import Iterator

import zmq

SPARE_DESCRIPTORS = 200
LINGER = 0
NAP = 0.0002  # seconds: the selector cannot wait for less than a millisecond, an open loop must


class Connections:
    """``count`` sockets of one kind, REQ or DEALER, connected to ``endpoint``; a context manager."""

    def __init__(self, endpoint: str, count: int, *, kind: str = "DEALER") -> None:
        _make_room(count)
        self._context = zmq.Context()
        self._context.set(zmq.MAX_SOCKETS, count + SPARE_DESCRIPTORS)
        self.lockstep = kind == "REQ"
        self._selector = selectors.DefaultSelector()
        self._sockets = [self._connect(endpoint, getattr(zmq, kind), index) for index in range(count)]
        self._ready: set[int] = set()

    def _connect(self, endpoint: str, kind: int, index: int) -> zmq.SyncSocket:
        socket: zmq.SyncSocket = self._context.socket(kind)
        socket.set_hwm(0)  # the run bounds what is under way; a blocked send would hide it
        socket.setsockopt(zmq.LINGER, LINGER)
        socket.connect(endpoint)
        self._selector.register(int(socket.getsockopt(zmq.FD)), selectors.EVENT_READ, index)
        return socket

    def __enter__(self) -> "Connections":
        return self

    def __exit__(self, *_: object) -> None:
        self._selector.close()
        self._context.destroy(linger=LINGER)

    def send(self, index: int, payload: bytes) -> None:
        """Queue ``payload`` on connection ``index``; with ``lockstep`` only after the reply to the one before."""
        socket = self._sockets[index]
        socket.send_multipart([payload] if self.lockstep else [b"", payload], zmq.NOBLOCK)
        if readable(socket):
            self._ready.add(index)

    def receive(self, timeout: float) -> Iterator[tuple[int, bytes]]:
        """What has come on any connection, waiting at most ``timeout`` seconds for the first of it."""
        ready, self._ready = self._ready, set()
        wait = 0.0 if ready or timeout < 0.001 else timeout
        ready.update(key.data for key, _ in self._selector.select(wait))
        if not ready and 0 < timeout < 0.001:
            time.sleep(min(timeout, NAP))
        for index in ready:
            socket = self._sockets[index]
            while readable(socket):
                yield index, socket.recv_multipart(zmq.NOBLOCK)[-1]


def readable(socket: zmq.SyncSocket) -> bool:
    """Whether a message is there."""
    return bool(int(socket.getsockopt(zmq.EVENTS)) & zmq.POLLIN)


def _make_room(count: int) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    needed = 3 * count + SPARE_DESCRIPTORS
    if soft != resource.RLIM_INFINITY and soft < needed:
        limit = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (limit, hard))
