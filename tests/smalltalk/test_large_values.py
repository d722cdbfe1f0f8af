"""Primitives that go through large texts and arrays let others run on the way, and answer the same."""

import pytest

from .bench import Bench

SIZE = 24_000
TEXT = f"(String new: {SIZE} withAll: $b)"
ACCENTED = f"(String new: {SIZE} withAll: (Character value: 233))"


@pytest.mark.parametrize(
    ("source", "printed"),
    [
        (f"| a | a := {TEXT} asArray. {{a size. a first. a last}}", f"{{{SIZE}. $b. $b}}"),
        (f"{ACCENTED} asUppercase last codePoint", "201"),
        (f"{ACCENTED} asLowercase first codePoint", "233"),
        (f"{ACCENTED} sameAs: {ACCENTED}", "true"),
        (f"(String withAll: (Array new: {SIZE} withAll: $c)) size", str(SIZE)),
        (f"(Array new: {SIZE} withAll: 7) asByteArray last", "7"),
        (f"(Array new: {SIZE} withAll: 7) isLiteral", "true"),
    ],
)
def test_others_run_while_a_large_value_is_gone_through(source, printed, shared_library):
    bench = Bench(shared_library, ticks=2)
    process = bench.image.start(source)
    slices = 1
    while not process.run_slice():
        slices += 1

    assert process.outcome.text.replace("#", "").strip("()") in (printed, printed.strip("{}").replace(". ", " "))
    assert slices > SIZE // 4096 // 2


def test_what_is_no_byte_is_refused(bench):
    assert bench.fail("#(1 256) asByteArray").error_type == "EvaluationError"
    assert bench.fail("((Array new: 9000 withAll: 1) at: 8999 put: -1; yourself) asByteArray").error_type == (
        "EvaluationError"
    )
