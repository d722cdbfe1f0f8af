"""From plain values to parameters, without coercion."""

from enum import Enum
from typing import Literal

import pytest
from attrs import field, frozen

from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Dialect, Json, Request
from stui_actors.protocol.structuring import structure, structure_parameters

from .wire import BOTH, CODEC, SAMPLES, request_bytes, requests_with_each_type


class Colour(Enum):
    RED = "red"
    SEVEN = 7


@frozen
class Point:
    x: int
    y: int = 0


@frozen
class Everything:
    """A field of every kind that parameters have."""

    text: str
    count: int
    size: float
    flag: bool
    either: str | int
    mode: Literal["Execute", "Display"]
    colour: Colour
    names: list[str]
    steps: list[str | int]
    state: dict[str, Json]
    rows: list[dict[str, Json]]
    anything: Json
    point: Point
    points: list[Point]
    maybe_text: str | None = None
    maybe_count: int | None = None
    maybe_names: list[str] | None = None
    maybe_point: Point | None = None
    defaulted: int = 3


GOOD = {
    "text": "a",
    "count": 1,
    "size": 1.5,
    "flag": True,
    "either": "x",
    "mode": "Display",
    "colour": "red",
    "names": ["a"],
    "steps": ["a", 1],
    "state": {"a": [1, {"b": None}]},
    "rows": [{"a": 1}],
    "anything": [1],
    "point": {"x": 1},
    "points": [{"x": 1, "y": 2}],
}

NOTHING, TEXTS, INTEGERS = {"null"}, {"text", "empty text"}, {"integer", "negative"}
NUMBERS, FLAGS = INTEGERS | {"number", "whole number"}, {"true"}
OBJECTS, EMPTY_LIST = {"object", "empty object"}, {"empty list"}
FITTING = {
    "text": TEXTS,
    "count": INTEGERS,
    "size": NUMBERS,
    "flag": FLAGS,
    "either": TEXTS | INTEGERS,
    "mode": set(),
    "colour": {"integer"},
    "names": EMPTY_LIST,
    "steps": EMPTY_LIST | {"list"},
    "state": OBJECTS,
    "rows": EMPTY_LIST,
    "anything": set(SAMPLES) - {"beyond 64 bits"},
    "point": set(),
    "points": EMPTY_LIST,
    "maybe_text": NOTHING | TEXTS,
    "maybe_count": NOTHING | INTEGERS,
    "maybe_names": NOTHING | EMPTY_LIST,
    "maybe_point": NOTHING,
    "defaulted": NOTHING | INTEGERS,
}

CASES = list(requests_with_each_type(Everything, GOOD))


@pytest.mark.parametrize(
    ("name", "kind", "value", "request_"), CASES, ids=[f"{name}: {kind}" for name, kind, _, _ in CASES]
)
def test_each_field_takes_what_fits_and_refuses_every_other_type_by_its_path(name, kind, value, request_):
    if kind in FITTING[name]:
        parameters, warnings = structure_parameters(Everything, request_)
        assert warnings == ()
        assert name == "colour" or value is None or getattr(parameters, name) == value
        return
    with pytest.raises(InvalidRequest) as refused:
        structure_parameters(Everything, request_)
    assert refused.value.details["path"].startswith(f"parameters.{name}")
    assert len(refused.value.message) < 200


def test_nothing_is_turned_into_something_else():
    parameters, _ = structure(Everything, {**GOOD, "size": 2}, "")

    assert (type(parameters.count), type(parameters.size), type(parameters.flag)) == (int, float, bool)
    assert parameters.colour is Colour.RED
    assert parameters.point == Point(1, 0)
    assert parameters.points == [Point(1, 2)]


@pytest.mark.parametrize("name", list(GOOD))
def test_a_missing_field_is_named(name):
    fields = {key: value for key, value in GOOD.items() if key != name}

    with pytest.raises(InvalidRequest, match=f"`parameters.{name}` is missing"):
        structure_parameters(Everything, Request("1", "any", fields))


