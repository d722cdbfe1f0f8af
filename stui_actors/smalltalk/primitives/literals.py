"""Primitives that find out how an Array is printed: as a literal, in braces, or in general.

They walk nested Arrays with a stack of their own and look into each once, so that neither depth nor sharing costs much.
"""

from collections.abc import Callable, Iterator
from math import isfinite

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import Character, FixedBytes, StString

DEEPEST = 100  # levels; what nests deeper is printed in general form
LITERAL_CODES = range(33, 256)  # Characters that print as $x
ROUNDS_PER_TICK = 256
ELEMENTS_PER_TICK = 4096  # some tenths of a millisecond

_LEAVES = frozenset((type(None), bool, int, str, StString, bytearray, FixedBytes))


def is_literal(array: list[object]) -> object:
    """Whether the Array could stand in a program as a literal; False where it holds itself."""
    return _is_all(array, "isLiteral")


def is_self_evaluating(array: list[object]) -> object:
    """Whether evaluating what each element prints gives it again; False where the Array holds itself."""
    return _is_all(array, "isSelfEvaluating")


def _is_all(array: list[object], selector: str) -> object:
    """Whether all elements of ``array``, in Arrays inside too, answer true to ``selector``."""
    if not isinstance(array, list):
        return FAIL
    seen = {id(array): array}  # keeps them alive: a program may run between
    open_ones = {id(array)}
    stack: list[tuple[int, Iterator[object]]] = [(id(array), iter(tuple(array)))]
    rounds = 0
    while stack:
        rounds += 1
        if not rounds % ROUNDS_PER_TICK:
            MACHINE.tick()
        number, elements = stack[-1]
        fits, inner = _first_array(elements, selector)
        if not fits or id(inner) in open_ones or len(stack) > DEEPEST:
            return False
        if inner is None:
            stack.pop()
            open_ones.discard(number)
        elif id(inner) not in seen:
            seen[id(inner)] = inner
            open_ones.add(id(inner))
            stack.append((id(inner), iter(tuple(inner))))
    return True


def _first_array(elements: Iterator[object], selector: str) -> tuple[bool, list[object] | None]:
    """The next Array among ``elements``, or None at their end; and whether all before answer true."""
    for count, each in enumerate(elements, 1):
        if not count % ELEMENTS_PER_TICK:
            MACHINE.tick_if_due()
        if isinstance(each, list):
            return True, each
        if not _is_leaf(each, selector):
            return False, None
    return True, None


def _is_leaf(each: object, selector: str) -> bool:
    if each.__class__ in _LEAVES:
        return True
    if each.__class__ is float:
        return isfinite(each) or selector == "isSelfEvaluating"
    if each.__class__ is Character:
        return each.code in LITERAL_CODES or selector == "isSelfEvaluating"
    return MACHINE.send(each, selector) is True


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Array.isLiteral": is_literal,
    "Array.isSelfEvaluating": is_self_evaluating,
}
