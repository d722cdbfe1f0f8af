"""What a client changes is its own, and vanishes with its image: library classes extended, redefined, reduced."""

import gc
import weakref

import pytest

from tests.smalltalk.measuring import allocations


@pytest.fixture
def other(make_bench):
    return make_bench()


def test_a_method_added_to_a_library_class_is_the_clients_own(bench, other):
    bench.compile("Integer", "double ^ self * 2")

    assert bench.print("21 double") == "42"
    assert bench.print("(2 raisedTo: 70) double = (2 raisedTo: 71)") == "true"
    assert other.fail("21 double").details["exception_class"] == "MessageNotUnderstood"


@pytest.mark.parametrize(
    ("receiver", "name"),
    [
        ("3", "SmallInteger"),
        ("3", "Integer"),
        ("3", "Number"),
        ("3", "Object"),
        ("1.5", "Float"),
        ("'abc'", "String"),
        ("#abc", "Symbol"),
        ("#abc", "String"),
        ("$a", "Character"),
        ("nil", "UndefinedObject"),
        ("true", "True"),
        ("true", "Boolean"),
        ("#(1)", "Array"),
        ("#(1)", "Collection"),
        ("#[1]", "ByteArray"),
        ("[ 3 ]", "BlockClosure"),
        ("OrderedCollection new", "SequenceableCollection"),
        ("Set new", "Collection"),
        ("Object", "Class"),
        ("Object", "Object class"),
        ("OrderedCollection", "Object class"),
        ("Object class", "Metaclass"),
        ("Transcript", "Object"),
        ("3 -> 4", "ProtoObject"),
    ],
)
def test_every_kind_of_value_finds_a_method_added_to_its_class_or_above(bench, other, receiver, name):
    bench.print("values := 1")  # an image that is not new
    bench.compile(name, "zork: x ^ { x. self class }")

    assert bench.print(f"(({receiver}) zork: 7) first") == "7"
    assert bench.print(f"(({receiver}) perform: #zork: with: 7) first") == "7"
    assert other.fail(f"({receiver}) zork: 7").details["exception_class"] == "MessageNotUnderstood"


def test_true_and_false_have_methods_of_their_own(bench):
    bench.compile("True", "zork ^ 1")

    assert bench.print("true zork") == "1"
    assert bench.fail("false zork").details["exception_class"] == "MessageNotUnderstood"


def test_a_changed_library_method_is_used_by_the_librarys_own_code(bench, other):
    bench.compile("Object", "printOn: aStream aStream nextPutAll: 'thing'")

    assert bench.print("{ Object new. 1 } printString includesSubstring: 'thing'") == "true"
    assert other.print("{ Object new. 1 }") == "an Array(an Object 1)"


def test_a_subclass_that_overrides_keeps_its_method_when_the_superclass_changes(bench):
    bench.compile("Collection", "printOn: aStream aStream nextPutAll: 'some'")

    assert bench.print("Set new") == "some"
    assert bench.print("Interval from: 1 to: 3") == "(1 to: 3)"


def test_objects_from_before_a_change_see_it(bench):
    bench.print("kept := OrderedCollection with: 3. block := [ kept zork ]")
    bench.compile("Collection", "zork ^ self size")

    assert bench.print("kept zork + block value") == "2"


def test_super_reaches_changed_methods(bench):
    bench.define("Own", "foo ^ super foo + 1")
    assert bench.fail("Own new foo").details["exception_class"] == "MessageNotUnderstood"

    bench.compile("Object", "foo ^ 41")

    assert bench.print("Own new foo") == "42"


def test_a_library_method_can_be_removed_and_comes_back_for_nobody_else(bench, other):
    bench.print("Integer removeSelector: #isPrime")

    assert bench.fail("7 isPrime").details["exception_class"] == "MessageNotUnderstood"
    assert other.print("7 isPrime") == "true"


def test_a_variable_added_to_a_library_class(bench, other):
    bench.print("old := 1 -> 2")
    bench.print("Association addInstVarNamed: 'colour'")
    bench.compile("Association", "colour: c colour := c")
    bench.compile("Association", "colour ^ colour")

    assert (
        bench.print("{ old colour. (old colour: 7; yourself) colour. old copy colour. (3 -> 4) colour }")
        == "#(nil 7 7 nil)"
    )
    assert bench.print("Association allInstVarNames includes: #colour") == "true"
    assert other.print("Association allInstVarNames includes: #colour") == "false"


def test_class_variables_of_the_library_are_each_images_own(bench, other):
    bench.print("Object addClassVarNamed: 'Zork'. Object classVariableAt: #Zork put: 5")
    bench.compile("Object", "zork ^ Zork")

    assert bench.print("3 zork") == "5"
    assert other.print("Object classVarNames includes: #Zork") == "false"


def test_a_clients_class_may_have_the_name_of_a_library_class(bench, other):
    bench.define("Point", "foo ^ 1")

    assert bench.print("Point new foo") == "1"
    assert bench.print("(3 @ 4) class == Point") == "false"
    assert other.print("(3 @ 4) class == Point") == "true"


