"""Streams and STON as Pharo has them."""

import pytest

pytest.importorskip("stui_actors.smalltalk.image", reason="the engine is not built yet")

from stui_actors.smalltalk.library import Library
from tests.smalltalk.workspace import Workspace

STREAMS = """
(ReadStream on: #(1 2 3 4 5)) next; upTo: 4 --> #(2 3)
('hello world' readStream upTo: $ ; upToEnd) --> 'world'
'hello world foo' readStream upToAll: 'wo'; upToEnd --> 'rld foo'
'abc' readStream next: 5 --> 'abc'
'abc' readStream upToEnd; next --> nil
'abc' readStream next; peek --> $b
'abc' readStream skip: 2; next --> $c
'  abc' readStream skipSeparators; upToEnd --> 'abc'
'abc' readStream position: 5 --> Error: Attempt to set the position of a PositionableStream outside the bounds
(WriteStream on: Array new) nextPut: 1; nextPutAll: #(2 3); contents --> #(1 2 3)
(WriteStream on: String new) print: 3; nextPutAll: 'x'; tab; << 'y'; << 7; contents --> '3x	y7'
(WriteStream on: String new) nextPutAll: 'hello'; skip: -2; nextPutAll: 'XYZ'; contents --> 'helXYZ'
(WriteStream on: String new) nextPutAll: 'hello'; position: 1; nextPut: $u; setToEnd; nextPut: $!; contents --> 'hullo!'
(WriteStream on: Array new) nextPutAll: #(1 2 3); position: 1; nextPut: 9; setToEnd; contents --> #(1 9 3)
(WriteStream on: String new) nextPutAll: 'abc'; reset; nextPut: $x; contents --> 'x'
(WriteStream with: 'abc') nextPutAll: 'def'; contents --> 'abcdef'
(ReadWriteStream on: String new) nextPutAll: 'abc'; reset; next --> $a
(ReadWriteStream with: 'abc') reset; nextPut: $x; upToEnd --> 'bc'
(ReadWriteStream on: Array new) nextPut: 1; nextPut: 2; reset; upToEnd --> #(1 2)
String streamContents: [:s | #(1 2) do: [:e | s print: e] separatedBy: [s << ', ']] --> '1, 2'
String streamContents: [:s | 10 timesRepeat: [s << 'foo']] limitedTo: 8 --> 'foofoofo'
Array streamContents: [:s | s nextPut: $a; nextPutAll: 'bc'] --> #($a $b $c)
(OrderedCollection streamContents: [:s | s nextPut: 1]) --> an OrderedCollection(1)
(String streamContents: [:s | s nextPut: 3]) --> Error: Improper store into indexable object
""".strip()

STON = """
STON toString: (OrderedCollection with: 1 with: #a with: 'b') --> 'OrderedCollection[1,#a,''b'']'
STON fromString: 'OrderedCollection[1,#a,''b'']' --> an OrderedCollection(1 #a 'b')
STON toString: (Dictionary with: #a->1) --> '{#a:1}'
STON fromString: '{#a:1,"b":[1,2]}' --> a Dictionary(#a->1 'b'->#(1 2) )
STON fromString: 'Point[1,2]' --> (1@2)
STON toString: {1/2. 3.5s2. $a. #[1 2]. nil. true} --> '[1/2,7/2s2,Character[''a''],ByteArray[''0102''],nil,true]'
STON fromString: '[1/2,3.5e3,Character["a"],ByteArray["0102"],#''a b'']' --> {(1/2). 3500.0. $a. #[1 2]. #'a b'}
| a | a := Array new: 1. a at: 1 put: a. STON toString: a --> '[@1]'
| a | a := STON fromString: '[@1]'. a first == a --> true
| a | a := STON fromString: '[[7],@2]'. a first == a last --> true
| d | d := STON fromString: '{#me:@1}'. (d at: #me) == d --> true
STON fromString: '#a:1' --> #a->1
STON fromString: (STON toString: 'it''s \\\\ "') --> 'it''s \\\\ "'
(STON fromString: '[1,') --> STONReaderError: At character 3: invalid input
(STON fromString: 'NoSuchClass[1]') --> STONReaderError: At character 11: Cannot resolve class named 'NoSuchClass'
STONJSON toString: (Dictionary with: 'a' -> {1. nil. true. 'x"y'}) --> '{"a":[1,null,true,"x\\\\"y"]}'
STONJSON fromString: '{"a":[1,2.5,"\\u00e9",null]}' --> a Dictionary('a'->#(1 2.5 'é' nil) )
STONJSON fromString: '"\\ud83d\\ude00"' --> '😀'
""".replace("\\\\", "\\").strip()


def rows(table):
    return [tuple(line.split(" --> ")) for line in table.splitlines()]


@pytest.fixture(scope="module")
def workspace():
    return Workspace(Library())


@pytest.mark.parametrize(("source", "text"), rows(STREAMS))
def test_streams_answer_what_pharo_answers(workspace, source, text):
    assert workspace.print(source) == text


@pytest.mark.parametrize(("source", "text"), rows(STON))
def test_ston_is_read_and_written_as_in_pharo(workspace, source, text):
    assert workspace.print(source) == text


def test_an_object_with_variables_goes_through_ston_and_back(workspace):
    workspace.print("Object subclass: #Ship instanceVariableNames: 'name crew' classVariableNames: '' package: 'Test'")
    workspace.print("Ship compile: 'name: s crew: c name := s. crew := c'; compile: 'crew ^ crew'")
    source = "STON toString: (Ship new name: 'Beagle' crew: #(1 2); yourself)"

    assert workspace.print(source) == "'Ship{#name:''Beagle'',#crew:[1,2]}'"
    assert workspace.print(f"(STON fromString: ({source})) crew") == "#(1 2)"