DEEP = {
    "point.x": {"point": {"x": "1"}},
    "points[1].y": {"points": [{"x": 1}, {"x": 1, "y": True}]},
    "names[2]": {"names": ["a", "b", 3]},
    "steps[1]": {"steps": ["a", 1.0]},
    "state.a[1].b": {"state": {"a": [1, {"b": 2**64}]}},
    "rows[0]": {"rows": [[]]},
    "rows[0].n": {"rows": [{"n": -(2**63) - 1}]},
    "maybe_names[0]": {"maybe_names": [None]},
    "anything[0]": {"anything": [2**70]},
}


@pytest.mark.parametrize(("path", "fields"), DEEP.items(), ids=DEEP)
def test_a_fault_deep_inside_is_named_by_its_whole_path(path, fields):
    with pytest.raises(InvalidRequest) as refused:
        structure(Everything, {**GOOD, **fields}, "p.")

    assert refused.value.details["path"] == f"p.{path}"


def test_a_missing_field_deep_inside_is_named():
    with pytest.raises(InvalidRequest, match=r"`points\[0\]\.x` is missing"):
        structure(Everything, {**GOOD, "points": [{}]}, "")


def test_the_message_says_what_is_expected_what_came_and_quotes_little_of_it():
    with pytest.raises(InvalidRequest) as refused:
        structure(Everything, {**GOOD, "maybe_count": "x" * 1_000_000}, "")

    assert refused.value.message == f"`maybe_count` must be an integer or null, not the text '{'x' * 64}'…."


def test_a_choice_names_the_choices():
    with pytest.raises(InvalidRequest, match="one of 'Execute', 'Display'"):
        structure(Everything, {**GOOD, "mode": "display"}, "")


def test_control_characters_of_the_input_are_escaped_in_the_message():
    with pytest.raises(InvalidRequest) as refused:
        structure(Everything, {**GOOD, "count": "\x1b[31m\n"}, "")

    assert "\x1b" not in refused.value.message
    assert "\n" not in refused.value.message


def test_unknown_fields_are_ignored_and_named():
    parameters, warnings = structure(Everything, {**GOOD, "timout": 5, "__class__": {}}, "parameters.")

    assert parameters == structure(Everything, GOOD, "")[0]
    assert warnings == (
        "`parameters.timout` is unknown and was ignored",
        "`parameters.__class__` is unknown and was ignored",
    )


def test_many_and_long_unknown_fields_are_named_in_few_words():
    _, warnings = structure(Everything, {**GOOD, **{f"k{n}" + "x" * 1000: 1 for n in range(65_000)}}, "")

    assert len(warnings) == 17
    assert warnings[-1] == "64984 more unknown fields were ignored"
    assert sum(map(len, warnings)) < 3000


@pytest.mark.parametrize("dialect", BOTH)
def test_paths_and_warnings_are_spelt_as_the_dialect_has_them(dialect):
    prefix = {Dialect.COMMAND: "parameters.", Dialect.ENVELOPE: "payload.data.params."}[dialect]
    good = CODEC.decode(request_bytes(dialect, "1", {"x": 1, "z": 1}))
    bad = CODEC.decode(request_bytes(dialect, "1", {"x": "1"}))

    assert structure_parameters(Point, good)[1] == (f"`{prefix}z` is unknown and was ignored",)
    with pytest.raises(InvalidRequest) as refused:
        structure_parameters(Point, bad)
    assert refused.value.details["path"] == f"{prefix}x"


@frozen
class Owned:
    client_id: str | None = field(default=None, kw_only=True)
    name: str = ""


@pytest.mark.parametrize("dialect", BOTH)
def test_a_class_that_declares_a_common_field_is_given_it(dialect):
    request = CODEC.decode(request_bytes(dialect, "1", {"client_id": "ada", "session_id": "s"}))

    assert structure_parameters(Owned, request) == (Owned(client_id="ada"), ())
