"""What a session remembers of the requests it executed."""

import pytest

from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Reply
from stui_actors.session.executed import MAX_FORGOTTEN, ExecutedRequests, is_unique

LONG = "0b6f3a52-7f3c-4c1d-9a54-8a1f8c4f1e1b"


def table(window=3, retention=100.0):
    return ExecutedRequests(window, retention)


def long_id(number):
    return f"request-number-{number:08d}"


def test_a_repeated_request_gets_the_recorded_reply_marked_as_replayed():
    executed = table()
    executed.record(LONG, b"x", Reply(result={"result": "7"}), 1.0)

    reply = executed.reply_to(LONG, b"x", 2.0)

    assert reply == Reply(result={"result": "7"}, replayed=True)


def test_an_id_reused_for_other_content_is_refused():
    executed = table()
    executed.record("7", b"x", Reply(result={}), 1.0)

    with pytest.raises(InvalidRequest) as refusal:
        executed.reply_to("7", b"y", 2.0)
    assert refusal.value.details["reason"] == "id_reused"


def test_a_request_without_an_id_is_never_a_repeat():
    executed = table()
    executed.record(None, b"x", Reply(result={}), 1.0)

    assert executed.reply_to(None, b"x", 1.0) is None


def test_beyond_the_window_a_long_id_is_refused_and_not_taken_for_new():
    executed = table(window=2)
    for number in range(3):
        executed.record(long_id(number), b"x", Reply(result={}), 1.0)

    with pytest.raises(InvalidRequest) as refusal:
        executed.reply_to(long_id(0), b"x", 50.0)
    assert refusal.value.details["reason"] == "already_executed"
    assert executed.reply_to(long_id(2), b"x", 50.0) is not None


def test_beyond_the_retention_nothing_is_promised():
    executed = table(window=1, retention=10.0)
    executed.record(long_id(0), b"x", Reply(result={}), 1.0)
    executed.record(long_id(1), b"x", Reply(result={}), 2.0)

    assert executed.reply_to(long_id(0), b"x", 11.5) is None


def test_short_ids_are_remembered_within_one_attach_only():
    executed = table()
    executed.record("create-001", b"x", Reply(result={}), 1.0)
    executed.record(LONG, b"x", Reply(result={}), 1.0)

    executed.forget_short_ids()

    assert executed.reply_to("create-001", b"y", 2.0) is None
    assert executed.reply_to(LONG, b"x", 2.0) is not None


def test_the_number_of_forgotten_ids_is_bounded():
    executed = table(window=1, retention=1e9)
    for number in range(MAX_FORGOTTEN + 50):
        executed.record(long_id(number), b"x", Reply(result={}), float(number))

    assert len(executed.forgotten()) == MAX_FORGOTTEN


def test_what_is_durable_comes_back_in_another_table():
    executed, other = table(window=1), table(window=1)
    executed.record(long_id(0), b"x", Reply(result={}), 1.0)
    executed.record(long_id(1), b"x", Reply(result={"a": 1}), 2.0)

    for request_id, execution in executed.durable():
        other.restore(request_id, execution)
    other.remember_forgotten(executed.forgotten())

    assert other.reply_to(long_id(1), b"x", 3.0) == Reply(result={"a": 1}, replayed=True)
    with pytest.raises(InvalidRequest):
        other.reply_to(long_id(0), b"x", 3.0)


def test_replies_are_kept_up_to_a_number_of_bytes():
    executed = table(window=1000)
    for number in range(100):
        executed.record(long_id(number), b"x", Reply(result={"result": "x" * 50_000}), 1.0)

    kept = list(executed.durable())

    assert 1 < len(kept) < 40
    with pytest.raises(InvalidRequest):
        executed.reply_to(long_id(0), b"x", 2.0)


@pytest.mark.parametrize(("request_id", "unique"), [("x" * 16, True), ("x" * 15, False), (12345678901234567, False)])
def test_an_id_is_unique_from_sixteen_characters_on(request_id, unique):
    assert is_unique(request_id) is unique
