"""What an opening finds in the journal that the last one left. Raises OSError."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from attrs import define, field, frozen

from stui_actors.config import StorageSettings
from stui_actors.errors import StorageError
from stui_actors.storage.entries import Entries, Entry, resting_places, spare_of, whole_ones
from stui_actors.storage.frames import CUT_OFF, Home, Record
from stui_actors.storage.header import NewerError
from stui_actors.storage.journal import Journal, Place
from stui_actors.storage.names import GenerationName, generation_name
from stui_actors.storage.passed_over import PassedOver
from stui_actors.storage.thinning import Saved, superfluous
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
    settings: StorageSettings
    now: Callable[[], float]
    _damaged: dict[Home, Damaged] = field(init=False, factory=dict)  # of each session the last, if nothing came after
    _numbers: dict[Home, int] = field(init=False, factory=dict)  # the greatest of each session

    def look(self, passed: PassedOver) -> None:
        """Read and change nothing; raise StorageError for a newer server's journal."""
        for name, data in self.journal.left():
            for record in self._whole(name, data):
                self._enter(record, Place(name, record.start, record.length))
        for each in self._damaged.values():
            number, _ = self._named(each)
            passed.note(each.record.home, number, each.record.problem)
        self._drop_old()

    def take_over(self) -> None:
        """``look``, and return once all that was found is durable in a new file, since replies may rest on it.

        That it was read means nothing: where a sync failed before the last server was killed, the system shows bytes
        that it will never write, and says of a second sync that it went well.
        """
        left: dict[str, bytes] = {}
        try:
            for name, data in self.journal.left():
                left[name] = data
                for record in self._whole(name, data):
                    self._enter(record, Place(name, record.start, record.length))
            self._put_aside()
            self._drop_old()
            self._copy(left)
        except OSError:
            self.journal.give_up()
            raise
        for name in left:
            self.journal.forget(name)

    def _copy(self, left: Mapping[str, bytes]) -> None:
        """Write what is kept anew, in the order in which it was written."""
        kept = [(key, entry) for key in self.entries.sessions() for entry in self.entries.of(key).values()]
        kept.sort(key=lambda each: (each[1].place.file, each[1].place.start))
        for start in range(0, len(kept), BATCH):
            batch = kept[start : start + BATCH]
            places = self.journal.append([(self.tree.home(key), _bytes_of(entry, left)) for key, entry in batch])
            for (key, entry), place in zip(batch, places, strict=True):
                self.entries.put(key, Entry(place, entry.generation, entry.extends))

    def _enter(self, record: Record, place: Place) -> None:
        assert record.header is not None, "a whole record has its first line"
        self.entries.put(record.header.key, Entry(place, record.header.generation, record.header.extends))

    def _whole(self, name: str, data: bytes) -> Iterator[Record]:
        """The whole records of sessions that were not deleted; what is damaged is noted.

        What is cut off was never acknowledged, unless somebody cut the file: each kill may leave such an end.
        """
        deleted = self._deleted()
        try:
            for record in self.journal.records_in(name, data):
                header, home = record.header, record.home
                if record.problem == CUT_OFF:
                    continue
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
            home = each.record.home
            self.tree.put_aside(home, generation_name(home[0], *self._named(each)).text, each.data)

    def _named(self, damaged: Damaged) -> tuple[int, float]:
        """Number and time of a damaged generation, as far as that can be known."""
        header = damaged.record.header
        if header is not None:
            return header.generation.number, header.generation.saved_at
        return self._last_number(damaged.record.home) + 1, self.now()

    def _drop_old(self) -> None:
        """Do without what need not be kept, so that a journal grows no longer from one crash to the next.

        So too without all that was moved to files before: a file of the journal may come back after its removal. But
        files of those that are just being moved may not be durable yet.
        """
        for key in self.entries.sessions():
            in_files = self.tree.generations(*self.tree.home(key))
            newest = in_files[0].number if in_files else 0
            entries = self.entries.of(key)
            drop = self._superfluous(entries, in_files) if max(entries) >= newest else entries
            needed = resting_places(entries, [each for each in entries if each not in drop])
            self.entries.drop(key, [each for number, each in entries.items() if number not in needed])

    def _superfluous(self, entries: Mapping[int, Entry], in_files: Sequence[GenerationName]) -> frozenset[int]:
        """What need not be kept: it is as many as before, though some of them lost what they rest on."""
        whole = whole_ones(entries, [each.number for each in in_files])
        saved = [Saved(each.number, each.saved_at) for each in in_files]
        saved += [Saved(number, each.generation.saved_at) for number, each in whole.items()]
        return superfluous(saved, self.settings) - {spare_of(whole)}

    def _last_number(self, home: Home) -> int:
        numbers = [each.number for each in self.tree.generations(*home)]
        for key in self.entries.sessions():
            if self.tree.home(key) == home:
                numbers += self.entries.of(key)
        return max(numbers, default=0)


def _bytes_of(entry: Entry, left: Mapping[str, bytes]) -> bytes:
    place = entry.place
    return left[place.file][place.start : place.start + place.length]
