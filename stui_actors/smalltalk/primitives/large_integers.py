"""Arithmetic of large integers that takes longer than anybody should wait, in steps between which others run.

Python divides in time that grows with the square of the length, in one piece. Division here is that of Burnikel and
Ziegler ("Fast recursive division", 1998), the greatest common divisor is Lehmer's ("Euclid's algorithm for large
numbers", 1938): both leave little work to do at once.
"""

import math

from stui_actors.smalltalk.machine import MACHINE

AT_ONCE = 1 << 31  # product of two lengths in bits that Python works off in some milliseconds
LEAF = 8000  # bits of a divisor that Python divides by at once
WINDOW = 62  # leading bits from which Lehmer's steps are foreseen
BITS_PER_MICROSECOND = 1 << 20  # of the product of two lengths, where Python multiplies or divides
SQUARES = 4096  # the same product per step of a power, which has a division too


def let_others_run(microseconds: int) -> None:
    """Count work that was done; outside of a process nobody waits."""
    if MACHINE.is_running:
        MACHINE.charge_work(microseconds)


def divided(a: int, b: int) -> tuple[int, int]:
    """``divmod(a, b)``."""
    size, by = a.bit_length(), b.bit_length()
    if (size - by) * by <= AT_ONCE:
        return divmod(a, b)
    if b < 0:
        whole, rest = divided(-a, -b)
        return whole, -rest
    if a < 0:
        whole, rest = divided(~a, b)
        return ~whole, b - 1 - rest
    if by <= LEAF:
        return _by_short(a, b, by)
    whole, rest = 0, 0
    for place in reversed(range(0, size, by)):
        digit, rest = _two_by_one(rest << by | a >> place & (1 << by) - 1, b, by)
        whole = whole << by | digit
    return whole, rest


def _by_short(a: int, b: int, by: int) -> tuple[int, int]:
    """By a divisor of ``by`` bits, few enough for a step: from the highest piece of ``a`` to the lowest."""
    width = AT_ONCE // by
    whole, rest = 0, 0
    for place in reversed(range(0, a.bit_length(), width)):
        digit, rest = divmod(rest << width | a >> place & (1 << width) - 1, b)
        whole = whole << width | digit
        let_others_run(1 + width * by // BITS_PER_MICROSECOND)
    return whole, rest


def _two_by_one(a: int, b: int, bits: int) -> tuple[int, int]:
    """``a``, of at most twice ``bits`` bits, by ``b``, of exactly so many; the quotient has at most ``bits``."""
    if a.bit_length() - bits <= LEAF:
        let_others_run(1 + LEAF * bits // BITS_PER_MICROSECOND)
        return divmod(a, b)
    odd = bits & 1
    if odd:
        a, b, bits = a << 1, b << 1, bits + 1
    half = bits >> 1
    mask = (1 << half) - 1
    high, rest = _three_by_two(a >> bits, a >> half & mask, b, half)
    low, rest = _three_by_two(rest, a & mask, b, half)
    return high << half | low, rest >> odd


def _three_by_two(high: int, low: int, b: int, half: int) -> tuple[int, int]:
    """``high`` with ``half`` more bits ``low``, by ``b``, which has twice as many."""
    top, bottom = b >> half, b & (1 << half) - 1
    if high >> half == top:
        whole, rest = (1 << half) - 1, high - (top << half) + top
    else:
        whole, rest = _two_by_one(high, top, half)
    let_others_run(1 + (half >> 7))
    rest = (rest << half | low) - whole * bottom
    while rest < 0:
        whole, rest = whole - 1, rest + b
    return whole, rest


def common_divisor(a: int, b: int) -> int:
    """``math.gcd(a, b)``."""
    a, b = max(abs(a), abs(b)), min(abs(a), abs(b))
    while b.bit_length() ** 2 > AT_ONCE:
        let_others_run(1 + (a.bit_length() >> 13))
        shift = a.bit_length() - WINDOW
        one, other, third, fourth = _foreseen(a >> shift, b >> shift)
        if other:
            a, b = one * a + other * b, third * a + fourth * b
        else:
            a, b = b, divided(a, b)[1]
    return math.gcd(b, divided(a, b)[1]) if b else a


def _foreseen(x: int, y: int) -> tuple[int, int, int, int]:
    """The matrix of as many of Euclid's steps as the leading bits ``x`` and ``y`` are sure of."""
    a, b, c, d = 1, 0, 0, 1
    while y + c and y + d:
        whole = (x + a) // (y + c)
        if whole != (x + b) // (y + d):
            break
        a, b, c, d = c, d, a - whole * c, b - whole * d
        x, y = y, x - whole * y
    return a, b, c, d


def inverse_modulo(a: int, modulus: int) -> int | None:
    """``pow(a, -1, modulus)``; None where there is none."""
    before, rest = abs(modulus), divided(a, abs(modulus))[1]
    factor_before, factor = 0, 1
    while rest:
        whole, following = divided(before, rest)
        before, rest = rest, following
        factor_before, factor = factor, factor_before - whole * factor
        let_others_run(1 + (before.bit_length() >> 12))
    return divided(factor_before, modulus)[1] if before == 1 else None


def root_floor(a: int) -> int:
    """``math.isqrt(a)``: each step of Newton's has twice as many bits as the one before."""
    if a.bit_length() ** 2 <= AT_ONCE:
        return math.isqrt(a)
    bits = (a.bit_length() - 1) // 2
    guess, known = 1, 0
    for place in reversed(range(bits.bit_length())):
        before, known = known, bits >> place
        guess = (guess << known - before - 1) + divided(a >> 2 * bits - before - known + 1, guess)[0]
    return guess - (guess * guess > a)


def power_modulo(a: int, exponent: int, modulus: int) -> int:
    """``pow(a, exponent, modulus)`` for an exponent that is not negative."""
    step = modulus.bit_length() ** 2 // SQUARES + 50  # nanoseconds, or some
    if step * exponent.bit_length() < 1_000_000:
        return pow(a, exponent, modulus)
    base = divided(a, modulus)[1]
    power = divided(1, modulus)[1]
    for bit in format(exponent, "b"):
        power = divided(power * power, modulus)[1]
        if bit == "1":
            power = divided(power * base, modulus)[1]
        let_others_run(1 + step // 500)
    return power
