"""What threads do to a double is done in turn, as the system does what they ask of it."""

from collections.abc import Callable
from functools import wraps
from threading import RLock
from typing import Concatenate, ParamSpec, Protocol, TypeVar


class HasTurn(Protocol):
    """``turn`` is held by the thread whose turn it is; what it calls in its turn may take it again."""

    turn: RLock


Double = TypeVar("Double", bound=HasTurn)
P = ParamSpec("P")
R = TypeVar("R")


def in_turn(act: Callable[Concatenate[Double, P], R]) -> Callable[Concatenate[Double, P], R]:
    """Make a method that is over before another thread's begins: so two never get the same descriptor."""

    @wraps(act)
    def acting(double: Double, *args: P.args, **kwargs: P.kwargs) -> R:
        with double.turn:
            return act(double, *args, **kwargs)

    return acting
