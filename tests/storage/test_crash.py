"""The power fails at each system call: what was acknowledged is there afterwards."""

import errno
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.errors import SessionCorrupt, SessionNotFound, StorageError
from stui_actors.storage.files import FileStore
from stui_actors.storage.store import SessionKey
from tests.conformance.store_suite import ADA, BOB, NOW, SMALL, save
from tests.doubles.disk import PowerCutError, SimulatedDisk
from tests.doubles.disk_nodes import Folder

pytestmark = pytest.mark.uncounted

SEEDS = 6
BODY = "x" * 3000  # some blocks


def opened(disk: SimulatedDisk, folder: str = "/data") -> FileStore:
    store = FileStore(Path(folder), SMALL, disk=disk, now=lambda: NOW)
    store.open()
    return store


def cut_at_each_call(
    prepare: Callable[[FileStore], None], act: Callable[[FileStore], None], seeds: int = SEEDS
) -> list[tuple[SimulatedDisk, bool]]:
    """Disks after a power cut at each of the calls that ``act`` makes, and after all: whether it came to its end."""
    disks = []
    for seed in range(seeds):
        call, is_done = 0, False
        while not is_done:
            call += 1
            disk = SimulatedDisk(seed)
            store = opened(disk)
            prepare(store)
            is_done = disk.is_done_before(call, partial(act, store))
            disk.cut_power()
            disks.append((disk, is_done))
    assert len(disks) > seeds * 5
    return disks


def check_swept(store: FileStore, disk: SimulatedDisk) -> None:
    """Once its spare folders are made nothing is left of what the crash cut off."""
    store.prepare()
    assert all(name.startswith(f"{store.epoch}-folder.") for name in disk.list_folder("/data/.incoming"))


@pytest.mark.parametrize("has_spares", [False, True])
@pytest.mark.parametrize("before", [0, 1, 4])
def test_a_save_that_was_cut_leaves_the_state_before_or_the_new_one(before: int, has_spares: bool) -> None:
    def prepare(store: FileStore) -> None:
        if has_spares:
            store.prepare()
        for n in range(before):
            save(store, ADA, f"state {n} {BODY}")

    for disk, is_done in cut_at_each_call(prepare, lambda store: save(store, ADA, f"new {BODY}") and None):
        store = opened(disk)
        acceptable = {f"new {BODY}"}
        if not is_done:
            acceptable.add(f"state {before - 1} {BODY}" if before else "")
        try:
            loaded = store.load(ADA)
        except SessionNotFound:
            assert "" in acceptable
        else:
            assert loaded.body in acceptable
            assert loaded.recovered_from == ()
        check_swept(store, disk)
        last = max((each.number for each in store.history(ADA)), default=0)
        assert save(store, ADA, "after") == last + 1


@pytest.mark.parametrize("has_spares", [False, True])
@pytest.mark.parametrize("key", [ADA, SessionKey("bob", "s2"), BOB])
def test_a_creation_that_was_cut_is_whole_or_not_at_all_and_hurts_no_other(key: SessionKey, has_spares: bool) -> None:
    """Of a client's second session, of a new client, and of one whose folder is named by a digest."""
    other = SessionKey(ADA.client_id, "other")

    def prepare(store: FileStore) -> None:
        if has_spares:
            store.prepare()
        save(store, other, f"other {BODY}")

    for disk, is_done in cut_at_each_call(prepare, lambda store: save(store, key, BODY) and None, seeds=8):
        store = opened(disk)
        check_swept(store, disk)
        assert store.load(other).body == f"other {BODY}"
        found = loaded_or_none(store, key)
        assert found == BODY if is_done else found in (BODY, None)
        assert {each.key for each in store.index()} == ({other, key} if found else {other})
        assert all(each.problem == "" for each in store.verify())
        assert save(store, key, "after") == (2 if found else 1)


def test_what_one_session_acknowledges_holds_while_another_of_the_client_is_half_made() -> None:
    """The second creation needs the client's folder, which the first one moved there and did not sync yet."""
    second = SessionKey(ADA.client_id, "second")
    for seed in range(50):
        disk = MovesMeanwhile(seed)
        store = opened(disk)
        disk.after_move = partial(save, store, second, BODY)
        with suppress(PowerCutError):
            save(store, ADA, BODY)
        assert disk.after_move is None
        disk.cut_power()
        assert opened(disk).load(second).body == BODY


