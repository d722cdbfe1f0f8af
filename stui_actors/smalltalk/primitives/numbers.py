"""Primitives of Integer. Each predicts the size of its result and charges it before it computes."""

import math
import operator
from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString
from stui_actors.smalltalk.primitives.integer_texts import SMALL_BITS, decimal_text, text_in_base
from stui_actors.smalltalk.primitives.large_integers import (
    common_divisor,
    divided,
    inverse_modulo,
    let_others_run,
    power_modulo,
    root_floor,
)

WITNESSES = (2, 3, 5, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41)  # certain below 3.3e24 (Sorenson and Webster 2015)


def nearest_float(value: int) -> float:
    """Answer ``value`` rounded to 53 bits; beyond the range of floats, an infinity."""
    try:
        return float(value)
    except OverflowError:
        return math.inf if value > 0 else -math.inf


def charge_bits(bits: int) -> None:
    """Charge an integer of ``bits`` bits, before it is made."""
    if bits > SMALL_BITS:
        MACHINE.charge_bits(bits)


def add(a: int, b: object) -> object:
    """``a + b`` for two Integers, or an Integer and a Float."""
    if b.__class__ is int:
        return a + b
    return nearest_float(a) + b if b.__class__ is float else FAIL


def subtract(a: int, b: object) -> object:
    """``a - b`` for two Integers, or an Integer and a Float."""
    if b.__class__ is int:
        return a - b
    return nearest_float(a) - b if b.__class__ is float else FAIL


def multiply(a: int, b: object) -> object:
    """``a * b`` for two Integers, or an Integer and a Float."""
    if isinstance(b, float):
        return nearest_float(a) * b
    if b.__class__ is not int:
        return FAIL
    assert isinstance(b, int)
    charge_bits(a.bit_length() + b.bit_length())
    return a * b


def divide(a: int, b: object) -> object:
    """``a / b`` where it comes out even, or where ``b`` is a Float other than zero."""
    if isinstance(b, float):
        return nearest_float(a) / b if b else FAIL
    if b.__class__ is not int or not b:
        return FAIL
    assert isinstance(b, int)
    quotient, rest = divided(a, b)
    return FAIL if rest else quotient


def floor_divide(a: int, b: object) -> object:
    """``a // b`` for Integers: rounded towards negative infinity."""
    return divided(a, b)[0] if isinstance(b, int) and b.__class__ is int and b else FAIL


def modulo(a: int, b: object) -> object:
    r"""``a \\ b`` for Integers: the sign is that of ``b``."""
    return divided(a, b)[1] if isinstance(b, int) and b.__class__ is int and b else FAIL


def quotient(a: int, b: object) -> object:
    """``a quo: b`` for Integers: rounded towards zero."""
    if b.__class__ is not int or not b:
        return FAIL
    assert isinstance(b, int)
    whole = divided(abs(a), abs(b))[0]
    return whole if (a < 0) == (b < 0) else -whole


def remainder(a: int, b: object) -> object:
    """``a rem: b`` for Integers: the sign is that of ``a``."""
    if b.__class__ is not int or not b:
        return FAIL
    assert isinstance(b, int)
    rest = divided(abs(a), abs(b))[1]
    return -rest if a < 0 else rest


def _compared(test: Callable[[float, float], object]) -> Callable[[int, object], object]:
    def compare(a: int, b: object) -> object:
        return test(a, b) if b.__class__ is int or b.__class__ is float else FAIL

    return compare


def float_divided(a: int, b: object) -> object:
    """The Float nearest to the exact quotient ``a / b``; fails unless ``b`` is a positive Integer."""
    if b.__class__ is not int or b <= 0:
        return FAIL
    try:
        return a / b
    except OverflowError:
        return math.inf if a > 0 else -math.inf


def number_hash(a: float) -> int:
    """A hash that is equal for equal Integers and Floats, and never negative."""
    return hash(a) & 0xFFFFFFFFFFFFFFF


def _bitwise(operation: Callable[[int, int], int]) -> Callable[[int, object], object]:
    def combine(a: int, b: object) -> object:
        return operation(a, b) if b.__class__ is int else FAIL

    return combine


def shift(a: int, amount: object) -> object:
    """``a bitShift: amount``: left if positive, else right with the sign kept."""
    if amount.__class__ is not int:
        return FAIL
    assert isinstance(amount, int)
    if amount < 0:
        return a >> min(-amount, a.bit_length() + 1)
    charge_bits(a.bit_length() + amount if a else 0)
    return a << amount if a else 0


def power(a: int, exponent: object) -> object:
    """``a raisedToInteger: exponent`` for an exponent that is not negative."""
    if exponent.__class__ is not int or exponent < 0:
        return FAIL
    assert isinstance(exponent, int)
    if a in (0, 1):
        return a if exponent else 1
    if a == -1:
        return -1 if exponent & 1 else 1
    charge_bits(_power_bits(a, exponent))
    return a**exponent


def _power_bits(a: int, exponent: int) -> int:
    """An upper bound, within one part in a thousand, of the bits of ``a ** exponent``."""
    magnitude = abs(a)
    if magnitude.bit_length() < 1000:
        return int(math.log2(magnitude) * exponent * 1.001) + 2 if exponent < 1 << 60 else exponent
    return magnitude.bit_length() * exponent


def raised_modulo(a: int, exponent: object, modulus: object) -> object:
    """``a raisedTo: exponent modulo: modulus``, without the intermediate power."""
    if not (exponent.__class__ is int and modulus.__class__ is int):
        return FAIL
    if exponent < 0 or not modulus:
        return FAIL
    assert isinstance(exponent, int)
    assert isinstance(modulus, int)
    return power_modulo(a, exponent, modulus)


