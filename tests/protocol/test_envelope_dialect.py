"""The envelope dialect, there and back."""

import json

import pytest

from stui_actors.errors import WIRE_ERRORS, EvaluationError, InvalidRequest, RateLimited
from stui_actors.protocol.codec import Peek, ReplyTo, Undecodable
from stui_actors.protocol.messages import Dialect, Event, Reply
from stui_actors.protocol.names import pascal_case, snake_case

from .wire import CODEC, as_read, envelope_bytes

NOON = 1767268800.0
TO = ReplyTo("e-1", Dialect.ENVELOPE)


def changed(*path, to):
    """An envelope with one field changed, or removed where ``to`` is ..."""
    message = json.loads(envelope_bytes())
    inner = message
    for step in path[:-1]:
        inner = inner[step]
    if to is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = to
    return json.dumps(message).encode()


def test_a_request_is_read_as_the_contract_shows():
    params = {"code": "3 + 4", "context": None, "return_string": True, "client_id": "ada", "session_id": "s"}

    request = CODEC.decode(envelope_bytes("Evaluate", params))

    assert (request.id, request.command, request.dialect) == ("e-1", "evaluate", Dialect.ENVELOPE)
    assert (request.client_id, request.session_id, request.version) == ("ada", "s", "1.0.0")
    assert request.parameters == {"code": "3 + 4", "context": None, "return_string": True}
    assert request.warnings == ()


@pytest.mark.parametrize("name", ["client_id", "session_id"])
def test_a_peek_sees_the_common_fields_in_params_and_at_the_top(name):
    inside, outside = envelope_bytes(params={name: "x1"}), envelope_bytes(**{name: "x1"})

    assert CODEC.peek(inside) == CODEC.peek(outside) == Peek(**{name: "x1"})
    assert getattr(CODEC.decode(inside), name) == getattr(CODEC.decode(outside), name) == "x1"


@pytest.mark.parametrize("version", ["1", "1.0", "1.0.0", "1.7.3"])
def test_every_minor_version_of_one_is_served(version):
    assert CODEC.decode(envelope_bytes(version=version)).version == version


@pytest.mark.parametrize("version", ["2.0.0", "0.9", "10.0.0", "", "1.x", "1.0.0.0", "v1", "1" * 1000])
def test_another_version_is_refused_and_told_which_are_served(version):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(envelope_bytes(version=version))

    assert refused.value.details["path"] == "version"
    assert "1.x" in refused.value.message
    assert len(refused.value.message) < 150


FIELDS = {
    "version": ("version",),
    "payload": ("payload",),
    "payload.type": ("payload", "type"),
    "payload.data": ("payload", "data"),
    "payload.data.request_type": ("payload", "data", "request_type"),
}


@pytest.mark.parametrize("value", [7, True, [], None], ids=repr)
@pytest.mark.parametrize(("path", "steps"), FIELDS.items(), ids=FIELDS)
def test_a_mistyped_field_of_the_envelope_is_named(path, steps, value):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(changed(*steps, to=value))

    assert refused.value.details["path"] == path
    assert refused.value.reply_to == TO


@pytest.mark.parametrize("path", [path for path in FIELDS if path != "payload"])
def test_a_missing_field_of_the_envelope_is_named(path):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(changed(*FIELDS[path], to=...))

    assert refused.value.details["path"] == path
    assert "is missing" in refused.value.message


@pytest.mark.parametrize("params", [7, True, "x", []])
def test_mistyped_params_are_named(params):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(changed("payload", "data", "params", to=params))

    assert refused.value.details["path"] == "payload.data.params"


@pytest.mark.parametrize("params", [None, ...])
def test_params_may_be_left_out(params):
    assert CODEC.decode(changed("payload", "data", "params", to=params)).parameters == {}


def test_only_requests_are_taken():
    with pytest.raises(Undecodable, match=r"payload\.type"):
        CODEC.decode(changed("payload", "type", to="Response"))


def test_unknown_fields_of_the_envelope_are_ignored_and_named():
    request = CODEC.decode(changed("payload", "data", "parms", to={}))

    assert request.warnings == ("`payload.data.parms` is unknown and was ignored",)


