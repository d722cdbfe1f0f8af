"""Primitives of Object and BlockClosure: identity, indexed and named parts, copies, messages by name.

What depends on the image (a class's methods, its variables) is asked of ``MACHINE.image``; no name from a program ever
becomes a Python attribute except through the image's tables.
"""

from collections.abc import Callable
from types import FunctionType

from stui_actors.smalltalk.machine import FAIL, MACHINE, identical
from stui_actors.smalltalk.objects import Character, Indexed, Instance, StString, attribute

HASH = "#hash"  # where an instance keeps its identity hash: no instance variable can have this name
HASH_BITS = 0xFFFFFFF
SLOT_BYTES = 8
OBJECT_BYTES = 64


def same(receiver: object, other: object) -> bool:
    """``==``: one object, or the same immediate value."""
    return receiver is other or identical(receiver, other)


def identity_hash(receiver: object) -> int:
    """A number that stays the same as long as the object lives."""
    if isinstance(receiver, Instance):
        found = receiver.__dict__.get(HASH)
        if found is None:
            found = receiver.__dict__[HASH] = MACHINE.random_seed() & HASH_BITS
        return int(found)
    if isinstance(receiver, Character):
        return receiver.code
    if receiver.__class__ in (int, float):
        return hash(receiver) & HASH_BITS
    if receiver is None or receiver is True or receiver is False:
        return {None: 0, True: 1, False: 2}[receiver]
    return id(receiver) >> 4 & HASH_BITS


def class_of(receiver: object) -> object:
    """The class, as the image's browser shows it."""
    return MACHINE.image.class_of(receiver)


# Indexed variables


def elements_of(receiver: object) -> list[object] | bytearray | None:
    """What ``at:`` reaches, None where there are no indexed variables."""
    if receiver.__class__ is list or receiver.__class__ is bytearray:
        return receiver
    if isinstance(receiver, Indexed):
        return receiver.elements
    return None


def at(receiver: object, index: object) -> object:
    """The element at ``index``, counted from 1."""
    elements = elements_of(receiver)
    if elements is None or index.__class__ is not int or not 0 < index <= len(elements):
        return FAIL
    return elements[index - 1]


def at_put(receiver: object, index: object, value: object) -> object:
    """Replace the element at ``index``, and answer it."""
    elements = elements_of(receiver)
    if elements is None or index.__class__ is not int or not 0 < index <= len(elements):
        return FAIL
    if elements.__class__ is bytearray and not (value.__class__ is int and 0 <= value < 256):
        return FAIL
    elements[index - 1] = value
    return value


def basic_size(receiver: object) -> int:
    """How many indexed variables there are."""
    if isinstance(receiver, StString | str):
        return len(receiver)
    elements = elements_of(receiver)
    return 0 if elements is None else len(elements)


# Named variables


def names_of(receiver: object) -> tuple[str, ...]:
    """The names of the instance variables, inherited ones first."""
    return (
        MACHINE.image.all_instance_variables(MACHINE.image.class_of(receiver)) if isinstance(receiver, Instance) else ()
    )


def inst_var_at(receiver: object, index: object) -> object:
    """The value of the instance variable with this number."""
    names = names_of(receiver)
    if index.__class__ is not int or not 0 < index <= len(names):
        return FAIL
    return getattr(receiver, attribute(names[index - 1]), None)


def inst_var_at_put(receiver: object, index: object, value: object) -> object:
    """Set the instance variable with this number, and answer the value."""
    names = names_of(receiver)
    if index.__class__ is not int or not 0 < index <= len(names):
        return FAIL
    setattr(receiver, attribute(names[index - 1]), value)
    return value


# Copies


def shallow_copy(receiver: object) -> object:
    """A new object of the same class with the very same parts; values that never change are their own copy."""
    if receiver.__class__ is list or receiver.__class__ is bytearray:
        MACHINE.charge(OBJECT_BYTES + SLOT_BYTES * len(receiver))
        return receiver[:]
    if isinstance(receiver, StString):
        MACHINE.charge(OBJECT_BYTES + len(receiver))
        return StString(receiver.text())
    if not isinstance(receiver, Instance):
        return receiver
    return _copy_of_instance(receiver)


def _copy_of_instance(receiver: Instance) -> Instance:
    copy: Instance = receiver.__class__.__new__(receiver.__class__)
    MACHINE.charge(OBJECT_BYTES + SLOT_BYTES * len(receiver.__dict__))
    copy.__dict__.update(receiver.__dict__)
    copy.__dict__.pop(HASH, None)
    if isinstance(receiver, Indexed) and isinstance(copy, Indexed):
        MACHINE.charge(SLOT_BYTES * len(receiver.elements))
        copy.elements = receiver.elements[:]
    return copy


