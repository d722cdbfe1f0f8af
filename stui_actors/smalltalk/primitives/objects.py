"""Primitives of ProtoObject and Object: identity, variables, copies, performing."""

from collections.abc import Callable
from typing import cast

from stui_actors.smalltalk.forwarding import forward
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import (
    Character,
    FixedArray,
    FixedBytes,
    Instance,
    Root,
    StString,
    character,
    is_fixed,
)
from stui_actors.smalltalk.records import Side, side_of
from stui_actors.smalltalk.runtime import identical
from stui_actors.smalltalk.stubs import arity

OTHER_FORMS: dict[type, Callable[..., object]] = {
    list: FixedArray,
    FixedArray: list,
    bytearray: FixedBytes,
    FixedBytes: bytearray,
}
IMMEDIATE = (int, float, Character)  # a bool is one more int to Python
ITSELF = (int, float, bool, type(None), str, Character)  # copies of these are they themselves


def is_read_only(value: object) -> object:
    """``isReadOnlyObject``: literals, and values that have no parts."""
    return is_fixed(value) or (isinstance(value, int | float | str | Character) and value.__class__ is not bool)


def set_read_only(value: object, wanted: object) -> object:
    """Forbid or allow stores into a String, an Array or a ByteArray; answer what was before; fails for other things."""
    before = is_read_only(value)
    if wanted.__class__ is not bool or isinstance(value, ITSELF):
        return before if isinstance(value, ITSELF) and before else FAIL
    if not isinstance(value, StString) and value.__class__ not in OTHER_FORMS:
        return FAIL
    if before is wanted:
        return before
    if not isinstance(value, StString):
        MACHINE.charge(8 * len(value))  # type: ignore[arg-type]  # an Array or a ByteArray
        forward(MACHINE.image, [(value, OTHER_FORMS[value.__class__](value))])
    elif wanted:
        value.fixed = True
    else:
        del value.fixed
    return before


def identity_hash(value: object) -> int:
    """A number that stays the same as long as the object lives; equal for what is identical."""
    if isinstance(value, int | float):
        return hash(value) & 0x3FFFFFFF
    return id(value) >> 4 & 0x3FFFFFFF


def become(first: object, second: object) -> object:
    """Swap what two objects are; fails for what cannot be swapped.

    What is of one kind swaps its content, which leaves every reference alone; else the references are swapped.
    """
    if _swap(first, second) is FAIL:
        return forward_all([first, second], [second, first], keep_hash=True)
    return first


def forward_all(olds: object, news: object, *, keep_hash: bool) -> object:
    """``elementsForwardIdentityTo:``; fails for values that are not objects of this image alone.

    With ``keep_hash`` the new ones must be able to take over a hash, as Pharo has it: numbers and characters cannot.
    """
    if not isinstance(olds, list) or not isinstance(news, list) or len(olds) != len(news):
        return FAIL
    fixed = [_is_fixed(each) for each in olds]
    if any(fixed) or (keep_hash and any(isinstance(each, IMMEDIATE) and each.__class__ is not bool for each in news)):
        return FAIL
    forward(MACHINE.image, list(zip(olds, news, strict=True)))
    return olds


def forward_elements(olds: object, news: object, keep_hash: object) -> object:
    """``forwardTo:copyHash:``."""
    return forward_all(olds, news, keep_hash=keep_hash is not False)


def _is_fixed(value: object) -> bool:
    return isinstance(value, ITSELF) or _is_class(value) or _is_shared(value) or is_fixed(value)


def _swap(first: object, second: object) -> object:
    if isinstance(first, Instance) and isinstance(second, Instance) and not _is_class(first) and not _is_class(second):
        first.__class__, second.__class__ = second.__class__, first.__class__
        first.__dict__, second.__dict__ = second.__dict__, first.__dict__
        return first
    if is_fixed(first) or is_fixed(second):
        return FAIL
    if first.__class__ is not second.__class__ or _is_class(first) or _is_shared(first) or _is_shared(second):
        return FAIL
    if isinstance(first, list):
        other = cast("list[object]", second)
        first[:], other[:] = other[:], first[:]
        return first
    return _swap_slots(first, second)


def _is_class(value: object) -> bool:
    return bool(getattr(value.__class__, "is_class_object", False))


