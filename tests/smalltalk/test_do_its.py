"""What sessions share of the do-its that they send: code alone, and only where it means the same."""

import pytest

from stui_actors.errors import ParseError
from stui_actors.smalltalk.do_its import CompiledDoIt, DoItCache


@pytest.fixture
def other(make_bench):
    return make_bench()


def made(source: str) -> CompiledDoIt:
    return CompiledDoIt(compile(source, "<do-it>", "eval"), {}, {}, (), (), None)


# The cache


def test_a_do_it_is_found_under_its_text():
    cache, do_it = DoItCache(), made("1 + 2")

    cache.put("1 + 2", do_it)

    assert cache.get("1 + 2") is do_it
    assert cache.get("1 + 3") is None


def test_one_too_many_displaces_the_one_that_was_not_used_for_longest():
    cache = DoItCache(most=2)
    cache.put("a", made("1"))
    cache.put("b", made("2"))

    cache.get("a")
    cache.put("c", made("3"))

    assert [name for name in "abc" if cache.get(name)] == ["a", "c"]


def test_the_bytes_of_all_do_its_together_are_bounded_and_counted_back():
    cache = DoItCache(most_bytes=20_000)

    for number in range(100):
        cache.put(f"'{number}'", made(repr("x" * 1000 + str(number))))

    assert cache.size <= 20_000
    assert 1 < len(cache) < 20
    for _ in range(100):
        cache.put("'99'", made("99"))
    assert cache.size <= 20_000
    assert len(cache) > 1


def test_a_do_it_that_is_larger_than_all_may_be_is_not_kept():
    cache = DoItCache(most_bytes=2000)

    cache.put("large", made(repr("x" * 5000)))

    assert len(cache) == 0
    assert cache.size == 0


# What sessions share


def test_a_text_that_another_session_sent_is_not_compiled_again(bench, other):
    bench.print("(3 + 4) printString , 'shared once'")
    before = len(bench.image.library.do_its)

    assert other.print("(3 + 4) printString , 'shared once'") == "'7shared once'"
    assert len(bench.image.library.do_its) == before


@pytest.mark.parametrize(
    ("literal", "target", "change"),
    [
        ("#(1 2 3)", "kept", "at: 1 put: 9"),
        ("#(1 (2 3))", "kept last", "at: 1 put: 9"),
        ("#(1 'two')", "kept last", "at: 1 put: $T"),
        ("'abc'", "kept", "at: 1 put: $X"),
        ("#[1 2 3]", "kept", "at: 1 put: 9"),
        ("{ 1. 2 }", "kept", "at: 1 put: 9"),
        (f"#({' '.join(map(str, range(100)))})", "kept", "at: 1 put: 9"),
        (f"#({' '.join(['#[1 2]'] * 100)})", "kept first", "at: 1 put: 9"),
    ],
)
def test_what_one_session_does_to_a_literal_is_seen_by_no_other(bench, other, literal, target, change):
    source = f"kept := {literal}"
    before = bench.print(source)
    assert other.print(source) == before

    bench.print(f"({target}) beWritableObject; {change}")

    assert bench.print("kept") != before
    assert other.print("kept") == before
    assert bench.print(source) == other.print(source) == before


@pytest.mark.parametrize("literal", ["#(1 2 3)", "'abc'", "#[1 2 3]"])
def test_a_literal_that_one_session_made_writable_is_read_only_in_another(bench, other, literal):
    source = f"kept := {literal}"
    bench.print(source)
    other.print(source)

    bench.print("kept beWritableObject")

    assert bench.print("kept isReadOnlyObject") == "false"
    assert other.print("kept isReadOnlyObject") == "true"


def test_a_block_of_a_shared_text_keeps_its_own_sessions_variables(bench, other):
    source = "count := 0. step := [ count := count + 1 ]. step value. count"
    assert bench.print(source) == other.print(source) == "1"

    bench.print("step value; value")

    assert bench.print("count") == "3"
    assert other.print("count") == "1"
    assert other.print("step value") == "2"


def test_a_shared_text_goes_through_each_sessions_own_methods(bench, other):
    source = "3 + 4 max: 5"
    assert other.print(source) == "7"
    bench.compile("Integer", "max: aNumber ^ #mine")

    assert bench.print(source) == "#mine"
    assert other.print(source) == "7"


def test_the_selector_of_one_session_alone_is_not_understood_in_another(bench, other):
    bench.compile("Object", "zork ^ 1")

    assert bench.print("3 zork") == "1"
    assert other.fail("3 zork").details["exception_class"] == "MessageNotUnderstood"
    assert bench.print("3 zork") == "1"


def test_a_name_is_what_it_is_in_the_session_that_sends_it(bench, other):
    bench.define("Thing")

    assert bench.print("Thing printString") == "'Thing'"
    assert other.print("Thing printString") == "'nil'"
    other.print("Thing := 3")
    assert other.print("Thing printString") == "'3'"
    assert bench.print("Thing printString") == "'Thing'"


def test_a_global_that_one_session_may_assign_is_another_sessions_class(bench, other):
    bench.print("Smalltalk at: #Thing put: 3")
    assert bench.print("Thing := 4. Thing") == "4"
    other.define("Thing")

    with pytest.raises(ParseError, match="Assignment to read-only variable"):
        other.print("Thing := 4. Thing")
    assert bench.print("Thing := 4. Thing") == "4"


def test_a_proof_of_what_a_text_assigns_holds_only_where_its_names_are_variables(bench, other):
    bench.print("Smalltalk at: #Level put: 3")
    bench.print("Level := 4")
    assert other.print("Level := 5") == "5"

    assert not bench.image.start("Level := 4").assigned
    assert other.image.start("Level := 5").assigned == frozenset(["Level"])
