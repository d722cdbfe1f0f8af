"""The row JSON of the fault table, at the codec."""

import pytest

from stui_actors.protocol.codec import Peek, Undecodable
from stui_actors.protocol.messages import Dialect

from .wire import CODEC, command_bytes, envelope_bytes


def nested(depth, inner=b""):
    return b'{"id": "n", "command": "ping", "x": ' + b"[" * (depth - 1) + inner + b"]" * (depth - 1) + b"}"


REFUSED = {
    "nothing": (b"", "$"),
    "blanks": (b"  ", "$"),
    "65 levels": (nested(65), "x"),
    "65 levels of objects": (b'{"command":"x","a":' + b'{"b":' * 64 + b"1" + b"}" * 65, "a"),
    "65 levels of a long message": (nested(65, b'"' + b"x" * 100_000 + b'"'), "$"),
    "65 levels after strings with brackets": (b'{"command":"x","b":"]]}\\"]","a":' + b"[" * 64 + b"]" * 64 + b"}", "a"),
    "500 levels": (nested(500), "x"),
    "a megabyte of brackets": (b"[" * 1_000_000, "$"),
    "a megabyte of objects": (b'{"a":' * 200_000, "$"),
    "4301 digits": (b'{"command": "ping", "x": [0, %s]}' % (b"9" * 4301), "x[1]"),
    "1e999": (b'{"command": "ping", "x": {"y": 1e999}}', "x.y"),
    "NaN": (b'{"command": "ping", "x": NaN}', "x"),
    "Infinity": (b'{"command": "ping", "x": -Infinity}', "x"),
    "invalid UTF-8": (b'{"command": "ping\xff"}', "$"),
    "overlong UTF-8": (b'{"command": "ping\xc0\xaf"}', "$"),
    "truncated UTF-8": (b'{"command": "ping\xe2\x82', "$"),
    "UTF-8 of a surrogate": (b'{"command": "\xed\xa0\x80"}', "$"),
    "a lone surrogate": (b'{"command": "ping", "x": "\\ud800"}', "x"),
    "a lone low surrogate": (b'{"command": "ping", "x": ["\\udc00"]}', "x[0]"),
    "a BOM": (b'\xef\xbb\xbf{"command": "ping"}', "$"),
    "UTF-16": ('{"command": "ping"}'.encode("utf-16"), "$"),
    "UTF-16 without a BOM": ('{"command": "ping"}'.encode("utf-16-le"), "$"),
    "trailing data": (b'{"command": "ping"} {}', "$"),
    "single quotes": (b"{'command': 'ping'}", "$"),
    "a comment": (b'{"command": "ping" /* now */}', "$"),
    "a trailing comma": (b'{"command": "ping",}', "$"),
    "a control character": (b'{"command": "pi\x01ng"}', "$"),
    "a leading zero": (b'{"command": "ping", "x": 01}', "$"),
    "an integer": (b"7", "$"),
    "a list": (b'["ping"]', "$"),
    "null": (b"null", "$"),
    "a text": (b'"ping"', "$"),
    "no command": (b"{}", "command"),
    "an id that is a list": (b'{"id": [], "command": "ping"}', "id"),
    "an id that is true": (b'{"id": true, "command": "ping"}', "id"),
    "an id that is a number": (b'{"id": 1.0, "command": "ping"}', "id"),
    "an id of 129 characters": (command_bytes(id="x" * 129), "id"),
    "an id beyond 64 bits": (command_bytes(id=2**64), "id"),
}


