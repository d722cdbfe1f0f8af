"""A session's stream of events: numbered, bounded, kept while nobody is attached."""

from collections import deque
from typing import TypeGuard

from attrs import define, field, frozen

from stui_actors.protocol.messages import Event, Json, RequestId

EVENT_OVERHEAD = 200  # bytes: what an event's envelope adds to its data
SEQUENCE_GAP = 10_000_000  # event numbers skipped after a crash: more than are told while one evaluation runs
MAX_STORED_BYTES = 64 * 1024  # of events that go to disk when a session leaves memory: what a screen or two show


@frozen
class Lost:
    """A gap in the stream: these sequence numbers were dropped before anybody asked."""

    first: int
    last: int


@define(eq=False)
class EventStream:
    """The last events of one session, at most ``max_events`` and about ``max_bytes``.

    ``is_final``: the newest saved state holds them, and says that no number was given after it.

    ``is_reserved``: the next number may be given. It may not where the session was read since, or left memory with the
    newest saved state: the server, killed and started again, would give it once more. Another must be saved before.
    """

    session_id: str
    max_events: int
    max_bytes: int
    next_seq: int = 1
    first_seq: int = 1
    is_final: bool = False
    is_reserved: bool = True
    _was_reserved: bool = True  # before the state that is on its way
    _events: deque[Event] = field(factory=deque)
    _sizes: deque[int] = field(factory=deque)  # of the events, about
    _bytes: int = 0

    @property
    def last_seq(self) -> int:
        """The number of the newest event, 0 before the first."""
        return self.next_seq - 1

    def add(self, kind: str, data: dict[str, Json], timestamp: float, request_id: RequestId = None) -> Event:
        """Number and keep an event, dropping the oldest beyond the bounds."""
        if not self.is_reserved:  # nothing could be saved: these numbers are beyond those that the next start gives
            self.skip_to(self.next_seq + 2 * SEQUENCE_GAP)
            self.is_reserved, self.is_final = True, False
        event = Event(kind, self.session_id, self.next_seq, data, timestamp, request_id)
        self._keep(event)
        return event

    def saving(self, *, is_final: bool) -> None:
        """A state is about to be saved."""
        self._was_reserved = self.is_reserved
        self.is_reserved = self.is_reserved and not is_final

    def refused(self) -> None:
        """It was not, and never will be: the one before it is the newest, as far as is known here."""
        self.is_reserved = self._was_reserved

    def saved(self, *, is_final: bool) -> None:
        """It was saved. A final one that met an event on its way is followed by another."""
        self.is_final = is_final and not self.is_reserved
        self.is_reserved = self.is_reserved or not is_final

    def _keep(self, event: Event) -> None:
        size = EVENT_OVERHEAD
        for value in event.data.values():
            if isinstance(value, str):
                size += len(value)
        self.next_seq = event.seq + 1
        self._events.append(event)
        self._sizes.append(size)
        self._bytes += size
        while len(self._events) > self.max_events or (self._bytes > self.max_bytes and len(self._events) > 1):
            self._events.popleft()
            self._bytes -= self._sizes.popleft()
        self.first_seq = self._events[0].seq if self._events else self.next_seq

    def after(self, seq: int, limit: int) -> tuple[list[Event], Lost | None]:
        """Events numbered above ``seq``, oldest first, at most ``limit``, and the gap before them if there is one."""
        first = self.first_seq if self._events else self.next_seq
        lost = Lost(seq + 1, first - 1) if seq + 1 < first else None
        start = max(0, seq + 1 - first)
        found = [self._events[at] for at in range(start, min(len(self._events), start + limit))]
        return found, lost

    def place_of(self, seq: int) -> int:
        """``seq``, or 0 where no such number was given: who names it heard it of a server that could save nothing."""
        return seq if seq < self.next_seq else 0

    def skip_to(self, seq: int) -> None:
        """Go on from ``seq``: numbers between may have been given out before a crash, and are never given twice."""
        self.next_seq = self.first_seq = max(self.next_seq, seq)
        self._events.clear()
        self._sizes.clear()
        self._bytes = 0

    def stored(self) -> list[dict[str, Json]]:
        """The newest events as a file holds them, oldest first."""
        rows: list[dict[str, Json]] = []
        room = MAX_STORED_BYTES
        for event, size in zip(reversed(self._events), reversed(self._sizes), strict=True):
            room -= size
            if room < 0:
                break
            row: dict[str, Json] = {"seq": event.seq, "kind": event.kind, "data": event.data, "at": event.timestamp}
            rows.append({**row, "request_id": event.request_id})
        return rows[::-1]

    def restore(self, rows: list[dict[str, Json]]) -> None:
        """Take back what ``stored`` gave, after ``skip_to``; raise TypeError, ValueError for what it never gives."""
        first = self.next_seq - len(rows)
        for seq, row in enumerate(rows, first):
            kind, data, at, request_id = row["kind"], row["data"], row["at"], row["request_id"]
            if row["seq"] != seq:
                raise ValueError("the numbers of its events have gaps")
            if not isinstance(kind, str) or not isinstance(data, dict) or not isinstance(at, int | float):
                raise TypeError("an event without kind, data or time")
            self._keep(Event(kind, self.session_id, seq, data, at, request_id if _is_id(request_id) else None))


def _is_id(value: Json) -> TypeGuard[str | int]:
    return isinstance(value, str | int) and not isinstance(value, bool)
