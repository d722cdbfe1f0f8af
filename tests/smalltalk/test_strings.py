"""Strings, symbols and characters as Pharo has them."""

import pytest

pytest.importorskip("stui_actors.smalltalk.image", reason="the engine is not built yet")

from stui_actors.config import EvaluationSettings
from stui_actors.smalltalk.library import Library
from tests.smalltalk.workspace import Workspace

ANSWERS = """
'it''s' --> 'it''s'
'it''s' displayString size --> 4
#with:with: --> #with:with:
#'hello world' --> #'hello world'
#+ --> #+
#'' --> #''
#'3' --> #'3'
$a --> $a
Character cr --> Character cr
(Character value: 17) --> Character value: 17
(Character value: 17) storeString --> '(Character value: 17)'
'abc' class --> ByteString
'日本' class --> WideString
#abc class --> ByteSymbol
'abc' = #abc --> true
#abc = 'abc' --> true
'abc' == 'abc' copy --> false
'abc' hash = #abc hash --> true
#a , 'b' --> #ab
'a' , #b --> 'ab'
'a' , #(1 2) --> #($a 1 2)
'hello' copy at: 1 put: $j; yourself --> 'jello'
('abc' copy at: 2 put: $日; yourself) class --> WideString
'été' asUppercase --> 'ÉTÉ'
'ß' asUppercase --> 'ẞ'
'abc' < 'abd' --> true
'Zebra' < 'apple' --> true
'abc' compare: 'ABD' --> 1
'aBc' sameAs: 'AbC' --> true
'hello' indexOf: $l --> 3
'hello' findString: 'lo' --> 4
'hello' copyReplaceAll: 'l' with: 'LL' --> 'heLLLLo'
'a,b,,c' splitOn: ',' --> an OrderedCollection('a' 'b' '' 'c')
'a b  c' substrings --> #('a' 'b' 'c')
', ' join: #('a' 'b') --> 'a, b'
'Hello {1}, {2}' format: #('you' 2) --> 'Hello you, 2'
'{name}' format: (Dictionary with: #name -> 'Ada') --> 'Ada'
'  x ' trimBoth --> 'x'
('ab' , String cr , 'cd' , String crlf , 'e') lines --> #('ab' 'cd' 'e')
'été' utf8Encoded --> #[195 169 116 195 169]
'été' utf8Encoded utf8Decoded --> 'été'
'été' asByteArray --> #[233 116 233]
'a b%' urlEncoded urlDecoded --> 'a b%'
#[1 255] hex --> '01ff'
'one' capitalized --> 'One'
'12abc' asInteger --> 12
'abc' asInteger --> nil
'3.5' asNumber --> 3.5
'foo' asNumber --> nil
#size value: 'abc' --> 3
#(3 1 2) collect: #negated --> #(-3 -1 -2)
#foo:bar: numArgs --> 2
'a*' match: 'abc' --> true
'abc' collect: [:c | c asUppercase] --> 'ABC'
'hello' select: [:c | c isVowel] --> 'eo'
('a' repeat: 3) --> 'aaa'
$a < $b --> true
$a to: $c --> #($a $b $c)
$5 digitValue --> 5
$z asUppercase --> $Z
'key=value' copyAfter: $= --> 'value'
""".strip()

ERRORS = """
'abc' at: 10 --> SubscriptOutOfBounds: 10 in 'abc'
'abc' copy at: 1 put: 3 --> Error: Improper store into indexable object
#sym at: 1 put: $a --> Error: symbols can not be modified.
'' first --> SubscriptOutOfBounds: 1 in ''
#[255 254] utf8Decoded --> Error: Invalid utf8 input detected
Character value: -1 --> Error: Not a valid character code: -1
""".strip()


def rows(table):
    return [tuple(line.split(" --> ")) for line in table.splitlines()]


@pytest.fixture(scope="module")
def workspace():
    return Workspace(Library())


@pytest.mark.parametrize(("source", "text"), rows(ANSWERS))
def test_strings_answer_what_pharo_answers(workspace, source, text):
    assert workspace.print(source) == text


@pytest.mark.parametrize(("source", "text"), rows(ERRORS))
def test_errors_say_what_pharo_says(workspace, source, text):
    assert workspace.print(source) == text


@pytest.mark.parametrize(
    "bomb",
    [
        "| s | s := 'a'. 60 timesRepeat: [s := s , s]",
        "'a' repeat: 1000000000000",
        "String new: 1000000000000",
        "Array new: 1000000000000",
        "ByteArray new: 1000000000000",
        "| o | o := OrderedCollection new. [o add: o] repeat",
        "| o | o := Set new. 1 to: 100000000 do: [:i | o add: i]",
        "| o | o := WriteStream on: String new. [o nextPutAll: 'aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa'] repeat",
        "'aa' copyReplaceAll: 'a' with: ('b' repeat: 40000000)",
    ],
)
def test_memory_bombs_end_in_their_limit(workspace, bomb):
    small = Workspace(workspace.library, EvaluationSettings(max_memory=4 << 20))
    fault = small.fault(bomb)

    assert fault.error_type == "ResourceExhausted"
    assert fault.details["limit"] == "memory"
