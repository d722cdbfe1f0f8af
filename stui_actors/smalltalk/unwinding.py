"""How control leaves Smalltalk code other than by returning: returns from blocks, handlers' decisions, stops.

All are BaseExceptions that carry whom they are meant for; nothing catches one that is not its own. The ones that
Smalltalk decides on are ``Departure``; what stops a process is not, and no Smalltalk code can keep it.
"""

from stui_actors.errors import StuiError
from stui_actors.smalltalk.machine import MACHINE


class Departure(BaseException):
    """Control goes somewhere else because Smalltalk code said so."""


class Home:
    """An activation that blocks can return from."""

    __slots__ = ("alive", "process")

    def __init__(self) -> None:
        self.alive = True
        self.process = MACHINE.process


class NonLocalReturn(Departure):
    """``^`` in a block."""

    def __init__(self, home: Home, value: object) -> None:
        self.home = home
        self.value = value


class Handler:
    """An ``on:do:`` that is active; ``off`` while it is being unwound to."""

    __slots__ = ("block", "off", "outer", "selector")

    def __init__(self, selector: object, block: object, outer: "Handler | None") -> None:
        self.selector = selector
        self.block = block
        self.outer = outer
        self.off = False


class Signal:
    """One signalling of an exception. ``handler`` is the one that runs, None while the default action does."""

    __slots__ = ("exception", "handler", "over", "previous")

    def __init__(self, exception: object, previous: "Signal | None") -> None:
        self.exception = exception
        self.previous = previous
        self.handler: Handler | None = None
        self.over = False


class Unwind(Departure):
    """Back to an ``on:do:``: with a value, or to evaluate ``again``."""

    def __init__(self, target: Handler, value: object, *, again: object = None, is_retry: bool = False) -> None:
        self.target = target
        self.value = value
        self.again = again
        self.is_retry = is_retry


class Resume(Departure):
    """Back to a signal, with a value or with another exception to signal there."""

    def __init__(self, target: Signal, value: object, *, replacement: object = None) -> None:
        self.target = target
        self.value = value
        self.replacement = replacement


class Deadline:
    """Until when a block may run, on the image's clock; ``is_over`` once the way back to it has begun."""

    __slots__ = ("at", "is_over")

    def __init__(self, at: float) -> None:
        self.at = at
        self.is_over = False


class TimeIsUp(Departure):
    """Back to the block whose ``deadline`` has passed."""

    def __init__(self, deadline: Deadline) -> None:
        self.deadline = deadline


class Stop(BaseException):
    """The process ends with ``error``; None: without any, it was terminated."""

    def __init__(self, error: StuiError | None) -> None:
        self.error = error
