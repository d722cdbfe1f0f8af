"""What the reader takes, and what it refuses."""

from fractions import Fraction
from math import inf, isnan

import pytest

from stui_actors import ston
from stui_actors.errors import InvalidRequest
from stui_actors.ston import Association, ScaledDecimal, StonKey, StonObject, StonSymbol

NESTED = 200_000


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("nil", None),
        ("true", True),
        ("false", False),
        ("null", None),
        ("42", 42),
        ("-7", -7),
        ("1.5", 1.5),
        ("-2.5e-3", -0.0025),
        ("1e3", 1000.0),
        ("1/3", Fraction(1, 3)),
        ("-2/4", Fraction(-1, 2)),
        ("3.14s2", ScaledDecimal(Fraction(314, 100), 2)),
        ("1/3s2", ScaledDecimal(Fraction(1, 3), 2)),
        ("7s2", ScaledDecimal(Fraction(7), 2)),
        ("Float[#infinity]", inf),
        ("Float [ #negativeInfinity ]", -inf),
        ("'a b'", "a b"),
        ('"a\'b"', "a'b"),
        (r"'it\'s \"x\" \\ \/ \b\f\n\r\t'", 'it\'s "x" \\ / \b\f\n\r\t'),
        (r"'\u00e9\uD83D\uDE00'", "é😀"),
        ("#at", StonSymbol("at")),
        ("#'at:put:'", StonSymbol("at:put:")),
        ("#Foo.bar/baz-1", StonSymbol("Foo.bar/baz-1")),
        ("[]", []),
        ("[ 1 , [ 2 ] ]", [1, [2]]),
        ("{}", {}),
        ("{'a':1,#b:[2]}", {"a": 1, StonSymbol("b"): [2]}),
        ("/* a */ [ // b\n 1 /***/ , /* * / */ 2 ] // c", [1, 2]),
    ],
)
def test_a_text_reads_as_its_value(text: str, value: object) -> None:
    found = ston.read(text)
    assert found == value
    assert type(found) is type(value)


def test_not_a_number_is_a_float() -> None:
    found = ston.read("Float[#nan]")
    assert isinstance(found, float)
    assert isnan(found)


def test_an_object_has_its_class_and_its_fields_or_elements() -> None:
    found = ston.read("Point { #x : 1, #y : Set [ 2 ] }")
    assert isinstance(found, StonObject)
    assert found.class_name == "Point"
    assert isinstance(found.content, dict)
    assert found.content[StonSymbol("x")] == 1
    inner = found.content[StonSymbol("y")]
    assert isinstance(inner, StonObject)
    assert (inner.class_name, inner.content) == ("Set", [2])


@pytest.mark.parametrize("text", ["#a:1", "#a -> 1", "#a->1"])
def test_an_association_is_read_in_either_spelling(text: str) -> None:
    found = ston.read(text)
    assert isinstance(found, Association)
    assert (found.key, found.value) == (StonSymbol("a"), 1)


def test_associations_nest_to_the_right_also_as_values_of_a_dictionary() -> None:
    found = ston.read("[{1:2:3:4}]")
    assert isinstance(found, list)
    association = found[0][1]
    assert (association.key, association.value.key, association.value.value) == (2, 3, 4)


def test_a_reference_counts_what_opened_and_may_lead_to_what_is_still_open() -> None:
    found = ston.read("[Foo{#a:[],#me:@2},@3,@1]")
    assert isinstance(found, list)
    foo, inner, root = found
    assert root is found
    assert foo.content[StonSymbol("me")] is foo
    assert inner is foo.content[StonSymbol("a")]


def test_a_float_that_is_spelt_as_an_object_counts_as_one() -> None:
    found = ston.read("[Float[#infinity],[],@3,@2]")
    assert isinstance(found, list)
    assert found[2] is found[1]
    assert found[3] == inf


def test_keys_that_python_would_mistake_for_each_other_stay_apart() -> None:
    found = ston.read("{1:'integer',true:'boolean',1.0:'float',1/1:'fraction',#a:'symbol','a':'string'}")
    assert isinstance(found, dict)
    assert found[1] == "integer"
    assert found[StonKey(True)] == "boolean"
    assert found[StonKey(1.0)] == "float"
    assert found[StonKey(Fraction(1))] == "fraction"
    assert (found["a"], found[StonSymbol("a")]) == ("string", "symbol")


def test_arrays_are_keys_by_identity() -> None:
    found = ston.read("{[]:1,[]:2,@2:3}")
    assert isinstance(found, dict)
    assert list(found.values()) == [3, 2]


def test_an_integer_has_any_number_of_digits() -> None:
    found = ston.read("9" * 300_000)
    assert found == 10**300_000 - 1


@pytest.mark.parametrize("digits", [1, 18, 19, 20, 40])
@pytest.mark.parametrize("sign", ["", "-"])
def test_short_and_long_integers_are_read_alike(sign: str, digits: int) -> None:
    assert ston.read(f"[{sign}{'7' * digits},{sign}0{'7' * digits}]") == [int(f"{sign}{'7' * digits}")] * 2


@pytest.mark.parametrize(
    ("text", "position"),
    [
        ("{'a':1,'b',2}", 11),
        ("[,]", 2),
        ("{,}", 2),
        ("{:1}", 2),
        ("{1:2,,}", 6),
        ("", 1),
        ("  // x", 7),
        ("[", 2),
        ("]", 1),
        ("[1", 3),
        ("[1,]", 4),
        ("[1 2]", 4),
        ("[1}", 3),
        ("{1}", 3),
        ("{1,2}", 3),
        ("{1:}", 4),
        ("{'a':1,}", 8),
        ("1 2", 3),
        ("foo", 1),
        ("Foo", 4),
        ("Foo 1", 5),
        ("'a", 1),
        ("[1,'a\\x']", 4),
        ("'\\u12'", 1),
        ("#", 1),
        ("@", 1),
        ("@1", 1),
        ("[@2]", 2),
        ("[@0]", 2),
        ("-", 1),
        ("1/0", 1),
        ("1e999", 1),
        ("[" + "9" * 400_001 + "]", 2),
        ("@" + "9" * 5_000, 1),
        ("/* open", 1),
        ("1:", 3),
        (":1", 1),
        ("Association{#key:1}", 19),
        ("'a\\'", 1),
        ("#'a\\'", 1),
        ("#€", 1),
        ("@:", 1),
        ("1 €", 3),
        ("[1]€", 4),
        ("\ufeff1", 1),
        ("[1,\x00]", 4),
    ],
)
def test_what_is_no_ston_is_refused_with_its_position(text: str, position: int) -> None:
    with pytest.raises(ston.StonError) as caught:
        ston.read(text)
    assert caught.value.position == position
    assert caught.value.error_type == InvalidRequest.error_type


def test_an_error_repeats_little_of_the_text() -> None:
    with pytest.raises(ston.StonError) as caught:
        ston.read("[1," + "€" * 1000)
    assert len(caught.value.message) < 200


@pytest.mark.parametrize(
    "text", ["[" * NESTED, "{1:" * NESTED, "A[" * NESTED, "1:" * NESTED, "'\\'" * NESTED, "/*" * NESTED]
)
def test_many_openings_without_an_end_are_refused(text: str) -> None:
    with pytest.raises(ston.StonError):
        ston.read(text)


def test_a_thousand_levels_of_each_kind_are_read() -> None:
    depth = 1000
    for opener, closer in (("[", "]"), ("{1:", "}"), ("A[", "]"), ("A{#b:", "}"), ("[1:", "]")):
        text = opener * depth + "7" + closer * depth
        assert ston.write(ston.read(text)) == text
