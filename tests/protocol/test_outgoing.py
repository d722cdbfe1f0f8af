"""What a strict reader can read: checked by a reader that refuses the rest."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stui_actors.errors import EvaluationError
from stui_actors.protocol.codec import ReplyTo
from stui_actors.protocol.messages import Dialect, Event, Reply
from stui_actors.protocol.outgoing import as_plain, readable

from .wire import BOTH, CODEC, as_read


def result_of(payload, dialect):
    message = as_read(payload)
    return message["result"] if dialect is Dialect.COMMAND else message["payload"]["data"]["data"]


def sent(value, dialect=Dialect.COMMAND):
    reply = Reply(result={"v": value})
    return result_of(CODEC.encode_reply(ReplyTo("1", dialect), reply, client_id=None, now=0.0), dialect)["v"]


REWRITTEN = {
    "2^64": (2**64, "18446744073709551616"),
    "-2^63-1": (-(2**63) - 1, "-9223372036854775809"),
    "NaN": (math.nan, "NaN"),
    "infinity": (math.inf, "Infinity"),
    "minus infinity": (-math.inf, "-Infinity"),
    "a lone surrogate": ("a\ud800b", "a\ufffdb"),
    "a surrogate key": ({"\udfff": 1}, {"\ufffd": 1}),
    "something deep": ([{"a": [2**70, math.nan, "ok"]}], [{"a": [str(2**70), "NaN", "ok"]}]),
}


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize(("value", "expected"), REWRITTEN.values(), ids=REWRITTEN)
def test_what_strict_readers_refuse_is_rewritten(value, expected, dialect):
    assert sent(value, dialect) == expected


KEPT = [0, -1, 2**63, 2**64 - 1, -(2**63), 1.5, -0.0, 1e308, "", "é😀", "\0", None, True, [], {}, {"": [[]]}]


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("value", KEPT, ids=repr)
def test_what_they_take_is_sent_as_it_is(value, dialect):
    assert sent(value, dialect) == value
    assert type(sent(value, dialect)) is type(value)


def test_an_integer_too_long_for_decimal_digits_is_hexadecimal_text():
    assert sent(2**20_000) == hex(2**20_000)


@pytest.mark.parametrize("dialect", BOTH)
@pytest.mark.parametrize("depth", [55, 60, 61, 62, 63, 64, 500])
def test_nesting_is_cut_at_64_levels(depth, dialect):
    value = []
    for _ in range(depth):
        value = [value]

    sent(value, dialect)  # as_read holds it to 64

    event = Event("transcript", "s", 1, {"v": value}, 0.0)
    as_read(CODEC.encode_event(event, dialect))
    error = EvaluationError("x", v=value)
    as_read(CODEC.encode_reply(ReplyTo("1", dialect), Reply(error=error), client_id=None, now=0.0))


def test_a_result_that_needs_no_change_is_not_copied():
    result = {"a": [1, {"b": "c"}]}

    assert readable(result, 2) is result


def test_what_is_no_json_becomes_its_text():
    assert as_plain({"a": (1, {2}), 3: frozenset()}) == {"a": [1, [2]], "3": []}
    assert as_plain(1 + 2j) == "(1+2j)"


@pytest.mark.parametrize("dialect", BOTH)
def test_errors_and_warnings_with_strange_texts_are_readable(dialect):
    error = EvaluationError("\ud800", key="\udc00", number=math.nan)
    reply = Reply(error=error, warnings=("\ud800",))

    as_read(CODEC.encode_reply(ReplyTo("\ud800", dialect), reply, client_id=None, now=0.0))


ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.integers(min_value=2**60, max_value=2**70)
    | st.floats()
    | st.text(st.characters()),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(), max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


@given(ANY, st.sampled_from(BOTH))
def test_anything_can_be_sent_and_read(value, dialect):
    sent(value, dialect)
