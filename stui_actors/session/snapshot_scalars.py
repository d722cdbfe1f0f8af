"""Numbers, symbols, booleans and nil as text: what has no parts, and lists of nothing else, written at once."""

from collections.abc import Callable
from math import isfinite
from types import NoneType

from stui_actors.ston.scalars import float_text, symbol_text
from stui_actors.ston.values import StonSymbol

AT_ONCE = 24  # values: a list of more is written in turns


class Symbols(dict[str, str]):
    """The texts of symbols, each made when it is first asked for."""

    def __missing__(self, name: str) -> str:
        text = self[name] = symbol_text(StonSymbol(name))
        return text


class Scalars:
    """``texts`` has a function for each kind, which raises ValueError for a number that is written another way."""

    def __init__(self) -> None:
        self.texts: dict[type, Callable[..., str]] = {
            int: repr,
            str: Symbols().__getitem__,
            NoneType: _nil_text,
            bool: _boolean_text,
            float: _finite_text,
        }
        self.kinds = frozenset(self.texts)

    def listed(self, values: list[object]) -> str | None:
        """``values`` and the commas between them; None where one of them is no scalar, or they are many."""
        texts = self.texts
        if not values:
            return ""
        if len(values) > AT_ONCE or values[0].__class__ not in texts or values[-1].__class__ not in texts:
            return None
        try:
            return ",".join([texts[value.__class__](value) for value in values])
        except (KeyError, ValueError):
            return None

    def paired(self, found: list[tuple[object, object]]) -> str | None:
        """Keys and values as entries; None where ``listed`` gives None."""
        texts = self.texts
        if not found:
            return ""
        if len(found) > AT_ONCE // 2 or found[0][0].__class__ not in texts or found[-1][1].__class__ not in texts:
            return None
        try:
            return ",".join([f"{texts[key.__class__](key)}:{texts[value.__class__](value)}" for key, value in found])
        except (KeyError, ValueError):
            return None


def _nil_text(value: None) -> str:
    return "nil"


def _boolean_text(value: bool) -> str:
    return "true" if value else "false"


def _finite_text(value: float) -> str:
    if not isfinite(value):
        raise ValueError(value)
    return float_text(value)
