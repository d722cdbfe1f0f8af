"""When a request that comes again is the same one."""

import pytest

from stui_actors.protocol.codec import content_digest
from stui_actors.protocol.messages import Dialect, Request

from .wire import BOTH, CODEC, command_bytes, request_bytes


def digest_of(payload):
    return content_digest(CODEC.decode(payload))


def test_order_place_dialect_id_and_credentials_do_not_count():
    first = digest_of(command_bytes("evaluate", id="1", parameters={"code": "3", "timeout": 2, "client_id": "ada"}))
    flat = digest_of(command_bytes("evaluate", id="2", timeout=2, code="3", client_id="ada", auth_token="t"))
    envelope = digest_of(request_bytes(Dialect.ENVELOPE, "3", {"timeout": 2, "code": "3"}, "evaluate"))

    assert first == flat == envelope
    assert len(first) == 16


@pytest.mark.parametrize(
    "other",
    [
        {"command": "evaluate", "code": "4"},
        {"command": "evaluate", "code": "3", "x": None},
        {"command": "evaluate", "code": 3},
        {"command": "inspect", "code": "3"},
        {"command": "evaluate"},
    ],
    ids=repr,
)
def test_command_and_parameters_count(other):
    assert digest_of(command_bytes("evaluate", code="3")) != digest_of(command_bytes(**other))


def test_true_one_and_its_text_are_three_contents():
    digests = {digest_of(command_bytes(x=value)) for value in (1, True, "1", 1.0, [1])}

    assert len(digests) == 5


@pytest.mark.parametrize("dialect", BOTH)
def test_nested_order_does_not_count(dialect):
    one = digest_of(request_bytes(dialect, "1", {"s": {"a": 1, "b": [{"c": 1, "d": 2}]}}))
    two = digest_of(request_bytes(dialect, "1", {"s": {"b": [{"d": 2, "c": 1}], "a": 1}}))

    assert one == two


def test_a_request_made_here_with_half_a_surrogate_pair_has_a_digest_too():
    assert content_digest(Request("1", "x", {"a": "\ud800"})) == content_digest(Request("2", "x", {"a": "\ud800"}))
    assert content_digest(Request("1", "x", {"a": "\ud800"})) != content_digest(Request("1", "x", {"a": "\ud801"}))
