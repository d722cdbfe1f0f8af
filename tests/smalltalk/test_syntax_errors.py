"""Syntax errors: where they are, in Pharo's words, found in time that grows with the source and no faster."""

import sys
from collections.abc import Callable

import pytest

from stui_actors.errors import ParseError
from stui_actors.smalltalk.parser import parse_do_it, parse_method

from .bench import Bench

MEGABYTE = 1_000_000  # characters: as long as a source may be
LINEAR = 2.3  # times the work for twice the source
DEEP = 10_000

SHAPES: dict[str, Callable[[int], str]] = {
    "statements": lambda size: "x := 3 + 4. " * (size // 12) + ")",
    "lines": lambda size: "x\n" * (size // 2) + ")",
    "a chain of messages": lambda size: "x" + " foo" * (size // 4) + " )",
    "a cascade": lambda size: "x foo" + "; bar: 3" * (size // 8) + ";",
    "keywords": lambda size: "x " + "a: 3 " * (size // 5) + ")",
    "assignments": lambda size: "x := " * (size // 5),
    "an array": lambda size: "#(" + "$a 'b' #c " * (size // 10),
    "bytes": lambda size: "#[" + "12 " * (size // 3) + "256]",
    "braces": lambda size: "{" + "1. " * (size // 3),
    "blocks beside each other": lambda size: "[ :a | a ]. " * (size // 12) + "]",
    "temporaries": lambda size: "| " + "a " * (size // 2) + "3",
    "parameters": lambda size: "[ " + ":a " * (size // 3) + "3",
    "quotes": lambda size: "'" * (size // 2 * 2 + 1),
    "comments": lambda size: '"a" ' * (size // 4) + '"',
    "hashes": lambda size: "#" * size,
    "one string": lambda size: "'" + "a" * size,
    "one name": lambda size: "a" * size + " )",
    "one operator": lambda size: "3 " + "+" * size,
    "digits": lambda size: "9" * size,
    "digits of a radix": lambda size: "16r" + "F" * size + "G",
    "dots": lambda size: "." * size + ")",
    "colons": lambda size: ":" * size,
    "carets": lambda size: "^" * size,
    "semicolons": lambda size: ";" * size,
    "bars": lambda size: "|" * size,
    "opening brackets": lambda size: "([{" * (size // 3),
    "closing brackets": lambda size: ")]}" * (size // 3),
    "pragmas": lambda size: "<a: 1> " * (size // 7),
    "radixes": lambda size: "2r" * (size // 2),
    "exponents": lambda size: "1e1" * (size // 3) + " )",
    "characters": lambda size: "$" * (size // 2 * 2 + 1),
    "minus signs": lambda size: "3 " + "- " * (size // 2),
}


def calls_of(source: str) -> int:
    """How many functions, Python's and C's, are called until the error is found."""
    count = 0

    def counted(frame: object, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        parse_do_it(source)
    except ParseError:
        pass
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_source_is_at_most_twice_the_work(shape):
    once, twice = (calls_of(SHAPES[shape](size)) for size in (6_000, 12_000))

    assert twice <= LINEAR * once + 50


@pytest.mark.long
@pytest.mark.parametrize("shape", SHAPES)
def test_a_megabyte_of_anything_is_refused_with_its_place(shape):
    refused_with_its_place(SHAPES[shape](MEGABYTE))


@pytest.mark.parametrize("shape", ["one string", "hashes", "one operator", "digits", "digits of a radix", "quotes"])
def test_a_megabyte_that_is_read_quickly_is_refused_with_its_place(shape):
    refused_with_its_place(SHAPES[shape](MEGABYTE))


def refused_with_its_place(source: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_do_it(source)

    details = caught.value.details
    shown, caret = str(details["caret"]).split("\n")
    line, column, position = (int(str(details[name])) for name in ("line", "column", "position"))
    begin = 0
    for _ in range(line - 1):
        begin = source.index("\n", begin) + 1
    assert begin + column == position
    assert shown == details["source_line"]
    assert len(shown) <= 64
    assert len(caret) <= len(shown) + 1
    assert source[begin:].startswith(shown[: len(caret) - 1]) or len(shown) == 64


@pytest.mark.parametrize("parse", [parse_do_it, lambda source: parse_method("foo " + source)], ids=["do-it", "method"])
@pytest.mark.parametrize(
    ("opener", "closer"), ["()", "[]", "{}", ("#(", ")"), ("#(", ""), ("[ :a | ", "]"), ("(x ", ")")]
)
def test_ten_thousand_levels_are_refused_in_words(parse, opener, closer):
    before = sys.getrecursionlimit()

    with pytest.raises(ParseError, match=r"Nesting deeper than 500|expected"):
        parse(opener * DEEP + "3" + closer * DEEP)

    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize(
    "source",
    ["[" * DEEP, "(" * DEEP + "3" + ")" * DEEP, "x := " * DEEP + "3", "x" + " foo" * 15_000, "^ " * DEEP + "3"],
    ids=["blocks", "parentheses", "assignments", "a chain", "returns"],
)
def test_an_image_that_was_given_what_is_too_deep_goes_on(source, bench):
    try:
        error = bench.run(source).outcome.error
    except ParseError as raised:
        error = raised

    assert error is None or error.error_type in ("ParseError", "EvaluationError", "ResourceExhausted")
    assert bench.print("3 + 4") == "7"


@pytest.mark.parametrize(
    ("source", "column"),
    [("x := 3. Object := 4", 9), ("[ :a | a := 3 ] value: 2", 8), ("x := 3. Smalltalk := 4", 9)],
)
def test_what_only_the_compiler_sees_is_told_in_the_same_form(source, column, bench):
    with pytest.raises(ParseError) as caught:
        bench.image.start(source)

    assert caught.value.message == "Assignment to read-only variable"
    assert caught.value.details["column"] == column
    assert caught.value.details["caret"] == f"{source}\n{' ' * (column - 1)}^"
    assert "x" not in bench.image.variables


def test_a_late_error_in_a_megabyte_lets_others_run_and_changes_nothing(shared_library):
    bench = Bench(shared_library, ticks=10)

    process = bench.run("x := 3 + 4. " * 4_000 + "x := (")

    assert isinstance(process.outcome.error, ParseError)
    assert "x" not in bench.image.variables
