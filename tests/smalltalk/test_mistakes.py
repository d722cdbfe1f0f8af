"""What users do wrong most often: the error's class, its text and the first line of its stack are Pharo's."""

import pytest

from stui_actors.config import EvaluationSettings
from stui_actors.errors import ParseError
from stui_actors.smalltalk.image import Image

NOT_UNDERSTOOD = "MessageNotUnderstood"
BOUNDS = "SubscriptOutOfBounds"
EMPTY = "CollectionIsEmpty"
COUNT = "ArgumentsCountMismatch"
TRUTH = "proceed for truth."
DO_IT = "UndefinedObject>>DoIt"

MISTAKES = [
    ("nil foo", NOT_UNDERSTOOD, 'receiver of "foo" is nil', "UndefinedObject(Object)>>doesNotUnderstand: #foo"),
    (
        "3 zork",
        NOT_UNDERSTOOD,
        "Message not understood: SmallInteger >> #zork",
        "SmallInteger(Object)>>doesNotUnderstand: #zork",
    ),
    (
        "Object zork",
        NOT_UNDERSTOOD,
        "Message not understood: Object class >> #zork",
        "Object class(Object)>>doesNotUnderstand: #zork",
    ),
    (
        "Object new foo: 1 bar: 2",
        NOT_UNDERSTOOD,
        "Message not understood: Object >> #foo:bar:",
        "Object>>doesNotUnderstand: #foo:bar:",
    ),
    ("zork foo", NOT_UNDERSTOOD, 'receiver of "foo" is nil', "UndefinedObject(Object)>>doesNotUnderstand: #foo"),
    ("Zork new", NOT_UNDERSTOOD, 'receiver of "new" is nil', "UndefinedObject(Object)>>doesNotUnderstand: #new"),
    (
        "3 + nil",
        NOT_UNDERSTOOD,
        'receiver of "adaptToNumber:andSend:" is nil',
        "UndefinedObject(Object)>>doesNotUnderstand: #adaptToNumber:andSend:",
    ),
    ("nil + 1", NOT_UNDERSTOOD, 'receiver of "+" is nil', "UndefinedObject(Object)>>doesNotUnderstand: #+"),
    ("#(1 2) at: 5", BOUNDS, "5 in #(1 2)", "Array(Object)>>errorSubscriptBounds:"),
    ("#(1 2) at: 5 put: 3", BOUNDS, "5 in #(1 2)", "Array(Object)>>errorSubscriptBounds:"),
    ("'abc' at: 0", BOUNDS, "0 in 'abc'", "ByteString(Object)>>errorSubscriptBounds:"),
    ("#() first", BOUNDS, "1 in #()", "Array(Object)>>errorSubscriptBounds:"),
    (
        "OrderedCollection new first",
        BOUNDS,
        "1 in an OrderedCollection()",
        "OrderedCollection(Object)>>errorSubscriptBounds:",
    ),
    ("(1 to: 3) at: 4", BOUNDS, "4 in (1 to: 3)", "Interval(Object)>>errorSubscriptBounds:"),
    ("#(1 2) at: 'x'", "Error", "only integers should be used as indices", "Array(Object)>>error:"),
    ("3 at: 1", "Error", "Instances of SmallInteger are not indexable", "SmallInteger(Object)>>error:"),
    ("#[1] copy at: 1 put: 300", "Error", "Improper store into indexable object", "ByteArray(Object)>>error:"),
    ("#abc at: 1 put: $z", "Error", "symbols can not be modified.", "ByteSymbol(Object)>>error:"),
    (
        "OrderedCollection new removeFirst",
        EMPTY,
        "an OrderedCollection() is empty",
        "OrderedCollection(Collection)>>errorEmptyCollection",
    ),
    ("#() max", EMPTY, "#() is empty", "Array(Collection)>>errorEmptyCollection"),
    ("Dictionary new at: #k", "KeyNotFound", "key #k not found in Dictionary", "Dictionary>>errorKeyNotFound:"),
    (
        "Dictionary new keyAtValue: 3",
        "ValueNotFound",
        "value 3 not found in Dictionary",
        "Dictionary>>errorValueNotFound:",
    ),
    ("Set new remove: 3", "NotFound", "3 not found in Set", "Set(Collection)>>errorNotFound:"),
    (
        "#(1 2) detect: [ :x | x > 9 ]",
        "NotFound",
        "[ :x | x > 9 ] not found in Array",
        "Array(Collection)>>errorNotFound:",
    ),
    (
        "#(1 2) add: 3",
        "ShouldNotImplement",
        "This message is not appropriate for this object",
        "Array(Object)>>shouldNotImplement",
    ),
    (
        "(1 to: 3) add: 4",
        "ShouldNotImplement",
        "This message is not appropriate for this object",
        "Interval(Object)>>shouldNotImplement",
    ),
    (
        "#(1 2) with: #(1) do: [ :a :b | a ]",
        "SizeMismatch",
        "Collections sizes do not match",
        "Array(Collection)>>errorSizeMismatch",
    ),
    ("3 ifTrue: [ 4 ]", "NonBooleanReceiver", TRUTH, DO_IT),
    ("[ nil ] whileTrue: [ 3 ]", "NonBooleanReceiver", TRUTH, DO_IT),
    ("[ :x | x ] value", COUNT, "This block accepts 1 argument, but was called with 0 arguments.", DO_IT),
    ("[ 1 ] value: 3", COUNT, "This block accepts 0 arguments, but was called with 1 argument.", DO_IT),
    ("#(1 2) do: [ 3 ]", COUNT, "This block accepts 0 arguments, but was called with 1 argument.", "Array>>do:"),
    ("1 / 0", "ZeroDivide", "", "SmallInteger(Integer)>>/"),
    ("(1 / 2) / 0", "ZeroDivide", "", "Fraction>>/"),
    ("-4 factorial", "Error", "Not valid for negative integers", "SmallInteger(Object)>>error:"),
    ("Number readFrom: 'abc'", "Error", "Reading a number failed: not a number", "Number class(Object)>>error:"),
    ("Date newDay: 31 month: 2 year: 2024", "Error", "day is after month ends", "DateAndTime class(Object)>>error:"),
    (
        "Date year: 2024 month: 2 day: 0",
        "Error",
        "day may not be zero or negative",
        "DateAndTime class(Object)>>error:",
    ),
    (
        "Date year: 2024 month: 13 day: 1",
        BOUNDS,
        "13 in #(31 28 31 30 31 30 31 31 30 31 30 31)",
        "Array(Object)>>errorSubscriptBounds:",
    ),
    ("Month indexOfMonth: 'Foo'", "Error", "Foo is not a recognized month name", "Month class(Object)>>error:"),
    (
        "Boolean new",
        "Error",
        "You may not create any more Booleans - this is two-valued logic",
        "Boolean class(Object)>>error:",
    ),
    ("Character new", "Error", "cannot create new characters", "Character class(Object)>>error:"),
    (
        "SmallInteger new",
        "Error",
        "SmallIntegers can only be created by performing arithmetic",
        "SmallInteger class(Object)>>error:",
    ),
    (
        "Integer new",
        "Error",
        "Integer is an abstract class.  Make a concrete subclass.",
        "Integer class(Object)>>error:",
    ),
    ("Object new: 3", "Error", "Object cannot have variable sized instances", "Object class(Object)>>error:"),
    (
        "Array new: -1",
        "PrimitiveFailed",
        "primitive #basicNew: in Array class failed",
        "Array class(Object)>>primitiveFailed:",
    ),
    (
        "Magnitude new < 3",
        "SubclassResponsibility",
        "Magnitude had the subclass responsibility to implement #<",
        "Magnitude(Object)>>subclassResponsibility",
    ),
    ("3 perform: #between:and: with: 1", "Error", "incorrect number of arguments", "SmallInteger(Object)>>error:"),
    (
        "Object new instVarNamed: 'zork'",
        "InstanceVariableNotFound",
        "Instance variable named 'zork' not found",
        None,
    ),
    ("self error: 'boo'", "Error", "boo", "UndefinedObject(Object)>>error:"),
    ("Error signal: 'boo'", "Error", "boo", DO_IT),
    ("Error new signal", "Error", "", DO_IT),
    ("Error new messageText: 'boo'; signal", "Error", "boo", DO_IT),
    ("self assert: false", "AssertionFailure", "Assertion failed", "UndefinedObject(Object)>>assert:"),
    ("Error new resume: 3", "IllegalResumeAttempt", "", "Error(Exception)>>resume:"),
    ("[ 1 / 0 ] on: 3 do: [ 4 ]", "ZeroDivide", "", "SmallInteger(Integer)>>/"),
    (
        "Object compile: 'foo ^'",
        "CodeError",
        "Variable or expression expected",
        "Object class(Behavior)>>compile:classified:",
    ),
]

