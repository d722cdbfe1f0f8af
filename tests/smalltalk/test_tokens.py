from math import inf

import pytest
from hypothesis import given, strategies

from stui_actors.errors import ParseError
from stui_actors.smalltalk.nodes import LiteralKind
from stui_actors.smalltalk.numerals import MalformedNumberError, NumberTooLargeError, integer_of, read_number
from stui_actors.smalltalk.parser import parse_do_it
from stui_actors.smalltalk.tokens import BATCH, END, Token, batches


def tokenize(source: str) -> list[Token]:
    return [token for batch in batches(source) for token in batch]


def texts(source: str) -> list[str]:
    return [text for kind, text, _ in tokenize(source) if kind != END]


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("x:=3", ["x", ":=", "3"]),
        ("at:3put:4", ["at:", "3", "put:", "4"]),
        ("a->b", ["a", "->", "b"]),
        ("a ==> b", ["a", "==>", "b"]),
        ("3--4", ["3", "-", "-4"]),
        ("3+-4", ["3", "+", "-4"]),
        ("$ 'it''s'#+ #'x y' #at:put:", ["$ ", "'it''s'", "#+", "#'x y'", "#at:put:"]),
        ("#(1)#[2]{3}", ["#(", "1", ")", "#[", "2", "]", "{", "3", "}"]),
        ('a "one" "two" b', ["a", "b"]),
        ("16rFF 2r1e4 1.5e10 3.14s2 3s 1e-3", ["16rFF", "2r1e4", "1.5e10", "3.14s2", "3s", "1e-3"]),
        ("3sin 3even 3.foo", ["3", "sin", "3", "even", "3", ".", "foo"]),
        ("Foo.Bar", ["Foo", ".", "Bar"]),
        ("été := ÿ", ["été", ":=", "ÿ"]),
    ],
)
def test_source_is_cut_where_pharo_cuts_it(source: str, expected: list[str]) -> None:
    assert texts(source) == expected


def test_places_are_offsets_into_the_source() -> None:
    source = ' foo "x" bar: 3'

    assert [source[start : start + len(text)] for _, text, start in tokenize(source)] == ["foo", "bar:", "3", ""]


@pytest.mark.parametrize(
    ("text", "kind", "value"),
    [
        ("16rFF", LiteralKind.INTEGER, 255),
        ("-16rFF", LiteralKind.INTEGER, -255),
        ("16r-FF", LiteralKind.INTEGER, -255),
        ("16rff", LiteralKind.INTEGER, 255),
        ("36rZZ", LiteralKind.INTEGER, 1295),
        ("2r1e4", LiteralKind.INTEGER, 16),
        ("1e10", LiteralKind.INTEGER, 10**10),
        ("100e-1", LiteralKind.INTEGER, 10),
        ("1e-3", LiteralKind.FRACTION, (1, 1000)),
        ("1.5e10", LiteralKind.FLOAT, 1.5e10),
        ("1.5d2", LiteralKind.FLOAT, 150.0),
        ("-0.0", LiteralKind.FLOAT, -0.0),
        ("1.0e999999999999", LiteralKind.FLOAT, inf),
        ("16r1.8", LiteralKind.FLOAT, 1.5),
        ("2r1.1e1000000", LiteralKind.FLOAT, inf),
        ("3.14s2", LiteralKind.SCALED, (157, 50, 2)),
        ("3.140s", LiteralKind.SCALED, (157, 50, 3)),
        ("-3s2", LiteralKind.SCALED, (-3, 1, 2)),
        ("0e999999999999", LiteralKind.INTEGER, 0),
    ],
)
def test_numbers_have_pharos_values(text: str, kind: LiteralKind, value: object) -> None:
    assert texts(text) == [text]
    assert read_number(text) == (kind, value)
    assert type(read_number(text)[1]) is type(value)


@pytest.mark.parametrize("text", ["1e1000000000", "9" * 400_000, "3s99999", "16r" + "F" * 300_000])
def test_a_number_beyond_its_bits_is_refused_before_it_is_computed(text: str) -> None:
    with pytest.raises(NumberTooLargeError):
        read_number(text)


@pytest.mark.parametrize("text", ["2r3", "1r0", "37r1", "0r1", "99999999r1"])
def test_a_digit_beyond_the_radix_is_refused(text: str) -> None:
    with pytest.raises(MalformedNumberError):
        read_number(text)


@given(strategies.integers(0, 10**9000), strategies.sampled_from([10, 16]))
def test_long_numbers_are_read_as_python_reads_short_ones(value: int, base: int) -> None:
    digits = f"{value:x}" if base == 16 else decimal(value)

    assert integer_of(digits, base) == value


def decimal(value: int) -> str:
    head, tail = divmod(value, 10**4000)
    return f"{decimal(head)}{tail:04000}" if head else str(tail)


@pytest.mark.parametrize(
    ("source", "message", "position"),
    [
        ("3 + 'abc", "Unmatched ' in string literal.", 5),
        ('3 "abc', 'Unmatched " in comment.', 3),
        ("#'abc", "Unmatched ' in string literal.", 2),
        ("3 $", "Character expected", 3),
        ("# foo", "Literal expected", 1),
        ("3 ` 4", "Variable or expression expected", 3),
    ],
)
def test_what_begins_no_token_is_an_error_at_its_place(source: str, message: str, position: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_do_it(source)

    assert (caught.value.message, caught.value.details["position"]) == (message, position)


@pytest.mark.parametrize("source", ["3 4 'abc", '(1. 2 "abc', "3 ] $"])
def test_an_error_before_it_comes_first(source: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_do_it(source)

    assert int(str(caught.value.details["position"])) < len(source)
    assert "Unmatched" not in caught.value.message


def test_what_follows_an_error_is_not_cut() -> None:
    source = "3 4 " + "x " * 100_000
    cut = batches(source)

    assert len(next(cut)) == BATCH
    with pytest.raises(ParseError, match="End of statement expected"):
        parse_do_it(source)


@given(strategies.text(max_size=60))
def test_any_text_is_tokens(source: str) -> None:
    tokens = tokenize(source)

    assert tokens[-1][0] == END
    assert all(source.startswith(text, start) for _, text, start in tokens)
