"""The simulated disk, shared by one process after another, with its threads and its weather."""

import errno
import os
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING

from attrs import define, field
from greenlet import getcurrent, greenlet

from tests.doubles.disk import PowerCutError, SimulatedDisk
from tests.doubles.disk_nodes import File, Folder
from tests.simulation.plan import DiskPlan
from tests.simulation.trace import Trace

if TYPE_CHECKING:
    from tests.simulation.process import ServerProcess

LOCK_PAUSE = 0.001  # seconds until a thread looks again whether a lock is free
STUCK = 6.0  # seconds for which a call that gets stuck does not come back
FAULTS = (errno.EIO, errno.EIO, errno.ENOSPC, errno.EACCES)
CHANGING = frozenset(("create", "write", "sync", "link", "rename", "make_folder", "unlink"))
GROWING = frozenset(("create", "write", "link", "make_folder"))


class Thread(greenlet):
    """A thread of a simulated process: it can be interrupted at each system call, and there only."""

    process: "ServerProcess"


class SimulatedLock:
    """A lock for threads that are greenlets: who finds it taken lets the others run."""

    def __init__(self) -> None:
        self.is_taken = False

    def __enter__(self) -> bool:
        while self.is_taken:
            thread = getcurrent()
            assert isinstance(thread, Thread), "only threads wait for each other"
            thread.parent.switch(LOCK_PAUSE)  # type: ignore[union-attr]  # a thread has one
            thread.process.check_alive()
        self.is_taken = True
        return True

    def __exit__(self, *_: object) -> None:
        self.is_taken = False

    def locked(self) -> bool:
        return self.is_taken


@define(eq=False)
class Weather(SimulatedDisk):
    """A disk on which things happen as a plan says, until it is ``healed``. Lies and failures hit files only."""

    plan: DiskPlan = field(factory=DiskPlan)
    chance: Random = field(factory=Random)
    record: Trace | None = None
    healed: bool = False
    stuck: list[float] = field(factory=list)
    lied: bool = False
    flipped: bool = False
    cuts: int = 0
    failures: list[float] = field(factory=list)  # when a call failed

    def call(self, name: str, what: str, *, node: File | None = None) -> None:
        thread = getcurrent()
        process = thread.process if isinstance(thread, Thread) else None
        if process is not None:
            assert self.record is not None, "a simulated disk keeps a record"
            process.check_alive()
            self.record.add("disk", f"{name} {what}")
            process.disk_call(name)
            pause = 0.0 if self.healed else self._pause()
            if pause:
                thread.parent.switch(pause)  # type: ignore[union-attr]  # a thread has one
                process.check_alive()
        self.calls += 1
        if not self.healed and process is not None:
            self._misfortune(name, what, node)

    def _pause(self) -> float:
        assert self.record is not None, "a simulated disk keeps a record"
        if self.stuck and self.record.clock.now >= self.stuck[0]:
            self.stuck.pop(0)
            self.record.add("disk", f"is stuck for {STUCK:.0f} s")
            return STUCK
        if self.chance.random() < self.plan.pauses:
            return self.chance.uniform(0, self.plan.slowness) or 1e-6
        return 0.0

    def _misfortune(self, name: str, what: str, node: File | None) -> None:
        plan = self.plan
        if plan.read_only and name in CHANGING and self._is_now(plan.read_only):
            self._fail(errno.EROFS, what)
        if plan.full and name in GROWING and self._is_now(plan.full):
            self._fail(errno.ENOSPC, what)
        chance = plan.sync_fails if node is not None else plan.fails
        if name != "close" and self.chance.random() < chance:
            if node is not None:
                node.is_lost = True
            self._fail(self.chance.choice(FAULTS), what)

    def _is_now(self, spans: tuple[tuple[float, float], ...]) -> bool:
        assert self.record is not None, "a simulated disk keeps a record"
        now = self.record.clock.now
        return any(begin <= now < end for begin, end in spans)

    def _fail(self, code: int, what: str) -> None:
        assert self.record is not None, "a simulated disk keeps a record"
        self.failures.append(self.record.clock.now)
        self.record.add("disk", f"failed with {errno.errorcode[code]}: {what}")
        raise OSError(code, os.strerror(code), what)

    def sync(self, descriptor: int) -> None:
        opened = self.open_files[descriptor].node
        if not self.healed and isinstance(opened, File) and self.chance.random() < self.plan.lies:
            self.call("sync", str(descriptor))
            self.lied = True
            if self.record is not None:
                self.record.add("disk", f"lied about {descriptor}")
            return
        super().sync(descriptor)

    # What happens to the machine

    def kill(self, *, power: bool) -> None:
        """The process has ended: the system closes what it had open. Without ``power`` the rest is gone as well."""
        if power:
            self.cuts += 1
            self.seed = self.chance.getrandbits(32)
            self.cut_power()
        self.open_files.clear()
        self.locked.clear()

    def flip_one(self) -> str | None:
        """Flip a bit of a generation or of the journal; its path, or None where there is no file."""
        files = [
            (path, node)
            for path, node in self._files(self.root, "")
            if ("/." not in path or "/.journal/" in path) and node.content
        ]
        if not files:
            return None
        path, node = files[self.chance.randrange(len(files))]
        self.flip(path, self.chance.randrange(len(node.content) * 8))
        self.flipped = True
        return path

    def paths(self) -> list[str]:
        """The files that there are."""
        return [path for path, _ in self._files(self.root, "")]

    def _files(self, folder: Folder, path: str) -> list[tuple[str, File]]:
        found: list[tuple[str, File]] = []
        for name in sorted(folder.entries):
            node = folder.entries[name]
            if isinstance(node, Folder):
                found.extend(self._files(node, f"{path}/{name}"))
            else:
                found.append((f"{path}/{name}", node))
        return found


def in_thread(process: "ServerProcess", call: Callable[[], object]) -> Thread:
    """A thread of ``process`` that runs ``call``, not yet started."""
    thread = Thread(call)
    thread.process = process
    return thread


__all__ = ["PowerCutError", "Thread", "Weather", "in_thread"]
