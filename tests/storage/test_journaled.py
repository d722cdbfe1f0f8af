"""The store with a journal does what every store does, with one sync for many saves, and files later."""

import errno
from collections.abc import Sequence
from math import inf
from pathlib import Path

import pytest
from attrs import evolve

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.storage.disk import Disk
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import Generation, Save, SessionKey, Store
from tests.conformance.store_suite import ADA, BOB, NOW, SMALL, StoreSuite, save
from tests.doubles.disk import SimulatedDisk
from tests.storage.journal_world import (
    BODY,
    content,
    crashed,
    journal_files,
    loaded_or_none,
    move,
    opened,
)
from tests.storage.test_files import FasterDisk


class EagerStore(JournaledStore):
    """Moves each state to a file before anybody looks."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        generation = super().save(key, body, version=version, reason=reason, saved_at=saved_at)
        self.prepare()
        assert generation.number not in self._entries.of(key)  # others may have saved meanwhile
        return generation


class TestJournaledStore(StoreSuite):
    kind: type[JournaledStore] = JournaledStore

    @pytest.fixture(autouse=True)
    def _folder(self, tmp_path: Path) -> None:
        self.folder = tmp_path / "deep" / "data"
        self.disk: Disk = FasterDisk()

    def make(self, settings: StorageSettings) -> Store:
        return self.kind(self.folder, settings, disk=self.disk)


class TestJournaledStoreOnASimulatedDisk(TestJournaledStore):
    @pytest.fixture(autouse=True)
    def _folder(self) -> None:
        self.folder = Path("/data")
        self.disk = SimulatedDisk(now=lambda: NOW)


class TestStoreThatMovesToFilesAtOnce(TestJournaledStoreOnASimulatedDisk):
    kind = EagerStore

    def make(self, settings: StorageSettings) -> Store:
        return super().make(evolve(settings, journal_bytes=0))


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk()


# Batches


def test_a_thousand_saves_together_are_one_sync(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "first")
    before = disk.syncs
    keys = [SessionKey(f"client{n}", "s") for n in range(1000)]
    saved = store.save_all([Save(key, f"state of {key.client_id}", 1, "evaluate", NOW) for key in keys])

    assert disk.syncs - before == 1
    assert [store.load(key).generation for key in keys] == saved


def test_states_of_one_session_in_one_batch_are_numbered_in_their_order(disk: SimulatedDisk) -> None:
    store = opened(disk)
    store.save_all([Save(ADA, f"{n}", n, "evaluate", NOW) for n in range(4)])

    assert store.load(ADA).body == "3"
    assert [each.version for each in store.history(ADA)] == [3, 2, 1]


def test_one_refused_save_hurts_no_other_of_its_batch(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, BOB, "x")
    store.delete(BOB)
    too_long = SessionKey("a" * 300, "s")
    results = store.save_all([Save(key, "new", 1, "evaluate", NOW) for key in (BOB, ADA, too_long)])

    assert [type(each) for each in results] == [SessionNotFound, Generation, StorageError]
    assert store.load(ADA).body == "new"


def test_a_state_that_goes_on_from_one_that_is_not_there_yet_is_refused(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "x")
    (refused,) = store.save_all([Save(ADA, "y", 2, "evaluate", NOW, 2)])

    assert isinstance(refused, StorageError)
    assert store.load(ADA).body == "x"


@pytest.mark.parametrize("fault", [errno.EIO, errno.ENOSPC])
def test_a_failed_batch_is_refused_whole_and_the_next_one_begins_a_new_file(fault: int) -> None:
    for has_file in (True, False):
        for call in range(1, 40):
            disk = SimulatedDisk(call)
            store = opened(disk)
            if has_file:
                store.save_all([Save(key, "old", 1, "evaluate", NOW) for key in (ADA, BOB)])
            with disk.failing(call, fault):
                results = store.save_all([Save(key, BODY, 1, "evaluate", NOW) for key in (ADA, BOB)])
            if isinstance(results[0], Generation):
                break
            assert isinstance(results[0], StorageError)
            assert isinstance(results[1], StorageError) or not has_file
            assert loaded_or_none(store, ADA) == ("old" if has_file else None)
            assert save(store, ADA, "new") == store.load(ADA).generation.number
            disk.cut_power()
            store = opened(disk)
            assert store.load(ADA).body == "new"
            assert store.load(ADA).recovered_from == ()
            assert loaded_or_none(store, BOB) in (BODY, "old" if has_file else None)
        else:
            pytest.fail("no save was done")


def test_after_a_failed_sync_the_file_is_never_synced_again(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "old")
    (first,) = journal_files(disk)
    disk._node(first).is_lost = True  # type: ignore[union-attr]  # what is written from here on never reaches the disk
    for call in range(1, 40):
        with disk.failing(call, errno.EIO):
            if isinstance(store.save_all([Save(ADA, "lost", 1, "", NOW)])[0], StorageError):
                break
    save(store, ADA, "new")
    disk.cut_power()
    assert opened(disk).load(ADA).body == "new"


# Files


def test_a_store_that_was_closed_has_files_only(disk: SimulatedDisk) -> None:
    store = opened(disk)
    for n in range(6):
        save(store, ADA, f"state {n}")
    store.close()

    assert journal_files(disk) == []
    assert len(disk.list_folder("/data/ada/s-Ada_1")) == 3
    assert opened(disk).load(ADA).body == "state 5"


def test_history_and_what_is_kept_are_the_same_before_and_after_moving(disk: SimulatedDisk) -> None:
    store = opened(disk)
    for n in range(5):
        save(store, ADA, f"state {n}", version=n)
    before = store.history(ADA)
    move(store)

    assert store.history(ADA) == before
    assert [store.load(ADA, each.number).body for each in before] == ["state 4", "state 3", "state 2"]


def test_moving_is_due_when_the_journal_is_large_or_old(disk: SimulatedDisk) -> None:
    now = [NOW]
    store = JournaledStore(Path("/data"), evolve(SMALL, journal_bytes=4000), disk=disk, now=lambda: now[0])
    store.open()
    store.prepare()
    save(store, ADA, "x")
    assert store.is_prepared
    save(store, ADA, BODY * 3)
    assert not store.is_prepared
    store.prepare()
    assert (store.is_prepared, store._journal.size) == (True, 0)
    save(store, ADA, "y")
    now[0] += SMALL.checkpoint_interval
    assert not store.is_prepared
    store = JournaledStore(Path("/data"), SMALL, disk=crashed(disk), now=lambda: now[0])
    store.open()
    store.prepare()
    assert store.is_prepared
    now[0] += SMALL.checkpoint_interval
    assert not store.is_prepared
    store.prepare()
    assert store.is_prepared
    assert journal_files(disk) == []


def test_the_journal_never_looks_empty_while_a_file_of_it_is_sealed(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "x")
    journal, sizes = store._journal, []

    class Telling(dict[str, int]):
        def __setitem__(self, name: str, size: int) -> None:
            sizes.append(journal.size)
            super().__setitem__(name, size)

    journal.closed = Telling()
    full = journal.size
    journal.seal()

    assert sizes == [full]
    assert journal.size == full > 0


def test_states_of_one_session_move_with_one_sync_each_and_one_of_their_folder(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "first")
    move(store)
    for n in range(3):
        save(store, ADA, f"state {n}")
    before = disk.syncs
    store._move(inf)

    assert disk.syncs - before == 4
    assert [each.number for each in store.history(ADA)] == [4, 3, 2]


def test_large_states_of_one_session_are_not_all_in_memory_while_they_move(
    disk: SimulatedDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("stui_actors.storage.journaled.TOGETHER", 2 * len(BODY))
    kept = watched_keep(monkeypatch)
    store = opened(disk)
    for _ in range(3):
        save(store, ADA, BODY)
    move(store)

    assert kept == [2, 1]
    assert [each.number for each in store.history(ADA)] == [3, 2, 1]


def test_many_states_of_one_session_move_with_few_files_open_at_once(
    disk: SimulatedDisk, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = watched_keep(monkeypatch)
    store = opened(disk, evolve(SMALL, keep_generations=40))
    for n in range(40):
        save(store, ADA, f"state {n}")
    move(store)

    assert kept == [16, 16, 8]
    assert [each.number for each in store.history(ADA)] == list(range(40, 0, -1))


def watched_keep(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many states are given files at once, each time."""
    keep, kept = JournaledStore.keep, []

    def keep_some(self: JournaledStore, key: SessionKey, made: Sequence[tuple[Generation, bytes]]) -> None:
        kept.append(len(made))
        keep(self, key, made)

    monkeypatch.setattr(JournaledStore, "keep", keep_some)
    return kept


