"""What the tests of the journal need: a store on a simulated disk, and what it left there."""

from pathlib import Path

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionNotFound, StuiError
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import Save, SessionKey
from tests.conformance.store_suite import ADA, BOB, NOW, SMALL, save
from tests.doubles.disk import SimulatedDisk
from tests.doubles.disk_nodes import File

BODY = "x" * 1500  # some blocks
KEYS = (ADA, BOB, SessionKey("ada", "s3"))


def opened(disk: SimulatedDisk, settings: StorageSettings = SMALL, *, read_only: bool = False) -> JournaledStore:
    store = JournaledStore(
        Path("/data"), settings, disk=disk, now=lambda: NOW, new_key=lambda: "0123456789abcdef", read_only=read_only
    )
    store.open()
    return store


def extend(store: JournaledStore, key: SessionKey, text: str, number: int) -> int:
    (saved,) = store.save_all([Save(key, text, 1, "evaluate", NOW, extends=number)])
    if isinstance(saved, StuiError):
        raise saved
    return saved.number


def move(store: JournaledStore) -> None:
    """Give everything files."""
    store._journal.seal()
    store.prepare()
    assert not store._entries.sessions()


def loaded_or_none(store: JournaledStore, key: SessionKey) -> str | None:
    try:
        return store.load(key).body
    except SessionNotFound:
        return None


def journal_files(disk: SimulatedDisk) -> list[str]:
    return [f"/data/.journal/{name}" for name in sorted(disk.list_folder("/data/.journal"))]


def content(disk: SimulatedDisk, path: str) -> bytes:
    node = disk._node(path)
    assert isinstance(node, File)
    return bytes(node.content)


def crashed(disk: SimulatedDisk) -> SimulatedDisk:
    """The disk after kill -9 of the server that had it."""
    disk.open_files.clear()
    disk.locked.clear()
    return disk


def journal_of_two(disk: SimulatedDisk) -> str:
    """A journal with two sessions, each with a good file before; its path."""
    store = opened(disk)
    for key in (ADA, BOB):
        save(store, key, f"good {key.session_id}")
    move(store)
    for key in (ADA, BOB):
        save(store, key, f"new {key.session_id}")
    crashed(disk)
    (path,) = journal_files(disk)
    return path
