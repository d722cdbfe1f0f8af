"""Arithmetic in steps answers what Python answers at once."""

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.smalltalk.primitives import large_integers
from stui_actors.smalltalk.primitives.large_integers import (
    common_divisor,
    divided,
    inverse_modulo,
    power_modulo,
    root_floor,
)

from .bench import Bench

SIZES = st.integers(min_value=1, max_value=3000)


@st.composite
def integers(draw):
    """Integers of up to 3000 bits, among them those that are all ones or all noughts but the first."""
    bits = draw(SIZES)
    shape = draw(st.sampled_from(["any", "ones", "power"]))
    number = {"ones": (1 << bits) - 1, "power": 1 << bits, "any": 0}[shape] or draw(
        st.integers(min_value=0, max_value=(1 << bits) - 1)
    )
    return draw(st.sampled_from([1, -1])) * number


@pytest.fixture(autouse=True)
def _small_steps(monkeypatch):
    monkeypatch.setattr(large_integers, "AT_ONCE", 1 << 12)
    monkeypatch.setattr(large_integers, "LEAF", 24)


quick = settings(max_examples=150, deadline=None, derandomize=True)


@quick
@given(integers(), integers().filter(bool))
def test_division_is_pythons(a, b):
    assert divided(a, b) == divmod(a, b)


@quick
@given(integers(), integers(), integers())
def test_the_greatest_common_divisor_is_pythons(a, b, factor):
    assert common_divisor(a, b) == math.gcd(a, b)
    assert common_divisor(a * factor, b * factor) == math.gcd(a * factor, b * factor)


@quick
@given(integers().map(abs))
def test_the_root_is_pythons(a):
    assert root_floor(a) == math.isqrt(a)
    assert root_floor(a * a) == a


@quick
@given(integers(), st.integers(min_value=0, max_value=400), integers().filter(bool))
def test_a_power_of_any_length_is_pythons(a, exponent, modulus):
    exponent = exponent << (1_000_000 * 4096 // (modulus.bit_length() ** 2 + 4096) % 999)
    assert power_modulo(a, exponent, modulus) == pow(a, exponent, modulus)


@quick
@given(integers(), integers().filter(bool))
def test_an_inverse_is_pythons(a, modulus):
    expected = pow(a, -1, modulus) if math.gcd(a, modulus) == 1 else None
    assert inverse_modulo(a, modulus) == expected


@pytest.mark.parametrize(
    "source",
    [
        "(3 raisedTo: 600000) // (7 raisedTo: 170000)",
        r"(3 raisedTo: 600000) \\ (7 raisedTo: 170000)",
        "(3 raisedTo: 600000) gcd: (7 raisedTo: 340000) + 2",
        "(3 raisedTo: 600000) sqrtFloor",
        "(3 raisedTo: 600000) nthRootTruncated: 3",
        "(3 raisedTo: 600000) printString",
        "(3 raisedTo: 200000) printString: 7",
        "7 raisedTo: (3 raisedTo: 30000) modulo: (5 raisedTo: 30000)",
        "((2 raisedTo: 4423) - 1) isProbablyPrime",
        "(7 raisedTo: 100000) reciprocalModulo: (3 raisedTo: 170000)",
    ],
)
def test_others_run_while_large_integers_are_computed(source, shared_library, monkeypatch):
    monkeypatch.undo()
    process = Bench(shared_library).image.start(f"x := {source}. 0")
    slices = 1
    while slices < 10 and not process.run_slice():
        slices += 1
    process.stop(None)

    assert slices == 10