def test_moving_that_failed_is_tried_again_later_and_loses_nothing(disk: SimulatedDisk) -> None:
    now = [NOW]
    store = JournaledStore(Path("/data"), evolve(SMALL, journal_bytes=0), disk=disk, now=lambda: now[0])
    store.open()
    store.prepare()
    save(store, ADA, "x")
    disk.is_read_only = True
    store.prepare()
    assert store.is_prepared  # for a while
    assert store.load(ADA).body == "x"
    disk.is_read_only = False
    now[0] += 5
    assert not store.is_prepared
    store.prepare()
    assert store.load(ADA).body == "x"
    assert journal_files(disk) == []


def test_who_only_looks_sees_the_journal_of_a_server_that_runs_and_changes_nothing(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "old")
    move(store)
    save(store, ADA, "new")
    save(store, BOB, "x")
    files = {path: content(disk, path) for path in journal_files(disk)}
    reader = opened(disk, read_only=True)

    assert {each.key for each in reader.index()} == {ADA, BOB}
    assert reader.load(ADA).body == "new"
    assert [each.number for each in reader.history(ADA)] == [2, 1]
    assert {each.problem for each in reader.verify()} == {""}
    move(store)
    assert reader.load(ADA).body == "new"  # where the file has taken the record's place
    assert files.keys().isdisjoint(journal_files(disk))


def test_a_journal_file_that_comes_back_after_its_removal_hides_nothing_newer(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "old")
    (path,) = journal_files(disk)
    old = content(disk, path)
    save(store, ADA, "new")
    store.close()
    descriptor = disk.create(path)
    disk._file(descriptor).content += old
    for reader in (opened(crashed(disk), read_only=True), opened(crashed(disk))):
        assert reader.load(ADA).body == "new"
        assert [each.number for each in reader.history(ADA)] == [2, 1]
        assert [each.newest.number for each in reader.index()] == [2]
    assert save(reader, ADA, "after") == 3


class MovesMeanwhile(JournaledStore):
    """Once a session's last number was looked up, all that the journal holds moves to files."""

    is_armed = False

    def last_number(self, key: SessionKey) -> int:
        number = super().last_number(key)
        if self.is_armed:
            move(self)
        return number


def test_no_number_is_given_again_while_states_move_to_files(disk: SimulatedDisk) -> None:
    store = opened(disk)
    for n in range(5):
        save(store, ADA, f"state {n}")
    store = MovesMeanwhile(Path("/data"), SMALL, disk=crashed(disk), now=lambda: NOW)
    store.open()
    store.is_armed = True
    assert save(store, ADA, "new") == 6
    store = opened(crashed(disk))
    assert store.load(ADA).body == "new"
