"""Handlers, signals, ensure blocks and returns from blocks: what they do to the stack and to the handlers' list."""

from contextlib import suppress
from types import FunctionType

from greenlet import GreenletExit

from stui_actors.smalltalk.bindings import block_info
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.unwinding import (
    Deadline,
    Departure,
    Handler,
    Home,
    NonLocalReturn,
    Resume,
    Signal,
    TimeIsUp,
    Unwind,
)


def return_from(home: Home, value: object) -> object:
    """``^ value`` in a block whose method began as ``home``; signals BlockCannotReturn where that is over."""
    if home.alive and home.process is MACHINE.process:
        raise NonLocalReturn(home, value)
    return MACHINE.signal("BlockCannotReturn", None, i_result=value)


def call(block: object) -> object:
    """The value of a block without arguments, or of what understands ``value``."""
    if block.__class__ is FunctionType and block.__code__.co_argcount == 0:
        return block()
    return MACHINE.value(block)


def cull(block: object, argument: object) -> object:
    """The value of a block that takes one argument or none."""
    if block.__class__ is FunctionType:
        count = block_info(block).num_args
        if count == 1:
            return block(argument)
        if count == 0:
            return block()
    return MACHINE.find(block, "m:cull:")(block, argument)


def on_do(block: object, selector: object, handler_block: object) -> object:
    """``block on: selector do: handler_block``."""
    process = MACHINE.process
    outer = process.handlers
    handler = Handler(selector, handler_block, outer)
    while True:
        process.handlers = handler
        try:
            return call(block)
        except Unwind as unwind:
            if unwind.target is not handler:
                raise
            if not unwind.is_retry:
                return unwind.value
            block = block if unwind.again is None else unwind.again
            handler.off = False
        finally:
            process.handlers = outer
        process.poll_if_due()


def ensure(block: object, last: object) -> object:
    """``block ensure: last``."""
    process = MACHINE.process
    handlers = process.handlers
    try:
        value = call(block)
    except BaseException as leaving:
        process.handlers = handlers
        run_last(last, leaving)
        raise
    process.handlers = handlers
    call(last)
    return value


def if_curtailed(block: object, last: object) -> object:
    """``block ifCurtailed: last``."""
    process = MACHINE.process
    handlers = process.handlers
    try:
        return call(block)
    except BaseException as leaving:
        process.handlers = handlers
        run_last(last, leaving)
        raise


def within(block: object, seconds: float, on_timeout: object) -> object:
    """The value of ``block``, or that of ``on_timeout`` if it ran for so long; its ensure blocks have run then."""
    process = MACHINE.process
    handlers, deadline = process.handlers, Deadline(MACHINE.monotonic() + seconds)
    process.deadlines.append(deadline)
    try:
        return call(block)
    except TimeIsUp as up:
        if up.deadline is not deadline:
            raise
    finally:
        process.deadlines.remove(deadline)
        process.handlers = handlers
    return call(on_timeout)


def run_last(last: object, leaving: BaseException) -> None:
    """Run an ensure block while ``leaving`` goes through; what stops the process cannot be diverted by it.

    A process that nobody holds any more is thrown away wherever the garbage is collected: there nothing of it may run.
    """
    if isinstance(leaving, GreenletExit):
        return
    if isinstance(leaving, Departure):
        call(last)
        return
    MACHINE.process.begin_cleanup(leaving)
    with suppress(Departure):
        call(last)


# Signals


def signal(exception: object) -> object:
    """``exception signal``: the value that it is resumed with, or of its default action."""
    return deliver(exception, MACHINE.process.handlers)


def deliver(exception: object, handlers: Handler | None) -> object:
    """Run the first of ``handlers`` that selects the exception, on top of the stack."""
    process = MACHINE.process
    before = process.handlers
    activation = Signal(exception, process.signals)
    process.signals = activation
    replacement = None
    try:
        handler = _selecting(exception, handlers)
        if handler is None:
            return MACHINE.find(exception, "m:defaultAction")(exception)
        activation.handler = handler
        process.handlers = handler.outer
        value = cull(handler.block, exception)
        handler.off = True
        raise Unwind(handler, value)
    except Resume as resume:
        if resume.target is not activation:
            raise
        if resume.replacement is None:
            return resume.value
        replacement = resume.replacement
    finally:
        process.handlers = before
        process.signals = activation.previous
        activation.over = True
    return MACHINE.find(replacement, "m:signal")(replacement)


def _selecting(exception: object, handlers: Handler | None) -> Handler | None:
    """The first handler whose selector handles the exception; selectors are asked with the outer handlers in force."""
    process = MACHINE.process
    while handlers is not None:
        if not handlers.off:
            process.handlers = handlers.outer
            selector = handlers.selector
            if MACHINE.find(selector, "m:handles:")(selector, exception) is True:
                return handlers
        handlers = handlers.outer
    return None


def activation_of(exception: object) -> Signal | None:
    """The innermost signalling of an exception that is going on."""
    each = MACHINE.process.signals
    while each is not None and each.exception is not exception:
        each = each.previous
    return each


def return_value(exception: object, value: object) -> bool:
    """``exception return: value``; False where no handler of it runs."""
    activation = activation_of(exception)
    if activation is None or activation.handler is None:
        return False
    activation.handler.off = True
    raise Unwind(activation.handler, value)


def retry(exception: object, again: object = None) -> bool:
    """``exception retry`` or ``retryUsing: again``; False where no handler of it runs."""
    activation = activation_of(exception)
    if activation is None or activation.handler is None:
        return False
    activation.handler.off = True
    raise Unwind(activation.handler, None, again=again, is_retry=True)


def resume(exception: object, value: object) -> bool:
    """``exception resume: value``, whether it is resumable or not; False where it is not signalled."""
    activation = activation_of(exception)
    if activation is None:
        return False
    raise Resume(activation, value)


def resignal(exception: object, replacement: object) -> bool:
    """``exception resignalAs: replacement``; False where it is not signalled."""
    activation = activation_of(exception)
    if activation is None:
        return False
    raise Resume(activation, None, replacement=replacement)


def outer(exception: object) -> object:
    """``exception outer``: what the next outer handler resumes with, or the default action answers."""
    activation = activation_of(exception)
    handler = None if activation is None else activation.handler
    return deliver(exception, MACHINE.process.handlers if handler is None else handler.outer)


def pass_on(exception: object) -> object:
    """``exception pass``: as outer, and the value resumes the signal."""
    activation = activation_of(exception)
    value = outer(exception)
    if activation is None or activation.over:
        return value
    raise Resume(activation, value)


def is_nested(exception: object) -> bool:
    """Whether an outer handler would select the exception."""
    process = MACHINE.process
    activation = activation_of(exception)
    before = process.handlers
    start = before if activation is None or activation.handler is None else activation.handler.outer
    try:
        return _selecting(exception, start) is not None
    finally:
        process.handlers = before
