"""Waiting for a ZeroMQ socket on Trio. Owns nothing but the question whether something has arrived.

The descriptor that ZeroMQ offers is edge-triggered: any call on the socket can swallow the signal of a message that
came just before it. So whoever waits looks at ``EVENTS`` first, and whoever calls while another task waits looks
at ``EVENTS`` afterwards, and wakes the waiting one.
"""

from collections.abc import Callable

import trio
import zmq
from attrs import define, field

EVENTS, POLLIN = int(zmq.EVENTS), int(zmq.POLLIN)  # plain: arithmetic with enumerations takes microseconds


@define(eq=False)
class Readiness:
    """Lets one task wait until ``socket`` has something to receive."""

    socket: "zmq.Socket[bytes]"
    _option: Callable[[int], int] = field(init=False)
    _descriptor: int = field(init=False)
    _waits: bool = field(default=False, init=False)

    def __attrs_post_init__(self) -> None:
        self._option = self.socket.getsockopt  # type: ignore[assignment]  # the two options asked for are integers
        self._descriptor = self._option(zmq.FD)

    def is_readable(self) -> bool:
        """Whether there may be something to receive."""
        return bool(self._option(EVENTS) & POLLIN)

    async def wait(self) -> None:
        """Return once there may be something to receive; a checkpoint in any case."""
        if self.is_readable():
            await trio.lowlevel.checkpoint()
            return
        self._waits = True
        try:
            await trio.lowlevel.wait_readable(self._descriptor)
        except trio.ClosedResourceError:
            return  # woken by ``used``; costs a third of what a cancel scope around each wait would
        finally:
            self._waits = False

    def used(self) -> None:
        """Tell that another task called the socket: its call may have swallowed the signal."""
        if self._waits and self._option(EVENTS) & POLLIN:
            trio.lowlevel.notify_closing(self._descriptor)