def _is_shared(value: object) -> bool:
    return MACHINE.image.library.is_shared(value)


def _swap_slots(first: object, second: object) -> object:
    if not isinstance(first, Root | StString):
        return FAIL
    for name in slots_of(first.__class__):
        here, there = getattr(first, name, None), getattr(second, name, None)
        setattr(first, name, there)
        setattr(second, name, here)
    return first


def slots_of(kind: type) -> list[str]:
    """The slots of a Python type that hold parts of its instances."""
    names = [name for each in kind.__mro__ for name in getattr(each, "__slots__", ())]
    return [name for name in names if name != "__weakref__"]


def indexed_part(value: object) -> list[object] | bytearray | None:
    """The indexed variables of an object; None without any."""
    if isinstance(value, list | bytearray):
        return value
    found = getattr(value, "indexed", None)
    return found if isinstance(found, list | bytearray) else None


def at(value: object, index: object) -> object:
    """``basicAt:``; fails beyond the bounds."""
    if isinstance(value, StString | str):
        text = str(value)
        return character(ord(text[index - 1])) if index.__class__ is int and 0 < index <= len(text) else FAIL
    part = indexed_part(value)
    if part is None or index.__class__ is not int or not 0 < index <= len(part):
        return FAIL
    return part[index - 1]


def at_put(value: object, index: object, element: object) -> object:
    """``basicAt:put:``; fails beyond the bounds, and for what is no byte where bytes are kept."""
    if is_fixed(value):
        return FAIL
    part = indexed_part(value)
    if isinstance(value, StString):
        if not isinstance(element, Character):
            return FAIL
        part, stored = cast("list[object]", value.chars()), cast("object", chr(element.code))
    else:
        stored = element
    if part is None or index.__class__ is not int or not 0 < index <= len(part):
        return FAIL
    if isinstance(part, bytearray) and not (element.__class__ is int and 0 <= element <= 255):
        return FAIL
    part[index - 1] = stored  # type: ignore[call-overload]  # a byte where bytes are kept
    return element


def basic_size(value: object) -> int:
    """How many indexed variables there are."""
    if isinstance(value, StString | str):
        return len(value)
    part = indexed_part(value)
    return 0 if part is None else len(part)


def _variable(value: object, index: object) -> str | None:
    """The name of the variable with this index, from 1."""
    names = MACHINE.image.all_variables(MACHINE.image.side_of_value(value))
    if index.__class__ is not int or not 0 < index <= len(names):
        return None
    return names[index - 1]


def variable_at(value: object, index: object) -> object:
    """``instVarAt:``; fails where there is none."""
    name = _variable(value, index)
    return FAIL if name is None else read_variable(value, name)


def read_variable(value: object, name: str) -> object:
    """The value of an instance variable."""
    found = getattr(value, f"i_{name}", FAIL)
    return MACHINE.image.added_variable(value, name) if found is FAIL else found


def variable_at_put(value: object, index: object, element: object) -> object:
    """``instVarAt:put:``; fails where there is none."""
    name = _variable(value, index)
    if name is None:
        return FAIL
    if hasattr(value, f"i_{name}"):
        setattr(value, f"i_{name}", element)
    else:
        MACHINE.image.set_added_variable(value, name, element)
    return element


def shallow_copy(value: object) -> object:
    """Another object with the same parts; what has no parts is its own copy."""
    if isinstance(value, ITSELF) or _is_class(value):
        return value
    if isinstance(value, StString):
        MACHINE.charge(len(value))
        return StString(str(value))
    if isinstance(value, list | bytearray):
        MACHINE.charge(len(value) * 8)
        return value[:]
    if isinstance(value, Instance):
        made = object.__new__(value.__class__)
        made.__dict__.update(value.__dict__)
    elif isinstance(value, Root):
        made = cast("Instance", object.__new__(value.__class__))
        for name in slots_of(value.__class__):
            if hasattr(value, name):
                setattr(made, name, getattr(value, name))
        if isinstance(getattr(made, "_x", None), dict):
            made._x = dict(made._x)  # type: ignore[attr-defined]  # library instances have it
    else:
        return value
    part = indexed_part(value)
    if part is not None:
        MACHINE.charge(len(part) * 8)
        made.indexed = part[:]  # type: ignore[attr-defined]  # it has one
    return made


