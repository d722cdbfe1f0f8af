"""What is done to long texts part by part: others run between the parts, and the value is that of the whole."""

import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stui_actors.smalltalk.primitives import long_texts
from stui_actors.smalltalk.primitives.conversions import arguments

from .bench import Bench

LONG = 2_000_000  # characters: eight parts
TEXT = f"(String new: {LONG} withAll: $a)"
MIXED = some.text("ab' :é1+\ud800", max_size=40)


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (f"{TEXT} asUppercase last", "$A"),
        (f"{TEXT} asLowercase last", "$a"),
        (f"({TEXT} , 'b') reversed first", "$b"),
        (f"({TEXT} copyReplaceAll: 'aab' with: 'c') size", str(LONG)),
        (f"({TEXT} copyReplaceAll: 'aa' with: 'c') size", str(LONG // 2)),
        (f"{TEXT} hash", str(zlib.crc32(b"a" * LONG) & 0x0FFFFFFF)),
        (f"({TEXT} sameAs: {TEXT} asUppercase)", "true"),
        (f"(String new: {LONG} withAll: $ ) trimBoth size", "0"),
        (f"(String new: {LONG} withAll: $ ) trimLeft size", "0"),
        (f"(String new: {LONG} withAll: $ ) trimRight size", "0"),
        (f"{TEXT} numArgs", "0"),
        (f"{TEXT} isLiteralSymbol", "true"),
    ],
)
def test_others_run_while_a_long_text_is_gone_through(source, printed, shared_library):
    bench = Bench(shared_library, ticks=2)
    process = bench.image.start(source)
    slices = 1
    while not process.run_slice():
        slices += 1

    assert process.outcome.error is None
    assert process.outcome.text == printed
    assert slices >= 4


def test_a_string_that_is_filled_takes_no_more_memory_than_its_characters(make_bench):
    bench = make_bench(max_memory=8_000_000)

    assert bench.print("(String new: 3000000 withAll: $a) size") == "3000000"
    assert bench.print("s := String new: 3 withAll: $a. s at: 2 put: $b. s") == "'aba'"


def test_what_a_replacement_would_make_too_large_is_refused(make_bench):
    error = make_bench(max_memory=4_000_000).fail(
        "(String new: 1000000 withAll: $a) copyReplaceAll: 'a' with: 'bcdefg'"
    )

    assert error.details["limit"] == "memory"


@given(text=MIXED, before=some.text("ab'", min_size=1, max_size=7), after=some.text("xa", max_size=3))
def test_replacing_by_parts_is_replacing(text, before, after):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_texts, "PART", 3)
        patch.setattr(long_texts, "MACHINE", Uncharged())

        assert long_texts.replaced(text, before, after) == text.replace(before, after)


@given(text=MIXED)
def test_each_function_says_of_the_parts_what_it_says_of_the_whole(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_texts, "PART", 3)
        patch.setattr(long_texts, "MACHINE", Uncharged())

        assert long_texts.backwards(text) == text[::-1]
        assert long_texts.trimmed_left(text, " 'a") == text.lstrip(" 'a")
        assert long_texts.trimmed_right(text, " 'a") == text.rstrip(" 'a")
        assert long_texts.by_parts(str.upper)(text) == text.upper()
        assert long_texts.checksum(text) == zlib.crc32(text.encode("utf-8", "surrogatepass"))


@given(text=some.one_of(some.text("ab1:", min_size=1, max_size=9), some.text("+-*a", min_size=1, max_size=9)))
def test_a_long_name_has_as_many_arguments_as_a_short_one(text):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(long_texts, "PART", 3)
        patch.setattr(long_texts, "MACHINE", Uncharged())

        assert long_texts.arguments_of_long(text) == arguments(text)


class Uncharged:
    """A machine on which nothing runs."""

    def tick_if_due(self):
        pass

    def charge(self, size):
        pass
