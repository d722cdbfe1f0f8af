"""The command dialect, there and back."""

import pytest

from stui_actors.errors import Overloaded, SessionNotFound
from stui_actors.protocol.codec import Peek, ReplyTo, Undecodable
from stui_actors.protocol.messages import Dialect, Event, Reply

from .wire import CODEC, as_read, command_bytes

NOON = 1767268800.0


def test_parameters_may_stand_nested_or_flat_or_both():
    nested = CODEC.decode(command_bytes("evaluate", id="1", parameters={"code": "3", "client_id": "ada"}))
    flat = CODEC.decode(command_bytes("evaluate", id="1", code="3", client_id="ada"))
    both = CODEC.decode(command_bytes("evaluate", id="1", client_id="ada", parameters={"code": "3"}))

    assert nested == flat == both
    assert nested.parameters == {"code": "3"}
    assert nested.client_id == "ada"


@pytest.mark.parametrize("name", ["client_id", "session_id", "auth_token", "session_epoch"])
@pytest.mark.parametrize("place", ["top", "parameters"])
def test_the_common_fields_are_taken_from_either_place(name, place):
    fields = {name: "x1"} if place == "top" else {"parameters": {name: "x1"}}

    request = CODEC.decode(command_bytes(**fields))

    assert getattr(request, name) == "x1"
    assert request.parameters == {}


@pytest.mark.parametrize("name", ["client_id", "session_id"])
@pytest.mark.parametrize("place", ["top", "parameters"])
def test_a_peek_sees_what_decoding_sees(name, place):
    fields = {name: "x1"} if place == "top" else {"parameters": {name: "x1"}}

    assert CODEC.peek(command_bytes(**fields)) == Peek(**{name: "x1"})


def test_a_field_in_two_places_must_say_the_same():
    same = command_bytes(client_id="ada", parameters={"client_id": "ada"})
    other = command_bytes(client_id="ada", parameters={"client_id": "bob"})
    null = command_bytes(client_id="ada", parameters={"client_id": None})

    assert CODEC.decode(same).client_id == CODEC.decode(null).client_id == "ada"
    with pytest.raises(Undecodable, match=r"parameters\.client_id"):
        CODEC.decode(other)


def test_null_is_as_good_as_absent_for_common_fields_id_and_parameters():
    request = CODEC.decode(command_bytes(id=None, client_id=None, session_id=None, parameters=None))

    assert (request.id, request.client_id, request.session_id, request.parameters) == (None, None, None, {})


@pytest.mark.parametrize("name", ["client_id", "session_id", "auth_token", "session_epoch"])
@pytest.mark.parametrize("value", [7, True, 1.5, [], {}])
def test_a_mistyped_common_field_is_named(name, value):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(command_bytes(parameters={name: value}))

    assert refused.value.details["path"] == f"parameters.{name}"
    assert "must be a text" in refused.value.message


GOOD_IDS = ["a", "A9", "ada@example.org", "host:1", "x.y-z_0", "0", "a" * 64, "con", "nul.txt", "alice."]
BAD_IDS = [
    "",
    "../x",
    "..",
    "/etc",
    "a/b",
    "a\\b",
    "%2e%2e",
    "é",
    "e\u0301",
    "alice ",
    " alice",
    "a\0",
    "a\n",
    "-a",
    "~a",
    ".a",
    "a" * 65,
    "a" * 256,
    "a" * 1_000_000,
]


@pytest.mark.parametrize("client_id", GOOD_IDS)
def test_a_client_id_of_the_allowed_characters_is_taken(client_id):
    payload = command_bytes(client_id=client_id)

    assert CODEC.decode(payload).client_id == CODEC.peek(payload).client_id == client_id


@pytest.mark.parametrize("client_id", BAD_IDS, ids=lambda text: ascii(text[:20]))
def test_any_other_client_id_is_refused_and_routes_nothing(client_id):
    payload = command_bytes(client_id=client_id, session_id="s")

    assert CODEC.peek(payload) == Peek(None, "s")
    with pytest.raises(Undecodable, match="client_id") as refused:
        CODEC.decode(payload)
    assert len(refused.value.message) < 200


