"""What stays of each save is out of the garbage collector's sight."""

import gc

from stui_actors.session.history import History
from stui_actors.storage.entries import Entry
from stui_actors.storage.journal import Place
from stui_actors.storage.store import Generation


def test_what_the_index_of_a_journal_holds_is_not_looked_at_by_the_collector():
    generation, place = Generation(1, 5.0, 100, "evaluate", "epoch", 3), Place("a.journal", 0, 100)

    assert [each for each in (generation, place, Entry(place, generation)) if gc.is_tracked(each)] == []


def test_nor_is_what_the_history_of_a_session_holds():
    history = History(limit=3)
    history.add("3 + 4", "Print", started_at=5.0, execution_time=1, result="7")

    assert [each for each in history.entries if gc.is_tracked(each)] == []


def test_values_are_equal_by_what_they_hold_and_can_be_keys():
    one, other = (Place("a.journal", 0, 100) for _ in range(2))

    assert one == other
    assert len({one, other, Place("a.journal", 1, 100)}) == 2
