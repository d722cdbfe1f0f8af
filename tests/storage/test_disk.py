"""The simulated disk answers as the real one does, and its folders move as the real ones do."""

import errno
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from stui_actors.storage.disk import Disk, RealDisk
from tests.doubles.disk import SimulatedDisk


@pytest.fixture(params=["real", "simulated"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> tuple[Disk, str]:
    if request.param == "real":
        return RealDisk(), str(tmp_path)
    disk = SimulatedDisk()
    disk.make_folder("/data")
    return disk, "/data"


def fill(disk: Disk, root: str) -> None:
    for name in ("full", "empty", "moved", "moved/inner"):
        disk.make_folder(f"{root}/{name}")
    for name in ("file", "full/file", "moved/inner/file"):
        disk.close(disk.create(f"{root}/{name}"))


@pytest.mark.parametrize(
    ("source", "target", "error"),
    [
        ("moved", "free", None),
        ("moved", "full/free", None),
        ("moved/inner", "moved/other", None),
        ("moved", "empty", None),
        ("moved", "moved", None),
        ("file", "full/file", None),
        ("moved", "full", errno.ENOTEMPTY),
        ("moved", "file", errno.ENOTDIR),
        ("file", "empty", errno.EISDIR),
        ("moved", "moved/inner/deep", errno.EINVAL),
        ("moved", "nowhere/free", errno.ENOENT),
        ("nothing", "free", errno.ENOENT),
    ],
)
def test_a_rename_does_or_refuses_the_same(
    place: tuple[Disk, str], source: str, target: str, error: int | None
) -> None:
    disk, root = place
    fill(disk, root)
    if error is None:
        disk.rename(f"{root}/{source}", f"{root}/{target}")
        disk.look(f"{root}/{target}")
        if source == "moved":
            disk.look(f"{root}/{target}/inner/file")
    else:
        with pytest.raises(OSError) as caught:  # noqa: PT011  # its number is looked at
            disk.rename(f"{root}/{source}", f"{root}/{target}")
        assert caught.value.errno == error
        disk.look(f"{root}/full/file")


def moved_and_cut(seed: int, *synced: str) -> SimulatedDisk:
    disk = SimulatedDisk(seed)
    for path in ("/a", "/b", "/a/folder", "/a/folder/inner"):
        disk.make_folder(path)
        for parent in ("/", "/a", "/a/folder"):
            if parent in ("/", path.rpartition("/")[0]):
                disk.sync(disk.open_folder(parent))
    disk.rename("/a/folder", "/b/folder")
    for path in synced:
        disk.sync(disk.open_folder(path))
    disk.cut_power()
    return disk


def test_a_folder_that_moved_is_after_a_cut_in_one_place_with_all_that_was_in_it() -> None:
    places = set()
    for seed in range(40):
        disk = moved_and_cut(seed)
        found = [path for path in ("/a", "/b") if disk.list_folder(path)]
        assert len(found) == 1
        assert disk.list_folder(f"{found[0]}/folder") == ["inner"]
        places.add(found[0])
    assert places == {"/a", "/b"}


@pytest.mark.parametrize("synced", ["/a", "/b"])
def test_a_move_is_durable_once_one_of_its_parents_is_synced(synced: str) -> None:
    for seed in range(40):
        disk = moved_and_cut(seed, synced)
        assert disk.list_folder("/a") == []
        assert disk.list_folder("/b/folder") == ["inner"]


def test_what_was_put_into_a_folder_before_it_moved_is_lost_unless_the_folder_itself_is_synced() -> None:
    kept = set()
    for seed in range(40):
        disk = SimulatedDisk(seed)
        for path in ("/a", "/b", "/a/folder"):
            disk.make_folder(path)
        disk.close(disk.create("/a/folder/file"))
        disk.rename("/a/folder", "/b/folder")
        for path in ("/", "/b"):
            disk.sync(disk.open_folder(path))
        disk.cut_power()
        kept.add(tuple(disk.list_folder("/b/folder")))
    assert kept == {(), ("file",)}


def test_threads_get_descriptors_of_their_own(hasty_threads: None) -> None:
    disk = SimulatedDisk()

    def work(name: str) -> None:
        for n in range(500):
            path = f"/{name}{n}"
            disk.close(disk.create(path))
            descriptor = disk.open_file(path)
            assert disk.read(descriptor, 1) == b""
            disk.close(descriptor)

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(work, "abcdefgh"))
    assert len(disk.list_folder("/")) == 4000
