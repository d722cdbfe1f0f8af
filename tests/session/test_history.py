"""What was evaluated, for people to read again."""

from stui_actors.session.history import MAX_ENTRY_TEXT, History


def filled(count, limit=10):
    history = History(limit)
    for number in range(count):
        history.add(f"x + {number}", "Execute", started_at=float(number), execution_time=1, result=str(number))
    return history


def test_entries_come_newest_first():
    assert [entry.index for entry in filled(3).search()] == [3, 2, 1]


def test_the_oldest_entries_go_and_indexes_are_never_given_twice():
    history = filled(12)

    assert [entry.index for entry in history.search()] == list(range(12, 2, -1))
    assert history.next_index == 13


def test_a_query_finds_code_that_contains_it():
    assert [entry.code for entry in filled(5).search("+ 3")] == ["x + 3"]


def test_paging_goes_back_from_an_index():
    assert [entry.index for entry in filled(5).search(before=3, limit=1)] == [2]


def test_long_code_is_cut_and_says_so():
    history = History(1)
    entry = history.add("x" * (MAX_ENTRY_TEXT + 1), "Execute", started_at=0.0, execution_time=0)

    assert entry.code.endswith(" [..]")
    assert len(entry.code) == MAX_ENTRY_TEXT + 5
