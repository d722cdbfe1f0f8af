"""What every store must do that several servers share: a session lives on one of them at a time."""

import threading
from abc import abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionConflict, SessionNotFound
from stui_actors.storage.store import Store
from tests.conformance.store_suite import ADA, BOB, DAY, NOW, SMALL, StoreSuite, save

ROUNDS = 40


class SharedStoreSuite(StoreSuite):
    """``make`` makes another server's view of the same sessions each time."""

    @abstractmethod
    def make(self, settings: StorageSettings) -> Store:
        """A new, closed store on what the others see too."""

    @pytest.fixture
    def here(self) -> Iterator[Store]:
        store = self.make(SMALL)
        store.open()
        yield store
        store.close()

    @pytest.fixture
    def there(self) -> Iterator[Store]:
        store = self.make(SMALL)
        store.open()
        yield store
        store.close()

    def test_a_session_moves_to_whichever_server_loads_and_saves_it(self, here: Store, there: Store) -> None:
        save(here, ADA, "here")
        assert there.load(ADA).body == "here"
        assert save(there, ADA, "there") == 2
        with pytest.raises(SessionConflict):
            save(here, ADA, "stale")
        assert there.load(ADA).body == "there"
        assert here.load(ADA).body == "there"
        assert save(here, ADA, "here again") == 3
        with pytest.raises(SessionConflict):
            save(there, ADA, "stale")
        assert [each.number for each in here.history(ADA)] == [3, 2, 1]
        assert [each.server_epoch for each in here.history(ADA)] == [here.epoch, there.epoch, here.epoch]

    def test_a_conflict_stays_one_until_the_session_is_loaded(self, here: Store, there: Store) -> None:
        save(here, ADA, "here")
        there.load(ADA)
        save(there, ADA, "there")
        for _ in range(3):
            with pytest.raises(SessionConflict):
                save(here, ADA, "stale")
        assert here.load(ADA).body == "there"

    def test_what_was_never_loaded_here_is_not_saved_here(self, here: Store, there: Store) -> None:
        save(here, ADA, "here")
        with pytest.raises(SessionConflict):
            save(there, ADA, "blind")
        assert here.load(ADA).body == "here"

    def test_looking_takes_nothing(self, here: Store, there: Store) -> None:
        save(here, ADA, "one")
        there.load(ADA)
        assert save(here, ADA, "two") == 2
        with pytest.raises(SessionConflict):
            save(there, ADA, "stale")

    def test_an_older_state_is_no_ground_to_save_upon(self, here: Store, there: Store) -> None:
        save(here, ADA, "one")
        save(here, ADA, "two")
        assert there.load(ADA, 1).body == "one"
        with pytest.raises(SessionConflict):
            save(there, ADA, "stale")

    def test_of_two_servers_that_save_at_once_one_wins_and_no_state_is_lost(self, here: Store, there: Store) -> None:
        save(here, ADA, "0")
        together = threading.Barrier(2, timeout=10)

        def work(store: Store, name: str) -> list[int]:
            won = []
            for _ in range(ROUNDS):
                together.wait()
                body = store.load(ADA).body
                together.wait()
                try:
                    won.append(save(store, ADA, f"{int(body) + 1}"))
                except SessionConflict:
                    continue
            return won

        with ThreadPoolExecutor(2) as pool:
            first, second = pool.map(work, (here, there), ("here", "there"))
        assert sorted(first + second) == list(range(2, ROUNDS + 2))
        assert here.load(ADA).body == f"{ROUNDS}"

    def test_thinning_goes_on_where_the_other_server_left_off(self, here: Store, there: Store) -> None:
        for n in range(6):
            store = (here, there)[n % 2]
            if n:
                store.load(ADA)
            save(store, ADA, f"{n}")
        assert [each.number for each in here.history(ADA)] == [6, 5, 4]

    def test_what_one_deletes_the_other_cannot_save(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        there.delete(ADA)
        with pytest.raises(SessionNotFound):
            save(here, ADA, "late")
        with pytest.raises(SessionNotFound):
            here.load(ADA)
        assert list(here.index()) == []

    def test_each_sees_what_the_other_stores(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        save(there, BOB, "y")
        assert {each.key for each in here.index()} == {each.key for each in there.index()} == {ADA, BOB}
        assert [each.key for each in there.sessions_of(ADA.client_id)] == [ADA]

    def test_a_sweep_spares_what_another_server_saved_lately(self, here: Store, there: Store) -> None:
        save(here, ADA, "old", NOW - 40 * DAY)
        there.load(ADA)
        save(there, ADA, "young", NOW - DAY)
        assert here.expire(NOW, 30 * DAY, elapsed=0).deleted == ()
