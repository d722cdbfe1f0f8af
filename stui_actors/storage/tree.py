"""The store's folder tree on a disk: where things stand, and how they are read, written and moved. Raises OSError.

.lock                           held by the server that has the store, with its process id
.epoch-<number>                 the last opening
.incoming/                      files that are not whole yet, and folders made ahead
.deleted/<client>+<session>     tombstones
.quarantine/<client>/<session>/ damaged files, never deleted
.journal/                       generations that have no file yet, see ``journal``
<client>/<session>/             the generations
"""

import errno
from collections.abc import Iterable, Sequence
from contextlib import ExitStack, suppress
from itertools import count

from attrs import define, field

from stui_actors.storage.disk import Disk, Facts, Kind
from stui_actors.storage.names import GenerationName, client_folder, read_generation_name, session_folder
from stui_actors.storage.store import SessionKey

INCOMING, DELETED, QUARANTINE, JOURNAL = ".incoming", ".deleted", ".quarantine", ".journal"
OTHERS_WRITE = 0o022
TAKEN = (errno.ENOTEMPTY, errno.EEXIST)  # what a system says of a folder that may not be replaced
NO_SYNC = (errno.EROFS, errno.EINVAL)  # where nothing can be synced, nothing waits to be written either
CHUNK = 1 << 20  # bytes of one read


