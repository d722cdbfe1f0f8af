"""Each system call fails once, with each error: nothing that was acknowledged is lost, and the store goes on."""

import errno
from pathlib import Path

import pytest

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.storage.disk import Kind
from stui_actors.storage.files import FileStore
from tests.conformance.store_suite import ADA, BOB, NOW, SMALL, save
from tests.doubles.disk import SimulatedDisk
from tests.doubles.disk_nodes import File

ERRORS = (errno.ENOSPC, errno.EIO, errno.EACCES, errno.EMFILE, errno.EDQUOT)
MAX_CALLS = 100  # more than one operation makes


def opened(disk: SimulatedDisk, settings: StorageSettings = SMALL) -> FileStore:
    store = FileStore(Path("/data"), settings, disk=disk, now=lambda: NOW)
    store.open()
    return store


def saved_or_refused(store: FileStore, body: str) -> bool:
    try:
        save(store, ADA, body)
    except StorageError:
        return False
    return True


@pytest.mark.parametrize("error", ERRORS)
@pytest.mark.parametrize("before", [0, 1, 5])
def test_a_save_survives_an_error_at_any_system_call(error: int, before: int) -> None:
    for call in range(1, MAX_CALLS):
        disk = SimulatedDisk()
        store = opened(disk)
        for n in range(before):
            save(store, ADA, f"state {n}")
        first = disk.calls
        with disk.failing(call, error):
            acknowledged = saved_or_refused(store, "the one")
        made = disk.calls - first
        acceptable = {"the one"} if acknowledged else {"the one", f"state {before - 1}"}
        if acknowledged or before:
            assert store.load(ADA).body in acceptable, disk.trace[-made:]
        number = save(store, ADA, "the next")
        assert number > before + acknowledged
        assert store.load(ADA).body == "the next"
        assert store.load(ADA).recovered_from == ()
        assert len(disk.list_folder("/data/.incoming")) <= 1  # where even the removal failed
        if made < call:
            break
    else:
        pytest.fail("a save makes more system calls than were tried")
    store.close()
    opened(disk)
    assert disk.list_folder("/data/.incoming") == []


def test_the_error_says_what_the_system_said() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    with disk.failing(3, errno.ENOSPC), pytest.raises(StorageError) as caught:
        save(store, ADA, "x")
    assert caught.value.details["errno"] == "ENOSPC"
    assert caught.value.retryable


def test_after_a_failed_sync_another_file_is_written() -> None:
    """A sync after a failed one says that all is well, though the bytes are lost."""
    failed = 0
    for call in range(1, MAX_CALLS):
        disk = SimulatedDisk()
        store = opened(disk)
        save(store, ADA, "good")
        with disk.failing(call, errno.EIO):
            acknowledged = saved_or_refused(store, "first try")
        if not acknowledged:
            failed += 1
            save(store, ADA, "second try")
        created = [line for line in disk.trace if line.startswith(("create", "link"))]
        assert len(created) == len(set(created))
        disk.cut_power()
        assert opened(disk).load(ADA).body == ("first try" if acknowledged else "second try")
    assert failed > 5


@pytest.mark.parametrize("error", ERRORS)
def test_a_load_fails_clearly_or_works_whatever_fails(error: int) -> None:
    for call in range(1, MAX_CALLS):
        disk = SimulatedDisk()
        store = opened(disk)
        save(store, ADA, "state")
        store.close()
        store = opened(disk)
        first = disk.calls
        with disk.failing(call, error):
            try:
                body = store.load(ADA).body
            except StorageError:
                body = "state"
        assert body == "state"
        assert store.load(ADA).body == "state"
        if disk.calls - first < call:
            break


@pytest.mark.parametrize("error", ERRORS)
def test_opening_fails_clearly_or_works_whatever_fails(error: int) -> None:
    for call in range(1, MAX_CALLS):
        disk = SimulatedDisk()
        store = opened(disk)
        save(store, ADA, "state")
        store.close()
        first = disk.calls
        with disk.failing(call, error):
            store = FileStore(Path("/data"), SMALL, disk=disk, now=lambda: NOW)
            try:
                store.open()
            except StorageError:
                assert disk.locked == {}
            else:
                store.close()
            made = disk.calls - first
        assert opened(disk).load(ADA).body == "state"
        if made < call:
            break


