"""A session's stream of events: numbered, bounded, kept while nobody is attached."""

from collections import deque

from attrs import define, field, frozen

from stui_actors.protocol.messages import Event, Json, RequestId

EVENT_OVERHEAD = 200  # bytes: what an event's envelope adds to its data


@frozen
class Lost:
    """A gap in the stream: these sequence numbers were dropped before anybody asked."""

    first: int
    last: int


@define(eq=False)
class EventStream:
    """The last events of one session, at most ``max_events`` and about ``max_bytes``."""

    session_id: str
    max_events: int
    max_bytes: int
    next_seq: int = 1
    first_seq: int = 1
    _events: deque[tuple[Event, int]] = field(factory=deque)
    _bytes: int = 0

    @property
    def last_seq(self) -> int:
        """The number of the newest event, 0 before the first."""
        return self.next_seq - 1

    def add(self, kind: str, data: dict[str, Json], timestamp: float, request_id: RequestId = None) -> Event:
        """Number and keep an event, dropping the oldest beyond the bounds."""
        event = Event(kind, self.session_id, self.next_seq, data, timestamp, request_id)
        size = EVENT_OVERHEAD + sum(len(value) for value in data.values() if isinstance(value, str))
        self.next_seq += 1
        self._events.append((event, size))
        self._bytes += size
        while len(self._events) > self.max_events or (self._bytes > self.max_bytes and len(self._events) > 1):
            _, dropped = self._events.popleft()
            self._bytes -= dropped
        self.first_seq = self._events[0][0].seq
        return event

    def after(self, seq: int, limit: int) -> tuple[list[Event], Lost | None]:
        """Events numbered above ``seq``, oldest first, at most ``limit``, and the gap before them if there is one."""
        first = self.first_seq if self._events else self.next_seq
        lost = Lost(seq + 1, first - 1) if seq + 1 < first else None
        start = max(0, seq + 1 - first)
        found = [self._events[at][0] for at in range(start, min(len(self._events), start + limit))]
        return found, lost

    def skip_to(self, seq: int) -> None:
        """Go on from ``seq``: numbers between may have been given out before a crash, and are never given twice."""
        self.next_seq = self.first_seq = max(self.next_seq, seq)
        self._events.clear()
        self._bytes = 0
