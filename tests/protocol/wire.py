"""Messages for tests: how a request looks in either dialect, and every JSON type by name."""

import json

import attrs

from stui_actors.protocol.codec import Codec
from stui_actors.protocol.messages import Dialect, Request

CODEC = Codec()
BOTH = (Dialect.COMMAND, Dialect.ENVELOPE)

SAMPLES = {
    "null": None,
    "true": True,
    "integer": 7,
    "negative": -1,
    "number": 1.5,
    "whole number": 1.0,
    "text": "7",
    "empty text": "",
    "list": [1],
    "empty list": [],
    "object": {"a": 1},
    "empty object": {},
    "beyond 64 bits": 2**64,
}


def command_bytes(command="ping", **fields):
    return json.dumps({"command": command, **fields}).encode()


def envelope_bytes(request_type="Ping", params=None, **fields):
    message = {
        "id": "e-1",
        "version": "1.0.0",
        "timestamp": "2026-01-01T12:00:00.000Z",
        "payload": {"type": "Request", "data": {"request_type": request_type, "params": params or {}}},
    }
    return json.dumps({**message, **fields}).encode()


def request_bytes(dialect, request_id, parameters, command="ping"):
    """A ping with these parameters."""
    if dialect is Dialect.COMMAND:
        return command_bytes(command, id=request_id, parameters=parameters)
    request_type = "".join(part.capitalize() for part in command.split("_"))
    return envelope_bytes(request_type, parameters, id=request_id)


def as_read(payload):
    """A reply as a strict reader has it: no NaN, no lone surrogates, integers of 64 bits, 64 levels."""

    def refuse(name):
        raise AssertionError(f"{name} is not JSON")

    def bounded(text):
        assert -(2**63) <= int(text) < 2**64
        return int(text)

    value = json.loads(payload.decode("utf-8"), parse_constant=refuse, parse_int=bounded)
    payload_again = json.dumps(value, ensure_ascii=False)
    payload_again.encode("utf-8")
    assert depth_of(value) <= 64
    return value


def depth_of(value):
    if isinstance(value, dict):
        return 1 + max((depth_of(part) for part in value.values()), default=0)
    if isinstance(value, list):
        return 1 + max((depth_of(part) for part in value), default=0)
    return 0


def requests_with_each_type(parameters_class, good):
    """Every field of a parameters class with a value of every JSON type, the others being ``good``."""
    for each in attrs.fields(parameters_class):
        for kind, value in SAMPLES.items():
            yield each.name, kind, value, Request("1", "any", {**good, each.name: value})
