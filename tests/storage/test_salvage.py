"""What can be read of damaged files."""

import pytest

from stui_actors.config import StorageSettings
from stui_actors.storage.files import FileStore
from stui_actors.storage.salvage import salvaged
from stui_actors.storage.store import SessionKey

KEY = SessionKey("ada", "s" * 20)


@pytest.fixture
def store(tmp_path):
    store = FileStore(tmp_path / "data", StorageSettings(compress_above=1000))
    store.open()
    yield store
    store.close()


def keep(store, body):
    store.save(KEY, body, version=1, reason="", saved_at=1e9)
    return sorted(store.folder.glob("ada/*/*.ston"))[-1]


def test_the_newest_file_comes_first_and_whole_ones_come_too(store):
    keep(store, "{'one'}\n")
    keep(store, "{'two'}\n")

    assert [text for _, text in salvaged(store.tree, KEY)] == ["{'two'}\n", "{'one'}\n"]


def test_a_damaged_file_gives_what_is_left_also_once_it_was_put_aside(store):
    path = keep(store, "{'one':'text'}\n")
    path.write_bytes(path.read_bytes().replace(b"text", b"te\xfft")[:-2])

    assert [text for _, text in salvaged(store.tree, KEY)] == ["{'one':'te\ufffdt'"]
    store.tree.quarantine("ada", path.parent.name, path.name)
    ((where, text),) = salvaged(store.tree, KEY)
    assert where.startswith(".quarantine/ada/")
    assert text == "{'one':'te\ufffdt'"


def test_a_compressed_file_gives_what_comes_before_the_damage(store):
    body = "{" + ",".join(f"'name {number}':{number * 7919}" for number in range(5000)) + "}\n"
    path = keep(store, body)
    whole = path.read_bytes()
    assert len(whole) < len(body) / 2
    path.write_bytes(whole[: len(whole) // 2])

    ((_, text),) = salvaged(store.tree, KEY)
    assert len(text) > 4096
    assert body.startswith(text)


def test_what_is_no_file_or_has_no_first_line_is_left_out(store):
    path = keep(store, "{'one'}\n")
    path.write_bytes(b"no end of a line")
    (path.parent / "link.ston").symlink_to("/etc/passwd")

    assert list(salvaged(store.tree, KEY)) == []