def become(receiver: object, other: object) -> object:
    """Exchange what two instances are: classes, variables and elements."""
    if not (isinstance(receiver, Instance) and isinstance(other, Instance)):
        return FAIL
    if isinstance(receiver, Indexed) != isinstance(other, Indexed):
        return FAIL
    receiver.__dict__, other.__dict__ = other.__dict__, receiver.__dict__
    receiver.__class__, other.__class__ = other.__class__, receiver.__class__
    if isinstance(receiver, Indexed) and isinstance(other, Indexed):
        receiver.elements, other.elements = other.elements, receiver.elements
    return receiver


# Messages by name


def _perform(arity: int) -> Callable[..., object]:
    def perform(receiver: object, selector: object, *arguments: object) -> object:
        return perform_with(receiver, selector, list(arguments))

    def unary(receiver: object, selector: object) -> object:
        return perform_with(receiver, selector, [])

    return perform if arity else unary


def perform_with(receiver: object, selector: object, arguments: object) -> object:
    """Send ``selector``; fails where it is no Symbol, or takes another number of arguments."""
    if selector.__class__ is not str or arguments.__class__ is not list:
        return FAIL
    if arity_of(selector) != len(arguments):
        return FAIL
    return MACHINE.send(receiver, selector, *arguments)


def perform_in_superclass(receiver: object, selector: object, arguments: object, behavior: object) -> object:
    """Send ``selector`` as a method of ``behavior``, one of the receiver's classes, would be found."""
    if selector.__class__ is not str or arguments.__class__ is not list:
        return FAIL
    function = MACHINE.image.method_for(receiver, selector, behavior)
    if function is None or arity_of(selector) != len(arguments):
        return FAIL
    return function(receiver, *arguments)


def arity_of(selector: str) -> int:
    """How many arguments a selector takes."""
    if selector[:1].isalpha() or selector[:1] == "_":
        return selector.count(":")
    return 1


def is_kind_of(receiver: object, behavior: object) -> bool:
    """Whether ``behavior`` is the receiver's class or one of its superclasses."""
    image = MACHINE.image
    each = image.class_of(receiver)
    while each is not None:
        if each is behavior:
            return True
        each = image.superclass_of(each)
    return False


def responds_to(receiver: object, selector: object) -> object:
    """Whether the receiver has a method for ``selector``."""
    if not isinstance(selector, str | StString):
        return FAIL
    text = selector if isinstance(selector, str) else selector.text()
    return MACHINE.image.understands(MACHINE.image.class_of(receiver), text)


def inspect(receiver: object) -> object:
    """Tell the session that the program wants to look at the receiver."""
    MACHINE.image.inspect(receiver)
    return receiver


# Blocks


def arguments_of(block: FunctionType) -> int:
    """How many arguments a block takes."""
    return block.__code__.co_argcount


def source_of(block: FunctionType) -> StString:
    """The text of a block as it was written."""
    return StString(MACHINE.image.block_source(block))


def _value(arity: int) -> Callable[..., object]:
    def value(block: FunctionType, *arguments: object) -> object:
        return block(*arguments) if block.__code__.co_argcount == arity else FAIL

    return value


def value_with_arguments(block: FunctionType, arguments: object) -> object:
    """Evaluate a block with the elements of an Array."""
    if arguments.__class__ is not list or block.__code__.co_argcount != len(arguments):
        return FAIL
    return block(*arguments)


PRIMITIVES: dict[str, Callable[..., object]] = {
    "ProtoObject.==": same,
    "ProtoObject.identityHash": identity_hash,
    "ProtoObject.class": class_of,
    "ProtoObject.become:": become,
    "Object.at:": at,
    "Object.at:put:": at_put,
    "Object.basicSize": basic_size,
    "Object.shallowCopy": shallow_copy,
    "Object.instVarAt:": inst_var_at,
    "Object.instVarAt:put:": inst_var_at_put,
    "Object.perform:": _perform(0),
    "Object.perform:with:": _perform(1),
    "Object.perform:with:with:": _perform(2),
    "Object.perform:with:with:with:": _perform(3),
    "Object.perform:with:with:with:with:": _perform(4),
    "Object.perform:withArguments:": perform_with,
    "Object.perform:withArguments:inSuperclass:": perform_in_superclass,
    "Object.isKindOf:": is_kind_of,
    "Object.respondsTo:": responds_to,
    "Object.inspect": inspect,
    "BlockClosure.numArgs": arguments_of,
    "BlockClosure.sourceString": source_of,
    "BlockClosure.value": _value(0),
    "BlockClosure.value:": _value(1),
    "BlockClosure.value:value:": _value(2),
    "BlockClosure.value:value:value:": _value(3),
    "BlockClosure.value:value:value:value:": _value(4),
    "BlockClosure.valueWithArguments:": value_with_arguments,
}
