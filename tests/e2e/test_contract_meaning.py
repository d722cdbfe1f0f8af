"""What the contract promises beyond names: who writes, what is done once, what is pushed, and how errors are told."""

import json
import time
import uuid

import pytest
import zmq

from .conftest import Client, Server, unique_client
from .contract import Speaker, pascal

BOTH = pytest.mark.parametrize("dialect", ["command", "envelope"])
LIMIT = 10 << 20  # bytes of a message
ERRORS = {  # retryable, and the code in the envelope dialect
    "InvalidRequest": (False, "InvalidRequest"),
    "UnsupportedOperation": (False, "UnsupportedOperation"),
    "AuthenticationRequired": (False, "PermissionDenied"),
    "AuthenticationFailed": (False, "PermissionDenied"),
    "PermissionDenied": (False, "PermissionDenied"),
    "SessionNotFound": (False, "ObjectNotFound"),
    "SessionExpired": (False, "ObjectNotFound"),
    "SessionClosed": (False, "ObjectNotFound"),
    "SessionConflict": (False, "InvalidRequest"),
    "SessionParked": (True, "InternalError"),
    "SessionLimitExceeded": (True, "PermissionDenied"),
    "RateLimited": (True, "Timeout"),
    "Overloaded": (True, "Timeout"),
    "SessionCorrupt": (False, "InternalError"),
    "StorageError": (True, "InternalError"),
    "ParseError": (False, "EvaluationError"),
    "EvaluationError": (False, "EvaluationError"),
    "Interrupted": (False, "EvaluationError"),
    "Timeout": (False, "Timeout"),
    "ResourceExhausted": (False, "EvaluationError"),
    "ObjectNotFound": (False, "ObjectNotFound"),
    "ClassNotFound": (False, "ClassNotFound"),
    "MethodNotFound": (False, "MethodNotFound"),
    "ActorCrashed": (False, "InternalError"),
    "ShuttingDown": (True, "Timeout"),
    "InternalError": (False, "InternalError"),
}


@pytest.fixture
def speak(server):
    """Make clients of the shared server, of either dialect."""
    made = []

    def make(dialect, kind=zmq.DEALER, endpoint=server.endpoint, **options):
        made.append(Speaker(endpoint, dialect, kind, **options))
        return made[-1]

    yield make
    for each in made:
        each.client.close()


def event_of(message, dialect):
    """An event that was pushed, without its envelope."""
    if dialect == "command":
        return message
    assert message["version"].startswith("1.")
    assert message["payload"]["type"] == "Event"
    return {**message["payload"]["data"], "timestamp": message["timestamp"]}


# Who writes


@BOTH
def test_a_takeover_tells_the_loser_who_can_write_no_more(speak, dialect):
    first, second = speak(dialect), speak(dialect)
    made = first.do("create_session", client_id=unique_client(), events=True)
    names = {name: made[name] for name in ("client_id", "session_id")}
    assert second.fail("restore_session", **names) == "SessionConflict"
    assert second.fail("restore_session", **names, on_conflict="reject") == "SessionConflict"

    taken = second.do("restore_session", **names, on_conflict="takeover")

    event = event_of(first.client.receive_event(), dialect)
    assert (event["event"], event["session_id"]) == ("session_taken_over", names["session_id"])
    assert first.fail("evaluate", **names, code="x := 1") == "SessionConflict"
    assert first.fail("evaluate", **names, code="x := 1", session_epoch=made["session_epoch"]) == "SessionConflict"
    assert second.do("evaluate", code="x", session_epoch=taken["session_epoch"])["result"] == "nil"


@BOTH
def test_a_fork_goes_its_own_way(speak, dialect):
    first, second = speak(dialect), speak(dialect, zmq.REQ)
    made = first.do("create_session", client_id=unique_client())
    first.do("evaluate", code="x := 1")

    forked = second.do(
        "restore_session", client_id=made["client_id"], session_id=made["session_id"], on_conflict="fork"
    )
    second.do("evaluate", code="x := x + 1")

    assert forked["session_id"] != made["session_id"]
    assert (first.do("evaluate", code="x")["result"], second.do("evaluate", code="x")["result"]) == ("1", "2")


# What is pushed


