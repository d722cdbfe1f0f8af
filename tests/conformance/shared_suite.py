"""What every store must do that several servers share: a session lives on one of them at a time."""

import threading
from abc import abstractmethod
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import pytest

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionConflict, SessionNotFound
from stui_actors.storage.store import SessionKey, Store
from tests.conformance.store_suite import ADA, BOB, DAY, NOW, SMALL, StoreSuite, save

ROUNDS = 40


class SharedStoreSuite(StoreSuite):
    """``make`` makes another server's view of the same sessions each time."""

    @abstractmethod
    def make(self, settings: StorageSettings) -> Store:
        """A new, closed store on what the others see too."""

    @abstractmethod
    def let_lease_end(self, store: Store) -> None:
        """Let so much time pass that ``store`` counts as dead, though it was not closed."""

    @pytest.fixture
    def here(self) -> Iterator[Store]:
        store = self.make(SMALL)
        store.open()
        store.beat()
        yield store
        store.close()

    @pytest.fixture
    def there(self) -> Iterator[Store]:
        store = self.make(SMALL)
        store.open()
        store.beat()
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

    # Who makes a session

    def test_of_sessions_with_one_mark_a_client_has_the_first(self, here: Store, there: Store) -> None:
        first, second = SessionKey("ada", "one-mark"), SessionKey("ada", "two-mark")
        save(here, first, "x")
        with pytest.raises(SessionConflict):
            save(there, second, "y")
        assert save(here, first, "x again") == 2
        assert save(there, SessionKey("bob", "two-mark"), "his") == 1
        assert save(there, SessionKey("ada", "two-other"), "another") == 1
        assert [each.key for each in there.sessions_of("ada") if each.key == second] == []
        here.delete(first)
        with pytest.raises(SessionConflict):  # it was deleted while that request was on its way
            save(there, second, "y")

    def test_a_request_that_got_a_session_makes_none_and_one_that_made_a_session_gets_no_other(
        self, here: Store, there: Store
    ) -> None:
        got, made = SessionKey("ada", "got"), SessionKey("ada", "made-mark")
        save(here, got, "x")
        assert here.claim(got, "-mark")
        assert here.claim(got, "-mark")
        with pytest.raises(SessionConflict):
            save(there, made, "y")
        save(there, made := SessionKey("ada", "made-other"), "y")
        assert not here.claim(got, "-other")
        assert there.claim(made, "-other")

    def test_of_two_servers_that_make_a_session_for_one_request_at_once_one_does(
        self, here: Store, there: Store
    ) -> None:
        together = threading.Barrier(2, timeout=10)

        def work(store: Store, name: str) -> int:
            made = 0
            for number in range(ROUNDS):
                together.wait()
                with suppress(SessionConflict):
                    made += save(store, SessionKey("ada", f"{name}-{number:04d}"), name)
            return made

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(work, (here, there), ("here", "there"))) == ROUNDS
        assert len(here.sessions_of("ada")) == ROUNDS

    # Who holds a session

    def test_what_is_attached_at_a_living_server_is_held_nowhere_else(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        assert here.hold(ADA, "first", force=False)
        there.load(ADA)
        with pytest.raises(SessionConflict) as caught:
            there.hold(ADA, "second", force=False)
        assert caught.value.details["session_epoch"] == "first"
        with pytest.raises(SessionConflict):
            save(there, ADA, "stolen")
        assert save(here, ADA, "y") == 2

    def test_who_takes_a_session_over_fences_its_holder_at_once(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        assert not there.hold(ADA, "second", force=True)
        with pytest.raises(SessionConflict):
            save(here, ADA, "stale")
        there.load(ADA)
        assert save(there, ADA, "y") == 2
        assert there.load(ADA).body == "y"

    def test_what_was_loaded_while_another_held_it_is_not_saved_before_it_is_loaded_again(
        self, here: Store, there: Store
    ) -> None:
        """What was done with it then was not the holder's, who may have lost it to somebody else at that server."""
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        there.load(ADA)
        assert not there.hold(ADA, "second", force=True)
        for store in (here, there):
            with pytest.raises(SessionConflict):
                save(store, ADA, "stale")
        assert there.load(ADA).body == "x"
        assert there.hold(ADA, "second", force=True)
        assert save(there, ADA, "y") == 2

    def test_what_a_takeover_brought_here_once_more_is_not_saved_before_it_is_loaded_again(
        self, here: Store, there: Store
    ) -> None:
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        there.hold(ADA, "second", force=True)
        assert not here.hold(ADA, "third", force=True)
        with pytest.raises(SessionConflict):
            save(here, ADA, "stale")
        here.load(ADA)
        assert save(here, ADA, "y") == 2

    def test_a_glance_is_no_ground_to_save_upon(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        there.load(ADA)
        save(there, ADA, "y")
        seen = here.glance(ADA)
        assert seen is not None
        assert seen.body == "y"
        with pytest.raises(SessionConflict):
            save(here, ADA, "stale")

    def test_what_the_holder_saved_since_must_be_loaded_by_who_takes_over(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        there.load(ADA)
        save(here, ADA, "newer")
        assert not there.hold(ADA, "second", force=True)
        for store in (here, there):
            with pytest.raises(SessionConflict):
                save(store, ADA, "stale")
        assert there.load(ADA).body == "newer"
        assert save(there, ADA, "newest") == 3

    def test_a_session_that_comes_back_is_loaded_anew(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        there.hold(ADA, "second", force=True)
        there.load(ADA)
        save(there, ADA, "y")
        assert not here.hold(ADA, "third", force=True)
        assert here.load(ADA).body == "y"
        assert save(here, ADA, "z") == 3

    def test_who_let_go_holds_nothing_and_who_lost_it_lets_nothing_go(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        here.release(ADA, "first")
        there.load(ADA)
        assert there.hold(ADA, "second", force=False)
        here.release(ADA, "first")
        here.load(ADA)
        with pytest.raises(SessionConflict):
            here.hold(ADA, "third", force=False)

    def test_what_others_took_is_lost_until_it_is_loaded_again(self, here: Store, there: Store) -> None:
        other = SessionKey(ADA.client_id, "other")
        for key in (ADA, BOB, other):
            save(here, key, "here")
        both = [ADA.client_id, BOB.client_id]
        assert here.lost(both) == there.lost(both) == []
        there.load(ADA)
        assert there.lost(both) == []
        save(there, ADA, "there")
        there.load(BOB)
        assert here.hold(other, "epoch", force=False)
        there.hold(BOB, "another epoch", force=True)
        assert sorted(here.lost(both), key=str) == sorted([ADA, BOB], key=str)
        assert here.lost([BOB.client_id]) == [BOB]
        assert here.lost([]) == there.lost(both) == []
        here.load(ADA)
        assert here.lost(both) == [BOB]
        there.delete(BOB)
        assert here.lost(both) == [BOB]
        there.delete(ADA)
        assert sorted(here.lost(both), key=str) == sorted([ADA, BOB], key=str)

    def test_a_server_that_closed_holds_nothing(self, there: Store) -> None:
        first = self.make(SMALL)
        first.open()
        first.beat()
        save(first, ADA, "x")
        first.hold(ADA, "first", force=False)
        first.close()
        there.load(ADA)
        assert there.hold(ADA, "second", force=False)

    def test_a_server_that_died_holds_nothing_for_long_and_is_fenced_if_it_lives(
        self, here: Store, there: Store
    ) -> None:
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        self.let_lease_end(here)
        there.load(ADA)
        assert there.hold(ADA, "second", force=False)
        here.beat()
        with pytest.raises(SessionConflict):
            save(here, ADA, "stale")
        assert save(there, ADA, "y") == 2

    def test_who_missed_some_beats_and_lost_nothing_goes_on(self, here: Store) -> None:
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        self.let_lease_end(here)
        here.beat()
        assert save(here, ADA, "y") == 2

    def test_the_same_attachment_may_move(self, here: Store, there: Store) -> None:
        """A creation that was sent again, to another server: its reply names the attachment."""
        save(here, ADA, "x")
        here.hold(ADA, "first", force=False)
        there.load(ADA)
        assert not there.hold(ADA, "first", force=False)
        there.load(ADA)
        assert there.hold(ADA, "first", force=False)
        with pytest.raises(SessionConflict):
            save(here, ADA, "stale")

    def test_who_loads_what_it_holds_is_told_for_which_attachment(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        assert here.load(ADA).held == ""
        here.hold(ADA, "first", force=False)
        assert (here.load(ADA).held, there.load(ADA).held) == ("first", "")
        assert here.load(ADA).attached == there.load(ADA).attached == "first"
        here.release(ADA, "first")
        assert here.load(ADA).held == here.load(ADA).attached == ""

    def test_what_is_not_there_is_not_held(self, here: Store, there: Store) -> None:
        with pytest.raises(SessionNotFound):
            here.hold(BOB, "first", force=True)
        save(here, ADA, "x")
        there.delete(ADA)
        with pytest.raises(SessionNotFound):
            here.hold(ADA, "first", force=False)

    def test_of_two_servers_that_hold_at_once_one_may(self, here: Store, there: Store) -> None:
        save(here, ADA, "x")
        there.load(ADA)
        together = threading.Barrier(2, timeout=10)

        def work(store: Store, name: str) -> int:
            won = 0
            for number in range(ROUNDS):
                together.wait()
                try:
                    store.hold(ADA, f"{name} {number}", force=False)
                except SessionConflict:
                    pass
                else:
                    won += 1
                together.wait()
                store.release(ADA, f"{name} {number}")
            return won

        with ThreadPoolExecutor(2) as pool:
            assert sum(pool.map(work, (here, there), ("here", "there"))) == ROUNDS
