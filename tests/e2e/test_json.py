"""The row JSON of the fault table: what is not one strict JSON object is refused by its path, and changes nothing."""

import json

import pytest


def evaluate_text(code_json):
    return b'{"id": "1", "command": "evaluate", "parameters": {"code": ' + code_json + b"}}"


def nested(depth):
    return b'{"id": "1", "command": "ping", "parameters": {"x": ' + b"[" * (depth - 2) + b"]" * (depth - 2) + b"}}"


REFUSED = {
    "depth 65": nested(65),
    "a megabyte of brackets": b"[" * 1_000_000,
    "4301 digits": evaluate_text(b"9" * 4301),
    "1e999": b'{"command": "ping", "parameters": {"x": 1e999}}',
    "NaN": b'{"command": "ping", "parameters": {"x": NaN}}',
    "Infinity": b'{"command": "ping", "parameters": {"x": -Infinity}}',
    "invalid UTF-8": b'{"command": "ping\xff"}',
    "overlong UTF-8": b'{"command": "ping\xc0\xaf"}',
    "truncated UTF-8": b'{"command": "ping\xe2\x82',
    "encoded surrogate": b'{"command": "\xed\xa0\x80"}',
    "BOM": b'\xef\xbb\xbf{"command": "ping"}',
    "UTF-16": '{"command": "ping"}'.encode("utf-16"),
    "trailing data": b'{"command": "ping"} {}',
    "single quotes": b"{'command': 'ping'}",
    "comment": b'{"command": "ping" /* now */}',
    "control character": b'{"command": "pi\x01ng"}',
    "scalar": b"7",
    "array": b'["ping"]',
    "null": b"null",
    "text": b'"ping"',
    "nothing but blanks": b"   ",
    "a boolean for a string": evaluate_text(b"true"),
    "an integer for a string": evaluate_text(b"7"),
    "a float for an integer": b'{"command": "get_history", "parameters": {"limit": 1.0}}',
    "a boolean for an integer": b'{"command": "get_history", "parameters": {"limit": true}}',
    "a string for an integer": b'{"command": "get_history", "parameters": {"limit": "1"}}',
}


@pytest.mark.parametrize("payload", REFUSED.values(), ids=REFUSED.keys())
def test_what_is_not_a_strict_object_is_refused(client, payload):
    client.send(payload)

    reply = client.receive()

    assert reply["status"] == "error"
    assert reply["error_type"] == "InvalidRequest"
    assert len(reply["error"]) < 300
    assert client.do("ping")["message"] == "pong"


def test_a_mistyped_field_is_named_by_its_path(client):
    client.send(evaluate_text(b"7"))

    assert "parameters.code" in client.receive()["error"]


ACCEPTED = {
    "depth 64": nested(64),
    "2^63": b'{"command": "ping", "parameters": {"x": 9223372036854775808}}',
    "2^64": b'{"command": "ping", "parameters": {"x": 18446744073709551616}}',
    "minus zero": b'{"command": "ping", "parameters": {"x": -0}}',
    "a strange key": b'{"command": "ping", "__class__": {"__init__": 1}}',
    "a large key": b'{"command": "ping", "' + b"k" * 900_000 + b'": 1}',
    "many keys": b'{"command": "ping", ' + b", ".join(b'"k%d": 1' % n for n in range(65_000)) + b"}",
}


@pytest.mark.parametrize("payload", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_strict_json_is_taken_and_unknown_fields_are_named_in_warnings(client, payload):
    client.send(payload)

    reply = client.receive()

    assert reply["status"] == "success", reply
    assert reply["warnings"]
    assert sum(len(warning) for warning in reply["warnings"]) < 20_000


@pytest.mark.parametrize("value", ["NaN", "-Infinity", "1e999", "1" * 4301, '"\\ud800"', "18446744073709551616"])
def test_the_refusal_of_an_odd_value_carries_the_id_of_its_request(client, value):
    client.send(f'{{"id": "mine", "command": "update_session_state", "state_data": {{"v": {value}}}}}'.encode())
    reply = client.receive()
    assert (reply["id"], reply["error_type"]) == ("mine", "InvalidRequest")
    assert reply["details"]["path"].endswith("state_data.v")

    data = f'{{"request_type": "UpdateSessionState", "params": {{"state_data": {{"v": {value}}}}}}}'
    client.send(f'{{"id": 7, "version": "1.0.0", "payload": {{"type": "Request", "data": {data}}}}}'.encode())
    reply = client.receive()
    assert (reply["id"], reply["payload"]["data"]["data"]["code"]) == (7, "InvalidRequest")


def test_an_id_with_half_a_surrogate_pair_is_not_sent_back(client):
    client.send(b'{"id": "\\ud800", "command": "ping"}')

    reply = client.receive()

    assert reply["error_type"] == "InvalidRequest"
    assert "id" not in reply


def test_a_lone_surrogate_never_reaches_a_reply(client):
    client.send(b'{"id": "1", "command": "ping", "parameters": {"message": "\\ud800"}}')

    payload = client.socket.recv()

    payload.decode("utf-8")
    assert "\\ud800" not in json.dumps(json.loads(payload)["status"])


def test_large_integers_travel_as_text(ada):
    assert ada.evaluate("2 raisedTo: 100") == "1267650600228229401496703205376"


def test_special_floats_are_text(ada):
    assert ada.evaluate("Float infinity") == "Float infinity"
    assert ada.evaluate("Float nan") == "Float nan"
