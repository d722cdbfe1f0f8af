"""The connections that have spoken: by routing id and by descriptor. Bounded by the connections that libzmq holds."""

import os
import socket
from collections import deque

from attrs import define, field

from stui_actors.transport.address import Address


@define(eq=False)
class Peer:
    """One connection. ``address`` is that of its last message; ``held`` what it was too slow to take."""

    connection: bytes
    descriptor: int
    address: Address
    place: bytes = b""
    held: deque[tuple[Address, bytes]] = field(factory=deque)
    held_bytes: int = 0
    held_since: float = 0.0

    def hold(self, address: Address, payload: bytes) -> None:
        """Keep a reply for later, behind those that are kept already."""
        self.held.append((address, payload))
        self.held_bytes += len(payload)

    def release(self) -> None:
        """The reply that was kept for longest is sent."""
        self.held_bytes -= len(self.held.popleft()[1])


@define(eq=False)
class Peers:
    """All of them."""

    slow: set[bytes] = field(factory=set)
    _by_connection: dict[bytes, Peer] = field(factory=dict)
    _by_descriptor: dict[int, set[bytes]] = field(factory=dict)

    def __len__(self) -> int:
        return len(self._by_connection)

    def find(self, connection: bytes) -> Peer | None:
        """The peer of a routing id, if it has spoken and is not known to be gone."""
        return self._by_connection.get(connection)

    def add(self, connection: bytes, descriptor: int, place: bytes) -> Peer:
        """A peer that was not known. ``descriptor``: -1 if not told; ``place``: its address, empty if not told."""
        peer = self._by_connection[connection] = Peer(connection, descriptor, Address(connection), place)
        if descriptor >= 0:
            self._by_descriptor.setdefault(descriptor, set()).add(connection)
        return peer

    def at(self, descriptor: int) -> list[bytes]:
        """The routing ids that spoke over ``descriptor``; the last message of one may come after it is gone."""
        return list(self._by_descriptor.get(descriptor, ()))

    def remove(self, connection: bytes) -> bool:
        """Forget a peer; false if it was not known."""
        peer = self._by_connection.pop(connection, None)
        if peer is None:
            return False
        self.slow.discard(connection)
        others = self._by_descriptor.get(peer.descriptor)
        if others is not None:
            others.discard(connection)
            if not others:
                del self._by_descriptor[peer.descriptor]
        return True

    def cut(self, peer: Peer) -> None:
        """Shut a peer's connection down, which libzmq then closes, as if the peer had left.

        libzmq has no call for this. Its descriptor is duplicated first, so that it stays what it is meanwhile.
        """
        if peer.descriptor < 0:
            return
        try:
            with socket.socket(fileno=os.dup(peer.descriptor)) as connection:
                connection.shutdown(socket.SHUT_RDWR)
        except OSError:
            return  # it went by itself