class MovesMeanwhile(SimulatedDisk):
    """Once a client's folder has moved to its place, something else is done, then the power fails."""

    after_move: Callable[[], object] | None = None

    def rename(self, source: str, target: str) -> None:
        super().rename(source, target)
        if self.after_move is not None and target.count("/") == 2:
            act, self.after_move = self.after_move, None
            act()
            raise PowerCutError


def test_a_delete_that_was_cut_is_whole_or_not_at_all() -> None:
    for disk, is_done in cut_at_each_call(
        lambda store: save(store, ADA, BODY) and None, lambda store: store.delete(ADA), 40
    ):
        store = opened(disk)
        try:
            assert store.load(ADA).body == BODY
        except SessionNotFound:
            assert list(store.index()) == []
        else:
            assert not is_done


def test_an_opening_that_was_cut_can_be_done_again_with_a_higher_epoch() -> None:
    def reopen(store: FileStore) -> None:
        store.close()
        store.open()

    for disk, _ in cut_at_each_call(lambda store: save(store, ADA, BODY) and None, reopen):
        store = opened(disk)
        assert store.load(ADA).body == BODY
        (epoch,) = [name for name in disk.list_folder("/data") if name.startswith(".epoch-")]
        assert epoch == f".epoch-{store.epoch}"
        assert store.epoch > store.load(ADA).generation.server_epoch


def test_putting_aside_that_was_cut_loses_neither_the_good_file_nor_the_bad() -> None:
    def prepare(store: FileStore) -> None:
        save(store, ADA, BODY)
        save(store, ADA, BODY + "!")
        assert isinstance(store.disk, SimulatedDisk)
        store.disk.flip(f"/data/ada/s-Ada_1/{store.tree.generations('ada', 's-Ada_1')[0].text}", 9000)

    for disk, _ in cut_at_each_call(prepare, lambda store: store.load(ADA) and None):
        store = opened(disk)
        assert store.load(ADA).body == BODY
        assert save(store, ADA, "after") == 3
        assert [each.number for each in store.tree.quarantined(ADA)[1]] == [2]


@pytest.mark.parametrize("gone", ["/data/ada/s-Ada_1", "/data/ada"])
def test_a_folder_that_vanished_and_was_made_again_is_durable(gone: str) -> None:
    for seed in range(20):
        disk = SimulatedDisk(seed)
        store = opened(disk)
        save(store, ADA, "old")
        for path in ("/data/ada/s-Ada_1", "/data/ada"):
            if path.startswith(gone):
                store.tree.empty(*path.split("/")[2:])
                store.tree.sync_path(path.rpartition("/")[0])
        save(store, ADA, "new")
        disk.cut_power()
        assert opened(disk).load(ADA).body == "new"


def test_a_data_folder_deep_in_folders_that_were_not_there_is_durable() -> None:
    for seed in range(20):
        disk = SimulatedDisk(seed)
        save(opened(disk, "/srv/stui/data"), ADA, "new")
        disk.cut_power()
        assert opened(disk, "/srv/stui/data").load(ADA).body == "new"


def test_what_was_loaded_is_durable_though_its_writer_was_killed() -> None:
    """A killed server's files are in the page cache, synced or not; what a later one reads must survive."""
    for seed in range(SEEDS):
        for call in range(1, 60):
            disk = SimulatedDisk(seed)
            store = opened(disk)
            save(store, ADA, "old")
            with disk.failing(call, None), suppress(PowerCutError):
                save(store, ADA, "new")
            disk.open_files.clear()  # killed, not cut off
            disk.locked.clear()
            store = opened(disk)
            seen = store.load(ADA).body
            disk.cut_power()
            assert opened(disk).load(ADA).body == seen


class SkipsFiles(SimulatedDisk):
    """A planted bug: files are not synced before they get their names."""

    def sync(self, descriptor: int) -> None:
        if isinstance(self.open_files[descriptor].node, Folder):
            super().sync(descriptor)


class SkipsGenerations(SimulatedDisk):
    """A planted bug: the session's folder is not synced."""

    def sync(self, descriptor: int) -> None:
        node = self.open_files[descriptor].node
        if not isinstance(node, Folder) or not any(name.endswith(".ston") for name in node.entries):
            super().sync(descriptor)


