"""What was evaluated in a session, newest last, bounded."""

from collections import deque

from attrs import define, field

from stui_actors.values import Note

MAX_ENTRY_TEXT = 10_000  # characters of code or result kept per entry: history is for people to read


class Entry(Note):
    """One evaluation. ``started_at`` in seconds since the epoch, ``execution_time`` in milliseconds.

    ``text`` is its saved form, made once.
    """

    index: int
    code: str
    mode: str
    started_at: float
    execution_time: int
    result: str | None = None
    error: str | None = None
    text: str | None = None


@define(eq=False)
class History:
    """The last ``limit`` evaluations; an index is never given twice."""

    limit: int
    entries: deque[Entry] = field(factory=deque)
    next_index: int = 1

    def add(
        self,
        code: str,
        mode: str,
        *,
        started_at: float,
        execution_time: int,
        result: str | None = None,
        error: str | None = None,
    ) -> Entry:
        """Append an evaluation, dropping the oldest one beyond the limit."""
        entry = Entry(
            self.next_index,
            shortened(code) or "",
            mode,
            started_at,
            execution_time,
            shortened(result),
            shortened(error),
        )
        self.next_index += 1
        self.entries.append(entry)
        while len(self.entries) > self.limit:
            self.entries.popleft()
        return entry

    def since(self, index: int) -> list[Entry]:
        """Entries from ``index`` on, oldest first."""
        found = []
        for each in reversed(self.entries):
            if each.index < index:
                break
            found.append(each)
        return found[::-1]

    def search(self, query: str | None = None, *, limit: int = 100, before: int | None = None) -> list[Entry]:
        """Entries whose code contains ``query``, newest first, at most ``limit``, with an index below ``before``."""
        found: list[Entry] = []
        for entry in reversed(self.entries):
            if len(found) >= limit:
                break
            if (before is None or entry.index < before) and (not query or query in entry.code):
                found.append(entry)
        return found


def shortened(text: str | None) -> str | None:
    """Cut what is too long to keep, and say so."""
    if text is None or len(text) <= MAX_ENTRY_TEXT:
        return text
    return text[:MAX_ENTRY_TEXT] + " [..]"
