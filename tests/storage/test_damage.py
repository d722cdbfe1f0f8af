"""Whatever happened to the files: the newest whole state is loaded, what was passed over is told and kept."""

import os
import socket
import tracemalloc
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace

from stui_actors.errors import SessionCorrupt, SessionNotFound, StorageError
from stui_actors.storage import header as header_module
from stui_actors.storage.files import FileStore
from stui_actors.storage.header import END, SEAL, encode
from stui_actors.storage.store import Generation, SessionKey
from tests.conformance.store_suite import ADA, BOB, NOW, save
from tests.storage.test_files import FasterDisk

HOME = "ada/s-Ada_1"
BODY = "{" + ",".join(f"'key {n}':'value {n}'" for n in range(90)) + "}"  # with its header 2 KB


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(data: Path) -> Iterator[FileStore]:
    store = FileStore(data, disk=FasterDisk())
    store.open()
    save(store, ADA, "before")
    save(store, ADA, BODY)
    yield store
    store.close()


def file_of(data: Path, number: int, home: str = HOME) -> Path:
    (found,) = data.glob(f"{home}/*-{number}.ston")
    return found


def put_in_place(data: Path, content: bytes) -> Path:
    """Make ``content`` the newest generation's, and empty the quarantine."""
    for kept in data.glob(f".quarantine/{HOME}/*"):
        kept.unlink()
    file = next(data.glob(f"{HOME}/*-1.ston"))
    file = file.with_name(file.name.replace("-1.ston", "-2.ston"))
    file.write_bytes(content)
    file.chmod(0o600)
    return file


def is_passed_over(store: FileStore, data: Path, content: bytes) -> bool:
    put_in_place(data, content)
    loaded = store.load(ADA)
    (kept,) = data.glob(f".quarantine/{HOME}/*") if loaded.body == "before" else (None,)
    return (
        loaded.body == "before"
        and len(loaded.recovered_from) == 1
        and kept is not None
        and kept.read_bytes() == content
    )


@pytest.mark.uncounted
def test_a_file_cut_at_any_length_is_passed_over(store: FileStore, data: Path) -> None:
    whole = file_of(data, 2).read_bytes()
    assert len(whole) > 2000
    for length in range(len(whole)):
        assert is_passed_over(store, data, whole[:length]), length


