from pathlib import Path

import pytest
from hypothesis import given, strategies

import stui_actors.smalltalk
from stui_actors.errors import ParseError
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.parser import parse_method
from stui_actors.smalltalk.tonel import read_class_file, split_pattern, write_class_file

LIBRARY = Path(stui_actors.smalltalk.__file__).parent / "library"

COUNTER = """"
I count. ""Quoted"".

Second line.
"
Class {
	#name : #Counter,
	#superclass : #Object,
	#instVars : [
		'count',
		'step'
	],
	#classVars : [ 'Total' ],
	#classInstVars : [ 'default' ],
	#category : #'Demo-Counting'
}

{ #category : #'instance creation' }
Counter class >> from: aNumber [

	^ self new count: aNumber; yourself
]

{
	#category : #accessing
}
Counter >> count: aNumber [
	"A bracket ] and a quote ' in a comment"
	count := aNumber.
	text := 'a ] in a string'' and "more"'.
	mark := { $]. $[. $'. $". #']' }.
	^ [ :x | #( [1 2] ) at: x ]
]

Counter >> + other [ ^ self ]
"""


def test_a_class_is_read_with_its_header_and_methods() -> None:
    definition = read_class_file(COUNTER)

    assert (definition.name, definition.superclass, definition.kind) == ("Counter", "Object", "class")
    assert definition.comment == 'I count. "Quoted".\n\nSecond line.'
    assert definition.instance_variables == ("count", "step")
    assert definition.class_variables == ("Total",)
    assert definition.class_instance_variables == ("default",)
    assert definition.category == "Demo-Counting"
    assert [(each.is_class_side, each.selector, each.category, each.line) for each in definition.methods] == [
        (True, "from:", "instance creation", 19),
        (False, "count:", "accessing", 27),
        (False, "+", "", 35),
    ]


def test_bodies_end_at_their_own_bracket() -> None:
    methods = read_class_file(COUNTER).methods

    assert methods[0].source == "from: aNumber\n\n\t^ self new count: aNumber; yourself"
    assert methods[1].source.endswith("^ [ :x | #( [1 2] ) at: x ]")
    assert [parse_method(each.source).selector for each in methods] == ["from:", "count:", "+"]


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        (
            "Class { #name : 'Foo', #superclass : 'Bar', #package : 'P', #tag : 'T' }",
            ClassDefinition(name="Foo", superclass="Bar", package="P", tag="T"),
        ),
        (
            "Class {\n\t#name : #Foo,\n\t#superclass : #nil,\n\t#type : #variable\n}",
            ClassDefinition(name="Foo", type="variable"),
        ),
        ("Extension { #name : #Object }", ClassDefinition(name="Object", kind="extension")),
        ("Trait { #name : #TFoo, #category : #'A-B' }", ClassDefinition(name="TFoo", kind="trait", category="A-B")),
        ("Package { #name : #'My-Package' }", ClassDefinition(name="My-Package", kind="package")),
        (
            "Class { #name : #A, #superclass : #B, #traits : 'TFoo + TBar', #classTraits : 'TFoo classTrait' }",
            ClassDefinition(name="A", superclass="B", traits="TFoo + TBar", class_traits="TFoo classTrait"),
        ),
        (
            "Class { #name : #A, #superclass : #B, #instVars : [ 'x', '#y => WeakSlot' ], #pools : [ 'P' ], }",
            ClassDefinition(name="A", superclass="B", instance_variables=("x", "y"), pools=("P",)),
        ),
    ],
)
def test_both_header_spellings_and_all_kinds_are_read(header: str, expected: ClassDefinition) -> None:
    assert read_class_file(header) == expected
    assert read_class_file(header.replace("\n", "\r\n")) == expected


