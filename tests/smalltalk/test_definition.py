"""Classes of the client's own: defined, defined anew, moved, renamed, removed, while their instances live."""

import pytest

from stui_actors.smalltalk.defining import define_class
from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.reflected import own_definition


def test_a_class_with_all_kinds_of_variables(bench):
    bench.define("Own", "a ^ a", "b: x B := x", "b ^ B", variables="a", class_variables="B")
    bench.print("Own class instanceVariableNames: 'c'. Own class compile: 'c ^ c'. Own class compile: 'c: x c := x'")
    bench.define("Sub", above="Own")

    bench.print("Own new b: 5. Own c: 6. Sub c: 7")

    assert bench.print("{ Own new a. Sub new b. Own c. Sub c }") == "#(nil 5 6 7)"


def test_a_class_defined_anew_keeps_methods_instances_and_identity(bench):
    bench.define("Own", "a ^ a", "a: x a := x", variables="a")
    bench.print("class := Own. one := Own new. one a: 1")

    bench.define("Own", "b ^ b", "b: x b := x", variables="a b")

    assert (
        bench.print("{ one a. one b. (one b: 2; yourself) b. one class == Own. class == Own }")
        == "#(1 nil 2 true true)"
    )


def test_a_variable_that_goes_is_forgotten(bench):
    bench.define("Own", "a: x a := x", variables="a")
    bench.print("one := Own new. one a: 1")

    bench.define("Own", variables="b")
    bench.define("Own", "a2 ^ a", variables="a b")

    assert bench.print("one a2") == "nil"


def test_a_variable_added_above_is_there_below(bench):
    bench.define("Own")
    bench.define("Sub", above="Own")
    bench.print("one := Sub new")

    bench.define("Own", "x ^ x", "x: v x := v", variables="x")

    assert bench.print("(one x: 3; yourself) x") == "3"


def test_a_superclass_may_change_to_one_of_another_shape(bench):
    bench.define("Own", "mine ^ mine", "mine: x mine := x", variables="mine")
    bench.print("one := Own new. one mine: 5")

    bench.define("Own", above="Association", variables="mine")

    assert (
        bench.print("{ one mine. one key. (one key: 3; yourself) key. one isKindOf: LookupKey }") == "#(5 nil 3 true)"
    )


def test_subclasses_of_collections_of_the_library(bench):
    bench.define("Pile", "top ^ self last", above="OrderedCollection", variables="name")
    bench.define("Row", above="Array")

    assert bench.print("(Pile new add: 3; add: 4; yourself) top") == "4"
    assert bench.print("(Pile with: 1 with: 2) collect: [ :x | x * 2 ]") == "a Pile(2 4)"
    assert bench.print("(Row new: 2) at: 1 put: 7; yourself") == "a Row(7 nil)"


def test_a_class_with_indexed_variables(bench):
    bench.print("Object variableSubclass: #Block instanceVariableNames: 'name' classVariableNames: '' package: 'P'")
    bench.print("Object variableByteSubclass: #Octets instanceVariableNames: '' classVariableNames: '' package: 'P'")

    assert (
        bench.print("| b | b := Block new: 3. b at: 2 put: 5. { b size. b at: 1. b at: 2. b copy at: 2 }")
        == "#(3 nil 5 5)"
    )
    assert bench.fail("(Block new: 3) at: 4").details["exception_class"] == "SubscriptOutOfBounds"
    assert bench.print("| o | o := Octets new: 2. o at: 1 put: 255. o at: 1") == "255"
    assert bench.fail("(Octets new: 2) at: 1 put: 256").error_type == "EvaluationError"


def test_the_fluid_form(bench):
    bench.print("Object << #Own slots: { #a. #b }; sharedVariables: { #C }; package: 'P'")

    assert bench.print("Own allInstVarNames asArray = #(a b) and: [ Own category = 'P' ]") == "true"


@pytest.mark.parametrize(
    "definition",
    [
        "Object subclass: #own instanceVariableNames: '' classVariableNames: '' package: 'P'",
        "Object subclass: #Own instanceVariableNames: 'a a' classVariableNames: '' package: 'P'",
        "Object subclass: #Own instanceVariableNames: 'self' classVariableNames: '' package: 'P'",
        "Association subclass: #Own instanceVariableNames: 'key' classVariableNames: '' package: 'P'",
        "Integer subclass: #Own instanceVariableNames: '' classVariableNames: '' package: 'P'",
        "Object subclass: #Object instanceVariableNames: '' classVariableNames: '' package: 'P'",
        "Object subclass: #Integer instanceVariableNames: '' classVariableNames: '' package: 'P'",
        "3 subclass: #Own",
        "Object subclass: 7 instanceVariableNames: '' classVariableNames: '' package: 'P'",
    ],
)
def test_what_cannot_be_defined_signals(bench, definition):
    before = sorted(bench.image.own)

    assert bench.fail(definition).error_type == "EvaluationError"
    assert sorted(bench.image.own) == before


