"""The store with a journal does what every store does, and loses nothing at any moment between journal and files."""

import errno
from contextlib import suppress
from math import inf
from pathlib import Path

import pytest
from attrs import evolve
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionCorrupt, SessionNotFound, StorageError
from stui_actors.storage.disk import Disk
from stui_actors.storage.files import FileStore
from stui_actors.storage.frames import CUT_OFF, FRAME, frame
from stui_actors.storage.header import Growing
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.store import Generation, Save, SessionKey, Store
from tests.conformance.store_suite import ADA, BOB, NOW, SMALL, StoreSuite, save
from tests.doubles.disk import File, PowerCutError, SimulatedDisk
from tests.storage.test_files import FasterDisk

BODY = "x" * 1500  # some blocks
KEYS = (ADA, BOB, SessionKey("ada", "s3"))


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


def opened(disk: SimulatedDisk, settings: StorageSettings = SMALL, *, read_only: bool = False) -> JournaledStore:
    store = JournaledStore(
        Path("/data"), settings, disk=disk, now=lambda: NOW, new_key=lambda: "0123456789abcdef", read_only=read_only
    )
    store.open()
    return store


def extend(store: JournaledStore, key: SessionKey, text: str, number: int) -> int:
    (saved,) = store.save_all([Save(key, text, 1, "evaluate", NOW, extends=number)])
    assert isinstance(saved, Generation), saved
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


# Crashes


def test_what_was_acknowledged_survives_a_power_cut_at_each_call() -> None:
    for seed in range(6):
        for call in range(1, 60):
            disk = SimulatedDisk(seed)
            store = opened(disk)
            save(store, ADA, "old")
            new = [Save(key, f"{key.session_id} {BODY}", 1, "evaluate", NOW) for key in (ADA, BOB)]
            try:
                with disk.failing(call, None):
                    store.save_all(new)
            except PowerCutError:
                is_done = False
            else:
                is_done = True
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
            try:
                with disk.failing(call, None):
                    move(store)
            except PowerCutError:
                is_done = False
            else:
                is_done = True
            crashed(disk) if is_killed else disk.cut_power()
            store = opened(disk)
            assert [store.load(key).body for key in (ADA, BOB)] == ["base and more", BODY]
            assert store.load(ADA).recovered_from == ()
            assert save(store, ADA, "after") == 3
            if is_done:
                break
        else:
            pytest.fail("nothing was moved")


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


# Bodies that extend others


def test_a_body_may_go_on_from_an_earlier_one(disk: SimulatedDisk) -> None:
    store = opened(disk)
    base = save(store, ADA, "a")
    second = extend(store, ADA, "b", base)
    third = extend(store, ADA, "c", second)
    assert store.load(ADA).body == "abc"
    assert store.load(ADA, second).body == "ab"
    store = opened(crashed(disk))
    assert store.load(ADA).body == "abc"
    move(store)
    assert [store.load(ADA, number).body for number in (third, second, base)] == ["abc", "ab", "a"]
    for text in "defgh":
        third = extend(store, ADA, text, third)
    assert store.load(ADA).body == "abcdefgh"
    move(store)
    store = opened(crashed(disk))
    assert store.load(ADA).body == "abcdefgh"


def test_without_what_it_goes_on_from_a_body_is_passed_over_with_its_word(disk: SimulatedDisk) -> None:
    store = opened(disk)
    save(store, ADA, "good")
    move(store)
    base = save(store, ADA, "base " + BODY)
    extend(store, ADA, "more", base)
    (path,) = journal_files(disk)
    disk.flip(path, content(disk, path).index(b"base xxx") * 8)
    store = opened(crashed(disk))
    loaded = store.load(ADA)

    assert loaded.body == "good"
    assert any("generation 3" in each or "generation 2" in each for each in loaded.recovered_from)
    assert store.load(ADA).recovered_from == loaded.recovered_from
    assert save(store, ADA, "after") > 3
    assert store.load(ADA).recovered_from == ()


# Damage


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
        is_done = True
        try:
            with disk.failing(call, None):
                opened(crashed(disk))
        except PowerCutError:
            is_done = False
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


# Everything at once