def is_kind_of(value: object, behavior: object) -> object:
    """``isKindOf:``; fails where that is no class."""
    if not _is_class(behavior):
        return FAIL
    image = MACHINE.image
    wanted = side_of(behavior)
    each: Side | None = image.side_of_value(value)
    while each is not None:
        if each is wanted:
            return True
        each = image.superside(each)
    return False


def responds_to(value: object, selector: object) -> object:
    """``respondsTo:``; fails for what is no Symbol or String."""
    if not isinstance(selector, str | StString):
        return FAIL
    return MACHINE.image.lookup(MACHINE.image.side_of_value(value), str(selector)) is not None


def perform0(receiver: object, selector: object) -> object:
    """``perform:``; fails for what is no selector without arguments."""
    if not isinstance(selector, str) or arity(selector) != 0:
        return FAIL
    return MACHINE.find(receiver, "m:" + selector)(receiver)


def perform1(receiver: object, selector: object, a: object) -> object:
    """``perform:with:``."""
    if not isinstance(selector, str) or arity(selector) != 1:
        return FAIL
    return MACHINE.find(receiver, "m:" + selector)(receiver, a)


def perform2(receiver: object, selector: object, a: object, b: object) -> object:
    """``perform:with:with:``."""
    if not isinstance(selector, str) or arity(selector) != 2:
        return FAIL
    return MACHINE.find(receiver, "m:" + selector)(receiver, a, b)


def perform3(receiver: object, selector: object, a: object, b: object, c: object) -> object:
    """``perform:with:with:with:``."""
    if not isinstance(selector, str) or arity(selector) != 3:
        return FAIL
    return MACHINE.find(receiver, "m:" + selector)(receiver, a, b, c)


def perform4(receiver: object, selector: object, a: object, b: object, c: object, d: object) -> object:
    """``perform:with:with:with:with:``."""
    if not isinstance(selector, str) or arity(selector) != 4:
        return FAIL
    return MACHINE.find(receiver, "m:" + selector)(receiver, a, b, c, d)


def perform_with_arguments(receiver: object, selector: object, arguments: object) -> object:
    """``perform:withArguments:``; fails unless both are of the right kind and fit."""
    if not isinstance(selector, str) or not isinstance(arguments, list) or arity(selector) != len(arguments):
        return FAIL
    return MACHINE.find(receiver, "m:" + selector)(receiver, *arguments)


def perform_in_superclass(receiver: object, selector: object, arguments: object, behavior: object) -> object:
    """``perform:withArguments:inSuperclass:``; fails where that is not above the receiver's class."""
    if not isinstance(selector, str) or not isinstance(arguments, list) or is_kind_of(receiver, behavior) is not True:
        return FAIL
    method = MACHINE.image.lookup(side_of(behavior), selector)
    if method is None or method.function is None or arity(selector) != len(arguments):
        return FAIL
    return method.function(receiver, *arguments)


PRIMITIVES: dict[str, Callable[..., object]] = {
    "ProtoObject.==": identical,
    "ProtoObject.class": lambda value: MACHINE.image.class_of(value),
    "ProtoObject.identityHash": identity_hash,
    "ProtoObject.become:": become,
    "Array.forwardTo:copyHash:": forward_elements,
    "Object.isReadOnlyObject": is_read_only,
    "Object.setIsReadOnlyObject:": set_read_only,
    "Object.at:": at,
    "Object.at:put:": at_put,
    "Object.basicSize": basic_size,
    "Object.instVarAt:": variable_at,
    "Object.instVarAt:put:": variable_at_put,
    "Object.shallowCopy": shallow_copy,
    "Object.isKindOf:": is_kind_of,
    "Object.respondsTo:": responds_to,
    "Object.inspect": lambda value: value,
    "Object.perform:": perform0,
    "Object.perform:with:": perform1,
    "Object.perform:with:with:": perform2,
    "Object.perform:with:with:with:": perform3,
    "Object.perform:with:with:with:with:": perform4,
    "Object.perform:withArguments:": perform_with_arguments,
    "Object.perform:withArguments:inSuperclass:": perform_in_superclass,
}
