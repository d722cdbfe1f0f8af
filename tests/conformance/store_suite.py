"""What every store must do. A store's own tests subclass ``StoreSuite`` and say how it is made."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.storage.store import Loaded, SessionKey, Store

NOW = 1_767_268_800.0
DAY = 86400.0
ADA, BOB = SessionKey("ada", "s-Ada_1"), SessionKey("Bob@home", "s2")
SMALL = StorageSettings(keep_generations=3, keep_hourly=0, keep_daily=0)


def save(store: Store, key: SessionKey, body: str, saved_at: float = NOW, version: int = 1) -> int:
    return store.save(key, body, version=version, reason="evaluate", saved_at=saved_at).number


class StoreSuite(ABC):
    @abstractmethod
    def make(self, settings: StorageSettings) -> Store:
        """A new, closed store, or the same one again that was closed."""

    @pytest.fixture
    def store(self) -> Iterator[Store]:
        store = self.make(StorageSettings())
        store.open()
        yield store
        store.close()

    @pytest.fixture
    def small(self) -> Iterator[Store]:
        store = self.make(SMALL)
        store.open()
        yield store
        store.close()

    def test_what_was_saved_is_loaded(self, store: Store) -> None:
        given_back = store.save(ADA, "{'a':1}\nnext", version=7, reason="evaluate", saved_at=NOW + 0.25)
        loaded = store.load(ADA)
        assert loaded == Loaded("{'a':1}\nnext", given_back)
        found = loaded.generation
        assert (found.number, found.version, found.reason, found.saved_at) == (1, 7, "evaluate", NOW + 0.25)
        assert found.server_epoch == store.epoch

    @pytest.mark.parametrize("body", ["", "\n", "\0", "it's\r\n", "é€😀", "\ud800", "x" * 262_145, "é" * 131_073])
    def test_any_text_comes_back(self, store: Store, body: str) -> None:
        save(store, ADA, body)
        assert store.load(ADA).body == body

    def test_a_glance_tells_the_newest_generation_or_nothing(self, store: Store) -> None:
        assert store.glance(ADA) is None
        for body in ("one", "two"):
            save(store, ADA, body)
            assert store.glance(ADA) in (None, store.load(ADA))
        store.delete(ADA)
        assert store.glance(ADA) is None

    def test_a_large_text_comes_back(self, store: Store) -> None:
        body = "".join(f"[{number}]" for number in range(100_000))
        generation = store.save(ADA, body, version=1, reason="", saved_at=NOW)
        assert store.load(ADA) == Loaded(body, generation)

    def test_numbers_rise_and_the_newest_is_loaded(self, store: Store) -> None:
        assert [save(store, ADA, f"state {n}") for n in range(4)] == [1, 2, 3, 4]
        assert store.load(ADA).body == "state 3"

    def test_the_number_decides_and_not_the_time(self, store: Store) -> None:
        save(store, ADA, "old", NOW)
        save(store, ADA, "new", NOW - 3600)
        assert store.load(ADA).body == "new"

    def test_an_older_generation_can_be_loaded(self, store: Store) -> None:
        for n in (1, 2, 3):
            save(store, ADA, f"state {n}")
        assert store.load(ADA, 2).body == "state 2"

    def test_history_tells_the_newest_first(self, store: Store) -> None:
        for n in (1, 2, 3):
            save(store, ADA, "x", NOW + n, version=10 * n)
        assert [(each.number, each.version, each.saved_at) for each in store.history(ADA)] == [
            (3, 30, NOW + 3),
            (2, 20, NOW + 2),
            (1, 10, NOW + 1),
        ]

    def test_what_was_never_saved_is_not_found(self, store: Store) -> None:
        save(store, ADA, "x")
        for key, number in ((BOB, None), (SessionKey("ada", "other"), None), (ADA, 99)):
            with pytest.raises(SessionNotFound):
                store.load(key, number)
        assert store.history(BOB) == []

    def test_sessions_do_not_mix(self, store: Store) -> None:
        keys = [SessionKey(client, session) for client in ("ada", "Ada", "ADA", "a.b") for session in ("s", "S", "s-1")]
        for key in keys:
            save(store, key, f"{key}")
        assert [store.load(key).body for key in keys] == [f"{key}" for key in keys]

    def test_the_index_knows_every_session(self, store: Store) -> None:
        save(store, ADA, "x")
        save(store, ADA, "xyz", NOW + 2)
        save(store, BOB, "y")
        found = {each.key: each.newest for each in store.index()}
        assert found.keys() == {ADA, BOB}
        assert (found[ADA].number, found[ADA].saved_at) == (2, NOW + 2)
        assert found[ADA].size == store.load(ADA).generation.size
        assert [each.key for each in store.sessions_of("ada")] == [ADA]
        assert [each.key for each in store.sessions_of(BOB.client_id)] == [BOB]
        assert store.sessions_of("nobody") == []

    def test_everything_is_there_after_a_restart_and_the_epoch_is_higher(self) -> None:
        store = self.make(StorageSettings())
        store.open()
        save(store, ADA, "one")
        first = store.epoch
        store.close()
        store = self.make(StorageSettings())
        store.open()
        assert store.epoch > first
        assert store.load(ADA).body == "one"
        assert save(store, ADA, "two") == 2
        store.close()

    def test_a_store_is_opened_once_unless_it_is_shared(self, store: Store) -> None:
        other = self.make(StorageSettings())
        if store.is_shared:
            other.open()
            assert other.epoch > store.epoch
            other.close()
            return
        with pytest.raises(StorageError, match="in use"):
            other.open()
        save(store, ADA, "x")

    def test_what_remains_of_a_session_is_read_newest_first(self, store: Store) -> None:
        save(store, ADA, "one")
        save(store, ADA, "two")
        assert [text for _, text in store.remains(ADA)] == ["two", "one"]
        assert len({place for place, _ in store.remains(ADA)}) == 2
        assert list(store.remains(BOB)) == []

    def test_a_store_says_where_it_is(self, store: Store) -> None:
        assert store.place

    def test_a_closed_store_saves_nothing(self) -> None:
        with pytest.raises(StorageError, match="not open"):
            save(self.make(StorageSettings()), ADA, "x")

    def test_old_generations_are_thinned_and_numbers_go_on(self, small: Store) -> None:
        assert [save(small, ADA, f"{n}") for n in range(10)] == list(range(1, 11))
        assert [each.number for each in small.history(ADA)] == [10, 9, 8]
        with pytest.raises(SessionNotFound):
            small.load(ADA, 1)

    def test_a_deleted_session_is_gone_and_does_not_come_back(self, store: Store) -> None:
        save(store, ADA, "x")
        save(store, BOB, "y")
        store.delete(ADA)
        for action in (lambda: store.load(ADA), lambda: save(store, ADA, "late"), lambda: store.delete(ADA)):
            with pytest.raises(SessionNotFound):
                action()
        assert store.history(ADA) == []
        assert [each.key for each in store.index()] == [BOB]

    def test_the_mark_in_the_id_of_a_deleted_session_is_known_to_its_client_for_a_time(self, store: Store) -> None:
        marked, plain = SessionKey("Bob@home", "abc-0123-4"), SessionKey("ada", "plain")
        for key in (marked, plain):
            save(store, key, "x")
        assert not store.was_deleted("Bob@home", "-0123-4", 0.0)
        for key in (marked, plain):
            store.delete(key)
        assert store.was_deleted("Bob@home", "-0123-4", 0.0)
        assert not store.was_deleted("Bob@home", "-0123-4", 4e9)
        for client_id, mark in (("ada", "-0123-4"), ("Bob@home", "-4"), ("Bob@home", ""), ("ada", ""), ("ada", "in")):
            assert not store.was_deleted(client_id, mark, 0.0)

    def test_the_mark_is_known_after_a_restart_and_after_a_sweep(self) -> None:
        store = self.make(StorageSettings())
        store.open()
        for number in range(2):
            save(store, SessionKey("ada", f"s-{number}"), "x", NOW - 40 * DAY)
        store.delete(SessionKey("ada", "s-0"))
        assert store.expire(NOW, 30 * DAY, elapsed=0).deleted
        store.close()
        store = self.make(StorageSettings())
        store.open()
        assert [store.was_deleted("ada", mark, 0.0) for mark in ("-0", "-1", "-2")] == [True, True, False]
        store.close()

    def test_what_was_deleted_long_ago_is_forgotten_once_the_clock_ran_right_for_a_day(self) -> None:
        key, later = SessionKey("ada", "s-0123-4"), NOW + 3650 * DAY
        store = self.make(StorageSettings())
        store.open()
        save(store, key, "x")
        store.delete(key)
        store.close()
        store = self.make(StorageSettings())
        store.open()
        for elapsed, is_known in ((0, True), (DAY / 2, True), (DAY, False)):
            store.expire(later + elapsed, 30 * DAY, elapsed=elapsed)
            assert store.was_deleted("ada", "-0123-4", 0.0) == is_known
        assert list(store.index()) == []
        store.close()

    def test_what_was_deleted_lately_is_not_forgotten(self, store: Store) -> None:
        key = SessionKey("ada", "s-0123-4")
        save(store, key, "x")
        store.delete(key)
        for elapsed in (0, DAY, 3 * DAY):
            store.expire(NOW + elapsed, 30 * DAY, elapsed=elapsed)
        assert store.was_deleted("ada", "-0123-4", 0.0)

    def test_what_is_not_there_cannot_be_deleted(self, store: Store) -> None:
        with pytest.raises(SessionNotFound):
            store.delete(ADA)

    def test_a_sweep_deletes_what_was_not_saved_for_the_retention(self, store: Store) -> None:
        save(store, ADA, "old", NOW - 31 * DAY)
        save(store, BOB, "young", NOW - 29 * DAY)
        result = store.expire(NOW, 30 * DAY, elapsed=0)
        assert (result.deleted, result.due, result.alarm) == ((ADA,), 0, "")
        assert [each.key for each in store.index()] == [BOB]

    def test_a_sweep_spares_what_it_is_told_to(self, store: Store) -> None:
        save(store, ADA, "old", NOW - 31 * DAY)
        assert store.expire(NOW, 30 * DAY, elapsed=0, spare={ADA}).deleted == ()
        assert store.load(ADA).body == "old"

    def test_a_sweep_deletes_ten_at_most_of_a_few(self, store: Store) -> None:
        for n in range(25):
            save(store, SessionKey("ada", f"s{n}"), "x", NOW - 40 * DAY + n)
        sweeps = [store.expire(NOW + n, 30 * DAY, elapsed=n) for n in range(3)]
        assert [(len(each.deleted), each.due) for each in sweeps] == [(10, 15), (10, 5), (5, 0)]
        assert sweeps[0].deleted[0] == SessionKey("ada", "s0")

    @pytest.mark.parametrize("jump", [-3600.0, 365 * DAY])
    def test_a_clock_that_jumps_deletes_nothing(self, store: Store, jump: float) -> None:
        save(store, ADA, "x", NOW - 29 * DAY)
        assert not store.expire(NOW, 30 * DAY, elapsed=0).alarm
        for minutes in (5, 10, 1500):
            result = store.expire(NOW + jump + 60 * minutes, 30 * DAY, elapsed=60 * minutes)
            assert result.deleted == ()
            assert result.alarm
        assert store.load(ADA).body == "x"

    def test_a_clock_behind_the_newest_session_deletes_nothing(self, store: Store) -> None:
        save(store, ADA, "x", NOW)
        save(store, BOB, "x", NOW - 300 * DAY)
        result = store.expire(NOW - DAY, 30 * DAY, elapsed=0)
        assert result.deleted == ()
        assert "future" in result.alarm

    def test_verify_finds_nothing_wrong_with_what_was_saved(self, store: Store) -> None:
        for _ in range(2):
            save(store, ADA, "x")
        save(store, BOB, "y")
        assert len(list(store.verify())) == 3
        assert [each.problem for each in store.verify(ADA)] == ["", ""]

    def test_preparing_changes_nothing_that_is_stored(self, store: Store) -> None:
        save(store, ADA, "x")
        store.prepare()
        assert store.is_prepared
        assert [each.key for each in store.index()] == [ADA]
        assert len(list(store.verify())) == 1
        assert save(store, BOB, "y") == 1
        assert save(store, SessionKey(ADA.client_id, "second"), "z") == 1
        assert {each.key.session_id for each in store.index()} == {ADA.session_id, BOB.session_id, "second"}

    def test_threads_may_make_sessions_of_the_same_new_client_at_once(self, store: Store, hasty_threads: None) -> None:
        def work(name: str) -> None:
            for n in range(12):
                key = SessionKey(f"client{n}", name)
                save(store, key, name)
                assert store.load(key).body == name

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, ("t0", "t1", "t2", "t3")))
        assert len(list(store.index())) == 48
        assert [each.problem for each in store.verify()] == [""] * 48

    def test_threads_may_save_and_load_at_once(self, store: Store, hasty_threads: None) -> None:
        def work(name: str) -> None:
            key = SessionKey("ada", name)
            for n in range(20):
                save(store, key, f"{name} {n}")
                assert store.load(key).body == f"{name} {n}"
                save(store, ADA, name)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(work, ("t0", "t1", "t2", "t3")))
        assert store.load(ADA).generation.number == 80