@pytest.mark.uncounted
def test_each_single_flipped_bit_is_noticed(store: FileStore, data: Path) -> None:
    whole = file_of(data, 2).read_bytes()
    file = file_of(data, 2)
    name = store.tree.generations("ada", "s-Ada_1")[0]
    for bit in range(8 * len(whole)):
        broken = bytearray(whole)
        broken[bit // 8] ^= 1 << bit % 8
        with pytest.raises(header_module.DamagedError):
            header_module.read_body(header_module.read_header(bytes(broken)), bytes(broken), 10**6)
    broken[-1] ^= 1
    file.write_bytes(broken)
    assert store.load(ADA).body == "before"
    assert name.number == 2


@pytest.mark.parametrize("extra", [b"\0", b"\n", b"}", b"x" * 10_000])
def test_trailing_bytes_are_noticed(store: FileStore, data: Path, extra: bytes) -> None:
    assert is_passed_over(store, data, file_of(data, 2).read_bytes() + extra)


def test_what_was_passed_over_is_told_with_its_reason_and_place(store: FileStore, data: Path) -> None:
    put_in_place(data, file_of(data, 2).read_bytes()[:-1])
    (told,) = store.load(ADA).recovered_from
    assert told.startswith("generation 2: the body has ")
    assert told.partition("kept as ")[2] == str(next(data.glob(f".quarantine/{HOME}/*")).relative_to(data))


def test_what_was_passed_over_is_told_until_something_is_saved_after_it(store: FileStore, data: Path) -> None:
    put_in_place(data, file_of(data, 2).read_bytes()[:-1])
    store.load(ADA)
    (told_again,) = store.load(ADA).recovered_from
    assert told_again.startswith("generation 2: it was damaged; kept in .quarantine/")
    store.save(ADA, "later", version=3, reason="test", saved_at=1.0)
    assert store.load(ADA).recovered_from == ()


def test_the_number_of_a_damaged_generation_is_not_given_again(store: FileStore, data: Path) -> None:
    put_in_place(data, b"")
    store.close()
    store.open()
    assert store.load(ADA).body == "before"
    store.close()
    store.open()
    assert save(store, ADA, "after") == 3


def test_two_damaged_files_of_one_name_are_both_kept(store: FileStore, data: Path) -> None:
    name = put_in_place(data, b"first").name
    store.load(ADA)
    (data / HOME / name).write_bytes(b"second")
    store.load(ADA)
    kept = [file.read_bytes() for file in sorted(data.glob(f".quarantine/{HOME}/*"))]
    assert kept == [b"first", b"second"]


def test_when_nothing_is_whole_the_session_is_corrupt_and_stays_so(store: FileStore, data: Path) -> None:
    for file in data.glob(f"{HOME}/*"):
        file.write_bytes(b"")
    for _ in range(2):
        with pytest.raises(SessionCorrupt) as caught:
            store.load(ADA)
        assert caught.value.details["quarantine"] == f".quarantine/{HOME}"
    assert len(list(data.glob(f".quarantine/{HOME}/*"))) == 2
    assert [(each.key, each.newest.number) for each in store.index()] == [(ADA, 0)]


def test_a_damaged_generation_that_was_asked_for_is_corrupt(store: FileStore, data: Path) -> None:
    file_of(data, 1).write_bytes(b"")
    with pytest.raises(SessionCorrupt, match="No saved state"):
        store.load(ADA, 1)
    assert store.load(ADA).body == BODY


def test_history_leaves_out_what_cannot_be_read(store: FileStore, data: Path) -> None:
    save(store, ADA, "third")
    file_of(data, 1).write_bytes(b"")
    cut = file_of(data, 2)
    cut.write_bytes(cut.read_bytes()[:-1])
    assert [each.number for each in store.history(ADA)] == [3]


def test_verify_names_each_damaged_and_foreign_file_and_moves_nothing(store: FileStore, data: Path) -> None:
    file_of(data, 1).write_bytes(b"")
    (data / HOME / "notes.txt").write_text("mine")
    before = sorted(data.rglob("*"))
    problems = {each.path.rpartition("/")[2]: each.problem for each in store.verify()}
    assert problems.pop("notes.txt") == "its name is not that of a saved state"
    assert sorted(bool(problem) for problem in problems.values()) == [False, True]
    assert sorted(data.rglob("*")) == before


def test_another_sessions_file_is_not_taken(store: FileStore, data: Path) -> None:
    bob = SessionKey("bob", "s-Ada_1")
    save(store, bob, "Bob's")
    save(store, bob, "Bob's second")
    assert is_passed_over(store, data, file_of(data, 2, "bob/s-Ada_1").read_bytes())


def test_an_old_file_under_a_new_number_is_not_taken(store: FileStore, data: Path) -> None:
    assert is_passed_over(store, data, file_of(data, 1).read_bytes())


def test_files_that_are_not_the_stores_are_left_alone(store: FileStore, data: Path) -> None:
    for name in ("notes.txt", "session_ada_20260101T120000Z-0.ston", "session_ada_20269901T120000Z-9.ston", ".hidden"):
        (data / HOME / name).write_text("mine")
    (data / "README").write_text("mine")
    (data / "lost+found").mkdir()
    assert store.load(ADA).body == BODY
    assert [each.key for each in store.index()] == [ADA]
    assert (data / HOME / "notes.txt").read_text() == "mine"


def newer_file(monkeypatch: pytest.MonkeyPatch, constant: str) -> bytes:
    monkeypatch.setattr(header_module, constant, 2)
    content = encode(ADA, Generation(2, NOW, 0, "", "1", 1), "from the future", 10**6)
    monkeypatch.undo()
    return content


@pytest.mark.parametrize("constant", ["FORMAT", "SCHEMA"])
def test_a_newer_format_is_refused_and_left_untouched(
    store: FileStore, data: Path, monkeypatch: pytest.MonkeyPatch, constant: str
) -> None:
    file = put_in_place(data, newer_file(monkeypatch, constant))
    content = file.read_bytes()
    with pytest.raises(StorageError, match="newer server"):
        store.load(ADA)
    assert file.read_bytes() == content
    assert store.load(ADA, 1).body == "before"


def test_a_symbolic_link_is_not_followed(store: FileStore, data: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere"
    file = file_of(data, 2)
    file.rename(elsewhere)
    file.symlink_to(elsewhere)
    loaded = store.load(ADA)
    assert loaded.body == "before"
    assert "symbolic link" in loaded.recovered_from[0]
    assert elsewhere.exists()


@pytest.mark.parametrize("kind", ["folder", "full folder", "fifo", "socket"])
def test_what_stands_in_place_of_a_file_is_passed_over(
    store: FileStore, data: Path, kind: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = file_of(data, 2)
    file.unlink()
    monkeypatch.chdir(file.parent)  # the path of a socket is short
    with socket.socket(socket.AF_UNIX) as unix:
        match kind:
            case "fifo":
                os.mkfifo(file)
            case "socket":
                unix.bind(file.name)
            case _:
                file.mkdir()
                if kind == "full folder":
                    (file / "x").write_text("x")
    loaded = store.load(ADA)
    assert loaded.body == "before"
    assert "kept as" in loaded.recovered_from[0]


def test_a_file_that_others_may_write_is_not_trusted(store: FileStore, data: Path) -> None:
    file_of(data, 2).chmod(0o666)
    loaded = store.load(ADA)
    assert loaded.body == "before"
    assert "others may write it" in loaded.recovered_from[0]


def test_a_file_of_another_user_is_not_trusted(store: FileStore, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(store.disk, "user", lambda: os.geteuid() + 1)
    with pytest.raises(SessionCorrupt) as caught:
        store.load(ADA)
    assert "another user" in str(caught.value.details["damaged"])


@pytest.mark.parametrize("level", ["client", "session"])
def test_a_link_in_place_of_a_folder_is_not_written_through(
    store: FileStore, data: Path, tmp_path: Path, level: str
) -> None:
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    place = data / "mallory" if level == "client" else data / "ada" / "mallory"
    place.symlink_to(elsewhere)
    key = SessionKey("mallory", "s") if level == "client" else SessionKey("ada", "mallory")
    with pytest.raises(StorageError):
        save(store, key, "x")
    assert list(elsewhere.iterdir()) == []


def bomb(length: int, told: int) -> bytes:
    """A file that says ``told`` bytes and unpacks to ``length``."""
    generation = Generation(2, NOW, 0, "", "1", 1)
    content = encode(ADA, generation, "0" * length, 0)
    line, _, stored = content.partition(b"\n")
    sealed = line.rpartition(SEAL)[0].replace(b"'length':%d" % length, b"'length':%d" % told)
    return b"".join((sealed, SEAL, header_module._digest(sealed).encode(), END, stored))


@pytest.mark.parametrize(("length", "told"), [(10**6, 100), (100, 10**6), (70 << 20, 70 << 20), (10**6, 65 << 20)])
def test_a_compression_bomb_is_not_unpacked(store: FileStore, data: Path, length: int, told: int) -> None:
    assert is_passed_over(store, data, bomb(length, told))


def test_of_a_compression_bomb_no_more_is_unpacked_than_its_header_says() -> None:
    content = bomb(50 << 20, 100)
    header = header_module.read_header(content)
    tracemalloc.start()
    try:
        with pytest.raises(header_module.DamagedError, match="more than the header says"):
            header_module.read_body(header, content, 10**9)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 1 << 20


def test_compressed_bytes_with_a_tail_are_refused(store: FileStore, data: Path) -> None:
    packed = zlib.compress(b"0" * 100) + b"tail"
    content = encode(ADA, Generation(2, NOW, 0, "", "1", 1), "x", 10**6)
    line, _, _ = content.partition(b"\n")
    sealed = line.rpartition(SEAL)[0]
    for old, new in (
        (b"'plain'", b"'zlib'"),
        (b"'stored':1", b"'stored':%d" % len(packed)),
        (b"'length':1", b"'length':100"),
        (header_module._digest(b"x").encode(), header_module._digest(packed).encode()),
    ):
        sealed = sealed.replace(old, new)
    content = b"".join((sealed, SEAL, header_module._digest(sealed).encode(), END, packed))
    assert is_passed_over(store, data, content)


def test_of_equal_numbers_the_higher_epoch_wins_and_the_other_is_kept(store: FileStore, data: Path) -> None:
    known = store.load(ADA).generation
    for epoch, body, year in (("0" * 15, "lower", "2020"), ("9" * 15, "higher", "2030")):
        rival = replace(known, server_epoch=epoch)
        name = file_of(data, 1).name.replace("-1.ston", "-2.ston").replace("2026", year)
        path = data / HOME / name
        path.write_bytes(encode(ADA, rival, body, 10**6))
        path.chmod(0o600)
    loaded = store.load(ADA)
    assert loaded.body == "higher"
    assert len(loaded.recovered_from) == 2
    assert len(list(data.glob(f".quarantine/{HOME}/*"))) == 2


def test_a_session_folder_that_vanishes_is_made_again(store: FileStore, data: Path) -> None:
    for path in sorted(data.glob("ada/**/*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    (data / "ada").rmdir()
    with pytest.raises(SessionNotFound):
        store.load(ADA)
    assert save(store, ADA, "again") == 3
    assert store.load(ADA).body == "again"


def test_without_its_data_folder_a_store_refuses(store: FileStore, data: Path) -> None:
    data.rename(data.with_name("gone"))
    with pytest.raises(StorageError):
        save(store, ADA, "x")
    with pytest.raises(SessionNotFound):
        store.load(BOB)
    data.with_name("gone").rename(data)
    assert save(store, ADA, "back") > 2
