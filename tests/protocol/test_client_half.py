"""The client's half of a conversation, against this server's codec."""

import itertools

import pytest

from stui_actors.errors import WIRE_ERRORS, InternalError, InvalidRequest, Overloaded, ParseError, SessionNotFound
from stui_actors.protocol.backoff import Backoff
from stui_actors.protocol.client import Answered, Conversation, Outgoing, Unanswered
from stui_actors.protocol.messages import Dialect, Event, Reply

from .wire import BOTH, CODEC


def conversation(dialect=Dialect.COMMAND, **fields):
    numbers = itertools.count(1)
    schedule = fields.pop("backoff", Backoff(first=1.0, factor=2.0, most=5.0, attempts=4, jitter=0.0))
    return Conversation(lambda: f"request-{next(numbers):08}", lambda: 0.5, dialect, backoff=schedule, **fields)


def answer(outgoing, reply):
    """What this server would answer."""
    return CODEC.encode_reply(CODEC.decode(outgoing.payload), reply, client_id="ada", now=1.0)


@pytest.mark.parametrize("dialect", BOTH)
def test_a_request_is_one_that_the_server_understands(dialect):
    talk = conversation(dialect, client_id="ada", auth_token="secret")

    request = CODEC.decode(talk.ask("get_method", {"class_name": "Object"}, 0.0).payload)

    assert (request.id, request.command, request.client_id) == ("request-00000001", "get_method", "ada")
    assert (request.auth_token, request.parameters, request.dialect) == ("secret", {"class_name": "Object"}, dialect)
    assert request.warnings == ()


@pytest.mark.parametrize("dialect", BOTH)
def test_answers_find_their_requests_in_any_order(dialect):
    talk = conversation(dialect)
    first, second = talk.ask("ping", {}, 0.0), talk.ask("ping", {}, 0.0)

    later = talk.receive(answer(second, Reply(result={"n": 2}, warnings=("w",), replayed=True)), 0.1)
    earlier = talk.receive(answer(first, Reply(result={"n": 1})), 0.2)

    assert later == Answered(second.id, {"n": 2}, None, ("w",), True)
    assert earlier.value() == {"n": 1}
    assert talk.open_ids == ()


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("error_class", WIRE_ERRORS, ids=lambda each: each.error_type)
def test_an_error_comes_out_as_the_one_that_went_in(error_class, dialect):
    talk = conversation(dialect, backoff=Backoff(attempts=1))
    sent = talk.ask("ping", {}, 0.0)

    arrived = talk.receive(answer(sent, Reply(error=error_class("Too bad.", suggestion="Try.", name="x"))), 0.1)

    assert type(arrived.error) is error_class
    assert (arrived.error.message, arrived.error.advice) == ("Too bad.", "Try.")
    assert arrived.error.details == {"name": "x"}
    with pytest.raises(error_class):
        arrived.value()


def test_the_stack_trace_is_among_the_details_in_both_dialects():
    for dialect in BOTH:
        talk = conversation(dialect)
        sent = talk.ask("evaluate", {"code": "1/0"}, 0.0)
        arrived = talk.receive(answer(sent, Reply(error=ParseError("x", stack_trace="a>>b"))), 0.1)
        assert arrived.error.details["stack_trace"] == "a>>b"


def test_an_error_type_that_is_not_known_yet_is_an_internal_error_that_names_it():
    talk = conversation()
    talk.ask("ping", {}, 0.0)

    arrived = talk.receive(
        b'{"id": "request-00000001", "status": "error", "error": "x", "error_type": "Newer", "details": {}}', 0.1
    )

    assert type(arrived.error) is InternalError
    assert arrived.error.details == {"error_type": "Newer"}


def test_a_request_without_an_answer_is_sent_again_by_the_schedule_under_its_own_id():
    talk = conversation()
    first = talk.ask("ping", {}, 10.0)

    assert talk.next_due() == 11.0
    assert talk.due(10.9) == []
    assert talk.due(11.0) == [Outgoing(first.id, first.payload, 2)]
    assert talk.due(12.9) == []
    assert talk.due(13.0) == [Outgoing(first.id, first.payload, 3)]
    assert talk.due(17.0) == [Outgoing(first.id, first.payload, 4)]
    assert talk.due(22.0) == [Unanswered(first.id, 4)]
    assert talk.next_due() is None