def test_a_class_cannot_inherit_from_itself(bench):
    bench.define("Own")
    bench.define("Sub", above="Own")

    assert (
        bench.fail("Sub subclass: #Own instanceVariableNames: '' classVariableNames: '' package: 'P'").error_type
        == "EvaluationError"
    )


def test_a_removed_class_is_gone_and_its_instances_go_on(bench):
    bench.define("Own", "foo ^ 7")
    bench.print("one := Own new")

    bench.print("Own removeFromSystem")

    assert bench.print("{ one foo. Smalltalk includesKey: #Own }") == "#(7 false)"


def test_a_renamed_class(bench):
    bench.define("Own", "foo ^ Own", class_variables="V")
    bench.print("one := Own new. Own rename: #Mine")

    assert bench.print("{ one class name. Mine new class == one class }") == "#(#Mine true)"
    assert bench.fail("one foo").details["exception_class"] == "UndeclaredVariableRead"


def test_methods_read_write_and_undeclared_names(bench):
    bench.define("Own", "read ^ Zork", "write Zork := 3")

    assert bench.fail("Own new read").details["exception_class"] == "UndeclaredVariableRead"
    assert bench.fail("Own new write").details["exception_class"] == "UndeclaredVariableWrite"
    bench.print("Smalltalk at: #Zork put: 5")
    assert bench.print("Own new read") == "5"


def test_a_method_that_does_not_compile_changes_nothing(bench):
    bench.define("Own", "foo ^ 1")

    assert bench.fail("Own compile: 'foo ^ +'").details["exception_class"] == "CodeError"
    assert bench.fail("Own compile: 'foo: x x := 3'").details["exception_class"] == "CodeError"
    assert bench.print("Own new foo") == "1"


def test_pragmas_of_primitives_mean_nothing_in_clients_methods(bench):
    bench.define("Own", "foo <primitive: #'Array.size'> ^ 7", "bar <primitive: 60> ^ 8")

    assert bench.print("{ Own new foo. Own new bar }") == "#(7 8)"


def test_reflection(bench):
    bench.define("Own", "foo ^ 1", "bar: x ^ x", variables="a b")
    bench.define("Sub", above="Own", variables="c")

    assert bench.print("Own selectors asSortedCollection asArray") == "#(#bar: #foo)"
    assert bench.print("Sub allInstVarNames asArray = #(a b c)") == "true"
    assert bench.print("Own subclasses asArray") == "{Sub}"
    assert bench.print("Sub superclass") == "Own"
    assert bench.print("{ Sub class superclass. Object class superclass superclass }") == "{Own class. nil}".replace(
        "nil", bench.print("Object class superclass superclass")
    )
    assert bench.print("Own sourceCodeAt: #foo") == "'foo ^ 1'"
    assert (
        bench.print("{ Own new respondsTo: #foo. Sub canUnderstand: #bar:. 3 respondsTo: #foo }")
        == "#(true true false)"
    )
    assert bench.print("| o | o := Sub new. o instVarNamed: 'c' put: 4. o instVarNamed: 'c'") == "4"


def test_all_instances_are_found(bench):
    bench.define("Own", "keep: x kept := x", variables="kept")
    bench.print("x := Own new. y := { Own new. [ x ] }. x keep: Own new")

    assert bench.print("Own allInstances size") == "3"


def test_become_swaps_two_objects(bench):
    bench.define("Own", "v ^ v", "v: x v := x", variables="v")
    bench.define("Other", "w ^ 9")

    assert bench.print("| a b | a := Own new. a v: 1. b := Other new. a become: b. { a w. b v }") == "#(9 1)"
    assert bench.print("| a b | a := 'ab' copy. b := 'xyz' copy. a become: b. { a. b }") == "#('xyz' 'ab')"


def test_a_class_that_is_loaded_with_pools_keeps_and_shares_them(bench):
    define_class(bench.image, ClassDefinition(name="Pool", superclass="SharedPool", class_variables=("Shared",)))
    record = define_class(bench.image, ClassDefinition(name="Own", superclass="Object", pools=("Pool",)))
    bench.compile("Own", "shared ^ Shared")
    bench.print("Pool classVarNamed: #Shared put: 42")

    assert bench.print("Own new shared") == "42"
    assert own_definition(bench.image, record).pools == ("Pool",)


def test_a_class_variable_that_comes_or_goes_is_seen_by_methods_that_ran_before(bench):
    bench.define("Own", "b ^ B")
    assert "undeclared variable B" in bench.fail("Own new b").message

    bench.print("Own addClassVarNamed: #B. Own classVarNamed: #B put: 3")
    assert bench.print("Own new b") == "3"

    bench.print("Own removeClassVarNamed: #B")
    assert "undeclared variable B" in bench.fail("Own new b").message
