"""The store with a journal loses nothing at any moment between journal and files."""

import errno
from collections.abc import Sequence
from contextlib import suppress
from functools import partial
from math import inf
from pathlib import Path

import pytest
from attrs import evolve

from stui_actors.errors import SessionCorrupt, SessionNotFound, StorageError
from stui_actors.storage.journal import Journal
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import Generation, Save, SessionKey
from tests.conformance.store_suite import ADA, BOB, NOW, SMALL, save
from tests.doubles.disk import PowerCutError, SimulatedDisk
from tests.storage.journal_world import (
    BODY,
    content,
    crashed,
    extend,
    journal_files,
    loaded_or_none,
    move,
    opened,
)


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk()


# Crashes


def test_what_was_acknowledged_survives_a_power_cut_at_each_call() -> None:
    for seed in range(6):
        for call in range(1, 60):
            disk = SimulatedDisk(seed)
            store = opened(disk)
            save(store, ADA, "old")
            new = [Save(key, f"{key.session_id} {BODY}", 1, "evaluate", NOW) for key in (ADA, BOB)]
            is_done = disk.is_done_before(call, partial(store.save_all, new))
            disk.cut_power()
            store = opened(disk)
            assert loaded_or_none(store, ADA) in ((new[0].body,) if is_done else (new[0].body, "old"))
            if is_done:
                assert store.load(BOB).body == new[1].body
                break
            with suppress(
                SessionCorrupt
            ):  # torn, and nobody was told of it: whether it was acknowledged cannot be told
                assert loaded_or_none(store, BOB) in (new[1].body, None)
        else:
            pytest.fail("no save was done")


@pytest.mark.uncounted
@pytest.mark.parametrize("is_killed", [True, False])
def test_moving_to_files_may_be_cut_at_each_call(is_killed: bool) -> None:
    for seed in range(4):
        for call in range(1, 400):
            disk = SimulatedDisk(seed)
            store = opened(disk)
            first = save(store, ADA, "base ")
            extend(store, ADA, "and more", first)
            save(store, BOB, BODY)
            is_done = disk.is_done_before(call, partial(move, store))
            crashed(disk) if is_killed else disk.cut_power()
            store = opened(disk)
            assert [store.load(key).body for key in (ADA, BOB)] == ["base and more", BODY]
            assert store.load(ADA).recovered_from == ()
            assert save(store, ADA, "after") == 3
            if is_done:
                break
        else:
            pytest.fail("nothing was moved")


@pytest.mark.uncounted
@pytest.mark.parametrize("is_killed", [True, False])
def test_history_is_whole_though_moving_was_cut_and_after_the_next_one_the_power_fails(is_killed: bool) -> None:
    """Files that a killed server had just placed are there for all to see, and may yet vanish."""
    for seed in range(8):
        for call in range(1, 400):
            disk = SimulatedDisk(seed)
            store = opened(disk)
            save(store, ADA, "1")
            move(store)
            extend(store, ADA, "3", save(store, ADA, "2"))
            save(store, BOB, BODY)
            is_done = disk.is_done_before(call, partial(move, store))
            crashed(disk) if is_killed else disk.cut_power()
            move(opened(disk))
            disk.cut_power()
            store = opened(disk)
            assert [store.load(ADA, number).body for number in (1, 2, 3)] == ["1", "2", "23"]
            assert store.load(BOB).body == BODY
            assert [each.number for each in store.history(ADA)] == [3, 2, 1]
            assert store.load(ADA).recovered_from == ()
            if is_done:
                break
        else:
            pytest.fail("nothing was moved")


@pytest.mark.parametrize("is_new", [True, False])
def test_the_journal_is_trimmed_in_the_end_whatever_failed_while_its_sessions_moved(is_new: bool) -> None:
    for call in range(1, 300):
        disk, clock = SimulatedDisk(), [NOW]
        store = JournaledStore(Path("/data"), SMALL, disk=disk, now=lambda clock=clock: clock[0])
        store.open()
        if not is_new:
            save(store, ADA, "old")
            move(store)
        save(store, ADA, "new")
        store._journal.seal()
        before = disk.calls
        with disk.failing(call, errno.EIO):
            store.prepare()
        made = disk.calls - before
        for _ in range(2):
            clock[0] += 10
            store.prepare()
        assert store._journal.size == 0
        assert len(journal_files(disk)) <= 1  # where even the removal failed
        disk.cut_power()
        assert opened(disk).load(ADA).body == "new"
        if made < call:
            break
    else:
        pytest.fail("moving makes more system calls than were tried")