@pytest.mark.parametrize(
    ("text", "message", "line"),
    [
        ("", "Class, Extension, Trait or Package expected", 1),
        ("Klass { }", "Class, Extension, Trait or Package expected", 1),
        ("Class {\n#name : #A,\n#superclass #B }", "':' expected", 3),
        ("Class { #superclass : #B }", "#name expected", 1),
        ("Class { #name : #A }\n\nA >> foo [\n[ 3 ]\n", "']' expected", 3),
        ("Class { #name : #A }\n\nA >> foo: [ ^ 3 ]", "Variable name expected", 3),
        ("Class { #name : #A }\n\n\nfoo bar", "Method expected", 4),
        ("Class { #name : " + "[" * 100, "Header nested too deep", 1),
    ],
)
def test_errors_name_file_and_line(text: str, message: str, line: int) -> None:
    with pytest.raises(ParseError) as caught:
        read_class_file(text, file_name="A.class.st")

    assert caught.value.message == f"A.class.st, line {line}: {message}"
    assert (caught.value.details["file"], caught.value.details["line"]) == ("A.class.st", line)


def test_what_is_written_reads_as_the_same_definition() -> None:
    definition = read_class_file(COUNTER)

    text = write_class_file(definition)

    assert read_class_file(text) == definition
    assert "#name : 'Counter'" in text


NAMES = strategies.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
TEXTS = strategies.text(
    strategies.characters(blacklist_categories=("Cs",), blacklist_characters="\r"), max_size=30
).map(str.strip)
SOURCES = strategies.sampled_from(
    ["foo ^ 3", "foo: x\n\t^ [ :y | $] ]", "+ x ^ ']'", 'at: "key" k put: v\n\t"]" ^ k', "foo\n\n\t| a |\n\t^ a"]
)


@given(
    name=NAMES,
    comment=TEXTS,
    names=strategies.lists(NAMES, max_size=3, unique=True),
    category=TEXTS,
    sources=strategies.lists(SOURCES, max_size=4),
)
def test_any_definition_round_trips(
    name: str, comment: str, names: list[str], category: str, sources: list[str]
) -> None:
    methods = tuple(
        MethodDefinition(name, place % 2 == 0, parse_method(source).selector, category, source)
        for place, source in enumerate(sources)
    )
    definition = ClassDefinition(
        name=name,
        superclass="Object",
        comment=comment,
        instance_variables=tuple(names),
        category=category,
        methods=methods,
    )

    again = read_class_file(write_class_file(definition))

    assert again == definition


@pytest.mark.parametrize(
    ("source", "selector", "pattern", "body"),
    [
        ("foo\n\t^ 3\n", "foo", "foo", "\n\t^ 3"),
        ("foo: x ^ 3", "foo:", "foo: x", " ^ 3"),
        ("+ y\n^ y", "+", "+ y", "\n^ y"),
        ("at: k\n put: v", "at:put:", "at: k\n put: v", ""),
    ],
)
def test_a_source_is_split_behind_its_pattern(source: str, selector: str, pattern: str, body: str) -> None:
    assert split_pattern(source, selector) == (pattern, body)


@pytest.mark.parametrize("path", sorted(LIBRARY.glob("*.st")), ids=lambda path: path.name)
def test_every_file_of_the_library_round_trips_and_its_methods_parse(path: Path) -> None:
    definition = read_class_file(path.read_text(encoding="utf-8"), file_name=path.name)

    assert read_class_file(write_class_file(definition)) == definition
    assert [parse_method(each.source).selector for each in definition.methods] == [
        each.selector for each in definition.methods
    ]


@pytest.mark.parametrize(
    "header",
    [
        "{ #category : #'as yet' }",
        "{#category : #'as yet'}",
        "{ #category: #'as yet' }",
        "{\n\t#category : 'as yet'\n}",
        "{ #'category' : #'as yet' }",
        "{ #protocol : #'as yet' }",
        "{ #other : 3, #category : #'as yet' }",
    ],
)
def test_a_method_is_in_the_protocol_that_its_header_says_however_that_is_spelled(header):
    text = f"Class {{ #name : #Some, #superclass : #Object, #category : #Demo }}\n\n{header}\nSome >> m [\n\t^ 1\n]\n"

    assert read_class_file(text).methods[0].category == "as yet"
