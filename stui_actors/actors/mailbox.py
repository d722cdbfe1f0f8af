"""Bounded mailboxes, and questions that wait for their answer. Refuses questions that could wait in a circle."""

from collections import deque
from contextvars import ContextVar
from enum import IntEnum
from typing import Generic, TypeVar

import trio
from attrs import define, field

from stui_actors.errors import StuiError

M = TypeVar("M")
R = TypeVar("R")


class Rank(IntEnum):
    """Who may wait for whom: only the higher for the lower. What goes up is a note that nobody waits for."""

    SERVICE = 1
    CLIENT = 2
    GATEWAY = 3
    OUTSIDE = 4


RANK: ContextVar[Rank] = ContextVar("rank", default=Rank.OUTSIDE)  # of the running task; its children inherit it


@define(eq=False)
class Inbox(Generic[M]):
    """The end of a mailbox that is read. A message goes to one reader; none is lost with a reader that is cancelled.

    A memory channel costs twice as much per message: it checks what can't happen here, that an end is closed.
    """

    _messages: deque[M] = field(factory=deque, init=False)
    _readers: dict[trio.lowlevel.Task, None] = field(factory=dict, init=False)

    def put(self, message: M) -> None:
        """Add a message, and wake the reader that has waited longest."""
        self._messages.append(message)
        if self._readers:
            reader = next(iter(self._readers))
            del self._readers[reader]
            trio.lowlevel.reschedule(reader)

    async def receive(self) -> M:
        """The next message; a checkpoint in any case."""
        if self._messages:
            await trio.lowlevel.checkpoint()
        while not self._messages:  # what a reader was woken for may have gone to another
            await self._wait()
        return self._messages.popleft()

    async def _wait(self) -> None:
        reader = trio.lowlevel.current_task()
        self._readers[reader] = None

        def stop_waiting(_: object) -> trio.lowlevel.Abort:
            del self._readers[reader]
            return trio.lowlevel.Abort.SUCCEEDED

        await trio.lowlevel.wait_task_rescheduled(stop_waiting)

    def take(self) -> M:
        """The next message, which is there already."""
        return self._messages.popleft()

    def take_all(self) -> list[M]:
        """Everything that waits, taken out."""
        messages = list(self._messages)
        self._messages.clear()
        return messages

    def __aiter__(self) -> "Inbox[M]":
        return self

    async def __anext__(self) -> M:
        return await self.receive()

    def __len__(self) -> int:
        return len(self._messages)


@define(eq=False)
class Mailbox(Generic[M]):
    """A queue of at most ``limit`` messages. It outlives the failures of who reads its ``inbox``."""

    limit: int
    inbox: Inbox[M] = field(factory=Inbox, init=False)

    def post(self, message: M) -> bool:
        """Put a message in; false if the mailbox is full."""
        inbox = self.inbox
        if len(inbox) >= self.limit:
            return False
        inbox.put(message)
        return True

    def notify(self, message: M) -> None:
        """Put in a note beyond the limit. For notes of which there can't be many: one per connection or sweep."""
        self.inbox.put(message)

    def __len__(self) -> int:
        return len(self.inbox)

    def take_all(self) -> list[M]:
        """Everything that waits, taken out."""
        return self.inbox.take_all()


@define(eq=False)
class Question(Generic[R]):
    """Something asked of another actor, and the place for its answer. Answered once; later answers are ignored."""

    _answered: trio.Event = field(factory=trio.Event, init=False)
    _answer: R | None = field(default=None, init=False)
    _error: StuiError | None = field(default=None, init=False)

    def answer(self, value: R) -> None:
        """Wake who asked."""
        if not self._answered.is_set():
            self._answer = value
            self._answered.set()

    def fail(self, error: StuiError) -> None:
        """Wake who asked with an error."""
        if not self._answered.is_set():
            self._error = error
            self._answered.set()

    async def answered(self) -> R:
        """The answer; its error is raised."""
        await self._answered.wait()
        if self._error is not None:
            raise self._error
        return self._answer  # type: ignore[return-value]  # ``answer`` set it


def check_rank(answerer: Rank) -> None:
    """Fail if the running task must not wait for an actor of this rank."""
    asker = RANK.get()
    assert asker > answerer, f"an actor of rank {asker.name} waits for one of rank {answerer.name}: a circle can form"