def reciprocal_modulo(a: int, modulus: object) -> object:
    """The inverse of ``a`` modulo ``modulus``; fails where there is none."""
    if modulus.__class__ is not int or not modulus:
        return FAIL
    assert isinstance(modulus, int)
    inverse = inverse_modulo(a, modulus)
    return FAIL if inverse is None else inverse


def greatest_common_divisor(a: int, b: object) -> object:
    """The greatest Integer that divides both."""
    return common_divisor(a, b) if isinstance(b, int) and b.__class__ is int else FAIL


def factorial(a: int) -> object:
    """The product of 1 to ``a``; fails for negative ``a``."""
    if a < 0:
        return FAIL
    charge_bits(int(math.lgamma(a + 1) / math.log(2) * 1.001) + 2 if a < 1 << 60 else a)
    return math.factorial(a)


def square_root_floor(a: int) -> object:
    """The greatest integer whose square is not above ``a``; fails for negative ``a``."""
    if a < 0:
        return FAIL
    charge_bits(a.bit_length())
    return root_floor(a)


def root_as_float(a: int) -> object:
    """The square root of ``a`` as a Float, even where ``a`` itself is beyond Floats; fails for negative ``a``."""
    if a < 0:
        return FAIL
    if a.bit_length() <= 1023:
        return math.sqrt(a)
    excess = (a.bit_length() - 1000) // 2
    if excess > 520:
        return math.inf
    return math.ldexp(math.sqrt(a >> (2 * excess)), excess)


def _logarithm(function: Callable[[int], float]) -> Callable[[int], object]:
    def logarithm(a: int) -> object:
        return function(a) if a > 0 else FAIL

    return logarithm


def root_truncated(a: int, degree: object) -> object:
    """The integer part of the ``degree``-th root; fails for an even root of a negative number."""
    if degree.__class__ is not int or degree < 1 or (a < 0 and not degree % 2):
        return FAIL
    assert isinstance(degree, int)
    root = _positive_root(abs(a), degree)
    return -root if a < 0 else root


def _positive_root(value: int, degree: int) -> int:
    """Newton's iteration from above, which never undershoots."""
    if value < 2 or degree == 1:
        return value
    if degree >= value.bit_length():
        return 1
    guess = 1 << -(-value.bit_length() // degree)
    while True:
        better = ((degree - 1) * guess + divided(value, guess ** (degree - 1))[0]) // degree
        let_others_run(1 + (value.bit_length() >> 8))
        if better >= guess:
            return guess
        guess = better


def is_probably_prime(a: int) -> bool:
    """Miller and Rabin's test with fixed witnesses."""
    if a < 2:
        return False
    for prime in WITNESSES:
        if a % prime == 0:
            return a == prime
    twos = (a - 1 & 1 - a).bit_length() - 1
    return all(_passes(a, witness, twos) for witness in WITNESSES)


def _passes(a: int, witness: int, twos: int) -> bool:
    """Whether ``witness`` finds no proof that ``a`` is composite; ``a - 1`` has ``twos`` factors 2."""
    x = power_modulo(witness, (a - 1) >> twos, a)
    if x in (1, a - 1):
        return True
    for _ in range(twos - 1):
        x = divided(x * x, a)[1]
        if x == a - 1:
            return True
    return False


def bit_count(a: int) -> object:
    """How many bits of ``a`` are 1; fails for negative ``a``."""
    return a.bit_count() if a >= 0 else FAIL


def high_bit(a: int) -> int:
    """The index of the highest 1 bit of the magnitude, 0 for 0."""
    return a.bit_length()


def low_bit(a: int) -> int:
    """The index of the lowest 1 bit, 0 for 0."""
    return (a & -a).bit_length()


def print_string(a: int) -> StString:
    """``a`` in decimal."""
    return StString(decimal_text(a))


def print_string_base(a: int, base: object) -> object:
    """``a`` in digits of ``base``, upper case; fails unless the base lies between 2 and 36."""
    if base.__class__ is not int or not 2 <= base <= 36:
        return FAIL
    assert isinstance(base, int)
    return StString(text_in_base(a, base))


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Integer.+": add,
    "Integer.-": subtract,
    "Integer.*": multiply,
    "Integer./": divide,
    "Integer.//": floor_divide,
    "Integer.\\\\": modulo,
    "Integer.quo:": quotient,
    "Integer.rem:": remainder,
    "Integer.<": _compared(operator.lt),
    "Integer.>": _compared(operator.gt),
    "Integer.<=": _compared(operator.le),
    "Integer.>=": _compared(operator.ge),
    "Integer.=": _compared(operator.eq),
    "Integer.hash": number_hash,
    "Integer.asFloat": nearest_float,
    "Integer.floatDividedBy:": float_divided,
    "Integer.bitAnd:": _bitwise(operator.and_),
    "Integer.bitOr:": _bitwise(operator.or_),
    "Integer.bitXor:": _bitwise(operator.xor),
    "Integer.bitShift:": shift,
    "Integer.bitCount": bit_count,
    "Integer.highBitOfMagnitude": high_bit,
    "Integer.lowBit": low_bit,
    "Integer.raisedToInteger:": power,
    "Integer.raisedTo:modulo:": raised_modulo,
    "Integer.reciprocalModulo:": reciprocal_modulo,
    "Integer.gcd:": greatest_common_divisor,
    "Integer.factorial": factorial,
    "Integer.sqrtFloor": square_root_floor,
    "Integer.rootAsFloat": root_as_float,
    "Integer.ln": _logarithm(math.log),
    "Integer.log": _logarithm(math.log10),
    "Integer.nthRootTruncated:": root_truncated,
    "Integer.isProbablyPrime": is_probably_prime,
    "Integer.printString": print_string,
    "Integer.printStringBase:": print_string_base,
}