def test_the_patience_of_a_request_replaces_the_first_wait():
    talk = conversation()
    talk.ask("evaluate", {"code": "3"}, 0.0, patience=60.0)

    assert talk.next_due() == 60.0


def test_a_new_connection_makes_everything_open_due():
    talk = conversation()
    sent = [talk.ask("ping", {}, 0.0, patience=60.0) for _ in range(3)]

    talk.reconnected(1.0)

    assert [each.id for each in talk.due(1.0)] == [each.id for each in sent]


@pytest.mark.parametrize("dialect", BOTH)
def test_a_retryable_refusal_is_asked_again_no_sooner_than_the_server_said(dialect):
    talk = conversation(dialect)
    sent = talk.ask("ping", {}, 0.0)

    assert talk.receive(answer(sent, Reply(error=Overloaded("Full.", retry_after=3.5))), 0.5) is None

    assert talk.next_due() == 4.0
    assert [each.id for each in talk.due(4.0)] == [sent.id]
    assert talk.receive(answer(sent, Reply(result={})), 4.1) == Answered(sent.id, {})


def test_a_retryable_refusal_of_the_last_attempt_is_the_answer():
    talk = conversation(backoff=Backoff(attempts=2, jitter=0.0))
    sent = talk.ask("ping", {}, 0.0)
    refusal = answer(sent, Reply(error=Overloaded("Full.")))

    assert talk.receive(refusal, 0.0) is None
    talk.due(1.0)

    assert type(talk.receive(refusal, 1.1).error) is Overloaded


def test_a_final_refusal_is_the_answer_at_once():
    talk = conversation()
    sent = talk.ask("ping", {}, 0.0)

    assert type(talk.receive(answer(sent, Reply(error=SessionNotFound("No."))), 0.1).error) is SessionNotFound


def test_the_second_answer_to_a_request_sent_twice_is_counted_and_dropped():
    talk = conversation()
    sent = talk.ask("ping", {}, 0.0)
    talk.due(1.0)
    talk.receive(answer(sent, Reply(result={})), 1.1)

    assert talk.receive(answer(sent, Reply(result={}, replayed=True)), 1.2) is None
    assert talk.strays == 1


def test_a_forgotten_request_is_not_sent_again():
    talk = conversation()
    sent = talk.ask("ping", {}, 0.0)

    talk.forget(sent.id)

    assert talk.due(100.0) == []
    assert talk.receive(answer(sent, Reply(result={})), 1.0) is None


@pytest.mark.parametrize("dialect", BOTH)
def test_events_are_told_and_the_last_number_kept_per_session(dialect):
    talk = conversation(dialect)
    events = [Event("transcript", "s", seq, {"text": "x"}, 1767268800.25, "r") for seq in (3, 5, 4)]

    received = [talk.receive(CODEC.encode_event(each, dialect), 0.0) for each in events]

    assert received == events
    assert talk.last_seq == {"s": 5}


NONSENSE = [
    b"",
    b"[1]",
    b"{}",
    b'{"id": [], "status": "success", "result": {}}',
    b'{"id": "request-00000001", "status": "success", "result": 7}',
    b'{"id": "request-00000001", "status": "error"}',
    b'{"id": "request-00000001", "status": "perhaps"}',
    b'{"id": "request-00000001", "payload": 7}',
    b'{"id": "request-00000001", "payload": {"data": {}}}',
    b'{"event": "transcript", "session_id": "s", "seq": "1", "data": {}, "timestamp": "2026-01-01T12:00:00Z"}',
    b'{"event": "transcript", "session_id": "s", "seq": 1, "data": {}, "timestamp": "yesterday"}',
    b"[" * 100_000,
    b'"\xff"',
]


@pytest.mark.parametrize("payload", NONSENSE, ids=lambda payload: ascii(payload[:40]))
def test_what_no_server_says_is_refused_and_the_request_stays_open(payload):
    talk = conversation()
    sent = talk.ask("ping", {}, 0.0)

    with pytest.raises(InvalidRequest):
        talk.receive(payload, 0.1)

    assert talk.open_ids == (sent.id,)


def test_waits_grow_to_a_bound_and_chance_shortens_them():
    schedule = Backoff(first=1.0, factor=2.0, most=30.0, jitter=0.5)

    assert [schedule.wait(attempt, lambda: 0.0) for attempt in (1, 2, 3, 6, 1000)] == [1.0, 2.0, 4.0, 30.0, 30.0]
    assert schedule.wait(1, lambda: 1.0) == 0.5
