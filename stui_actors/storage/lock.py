"""Opening a store's folder: one server at a time, each with a greater epoch, leftovers swept."""

import errno
import re
from contextlib import suppress

from attrs import frozen

from stui_actors.errors import StorageError
from stui_actors.storage.disk import Kind
from stui_actors.storage.expiry import LONG_PAUSE
from stui_actors.storage.tombstones import Tombstones
from stui_actors.storage.tree import DELETED, INCOMING, JOURNAL, NO_SYNC, QUARANTINE, Tree

LOCK = ".lock"
EPOCH = ".epoch-"
CLOCK = ".clock-"
EPOCH_DIGITS = 15  # of milliseconds, enough for 30,000 years; as texts, epochs compare like numbers
EPOCH_NAME = re.compile(rf"\.epoch-([0-9]{{{EPOCH_DIGITS}}})")
CLOCK_NAME = re.compile(rf"\.clock-([0-9]{{{EPOCH_DIGITS}}})")
PID_BYTES = 20
OTHERS_WRITE = 0o002
ANOTHER_FOLDER = "Make room or repair permissions there, or name another folder with --data-dir."


@frozen
class Opened:
    """A store that is ours.

    ``believed_at``: when the clock was last believed, in seconds since the epoch; now, for a new store.
    ``clients`` are the folders whose entries were durable by then. ``strays`` stand in ``.incoming/`` and are nobody's.
    """

    lock: int
    epoch: str
    believed_at: float
    clients: tuple[str, ...]
    strays: tuple[str, ...] = ()


def open_tree(tree: Tree, now: float, pid: int) -> Opened:
    """Take the folder, name this opening, sweep what a crash left; raise StorageError if another process has it."""
    _make_root(tree)
    lock = _lock(tree, pid)
    try:
        for name in (INCOMING, DELETED, QUARANTINE, JOURNAL):
            tree.make(name)
        clients = tuple(tree.names())
        believed_at = _believed_at(tree, now)
        epoch = _next_epoch(tree, now)
        _sweep(tree)
        Tombstones(tree).settle()
        strays = tuple(tree.disk.list_folder(tree.path(INCOMING)))
        tree.count_from(strays)
        return Opened(lock, epoch, believed_at, clients, strays)
    except OSError:
        tree.disk.close(lock)
        raise


def _make_root(tree: Tree) -> None:
    missing: list[str] = []
    path = tree.root
    while path and tree.look(path) is None:
        missing.append(path)
        path = path.rpartition("/")[0]
    for each in reversed(missing):
        tree.disk.make_folder(each)
        with suppress(PermissionError):
            tree.sync_path(_parent(each))
    _sync_above(tree)
    facts = tree.disk.look(tree.root)
    if facts.kind is not Kind.FOLDER:
        raise StorageError(f"The data folder {tree.root} is not a folder.", suggestion=ANOTHER_FOLDER)
    if facts.mode & OTHERS_WRITE:
        raise StorageError(
            f"Everybody may write into the data folder {tree.root}.", suggestion=f"Run `chmod 700 {tree.root}`."
        )


def _sync_above(tree: Tree) -> None:
    """Let the folder be found after a power cut: who made it, or one above it, may have failed before this.

    Where this process may not look into one of those, the system writes all that waits.
    """
    path = tree.root
    while path:
        path = path.rpartition("/")[0]
        try:
            tree.sync_path(path or "/")
        except PermissionError:
            tree.disk.sync_all()
            return
        except OSError as error:
            if error.errno not in NO_SYNC:
                raise


def _parent(path: str) -> str:
    return path.rpartition("/")[0] or "/"


def _lock(tree: Tree, pid: int) -> int:
    descriptor = tree.disk.open_lock(tree.path(LOCK))
    try:
        tree.disk.lock(descriptor)
        tree.disk.truncate(descriptor)
        tree.write_all(descriptor, f"{pid}\n".encode())
    except OSError as error:
        holder = tree.disk.read(descriptor, PID_BYTES).decode("ascii", "replace").strip()
        tree.disk.close(descriptor)
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        raise StorageError(
            f"The data folder {tree.root} is in use by process {holder or 'unknown'}.",
            suggestion="Stop that server first, or give this one another data folder.",
            pid=int(holder) if holder.isdecimal() else None,
        ) from error
    return descriptor


def _believed_at(tree: Tree, now: float) -> float:
    """When the clock was last believed; it is believed again unless it ran on for too long meanwhile.

    A start in doubt leaves the old mark: so however often a server starts after a jump of the clock, the doubt stays.
    """
    found = [int(match[1]) for match in map(CLOCK_NAME.fullmatch, tree.disk.list_folder(tree.root)) if match]
    if not found:
        found = [int(match[1]) for match in map(EPOCH_NAME.fullmatch, tree.disk.list_folder(tree.root)) if match]
    believed = min(found, default=0) / 1000  # of two, which a crash may leave, the one that believes less
    if not believed or now - believed <= LONG_PAUSE:
        believe(tree, now)
    return believed or now


def believe(tree: Tree, now: float) -> None:
    """Mark the clock as right at ``now``; the mark is durable with the next sync of the root at the latest."""
    name = f"{CLOCK}{max(0, int(now * 1000)):0{EPOCH_DIGITS}d}"
    old = [each for each in tree.disk.list_folder(tree.root) if CLOCK_NAME.fullmatch(each) and each != name]
    with suppress(FileExistsError):
        tree.disk.close(tree.disk.create(tree.path(name)))
    if old:
        tree.sync()
    for each in old:
        tree.disk.unlink(tree.path(each))


def _next_epoch(tree: Tree, now: float) -> str:
    """The next epoch. It is a file's name, since a name cannot be half written."""
    found = [match for match in map(EPOCH_NAME.fullmatch, tree.disk.list_folder(tree.root)) if match]
    last = max((int(match[1]) for match in found), default=0)
    epoch = f"{max(last + 1, int(now * 1000)):0{EPOCH_DIGITS}d}"
    tree.disk.close(tree.disk.create(tree.path(EPOCH + epoch)))
    tree.sync()
    for match in found:
        tree.disk.unlink(tree.path(match[0]))
    return epoch


def _sweep(tree: Tree) -> None:
    for name in tree.disk.list_folder(tree.path(DELETED)):
        client, _, session = name.partition("+")
        if client and session and tree.look(tree.path(client, session)) is not None:
            with suppress(OSError):  # the tombstone hides what stays
                tree.empty(client, session)
