"""Folders made ahead: a new session waits for none, and nothing depends on them."""

import errno
from pathlib import Path

import pytest

from stui_actors.config import StorageSettings
from stui_actors.errors import StorageError
from stui_actors.storage.files import FileStore
from stui_actors.storage.spares import ENOUGH, FEW
from stui_actors.storage.store import SessionKey
from tests.conformance.store_suite import ADA, NOW, save
from tests.doubles.disk import SimulatedDisk

SECOND = SessionKey(ADA.client_id, "second")


def opened(disk: SimulatedDisk) -> FileStore:
    store = FileStore(Path("/data"), StorageSettings(), disk=disk, now=lambda: NOW)
    store.open()
    return store


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk()


@pytest.fixture
def store(disk: SimulatedDisk) -> FileStore:
    store = opened(disk)
    store.prepare()
    return store


def spares(disk: SimulatedDisk) -> int:
    return len(disk.list_folder("/data/.incoming"))


@pytest.mark.parametrize("keys", [(ADA,), (ADA, SECOND)])
def test_a_new_session_makes_no_folder_and_no_second_name(
    store: FileStore, disk: SimulatedDisk, keys: tuple[SessionKey, ...]
) -> None:
    for key in keys:
        disk.trace.clear()
        save(store, key, "x")
    calls = [line.partition(" ")[0] for line in disk.trace]
    assert calls.count("sync") == (4 if keys == (ADA,) else 3)
    assert not {"make_folder", "link", "unlink"} & set(calls)


def test_each_new_client_uses_two_and_each_further_session_one(store: FileStore, disk: SimulatedDisk) -> None:
    assert spares(disk) == ENOUGH
    save(store, ADA, "x")
    assert spares(disk) == ENOUGH - 2
    save(store, SECOND, "x")
    save(store, SECOND, "y")
    assert spares(disk) == ENOUGH - 3


def test_more_are_made_once_few_are_left(store: FileStore, disk: SimulatedDisk) -> None:
    assert store.is_prepared
    for n in range(ENOUGH - FEW - 1):
        save(store, SessionKey("ada", f"s{n}"), "x")
    assert not store.is_prepared
    store.prepare()
    assert store.is_prepared
    assert spares(disk) == ENOUGH


def test_a_store_that_never_prepared_makes_its_folders_when_they_are_needed(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "x")
    assert store.load(ADA).body == "x"
    assert spares(disk) == 0


def test_closing_removes_them_and_opening_sweeps_those_of_a_crash(store: FileStore, disk: SimulatedDisk) -> None:
    store.close()
    assert spares(disk) == 0
    store = opened(disk)
    store.prepare()
    save(store, ADA, "x")
    disk.cut_power()
    store = opened(disk)
    assert store.load(ADA).body == "x"
    assert spares(disk) >= ENOUGH - 2
    store.prepare()
    assert spares(disk) == ENOUGH
    assert all(name.startswith(store.epoch) for name in disk.list_folder("/data/.incoming"))


def test_folders_with_files_that_a_crash_left_half_moved_are_swept(disk: SimulatedDisk) -> None:
    opened(disk).close()
    for path in ("/data/.incoming/a", "/data/.incoming/a/session", "/data/.incoming/b"):
        disk.make_folder(path)
    for path in ("/data/.incoming/a/session/file", "/data/.incoming/b/file", "/data/.incoming/file"):
        disk.close(disk.create(path))
    opened(disk).prepare()
    assert spares(disk) == ENOUGH


@pytest.mark.parametrize("error", [errno.ENOSPC, errno.EIO, errno.EROFS, errno.EMLINK])
def test_preparing_never_fails_and_leaves_nothing_that_is_not_used(error: int) -> None:
    for call in range(1, ENOUGH + 10):
        disk = SimulatedDisk()
        store = opened(disk)
        with disk.failing(call, error):
            store.prepare()
        assert save(store, ADA, "x") == 1
        store.prepare()
        assert spares(disk) == ENOUGH
        store.close()
        assert spares(disk) == 0


def test_somebody_may_clear_the_folder_they_stand_in(store: FileStore, disk: SimulatedDisk) -> None:
    for name in disk.list_folder("/data/.incoming"):
        disk.remove_folder(f"/data/.incoming/{name}")
    save(store, ADA, "x")
    save(store, SECOND, "y")
    assert (store.load(ADA).body, store.load(SECOND).body) == ("x", "y")


class Raced(SimulatedDisk):
    """Another thread makes the client's folder, with a session in it, just before this one moves its own there."""

    store: FileStore | None = None
    error = errno.ENOTEMPTY

    def rename(self, source: str, target: str) -> None:
        store, self.store = self.store, None
        if store is not None and target == "/data/ada":
            save(store, SECOND, "other")
            raise OSError(self.error, "Not empty", target)
        self.store = store
        super().rename(source, target)


@pytest.mark.parametrize("seed", range(8))
@pytest.mark.parametrize("error", [errno.ENOTEMPTY, errno.EEXIST])
def test_of_two_that_make_a_clients_folder_at_once_both_get_their_sessions(error: int, seed: int) -> None:
    disk = Raced(seed)
    disk.store = store = opened(disk)
    disk.error = error
    store.prepare()
    save(store, ADA, "x")
    assert (store.load(ADA).body, store.load(SECOND).body) == ("x", "other")
    disk.cut_power()
    store = opened(disk)
    assert (store.load(ADA).body, store.load(SECOND).body) == ("x", "other")
    assert sorted(disk.list_folder("/data/ada")) == sorted((ADA.session_id, SECOND.session_id))


@pytest.mark.parametrize("place", ["/data/ada", "/data/ada/s-Ada_1"])
def test_a_file_in_the_place_of_a_folder_is_an_error_and_stays(disk: SimulatedDisk, place: str) -> None:
    store = opened(disk)
    if place.count("/") == 3:
        save(store, SECOND, "x")
    disk.close(disk.create(place))
    with pytest.raises(StorageError):
        save(store, ADA, "x")
    assert disk.look(place).size == 0
    assert spares(disk) == 0
