"""The disk: one method per system call, so that a simulated disk can stand in. Every method raises OSError only."""

import errno
import fcntl
import os
import stat
from enum import Enum
from typing import Protocol

from attrs import frozen

FILE_MODE = 0o600
FOLDER_MODE = 0o700
FULL_SYNC: int | None = getattr(fcntl, "F_FULLFSYNC", None)  # macOS: its fsync stops at the drive's cache


class Kind(Enum):
    """What stands under a name."""

    FILE = "file"
    FOLDER = "folder"
    SYMLINK = "symbolic link"
    OTHER = "FIFO, socket or device"


@frozen
class Facts:
    """What the system tells of a file. ``mode`` holds the permission bits alone.

    ``changed_at``: when its content was last changed, or it was made; in seconds since the epoch.
    """

    kind: Kind
    mode: int
    owner: int
    size: int
    changed_at: float


class Disk(Protocol):
    """System calls. Descriptors are small integers; paths are absolute."""

    def create(self, path: str) -> int:
        """Make a new file, for writing; fail if the name is taken, even by a symbolic link."""

    def open_file(self, path: str) -> int:
        """Open for reading, without waiting and without following a symbolic link."""

    def open_folder(self, path: str) -> int:
        """Open a folder, to sync it."""

    def open_lock(self, path: str) -> int:
        """Open for reading and writing; make the file if it is not there."""

    def lock(self, descriptor: int) -> None:
        """Take the file for this process; fail with EWOULDBLOCK if another one has it."""

    def truncate(self, descriptor: int) -> None:
        """Empty the file."""

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of ``data``; the number of bytes that were written."""

    def read(self, descriptor: int, size: int) -> bytes:
        """At most ``size`` bytes from where the last read ended; none at the end."""

    def read_at(self, descriptor: int, size: int, start: int) -> bytes:
        """At most ``size`` bytes from ``start`` on, counted from 0; none at the end."""

    def sync(self, descriptor: int) -> None:
        """Return once everything of the file, or the folder's entries, is on the disk."""

    def close(self, descriptor: int) -> None:
        """Give the descriptor back."""

    def facts(self, descriptor: int) -> Facts:
        """What is open."""

    def look(self, path: str) -> Facts:
        """What stands under the name; a symbolic link is not followed."""

    def link(self, source: str, target: str) -> None:
        """Give a file a second name; fail if the name is taken."""

    def unlink(self, path: str) -> None:
        """Remove a file's name."""

    def rename(self, source: str, target: str) -> None:
        """Move what stands under a name: a file over another one, a folder to a free name or over an empty one."""

    def make_folder(self, path: str) -> None:
        """Make a folder for its owner alone."""

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""

    def list_folder(self, path: str) -> list[str]:
        """The names in a folder, in no order."""

    def sync_all(self) -> None:
        """Return once all that anybody wrote is on the disk."""

    def user(self) -> int:
        """Who this process is."""


class RealDisk:
    """The system's own."""

    def create(self, path: str) -> int:
        """Make a new file, for writing."""
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)

    def open_file(self, path: str) -> int:
        """Open for reading."""
        return os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)

    def open_folder(self, path: str) -> int:
        """Open a folder."""
        return os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)

    def open_lock(self, path: str) -> int:
        """Open for reading and writing."""
        return os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, FILE_MODE)

    def lock(self, descriptor: int) -> None:
        """Take the file."""
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)

    def truncate(self, descriptor: int) -> None:
        """Empty the file."""
        os.ftruncate(descriptor, 0)

    def write(self, descriptor: int, data: bytes | memoryview) -> int:
        """Write some of ``data``."""
        return os.write(descriptor, data)

    def read(self, descriptor: int, size: int) -> bytes:
        """At most ``size`` bytes."""
        return os.read(descriptor, size)

    def read_at(self, descriptor: int, size: int, start: int) -> bytes:
        """At most ``size`` bytes from ``start`` on."""
        return os.pread(descriptor, size, start)

    def sync(self, descriptor: int) -> None:
        """Return once it is on the disk."""
        if FULL_SYNC is None:
            os.fsync(descriptor)
        else:
            fcntl.fcntl(descriptor, FULL_SYNC)

    def sync_all(self) -> None:
        """Return once all that waits is on the disk."""
        os.sync()

    def close(self, descriptor: int) -> None:
        """Give the descriptor back."""
        os.close(descriptor)

    def facts(self, descriptor: int) -> Facts:
        """What is open."""
        return _facts(os.fstat(descriptor))

    def look(self, path: str) -> Facts:
        """What stands under the name."""
        return _facts(os.lstat(path))

    def link(self, source: str, target: str) -> None:
        """Give a file a second name, on a file system without links by moving it to a free one."""
        try:
            os.link(source, target, follow_symlinks=False)
        except OSError as error:
            if error.errno not in (errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP):
                raise
        else:
            return
        if os.path.lexists(target):
            raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), target)
        os.rename(source, target)

    def unlink(self, path: str) -> None:
        """Remove a file's name."""
        os.unlink(path)

    def rename(self, source: str, target: str) -> None:
        """Move what stands under a name."""
        os.rename(source, target)

    def make_folder(self, path: str) -> None:
        """Make a folder."""
        os.mkdir(path, FOLDER_MODE)

    def remove_folder(self, path: str) -> None:
        """Remove an empty folder."""
        os.rmdir(path)

    def list_folder(self, path: str) -> list[str]:
        """The names in a folder."""
        return os.listdir(path)

    def user(self) -> int:
        """Who this process is."""
        return os.geteuid()


def _facts(found: os.stat_result) -> Facts:
    kinds = {stat.S_IFREG: Kind.FILE, stat.S_IFDIR: Kind.FOLDER, stat.S_IFLNK: Kind.SYMLINK}
    kind = kinds.get(stat.S_IFMT(found.st_mode), Kind.OTHER)
    return Facts(kind, stat.S_IMODE(found.st_mode), found.st_uid, found.st_size, found.st_mtime)
