"""What compiled code calls by name: the globals that every function of Smalltalk code sees, and nothing of Python's."""

import operator
import re
from collections.abc import Callable, Iterator
from fractions import Fraction
from types import FrameType, FunctionType, TracebackType

from stui_actors.smalltalk import control, stack
from stui_actors.smalltalk.hosts import SMALL_LEAST, SMALL_MOST
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import CHARACTERS, FixedArray, FixedBytes, StString, character, fixed_string
from stui_actors.smalltalk.recipes import Recipe, prepared
from stui_actors.smalltalk.unwinding import Home, NonLocalReturn

_TOO_MANY = re.compile(r"takes (\d+) positional arguments? but (\d+) ")
GO_ON = object()  # what a portion answers that did not return
_TOO_FEW = re.compile(r"missing (\d+) required positional")


NUMBERS = frozenset((int, float))  # types of which equal values may be the same object to Smalltalk


def identical(left: object, right: object) -> bool:
    """``left == right``: small integers and floats are the same when they are equal."""
    if left is right:
        return True
    kind = left.__class__
    if kind is int and right.__class__ is int:
        return left == right and SMALL_LEAST <= left <= SMALL_MOST
    return kind is float and right.__class__ is float and left == right and repr(left) == repr(right)


def non_boolean(value: object) -> object:
    """What goes on in place of a condition that is no Boolean."""
    return MACHINE.signal("NonBooleanReceiver", "proceed for truth.", i_object=value)


def truth(value: object) -> object:
    """``value``, if it is a Boolean."""
    return value if value is True or value is False else non_boolean(value)


def steps(start: object, stop: object, step: int) -> Iterator[object]:
    """The values of ``to:by:do:`` where they are not all Integers."""
    comparison = "m:<=" if step > 0 else "m:>="
    value = start
    while True:
        within = MACHINE.find(value, comparison)(value, stop)
        if within is not True:
            if within is not False:
                non_boolean(within)
            return
        yield value
        value = MACHINE.find(value, "m:+")(value, step)


def marked(receiver: object, name: str) -> Callable[..., object]:
    """The function for a message of a do-it that otherwise changes nothing."""
    MACHINE.process.may_change()
    return MACHINE.find(receiver, name)


def value_function(receiver: object, name: str) -> Callable[..., object]:
    """What is called in place of a block: the method for ``value`` and its kin, bound to ``receiver``."""
    function = MACHINE.find(receiver, name)
    return lambda *arguments: function(receiver, *arguments)


def undeclared(name: str) -> object:
    """The value of a name that nothing declared when the code was compiled."""
    return MACHINE.image.read_undeclared(name)


def unknown(name: str) -> object:
    """The value of a name that was unknown to a do-it when it was compiled."""
    return MACHINE.image.read_unknown(name)


def set_global(name: str, value: object) -> None:
    """An assignment to a global, or to what is none."""
    MACHINE.image.write_global(name, value)


def added(receiver: object, name: str) -> object:
    """A variable that a client added to a library class."""
    return MACHINE.image.added_variable(receiver, name)


def set_added(receiver: object, name: str, value: object) -> None:
    """Store into a variable that a client added to a library class."""
    MACHINE.image.set_added_variable(receiver, name, value)


def fraction(numerator: int, denominator: int) -> object:
    """A Fraction, reduced."""
    value = Fraction(numerator, denominator)
    return MACHINE.new("Fraction", i_numerator=value.numerator, i_denominator=value.denominator)


def scaled(numerator: int, denominator: int, scale: int) -> object:
    """A ScaledDecimal."""
    value = Fraction(numerator, denominator)
    number: object = value.numerator
    if value.denominator != 1:
        number = fraction(value.numerator, value.denominator)
    kind = MACHINE.image.global_value("ScaledDecimal")
    return MACHINE.send(kind, "newFromNumber:scale:", number, scale)


def literal(given: Recipe) -> list[object]:
    """A long literal array of the library's."""
    return prepared(given, {"FRACTION": fraction, "SCALED": scaled, "STRING": StString, "BYTES": bytearray}, list)