@BOTH
def test_events_are_pushed_to_who_asked_and_polled_by_others(speak, dialect):
    one = speak(dialect)
    one.do("create_session", client_id=unique_client(), events=True)
    request_id = str(uuid.uuid4())

    one.ask("evaluate", id=request_id, code="Transcript show: 'hé☃'")

    pushed = [event_of(one.client.receive_event(), dialect) for _ in range(3)]
    assert [each["event"] for each in pushed] == ["evaluation_started", "transcript", "evaluation_finished"]
    assert [each["seq"] for each in pushed] == [1, 2, 3]
    assert {each["request_id"] for each in pushed} == {request_id}
    assert "hé☃" in json.dumps(pushed[1]["data"], ensure_ascii=False)
    assert one.do("poll_events", after=0)["events"] == pushed
    assert one.do("poll_events", after=2)["events"] == pushed[2:]


def test_who_did_not_ask_is_pushed_nothing(speak):
    one = speak("command")
    one.do("create_session", client_id=unique_client())
    one.do("evaluate", code="Transcript show: 'x'")
    one.do("ping")

    assert one.client.events == []


# What is done once


@BOTH
@pytest.mark.parametrize("request_id", ["short-1", 17, "long-enough-to-be-unique"])
def test_an_id_that_comes_again_with_the_same_content_is_answered_as_before(speak, dialect, request_id):
    one = speak(dialect)
    one.do("create_session", client_id=unique_client())
    one.do("evaluate", code="n := 0")

    first = one.ask("evaluate", id=request_id, code="n := n + 1")
    again = one.ask("evaluate", id=request_id, code="n := n + 1")
    other = one.ask("evaluate", id=request_id, code="n := n + 2")

    assert first.result == again.result
    assert ("replayed" in first.whole, again.whole["replayed"]) == (False, True)
    assert other.error_type == "InvalidRequest"
    assert one.do("evaluate", code="n")["result"] == "1"


@BOTH
def test_a_long_id_is_remembered_across_attaches_and_a_short_one_is_not(speak, dialect):
    one = speak(dialect)
    made = one.do("create_session", client_id=unique_client())
    one.do("evaluate", code="n := 0")
    for request_id in ("short", 5, "an-id-of-16-or-more"):
        one.ask("evaluate", id=request_id, code="n := n + 1")

    one.do("restore_session", client_id=made["client_id"], session_id=made["session_id"])
    replayed = [
        one.ask("evaluate", id=request_id, code="n := n + 1").whole.get("replayed", False)
        for request_id in ("short", 5, "an-id-of-16-or-more")
    ]

    assert replayed == [False, False, True]
    assert one.do("evaluate", code="n")["result"] == "5"


@BOTH
def test_a_session_is_created_once_for_one_long_id(speak, dialect):
    one, other = speak(dialect), speak(dialect)
    client_id, request_id = unique_client(), str(uuid.uuid4())

    first = one.ask("create_session", id=request_id, client_id=client_id)
    again = other.ask("create_session", id=request_id, client_id=client_id)

    assert first.result["session_id"] == again.result["session_id"]
    assert one.do("list_client_sessions", client_id=client_id)["session_count"] == 1


# What is told


def test_every_error_type_is_retryable_and_coded_as_the_contract_says(speak):
    described = speak("command").do("describe")["error_types"]

    assert {each["name"]: (each["retryable"], each["envelope_code"]) for each in described} == ERRORS
    assert all(each["text"].endswith(".") and each["suggestion"] for each in described)


@pytest.mark.parametrize(
    ("command", "parameters", "expected"),
    [
        ("evaluate", {"code": "3 +"}, "ParseError"),
        ("evaluate", {"code": "nil foo"}, "EvaluationError"),
        ("evaluate", {"code": "[true] whileTrue", "timeout": 0.05}, "Timeout"),
        ("evaluate", {"code": "Array new: 10 ** 12"}, "ResourceExhausted"),
        ("inspect", {"object_id": "x"}, "ObjectNotFound"),
        ("browse_class", {"class_name": "Zork"}, "ClassNotFound"),
        ("get_method", {"class_name": "Object", "method_name": "zork"}, "MethodNotFound"),
        ("debug", {"operation": "step", "context": "x"}, "PermissionDenied"),
        ("get_session_info", {"session_id": "x" * 32}, "SessionNotFound"),
        ("update_session_state", {"state_data": {}, "base_version": 99}, "SessionConflict"),
        ("fly_to_the_moon", {}, "UnsupportedOperation"),
        ("evaluate", {}, "InvalidRequest"),
    ],
)
def test_both_dialects_tell_the_same_error(speak, command, parameters, expected):
    told = {}
    for dialect in ("command", "envelope"):
        speaker = speak(dialect)
        speaker.do("create_session", client_id=unique_client())
        told[dialect] = speaker.ask(command, **parameters)

    flat, wrapped = told["command"], told["envelope"]
    assert flat.error_type == wrapped.error_type == expected
    assert wrapped.whole["payload"]["data"]["data"]["code"] == ERRORS[expected][1]
    assert flat.whole["retryable"] is ERRORS[expected][0]
    assert wrapped.details["retryable"] == str(ERRORS[expected][0]).lower()
    assert wrapped.message == flat.message.replace("`parameters.", "`payload.data.params.")


