"""The semantics of exceptions: handlers run on top of the code that signals; unwinding comes after them.

Each process has a chain of handlers, ``MACHINE.process.handlers``, innermost first. A signal searches it and runs the
handler it finds, with the chain set to what lies outside of that handler. Unwinding is one Python exception that
carries its target; so is resuming. Both are BaseExceptions that only their target catches.
"""

from collections.abc import Callable
from types import FunctionType
from typing import NoReturn

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import Instance

SIGNAL = "#signal"  # where an exception keeps how it was signalled: no instance variable can have this name
RETURN, RETRY, RETRY_USING = "return", "retry", "retryUsing"


class Handler:
    """One ``on:do:`` that is being evaluated; ``active`` is False while it is the target of unwinding."""

    __slots__ = ("action", "active", "exceptions", "outer", "running")

    def __init__(self, exceptions: object, action: object, outer: "Handler | None") -> None:
        self.exceptions = exceptions
        self.action = action
        self.outer = outer
        self.active = True
        self.running = True


class Signal:
    """How an exception was signalled: which handler runs for it, and where resuming leads."""

    __slots__ = ("context", "handler", "resumption", "root")

    def __init__(self) -> None:
        self.handler: Handler | None = None
        self.resumption = self.root = Resumption()
        self.context: object = None


class Resumption:
    """A place in a program that waits for a handler to resume it; ``waiting`` until it has gone on."""

    __slots__ = ("waiting",)

    def __init__(self) -> None:
        self.waiting = True


class Unwind(BaseException):
    """Abandons everything inside the ``on:do:`` of ``handler``."""

    def __init__(self, handler: Handler, how: str, value: object) -> None:
        super().__init__()
        self.handler = handler
        self.how = how
        self.value = value


class Resume(BaseException):
    """Goes on where an exception was signalled; with a ``replacement``, signals that one there."""

    def __init__(self, resumption: Resumption, value: object, replacement: object = None) -> None:
        super().__init__()
        self.resumption = resumption
        self.value = value
        self.replacement = replacement


def evaluated(block: object) -> object:
    """The value of a block without arguments, or of what answers ``value``."""
    if block.__class__ is FunctionType and block.__code__.co_argcount == 0:
        return block()
    return MACHINE.send(block, "value")


def culled(block: object, argument: object) -> object:
    """The value of a block that takes one argument or none."""
    if block.__class__ is FunctionType:
        count = block.__code__.co_argcount
        if count == 1:
            return block(argument)
        if count == 0:
            return block()
    return MACHINE.send(block, "cull:", argument)


# Protected blocks


def on_do(block: object, exceptions: object, action: object) -> object:
    """Evaluate ``block``; where an exception that ``exceptions`` selects is signalled meanwhile, run ``action``."""
    process = MACHINE.process
    handler = Handler(exceptions, action, process.handlers)
    while True:
        process.handlers = handler
        handler.active = handler.running = True
        try:
            return evaluated(block)
        except Unwind as unwinding:
            if unwinding.handler is not handler:
                raise
            how, value = unwinding.how, unwinding.value
        finally:
            handler.running = False
            process.handlers = handler.outer
        if how == RETURN:
            return value
        if how == RETRY_USING:
            return evaluated(value)


def ensure(block: object, final: object) -> object:
    """Evaluate ``block`` and then ``final``, however the first ends."""
    process = MACHINE.process
    outer = process.handlers
    try:
        result = evaluated(block)
    except BaseException:
        process.handlers = outer
        evaluated(final)
        raise
    evaluated(final)
    return result


def if_curtailed(block: object, final: object) -> object:
    """Evaluate ``block``; evaluate ``final`` only where the first is abandoned."""
    process = MACHINE.process
    outer = process.handlers
    try:
        return evaluated(block)
    except BaseException:
        process.handlers = outer
        evaluated(final)
        raise


# Signalling


def signal(exception: Instance) -> object:
    """Run the innermost handler that selects ``exception``; the value is what it is resumed with."""
    state = Signal()
    state.context = MACHINE.image.context_of_signal()
    exception.__dict__[SIGNAL] = state
    return deliver(exception, state, MACHINE.process.handlers)


def found_from(handler: Handler | None, exception: Instance) -> Handler | None:
    """The first handler, from ``handler`` outwards, that selects ``exception``."""
    while handler is not None:
        if handler.active and MACHINE.send(handler.exceptions, "handles:", exception) is True:
            return handler
        handler = handler.outer
    return None


