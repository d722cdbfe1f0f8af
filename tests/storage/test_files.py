"""The store in files does what every store does, on a real disk and on a simulated one."""

from pathlib import Path

import pytest

from stui_actors.config import StorageSettings
from stui_actors.storage.disk import Disk, RealDisk
from stui_actors.storage.files import FileStore
from stui_actors.storage.store import Store
from tests.conformance.store_suite import ADA, NOW, StoreSuite, save
from tests.doubles.disk import SimulatedDisk


class FasterDisk(RealDisk):
    """The real one without the waiting; that syncs happen is tested on the simulated disk."""

    def sync(self, descriptor: int) -> None:
        pass


class TestFileStore(StoreSuite):
    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "deep" / "data"
        self.disk: Disk = FasterDisk()

    def make(self, settings: StorageSettings) -> Store:
        return FileStore(self.folder, settings, disk=self.disk)


class TestFileStoreOnASimulatedDisk(TestFileStore):
    @pytest.fixture(autouse=True)
    def _folder(self) -> None:
        self.folder = Path("/data")
        self.disk = SimulatedDisk(now=lambda: NOW)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_name_tells_client_time_and_number(data: Path) -> None:
    store = FileStore(data)
    store.open()
    save(store, ADA, "x", NOW)
    store.close()
    file = data / "ada" / "s-Ada_1" / "session_ada_20260101T120000Z-1.ston"
    assert file.read_bytes().endswith(b"'}\nx")


def test_files_and_folders_are_their_owners_alone(data: Path) -> None:
    store = FileStore(data)
    store.open()
    save(store, ADA, "x")
    store.close()
    for path in (data, *data.rglob("*")):
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_a_reader_looks_on_while_a_server_runs_and_touches_nothing(data: Path) -> None:
    store = FileStore(data)
    store.open()
    save(store, ADA, "one")
    save(store, ADA, "two")
    newest = next(data.glob("ada/*/*-2.ston"))
    newest.write_bytes(newest.read_bytes()[:-1])
    before = sorted(data.rglob("*"))

    reader = FileStore(data, read_only=True)
    reader.open()
    loaded = reader.load(ADA)
    assert loaded.body == "one"
    assert "left where it is" in loaded.recovered_from[0]
    assert [each.number for each in reader.history(ADA)] == [1]
    assert [bool(each.problem) for each in reader.verify()] == [False, True]
    assert [each.key for each in reader.index()] == [ADA]
    reader.close()
    assert sorted(data.rglob("*")) == before
    store.close()
