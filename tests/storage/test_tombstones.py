"""A deleted session stays deleted, one whose deletion failed is whole, and the request that made it is known."""

import errno
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from threading import Event, Lock, Thread

import pytest
from attrs import evolve

from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.storage.files import FileStore
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import SessionKey
from tests.conformance.store_suite import ADA, NOW, SMALL, save
from tests.doubles.disk import PowerCutError, SimulatedDisk

MAX_CALLS = 17  # a few more than a deletion makes
MARK = "-Ada_1"
STORES = pytest.mark.parametrize("kind", [FileStore, JournaledStore])


def opened(disk: SimulatedDisk, kind: type[FileStore]) -> FileStore:
    store = kind(Path("/data"), SMALL, disk=disk, now=lambda: NOW)
    store.open()
    return store


def killed(disk: SimulatedDisk) -> None:
    """The process is gone, and what it wrote is with the system."""
    disk.open_files.clear()
    disk.locked.clear()


def deleted_or_refused(store: FileStore) -> bool:
    try:
        store.delete(ADA)
    except StorageError:
        return False
    return True


def is_there(store: FileStore) -> bool:
    try:
        store.load(ADA)
    except SessionNotFound:
        return False
    return True


@STORES
def test_what_is_saved_after_a_deletion_that_failed_survives_a_power_cut(kind: type[FileStore]) -> None:
    refused = 0
    for call in range(1, MAX_CALLS):
        for seed in range(2):
            disk = SimulatedDisk(seed)
            store = opened(disk, kind)
            save(store, ADA, "before")
            with disk.failing(call, errno.EIO):
                is_done = deleted_or_refused(store)
            if not is_done:
                refused += 1
                save(store, ADA, "after")
                assert store.load(ADA).body == "after"
                assert store.history(ADA)
            disk.cut_power()
            assert is_there(opened(disk, kind)) is not is_done
    assert refused > 4


@STORES
def test_a_deletion_that_failed_can_be_asked_for_again_and_then_survives_a_power_cut(kind: type[FileStore]) -> None:
    for call in range(1, MAX_CALLS):
        for seed in range(2):
            disk = SimulatedDisk(seed)
            store = opened(disk, kind)
            save(store, ADA, "before")
            with disk.failing(call, errno.EIO):
                is_done = deleted_or_refused(store)
            if not is_done:
                store.delete(ADA)
            with pytest.raises(SessionNotFound):
                store.delete(ADA)
            disk.cut_power()
            store = opened(disk, kind)
            assert not is_there(store)
            assert store.was_deleted(ADA.client_id, MARK, 0.0)


class TellingGuard:
    """A lock that tells when somebody has to wait for it."""

    def __init__(self, told: Event) -> None:
        self.lock, self.told = Lock(), told

    def __enter__(self) -> bool:
        if not self.lock.acquire(blocking=False):
            self.told.set()
            self.lock.acquire()
        return True

    def __exit__(self, *_: object) -> None:
        self.lock.release()

    def locked(self) -> bool:
        return self.lock.locked()


class InterruptedDisk(SimulatedDisk):
    """Lets something else begin as soon as there is a tombstone."""

    meanwhile: Callable[[], None] | None = None

    def create(self, path: str) -> int:
        made = super().create(path)
        meanwhile, begins = self.meanwhile, path.endswith(ADA.session_id)
        if meanwhile is not None and begins:
            self.meanwhile = None
            meanwhile()
        return made


def test_a_session_deleted_while_it_moves_to_files_stays_deleted() -> None:
    disk, told = InterruptedDisk(), Event()
    eager = evolve(SMALL, journal_bytes=0)
    store = JournaledStore(Path("/data"), eager, disk=disk, now=lambda: NOW, new_guard=lambda: TellingGuard(told))
    store.open()
    save(store, ADA, "before")
    mover = Thread(target=lambda: (store.prepare(), told.set()))

    def move() -> None:
        mover.start()
        assert told.wait(10)

    disk.meanwhile = move
    store.delete(ADA)
    mover.join()

    assert store.tree.look(store.tree.tombstone(ADA)) is not None  # what moves later finds it
    assert not is_there(store)
    store.close()
    assert not is_there(opened(disk, JournaledStore))


@STORES
def test_a_session_that_a_start_found_deleted_stays_so(kind: type[FileStore]) -> None:
    """Whoever deleted it may have been killed before that was durable."""
    found = 0
    for call in range(1, MAX_CALLS):
        for seed in range(2):
            disk = SimulatedDisk(seed)
            store = opened(disk, kind)
            save(store, ADA, "x")
            with suppress(PowerCutError), disk.failing(call, None):
                store.delete(ADA)
            killed(disk)
            store = opened(disk, kind)
            if is_there(store):
                continue
            found += 1
            disk.cut_power()
            store = opened(disk, kind)
            assert not is_there(store)
            assert store.was_deleted(ADA.client_id, MARK, 0.0)
    assert found > 4


def test_tombstones_of_a_server_that_knew_no_marks_get_theirs() -> None:
    disk = SimulatedDisk()
    store = opened(disk, FileStore)
    save(store, ADA, "x")
    store.delete(ADA)
    disk.unlink(f"/data/.deleted/ada+{MARK}")
    assert not store.was_deleted(ADA.client_id, MARK, 0.0)
    store.close()
    assert opened(disk, FileStore).was_deleted(ADA.client_id, MARK, 0.0)


def test_of_two_deletions_with_one_mark_the_later_counts() -> None:
    disk = SimulatedDisk()
    store = opened(disk, FileStore)
    for session_id, at in (("s-Ada_1", 100.0), ("t-Ada_1", 200.0)):
        disk.now = lambda at=at: at  # type: ignore[misc]  # each its own
        key = SessionKey("ada", session_id)
        save(store, key, "x")
        store.delete(key)
    assert store.was_deleted("ada", MARK, 150.0)
    assert not store.was_deleted("ada", MARK, 201.0)


@pytest.mark.parametrize("mark", ["", "-", "../../ada", "-../../ada/s-Ada_1", "-\0", "-" + "x" * 300])
def test_what_is_no_mark_was_never_deleted_and_touches_no_file(mark: str) -> None:
    disk = SimulatedDisk()
    store = opened(disk, FileStore)
    save(store, ADA, "x")
    calls = disk.calls
    assert not store.was_deleted(ADA.client_id, mark, 0.0)
    assert disk.calls == calls