@pytest.mark.parametrize("error", ERRORS)
def test_a_delete_is_whole_or_not_at_all_whatever_fails(error: int) -> None:
    for call in range(1, MAX_CALLS):
        disk = SimulatedDisk()
        store = opened(disk)
        save(store, ADA, "state")
        first = disk.calls
        with disk.failing(call, error):
            try:
                store.delete(ADA)
            except StorageError:
                deleted = False
            else:
                deleted = True
            made = disk.calls - first
        store.close()
        store = opened(disk)
        if deleted:
            with pytest.raises(SessionNotFound):
                store.load(ADA)
            assert list(store.index()) == []
        else:
            try:
                assert store.load(ADA).body == "state"
            except SessionNotFound:
                assert disk.list_folder("/data/.deleted")
        if made < call:
            break


def test_a_disk_that_became_read_only_refuses_to_save_and_still_loads() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    save(store, ADA, "one")
    save(store, ADA, "two")
    disk.flip(f"/data/ada/s-Ada_1/{store.tree.generations('ada', 's-Ada_1')[0].text}", 1000)
    disk.is_read_only = True
    store.close()
    store._opened = None
    with pytest.raises(StorageError):
        store.open()
    reader = FileStore(Path("/data"), SMALL, disk=disk, read_only=True)
    reader.open()
    assert reader.load(ADA).body == "one"
    with pytest.raises(StorageError):
        save(reader, ADA, "three")
    disk.is_read_only = False
    assert opened(disk).load(ADA).body == "one"


def test_a_remount_while_running_is_survived() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    save(store, ADA, "one")
    disk.is_read_only = True
    with pytest.raises(StorageError) as caught:
        save(store, ADA, "two")
    assert caught.value.details["errno"] == "EROFS"
    assert store.load(ADA).body == "one"
    disk.is_read_only = False
    assert save(store, ADA, "two") > 1
    assert store.load(ADA).body == "two"


def test_what_is_on_a_disk_that_became_read_only_can_be_loaded_for_the_first_time() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    save(store, ADA, "one")
    store.close()
    store = opened(disk)
    disk.is_read_only = True
    assert store.load(ADA).body == "one"


def test_a_file_without_permission_is_an_error_and_not_an_older_state() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    save(store, ADA, "one")
    save(store, ADA, "two")
    path = f"/data/ada/s-Ada_1/{store.tree.generations('ada', 's-Ada_1')[0].text}"
    node = disk._node(path)
    node.mode = 0
    with pytest.raises(StorageError):
        store.load(ADA)
    node.mode = 0o600
    assert store.load(ADA).body == "two"


@pytest.mark.parametrize("kind", [Kind.SYMLINK, Kind.OTHER])
def test_a_file_that_turned_into_something_else_is_passed_over(kind: Kind) -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    save(store, ADA, "one")
    save(store, ADA, "two")
    node = disk._node(f"/data/ada/s-Ada_1/{store.tree.generations('ada', 's-Ada_1')[0].text}")
    assert isinstance(node, File)
    node.kind = kind
    assert store.load(ADA).body == "one"


def test_a_save_takes_two_syncs_and_a_first_one_four() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    counts = []
    for key in (ADA, ADA, ADA, BOB):
        before = disk.syncs
        save(store, key, "x")
        counts.append(disk.syncs - before)
    assert counts == [4, 2, 2, 4]


def test_no_descriptor_stays_open_whatever_fails() -> None:
    for call in range(1, MAX_CALLS):
        disk = SimulatedDisk()
        store = opened(disk)
        with disk.failing(call, errno.EIO):
            saved_or_refused(store, "x")
        assert len(disk.open_files) == 1  # the lock
