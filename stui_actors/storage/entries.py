"""What a journal holds, by session. May be used from several threads at once."""

from collections.abc import Collection, Iterable, Iterator, Mapping
from threading import Lock

from attrs import define, field

from stui_actors.storage.journal import Place
from stui_actors.storage.store import Generation, SessionKey, StoredSession
from stui_actors.storage.tree import JOURNAL
from stui_actors.values import Value


class Entry(Value, frozen=True):
    """A generation in the journal. ``extends``: the number of the one whose body goes before its own, or 0."""

    place: Place
    generation: Generation
    extends: int = 0

    @property
    def number(self) -> int:
        """Of the generation."""
        return self.generation.number

    @property
    def path(self) -> str:
        """Where it stands, from the store's folder, for people."""
        return f"{JOURNAL}/{self.place.file}@{self.place.start}"


@define(eq=False)
class Entries:
    """The generations in a journal. Of those with one number the last that was put in counts."""

    _lock: Lock = field(init=False, factory=Lock)
    _by_key: dict[SessionKey, dict[int, Entry]] = field(init=False, factory=dict)

    def __len__(self) -> int:
        return len(self._by_key)

    def put(self, key: SessionKey, entry: Entry) -> None:
        """A generation was written."""
        with self._lock:
            self._by_key.setdefault(key, {})[entry.number] = entry

    def drop(self, key: SessionKey, entries: Iterable[Entry]) -> None:
        """Generations are not in the journal any more."""
        with self._lock:
            held = self._by_key.get(key, {})
            for each in entries:
                if held.get(each.number) is each:
                    del held[each.number]
            if not held:
                self._by_key.pop(key, None)

    def forget(self, key: SessionKey) -> None:
        """A session is no more."""
        with self._lock:
            self._by_key.pop(key, None)

    def sessions(self) -> list[SessionKey]:
        """The sessions that have something in the journal."""
        with self._lock:
            return list(self._by_key)

    def of(self, key: SessionKey) -> dict[int, Entry]:
        """The generations of a session by number, oldest first."""
        with self._lock:
            return dict(sorted(self._by_key.get(key, {}).items()))

    def newest(self, client_id: str | None = None) -> dict[SessionKey, Generation]:
        """The newest generation of each session, or of each one of a client."""
        with self._lock:
            return {
                key: held[max(held)].generation
                for key, held in self._by_key.items()
                if client_id in (None, key.client_id)
            }


def resting_on(entry: Entry, entries: Collection[Entry]) -> list[Entry]:
    """``entry`` and those of ``entries``, oldest first, whose bodies begin with its own."""
    found = {entry.number: entry}
    for each in entries:
        if each.extends in found:
            found[each.number] = each
    return list(found.values())


def resting_places(entries: Mapping[int, Entry], wanted: Collection[int]) -> frozenset[int]:
    """The numbers of ``entries`` that are ``wanted``, and of those whose bodies theirs begin with."""
    needed = set(wanted)
    for number in sorted(needed):
        each = entries.get(entries[number].extends)
        while each is not None and each.number not in needed:
            needed.add(each.number)
            each = entries.get(each.extends)
    return frozenset(needed)


def steps_between(number: int, entry: Entry, entries: Mapping[int, Entry]) -> list[Entry]:
    """Those of ``entries`` whose bodies, behind that of generation ``number``, make that of ``entry``; none if none do.

    Oldest first.
    """
    steps: list[Entry] = []
    each: Entry | None = entry
    while number and each is not None and each.extends:
        steps.insert(0, each)
        if each.extends == number:
            return steps
        each = entries.get(each.extends)
    return []


def whole_ones(entries: Mapping[int, Entry], others: Collection[int]) -> dict[int, Entry]:
    """Those of ``entries`` of which nothing is missing that they rest on; ``others`` are numbers that have files."""
    found: dict[int, Entry] = {}
    for number in sorted(entries):
        base = entries[number].extends
        if not base or base in found or (base not in entries and base in others):
            found[number] = entries[number]
    return found


def spare_of(entries: Mapping[int, Entry]) -> int:
    """The number of the newest generation that does not rest on the newest whole one; 0 where there is none."""
    newest_whole = max((number for number, each in entries.items() if not each.extends), default=0)
    return max((number for number in entries if number < newest_whole), default=0)


def merged(newest: dict[SessionKey, Generation], in_files: Iterable[StoredSession]) -> Iterator[StoredSession]:
    """The sessions in files and those in the journal, each with its newest generation."""
    for each in in_files:
        generation = newest.pop(each.key, each.newest)
        yield StoredSession(each.key, generation if generation.number >= each.newest.number else each.newest)
    yield from (StoredSession(key, generation) for key, generation in newest.items())
