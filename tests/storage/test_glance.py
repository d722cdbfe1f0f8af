"""Who only lists sessions waits for no sync, and gets what a load would give, or nothing."""

from pathlib import Path

from stui_actors.config import StorageSettings
from stui_actors.storage.files import FileStore
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import SessionKey
from tests.conformance.store_suite import ADA, NOW, save
from tests.doubles.disk import SimulatedDisk

FOLDER = Path("/data")


def opened(disk: SimulatedDisk, kind: type[FileStore] = FileStore) -> FileStore:
    """A store after a start of the server."""
    disk.open_files.clear()
    disk.locked.clear()
    store = kind(FOLDER, StorageSettings(), disk=disk, now=lambda: NOW)
    store.open()
    return store


def file_of(disk: SimulatedDisk, store: FileStore, key: SessionKey) -> str:
    """The path of the newest file."""
    home = store.tree.home(key)
    return store.tree.path(*home, store.tree.generations(*home)[0].text)


def test_a_glance_after_a_start_is_what_a_load_gives_without_its_syncs() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    for body in ("one", "two"):
        save(store, ADA, body)
    store.close()
    store = opened(disk)
    before = disk.syncs

    seen = store.glance(ADA)
    assert disk.syncs == before
    assert seen == store.load(ADA)
    assert seen is not None
    assert seen.body == "two"
    assert disk.syncs > before


def test_a_damaged_file_is_left_where_it_is_for_a_load_to_find() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    for body in ("one", "two"):
        save(store, ADA, body)
    path = file_of(disk, store, ADA)
    disk.flip(path, 8 * 100)

    assert store.glance(ADA) is None
    assert file_of(disk, store, ADA) == path
    loaded = store.load(ADA)
    assert (loaded.body, len(loaded.recovered_from)) == ("one", 1)


def test_an_older_file_is_not_taken_for_what_the_journal_has() -> None:
    disk = SimulatedDisk()
    store = opened(disk, JournaledStore)
    save(store, ADA, "one")
    store.close()
    store = opened(disk, JournaledStore)
    seen = store.glance(ADA)
    assert seen is not None
    assert seen.body == "one"

    save(store, ADA, "two")
    assert store.glance(ADA) is None
    assert store.load(ADA).body == "two"