def deliver(exception: Instance, state: Signal, start: Handler | None) -> object:
    """Run the next handler from ``start`` on, or the default action; answer what the signal is resumed with."""
    process = MACHINE.process
    present = process.handlers
    handler = found_from(start, exception)
    if handler is None:
        return MACHINE.send(exception, "defaultAction")
    state.handler, resumption = handler, state.resumption
    process.handlers = handler.outer
    replacement: object = None
    try:
        value = culled(handler.action, exception)
    except Resume as resuming:
        if resuming.resumption is not resumption:
            raise
        value, replacement = resuming.value, resuming.replacement
    else:
        resumption.waiting = False
        unwind(handler, RETURN, value)
    finally:
        process.handlers = present
    resumption.waiting = False
    return value if replacement is None else MACHINE.send(replacement, "signal")


def unwind(handler: Handler, how: str, value: object) -> NoReturn:
    """Leave for the ``on:do:`` of ``handler``, which no longer selects what ensure: blocks signal on the way."""
    handler.active = False
    raise Unwind(handler, how, value)


def state_of(exception: Instance) -> Signal | None:
    """How ``exception`` was signalled last, None if never."""
    found = exception.__dict__.get(SIGNAL)
    return found if isinstance(found, Signal) else None


# What handlers do


def _leave(how: str) -> Callable[[Instance, object], object]:
    def leave(exception: Instance, value: object) -> object:
        state = state_of(exception)
        if state is None or state.handler is None or not state.handler.running:
            return MACHINE.signal("BlockCannotReturn", "the handler's on:do: has ended already")
        unwind(state.handler, how, value)

    return leave


return_value = _leave(RETURN)
retry_using = _leave(RETRY_USING)
retry_with = _leave(RETRY)


def retry(exception: Instance) -> object:
    """Evaluate the protected block again."""
    return retry_with(exception, None)


def resume(exception: Instance, value: object) -> object:
    """Go on after the signal, whose value is ``value``."""
    state = state_of(exception)
    if state is None or not state.resumption.waiting:
        return MACHINE.signal("IllegalResumeAttempt", "the signal does not wait any more")
    raise Resume(state.resumption, value)


def outer(exception: Instance) -> object:
    """Run the next outer handler, or the default action; come back here where that resumes."""
    state = state_of(exception)
    if state is None or state.handler is None:
        return MACHINE.send(exception, "defaultAction")
    handler, resumption = state.handler, state.resumption
    state.resumption = Resumption()
    try:
        return deliver(exception, state, handler.outer)
    finally:
        state.handler, state.resumption = handler, resumption


def pass_on(exception: Instance) -> object:
    """Run the next outer handler in place of the present one."""
    value = outer(exception)
    return resume(exception, value)


def resignal_as(exception: Instance, replacement: object) -> object:
    """Go back to where ``exception`` was signalled, and signal ``replacement`` there."""
    state = state_of(exception)
    if state is None or not state.root.waiting:
        return MACHINE.send(replacement, "signal")
    raise Resume(state.root, None, replacement)


def is_nested(exception: Instance) -> bool:
    """Whether a handler further out selects ``exception``."""
    state = state_of(exception)
    start = MACHINE.process.handlers if state is None or state.handler is None else state.handler.outer
    return found_from(start, exception) is not None


def signal_context(exception: Instance) -> object:
    """The stack where ``exception`` was signalled; fails before that."""
    state = state_of(exception)
    return FAIL if state is None else state.context


def unhandled(exception: Instance) -> object:
    """End the evaluation with ``exception`` as its outcome."""
    return MACHINE.process.end_unhandled(exception)


PRIMITIVES: dict[str, Callable[..., object]] = {
    "BlockClosure.on:do:": on_do,
    "BlockClosure.ensure:": ensure,
    "BlockClosure.ifCurtailed:": if_curtailed,
    "Exception.signal": signal,
    "Exception.return:": return_value,
    "Exception.retry": retry,
    "Exception.retryUsing:": retry_using,
    "Exception.resumeUnchecked:": resume,
    "Exception.outer": outer,
    "Exception.pass": pass_on,
    "Exception.resignalAs:": resignal_as,
    "Exception.isNested": is_nested,
    "Exception.isSignalled": lambda exception: state_of(exception) is not None,
    "Exception.signalContext": signal_context,
    "Exception.unhandledErrorAction": unhandled,
}
