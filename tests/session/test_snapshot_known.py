"""Objects are found by their addresses, and a small graph costs nothing for the addresses that it does not have."""

from stui_actors.session.snapshot_known import Known, Numbered
from stui_actors.session.snapshot_text import FILES, PAGE, SLICE, file_among, no_files


def test_what_is_filed_stands_where_its_address_says_and_nowhere_else():
    files = no_files()
    file_among(files, [(1 << PAGE, 10), (2 << PAGE, 20), ((1 << PAGE) + 8, 11)])

    assert files[1] == {1 << PAGE: 10, (1 << PAGE) + 8: 11}
    assert files[2] == {2 << PAGE: 20}
    assert not any(files[3:] + files[:1])


def test_addresses_wrap_around():
    files = no_files()
    file_among(files, [(FILES + 5 << PAGE, 1)])

    assert files[5] == {FILES + 5 << PAGE: 1}


def test_files_that_hold_nothing_take_no_memory_of_their_own():
    files = no_files()
    file_among(files, [(7 << PAGE, 1)])

    assert len({id(each) for each in files}) == 2


def test_what_was_read_is_sorted_in_slices_and_found_by_its_number():
    objects, strings = [object() for _ in range(SLICE + 1)], ["a text", "another"]
    ids = [*map(id, objects), *map(id, strings)]
    known, kept = Known(), [*objects, *strings]
    known.recall(Numbered(objects, strings, frozenset(), frozenset()))

    assert sum(1 for _ in known.sorting()) >= 2

    assert [known.number(each) for each in ids] == [*range(1, SLICE + 2), -1, -2]
    assert known.number(id(kept)) == 0
    assert known.bytes_held == len(ids) * 16
