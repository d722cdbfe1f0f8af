"""Primitives of Float: IEEE arithmetic without Python's exceptions, and the shortest texts that read back."""

import math
import operator
import struct
from collections.abc import Callable
from fractions import Fraction

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString
from stui_actors.smalltalk.primitives.integer_texts import DIGITS
from stui_actors.smalltalk.primitives.numbers import nearest_float, number_hash

POSITIONAL_FROM = 1.0e-4  # smaller magnitudes print with an exponent
POSITIONAL_BELOW = 1.0e6  # greater magnitudes too
SIGNIFICAND_BITS = 53
LOWEST_EXPONENT = -1074


def add(a: float, b: object) -> object:
    """``a + b`` for a Float or an Integer."""
    if b.__class__ is float:
        return a + b
    return a + nearest_float(b) if b.__class__ is int else FAIL


def subtract(a: float, b: object) -> object:
    """``a - b`` for a Float or an Integer."""
    if b.__class__ is float:
        return a - b
    return a - nearest_float(b) if b.__class__ is int else FAIL


def multiply(a: float, b: object) -> object:
    """``a * b`` for a Float or an Integer."""
    if b.__class__ is float:
        return a * b
    return a * nearest_float(b) if b.__class__ is int else FAIL


def divide(a: float, b: object) -> object:
    """``a / b`` for a Float or an Integer; fails where ``b`` is zero."""
    if b.__class__ is float:
        return a / b if b else FAIL
    if b.__class__ is int:
        return a / nearest_float(b) if b else FAIL
    return FAIL


def _compared(test: Callable[[float, float], object]) -> Callable[[float, object], object]:
    def compare(a: float, b: object) -> object:
        return test(a, b) if b.__class__ is float or b.__class__ is int else FAIL

    return compare


def _total(function: Callable[[float], float]) -> Callable[[float], object]:
    """A function that Python refuses for infinities or overflows: those give NaN or infinity, as IEEE has it."""

    def apply(a: float) -> object:
        try:
            return function(a)
        except ValueError:
            return math.nan
        except OverflowError:
            return math.copysign(math.inf, a)

    return apply


def exponential(a: float) -> float:
    """``e`` to the power ``a``."""
    try:
        return math.exp(a)
    except OverflowError:
        return math.inf


def hyperbolic_cosine(a: float) -> float:
    """The hyperbolic cosine, infinite where it is beyond Floats."""
    try:
        return math.cosh(a)
    except OverflowError:
        return math.inf


def _within(function: Callable[[float], float], low: float, high: float) -> Callable[[float], object]:
    """A function that fails outside of an interval, where Smalltalk signals DomainError; NaN goes through."""

    def apply(a: float) -> object:
        if a != a:
            return a
        return function(a) if low <= a <= high else FAIL

    return apply


def area_tangent(a: float) -> object:
    """The inverse of the hyperbolic tangent, infinite at -1 and 1; fails beyond."""
    if abs(a) == 1:
        return math.copysign(math.inf, a)
    return FAIL if abs(a) > 1 else math.atanh(a)


def _logarithm(function: Callable[[float], float]) -> Callable[[float], object]:
    def apply(a: float) -> object:
        if a != a:
            return a
        return function(a) if a > 0 else FAIL

    return apply


def logarithm_of_successor(a: float) -> object:
    """``(1 + a) ln`` without losing small ``a``; fails up to -1."""
    return a if a != a else math.log1p(a) if a > -1 else FAIL


def square_root(a: float) -> object:
    """The square root; fails for negative numbers."""
    return math.sqrt(a) if a >= 0 else a if a != a else FAIL


def power(a: float, exponent: object) -> object:
    """``a`` to the power of a Float; infinite beyond Floats."""
    if exponent.__class__ is not float:
        return FAIL
    try:
        return math.pow(a, exponent)
    except OverflowError:
        return math.inf
    except ValueError:
        return FAIL


def integer_power(a: float, exponent: object) -> object:
    """``a`` to an Integer power; fails for 0 to a negative power."""
    if exponent.__class__ is not int or (a == 0 and exponent < 0):
        return FAIL
    assert isinstance(exponent, int)
    try:
        return math.pow(a, exponent if abs(exponent) < 1 << 53 else nearest_float(exponent))
    except OverflowError:
        return math.copysign(math.inf, a) if exponent % 2 else math.inf


def times_two_power(a: float, exponent: object) -> object:
    """``a * 2 ** exponent``, infinite beyond Floats."""
    if exponent.__class__ is not int:
        return FAIL
    try:
        return math.ldexp(a, exponent)
    except OverflowError:
        return math.copysign(math.inf, a) if exponent > 0 else 0.0


def _integral(function: Callable[[float], int]) -> Callable[[float], object]:
    def apply(a: float) -> object:
        return function(a) if math.isfinite(a) else FAIL

    return apply