@BOTH
def test_unknown_fields_are_named_in_warnings(speak, dialect):
    answer = speak(dialect).ask("ping", mesage="x")

    assert answer.result["message"] == "pong"
    assert any("mesage" in each for each in answer.whole["warnings"])


@pytest.mark.parametrize(
    "value", [2**63, -(2**63), 2**64 - 1, 1e308, -0.0, 5e-324, "𝄞\u0000\u2028", [[[]]], {"": None}]
)
def test_what_a_client_keeps_comes_back_as_given(speak, value):
    one = speak("command")
    one.do("create_session", client_id=unique_client())

    assert one.do("update_session_state", preferences={"v": value})["update_successful"] is True
    back = one.do("restore_session", **one.do("list_client_sessions")["sessions"][0] | {"timeout": None})
    assert json.dumps(back["preferences"]) == json.dumps({"v": value})


# How much


def padded(size):
    """A ping of exactly so many bytes."""
    frame = '{"id": "big", "command": "ping", "parameters": {"message": "x"}, "padding": "%s"}'
    return (frame % ("y" * (size - len(frame) + 2))).encode()


def test_a_message_of_ten_mebibytes_is_taken_and_one_byte_more_is_not(server):
    with Client(server.endpoint) as at_limit, Client(server.endpoint) as beyond, Client(server.endpoint) as bystander:
        assert len(padded(LIMIT)) == LIMIT
        at_limit.send(padded(LIMIT))
        beyond.send(padded(LIMIT + 1))

        assert at_limit.receive()["status"] == "success"
        refused = beyond.receive()
        assert (refused["error_type"], refused["id"]) == ("InvalidRequest", "big")
        assert str(LIMIT) in refused["error"]
        assert bystander.do("ping")["message"] == "pong"


def test_who_sends_too_often_is_told_when_to_come_back(own_server):
    server = own_server(config="[auth]\nrate_limit = 20.0\nrate_burst = 3\n").start()
    with Speaker(server.endpoint, "command") as ada, Speaker(server.endpoint, "envelope") as bob:
        answers = [ada.ask("ping", client_id="ada") for _ in range(12)]

        refused = [each for each in answers if each.error_type is not None]
        assert {each.error_type for each in refused} == {"RateLimited"}
        assert all(0 < each.details["retry_after"] <= 0.05 for each in refused)
        assert (refused[0].details["limit"], refused[0].details["value"]) == ("rate_limit", 20.0)
        assert bob.ask("ping", client_id="bob").error_type is None
        described = bob.ask("describe", client_id="bob").result["commands"]
        assert {each["limited"] for each in described} == {20.0}


def test_who_waits_as_long_as_retry_after_says_is_served(own_server):
    server = own_server(config="[auth]\nrate_limit = 10.0\nrate_burst = 1\n").start()
    with Speaker(server.endpoint, "command") as ada:
        answers = [ada.ask("ping", client_id="ada") for _ in range(3)]
        until = time.monotonic() + answers[-1].details["retry_after"]
        while (left := until - time.monotonic()) > 0:  # a negative one would mean for ever
            ada.client.socket.poll(1000 * left)

        assert ada.ask("ping", client_id="ada").error_type is None


def test_lists_of_clients_let_in_and_keep_out(tmp_path):
    config = '[auth]\nallow = ["a*", "root"]\ndeny = ["adam"]\nadministrators = ["root"]\n'
    with Server(tmp_path / "sessions", config=config) as server, Speaker(server.endpoint, "envelope") as one:
        assert one.ask("create_session", client_id="ada").error_type is None
        for outsider in ("adam", "bob"):
            answer = one.ask("create_session", client_id=outsider)
            assert (answer.error_type, "auth.deny" in answer.details["suggestion"]) == ("PermissionDenied", True)
        assert one.ask("list_clients", client_id="root").error_type is None
        answer = one.ask("list_clients", client_id="ada")
        assert (answer.error_type, "auth.administrators" in answer.details["suggestion"]) == ("PermissionDenied", True)


def test_pascal_case_is_what_the_rust_client_says():
    assert pascal("get_session_info") == "GetSessionInfo"
