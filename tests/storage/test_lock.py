"""One server per folder, each with a higher epoch; what a crash left is swept."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stui_actors.errors import StorageError
from stui_actors.storage.files import FileStore
from tests.conformance.store_suite import ADA, BOB, save
from tests.storage.test_files import FasterDisk

HOLDER = """
import sys
from pathlib import Path
from stui_actors.storage.files import FileStore
FileStore(Path(sys.argv[1])).open()
print("open", flush=True)
sys.stdin.read()
"""


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


def test_a_second_process_is_told_who_has_the_folder_and_touches_nothing(data: Path) -> None:
    command = [sys.executable, "-c", HOLDER, str(data)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        holder.stdout.readline()
        before = sorted(data.rglob("*"))
        with pytest.raises(StorageError, match=f"in use by process {holder.pid}\\.") as caught:
            FileStore(data).open()
        assert caught.value.details["pid"] == holder.pid
        assert sorted(data.rglob("*")) == before
        holder.kill()
    store = FileStore(data)
    store.open()
    store.close()


def test_the_lock_tells_the_holders_process_id(data: Path) -> None:
    store = FileStore(data, disk=FasterDisk())
    store.open()
    assert (data / ".lock").read_text() == f"{os.getpid()}\n"
    store.close()


def test_epochs_rise_though_the_clock_falls(data: Path) -> None:
    times = iter((2000.0, 1000.0, 1000.0, 3000.0))
    epochs = []
    store = FileStore(data, disk=FasterDisk(), now=lambda: next(times))
    for _ in range(4):
        store.open()
        epochs.append(store.epoch)
        store.close()
    assert epochs == sorted(set(epochs))
    assert epochs[3] == "000000003000000"
    assert len(list(data.glob(".epoch-*"))) == 1


def test_strays_are_swept_and_sessions_stay(data: Path) -> None:
    store = FileStore(data, disk=FasterDisk())
    store.open()
    save(store, ADA, "x")
    store.close()
    for number in range(500):
        (data / ".incoming" / f"stray {number}").touch()
    store.open()
    assert len(list((data / ".incoming").iterdir())) == 500  # who starts does not wait for that
    assert not store.is_prepared
    store.prepare()
    assert not list((data / ".incoming").glob("stray *"))
    assert store.load(ADA).body == "x"
    store.close()
    assert list((data / ".incoming").iterdir()) == []


def test_what_a_crash_left_is_in_nobodys_way_before_it_is_swept(data: Path) -> None:
    (data / ".incoming").mkdir(parents=True)
    data.chmod(0o700)
    for number in range(50):
        (data / ".incoming" / f"damaged.{number}").write_text("half")
    store = FileStore(data, disk=FasterDisk())
    store.open()
    store.tree.put_aside(("ada", "s-Ada_1"), "session_ada_20260101T120000Z-1.ston", b"damaged")
    store.close()
    assert list((data / ".incoming").iterdir()) == []
    kept = data / ".quarantine" / "ada" / "s-Ada_1" / "session_ada_20260101T120000Z-1.ston"
    assert kept.read_bytes() == b"damaged"


def test_a_delete_that_was_cut_off_is_finished_at_the_next_opening(data: Path) -> None:
    store = FileStore(data, disk=FasterDisk())
    store.open()
    save(store, ADA, "x")
    save(store, BOB, "y")
    (data / ".deleted" / "ada+s-Ada_1").touch()
    assert [each.key for each in store.index()] == [BOB]
    store.close()
    store.open()
    assert not (data / "ada" / "s-Ada_1").exists()
    store.close()


def test_a_folder_that_everybody_may_write_is_refused(data: Path) -> None:
    data.mkdir()
    data.chmod(0o777)
    with pytest.raises(StorageError, match="Everybody may write") as caught:
        FileStore(data).open()
    assert "chmod 700" in caught.value.advice


def test_a_data_folder_that_is_a_file_is_refused(data: Path) -> None:
    data.write_text("mine")
    with pytest.raises(StorageError, match="not a folder"):
        FileStore(data).open()
    assert data.read_text() == "mine"


def test_a_data_folder_may_be_a_link(data: Path, tmp_path: Path) -> None:
    real = tmp_path / "real"
    real.mkdir(mode=0o700)
    data.symlink_to(real)
    store = FileStore(data, disk=FasterDisk())
    store.open()
    save(store, ADA, "x")
    store.close()
    assert (real / "ada").is_dir()
