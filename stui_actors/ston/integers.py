"""Integers from decimal digits and back, however long; Python's own conversion takes the square of the length."""

from decimal import MAX_EMAX, MAX_PREC, Context, Decimal, Inexact

MAX_DIGITS = 400_000  # above what an integer of `max_integer_bits` has; one conversion takes a tenth of a second
SMALL_DIGITS = 2000  # where halving stops to pay; Python refuses above 4300
SMALL_BITS = 6000  # of as many digits, nearly
EXACT = Context(prec=MAX_PREC, Emax=MAX_EMAX, traps=[Inexact])


def integer_of(digits: str) -> int:
    """The integer that ``digits``, with or without a sign, spell; raise ValueError above MAX_DIGITS."""
    if len(digits) <= SMALL_DIGITS:
        return int(digits)
    if len(digits) > MAX_DIGITS:
        raise ValueError(f"an integer has more than {MAX_DIGITS} digits")
    return -_natural_of(digits[1:]) if digits[0] == "-" else _natural_of(digits)


def _natural_of(digits: str) -> int:
    if len(digits) <= SMALL_DIGITS:
        return int(digits)
    low = len(digits) // 2
    return int(_natural_of(digits[:-low]) * 10**low) + _natural_of(digits[-low:])


def integer_text(value: int) -> str:
    """The decimal digits of ``value``."""
    if value.bit_length() <= SMALL_BITS:
        return str(value)
    digits = str(_decimal_of(abs(value), {}))
    return f"-{digits}" if value < 0 else digits


def _decimal_of(value: int, powers: dict[int, Decimal]) -> Decimal:
    """``value`` as a Decimal, whose multiplication is nearly linear; ``powers`` of two are made once."""
    bits = value.bit_length()
    if bits <= SMALL_BITS:
        return Decimal(value)
    low = 1 << ((bits - 1).bit_length() - 1)
    if low not in powers:
        powers[low] = EXACT.power(Decimal(2), low)
    high = EXACT.multiply(_decimal_of(value >> low, powers), powers[low])
    return EXACT.add(high, _decimal_of(value & ((1 << low) - 1), powers))