steps = st.lists(
    st.tuples(
        st.sampled_from(
            ("save", "save", "extend", "extend", "both", "load", "delete", "move", "cut", "kill", "restart")
        ),
        st.sampled_from(KEYS),
    ),
    max_size=30,
)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(plan=steps, seed=st.integers(0, 10**6), cuts=st.lists(st.integers(1, 40), max_size=4))
def test_whatever_is_done_and_whenever_it_stops_what_was_acknowledged_is_there(
    plan: list[tuple[str, SessionKey]], seed: int, cuts: list[int]
) -> None:
    disk = SimulatedDisk(seed)
    store = opened(disk)
    known: dict[SessionKey, set[str | None]] = {key: {None} for key in KEYS}  # what each session may hold
    gone: set[SessionKey] = set()
    waiting, was_cut = list(cuts), False
    for number, (step, key) in enumerate(plan):
        if step == "cut" and waiting:
            disk.faults = {disk.calls + waiting.pop(): None}
        try:
            _do(store, step, key, f"{number} {BODY}", known, gone)
            if step in ("kill", "restart"):
                if step == "restart":
                    store.close()
                store = opened(crashed(disk))
        except PowerCutError:
            was_cut = True
            disk.cut_power()
            store = opened(disk)
        seen = {each: loaded_or_none(store, each) for each in KEYS} if not disk.faults else {}
        for each, found in seen.items():
            assert found in known[each], (each, plan[: number + 1])
            assert was_cut or not found or store.load(each).recovered_from == ()
            known[each] = {found}


def _do(
    store: JournaledStore,
    step: str,
    key: SessionKey,
    body: str,
    known: dict[SessionKey, set[str | None]],
    gone: set[SessionKey],
) -> None:
    match step:
        case "save" if key not in gone:
            known[key] = known[key] | {body}
            save(store, key, body)
            known[key] = {body}
        case "extend" if None not in known[key] and len(known[key]) == 1:
            (old,) = known[key]
            known[key] = {old, f"{old}{body}"}
            extend(store, key, body, store.load(key).generation.number)
            known[key] = {f"{old}{body}"}
        case "both":
            alive = [each for each in KEYS if each not in gone]
            for each in alive:
                known[each] = known[each] | {body}
            store.save_all([Save(each, body, 1, "evaluate", NOW) for each in alive])
            known.update({each: {body} for each in alive})
        case "load":
            assert loaded_or_none(store, key) in known[key]
        case "delete" if None not in known[key]:
            known[key] = known[key] | {None}
            gone.add(key)
            store.delete(key)
            known[key] = {None}
        case "move":
            move(store)


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
    keep_one, left = JournaledStore.keep, iter(range(moved))

    def keep_some(self: JournaledStore, key: SessionKey, generation: Generation, data: bytes) -> None:
        if next(left, None) is None:
            raise StorageError("killed")
        keep_one(self, key, generation, data)

    with monkeypatch.context() as killed, suppress(StorageError):
        killed.setattr(JournaledStore, "keep", keep_some)
        store._move(inf)
    again = opened(crashed(disk), chosen)

    assert loaded_or_none(again, ADA) == "012345"
    assert again.load(ADA).recovered_from == ()
    extend(again, ADA, "6", number)
    move(again)
    assert loaded_or_none(again, ADA) == "0123456"


def test_changes_that_rest_on_a_damaged_record_are_missed_aloud_though_that_has_a_file(disk: SimulatedDisk) -> None:
    store = opened(disk)
    number = store.save(ADA, "0", version=1, reason="evaluate", saved_at=NOW).number
    for text in "123":
        number = extend(store, ADA, text, number)
    second = store._entries.of(ADA)[2]
    growing = Growing(store.settings.compress_above)
    store._move_one(ADA, store._entries.of(ADA), second, growing)
    disk.flip(f"/data/.journal/{second.place.file}", (second.place.start + second.place.length - 1) * 8)

    loaded = store.load(ADA)

    assert loaded.generation.number <= 2
    assert any(word.startswith(f"generation {number}:") for word in loaded.recovered_from)


@pytest.mark.parametrize("compress_above", [0, 1 << 20])
def test_generations_that_go_on_from_one_file_are_moved_with_one_reading_of_it(
    compress_above: int, monkeypatch: pytest.MonkeyPatch, disk: SimulatedDisk
) -> None:
    chosen = evolve(SMALL, keep_generations=5, compress_above=compress_above)
    store = opened(disk, chosen)
    number = store.save(ADA, BODY, version=1, reason="evaluate", saved_at=NOW).number
    move(store)
    for text in "123456":
        number = extend(store, ADA, text, number)
    read: list[str] = []
    load = FileStore.load
    monkeypatch.setattr(FileStore, "load", lambda self, key, number: [read.append(key), load(self, key, number)][1])

    move(store)

    assert read == [ADA]
    assert [store.load(ADA, each).body for each in range(3, number + 1)] == [
        BODY + "123456"[: each - 1] for each in range(3, number + 1)
    ]


def test_a_whole_state_between_changes_begins_the_files_anew(disk: SimulatedDisk) -> None:
    store = opened(disk, evolve(SMALL, keep_generations=6))
    number = store.save(ADA, "a", version=1, reason="evaluate", saved_at=NOW).number
    number = extend(store, ADA, "1", number)
    number = store.save(ADA, "b", version=1, reason="evaluate", saved_at=NOW).number
    number = extend(store, ADA, "2", extend(store, ADA, "1", number))

    move(store)

    assert [store.load(ADA, each).body for each in range(1, number + 1)] == ["a", "a1", "b", "b1", "b12"]
