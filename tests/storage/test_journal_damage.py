"""Damage of a journal is noticed, told of, and hurts no more than what it hit."""

from functools import partial

import pytest

from stui_actors.errors import SessionCorrupt, StorageError
from stui_actors.storage.frames import CUT_OFF, FRAME, frame
from tests.conformance.store_suite import ADA, BOB, NOW, save
from tests.doubles.disk import SimulatedDisk
from tests.doubles.disk_nodes import File
from tests.storage.journal_world import BODY, content, crashed, extend, journal_files, journal_of_two, opened


@pytest.fixture
def disk() -> SimulatedDisk:
    return SimulatedDisk()


# Damage


@pytest.mark.uncounted
@pytest.mark.parametrize("step", [13, pytest.param(1, marks=pytest.mark.long)])
def test_each_single_flipped_bit_of_a_journal_is_noticed_and_hurts_one_session_at_most(step: int) -> None:
    disk = SimulatedDisk()
    whole = content(disk, journal_of_two(disk))
    for bit in range(0, len(whole) * 8, step):
        disk = SimulatedDisk()
        disk.flip(journal_of_two(disk), bit)
        store = opened(disk)
        fell_back = 0
        for key in (ADA, BOB):
            loaded = store.load(key)
            if loaded.body != f"new {key.session_id}":
                fell_back += 1
                assert loaded.body == f"good {key.session_id}"
                assert "generation 2" in "".join(loaded.recovered_from), bit
        assert fell_back <= 1, bit


@pytest.mark.uncounted
def test_a_journal_cut_at_any_length_gives_what_was_whole_and_who_verifies_is_told_of_the_cut() -> None:
    disk = SimulatedDisk()
    whole = content(disk, journal_of_two(disk))
    for length in range(0, len(whole), 3):
        disk = SimulatedDisk()
        path = journal_of_two(disk)
        node = disk._node(path)
        assert isinstance(node, File)
        del node.content[length:]
        node.durable = bytes(node.content)
        told = [each.problem for each in opened(disk, read_only=True).verify() if each.problem]
        store = opened(disk)
        begins, is_within = 0, False
        for key in (ADA, BOB):
            body, ends = (
                store.load(key).body,
                whole.index(b"new " + key.session_id.encode()) + len(f"new {key.session_id}"),
            )
            assert body == ("new " if length >= ends else "good ") + key.session_id
            is_within = is_within or begins + FRAME <= length < ends
            begins = ends
        assert told == ([CUT_OFF] if is_within else []), length


def test_records_after_a_hole_are_found(disk: SimulatedDisk) -> None:
    path = journal_of_two(disk)
    node = disk._node(path)
    assert isinstance(node, File)
    node.content[0 : FRAME + 40] = bytes(FRAME + 40)
    store = opened(disk)

    assert store.load(ADA).body == "good s-Ada_1"
    assert store.load(BOB).body == "new s2"


def test_a_record_in_a_clients_text_is_never_taken_for_one(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, BOB, "bob's own")
    forged = content(disk, journal_files(disk)[0]).replace(b"bob's own", b"not his..").decode()
    generation = content(disk, journal_files(disk)[0])[FRAME:]
    framed = frame(store.tree.home(BOB), len(generation), "another key").decode() + generation.decode()
    save(store, ADA, f"{forged} {framed}")
    path = journal_files(disk)[0]
    start = content(disk, path).index(b"'client':'ada'") - 40
    node = disk._node(path)
    assert isinstance(node, File)
    node.content[start : start + 60] = bytes(60)  # frame and first line of hers: what follows is searched
    store = opened(crashed(disk))

    assert store.load(BOB).body == "bob's own"
    assert [each.number for each in store.history(BOB)] == [1]


def test_a_record_that_rots_while_the_server_runs_is_put_aside(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "old")
    save(store, ADA, "new" + BODY)
    (path,) = journal_files(disk)
    disk.flip(path, content(disk, path).index(b"newxxx") * 8)
    loaded = store.load(ADA)

    assert loaded.body == "old"
    assert "generation 2" in "".join(loaded.recovered_from)
    assert [each.number for each in store.tree.quarantined(ADA)[1]] == [2]
    assert save(store, ADA, "after") == 3


def test_a_damaged_record_is_told_of_also_where_the_opening_that_found_it_was_killed() -> None:
    for call in range(1, 300):
        disk = SimulatedDisk()
        store = opened(disk)
        for text in ("old", BODY, "new" + BODY):
            save(store, ADA, text)
        (path,) = journal_files(disk)
        disk.flip(path, content(disk, path).index(b"newxxx") * 8)
        is_done = disk.is_done_before(call, partial(opened, crashed(disk)))
        disk.cut_power()
        found = opened(disk).load(ADA)
        assert (found.body, len(found.recovered_from)) == (BODY, 1)
        if is_done:
            break
    assert 60 < call < 299


def test_a_session_of_which_only_a_damaged_record_is_left_is_corrupt() -> None:
    for text in (b"xxx", b"'client'", b"ada/"):
        disk = SimulatedDisk()
        save(opened(disk), ADA, BODY)
        (path,) = journal_files(disk)
        disk.flip(path, content(disk, path).index(text) * 8)
        store = opened(crashed(disk))
        if text == b"ada/":  # the frame alone: all else tells whose it is
            assert store.load(ADA).body == BODY
            continue
        with pytest.raises(SessionCorrupt):
            store.load(ADA)


def test_a_newer_servers_journal_is_left_alone(disk: SimulatedDisk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("stui_actors.storage.header.FORMAT", 99)
    store = opened(disk)
    save(store, ADA, BODY)
    monkeypatch.undo()
    with pytest.raises(StorageError, match="newer server"):
        opened(crashed(disk))
    assert len(journal_files(disk)) == 1
    assert disk.locked == {}


def test_a_journal_that_others_may_write_is_not_trusted(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, BODY)
    disk._node(journal_files(disk)[0]).mode = 0o666
    with pytest.raises(StorageError, match="others may write"):
        opened(crashed(disk))


def test_changes_that_rest_on_a_damaged_record_are_missed_aloud_though_that_has_a_file(disk: SimulatedDisk) -> None:
    store = opened(disk)
    number = store.save(ADA, "0", version=1, reason="evaluate", saved_at=NOW).number
    for text in "123":
        number = extend(store, ADA, text, number)
    entries = store._entries.of(ADA)
    second = entries[2]
    for made in store._sealed(ADA, entries, [second]):
        store.keep(ADA, made)
    disk.flip(f"/data/.journal/{second.place.file}", (second.place.start + second.place.length - 1) * 8)

    loaded = store.load(ADA)

    assert loaded.generation.number <= 2
    assert any(word.startswith(f"generation {number}:") for word in loaded.recovered_from)
