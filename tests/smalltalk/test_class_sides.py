"""Class sides without methods share Python types; nobody may notice, whatever is added to which of them."""

import sys

import pytest

UNKNOWN = "MessageNotUnderstood"


@pytest.fixture
def other(make_bench):
    return make_bench()


def exception(bench, source):
    """The class of what a do-it ends with."""
    return bench.fail(source).details["exception_class"]


def test_most_class_sides_of_the_library_share_what_images_copy(shared_library, bench):
    records = shared_library.records
    assert records["FloatingPointException"].meta.instance_type is records["ArithmeticError"].meta.instance_type
    assert records["FloatingPointException"].class_object is not records["ArithmeticError"].class_object

    bench.compile("ArithmeticError", "isHeavy ^ false")

    assert len(bench.image.tables.k) == len(shared_library.tables.k) < 341  # where a dict doubles
    assert sys.getsizeof(bench.image.tables.k) < 10_000


@pytest.mark.parametrize("selector", ["zork", "printString"])
@pytest.mark.parametrize("others_know_it", [True, False])
def test_a_class_method_reaches_its_class_and_those_below_and_no_other(bench, other, selector, others_know_it):
    if others_know_it:
        bench.compile("Object class", "zork ^ 0")
    bench.define("Deep", above="FloatingPointException")
    bench.compile("ArithmeticError class", f"{selector} ^ 7")

    assert (
        bench.print(f"{{ ArithmeticError {selector}. FloatingPointException {selector}. Deep {selector} }}")
        == "#(7 7 7)"
    )
    assert bench.print(f"Deep class compile: '{selector} ^ super {selector} + 1'. Deep {selector}") == "8"
    if selector == "zork" and others_know_it:
        assert bench.print("{ EndOfStream zork. Error zork. Object zork }") == "#(0 0 0)"
    elif selector == "zork":
        assert {exception(bench, f"{each} zork") for each in ("EndOfStream", "Error", "Exception")} == {UNKNOWN}
    else:
        assert bench.print("{ EndOfStream printString. Error printString }") == "#('EndOfStream' 'Error')"
        assert other.print("ArithmeticError printString") == "'ArithmeticError'"


@pytest.mark.parametrize("pattern", ["zork", "zork: a", "zork: a zork: b", "zork: a zork: b zork: c"])
def test_class_methods_of_one_selector_are_each_classs_own(bench, pattern):
    send = pattern.translate(str.maketrans("abc", "123"))
    bench.compile("FloatingPointException class", f"{pattern} ^ 'identity'")
    bench.compile("ArithmeticError class", f"{pattern} ^ 'bag'")
    bench.compile("SizeMismatch class", f"{pattern} ^ 'set'")

    assert (
        bench.print(f"{{ ArithmeticError {send}. FloatingPointException {send}. SizeMismatch {send} }}")
        == "#('bag' 'identity' 'set')"
    )
    assert exception(bench, f"EndOfStream {send}") == UNKNOWN


def test_class_methods_that_were_added_can_be_changed_and_removed(bench):
    bench.compile("ArithmeticError class", "zork ^ 1")
    bench.compile("FloatingPointException class", "zork ^ super zork + 10")
    assert bench.print("FloatingPointException zork") == "11"

    bench.compile("ArithmeticError class", "zork ^ 2")
    assert bench.print("FloatingPointException zork") == "12"

    bench.print("FloatingPointException class removeSelector: #zork")
    assert bench.print("FloatingPointException zork") == "2"

    bench.print("ArithmeticError class removeSelector: #zork")
    assert exception(bench, "FloatingPointException zork") == exception(bench, "ArithmeticError zork") == UNKNOWN


def test_a_class_side_that_lends_its_types_changes_for_all_below(bench):
    bench.compile("FloatingPointException class", "zork ^ super zork + 1")
    bench.compile("Error class", "zork ^ 40")
    bench.compile("Error class", "quux ^ self zork + 1")

    assert bench.print("{ ArithmeticError quux. FloatingPointException quux. ArithmeticError zork }") == "#(41 42 40)"