METHODS = [
    ("^ zork", "UndeclaredVariableRead", "Attempt to read undeclared variable zork", "LtMistake>>foo"),
    ("zork := 3", "UndeclaredVariableWrite", "Attempt to write to undeclared variable zork", "LtMistake>>foo"),
    (
        "^ super zork",
        NOT_UNDERSTOOD,
        "Message not understood: LtMistake >> #zork",
        "LtMistake(Object)>>doesNotUnderstand: #zork",
    ),
    ("^ [ ^ 3 ]", "BlockCannotReturn", "", "[ ^ 3 ] in LtMistake>>foo"),
    (
        "^ self subclassResponsibility",
        "SubclassResponsibility",
        "LtMistake had the subclass responsibility to implement #foo",
        "LtMistake(Object)>>subclassResponsibility",
    ),
]

SYNTAX = [
    ("3 +", "Variable or expression expected"),
    ("(3 + 4", "')' expected"),
    ("[ 3", "']' expected"),
    ("{ 1. 2", "'}' expected"),
    ("'abc", "Unmatched ' in string literal."),
    ("self := 3", "Assignment to read-only variable"),
    ("super := 3", "Assignment to read-only variable"),
    ("x y z := 3", "End of statement expected"),
]


@pytest.fixture
def image(shared_library):
    return Image(shared_library, EvaluationSettings())