@pytest.mark.parametrize(("payload", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_strict_request_is_refused_and_the_path_named(payload, path):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(payload)

    assert refused.value.error_type == "InvalidRequest"
    assert refused.value.details["path"] == path
    assert len(refused.value.message) < 200
    assert path == "$" or f"`{path}`" in refused.value.message


@pytest.mark.parametrize(("payload", "path"), REFUSED.values(), ids=REFUSED.keys())
def test_peeking_and_addressing_never_raise(payload, path):
    assert isinstance(CODEC.peek(payload), Peek)
    assert CODEC.reply_to(payload).dialect is Dialect.COMMAND


ACCEPTED = {
    "64 levels": nested(64),
    "64 levels with something inside": nested(64, b"1"),
    "brackets in strings": b'{"command": "ping", "x": "' + b"[{" * 100 + b'\\"[", "y": [[[]]]}',
    "many shallow lists": b'{"command": "ping", "x": [' + b"[]," * 1000 + b"[]]}",
    "2^63": command_bytes(x=2**63),
    "2^64": command_bytes(x=2**64),
    "minus zero": b'{"command": "ping", "x": -0}',
    "a tiny number": b'{"command": "ping", "x": 1e-999}',
    "a pair of surrogates": b'{"command": "ping", "x": "\\ud83d\\ude00"}',
    "NUL, escaped": b'{"command": "ping", "x": "\\u0000"}',
    "a strange key": b'{"command": "ping", "__class__": {"__init__": 1}}',
    "an empty key": b'{"command": "ping", "": 1}',
    "a long key": b'{"command": "ping", "' + b"k" * 900_000 + b'": 1}',
    "65,000 keys": b'{"command": "ping", ' + b", ".join(b'"k%d": 1' % n for n in range(65_000)) + b"}",
    "blanks around it": b' \n{"command": "ping"}\t ',
    "an id of 128 characters": command_bytes(id="x" * 128),
    "the largest id": command_bytes(id=2**64 - 1),
}


@pytest.mark.parametrize("payload", ACCEPTED.values(), ids=ACCEPTED.keys())
def test_what_is_strict_json_is_taken(payload):
    assert CODEC.decode(payload).command == "ping"


@pytest.mark.parametrize("payload", [nested(65), b'{"id": "n", "command": "p", "x": %s}' % (b"9" * 5000)])
def test_a_refusal_knows_the_id_where_the_rest_is_legible(payload):
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(payload)

    assert refused.value.reply_to.id == "n"


def test_a_refusal_answers_in_the_dialect_of_what_was_refused():
    with pytest.raises(Undecodable) as refused:
        CODEC.decode(envelope_bytes(version="2.0.0", id="e-7"))

    assert refused.value.reply_to.id == "e-7"
    assert refused.value.reply_to.dialect is Dialect.ENVELOPE


def test_what_is_cut_off_is_answered_in_the_dialect_that_it_began_in():
    whole = envelope_bytes()

    assert CODEC.reply_to(whole[:-1]).dialect is Dialect.ENVELOPE
    assert CODEC.reply_to(command_bytes()[:-1]).dialect is Dialect.COMMAND


def test_a_message_cut_at_every_byte_is_refused():
    whole = envelope_bytes(params={"code": "'grüße' size", "x": [1, {"y": None}]})

    for length in range(len(whole)):
        with pytest.raises(Undecodable):
            CODEC.decode(whole[:length])


def test_flipped_bits_never_raise_anything_else():
    whole = command_bytes("evaluate", id="1", parameters={"code": "3 + 4", "timeout": 1.5})

    for position in range(len(whole) * 8):
        damaged = bytearray(whole)
        damaged[position // 8] ^= 1 << position % 8
        CODEC.peek(bytes(damaged))
        try:
            CODEC.decode(bytes(damaged))
        except Undecodable:
            continue


def test_thirty_thousand_shallow_lists_are_walked_level_by_level():
    wide = b'{"command": "ping", "x": [' + b"[[[]]]," * 30_000 + b"0]}"

    assert len(CODEC.decode(wide).parameters["x"]) == 30_001


def test_a_message_of_a_million_small_lists_is_refused_before_it_is_read():
    payload = b'{"command": "ping", "parameters": {"x": [' + b",".join([b"[]"] * 1_000_000) + b"]}}"

    with pytest.raises(Undecodable, match="lists and objects"):
        CODEC.decode(payload)
