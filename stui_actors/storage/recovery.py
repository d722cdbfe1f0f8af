"""What an opening finds in the journal that the last one left. Raises OSError."""

from collections.abc import Callable, Iterator

from attrs import define, field, frozen

from stui_actors.errors import StorageError
from stui_actors.storage.entries import Entries, Entry, resting_places
from stui_actors.storage.frames import Home, Record
from stui_actors.storage.header import NewerError
from stui_actors.storage.journal import Journal, Place
from stui_actors.storage.names import generation_name
from stui_actors.storage.tree import DELETED, Tree

BATCH = 1000  # records that are copied at once


@frozen
class Damaged:
    """A record whose bytes are not what was written. ``number`` is its own, or the last one before it."""

    record: Record
    data: bytes
    number: int


@define(eq=False)
class Recovery:
    """Reads the journal's files into ``entries``; puts damaged records aside, as damaged files are."""

    tree: Tree
    journal: Journal
    entries: Entries
    now: Callable[[], float]
    _damaged: dict[Home, Damaged] = field(init=False, factory=dict)  # of each session the last, if nothing came after
    _numbers: dict[Home, int] = field(init=False, factory=dict)  # the greatest of each session

    def look(self) -> None:
        """Read and change nothing; raise StorageError for a newer server's journal."""
        for name, data in self.journal.left():
            for record in self._whole(name, data):
                self._enter(record, Place(name, record.start, record.length))
        self._drop_old()

    def take_over(self) -> None:
        """``look``, and return once all that was found is durable in a new file, since replies may rest on it.

        That it was read means nothing: where a sync failed before the last server was killed, the system shows bytes
        that it will never write, and says of a second sync that it went well.
        """
        names: list[str] = []
        try:
            for name, data in self.journal.left():
                names.append(name)
                self._copy(list(self._whole(name, data)), data)
            self._put_aside()
            self._drop_old()
        except OSError:
            self.journal.give_up()
            raise
        for name in names:
            self.journal.forget(name)

    def _copy(self, found: list[Record], data: bytes) -> None:
        for start in range(0, len(found), BATCH):
            batch = found[start : start + BATCH]
            texts = [(each.home, data[each.start : each.start + each.length]) for each in batch]
            for record, place in zip(batch, self.journal.append(texts), strict=True):
                self._enter(record, place)

    def _enter(self, record: Record, place: Place) -> None:
        assert record.header is not None, "a whole record has its first line"
        self.entries.put(record.header.key, Entry(place, record.header.generation, record.header.extends))

    def _whole(self, name: str, data: bytes) -> Iterator[Record]:
        """The whole records of sessions that were not deleted; what is damaged is noted."""
        deleted = self._deleted()
        try:
            for record in self.journal.records_in(name, data):
                header, home = record.header, record.home
                number = 0 if header is None else header.generation.number
                self._numbers[home] = last = max(number, self._numbers.get(home, 0))
                if header is None or record.problem:
                    self._damaged[home] = Damaged(record, data[record.start : record.start + record.length], last)
                    continue
                if not header.extends and home in self._damaged and number > self._damaged[home].number:
                    del self._damaged[home]  # the session went on: only a step between is missed
                if "+".join(record.home) not in deleted:
                    yield record
        except NewerError as fault:
            raise StorageError(
                f"The journal was written by a newer server ({fault}).",
                suggestion="Run the server that wrote it until it has stopped well, or restore an older backup.",
            ) from fault

    def _deleted(self) -> frozenset[str]:
        return frozenset(self.tree.names(DELETED))

    def _put_aside(self) -> None:
        for each in self._damaged.values():
            home, header = each.record.home, each.record.header
            if header is not None:
                number, saved_at = header.generation.number, header.generation.saved_at
            else:
                number, saved_at = self._last_number(home) + 1, self.now()
            self.tree.put_aside(home, generation_name(home[0], number, saved_at).text, each.data)

    def _drop_old(self) -> None:
        """Do without what was moved to files before: a file of the journal may come back after its removal."""
        for key in self.entries.sessions():
            in_files = self.tree.generations(*self.tree.home(key))
            newest = in_files[0].number if in_files else 0
            entries = self.entries.of(key)
            needed = resting_places(entries, newest)
            self.entries.drop(key, [each for number, each in entries.items() if number not in needed])

    def _last_number(self, home: Home) -> int:
        numbers = [each.number for each in self.tree.generations(*home)]
        for key in self.entries.sessions():
            if self.tree.home(key) == home:
                numbers += self.entries.of(key)
        return max(numbers, default=0)
