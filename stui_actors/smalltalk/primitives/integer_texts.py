"""Integers as text, in any base. The work of a conversion grows with the square, and is charged before it is done."""

import decimal
import math

from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.primitives.large_integers import divided, let_others_run

DIGITS = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ"
SMALL_BITS = 1024  # below this an integer costs too little to be worth charging


def decimal_text(a: int) -> str:
    """``a`` in decimal digits."""
    bits = a.bit_length()
    if bits > SMALL_BITS:
        MACHINE.charge(bits // 3)
        MACHINE.charge_work(bits * bits // 1_000_000)
    return str(a) if bits < 14_000 else _long_decimal_text(a)


def _long_decimal_text(a: int) -> str:
    """Halve until Decimal converts at once, then multiply upwards: Decimal's multiplication is nearly linear."""
    with decimal.localcontext() as context:
        context.prec = decimal.MAX_PREC
        context.Emax = decimal.MAX_EMAX
        digits = str(_as_decimal(abs(a), a.bit_length(), {}))
    return "-" + digits if a < 0 else digits


def _as_decimal(a: int, bits: int, powers: dict[int, decimal.Decimal]) -> decimal.Decimal:
    """``a``, of at most ``bits`` bits; ``powers`` remembers the powers of two by their exponent."""
    if bits <= 400:
        return decimal.Decimal(a)
    low = bits // 2
    if low not in powers:
        powers[low] = decimal.Decimal(2) ** low
    let_others_run(bits >> 10)
    return _as_decimal(a & (1 << low) - 1, low, powers) + _as_decimal(a >> low, bits - low, powers) * powers[low]


def text_in_base(a: int, base: int) -> str:
    """``a`` in digits of ``base``, upper case."""
    if base == 10:
        return decimal_text(a)
    if base in (2, 8, 16):
        MACHINE.charge(a.bit_length() // (base.bit_length() - 1))
        return format(a, {2: "b", 8: "o", 16: "X"}[base])
    bits = a.bit_length()
    MACHINE.charge(bits // 2)
    MACHINE.charge_work(bits * bits // 1_000_000)
    return ("-" if a < 0 else "") + _digits_in_base(abs(a), base)


def _digits_in_base(a: int, base: int) -> str:
    """Split in halves until a chunk is short."""
    if a.bit_length() < 2000:
        return _short_digits(a, base)
    low = int(a.bit_length() / math.log2(base)) // 2
    head, tail = divided(a, base**low)
    let_others_run(a.bit_length() >> 8)
    return _digits_in_base(head, base) + _digits_in_base(tail, base).rjust(low, "0")


def _short_digits(a: int, base: int) -> str:
    digits: list[str] = []
    while a:
        a, digit = divmod(a, base)
        digits.append(DIGITS[digit])
    return "".join(reversed(digits)) or "0"