def fixed_literal(given: Recipe) -> list[object]:
    """A long literal array of a client's."""
    text: dict[str, Callable[..., object]] = {"STRING": fixed_string, "BYTES": FixedBytes}
    return prepared(given, {"FRACTION": fraction, "SCALED": scaled, **text}, FixedArray)


def portion(holder: FunctionType) -> object:
    """The value of the portion of a do-it that ``holder`` stands for, in whose variables it runs."""
    MACHINE.tick_if_due()
    code = holder.__code__.co_consts[-1]
    held = dict(zip(holder.__code__.co_freevars, holder.__closure__ or (), strict=True))
    cells = tuple(held[name] for name in code.co_freevars)
    return FunctionType(code, holder.__globals__, code.co_name, None, cells)()


def bad_call(error: TypeError) -> object:
    """A block was called with the wrong number of arguments by the very code that caught this; else raise it again."""
    place: TracebackType | None = error.__traceback__
    assert place is not None, "raised nowhere"
    counts = _counts(str(error), place.tb_frame, place.tb_lasti)
    if place.tb_next is not None or counts is None:
        raise error
    expected, given = counts
    return MACHINE.send(
        MACHINE.image.new_exception("ArgumentsCountMismatch", None, {}), "signalFor:called:", expected, given
    )


def _counts(text: str, frame: FrameType, instruction: int) -> tuple[int, int] | None:
    match = _TOO_MANY.search(text)
    if match is not None:
        return int(match[1]), int(match[2])
    match = _TOO_FEW.search(text)
    if match is None:
        return None
    given = frame.f_code.co_code[instruction + 1]  # the call's operand: how many arguments it passes
    return given + int(match[1]), given


# How code leaves: by return from a block, by a call that does not fit, by a primitive that cannot.
LEAVING: dict[str, object] = {
    "HOME": Home,
    "RETURN": control.return_from,
    "NON_LOCAL_RETURN": NonLocalReturn,
    "TYPE_ERROR": TypeError,
    "BAD_CALL": bad_call,
    "FAIL": FAIL,
}


# What literals are made by.
MAKING: dict[str, object] = {
    "STRING": StString,
    "CHARACTERS": CHARACTERS,
    "CHARACTER": character,
    "ARRAY": list,
    "BYTES": bytearray,
    "FRACTION": fraction,
    "SCALED": scaled,
    "LITERAL": literal,
    "EXTEND": list.extend,
}


# What a client's own literals are made by: no store changes them.
FIXED_LITERALS: dict[str, object] = {
    "STRING": fixed_string,
    "ARRAY": FixedArray,
    "BYTES": FixedBytes,
    "LITERAL": fixed_literal,
}


def code_globals() -> dict[str, object]:
    """A fresh set of globals for compiled code, without any tables yet."""
    return {
        "__builtins__": {},
        "FLAG": False,
        "TICK": lambda: MACHINE.process.poll(),
        "INT": int,
        "FLOAT": float,
        "BLOCK": FunctionType,
        "LIST": list,
        "LENGTH": len,
        "SET_ITEM": operator.setitem,
        "PORTION": portion,
        "GO_ON": GO_ON,
        "RANGE": range,
        "STEPS": steps,
        "IDENTICAL": identical,
        "NUMBERS": NUMBERS,
        "NONBOOLEAN": non_boolean,
        "FIND": MACHINE.find,
        "FIND_ABOVE": lambda key, name: MACHINE.image.super_stub(key, name),
        "MARKED": marked,
        "VALUE": value_function,
        "UNDECLARED": undeclared,
        "UNKNOWN": unknown,
        "TRUTH": truth,
        "SET_GLOBAL": set_global,
        "ADDED": added,
        "SET_ADDED": set_added,
        "THIS_CONTEXT": stack.this_context,
        "THIS_PROCESS": lambda: MACHINE.process.smalltalk_process(),
        **MAKING,
        **LEAVING,
    }