def test_equality_redefined_by_a_client_is_its_own(bench, other):
    bench.compile("String", "= other ^ true")

    assert bench.print("'a' = 'b'") == "true"
    assert bench.image.standard_equality is False
    assert other.print("'a' = 'b'") == "false"
    assert other.image.standard_equality is True


def test_literals_that_one_client_changes_are_new_for_the_next(bench, other):
    for each in (bench, other):
        assert each.print("| s | s := 'abc'. s beWritableObject. s at: 1 put: $x. s") == "'xbc'"
        assert each.print("| a | a := #(1 2). a beWritableObject. a at: 1 put: 9. a") == "#(9 2)"


def test_globals_are_each_images_own(bench, other):
    bench.print("Smalltalk at: #Zork put: 5")

    assert bench.print("Zork + 1") == "6"
    assert other.print("Zork") == "nil"


def test_nothing_of_an_image_is_left_when_it_is_gone(make_bench):
    bench = make_bench()
    bench.define("Own", "foo ^ [ :x | x + self bar ]", "bar ^ 3", variables="a", class_variables="B")
    bench.compile("Integer", "zork ^ self")
    bench.print("x := Own new foo. 3 zork. x value: 1")
    image = weakref.ref(bench.image)
    kind = weakref.ref(bench.image.own["Own"].instance.instance_type)
    before = len(object.__subclasses__())

    del bench
    gc.collect()

    assert image() is None
    assert kind() is None
    assert len(object.__subclasses__()) <= before


def test_the_library_is_not_written_to(shared_library, bench):
    sides = [side for record in shared_library.records.values() for side in (record.instance, record.meta)]
    before = [(dict(vars(side.lookup)), dict(side.methods)) for side in sides]
    tables = dict(shared_library.tables.k)

    bench.compile("Object", "zork ^ 1")
    bench.compile("Object class", "zork ^ 1")
    bench.print("Integer removeSelector: #isPrime. 3 zork. Object addInstVarNamed: 'x'. Object comment: 'mine'")

    assert [(dict(vars(side.lookup)), dict(side.methods)) for side in sides] == before
    assert shared_library.tables.k == tables


def test_messages_to_super_in_code_that_came_later_find_changed_methods(bench):
    bench.compile("Object", "zork ^ 1")
    bench.compile("Collection", "zork ^ super zork + 10")
    bench.compile("Bag", "zork ^ super zork + 100")
    assert bench.print("Bag new zork") == "111"

    bench.compile("Object", "zork ^ 2")
    bench.compile("Interval", "printOn: aStream aStream nextPutAll: 'mine '. super printOn: aStream")

    assert bench.print("Bag new zork") == "112"
    assert bench.print("super zork") == "2"
    assert bench.print("super zork", receiver=bench.image.evaluate("Date today")) == "2"
    assert bench.print("(1 to: 3) printString") == "'mine an Interval(1 2 3)'"


def test_selectors_of_ones_own_reach_objects_of_all_kinds_from_the_first_send_on(bench, other):
    bench.define("Own", "zork ^ 1", "quux ^ 3 zork")
    bench.compile("Integer", "zork ^ 2")

    assert bench.print("Own new zork + Own new quux + 3 zork") == "5"
    assert bench.print("[nil zork] on: MessageNotUnderstood do: [:e | 7]") == "7"

    bench.define("Later", "zork ^ 10")

    assert bench.print("Later new zork + Own new quux") == "12"
    assert bench.print("[Bag new zork] on: MessageNotUnderstood do: [:e | 8]") == "8"
    assert other.print("[3 zork] on: MessageNotUnderstood do: [:e | 9]") == "9"


def kilobytes_of(make_bench, *sources):
    """What three images take after the same changes, each."""
    _changed(make_bench(), sources)  # the first time compiles what it needs of the library
    with allocations() as held:
        kept = [_changed(make_bench(), sources) for _ in range(3)]
        size = held()
    return size / len(kept) / 1024


def _changed(bench, sources):
    for source in sources:
        bench.image.evaluate(source)
    return bench


OWN = [f"Object subclass: #Own{i} instanceVariableNames: 'a' classVariableNames: '' package: ''" for i in range(20)]
OWN += [f"Own{i} compile: 'm{j}: x ^ a := x + {j}'" for i in range(20) for j in range(10)]


def test_an_image_takes_little_until_it_changes_the_library_and_little_more_then(shared_library, make_bench):
    idle = kilobytes_of(make_bench, "x := 3 + 4")
    leaf = kilobytes_of(make_bench, "Bag compile: 'isHeavy ^ false'")

    assert idle < 30
    assert leaf - idle < 20
    for name in ("Integer", "Number", "Exception", "Collection"):
        record = shared_library.records[name]
        below = sum(each.inherits_from(record) for each in shared_library.records.values())
        assert kilobytes_of(make_bench, f"{name} compile: 'isHeavy ^ false'") - leaf < 2 * 2 * below, name


def test_own_classes_take_little_before_their_methods_are_called(make_bench):
    assert kilobytes_of(make_bench, *OWN) < 220