@define(eq=False)
class Tree:
    """Paths and the operations on them. ``root`` is absolute."""

    disk: Disk
    root: str
    serial: "count[int]" = field(factory=count)

    # Where

    def path(self, *names: str) -> str:
        """A path under the root."""
        return "/".join((self.root, *names))

    def home(self, key: SessionKey) -> tuple[str, str]:
        """The names of the folders of a session: its client's, and its own in there."""
        return client_folder(key.client_id), session_folder(key.session_id)

    def tombstone(self, key: SessionKey) -> str:
        """What marks a session as deleted."""
        return self.path(DELETED, "+".join(self.home(key)))

    # What is there

    def look(self, path: str) -> Facts | None:
        """What stands there, or None."""
        try:
            return self.disk.look(path)
        except FileNotFoundError:
            return None

    def names(self, *folder: str) -> list[str]:
        """The names in a folder that may not be there, without those that begin with a dot."""
        try:
            found = self.disk.list_folder(self.path(*folder))
        except (FileNotFoundError, NotADirectoryError):
            return []
        return [name for name in found if not name.startswith(".")]

    def generations(self, *folder: str) -> list[GenerationName]:
        """The generations whose files stand in a folder, newest first."""
        found = [each for each in map(read_generation_name, self.names(*folder)) if each is not None]
        return sorted(found, key=lambda each: (each.number, each.text), reverse=True)

    def distrust(self, facts: Facts) -> str:
        """Why a file that stands there is not read, or nothing."""
        if facts.kind is not Kind.FILE:
            return f"there is a {facts.kind.value} in its place"
        if facts.owner != self.disk.user():
            return "it belongs to another user"
        return "others may write it" if facts.mode & OTHERS_WRITE else ""

    # Reading and writing

    def read(self, path: str, most: int) -> bytes:
        """The first ``most`` bytes of a file, or all."""
        descriptor = self.disk.open_file(path)
        try:
            return self._read(descriptor, most)
        finally:
            self.disk.close(descriptor)

    def _read(self, descriptor: int, most: int) -> bytes:
        parts: list[bytes] = []
        left = most
        while left:
            part = self.disk.read(descriptor, min(left, CHUNK))
            if not part:
                break
            parts.append(part)
            left -= len(part)
        return b"".join(parts)

    def count_from(self, strays: Iterable[str]) -> None:
        """Give no file in ``.incoming/`` a name that one of ``strays`` may have."""
        used = [int(end) for name in strays if (end := name.rpartition(".")[2]).isdecimal()]
        self.serial = count(max(used, default=-1) + 1)

    def write_incoming(self, files: Iterable[tuple[str, bytes]]) -> list[str]:
        """Write files that have no names in the tree yet, and return their paths once their bytes are durable."""
        paths = [(self.path(INCOMING, f"{name}.{next(self.serial)}"), data) for name, data in files]
        self.write_files(paths)
        return [path for path, _ in paths]

    def write_files(self, files: Iterable[tuple[str, bytes]]) -> None:
        """Write new files, by path, and return once their bytes are durable; leave nothing of them if one fails.

        All are written before the first is synced: so the disk has less to wait for.
        """
        written: list[str] = []
        try:
            with ExitStack() as closing:
                descriptors = []
                for path, data in files:
                    descriptors.append(self.disk.create(path))
                    written.append(path)
                    closing.callback(self.disk.close, descriptors[-1])
                    self.write_all(descriptors[-1], data)
                for descriptor in descriptors:
                    self.disk.sync(descriptor)
        except OSError:
            self.drop(written)
            raise

    def drop(self, paths: Iterable[str]) -> None:
        """Remove files, as far as that can be done."""
        for path in paths:
            with suppress(OSError):
                self.disk.unlink(path)

    def write_all(self, descriptor: int, data: bytes) -> None:
        """Write all of ``data``, in as many parts as the system wants."""
        left = memoryview(data)
        while left:
            left = left[self.disk.write(descriptor, left) :]

    def place(self, incoming: Sequence[str], names: Sequence[str], *folder: str) -> None:
        """Give files that are whole their names in a folder, and return once these are durable; if not, none is new.

        Where a name is taken its file takes the place of what is there: the same, of which nobody knows any more
        whether it is durable. It stays there, whatever fails: what is nowhere else may rest on it.
        """
        placed: list[str] = []
        try:
            for source, name in zip(incoming, names, strict=True):
                if self._is_new(source, self.path(*folder, name)):
                    placed.append(self.path(*folder, name))
            self.drop(incoming)
            self.sync(*folder)
        except OSError:
            self.drop((*incoming, *placed))
            raise

    def _is_new(self, source: str, target: str) -> bool:
        """Give a file its name; whether nothing had it."""
        try:
            self.disk.link(source, target)
        except FileExistsError:
            self.disk.rename(source, target)
            return False
        return True

    def sync(self, *folder: str) -> None:
        """Return once the folder's entries are durable."""
        self.sync_path(self.path(*folder))

    def sync_path(self, path: str) -> None:
        """Return once the entries of the folder there are durable."""
        self._sync(self.disk.open_folder(path))

    def sync_file(self, path: str) -> None:
        """Return once the file's bytes are durable."""
        self._sync(self.disk.open_file(path))

    def _sync(self, descriptor: int) -> None:
        try:
            self.disk.sync(descriptor)
        finally:
            self.disk.close(descriptor)

    def make(self, *folder: str) -> bool:
        """Make a folder if it is not there; true if it was made. Not durable before its parent is synced."""
        path = self.path(*folder)
        try:
            self.disk.make_folder(path)
        except FileExistsError:
            if self.disk.look(path).kind is not Kind.FOLDER:
                raise NotADirectoryError(errno.ENOTDIR, "Not a folder", path) from None
            return False
        return True

    # Moving

    def quarantine(self, client: str, session: str, name: str) -> str:
        """Move a damaged file out of the way; where it is kept, as a path from the root."""
        self._make_quarantine(client, session)
        for copy in count():
            kept = (QUARANTINE, client, session, f"{name}.{copy}" if copy else name)
            if self.look(self.path(*kept)) is None:
                break
        self.disk.rename(self.path(client, session, name), self.path(*kept))
        return "/".join(kept)

    def _make_quarantine(self, client: str, session: str) -> None:
        self.make(QUARANTINE)
        self.make(QUARANTINE, client)
        self.make(QUARANTINE, client, session)
        for depth in range(3):  # the folders must be durable before the file is in there and nowhere else
            self.sync(*(QUARANTINE, client)[:depth])

    def put_aside(self, home: tuple[str, str], name: str, data: bytes) -> None:
        """Keep bytes that are damaged, durably, under a name in the quarantine; once for each name."""
        self._make_quarantine(*home)
        if self.look(self.path(QUARANTINE, *home, name)) is None:
            self.place(self.write_incoming([("damaged", data)]), [name], QUARANTINE, *home)

    def quarantined(self, key: SessionKey) -> tuple[str, list[GenerationName]]:
        """Where damaged files of a session are kept, and which ones, newest first."""
        folder = (QUARANTINE, *self.home(key))
        found = [read_generation_name(name.partition(".ston")[0] + ".ston") for name in self.names(*folder)]
        kept = [each for each in found if each is not None]
        return "/".join(folder), sorted(kept, key=lambda each: each.number, reverse=True)

    def empty(self, *folder: str) -> None:
        """Remove a folder and the files in it, and the stray folders in there that are empty."""
        for name in self.disk.list_folder(self.path(*folder)):
            path = self.path(*folder, name)
            if self.disk.look(path).kind is Kind.FOLDER:
                self.disk.remove_folder(path)
            else:
                self.disk.unlink(path)
        self.disk.remove_folder(self.path(*folder))

    def clear(self, *folder: str) -> None:
        """Remove what stands there: a file, or a folder with files and folders of files in it."""
        path = self.path(*folder)
        if self.disk.look(path).kind is not Kind.FOLDER:
            self.disk.unlink(path)
            return
        for name in self.disk.list_folder(path):
            if self.disk.look(self.path(*folder, name)).kind is Kind.FOLDER:
                self.empty(*folder, name)
        self.empty(*folder)

    def has_folder(self, *folder: str) -> bool:
        """Whether the folder is there; raise NotADirectoryError where something else is."""
        path = self.path(*folder)
        facts = self.look(path)
        if facts is not None and facts.kind is not Kind.FOLDER:
            raise NotADirectoryError(errno.ENOTDIR, "Not a folder", path)
        return facts is not None

    def move(self, source: tuple[str, ...], target: tuple[str, ...]) -> None:
        """Move a folder to a place that is free; a disk does both halves or none. Durable once the parent is synced."""
        self.disk.rename(self.path(*source), self.path(*target))

    def moved_unless_taken(self, source: tuple[str, ...], target: tuple[str, ...]) -> bool:
        """``move``; false where a folder with something in it has the place."""
        try:
            self.move(source, target)
        except OSError as error:
            if error.errno not in TAKEN:
                raise
            return False
        return True
