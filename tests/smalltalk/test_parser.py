import sys

import pytest
from hypothesis import given, strategies

from stui_actors.errors import ParseError
from stui_actors.smalltalk.nodes import (
    Assignment,
    Block,
    BraceArray,
    Cascade,
    Literal,
    LiteralKind,
    Message,
    Node,
    Return,
    Variable,
)
from stui_actors.smalltalk.parser import parse_do_it, parse_method, parse_selector


def outline(node: Node | None) -> object:
    """A tree without places: names and numbers as they are, messages as (selector, receiver, arguments...)."""
    match node:
        case None:
            return "receiver"
        case Literal(kind=LiteralKind.ARRAY, value=elements):
            return [outline(each) for each in elements]
        case Literal(kind=LiteralKind.SYMBOL, value=value):
            return f"#{value}"
        case Literal(kind=LiteralKind.STRING, value=value):
            return f"'{value}'"
        case Literal(value=value):
            return value
        case Variable(name=name):
            return name
        case Assignment(variable=variable, value=value):
            return (":=", variable.name, outline(value))
        case Message(receiver=receiver, selector=selector, arguments=arguments):
            return (selector, outline(receiver), *map(outline, arguments))
        case Cascade(receiver=receiver, messages=messages):
            return (";", outline(receiver), *map(outline, messages))
        case Return(value=value):
            return ("^", outline(value))
        case BraceArray(elements=elements):
            return ("{}", *map(outline, elements))
        case Block(parameters=parameters, temporaries=temporaries, statements=statements):
            names = [each.name for each in parameters], [each.name for each in temporaries]
            return ("[]", *names, *map(outline, statements))
    raise AssertionError(node)


def shape(source: str) -> object:
    statements = parse_do_it(source).statements
    return outline(statements[0]) if len(statements) == 1 else tuple(map(outline, statements))


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("1 + 2 * 3", ("*", ("+", 1, 2), 3)),
        ("a foo bar: b baz + c quux", ("bar:", ("foo", "a"), ("+", ("baz", "b"), ("quux", "c")))),
        ("a at: 1 put: 2", ("at:put:", "a", 1, 2)),
        ("x := y := 3", (":=", "x", (":=", "y", 3))),
        ("3-4", ("-", 3, 4)),
        ("3 -4", ("-", 3, 4)),
        ("3 - -4", ("-", 3, -4)),
        ("3--4", ("-", 3, -4)),
        ("-2 abs", ("abs", -2)),
        ("5 -2 abs", ("-", 5, ("abs", 2))),
        ("a-1 foo: -1", ("foo:", ("-", "a", 1), -1)),
        ("a >>> b | c & d", ("&", ("|", (">>>", "a", "b"), "c"), "d")),
        ("a , b -> c ==> d", ("==>", ("->", (",", "a", "b"), "c"), "d")),
        (
            "a foo; + 1; bar: 2; -3",
            (";", "a", ("foo", "receiver"), ("+", "receiver", 1), ("bar:", "receiver", 2), ("-", "receiver", 3)),
        ),
        ("a foo bar; baz", (";", ("foo", "a"), ("bar", "receiver"), ("baz", "receiver"))),
        ("(a foo; bar) baz", ("baz", (";", "a", ("foo", "receiver"), ("bar", "receiver")))),
        ("^ a. b", (("^", "a"), "b")),
        ("a.. b.", ("a", "b")),
        ("Foo.Bar", ("Foo", "Bar")),
        ("[]", ("[]", [], [])),
        ("[:a]", ("[]", ["a"], [])),
        ("[ :a :b | | t | a ]", ("[]", ["a", "b"], ["t"], "a")),
        ("[:a||t|t]", ("[]", ["a"], ["t"], "t")),
        ("[||3]", ("[]", [], [], 3)),
        ("[:x|-1]", ("[]", ["x"], [], -1)),
        ("{}", ("{}",)),
        ("{1. 2+3. {}.}", ("{}", 1, ("+", 2, 3), ("{}",))),
        ("thisContext sender", ("sender", "thisContext")),
        (
            "#(foo bar: #baz nil true $a 'x' (1 2) #(3) #[1] [2] + at:put: x:y #'a b' -1 false)",
            [
                "#foo",
                "#bar:",
                "#baz",
                None,
                True,
                97,
                "'x'",
                [1, 2],
                [3],
                b"\x01",
                b"\x02",
                "#+",
                "#at:put:",
                "#x:y",
                "#a b",
                -1,
                False,
            ],
        ),
        ("#at:put:", "#at:put:"),
        ("#->", "#->"),
        ("##foo", "#foo"),
        ("$ ", 32),
        ("$'", 39),
        ("'it''s'", "'it's'"),
        ('"only a comment"', ()),
        ("", ()),
    ],
)
def test_expressions_bind_as_pharo_binds_them(source: str, expected: object) -> None:
    assert shape(source) == expected


