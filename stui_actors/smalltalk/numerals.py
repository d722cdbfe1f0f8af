"""Reads the numbers of Smalltalk source: radix, fraction, exponent, scale; bounds what they may grow to."""

import math
import re
from fractions import Fraction

from stui_actors.smalltalk.nodes import LiteralKind

MAX_BITS = 1_000_000  # of one literal
MAX_SCALE = 10_000
_NUMERAL = re.compile(r"(-?)(?:([0-9]+)r(-?))?([0-9A-Za-z]+?)(?:\.([0-9A-Z]+))?(?:([edq])(-?[0-9]+)|(s)([0-9]*))?\Z")
_DECIMAL = re.compile(r"-?[0-9]+\Z")
_CHUNK = 4000  # digits: below Python's own limit for decimal text
_FAR = 4000  # digits beyond which a float is infinite or zero whatever they are


class NumberTooLargeError(ValueError):
    """The number needs more bits than a literal may have."""


class MalformedNumberError(ValueError):
    """A digit is not one of the radix, or the radix is not one from 2 to 36."""


def read_number(text: str, budget: int = MAX_BITS) -> tuple[LiteralKind, object]:
    """Kind and value of a NUMBER token; raise NumberTooLargeError above ``budget`` bits, or MalformedNumberError."""
    if len(text) < 19 and _DECIMAL.match(text):
        return LiteralKind.INTEGER, int(text)
    match = _NUMERAL.match(text)
    if match is None:
        raise MalformedNumberError(text[:64])
    minus, radix, inner_minus, whole, part, mark, exponent, scaled, scale = match.groups()
    base = int(radix[:3]) if radix else 10
    if not 2 <= base <= 36:
        raise MalformedNumberError(text[:64])
    sign = -1 if (minus == "-") != (inner_minus == "-") else 1
    power = _power(exponent)
    if part is not None and not scaled:
        return LiteralKind.FLOAT, sign * _float(whole, part, base, power, text)
    value = Fraction(sign * _integer(whole + (part or ""), base, budget), base ** len(part or ""))
    if scaled:
        return _scaled(value, int(scale[:9]) if scale else len(part or ""))
    return _exact(value, base, power if mark else 0, budget)


def _power(exponent: str | None) -> int:
    if exponent is None:
        return 0
    return int(exponent[:12])  # far beyond every bound already


def _exact(value: Fraction, base: int, power: int, budget: int) -> tuple[LiteralKind, object]:
    if power and value:
        if abs(power) * math.log2(base) + value.numerator.bit_length() > budget:
            raise NumberTooLargeError
        value *= Fraction(base) ** power
    if value.denominator == 1:
        return LiteralKind.INTEGER, value.numerator
    return LiteralKind.FRACTION, (value.numerator, value.denominator)


def _scaled(value: Fraction, scale: int) -> tuple[LiteralKind, object]:
    if scale > MAX_SCALE:
        raise NumberTooLargeError
    return LiteralKind.SCALED, (value.numerator, value.denominator, scale)


def _float(whole: str, part: str, base: int, power: int, text: str) -> float:
    if base == 10 and "r" not in text:
        return float(f"{whole}.{part}e{power}")
    whole, part = whole[:_FAR], part[:_FAR]
    if abs(power) > _FAR:
        return math.inf if power > 0 else 0.0
    value = Fraction(_integer(whole + part, base, MAX_BITS), base ** len(part)) * Fraction(base) ** power
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _integer(digits: str, base: int, budget: int) -> int:
    if len(digits) * math.log2(base) > budget + 64:
        raise NumberTooLargeError
    try:
        return integer_of(digits, base)
    except ValueError as error:
        raise MalformedNumberError(digits[:64]) from error


def integer_of(digits: str, base: int) -> int:
    """The value of ``digits``; splits what ``int`` would refuse; raise ValueError for a digit beyond the radix."""
    return _value(digits, base, {})


def _value(digits: str, base: int, powers: dict[int, int]) -> int:
    """The same; ``powers`` remembers those of the base by their exponent."""
    if len(digits) <= _CHUNK or base & (base - 1) == 0:
        return int(digits, base)
    low = 1 << ((len(digits) - 1).bit_length() - 1)  # a power of two, so that few different powers are needed
    if low not in powers:
        powers[low] = base**low
    return _value(digits[:-low], base, powers) * powers[low] + _value(digits[-low:], base, powers)