def fault(image, source):
    process = image.start(source)
    while not process.run_slice():
        pass
    return process.outcome.error


def assert_tells(error, exception_class, text, first_line):
    details = error.details
    assert (details["exception_class"], details["message_text"]) == (exception_class, text)
    if first_line is not None:
        assert details["stack_trace"].split("\n")[0] == first_line


@pytest.mark.parametrize(
    ("source", "exception_class", "text", "first_line"), MISTAKES, ids=[row[0] for row in MISTAKES]
)
def test_a_mistake_is_told_in_pharos_words(image, source, exception_class, text, first_line):
    assert_tells(fault(image, source), exception_class, text, first_line)


@pytest.mark.parametrize(("body", "exception_class", "text", "first_line"), METHODS, ids=[row[0] for row in METHODS])
def test_a_mistake_in_a_method_is_told_in_pharos_words(image, body, exception_class, text, first_line):
    image.evaluate("Object subclass: #LtMistake instanceVariableNames: '' classVariableNames: '' package: 'Lt'")
    image.evaluate(f"LtMistake compile: 'foo {body}'")
    assert_tells(fault(image, "LtMistake new foo value"), exception_class, text, first_line)


@pytest.mark.parametrize(("source", "text"), SYNTAX, ids=[row[0] for row in SYNTAX])
def test_what_is_no_program_is_told_in_pharos_words(image, source, text):
    with pytest.raises(ParseError) as told:
        image.start(source)
    assert told.value.message == text


def test_the_receiver_of_an_error_is_whoever_had_it_signalled(image):
    receivers = image.evaluate(
        "{ [ Error signal: 'x' ]. [ 1 / 0 ]. [ #(1 2) at: 5 ]. [ 3 foo ] } collect: [ :each |"
        " each on: Error do: [ :error | error return: error receiver printString ] ]"
    )
    assert [str(each) for each in receivers] == ["nil", "1", "#(1 2)", "3"]
