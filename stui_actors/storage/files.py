"""The store in files: a folder per client, in it one per session, in it a file per generation, none ever changed.

A generation is written under another name, synced, given its own name, and its folder synced, before it is said to be
saved. A session's first one is written into a folder that has no place yet, and moves there with it. Damaged
files are put aside, never deleted. See ``tree`` for the layout and ``header`` for the format.
"""

import errno
import os
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from threading import Lock

from attrs import define, evolve, field

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.storage.disk import Disk, RealDisk
from stui_actors.storage.expiry import TOMBSTONES_LAST, Expirer
from stui_actors.storage.header import MAX_TEXT, encode
from stui_actors.storage.lock import ANOTHER_FOLDER, Opened, believe, open_tree
from stui_actors.storage.names import client_folder, generation_name
from stui_actors.storage.reading import Reading
from stui_actors.storage.salvage import salvaged
from stui_actors.storage.shelf import Guard, Shelf, Shelves
from stui_actors.storage.singly import SavesSingly
from stui_actors.storage.spares import Spares
from stui_actors.storage.store import (
    Expiry,
    Finding,
    Generation,
    Loaded,
    SessionKey,
    StoredSession,
)
from stui_actors.storage.thinning import Saved, superfluous
from stui_actors.storage.tombstones import Tombstones
from stui_actors.storage.tree import DELETED, INCOMING, NO_SYNC, Tree

MAX_BODY = 64 << 20  # bytes, unpacked: four times what a session may take, unless a setting says otherwise


@contextmanager
def as_storage_error(what: str, advice: str | None = None) -> Iterator[None]:
    """Let an OSError come out as the StorageError that says ``what`` went wrong, and why."""
    try:
        yield
    except OSError as error:
        code = errno.errorcode.get(error.errno or 0, "EIO")
        raise StorageError(f"{what}: {error.strerror or error}.", suggestion=advice, errno=code) from error


