"""A disk in memory that forgets, tears and fails as real ones do, the same way each time for the same seed.

What was written and not synced is lost, or half there, after a power cut. Changes to folders that were not synced
happen in any order, or not at all. After a failed sync the bytes stay readable and never reach the disk, also if a
later sync says that they did.
"""

import errno
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from random import Random
from threading import RLock

from attrs import define, field

from stui_actors.storage.disk import Facts, Kind
from tests.doubles.disk_nodes import Change, File, Folder, Open
from tests.doubles.turns import in_turn

BLOCK = 512  # bytes that are written whole or not at all
MUTATING = frozenset(
    ("create", "open_lock", "truncate", "write", "sync", "link", "unlink", "rename", "make_folder", "remove_folder")
)


class PowerCutError(BaseException):
    """The machine stopped. No `except OSError` may catch it."""


@define(eq=False)
class SimulatedDisk:
    """See the module. ``calls`` counts system calls from 1; ``faults`` says what happens at which.

    A fault is an errno, or None for a power cut. ``is_read_only`` refuses all changes. ``survival``: the chances that a
    name that came, and that the absence of one that went, outlive a power cut unsynced.
    """

    seed: int = 0
    survival: tuple[float, float] = (0.5, 0.5)
    faults: dict[int, int | None] = field(factory=dict)
    is_read_only: bool = False
    calls: int = 0
    syncs: int = 0
    trace: list[str] = field(factory=list)
    root: Folder = field(factory=Folder)
    now: Callable[[], float] = lambda: 0.0
    open_files: dict[int, Open] = field(factory=dict)
    locked: dict[int, int] = field(factory=dict)
    turn: RLock = field(init=False, factory=RLock)  # held by the thread whose system call is done

    # What goes wrong

    def call(self, name: str, what: str, *, node: File | None = None) -> None:
        """Count a system call; fail if it is its turn."""
        self.calls += 1
        self.trace.append(f"{name} {what}")
        if self.is_read_only and name in MUTATING:
            raise OSError(errno.EROFS, os.strerror(errno.EROFS), what)
        if self.calls in self.faults:
            fault = self.faults[self.calls]
            if fault is None:
                raise PowerCutError
            if node is not None and name == "sync":
                node.is_lost = True
            raise OSError(fault, os.strerror(fault), what)

    def cut_power(self) -> None:
        """Stop the machine and start it again: keep what is durable, and of the rest what chance leaves."""
        chance = Random(self.seed * 1_000_003 + self.calls)
        self.open_files.clear()
        self.locked.clear()
        self._settle_folder(self.root, chance, set())
        self.faults = {}

    def _settle_folder(self, folder: Folder, chance: Random, seen: set[int]) -> None:
        stopped: set[str] = set()
        for change in folder.pending:
            twin_is_done = change.twin is not None and change.twin.is_done
            survival = self.survival[change.node is None]
            may_happen = change.name not in stopped and not change.is_void and chance.random() < survival
            if twin_is_done or may_happen:
                self._apply(folder, change)
                continue
            stopped.add(change.name)  # changes of one name happen in their order
            if change.twin is not None:
                change.twin.is_void = True
        folder.pending.clear()
        folder.entries = dict(folder.durable)
        for node in folder.entries.values():
            if id(node) in seen:
                continue
            seen.add(id(node))
            if isinstance(node, Folder):
                self._settle_folder(node, chance, seen)
            else:
                self._settle_file(node, chance)

    def _settle_file(self, file: File, chance: Random) -> None:
        if file.durable != file.content:
            kept = bytearray(file.durable)
            for start in range(0, len(file.content), BLOCK):
                if chance.random() < 0.5 and not file.is_lost:
                    kept.extend(bytes(max(0, start - len(kept))))
                    kept[start : start + BLOCK] = file.content[start : start + BLOCK]
            file.content = kept
            file.durable = bytes(kept)
        file.is_lost = False

    def _apply(self, folder: Folder, change: Change) -> None:
        change.is_done = True
        if change.node is None:
            folder.durable.pop(change.name, None)
        else:
            folder.durable[change.name] = change.node

    # Names

    def _parts(self, path: str) -> list[str]:
        return [part for part in path.split("/") if part and part != "."]

    def _folder(self, path: str) -> tuple[Folder, str]:
        parts = self._parts(path)
        folder = self.root
        for part in parts[:-1]:
            node = folder.entries.get(part)
            if node is None:
                raise FileNotFoundError(errno.ENOENT, "No such file", path)
            if not isinstance(node, Folder):
                raise NotADirectoryError(errno.ENOTDIR, "Not a folder", path)
            folder = node
        return folder, parts[-1] if parts else ""

    def _node(self, path: str) -> File | Folder:
        node: File | Folder | None = self.root
        for part in self._parts(path):
            if not isinstance(node, Folder):
                raise NotADirectoryError(errno.ENOTDIR, "Not a folder", path)
            node = node.entries.get(part)
            if node is None:
                raise FileNotFoundError(errno.ENOENT, "No such file", path)
        assert node is not None, "the root is there"
        return node

    def _change(self, folder: Folder, name: str, node: File | Folder | None) -> Change:
        change = Change(name, node)
        folder.pending.append(change)
        if node is None:
            del folder.entries[name]
        else:
            folder.entries[name] = node
        return change

    def _open(self, node: File | Folder) -> int:
        descriptor = 3
        while descriptor in self.open_files:
            descriptor += 1
        self.open_files[descriptor] = Open(node)
        return descriptor

    # System calls

    @in_turn
    def create(self, path: str) -> int:
        self.call("create", path)
        folder, name = self._folder(path)
        if name in folder.entries:
            raise FileExistsError(errno.EEXIST, "There is one", path)
        node = File(changed_at=self.now())
        self._change(folder, name, node)
        return self._open(node)

    @in_turn
    def open_file(self, path: str) -> int:
        self.call("open_file", path)
        node = self._node(path)
        if node.kind is Kind.SYMLINK:
            raise OSError(errno.ELOOP, "A symbolic link", path)
        if not node.mode & 0o400:
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return self._open(node)

    @in_turn
    def open_folder(self, path: str) -> int:
        self.call("open_folder", path)
        node = self._node(path)
        if not isinstance(node, Folder):
            raise NotADirectoryError(errno.ENOTDIR, "Not a folder", path)
        return self._open(node)

    @in_turn
    def open_lock(self, path: str) -> int:
        self.call("open_lock", path)
        folder, name = self._folder(path)
        if name not in folder.entries:
            self._change(folder, name, File())
        return self._open(folder.entries[name])

    @in_turn
    def lock(self, descriptor: int) -> None:
        self.call("lock", str(descriptor))
        node = id(self.open_files[descriptor].node)
        if node in self.locked.values():
            raise BlockingIOError(errno.EWOULDBLOCK, "Locked")
        self.locked[descriptor] = node

    @in_turn
    def truncate(self, descriptor: int) -> None:
        self.call("truncate", str(descriptor))
        self._file(descriptor).content.clear()

    def _file(self, descriptor: int) -> File:
        node = self.open_files[descriptor].node
        if isinstance(node, Folder):
            raise IsADirectoryError(errno.EISDIR, "A folder")
        return node

    @in_turn
    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        self.call("write", str(descriptor))
        part = bytes(data[: max(1, len(data) // 2)])  # a write may take less than it was given
        self._file(descriptor).content += part
        self._file(descriptor).changed_at = self.now()
        return len(part)

    @in_turn
    def read(self, descriptor: int, size: int) -> bytes:
        self.call("read", str(descriptor))
        opened = self.open_files[descriptor]
        part = bytes(self._file(descriptor).content[opened.position : opened.position + size])
        opened.position += len(part)
        return part

    @in_turn
    def read_at(self, descriptor: int, size: int, start: int) -> bytes:
        self.call("read_at", str(descriptor))
        return bytes(self._file(descriptor).content[start : start + size])

    @in_turn
    def sync(self, descriptor: int) -> None:
        node = self.open_files[descriptor].node
        self.call("sync", str(descriptor), node=node if isinstance(node, File) else None)
        self.syncs += 1
        if isinstance(node, File):
            if not node.is_lost:
                node.durable = bytes(node.content)
            return
        for change in node.pending:
            self._apply(node, change)
        node.pending.clear()

    @in_turn
    def sync_all(self) -> None:
        self.call("sync_all", "")
        self._sync_folder(self.root)

    def _sync_folder(self, folder: Folder) -> None:
        for change in folder.pending:
            self._apply(folder, change)
        folder.pending.clear()
        for node in folder.entries.values():
            if isinstance(node, Folder):
                self._sync_folder(node)
            elif not node.is_lost:
                node.durable = bytes(node.content)

    @in_turn
    def close(self, descriptor: int) -> None:
        self.locked.pop(descriptor, None)
        del self.open_files[descriptor]
        self.call("close", str(descriptor))

    @in_turn
    def facts(self, descriptor: int) -> Facts:
        self.call("facts", str(descriptor))
        return self._facts(self.open_files[descriptor].node)

    @in_turn
    def look(self, path: str) -> Facts:
        self.call("look", path)
        return self._facts(self._node(path))

    def _facts(self, node: File | Folder) -> Facts:
        if isinstance(node, Folder):
            return Facts(node.kind, node.mode, node.owner, 0, 0.0)
        return Facts(node.kind, node.mode, node.owner, len(node.content), node.changed_at)

    @in_turn
    def link(self, source: str, target: str) -> None:
        self.call("link", target)
        node = self._node(source)
        folder, name = self._folder(target)
        if name in folder.entries:
            raise FileExistsError(errno.EEXIST, "There is one", target)
        self._change(folder, name, node)

    @in_turn
    def unlink(self, path: str) -> None:
        self.call("unlink", path)
        folder, name = self._folder(path)
        if isinstance(self._node(path), Folder):
            raise IsADirectoryError(errno.EISDIR, "A folder", path)
        self._change(folder, name, None)

    @in_turn
    def rename(self, source: str, target: str) -> None:
        self.call("rename", target)
        node = self._node(source)
        folder, name = self._folder(target)
        if folder.entries.get(name) is node:
            return
        self._check_place(node, folder, folder.entries.get(name), target)
        origin, old = self._folder(source)
        gone = self._change(origin, old, None)
        come = self._change(folder, name, node)
        gone.twin, come.twin = come, gone

    def _check_place(self, node: File | Folder, folder: Folder, taken: File | Folder | None, target: str) -> None:
        """A folder moves to a free name or over an empty folder, never into itself; a file never over a folder."""
        if isinstance(node, Folder):
            if self._holds(node, folder):
                raise OSError(errno.EINVAL, "A folder would be in itself", target)
            if isinstance(taken, File):
                raise NotADirectoryError(errno.ENOTDIR, "Not a folder", target)
            if taken is not None and taken.entries:
                raise OSError(errno.ENOTEMPTY, "Not empty", target)
        elif isinstance(taken, Folder):
            raise IsADirectoryError(errno.EISDIR, "A folder", target)

    def _holds(self, outer: Folder, inner: Folder) -> bool:
        return outer is inner or any(
            isinstance(each, Folder) and self._holds(each, inner) for each in outer.entries.values()
        )

    @in_turn
    def make_folder(self, path: str) -> None:
        self.call("make_folder", path)
        folder, name = self._folder(path)
        if name in folder.entries or not name:
            raise FileExistsError(errno.EEXIST, "There is one", path)
        self._change(folder, name, Folder())

    @in_turn
    def remove_folder(self, path: str) -> None:
        self.call("remove_folder", path)
        folder, name = self._folder(path)
        node = self._node(path)
        if not isinstance(node, Folder) or node.entries:
            raise OSError(errno.ENOTEMPTY, "Not empty", path)
        self._change(folder, name, None)

    @in_turn
    def list_folder(self, path: str) -> list[str]:
        self.call("list_folder", path)
        node = self._node(path)
        if not isinstance(node, Folder):
            raise NotADirectoryError(errno.ENOTDIR, "Not a folder", path)
        return list(node.entries)

    def user(self) -> int:
        return 1000

    # For tests

    def flip(self, path: str, bit: int) -> None:
        """Change one bit of a file, on the disk."""
        node = self._node(path)
        assert isinstance(node, File)
        node.content[bit // 8] ^= 1 << bit % 8
        node.durable = bytes(node.content)

    def is_done_before(self, call: int, act: Callable[[], object]) -> bool:
        """Do something; false where it came to the system call that is number ``call`` from now on: there it stops."""
        try:
            with self.failing(call, None):
                act()
        except PowerCutError:
            return False
        return True

    @contextmanager
    def failing(self, call: int, fault: int | None) -> Iterator[None]:
        """Let the system call that is number ``call`` from now on fail."""
        self.faults = {self.calls + call: fault}
        try:
            yield
        finally:
            self.faults = {}