@pytest.mark.parametrize("command", [None, 7, True, [], {}, ""])
def test_a_mistyped_or_empty_command_is_named(command):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(command_bytes(command, id=3))

    assert refused.value.details["path"] == "command"
    assert refused.value.reply_to == ReplyTo(3)


@pytest.mark.parametrize("parameters", [7, True, "x", []])
def test_mistyped_parameters_are_named(parameters):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(command_bytes(parameters=parameters))

    assert refused.value.details["path"] == "parameters"


def test_a_parameter_may_be_called_payload_or_version():
    request = CODEC.decode(command_bytes(version=3, payload={"type": "x"}))

    assert request.dialect is Dialect.COMMAND
    assert request.parameters == {"version": 3, "payload": {"type": "x"}}


@pytest.mark.parametrize("request_id", ["create-001", "", 0, -5, 2**63, None])
def test_the_reply_echoes_the_id_as_it_came_and_is_without_where_none_came(request_id):
    request = CODEC.decode(command_bytes(id=request_id))

    reply = as_read(CODEC.encode_reply(request, Reply(result={}), client_id=None, now=NOON))

    assert reply.get("id") == request_id
    assert ("id" in reply) == (request_id is not None)
    assert type(reply.get("id")) is type(request_id)


def test_a_success_looks_as_the_contract_shows():
    request = CODEC.decode(command_bytes("create_session", id="create-001", client_id="ada"))

    reply = CODEC.encode_reply(request, Reply(result={"x": 1}), client_id="ada", now=NOON)

    assert as_read(reply) == {
        "id": "create-001",
        "status": "success",
        "client_id": "ada",
        "result": {"x": 1},
        "timestamp": "2026-01-01T12:00:00.000Z",
    }


def test_an_error_looks_as_the_contract_shows():
    error = SessionNotFound("There is no such session.", suggestion="Look.", session="s")

    reply = CODEC.encode_reply(ReplyTo("1"), Reply(error=error), client_id="ada", now=NOON)

    assert as_read(reply) == {
        "id": "1",
        "status": "error",
        "client_id": "ada",
        "error": "There is no such session.",
        "error_type": "SessionNotFound",
        "severity": "error",
        "details": {"session": "s"},
        "suggestion": "Look.",
        "retryable": False,
        "timestamp": "2026-01-01T12:00:00.000Z",
    }


def test_warnings_and_replays_are_said():
    reply = Reply(result={}, warnings=("`parameters.x` is unknown and was ignored",), replayed=True)

    read = as_read(CODEC.encode_reply(ReplyTo("1"), reply, client_id=None, now=NOON))

    assert read["warnings"] == ["`parameters.x` is unknown and was ignored"]
    assert read["replayed"] is True
    assert "client_id" not in read


def test_a_refusal_of_what_was_not_understood_still_is_a_reply():
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(b"{")

    read = as_read(CODEC.encode_refusal(refused.value, client_id=None, now=NOON))

    assert read["status"] == "error"
    assert "id" not in read


def test_a_refusal_for_other_reasons_goes_to_nobody_in_particular():
    read = as_read(CODEC.encode_refusal(Overloaded("Full.", retry_after=1), client_id=None, now=NOON))

    assert (read["error_type"], read["retryable"], read["details"]) == ("Overloaded", True, {"retry_after": 1})


def test_an_event_looks_as_the_contract_shows():
    event = Event("transcript", "s", 17, {"text": "hello"}, NOON, "r-1")

    assert as_read(CODEC.encode_event(event, Dialect.COMMAND)) == {
        "event": "transcript",
        "session_id": "s",
        "seq": 17,
        "request_id": "r-1",
        "data": {"text": "hello"},
        "timestamp": "2026-01-01T12:00:00.000Z",
    }


def test_an_event_of_no_request_says_so_as_one_that_is_polled_does():
    event = Event("server_draining", "s", 18, {"seconds": 8.0}, NOON)

    assert as_read(CODEC.encode_event(event, Dialect.COMMAND))["request_id"] is None
