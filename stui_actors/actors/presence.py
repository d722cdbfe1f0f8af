"""Which of a client's connections are there. Knows when each was heard last; waits for nothing.

libzmq closes a connection whose peer no longer answers heartbeats. What is left to find out here is silence: of one
that used to ping, soon; of any other, after a while.
"""

from collections.abc import Callable
from math import inf

from attrs import define, field

from stui_actors.settings import SessionSettings


@define(eq=False)
class Heard:
    """One connection: when it was heard or answered last, when it pinged last, and whether it pings again and again."""

    at: float
    pinged_at: float = -inf
    pings: bool = False


@define(eq=False)
class Presence:
    """The connections over which one client was spoken to. ``is_waiting`` tells whether one waits for a reply."""

    bounds: SessionSettings
    now: Callable[[], float]
    is_waiting: Callable[[bytes], bool]
    _heard: dict[bytes, Heard] = field(factory=dict)

    def heard(self, connection: bytes) -> None:
        """A message came over ``connection``."""
        known = self._heard.get(connection)
        if known is None:
            self._heard[connection] = Heard(self.now())
        else:
            known.at = self.now()

    def pinged(self, connection: bytes) -> None:
        """A ping came: one says nothing yet, a second one in time says that the third is to be expected."""
        known = self._heard[connection]
        known.pings = known.at - known.pinged_at <= self.bounds.heartbeat_attach_timeout
        known.pinged_at = known.at

    def answered(self, connection: bytes) -> None:
        """A reply goes to ``connection``: a REQ could say nothing until now, so its silence begins here."""
        known = self._heard.get(connection)
        if known is not None:
            known.at = self.now()

    def gone(self, connection: bytes) -> None:
        """The connection is closed."""
        self._heard.pop(connection, None)

    def is_alive(self, connection: bytes) -> bool:
        """True while a connection is there and was not silent for too long. Who waits for a reply may be silent."""
        known = self._heard.get(connection)
        if known is None:
            return False
        patience = self.bounds.heartbeat_attach_timeout if known.pings else self.bounds.attach_timeout
        return self.now() - known.at <= patience or self.is_waiting(connection)

    def silent_for(self, connection: bytes) -> float:
        """Seconds since it was heard or answered; infinity if it is not known."""
        known = self._heard.get(connection)
        return inf if known is None else self.now() - known.at

    def forget_silent(self) -> None:
        """Let go of those that were silent for long: one that nobody reports gone would stay for ever."""
        for connection in [each for each in self._heard if not self.is_alive(each)]:
            del self._heard[connection]
