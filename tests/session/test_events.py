"""A session's numbered events."""

from stui_actors.session.events import EventStream, Lost


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
