"""A session's numbered events."""

import pytest

from stui_actors.session.events import MAX_STORED_BYTES, EventStream, Lost


def stream(max_events=5, max_bytes=10_000):
    return EventStream("s", max_events, max_bytes)


def numbers(found):
    return [event.seq for event in found]


def test_events_after_a_number_come_oldest_first():
    events = stream()
    for _ in range(4):
        events.add("transcript", {"text": "x"}, 0.0)

    found, lost = events.after(1, 2)

    assert numbers(found) == [2, 3]
    assert lost is None


def test_a_gap_that_was_dropped_is_reported_with_its_bounds():
    events = stream(max_events=2)
    for _ in range(5):
        events.add("transcript", {}, 0.0)

    found, lost = events.after(1, 10)

    assert numbers(found) == [4, 5]
    assert lost == Lost(2, 3)


def test_where_none_are_to_be_kept_each_is_reported_lost_and_numbered_all_the_same():
    events = stream(max_events=0)
    for _ in range(3):
        events.add("transcript", {}, 0.0)

    assert events.after(0, 10) == ([], Lost(1, 3))
    assert events.after(3, 10) == ([], None)
    assert (events.last_seq, events.stored()) == (3, [])


def test_large_events_push_old_ones_out_but_never_the_newest():
    events = stream(max_bytes=1000)
    events.add("transcript", {"text": "x" * 600}, 0.0)
    events.add("transcript", {"text": "x" * 5000}, 0.0)

    found, lost = events.after(0, 10)

    assert numbers(found) == [2]
    assert lost == Lost(1, 1)


def test_numbers_that_may_have_been_given_out_before_a_crash_are_skipped_and_reported():
    events = stream()
    events.skip_to(100)
    events.add("transcript", {}, 0.0)

    found, lost = events.after(7, 10)

    assert numbers(found) == [100]
    assert lost == Lost(8, 99)


def test_an_empty_stream_has_lost_nothing():
    assert stream().after(0, 10) == ([], None)


def test_what_is_stored_comes_back_with_its_numbers():
    events = stream()
    for text in ("a", "b", "c"):
        events.add("transcript", {"text": text}, 7.0, "a-request")
    back = stream()
    back.skip_to(events.next_seq)

    back.restore(events.stored())

    assert back.after(0, 10) == events.after(0, 10)
    assert back.next_seq == 4


def test_no_more_is_stored_than_a_bound_and_the_rest_is_reported_lost():
    events = stream(max_events=1000, max_bytes=1_000_000)
    for _ in range(100):
        events.add("transcript", {"text": "x" * 1000}, 0.0)
    back = stream(max_events=1000, max_bytes=1_000_000)
    back.skip_to(events.next_seq)

    back.restore(events.stored())

    found, lost = back.after(0, 1000)
    assert 0 < len(found) <= MAX_STORED_BYTES // 1200
    assert numbers(found)[-1] == 100
    assert lost == Lost(1, numbers(found)[0] - 1)


@pytest.mark.parametrize("change", [{"seq": 9}, {"kind": 7}, {"data": []}, {"at": "noon"}])
def test_what_no_stream_stores_is_refused(change):
    events = stream()
    events.add("transcript", {}, 0.0)
    (row,) = events.stored()
    back = stream()
    back.skip_to(2)

    with pytest.raises((TypeError, ValueError)):
        back.restore([{**row, **change}])