def test_class_sides_of_ones_own_stand_alone_from_their_first_method_on(bench):
    for name, above in (("Top", "Object"), ("Low", "Top"), ("Side", "Top"), ("Lowest", "Low")):
        bench.define(name, above=above)
    own = bench.image.own
    assert own["Low"].meta.instance_type is own["Side"].meta.instance_type is own["Top"].meta.instance_type

    bench.print("kept := Lowest. block := [ kept zork ]")
    bench.compile("Low class", "zork ^ 5")
    bench.compile("Lowest class", "zork ^ super zork + 1")

    assert bench.print("{ Low zork. block value }") == "#(5 6)"
    assert exception(bench, "Side zork") == exception(bench, "Top zork") == exception(bench, "Object zork") == UNKNOWN

    bench.compile("Top class", "quux ^ self name")
    assert bench.print("{ Top quux. Low quux. Side quux. kept quux }") == "#(#Top #Low #Side #Lowest)"
    assert bench.print("kept == Lowest and: [ kept new class == Lowest ]") == "true"

    bench.print("Low class removeSelector: #zork")
    assert exception(bench, "Low zork") == exception(bench, "Lowest zork") == UNKNOWN


def test_variables_of_class_sides_keep_their_values_when_a_side_comes_to_stand_alone(bench):
    bench.define("Top")
    bench.define("Low", above="Top")
    bench.print("Top class instanceVariableNames: 'count'")
    bench.compile("Top class", "count ^ count")
    bench.compile("Top class", "count: n count := n")
    bench.print("Top count: 3. Low count: 4")

    bench.compile("Low class", "more ^ count + 1")

    assert bench.print("{ Top count. Low count. Low more }") == "#(3 4 5)"
    bench.define("Late", above="Low")
    assert bench.print("{ Late count. Late class allInstVarNames includes: #count }") == "#(nil true)"


def test_a_class_that_changes_its_superclass_finds_the_other_class_methods(bench):
    bench.define("Top")
    bench.compile("Top class", "zork ^ 1")
    bench.define("Own", above="Top")
    bench.print("kept := Own")
    assert bench.print("Own zork") == "1"

    bench.define("Own")
    assert exception(bench, "kept zork") == UNKNOWN

    bench.print("Top removeFromSystem")
    bench.compile("ArithmeticError class", "zork ^ 9")
    bench.define("Own", above="ArithmeticError")
    assert bench.print("kept zork") == "9"


def test_a_class_is_the_one_instance_of_its_metaclass(bench):
    bench.define("Own")
    bench.define("Mine")

    assert bench.print("FloatingPointException class allInstances asArray = { FloatingPointException }") == "true"
    assert bench.print("Own class allInstances asArray = { Own }") == "true"


def test_what_any_class_makes_can_be_sent_messages(shared_library, bench, make_bench):
    changed = make_bench()
    changed.compile("ProtoObject", "zork ^ 7")
    for name in shared_library.records:
        for each, message in ((bench, "== 3"), (changed, "zork")):
            each.print(f"made := [ {name} basicNew ] on: Error do: [ :e | nil ]. made {message}. {name} {message}")
    assert changed.print("made zork + Object zork + ArithmeticError zork + Object class zork") == "28"


def test_an_added_method_in_a_class_without_methods_stays_there(bench):
    bench.compile("Integer", "zork ^ 1")
    bench.compile("LargePositiveInteger", "zork ^ super zork + 1")
    bench.compile("SmallIdentityDictionary", "size ^ 99")

    assert bench.print("{ (2 raisedTo: 70) zork. SmallIdentityDictionary new size }") == "#(2 99)"
    assert bench.print("SmallDictionary new size + IdentityDictionary new size") == "0"