def rounded(a: float) -> int:
    """The nearest integer; halves go away from zero."""
    whole = math.trunc(a)
    return whole + (1 if a > 0 else -1) if abs(a - whole) >= 0.5 else whole


def fraction_part(a: float) -> float:
    """What is left without the integer part, with the sign of ``a``."""
    return math.modf(a)[0]


def integer_ratio(a: float) -> object:
    """``[numerator, denominator]``, exactly; fails for NaN and infinities."""
    return list(a.as_integer_ratio()) if math.isfinite(a) else FAIL


def exponent(a: float) -> object:
    """The power of two of the leading bit; -1 for zero; fails for NaN and infinities."""
    if not math.isfinite(a):
        return FAIL
    return math.frexp(a)[1] - 1 if a else -1


def significand_as_integer(a: float) -> int:
    """The significand as an integer of 53 bits (fewer where denormalized)."""
    if not math.isfinite(a):
        return 0
    value, power_of_two = math.frexp(abs(a))
    return int(math.ldexp(value, min(SIGNIFICAND_BITS, power_of_two - LOWEST_EXPONENT)))


def from_word(_: object, word: object) -> object:
    """The Float whose 64 bits are ``word``."""
    if word.__class__ is not int or not 0 <= word < 1 << 64:
        return FAIL
    return struct.unpack(">d", struct.pack(">Q", word))[0]


def from_short_word(_: object, word: object) -> object:
    """The Float whose value the 32 bits of ``word`` denote."""
    if word.__class__ is not int or not 0 <= word < 1 << 32:
        return FAIL
    return struct.unpack(">f", struct.pack(">I", word))[0]


def as_word(a: float) -> object:
    """The 64 bits of ``a``."""
    return struct.unpack(">Q", struct.pack(">d", a))[0]


def as_short_word(a: float) -> object:
    """The 32 bits of the single-precision number nearest to ``a``."""
    try:
        return struct.unpack(">I", struct.pack(">f", a))[0]
    except OverflowError:
        return 0x7F800000 if a > 0 else 0xFF800000


def text(a: float) -> str:
    """The shortest decimal digits that read back as ``a``; exponents outside of 1.0e-4 to 1.0e6."""
    if a != a:
        return "Float nan"
    if math.isinf(a):
        return "Float infinity" if a > 0 else "Float infinity negated"
    digits, power_of_ten = _decimal_digits(abs(a))
    sign = "-" if math.copysign(1.0, a) < 0 else ""
    return sign + _layout(digits, power_of_ten, positional=a == 0 or POSITIONAL_FROM <= abs(a) < POSITIONAL_BELOW)


def _decimal_digits(magnitude: float) -> tuple[str, int]:
    """Shortest digits, and the power of ten of the first one."""
    mantissa, _, power_of_ten = repr(magnitude).partition("e")
    whole, _, part = (mantissa if "." in mantissa or power_of_ten else mantissa + ".0").partition(".")
    shift = int(power_of_ten or 0)
    digits = (whole + part).lstrip("0")
    first = len(whole) - 1 - (len(whole + part) - len(digits)) + shift
    return digits.rstrip("0") or "0", first if digits else 0


def _layout(digits: str, power_of_ten: int, *, positional: bool) -> str:
    if not positional:
        return f"{digits[0]}.{digits[1:] or '0'}e{power_of_ten}"
    if power_of_ten < 0:
        return "0." + "0" * (-power_of_ten - 1) + digits
    whole = digits[: power_of_ten + 1].ljust(power_of_ten + 1, "0")
    return f"{whole}.{digits[power_of_ten + 1 :] or '0'}"


def print_string(a: float) -> StString:
    """``a`` as Pharo prints it."""
    return StString(text(a))


def digits_in_base(a: float, base: object) -> object:
    """The shortest digits in ``base`` that read back as ``a``; fails unless the base lies between 2 and 36."""
    if base.__class__ is not int or not 2 <= base <= 36:
        return FAIL
    assert isinstance(base, int)
    if a == 0 or not math.isfinite(a):
        return StString(text(a))
    digits, first = _shortest(abs(a), base)
    sign = "-" if a < 0 else ""
    lowest, beyond = float(base) ** -4, float(base) ** 6
    return StString(sign + _layout(digits, first, positional=lowest <= abs(a) < beyond))


def _shortest(magnitude: float, base: int) -> tuple[str, int]:
    """Steele and White's digit generation with exact fractions: stop as soon as no other Float is as near."""
    rest = Fraction(magnitude)
    above = Fraction(math.ulp(magnitude)) / 2
    below = (rest - Fraction(math.nextafter(magnitude, 0.0))) / 2
    first = _leading_power(rest, base)
    unit = Fraction(base) ** first
    even = not significand_as_integer(magnitude) & 1  # a tie reads back as the even neighbour
    digits = ""
    while True:
        digit = rest // unit
        rest -= digit * unit
        digits += DIGITS[digit]
        low, high = rest < below or (even and rest == below), unit - rest < above or (even and unit - rest == above)
        if low or high:
            up = high and not (low and rest * 2 <= unit)
            return _carried(digits, base, first) if up else (_trim(digits), first)
        unit /= base


