"""Primitives of BlockClosure and Exception: evaluating, handlers, signals."""

from collections.abc import Callable
from types import FrameType, FunctionType

from stui_actors.smalltalk import control, stack
from stui_actors.smalltalk.bindings import block_info
from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString, symbol

Block = FunctionType
LONGEST = 10**18  # nanoseconds: beyond 30 years nobody waits, and a float still holds it


def value0(block: Block) -> object:
    """``value``; fails for a block that takes arguments."""
    return block() if block.__code__.co_argcount == 0 else FAIL


def value1(block: Block, a: object) -> object:
    """``value:``; fails for a block that takes another number of arguments."""
    return block(a) if block.__code__.co_argcount == 1 else FAIL


def value2(block: Block, a: object, b: object) -> object:
    """``value:value:``."""
    return block(a, b) if block.__code__.co_argcount == 2 else FAIL


def value3(block: Block, a: object, b: object, c: object) -> object:
    """``value:value:value:``."""
    return block(a, b, c) if block.__code__.co_argcount == 3 else FAIL


def value4(block: Block, a: object, b: object, c: object, d: object) -> object:
    """``value:value:value:value:``."""
    return block(a, b, c, d) if block.__code__.co_argcount == 4 else FAIL


def value_with_arguments(block: Block, arguments: object) -> object:
    """``valueWithArguments:``; fails unless given an Array of the right size."""
    if not isinstance(arguments, list) or len(arguments) != block.__code__.co_argcount:
        return FAIL
    return block(*arguments)


def num_args(block: Block) -> int:
    """How many arguments it takes."""
    return block.__code__.co_argcount


def source_string(block: Block) -> StString:
    """Its text."""
    return StString(block_info(block).text)


def receiver(block: Block) -> object:
    """``self`` in it, nil where it does not use that."""
    names = block.__code__.co_freevars
    if "self" not in names or block.__closure__ is None:
        return None
    try:
        return block.__closure__[names.index("self")].cell_contents
    except ValueError:
        return None


def method(block: Block) -> object:
    """The CompiledMethod that it stands in; nil for a do-it."""
    info = block_info(block)
    if info.is_do_it:
        return None
    owner = MACHINE.image.class_named(info.owner)
    return MACHINE.new("CompiledMethod", i_methodClass=owner, i_selector=symbol(info.selector))


def value_within(block: Block, nanoseconds: object, on_timeout: object) -> object:
    """``valueWithinNanoseconds:onTimeout:``; fails for what is no Integer."""
    if nanoseconds.__class__ is not int:
        return FAIL
    return control.within(block, max(0, min(nanoseconds, LONGEST)) / 1e9, on_timeout)


def signal_context(exception: object) -> object:
    """The Context that signalled it; fails where it is over."""
    frame = signal_frame(exception)
    return FAIL if frame is None else stack.context_of(frame)


def signal_frame(exception: object) -> FrameType | None:
    """The innermost frame of the code that signalled an exception, its own methods left out."""
    frame = stack.signal_frame(exception, control.deliver)
    for each, _ in stack.smalltalk_frames(frame):
        if each.f_locals.get("self") is not exception:
            return each
    return None


def unhandled(exception: object) -> object:
    """End the process with the exception as its outcome."""
    raise MACHINE.process.fail(exception, signal_frame(exception))


def is_signalled(exception: object) -> bool:
    """Whether its signal is going on."""
    return control.activation_of(exception) is not None


PRIMITIVES: dict[str, Callable[..., object]] = {
    "BlockClosure.value": value0,
    "BlockClosure.value:": value1,
    "BlockClosure.value:value:": value2,
    "BlockClosure.value:value:value:": value3,
    "BlockClosure.value:value:value:value:": value4,
    "BlockClosure.valueWithArguments:": value_with_arguments,
    "BlockClosure.valueWithinNanoseconds:onTimeout:": value_within,
    "BlockClosure.numArgs": num_args,
    "BlockClosure.sourceString": source_string,
    "BlockClosure.receiver": receiver,
    "BlockClosure.method": method,
    "BlockClosure.on:do:": control.on_do,
    "BlockClosure.ensure:": control.ensure,
    "BlockClosure.ifCurtailed:": control.if_curtailed,
    "Exception.signal": control.signal,
    "Exception.outer": control.outer,
    "Exception.pass": control.pass_on,
    "Exception.return:": lambda exception, value: FAIL if not control.return_value(exception, value) else None,
    "Exception.retry": lambda exception: FAIL if not control.retry(exception) else None,
    "Exception.retryUsing:": lambda exception, block: FAIL if not control.retry(exception, block) else None,
    "Exception.resumeUnchecked:": lambda exception, value: FAIL if not control.resume(exception, value) else None,
    "Exception.resignalAs:": lambda exception, other: FAIL if not control.resignal(exception, other) else None,
    "Exception.isNested": control.is_nested,
    "Exception.isSignalled": is_signalled,
    "Exception.signalContext": signal_context,
    "Exception.unhandledErrorAction": unhandled,
}
