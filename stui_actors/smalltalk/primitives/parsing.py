"""Reads numbers from text as a Smalltalk program writes them: radix, fraction, exponent, scale."""

import math
import re
from collections.abc import Callable
from typing import TypeGuard

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString
from stui_actors.smalltalk.primitives.integer_texts import DIGITS
from stui_actors.smalltalk.primitives.large_integers import common_divisor, divided
from stui_actors.smalltalk.primitives.numbers import charge_bits

RADIX = re.compile(r"(\d{1,2})r(?=-?[0-9A-Z])")
EXPONENT = re.compile(r"[eEdq](-?\d+)")
SCALE = re.compile(r"s(\d*)(?![A-Za-z])")
FAR_EXPONENT = 400  # beyond it a Float is infinite or zero, whatever its digits
LOG_2 = math.log10(2)


def scan_number(_: object, text: object, base: object) -> object:
    """``[characters used, kind, numerator, denominator, float or scale]`` of the number at the beginning, or None."""
    source = text_of(text)
    for name, value in (("NaN", math.nan), ("Infinity", math.inf), ("-Infinity", -math.inf)):
        if source.startswith(name):
            return [len(name), "float", 0, 1, value]
    if base == 0:
        return _Scanner(source, 10).number(radix_allowed=True)
    return _Scanner(source, base).number(radix_allowed=False) if is_base(base) else FAIL


def scan_integer(_: object, text: object, base: object) -> object:
    """``[characters used, #integer, value, 1, 0]`` of the digits at the beginning, after a sign, or None."""
    source = text_of(text)
    if not is_base(base):
        return FAIL
    start = 1 if source[:1] in ("-", "+") else 0
    digits = _digits_from(source, start, base)
    if not digits:
        return None
    value = integer_of(digits, base)
    return [start + len(digits), "integer", -value if source[0] == "-" else value, 1, 0]


def is_base(value: object) -> TypeGuard[int]:
    """Whether digits can be read in this base."""
    return value.__class__ is int and 2 <= value <= 36


def text_of(text: object) -> str:
    """The characters of a String or Symbol."""
    if isinstance(text, StString):
        return str(text)
    return text if isinstance(text, str) else ""


def integer_of(digits: str, base: int) -> int:
    """The value of ``digits``, whose size is charged first; splits what ``int`` would refuse."""
    if digits.startswith("-"):
        return -integer_of(digits[1:], base)
    charge_bits(int(len(digits) * math.log2(base)) + 1)
    if len(digits) <= 4000 or base & (base - 1) == 0:
        return int(digits, base)
    MACHINE.charge_work(len(digits) ** 2 // 1_000_000)
    half = len(digits) // 2
    scale: int = base ** (len(digits) - half)
    return integer_of(digits[:half], base) * scale + integer_of(digits[half:], base)


def _digits_from(source: str, start: int, base: int) -> str:
    allowed = DIGITS[:base]
    return _run_of(allowed + allowed[10:].lower(), source, start)


def _run_of(allowed: str, source: str, start: int) -> str:
    """The characters from ``start`` on that are letters or digits of ``allowed``."""
    found = re.compile(f"[{allowed}]*+").match(source, start)
    return found[0] if found else ""


class _Scanner:
    """One number at the beginning of a text."""

    def __init__(self, source: str, base: int) -> None:
        self.source = source
        self.base = base
        self.place = 0
        self.negative = False

    def number(self, *, radix_allowed: bool) -> object:
        self._sign()
        match = RADIX.match(self.source, self.place) if radix_allowed else None
        if match and 2 <= int(match[1]) <= 36:
            self.base = int(match[1])
            self.place = match.end()
            self._sign()
        whole = self._digits()
        if not whole:
            return None
        part = ""
        if self.source[self.place : self.place + 1] == ".":
            self.place += 1
            part = self._digits()
            if not part:
                self.place -= 1
        return self._finish(whole, part)

    def _sign(self) -> None:
        if self.source[self.place : self.place + 1] == "-":
            self.negative = not self.negative
            self.place += 1

    def _digits(self) -> str:
        digits = _run_of(DIGITS[: self.base], self.source, self.place)
        self.place += len(digits)
        return digits

    def _finish(self, whole: str, part: str) -> list[object]:
        exponent = EXPONENT.match(self.source, self.place)
        scale = None if exponent else SCALE.match(self.source, self.place)
        if exponent:
            self.place = exponent.end()
        value = integer_of(whole + part, self.base) * (-1 if self.negative else 1)
        if scale:
            self.place = scale.end()
            return [self.place, "scaled", value, self.base ** len(part), int(scale[1] or len(part))]
        power = max(-(10**12), min(10**12, integer_of(exponent[1], 10))) if exponent else 0
        return self._valued(value, len(part), power)

    def _valued(self, value: int, places: int, power: int) -> list[object]:
        if places:
            number = self._float(value, power - places)
            ratio = self._exact(value, power - places) if abs(power) < FAR_EXPONENT else (0, 1)
            return [self.place, "float", *ratio, number]
        charge_bits(int(abs(power) * math.log2(self.base)))
        if power < 0:
            return [self.place, "integer", *self._exact(value, power), 0]
        return [self.place, "integer", value * self.base**power, 1, 0]

    def _exact(self, value: int, power: int) -> tuple[int, int]:
        """``value`` times a power of the base, as a fraction in lowest terms."""
        if power >= 0:
            return value * self.base**power, 1
        scale: int = self.base**-power
        common = common_divisor(value, scale)
        return divided(value, common)[0], divided(scale, common)[0]

    def _float(self, value: int, power: int) -> float:
        sign = -1.0 if self.negative else 1.0
        size = value.bit_length() * LOG_2 + power * math.log10(self.base)  # in decimal digits
        if value == 0 or size < -FAR_EXPONENT:
            return sign * 0.0
        if size > FAR_EXPONENT:
            return sign * math.inf
        try:
            return float(value * self.base**power) if power >= 0 else value / self.base**-power
        except OverflowError:
            return sign * math.inf


PRIMITIVES: dict[str, Callable[..., object]] = {
    "NumberParser.scanNumber:base:": scan_number,
    "NumberParser.scanInteger:base:": scan_integer,
}