def test_a_mistyped_common_field_is_named_where_this_dialect_has_it():
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(envelope_bytes(params={"client_id": 7}))

    assert refused.value.details["path"] == "payload.data.params.client_id"


NAMES = {
    "ping": "Ping",
    "evaluate": "Evaluate",
    "get_method_code": "GetMethodCode",
    "senders_of": "SendersOf",
    "update_session_state": "UpdateSessionState",
}


@pytest.mark.parametrize(("command", "request_type"), NAMES.items())
def test_names_go_there_and_back(command, request_type):
    assert snake_case(request_type) == command
    assert pascal_case(command) == request_type


@pytest.mark.parametrize("request_type", ["evaluate", "get_method", ""])
def test_names_of_the_other_dialect_are_refused(request_type):
    with pytest.raises(Undecodable, match="PascalCase"):
        CODEC.decode(envelope_bytes(request_type))


@pytest.mark.parametrize("request_type", ["Fly", "Evaluate!", "X" * 10_000, "__class__!", "É"])
def test_what_names_no_command_is_left_to_whoever_knows_the_commands(request_type):
    assert CODEC.decode(envelope_bytes(request_type)).command not in ("evaluate", "ping")


def test_a_success_looks_as_the_contract_shows():
    request = CODEC.decode(envelope_bytes("GetMethodCode"))

    reply = CODEC.encode_reply(request, Reply(result={"has_error": False}), client_id="ada", now=NOON)

    assert as_read(reply) == {
        "id": "e-1",
        "version": "1.0.0",
        "timestamp": "2026-01-01T12:00:00.000Z",
        "payload": {
            "type": "Response",
            "data": {"response_type": "GetMethodCode", "data": {"has_error": False}},
        },
    }


@pytest.mark.parametrize("error_class", WIRE_ERRORS, ids=lambda each: each.error_type)
def test_every_error_has_its_code_and_its_precise_type_and_only_texts_in_details(error_class):
    error = error_class("Too bad.", line=1, position=None, fits=True, parts=[1, "a"], huge=2**70)

    data = as_read(CODEC.encode_reply(TO, Reply(error=error), client_id=None, now=NOON))["payload"]["data"]

    assert data["response_type"] == "Error"
    assert data["data"]["code"] == error_class.envelope_code
    assert data["data"]["message"] == "Too bad."
    details = data["data"]["details"]
    assert all(isinstance(value, str) for value in details.values())
    assert details["error_type"] == error_class.error_type
    assert details["retryable"] == ("true" if error_class.retryable else "false")
    assert (details["line"], details["fits"], details["parts"]) == ("1", "true", '[1,"a"]')
    assert details["huge"] == str(2**70)


@pytest.mark.parametrize("trace", ["a>>b\nc>>d", None])
def test_a_stack_trace_stands_beside_the_details(trace):
    error = EvaluationError("x", **({} if trace is None else {"stack_trace": trace}))

    data = as_read(CODEC.encode_reply(TO, Reply(error=error), client_id=None, now=NOON))["payload"]["data"]["data"]

    assert data["stack_trace"] == trace
    assert "stack_trace" not in data["details"]


def test_a_path_that_a_command_names_is_spelt_as_here():
    error = InvalidRequest("`parameters.timeout` must be above zero.", path="parameters.timeout")

    data = as_read(CODEC.encode_reply(TO, Reply(error=error), client_id=None, now=NOON))["payload"]["data"]["data"]

    assert data["details"]["path"] == "payload.data.params.timeout"
    assert data["message"] == "`payload.data.params.timeout` must be above zero."


def test_warnings_and_replays_are_said_at_the_top():
    reply = Reply(error=RateLimited("Slow down."), warnings=("w",), replayed=True)

    read = as_read(CODEC.encode_reply(TO, reply, client_id=None, now=NOON))

    assert (read["warnings"], read["replayed"]) == (["w"], True)


def test_an_event_has_an_envelope():
    event = Event("transcript", "s", 17, {"text": "hello"}, NOON)

    read = as_read(CODEC.encode_event(event, Dialect.ENVELOPE))

    assert read["payload"] == {
        "type": "Event",
        "data": {
            "event": "transcript",
            "session_id": "s",
            "seq": 17,
            "request_id": None,
            "data": {"text": "hello"},
        },
    }