@define(eq=False)
class FileStore(SavesSingly):
    """Sessions in the files of one folder.

    ``read_only``: takes no lock, changes nothing, and can look at a store that a server has open. ``max_body``: bytes;
    what unpacks to more counts as damaged.
    """

    folder: Path
    settings: StorageSettings = field(factory=StorageSettings)
    disk: Disk = field(factory=RealDisk, kw_only=True)
    now: Callable[[], float] = field(default=time.time, kw_only=True)
    read_only: bool = field(default=False, kw_only=True)
    max_body: int = field(default=MAX_BODY, kw_only=True)
    process_id: Callable[[], int] = field(default=os.getpid, kw_only=True)
    new_guard: Callable[[], Guard] = field(default=Lock, kw_only=True)
    tree: Tree = field(init=False)
    reading: Reading = field(init=False)
    _opened: Opened | None = field(init=False, default=None)
    _shelves: Shelves = field(init=False)
    _spares: Spares = field(init=False)
    _tombstones: Tombstones = field(init=False)
    _durable: set[str] = field(init=False, factory=set)
    _expirer: Expirer = field(init=False, factory=lambda: Expirer(0.0))

    def __attrs_post_init__(self) -> None:
        self.tree = Tree(self.disk, os.path.realpath(self.folder))
        self.reading = Reading(self.tree, self.max_body, self.read_only)
        self._spares = Spares(self.tree, "")
        self._tombstones = Tombstones(self.tree)
        self._shelves = Shelves(self.new_guard)

    @property
    def place(self) -> str:
        """The folder."""
        return str(self.folder)

    @property
    def is_shared(self) -> bool:
        """False."""
        return False

    @property
    def epoch(self) -> str:
        """Names this opening; empty while the store is not open for writing."""
        return self._opened.epoch if self._opened is not None else ""

    def open(self) -> None:
        """Take the folder, make it if it is not there, and finish what a crash left unfinished."""
        if self.read_only or self._opened is not None:
            return
        with as_storage_error(f"The data folder {self.tree.root} cannot be opened", ANOTHER_FOLDER):
            opened = open_tree(self.tree, self.now(), self.process_id())
        self._opened = opened
        self._durable = set(opened.clients)
        self._spares = Spares(self.tree, opened.epoch, opened.strays)
        self._expirer = Expirer(opened.believed_at)

    def close(self) -> None:
        """Give the folder back."""
        opened, self._opened = self._opened, None
        self._shelves = Shelves(self.new_guard)
        self._tombstones = Tombstones(self.tree)
        if opened is not None:
            self._spares.close()
            with suppress(OSError):
                self.disk.close(opened.lock)

    # Finding

    def index(self) -> Iterator[StoredSession]:
        """Every session of the store."""
        with as_storage_error("The data folder cannot be listed"):
            deleted = frozenset(self.tree.names(DELETED))
            for client in self.tree.names():
                yield from self._sessions_in(client, deleted)

    def sessions_of(self, client_id: str) -> list[StoredSession]:
        """Every session of one client."""
        with as_storage_error("The client's folder cannot be listed"):
            return list(self._sessions_in(client_folder(client_id), frozenset(self.tree.names(DELETED))))

    def _sessions_in(self, client: str, deleted: frozenset[str]) -> Iterator[StoredSession]:
        for session in self.tree.names(client):
            if f"{client}+{session}" not in deleted:
                found = self.reading.stored(client, session)
                if found is not None:
                    yield found

    # Saving

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        """Keep ``body`` as the next generation and return once it is durable."""
        self._check_writable(key)
        with self._shelves.of(key) as shelf, as_storage_error("The session cannot be saved"):
            if not shelf.is_settled:  # a deletion forgets the shelf
                self._tombstones.check(key)
            number = self._last_number(key, shelf) + 1
            shelf.last = number
            generation = Generation(number, saved_at, 0, reason[:MAX_TEXT], self.epoch, version)
            data = encode(key, generation, body, self.settings.compress_above)
            self._write(key, shelf, [(generation, data)])
            self._thin(key, shelf)
            return generation.sized(len(data))

    def last_number(self, key: SessionKey) -> int:
        """The greatest number that the session ever used, 0 for a new one; raise SessionNotFound if it was deleted."""
        with self._shelves.of(key) as shelf, as_storage_error("The session's folder cannot be read"):
            self._tombstones.check(key)
            return self._last_number(key, shelf)

    def keep(self, key: SessionKey, made: Sequence[tuple[Generation, bytes]]) -> None:
        """Give generations that have their numbers already files of their own; return once all are durable.

        One that has a file gets it anew: who wrote that may have been killed before it was durable.
        """
        self._check_writable(key)
        with self._shelves.of(key) as shelf, as_storage_error("The session cannot be saved"):
            self._tombstones.check(key)
            shelf.last = max(self._last_number(key, shelf), *(generation.number for generation, _ in made))
            self._write(key, shelf, made)
            self._thin(key, shelf)

    def _check_writable(self, key: SessionKey) -> None:
        if self._opened is None:
            raise StorageError("The store is not open for writing.")
        if max(len(key.client_id), len(key.session_id)) > MAX_TEXT:
            raise StorageError(f"An id has more than {MAX_TEXT} characters.")

    @property
    def is_prepared(self) -> bool:
        """Whether there are folders for the next new sessions."""
        return self._opened is None or not self._spares.are_few

    def prepare(self) -> None:
        """Make folders for the next new sessions."""
        with suppress(OSError):  # then each new session makes its own, or says why it cannot
            self._spares.make()

    def _last_number(self, key: SessionKey, shelf: Shelf) -> int:
        """The greatest number that the session ever used, as far as its files, damaged ones too, can tell."""
        if shelf.last is None:
            shelf.names = self.tree.generations(*self.tree.home(key))
            used = [each.number for each in shelf.names + self.tree.quarantined(key)[1]]
            shelf.last = max(used, default=0)
        return shelf.last

    def _write(self, key: SessionKey, shelf: Shelf, made: Sequence[tuple[Generation, bytes]]) -> None:
        client, session = self.tree.home(key)
        names = [generation_name(client, generation.number, generation.saved_at) for generation, _ in made]
        if self.tree.has_folder(client, session):
            files = [(f"{self.epoch}-{generation.number}", data) for generation, data in made]
            self.tree.place(self.tree.write_incoming(files), [each.text for each in names], client, session)
        else:
            self._durable.discard(f"{client}/{session}")
            files = [(name.text, data) for name, (_, data) in zip(names, made, strict=True)]
            self._move_in(self._spares.filled(files), client, session)
        self._settle_folders(client, f"{client}/{session}")
        shelf.is_settled = True
        known = {each.text: each for each in (*shelf.names, *names)}
        shelf.names = sorted(known.values(), key=lambda each: (each.number, each.text), reverse=True)

    def _move_in(self, folder: str, client: str, session: str) -> None:
        """Give a session's folder, with its first file in it, its place; make its client's folder if it has none."""
        try:
            if self.tree.has_folder(client):
                self.tree.move((INCOMING, folder), (client, session))
            else:
                self._move_in_with_client(folder, client, session)
        except OSError:
            self._spares.drop(folder)
            raise

    def _move_in_with_client(self, folder: str, client: str, session: str) -> None:
        outer = self._spares.take()
        try:
            self.tree.move((INCOMING, folder), (INCOMING, outer, session))
            self._durable.discard(client)
            if not self.tree.moved_unless_taken((INCOMING, outer), (client,)):  # another thread made it meanwhile
                self.tree.move((INCOMING, outer, session), (client, session))
                self.tree.sync(INCOMING)  # it moved twice; where it began, nothing may come back for a sweep to remove
                self._spares.drop(outer)
        except OSError:
            self._spares.drop(outer)
            raise

    def _settle_folders(self, client: str, home: str) -> None:
        """Make the entries of a session's folder and of its client's durable, once per opening."""
        if home not in self._durable:
            self.tree.sync(client)
            self._durable.add(home)
        if client not in self._durable:
            self.tree.sync()
            self._durable.add(client)

    def _thin(self, key: SessionKey, shelf: Shelf) -> None:
        """Remove what need not be kept; what cannot be removed stays until the next save."""
        if len(shelf.names) <= self.settings.keep_generations:
            return
        drop = superfluous((Saved(each.number, each.saved_at) for each in shelf.names), self.settings)
        for each in [each for each in shelf.names if each.number in drop]:
            with suppress(OSError):
                self.disk.unlink(self.tree.path(*self.tree.home(key), each.text))
                shelf.names.remove(each)

    # Loading

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest valid generation, or the one numbered ``number``; durable, even if its writer was killed."""
        with self._shelves.of(key) as shelf, as_storage_error("The session cannot be loaded"):
            self._tombstones.check(key)
            self._last_number(key, shelf)
            loaded, name = self.reading.load(key, number)
            if not self.read_only and not shelf.is_settled:
                self._settle(key, name)
                shelf.is_settled = True
            shelf.names = self.tree.generations(*self.tree.home(key))
            return loaded

    def glance(self, key: SessionKey) -> Loaded | None:
        """The newest generation, without a sync; None where it is deleted, damaged, there twice, or in no file."""
        with as_storage_error("The session cannot be read"):
            newest = None if self._tombstones.hide(key) else self._newest(key)
            found = None if newest is None else self.reading.glance(key)
            return found if found is None or newest is None or found.generation.number == newest.number else None

    def _settle(self, key: SessionKey, name: str) -> None:
        """Sync what was read: a reply may rest on it, and who wrote it may have been killed before its sync."""
        client, session = self.tree.home(key)
        try:
            self.tree.sync_file(self.tree.path(client, session, name))
            self.tree.sync(client, session)
            self._settle_folders(client, f"{client}/{session}")
        except OSError as error:
            if error.errno not in NO_SYNC:
                raise

    def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations that can be read, newest first."""
        with as_storage_error("The session's history cannot be read"):
            if self._tombstones.hide(key):
                return []
            return self.reading.history(key)

    def verify(self, key: SessionKey | None = None) -> Iterator[Finding]:
        """Read every file of a session, or of all, and change nothing."""
        with as_storage_error("The data folder cannot be read"):
            yield from self.reading.verify(key)

    def remains(self, key: SessionKey) -> Iterator[tuple[str, str]]:
        """The session's files and what can be read of them, newest first, those that were put aside too."""
        with as_storage_error("The session's files cannot be read"):
            yield from salvaged(self.tree, key)

    # Deleting

    def delete(self, key: SessionKey) -> None:
        """Remove the session whole; damaged files that were put aside stay."""
        self._check_writable(key)
        with self._shelves.of(key), as_storage_error("The session cannot be deleted"):
            self._delete(key)

    def _delete(self, key: SessionKey) -> None:
        home = self.tree.home(key)
        if self._tombstones.hide(key) or not self._is_stored(key):
            raise SessionNotFound("No such session is stored.")
        self._shelves.clear(key)  # first: should this fail, the next save looks what is there
        self._tombstones.put(key)
        self._shelves.forget(key)  # now: who waited for it finds the tombstone
        self._durable.discard("/".join(home))
        with suppress(OSError):  # the tombstone is durable; the next opening removes what stays
            self.tree.empty(*home)

    def _is_stored(self, key: SessionKey) -> bool:
        return self.tree.look(self.tree.path(*self.tree.home(key))) is not None

    def claim(self, key: SessionKey, mark: str) -> bool:
        """True: there is no other server."""
        return True

    def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        """True: there is no other server."""
        return True

    def release(self, key: SessionKey, attachment: str) -> None:
        """Nothing."""

    def beat(self) -> None:
        """Nothing."""

    def lost(self, client_ids: Collection[str]) -> list[SessionKey]:
        """None: there is no other server."""
        return []

    def was_deleted(self, client_id: str, mark: str, since: float) -> bool:
        """Whether a session of the client with this mark in its id was deleted at ``since`` or later."""
        with as_storage_error("The deleted sessions cannot be looked up"):
            return self._tombstones.has_mark(client_id, mark, since)

    def expire(
        self, now: float, retention: float, *, elapsed: float, spare: Collection[SessionKey] = frozenset()
    ) -> Expiry:
        """Delete what was not saved for ``retention`` seconds, a bounded number, unless the clock looks wrong."""
        plan = self._expirer.due(self.index, now, retention, elapsed=elapsed, spare=spare)
        if self._expirer.may_believe(plan, now):
            with suppress(OSError):  # a mark that stays old only brings a doubt too many
                believe(self.tree, now)
        deleted = [key for key in plan.deleted if self._delete_if_old(key, now - retention)]
        if self._expirer.may_forget(plan, elapsed):
            with suppress(OSError):  # what stays is forgotten another day
                self._tombstones.forget(now - TOMBSTONES_LAST)
        return evolve(plan, deleted=tuple(deleted))

    def _delete_if_old(self, key: SessionKey, limit: float) -> bool:
        self._check_writable(key)
        with self._shelves.of(key), as_storage_error("The session cannot be deleted"):
            found = self._newest(key)
            if found is None or found.saved_at >= limit:
                return False
            self._delete(key)
            return True

    def _newest(self, key: SessionKey) -> Generation | None:
        found = self.reading.stored(*self.tree.home(key))
        return None if found is None else found.newest
