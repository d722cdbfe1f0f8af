import pytest
from hypothesis import given, strategies

from stui_actors.errors import ParseError
from stui_actors.smalltalk.chunk import CommentChunk, DoItChunk, is_chunk_format, read_chunks
from stui_actors.smalltalk.definitions import MethodDefinition

FILE_OUT = """'From Pharo'!
Object subclass: #Counter
	instanceVariableNames: 'count'
	classVariableNames: ''
	package: 'Demo'!
!Counter commentStamp: 'ada 1/1/2026' prior: 0!
I count!!!

!Counter methodsFor: 'accessing' stamp: 'ada 1/1/2026 12:00'!
count
	^ count! !

!Counter methodsFor: #running!
shout: aString
	Transcript show: 'Hi!!'; show: aString!

+ other
	^ self! !

!Counter class methodsFor: 'it''s new'!
fresh
	^ self new! !

Counter new count!
"""


def test_a_file_out_is_read_in_its_order() -> None:
    chunks = read_chunks(FILE_OUT)

    assert chunks[0] == DoItChunk("'From Pharo'", 1)
    assert isinstance(chunks[1], DoItChunk)
    assert chunks[1].source.startswith("Object subclass: #Counter")
    assert chunks[1].line == 2
    assert chunks[2] == CommentChunk("Counter", "I count!", 7)
    assert chunks[3:-1] == (
        MethodDefinition("Counter", False, "count", "accessing", "count\n\t^ count"),
        MethodDefinition(
            "Counter", False, "shout:", "running", "shout: aString\n\tTranscript show: 'Hi!'; show: aString"
        ),
        MethodDefinition("Counter", False, "+", "running", "+ other\n\t^ self"),
        MethodDefinition("Counter", True, "fresh", "it's new", "fresh\n\t^ self new"),
    )
    assert [each.line for each in chunks[3:]] == [10, 14, 17, 21, 24]
    assert chunks[-1] == DoItChunk("Counter new count", 24)


def test_line_ends_of_other_systems_do_not_matter() -> None:
    assert read_chunks(FILE_OUT.replace("\n", "\r")) == read_chunks(FILE_OUT)


def test_the_order_of_protocols_in_an_old_file_out_is_passed_over() -> None:
    order = "!Foo reorganize!\n('accessing' balance deposit:)\n!\n\n!Foo class reorganize!\n(a b)!\n"
    chunks = read_chunks(f"{order}\n3 + 4!\n")
    assert [(type(each), each.source) for each in chunks] == [(DoItChunk, "3 + 4")]


def test_a_method_without_a_pattern_is_an_error_with_its_line() -> None:
    with pytest.raises(ParseError, match="Line 2: Message pattern expected"):
        read_chunks("!Foo methodsFor: 'x'!\n3 foo! !")


def test_the_format_is_recognized() -> None:
    assert is_chunk_format(FILE_OUT)
    assert not is_chunk_format("Class { #name : #A }\n\nA >> foo [ ^ 'hi!' ]")


@given(strategies.text(alphabet="ab!' \n", max_size=60))
def test_any_text_is_chunks_or_a_parse_error(text: str) -> None:
    try:
        chunks = read_chunks(text)
    except ParseError:
        return
    assert all(chunk.line >= 1 for chunk in chunks)