class SkipsSessions(SimulatedDisk):
    """A planted bug: the client's folder is not synced."""

    def sync(self, descriptor: int) -> None:
        node = self.open_files[descriptor].node
        if not isinstance(node, Folder) or ADA.session_id not in node.entries:
            super().sync(descriptor)


class SkipsClients(SimulatedDisk):
    """A planted bug: the data folder is not synced."""

    def sync(self, descriptor: int) -> None:
        node = self.open_files[descriptor].node
        if not isinstance(node, Folder) or ADA.client_id not in node.entries:
            super().sync(descriptor)


@pytest.mark.parametrize("planted", [SkipsFiles, SkipsGenerations, SkipsSessions, SkipsClients])
def test_the_simulated_disk_finds_a_planted_bug(planted: type[SimulatedDisk]) -> None:
    lost = 0
    for seed in range(50):
        disk = planted(seed)
        save(opened(disk), ADA, BODY)
        disk.cut_power()
        try:
            lost += opened(disk).load(ADA).body != BODY
        except (SessionNotFound, SessionCorrupt):
            lost += 1
    assert lost > 5


KEYS = (ADA, BOB, SessionKey("ada", "s3"))
steps = st.lists(
    st.tuples(
        st.sampled_from(("save", "save", "save", "load", "delete", "prepare", "cut", "restart")), st.sampled_from(KEYS)
    ),
    max_size=25,
)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(plan=steps, seed=st.integers(0, 10**6), cuts=st.lists(st.integers(1, 40), max_size=4))
def test_whatever_is_done_and_whenever_it_stops_what_was_acknowledged_is_there(
    plan: list[tuple[str, SessionKey]], seed: int, cuts: list[int]
) -> None:
    disk = SimulatedDisk(seed)
    store = opened(disk)
    known: dict[SessionKey, set[str | None]] = {key: {None} for key in KEYS}  # what each session may hold
    gone: set[SessionKey] = set()
    waiting = list(cuts)
    for number, (step, key) in enumerate(plan):
        body = f"{number} {BODY}"
        if step == "cut" and waiting:
            disk.faults = {disk.calls + waiting.pop(): None}
        try:
            match step:
                case "save" if key not in gone:
                    known[key] = known[key] | {body}
                    save(store, key, body)
                    known[key] = {body}
                case "load":
                    assert loaded_or_none(store, key) in known[key]
                case "delete" if known[key] != {None} and None not in known[key]:
                    known[key] = known[key] | {None}
                    gone.add(key)
                    store.delete(key)
                    known[key] = {None}
                case "prepare":
                    store.prepare()
                case "restart":
                    store.close()
                    store = opened(disk)
        except PowerCutError:
            disk.cut_power()
            store = opened(disk)
        seen = {each: loaded_or_none(store, each) for each in KEYS} if not disk.faults else {}
        for each, found in seen.items():
            assert found in known[each], (each, plan[: number + 1])
            known[each] = {found}


def loaded_or_none(store: FileStore, key: SessionKey) -> str | None:
    try:
        return store.load(key).body
    except SessionNotFound:
        return None


class UnreadableAbove(SimulatedDisk):
    """Nobody may look into the folders above the store's own."""

    def open_folder(self, path: str) -> int:
        if path in ("/", "/srv"):
            self.call("open_folder", path)
            raise PermissionError(errno.EACCES, "Permission denied", path)
        return super().open_folder(path)


@pytest.mark.parametrize("fault", [errno.EIO, errno.EACCES, None])
@pytest.mark.parametrize("kind", [SimulatedDisk, UnreadableAbove])
def test_the_folder_itself_is_not_lost_though_the_start_that_made_it_failed_at_any_call(
    kind: type[SimulatedDisk], fault: int | None
) -> None:
    """A power cut takes names that nobody synced: those of the folder, and of those above it, are among them."""
    for seed in range(SEEDS):
        call, is_opened = 0, False
        while not is_opened:
            call += 1
            disk = kind(seed, survival=(0.2, 0.8))
            with disk.failing(call, fault), suppress(StorageError, PowerCutError):
                opened(disk, "/srv/stui/data").close()
                is_opened = True
            disk.open_files.clear()
            disk.locked.clear()
            store = opened(disk, "/srv/stui/data")
            save(store, ADA, BODY)
            disk.cut_power()
            assert opened(disk, "/srv/stui/data").load(ADA).body == BODY
