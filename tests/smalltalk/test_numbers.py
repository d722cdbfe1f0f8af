"""Texts of numbers: what is written reads back, in every base."""

import contextlib
import decimal
import inspect
import itertools
import math
from fractions import Fraction

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stui_actors.smalltalk.objects import StString
from stui_actors.smalltalk.primitives import floats, integer_texts, numbers, parsing


class RefusedError(Exception):
    """What the machine would stop the program with."""


class Purse:
    """Stands for the machine's accounts: keeps what was charged, refuses integers above a limit."""

    def __init__(self):
        self.bits = []

    def charge(self, size):
        assert size >= 0

    charge_work = charge

    def charge_bits(self, bits):
        if bits > 10**6:
            raise RefusedError(bits)
        self.bits.append(bits)

    def random_seed(self):
        return 4


@pytest.fixture(autouse=True)
def purse(monkeypatch):
    purse = Purse()
    for module in (integer_texts, numbers, floats, parsing):
        monkeypatch.setattr(module, "MACHINE", purse)
    return purse


settings.register_profile("numbers", suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
settings.load_profile("numbers")

bases = st.integers(2, 36)
integers = st.integers(-(10**60), 10**60) | st.integers(-(2**16000), 2**16000)
finite = st.floats(allow_nan=False, allow_infinity=False)


@given(integers, bases)
def test_an_integer_reads_back_from_its_digits_in_any_base(value, base):
    digits = integer_texts.text_in_base(value, base)
    assert parsing.integer_of(digits.lstrip("-"), base) == abs(value)
    assert digits.startswith("-") == (value < 0)


@given(finite)
def test_a_float_reads_back_from_its_text(value):
    text = floats.text(value)
    assert float(text) == value
    assert "." in text
    assert "e+" not in text


@given(st.floats(min_value=5e-324, allow_infinity=False), bases)
def test_a_float_reads_back_from_its_digits_in_any_base(value, base):
    digits, first = floats._shortest(value, base)
    scale = first - len(digits) + 1
    exact = Fraction(int(digits, base)) * Fraction(base) ** scale
    assert float(exact) == value


@given(finite)
def test_shortest_digits_in_base_ten_are_no_longer_than_the_decimal_text(value):
    if value:
        assert len(floats._shortest(abs(value), 10)[0]) <= len(floats._decimal_digits(abs(value))[0])


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.1, "0.1"),
        (100.0, "100.0"),
        (999999.0, "999999.0"),
        (1.0e6, "1.0e6"),
        (0.0001, "0.0001"),
        (1.0e-5, "1.0e-5"),
        (1.5e100, "1.5e100"),
        (-0.0, "-0.0"),
        (5e-324, "5.0e-324"),
        (math.inf, "Float infinity"),
        (-math.inf, "Float infinity negated"),
        (math.nan, "Float nan"),
    ],
)
def test_floats_print_as_pharo_lays_them_out(value, text):
    assert floats.text(value) == text


@given(st.integers(0, 10**40), st.integers(1, 12))
def test_the_integer_root_is_the_greatest_whose_power_fits(value, degree):
    root = numbers.root_truncated(value, degree)
    assert root**degree <= value < (root + 1) ** degree


@given(st.integers(2, 10**6))
def test_primes_are_what_trial_division_finds(value):
    assert numbers.is_probably_prime(value) == all(value % d for d in range(2, math.isqrt(value) + 1))


@given(st.integers(-(10**30), 10**30), st.integers(-(10**30), 10**30).filter(bool))
def test_quotient_and_remainder_belong_together(a, b):
    assert numbers.quotient(a, b) * b + numbers.remainder(a, b) == a
    assert numbers.floor_divide(a, b) * b + numbers.modulo(a, b) == a


@pytest.mark.parametrize("text", ["", "-", "abc", "r1", "."])
def test_what_is_no_number_is_not_read(text):
    assert parsing.scan_number(None, text, 0) is None


@pytest.mark.parametrize(
    ("text", "used", "value"),
    [("12", 2, 12), ("-123.", 4, -123), ("16rFF", 5, 255), ("1e10", 4, 10**10), ("2r1e4", 5, 16), ("12 13", 2, 12)],
)
def test_integers_read_as_far_as_they_go(text, used, value):
    parts = parsing.scan_number(None, text, 0)
    assert parts == [used, "integer", value, 1, 0]


@pytest.mark.parametrize(
    "bomb",
    [
        lambda: numbers.power(2, 10**9),
        lambda: numbers.power(-(10**400), 10**6),
        lambda: numbers.shift(1, 10**9),
        lambda: numbers.factorial(10**6),
        lambda: numbers.multiply(1 << 600_000, 1 << 600_000),
        lambda: parsing.scan_number(None, "1e1000000000", 0),
        lambda: parsing.scan_number(None, "1e-1000000000", 0),
    ],
)
def test_an_integer_too_large_is_refused_before_it_is_computed(bomb):
    with pytest.raises(RefusedError):
        bomb()


@pytest.mark.parametrize(("value", "power"), [(0, 10**12), (1, 10**12), (-1, 10**12 + 1)])
def test_trivial_powers_cost_nothing(value, power, purse):
    assert numbers.power(value, power) == value
    assert purse.bits == []


def test_a_float_with_an_absurd_exponent_is_infinite_or_zero():
    assert parsing.scan_number(None, "1.5e999999999999", 0)[4] == math.inf
    assert parsing.scan_number(None, "1.5e-999999999999", 0)[4] == 0.0


def test_the_power_is_charged_before_it_is_computed():
    bits = numbers._power_bits(10, 1000)
    assert (10**1000).bit_length() <= bits < (10**1000).bit_length() * 1.01


STRANGERS = [None, True, 0, -1, 3, 10**400, 2.5, math.nan, math.inf, "symbol", [], 1 << 70]


@pytest.mark.parametrize("name", sorted({**numbers.PRIMITIVES, **floats.PRIMITIVES, **parsing.PRIMITIVES}))
def test_no_primitive_lets_a_python_error_out_whatever_it_is_given(name):
    table = {**numbers.PRIMITIVES, **floats.PRIMITIVES, **parsing.PRIMITIVES}
    receivers = {"Integer": [0, -7, 12, 10**400], "Float": [0.0, -2.5, 1e300, math.nan, math.inf, -math.inf]}
    arity = len(inspect.signature(table[name]).parameters) - 1
    for receiver in receivers.get(name.partition(".")[0], [None]):
        for arguments in itertools.product(STRANGERS, repeat=arity):
            with contextlib.suppress(RefusedError):
                table[name](receiver, *arguments)


def test_a_number_of_many_digits_is_read_in_little_time_and_exactly():
    digits = "1234567" * 5000
    place, kind, numerator, denominator, value = parsing.scan_number(None, StString(f"0.{digits}"), 10)

    assert (place, kind, value) == (len(digits) + 2, "float", float(f"0.{digits}"))
    assert parsing.scan_number(None, StString("1.0e500"), 2)[4] == 2.0**500
    assert Fraction(numerator, denominator) == Fraction(decimal.Decimal(f"0.{digits}"))
    assert parsing.scan_number(None, StString("25e-3"), 10)[1:4] == ["integer", 1, 40]