def test_what_has_files_already_is_whole_whatever_fails_while_it_moves_once_more(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    chosen = evolve(SMALL, keep_generations=3, keep_hourly=0, keep_daily=0)
    for call in range(1, 200):
        disk = SimulatedDisk(call)
        store = opened(disk, chosen)
        number = save(store, ADA, "0")
        move(store)
        for text in "12345":
            number = extend(store, ADA, text, number)
        with monkeypatch.context() as killed:  # once all have files, before the journal is removed
            killed.setattr(Journal, "remove", lambda self, name: None)
            move(store)
        store = opened(crashed(disk), chosen)
        before = disk.calls
        with disk.failing(call, errno.EIO), suppress(StorageError):
            store._move(inf)
        made = disk.calls - before
        for _ in range(2):
            assert (store.load(ADA).body, store.load(ADA).recovered_from) == ("012345", ()), disk.trace[-made:]
            store = opened(crashed(disk), chosen)
        if made < call:
            break
    else:
        pytest.fail("moving makes more system calls than were tried")


def test_what_was_read_from_the_journal_is_durable_though_its_writer_was_killed() -> None:
    for seed in range(6):
        for call in range(1, 60):
            disk = SimulatedDisk(seed)
            store = opened(disk)
            save(store, ADA, "old")
            with disk.failing(call, None), suppress(PowerCutError):
                save(store, ADA, "new")
            store = opened(crashed(disk))
            seen = store.load(ADA).body
            disk.cut_power()
            assert opened(disk).load(ADA).body == seen


def test_a_journal_grows_no_longer_from_one_crash_to_the_next(disk: SimulatedDisk) -> None:
    store, sizes = opened(disk), []
    for life in range(6):
        for change in range(30):
            save(store, ADA, f"state {life} {change} {BODY}")
        history = store.history(ADA)
        store = opened(crashed(disk))
        sizes.append(store._journal.size)
        assert store.history(ADA) == history
        assert [store.load(ADA, each.number).body for each in history] == [
            f"state {life} {change} {BODY}" for change in (29, 28, 27)
        ]

    assert max(sizes) <= min(sizes) * 1.1


def test_a_journal_that_was_taken_over_has_what_the_last_changes_rest_on_and_a_state_that_does_not(
    disk: SimulatedDisk,
) -> None:
    store = opened(disk)
    before = [save(store, ADA, f"before {number}") for number in range(5)][-1]
    number = save(store, ADA, "the whole")
    for change in range(20):
        number = extend(store, ADA, f" {change}", number)
    whole = "the whole " + " ".join(map(str, range(20)))
    store = opened(crashed(disk))
    assert store.load(ADA).body == whole

    (path,) = journal_files(disk)
    disk.flip(path, content(disk, path).rindex(b"the whole") * 8)
    store = opened(crashed(disk))
    loaded = store.load(ADA)
    assert (loaded.body, loaded.generation.number) == ("before 4", before)
    assert loaded.recovered_from != ()


def test_what_is_kept_is_what_can_be_read_though_many_changes_rest_on_a_damaged_record(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "before")
    number = save(store, ADA, "the whole")
    for change in range(9):
        number = extend(store, ADA, f" {change}", number)
    (path,) = journal_files(disk)
    disk.flip(path, content(disk, path).rindex(b"the whole") * 8)
    move(store)

    loaded = store.load(ADA)
    assert loaded.body == "before"
    assert loaded.recovered_from != ()
    assert save(store, ADA, "after") == number + 1


def test_a_deleted_session_does_not_come_back_from_the_journal() -> None:
    for seed in range(20):
        disk = SimulatedDisk(seed)
        store = opened(disk)
        save(store, ADA, "x")
        move(store)
        save(store, ADA, "y")
        save(store, BOB, "never had a file")
        for key in (ADA, BOB):
            store.delete(key)
        assert list(store.index()) == []
        disk.cut_power()
        store = opened(disk)
        assert list(store.index()) == []
        for key in (ADA, BOB):
            assert loaded_or_none(store, key) is None
            with pytest.raises(SessionNotFound):
                save(store, key, "z")
        move(store)
        assert list(store.index()) == []


def test_what_a_failed_sync_left_readable_is_written_anew_before_anybody_reads_it() -> None:
    """The system shows bytes that it will never write, and says of a second sync of them that it went well."""
    seen = set()
    for call in range(1, 40):
        disk = SimulatedDisk(call)
        store = opened(disk)
        save(store, ADA, "old")
        with disk.failing(call, errno.EIO), suppress(StorageError):
            save(store, ADA, "new")
        store = opened(crashed(disk))
        told = store.load(ADA).body
        disk.cut_power()
        assert opened(disk).load(ADA).body == told
        seen.add(told)
    assert seen == {"old", "new"}


def test_an_opening_that_fails_leaves_the_journal_as_it_was() -> None:
    disk = SimulatedDisk()
    store = opened(disk)
    for n in range(3):
        save(store, ADA, f"{n} {BODY}")
    files = {path: content(disk, path) for path in journal_files(disk)}
    failed = 0
    for call in range(1, 200):
        with disk.failing(call, errno.ENOSPC):
            try:
                store = opened(crashed(disk))
            except StorageError:
                failed += 1
            else:
                break
        assert {path: content(disk, path) for path in journal_files(disk)} == files
    assert failed > 20
    assert store.load(ADA).body == f"2 {BODY}"


@pytest.mark.parametrize("keep", [1, 2, 20])
@pytest.mark.parametrize("moved", range(1, 7))
def test_a_chain_of_changes_is_whole_though_the_server_is_killed_while_it_moves_to_files(
    disk: SimulatedDisk, monkeypatch: pytest.MonkeyPatch, keep: int, moved: int
) -> None:
    chosen = evolve(SMALL, keep_generations=keep, keep_hourly=0, keep_daily=0)
    store = opened(disk, chosen)
    number = store.save(ADA, "0", version=1, reason="evaluate", saved_at=NOW).number
    for text in "12345":
        number = extend(store, ADA, text, number)
    keep_all = JournaledStore.keep

    def keep_some(self: JournaledStore, key: SessionKey, made: Sequence[tuple[Generation, bytes]]) -> None:
        keep_all(self, key, made[:moved])
        if moved < len(made):
            raise StorageError("killed")

    with monkeypatch.context() as killed, suppress(StorageError):
        killed.setattr(JournaledStore, "keep", keep_some)
        store._move(inf)
    again = opened(crashed(disk), chosen)

    assert loaded_or_none(again, ADA) == "012345"
    assert again.load(ADA).recovered_from == ()
    extend(again, ADA, "6", number)
    move(again)
    assert loaded_or_none(again, ADA) == "0123456"
