"""Append-only files in which generations are durable before they have files of their own. Raises OSError.

A batch of records is one write and one sync. After an error a journal file is never written to again: what it holds up
to there stands, and the next batch begins a new one.
"""

import errno
import secrets
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from itertools import count

from attrs import define, field

from stui_actors.storage.frames import Home, Record, frame, records
from stui_actors.storage.tree import JOURNAL, Tree
from stui_actors.values import Value

SUFFIX = ".journal"
MOST = 4 << 30  # bytes of one journal file that are read


class Place(Value, frozen=True):
    """Where a record's generation stands: the file's name, the first byte, and how many."""

    file: str
    start: int
    length: int


@define(eq=False)
class Active:
    """The file that is written to."""

    name: str
    descriptor: int
    size: int = 0


@define(eq=False)
class Journal:
    """The journal of one opening of a store, and what earlier ones left. One thread at a time may change it.

    ``new_key`` makes the secret in the name of each file, see ``frames``.
    """

    tree: Tree
    owner: str
    new_key: Callable[[], str]
    closed: dict[str, int] = field(init=False, factory=dict)
    leftovers: list[str] = field(init=False, factory=list)  # the files that could not be removed, oldest first
    _active: Active | None = field(init=False, default=None)
    _serial: "count[int]" = field(init=False, factory=count)

    @property
    def size(self) -> int:
        """Bytes in all files. Any thread may ask: of what is written, nothing is left out while a file is sealed."""
        active = self._active  # first: what it names is among the closed before it is given up
        return sum(self.closed.values()) + (0 if active is None else active.size)

    # Writing

    def append(self, generations: Sequence[tuple[Home, bytes]]) -> list[Place]:
        """Write generations, each after the folders of its session; return once all are durable. All or none are."""
        active = self._active or self._begin()
        places: list[Place] = []
        parts: list[bytes] = []
        end = active.size
        for home, data in generations:
            head = frame(home, len(data), key_of(active.name))
            parts += (head, data)
            places.append(Place(active.name, end + len(head), len(data)))
            end += len(head) + len(data)
        try:
            self.tree.write_all(active.descriptor, b"".join(parts))
            self.tree.disk.sync(active.descriptor)
        except OSError:
            self.seal()
            raise
        active.size = end
        return places

    def _begin(self) -> Active:
        name = f"{self.owner}-{next(self._serial):06d}-{self.new_key()}{SUFFIX}"
        path = self.tree.path(JOURNAL, name)
        descriptor = self.tree.disk.create(path)
        try:
            self.tree.sync(JOURNAL)
        except OSError:
            self.tree.disk.close(descriptor)
            with suppress(OSError):
                self.tree.disk.unlink(path)
            raise
        self._active = Active(name, descriptor)
        return self._active

    def seal(self) -> None:
        """Write no more to the present file."""
        active = self._active
        if active is not None:
            self.closed[active.name] = active.size
            self._active = None
            with suppress(OSError):
                self.tree.disk.close(active.descriptor)

    def give_up(self) -> None:
        """Remove all that this opening wrote: nothing was promised of it."""
        self.seal()
        for name in list(self.closed):
            self.remove(name)

    def remove(self, name: str) -> None:
        """Remove a closed file; one that cannot be removed is met again by the next opening."""
        del self.closed[name]
        self._unlink(name)

    def _unlink(self, name: str) -> None:
        try:
            self.tree.disk.unlink(self.tree.path(JOURNAL, name))
        except FileNotFoundError:
            pass
        except OSError:
            self.leftovers.append(name)

    # Reading

    def read(self, place: Place) -> bytes:
        """A record's generation, or what is there of it."""
        descriptor = self.tree.disk.open_file(self.tree.path(JOURNAL, place.file))
        try:
            return self._read(descriptor, place)
        finally:
            self.tree.disk.close(descriptor)

    def _read(self, descriptor: int, place: Place) -> bytes:
        parts: list[bytes] = []
        done = 0
        while done < place.length:
            part = self.tree.disk.read_at(descriptor, place.length - done, place.start + done)
            if not part:
                break
            parts.append(part)
            done += len(part)
        return b"".join(parts)

    def left(self) -> Iterator[tuple[str, bytes]]:
        """Name and bytes of each file that earlier openings left, oldest first; raise PermissionError.

        The file of a server that runs may vanish, once all in it has files of its own.
        """
        for name in sorted(self.tree.names(JOURNAL)):
            try:
                yield name, self._trusted(self.tree.path(JOURNAL, name))
            except FileNotFoundError:
                continue

    def left_over(self, name: str) -> bytes:
        """The bytes of one of ``leftovers``, none where it is gone; raise PermissionError."""
        try:
            return self._trusted(self.tree.path(JOURNAL, name))
        except FileNotFoundError:
            return b""

    def _trusted(self, path: str) -> bytes:
        reason = self.tree.distrust(self.tree.disk.look(path))
        if reason:
            raise PermissionError(errno.EACCES, f"{reason}: {path}")
        return self.tree.read(path, MOST)

    def length_of(self, name: str) -> int | None:
        """How many bytes a file has by now; None where it is not there any more."""
        facts = self.tree.look(self.tree.path(JOURNAL, name))
        return None if facts is None else facts.size

    def records_in(self, name: str, data: bytes) -> Iterator[Record]:
        """The records in a file that ``left`` gave; raise NewerError."""
        return records(data, key_of(name), self.tree.home)

    def forget(self, name: str) -> None:
        """Remove a file that an earlier opening left; one that cannot be removed is read again by the next one."""
        self._unlink(name)


def new_key() -> str:
    """A secret for the name of a journal file."""
    return secrets.token_hex(8)


def key_of(name: str) -> str:
    """The secret in the name of a journal file."""
    return name.removesuffix(SUFFIX).rpartition("-")[2]
