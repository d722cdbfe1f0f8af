"""Greenlets that run one process after another: a new one takes longer than a short evaluation.

A carrier that waits for its next process holds nothing of the last one, and nothing that leads to itself: it goes with
the last reference to it. One that is thrown out of its process ends.
"""

from collections.abc import Callable
from functools import partial
from weakref import ReferenceType, ref

from attrs import define, field
from greenlet import getcurrent, greenlet

MOST_SPARE = 16  # each holds 16 KB of Python's stack; processes that end one after another need one

Body = Callable[[], None]


@define(eq=False)
class Carriers:
    """Those that wait for a process."""

    spare: list[greenlet] = field(factory=list)

    def take(self) -> greenlet:
        """A carrier; switched to with a function it runs that, and switches to its parent once that has ended."""
        if self.spare:
            return self.spare.pop()
        made = greenlet(partial(_carry, ref(self)))
        made.switch()  # to where it waits: what a greenlet is begun with it holds until its end
        return made

    def keep(self, carrier: greenlet) -> bool:
        """Put one back that has nothing to do; false where there are enough."""
        if len(self.spare) >= MOST_SPARE:
            return False
        self.spare.append(carrier)
        return True


def _carry(owner: "ReferenceType[Carriers]") -> None:
    """A carrier's function. Its frame keeps no carrier, as no collector sees what a frame that waits refers to."""
    is_kept = True
    while is_kept:
        body = _next_body()
        body()
        del body
        is_kept = _is_kept(owner)


def _is_kept(owner: "ReferenceType[Carriers]") -> bool:
    carriers = owner()
    return carriers is not None and carriers.keep(getcurrent())


def _next_body() -> Body:
    parent = getcurrent().parent
    assert parent is not None, "whoever switched here"
    body: Body = parent.switch()
    return body