def test_a_do_it_declares_temporaries_before_its_statements() -> None:
    program = parse_do_it("| a b | a := b. ^ a")

    assert [each.name for each in program.temporaries] == ["a", "b"]
    assert len(program.statements) == 2


def test_places_cover_the_text_of_each_part() -> None:
    source = "  foo := (a bar: 3) baz: [ :x | x ]; quux"
    assignment = parse_do_it(source).statements[0]
    assert isinstance(assignment, Assignment)
    cascade = assignment.value
    assert isinstance(cascade, Cascade)
    block = cascade.messages[0].arguments[0]

    assert source[assignment.start : assignment.stop] == source.strip()
    assert source[cascade.start : cascade.stop] == "(a bar: 3) baz: [ :x | x ]; quux"
    assert source[cascade.receiver.start : cascade.receiver.stop] == "a bar: 3"
    assert source[block.start : block.stop] == "[ :x | x ]"
    assert [source[each.selector_start :][:4] for each in cascade.messages] == ["baz:", "quux"]


def test_a_method_has_pattern_comment_pragmas_temporaries_and_body() -> None:
    method = parse_method(
        "at: key put: value\n\t\"Store it. 'Quoted' too.\"\n\t<primitive: #'Foo.at' module: 'x'> <script>\n"
        "| old |\n<other: #(1 two)>\n^ old"
    )

    assert method.selector == "at:put:"
    assert [each.name for each in method.parameters] == ["key", "value"]
    assert method.comment == "Store it. 'Quoted' too."
    assert [(each.selector, [outline(one) for one in each.arguments]) for each in method.pragmas] == [
        ("primitive:module:", ["#Foo.at", "'x'"]),
        ("script", []),
        ("other:", [[1, "#two"]]),
    ]
    assert [each.name for each in method.temporaries] == ["old"]
    assert outline(method.statements[0]) == ("^", "old")


def test_a_comment_after_statements_counts_and_one_inside_a_string_does_not() -> None:
    assert parse_method('foo ^ \'a "no" b\' size "yes"').comment == "yes"
    assert parse_method("foo ^ 'a \"no\" b'").comment is None


@pytest.mark.parametrize(
    ("source", "selector"),
    [
        ("foo", "foo"),
        ("+ x", "+"),
        ("==> x ^ 3", "==>"),
        ('at: x "c" put: y ^ 3', "at:put:"),
        ("| x ^ x", "|"),
        ("- x", "-"),
    ],
)
def test_a_selector_is_read_from_the_pattern(source: str, selector: str) -> None:
    assert parse_selector(source) == selector
    assert parse_method(source).selector == selector


@pytest.mark.parametrize(
    ("source", "message", "line", "column"),
    [
        ("3 4", "End of statement expected", 1, 3),
        ("1.\n2 3", "End of statement expected", 2, 3),
        ("1.\r\n2.\r3 4", "End of statement expected", 3, 3),
        ("(3", "')' expected", 1, 3),
        ("[3", "']' expected", 1, 3),
        ("[3)", "']' expected", 1, 3),
        ("{3", "'}' expected", 1, 3),
        ("#(1", "')' expected", 1, 4),
        ("#[1", "']' expected", 1, 4),
        ("#[256]", "8-bit integer expected", 1, 3),
        ("#[a]", "8-bit integer expected", 1, 3),
        ("#(1 {2})", "Literal constant expected", 1, 5),
        ("3)", "Missing opener for closer: )", 1, 2),
        ("3 ]", "Missing opener for closer: ]", 1, 3),
        ("3 +", "Variable or expression expected", 1, 4),
        ("x :=", "Variable or expression expected", 1, 5),
        ("^", "Variable or expression expected", 1, 2),
        ("foo: 3", "Variable or expression expected", 1, 1),
        ("x foo:bar: 3", "Variable or expression expected", 1, 7),
        ("()", "Variable or expression expected", 1, 2),
        ("3; foo", "Message expected", 1, 2),
        ("(3 foo); bar", "Message expected", 1, 8),
        ("3 foo; ", "Cascade message expected", 1, 8),
        ("| a 3 |", "'|' or variable expected", 1, 5),
        ("| self |", "'|' or variable expected", 1, 3),
        ("[:a 3]", "'|' or parameter expected", 1, 5),
        ("[: ]", "Variable name expected", 1, 4),
        ("true := 3", "Assignment to read-only variable", 1, 1),
        ("2r3", "A digit of the radix expected", 1, 1),
        ("1e99999999999", "Number too large", 1, 1),
    ],
)
def test_errors_have_pharos_texts_and_places(source: str, message: str, line: int, column: int) -> None:
    with pytest.raises(ParseError) as caught:
        parse_do_it(source)

    details = caught.value.details
    assert (caught.value.message, details["line"], details["column"]) == (message, line, column)
    assert details["caret"] == f"{details['source_line']}\n{' ' * (column - 1)}^"


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("3 foo", "Message pattern expected"),
        ("", "Message pattern expected"),
        ("at: 3", "Variable name expected"),
        ("foo <bar", "'>' expected"),
        ("foo <bar: baz>", "Literal constant expected"),
        ("foo ^ 3 ]", "Missing opener for closer: ]"),
    ],
)
def test_errors_in_methods_have_pharos_texts(source: str, message: str) -> None:
    with pytest.raises(ParseError) as caught:
        parse_method(source)

    assert caught.value.message == message


