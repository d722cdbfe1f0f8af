"""Long literal arrays: a recipe that Python's compiler takes as one constant, and the array made from it.

In a recipe numbers and constants stand for themselves, symbols, strings and characters are texts that begin with one
of MARKS; all else is a pair of its kind's name and what it is.
"""

from collections.abc import Callable, Mapping

from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.nodes import Literal, LiteralKind
from stui_actors.smalltalk.objects import character, symbol

LONG = 64  # elements from which on an array is made by a recipe: shorter ones are faster emitted one by one
BATCH = 1000  # elements made between two looks whether others want to run
BYTES = 8  # of a place in an array

MARKS = {LiteralKind.SYMBOL: "#", LiteralKind.STRING: "'", LiteralKind.CHARACTER: "$"}

Recipe = tuple[object, ...]
Maker = Callable[..., object]


def recipe(elements: tuple[Literal, ...], pause: Callable[[], None]) -> Recipe:
    """The recipe for an array of these elements."""
    made: list[object] = []
    for count, each in enumerate(elements):
        if not count % BATCH:
            pause()
        if each.kind in (LiteralKind.INTEGER, LiteralKind.FLOAT, LiteralKind.CONSTANT):
            made.append(each.value)
        elif each.kind in MARKS:
            made.append(MARKS[each.kind] + (chr(each.value) if isinstance(each.value, int) else str(each.value)))
        elif each.kind is LiteralKind.ARRAY:
            assert isinstance(each.value, tuple), "an array's elements"
            made.append((each.kind.name, recipe(each.value, pause)))
        else:
            made.append((each.kind.name, each.value))
    return tuple(made)


def prepared(given: Recipe, makers: Mapping[str, Maker], array: type[list[object]]) -> list[object]:
    """A new array of type ``array``. ``makers`` make what is neither an array nor the same each time."""
    MACHINE.charge(BYTES * len(given))
    made = array()
    for start in range(0, len(given), BATCH):
        MACHINE.tick_if_due()
        made += [_element(each, makers, array) for each in given[start : start + BATCH]]
    return made


def _element(given: object, makers: Mapping[str, Maker], array: type[list[object]]) -> object:
    if isinstance(given, str):
        return makers["STRING"](given[1:]) if given[0] == "'" else _atom(given[0], given[1:])
    if not isinstance(given, tuple):
        return given
    kind, value = given
    if kind == LiteralKind.BYTES.name:
        return makers[kind](value)
    return prepared(value, makers, array) if kind == LiteralKind.ARRAY.name else makers[kind](*value)


def _atom(mark: str, text: str) -> object:
    return symbol(text) if mark == "#" else character(ord(text))