def _leading_power(value: Fraction, base: int) -> int:
    """The exponent of the greatest power of ``base`` that is not above ``value``."""
    power = int(math.log(value.numerator, base) - math.log(value.denominator, base))
    while value >= Fraction(base) ** (power + 1):
        power += 1
    while value < Fraction(base) ** power:
        power -= 1
    return power


def _carried(digits: str, base: int, first: int) -> tuple[str, int]:
    """Add one to the last digit, carrying to the left."""
    value = int(digits, base) + 1
    text_value = ""
    while value:
        value, digit = divmod(value, base)
        text_value = DIGITS[digit] + text_value
    return _trim(text_value), first + len(text_value) - len(digits)


def _trim(digits: str) -> str:
    return digits.rstrip("0") or "0"


def random_seed(_: object) -> int:
    """A seed from the machine's source of randomness."""
    return MACHINE.random_seed()


def random_output(_: object, state: object) -> object:
    """The 31 bits that a PCG-XSH-RR generator (O'Neill 2014) gives in ``state``."""
    if state.__class__ is not int:
        return FAIL
    word = state & 0xFFFFFFFFFFFFFFFF
    shifted = ((word >> 18) ^ word) >> 27 & 0xFFFFFFFF
    turn = word >> 59
    return (shifted >> turn | shifted << (-turn & 31)) & 0x7FFFFFFF


def random_next_state(_: object, state: object) -> object:
    """The state that follows ``state`` in a PCG generator of 64 bits."""
    if state.__class__ is not int:
        return FAIL
    return ((state & 0xFFFFFFFFFFFFFFFF) * 6364136223846793005 + 1442695040888963407) & 0xFFFFFFFFFFFFFFFF


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Float.+": add,
    "Float.-": subtract,
    "Float.*": multiply,
    "Float./": divide,
    "Float.<": _compared(operator.lt),
    "Float.>": _compared(operator.gt),
    "Float.<=": _compared(operator.le),
    "Float.>=": _compared(operator.ge),
    "Float.=": _compared(operator.eq),
    "Float.hash": number_hash,
    "Float.negated": lambda a: -a,
    "Float.abs": abs,
    "Float.sqrt": square_root,
    "Float.exp": exponential,
    "Float.ln": _logarithm(math.log),
    "Float.log": _logarithm(math.log10),
    "Float.log2": _logarithm(math.log2),
    "Float.ln1p": logarithm_of_successor,
    "Float.sin": _total(math.sin),
    "Float.cos": _total(math.cos),
    "Float.tan": _total(math.tan),
    "Float.arcSin": _within(math.asin, -1, 1),
    "Float.arcCos": _within(math.acos, -1, 1),
    "Float.arcTan": _total(math.atan),
    "Float.arcTan2:": lambda a, b: math.atan2(a, b) if b.__class__ is float else FAIL,
    "Float.sinh": _total(math.sinh),
    "Float.cosh": hyperbolic_cosine,
    "Float.tanh": _total(math.tanh),
    "Float.arSinh": _total(math.asinh),
    "Float.arCosh": _within(math.acosh, 1, math.inf),
    "Float.arTanh": area_tangent,
    "Float.raisedToFloat:": power,
    "Float.raisedToInteger:": integer_power,
    "Float.timesTwoPower:": times_two_power,
    "Float.ulp": math.ulp,
    "Float.predecessor": lambda a: math.nextafter(a, -math.inf),
    "Float.successor": lambda a: math.nextafter(a, math.inf),
    "Float.truncated": _integral(math.trunc),
    "Float.floor": _integral(math.floor),
    "Float.ceiling": _integral(math.ceil),
    "Float.rounded": _integral(rounded),
    "Float.fractionPart": fraction_part,
    "Float.integerRatio": integer_ratio,
    "Float.exponent": exponent,
    "Float.significandAsInteger": significand_as_integer,
    "Float.signBit": lambda a: 1 if math.copysign(1.0, a) < 0 else 0,
    "Float.isNaN": math.isnan,
    "Float.isInfinite": math.isinf,
    "Float.isFinite": math.isfinite,
    "Float.asIEEE64BitWord": as_word,
    "Float.asIEEE32BitWord": as_short_word,
    "Float.printString": print_string,
    "Float.digitsInBase:": digits_in_base,
    "Float class.infinity": lambda _: math.inf,
    "Float class.nan": lambda _: math.nan,
    "Float class.fromIEEE64Bit:": from_word,
    "Float class.fromIEEE32Bit:": from_short_word,
    "Random class.clockSeed": random_seed,
    "Random class.outputFor:": random_output,
    "Random class.stateAfter:": random_next_state,
}