def test_an_error_quotes_at_most_64_characters_and_points_into_them() -> None:
    with pytest.raises(ParseError) as caught:
        parse_do_it("x " * 500 + "; 3" + " y" * 500)

    details = caught.value.details
    caret = str(details["caret"]).split("\n")
    assert len(str(details["source_line"])) == 64
    assert str(details["source_line"])[len(caret[1]) - 1] == "3"


@pytest.mark.parametrize("pair", ["()", "[]", "{}", ("#(", ")")])
def test_nesting_is_bounded_without_recursion_trouble(pair: tuple[str, str]) -> None:
    opener, closer = pair
    before = sys.getrecursionlimit()

    parse_do_it(opener * 500 + "3" + closer * 500)
    with pytest.raises(ParseError, match="Nesting deeper than 500"):
        parse_do_it(opener * 501 + "3" + closer * 501)
    with pytest.raises(ParseError):
        parse_do_it(opener * 100_000)
    with pytest.raises(ParseError, match="Nesting deeper than 7"):
        parse_do_it(opener * 8 + "3" + closer * 8, max_nesting=7)

    assert sys.getrecursionlimit() == before


@pytest.mark.parametrize(
    "source",
    [
        "x foo" + "; bar: 3" * 10_000,
        "x := " * 10_000 + "3",
        "{" + "1. " * 10_000 + "}",
        "#(" + "$a " * 10_000 + ")",
        "16r" + "F" * 100_000,
    ],
    ids=["cascade", "assignments", "brace", "array", "radix"],
)
def test_long_programs_parse(source: str) -> None:
    parse_do_it(source)


@pytest.mark.parametrize(
    "source",
    [
        "'" * 100_001,
        '"a" ' * 30_000 + '"',
        "#" * 100_000,
        "[" * 100_000,
        "|" * 100_000,
        "16r" + "F" * 10**6,
        "1e300000." * 10_000,
    ],
    ids=["quotes", "comments", "hashes", "blocks", "bars", "digits", "exponents"],
)
def test_hostile_programs_are_refused(source: str) -> None:
    with pytest.raises(ParseError):
        parse_do_it(source)


FRAGMENTS = strategies.sampled_from("x foo: 3 -4 's' #a #( ( ) [ ] { } : := | || . ; ^ + $a < > nil".split())  # noqa: SIM905


@given(strategies.lists(FRAGMENTS, max_size=30))
def test_any_mixture_of_tokens_parses_or_is_a_parse_error(parts: list[str]) -> None:
    source = " ".join(parts)
    for parse in (parse_do_it, parse_method):
        place = 1
        try:
            parse(source)
        except ParseError as error:
            place = int(str(error.details["position"]))
        assert 1 <= place <= len(source) + 1


@pytest.mark.parametrize(("digits", "more"), [(10, 0), (5000, 2)])
def test_the_parser_pauses_before_each_long_number(digits, more):
    pauses = []
    parse_do_it("1 + 2 + 3", pause=lambda: pauses.append("usual"))
    usual = len(pauses)
    parse_do_it(f"{'1' * digits} + {'2' * digits} + 3", pause=lambda: pauses.append("long"))

    assert len(pauses) == 2 * usual + more
