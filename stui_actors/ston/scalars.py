"""The values without parts, from their tokens and back: strings, symbols, numbers. ValueError where that fails."""

import re
from fractions import Fraction
from math import isfinite

from stui_actors.ston.integers import integer_of, integer_text
from stui_actors.ston.values import ScaledDecimal, StonSymbol

ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?|(.))", re.DOTALL)
UNESCAPED = {"'": "'", '"': '"', "\\": "\\", "/": "/", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
MUST_ESCAPE = re.compile("['\\\\\x00-\x1f\x7f\ud800-\udfff]")
ESCAPED = {"'": "\\'", "\\": "\\\\", "\b": "\\b", "\f": "\\f", "\n": "\\n", "\r": "\\r", "\t": "\\t"}
SIMPLE_SYMBOL = re.compile(r"[A-Za-z_][A-Za-z0-9_./]*+")
NOT_FINITE = {"nan": "Float[#nan]", "inf": "Float[#infinity]", "-inf": "Float[#negativeInfinity]"}
DIGITS_ONLY = re.compile(r"-?[0-9]++")


def string_of(token: str) -> str:
    """The string that stands between the quotes of ``token``."""
    inner = token[1:-1]
    return ESCAPE.sub(_unescaped, inner) if "\\" in inner else inner


def _unescaped(found: re.Match[str]) -> str:
    code, low, letter = found.groups()
    if code is None:
        if letter not in UNESCAPED:
            raise ValueError(f"no escape is {found[0]!r}")
        return UNESCAPED[letter]
    if low is None:
        return chr(int(code, 16))
    high = int(code, 16)
    if 0xD800 <= high < 0xDC00:
        return chr(0x10000 + ((high - 0xD800) << 10) + (int(low, 16) - 0xDC00))
    return chr(high) + chr(int(low, 16))


def string_text(value: str) -> str:
    """``value`` as STON, on one line and encodable: control characters and lone surrogates are escaped."""
    if value.isprintable() and "'" not in value and "\\" not in value:  # most texts are, and so is told sooner
        return f"'{value}'"
    return f"'{MUST_ESCAPE.sub(_escaped, value)}'"


def _escaped(found: re.Match[str]) -> str:
    character = found[0]
    return ESCAPED.get(character) or f"\\u{ord(character):04X}"


def symbol_of(token: str) -> StonSymbol:
    """The symbol that ``token`` names: ``#name`` or ``#'any text'``."""
    return StonSymbol(string_of(token[1:]) if token[1] == "'" else token[1:])


def symbol_text(symbol: StonSymbol) -> str:
    """``symbol`` as STON."""
    return f"#{symbol.name}" if SIMPLE_SYMBOL.fullmatch(symbol.name) else f"#{string_text(symbol.name)}"


def number_of(token: str) -> int | float | Fraction | ScaledDecimal:
    """The number that ``token`` spells."""
    if DIGITS_ONLY.fullmatch(token):
        return integer_of(token)
    digits, scaled, scale = token.partition("s")
    if scaled:
        return ScaledDecimal(_exact(digits), integer_of(scale))
    return _exact(digits) if "/" in digits else _float_of(digits)


def _exact(text: str) -> Fraction:
    upper, _, lower = text.partition("/")
    if not lower:
        upper, _, decimals = text.partition(".")
        return Fraction(integer_of(upper + decimals), integer_of("1" + "0" * len(decimals)))
    denominator = integer_of(lower)
    if not denominator:
        raise ValueError("a fraction has the denominator 0")
    return Fraction(integer_of(upper), denominator)


def _float_of(text: str) -> float:
    value = float(text)
    if not isfinite(value):
        raise ValueError("a number is too large for a float")
    return value


def float_text(value: float) -> str:
    """``value`` as STON: always with a point, since Pharo reads ``1e16`` as an integer."""
    text = repr(value)
    if "n" in text:
        return NOT_FINITE[text]
    return text.replace("e", ".0e") if "e" in text and "." not in text else text


def number_text(value: float) -> str:
    """An integer or a float as STON."""
    return integer_text(value) if isinstance(value, int) else float_text(value)


def fraction_text(value: Fraction) -> str:
    """``value`` as STON, with its denominator even where that is 1."""
    return f"{integer_text(value.numerator)}/{integer_text(value.denominator)}"


def scaled_text(value: ScaledDecimal) -> str:
    """``value`` as STON: its fraction, then its scale."""
    return f"{fraction_text(value.value)}s{value.scale}"
