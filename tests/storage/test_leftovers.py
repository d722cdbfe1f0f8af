"""A journal file that could not be removed helps where what was written anew of it is damaged, and never hurts."""

import errno

import pytest

from stui_actors.errors import SessionCorrupt, SessionNotFound
from stui_actors.storage.journaled import JournaledStore
from tests.conformance.store_suite import ADA, BOB, save
from tests.doubles.disk import SimulatedDisk
from tests.storage.journal_world import BODY, content, crashed, extend, journal_files, opened


class StickyDisk(SimulatedDisk):
    """No file of the journal can be removed."""

    def unlink(self, path: str) -> None:
        if path.endswith(".journal"):
            raise PermissionError(errno.EACCES, f"it stays: {path}")
        super().unlink(path)


def spoil(disk: SimulatedDisk, path: str, text: bytes) -> None:
    disk.flip(path, content(disk, path).index(text) * 8)


def file_of(store: JournaledStore, number: int) -> str:
    (name,) = [each for each in store.tree.generations(*store.tree.home(ADA)) if each.number == number]
    return store.tree.path(*store.tree.home(ADA), name.text)


def test_a_damaged_record_is_read_from_the_file_that_it_was_taken_over_from() -> None:
    disk = StickyDisk()
    first = opened(disk)
    save(first, ADA, "old")
    save(first, ADA, "new" + BODY)
    store = opened(crashed(disk))
    spoil(disk, journal_files(disk)[-1], b"newxxx")

    loaded = store.load(ADA)
    assert (loaded.body, loaded.generation.number, loaded.recovered_from) == ("new" + BODY, 2, ())
    assert save(store, ADA, "after") == 3
    store.close()
    again = opened(disk)
    assert again.load(ADA).body == "after"
    assert again.load(ADA, 2).body == "new" + BODY


def test_so_is_each_change_of_a_chain() -> None:
    disk = StickyDisk()
    first = opened(disk)
    save(first, ADA, "whole" + BODY)
    extend(first, ADA, " more", 1)
    extend(first, ADA, " and more", 2)
    store = opened(crashed(disk))
    for text in (b"wholexxx", b" more", b" and more"):
        spoil(disk, journal_files(disk)[-1], text)

    loaded = store.load(ADA)
    assert (loaded.body, loaded.recovered_from) == (f"whole{BODY} more and more", ())


def test_a_damaged_file_is_read_from_the_journal_that_it_was_moved_from() -> None:
    disk = StickyDisk()
    store = opened(disk)
    save(store, ADA, "old")
    save(store, ADA, "new" + BODY)
    store._move(1e12)
    assert not store._entries.sessions()
    path = file_of(store, 2)
    spoil(disk, path, b"newxxx")

    assert store.load(ADA).body == "new" + BODY
    assert store.load(ADA).recovered_from == ()
    store.close()
    assert opened(disk).load(ADA).body == "new" + BODY


def test_the_only_file_of_a_session_is_too() -> None:
    disk = StickyDisk()
    store = opened(disk)
    save(store, ADA, BODY)
    store._move(1e12)
    path = file_of(store, 1)
    spoil(disk, path, b"xxx")

    assert store.load(ADA).body == BODY


def test_what_was_brought_back_once_and_is_damaged_again_is_put_aside_with_its_word() -> None:
    disk = StickyDisk()
    first = opened(disk)
    save(first, ADA, "old")
    save(first, ADA, "new" + BODY)
    store = opened(crashed(disk))
    (path,) = journal_files(disk)[1:]
    spoil(disk, path, b"newxxx")
    store.load(ADA)
    data = content(disk, path)
    disk.flip(path, data.rindex(b"newxxx") * 8)

    loaded = store.load(ADA)
    assert (loaded.body, len(loaded.recovered_from)) == ("old", 1)


def test_a_session_that_was_deleted_does_not_come_back() -> None:
    disk = StickyDisk()
    first = opened(disk)
    save(first, ADA, BODY)
    save(first, BOB, BODY)
    store = opened(crashed(disk))
    store.delete(ADA)
    spoil(disk, journal_files(disk)[-1], b"xxx")

    with pytest.raises(SessionNotFound):
        store.load(ADA)
    assert store.load(BOB).body == BODY
    assert [each.key for each in store.index()] == [BOB]


def test_nothing_is_brought_back_where_the_old_file_is_gone() -> None:
    disk = SimulatedDisk()
    save(opened(disk), ADA, BODY)
    store = opened(crashed(disk))
    (path,) = journal_files(disk)
    spoil(disk, path, b"xxx")

    with pytest.raises(SessionCorrupt):
        store.load(ADA)
