"""Copies of what a journal holds, in files of an earlier one that could not be removed. Raises OSError.

The next opening reads such a file again. So what it has must be found before that too, where the copy that counted is
damaged: else a session would be told that its state is lost, and have it back after a restart.
"""

from collections.abc import Collection

from attrs import define, field

from stui_actors.storage.entries import Entries, Entry
from stui_actors.storage.header import Header, NewerError
from stui_actors.storage.journal import Journal
from stui_actors.storage.store import SessionKey

Copy = tuple[Header, bytes]


@define(eq=False)
class Leftovers:
    """Writes copies anew, each one time in an opening: where a disk damages all that it is given, that must end."""

    journal: Journal
    entries: Entries
    _used: set[tuple[SessionKey, int]] = field(init=False, factory=set)

    def copies(self, key: SessionKey, numbers: Collection[int] = ()) -> list[Copy]:
        """The whole generations of a session, or those with ``numbers``, that were not brought back before."""
        found: dict[int, Copy] = {}
        for name in self.journal.leftovers:
            for header, data in self._whole(name):
                number = header.generation.number
                if header.key == key and (not numbers or number in numbers) and (key, number) not in self._used:
                    found[number] = header, data
        return [found[number] for number in sorted(found)]

    def _whole(self, name: str) -> list[Copy]:
        data = self.journal.left_over(name)
        try:
            return [
                (record.header, data[record.start : record.start + record.length])
                for record in self.journal.records_in(name, data)
                if record.header is not None and not record.problem
            ]
        except NewerError:
            return []

    def bring_back(self, key: SessionKey, copies: Collection[Copy]) -> None:
        """Write copies into the journal; nobody else may write to it meanwhile."""
        home = self.journal.tree.home(key)
        places = self.journal.append([(home, data) for _, data in copies])
        for (header, _), place in zip(copies, places, strict=True):
            self._used.add((key, header.generation.number))
            self.entries.put(key, Entry(place, header.generation, header.extends))
