"""Bounded mailboxes, and questions that wait for their answer. Refuses questions that could wait in a circle."""

import math
from contextvars import ContextVar
from enum import IntEnum
from typing import Generic, TypeVar

import trio
from attrs import define, field

from stui_actors.errors import StuiError

M = TypeVar("M")
R = TypeVar("R")
Inbox = trio.MemoryReceiveChannel  # the end of a mailbox that is read


class Rank(IntEnum):
    """Who may wait for whom: only the higher for the lower. What goes up is a note that nobody waits for."""

    SERVICE = 1
    CLIENT = 2
    GATEWAY = 3
    OUTSIDE = 4


RANK: ContextVar[Rank] = ContextVar("rank", default=Rank.OUTSIDE)  # of the running task; its children inherit it


@define(eq=False)
class Mailbox(Generic[M]):
    """A queue of at most ``limit`` messages with one reader. It outlives its reader's failures."""

    limit: int
    inbox: Inbox[M] = field(init=False)
    _send: "trio.MemorySendChannel[M]" = field(init=False)
    _room: int = field(default=0, init=False)

    def __attrs_post_init__(self) -> None:
        self._send, self.inbox = trio.open_memory_channel(math.inf)

    def post(self, message: M) -> bool:
        """Put a message in; false if the mailbox is full."""
        if self._room <= 0:  # a lower bound of the room there is, looked up only when it is used up
            self._room = self.limit - len(self)
            if self._room <= 0:
                return False
        self._room -= 1
        self._send.send_nowait(message)
        return True

    def notify(self, message: M) -> None:
        """Put in a note beyond the limit. For notes of which there can't be many: one per connection or sweep."""
        self._send.send_nowait(message)

    def __len__(self) -> int:
        return self.inbox.statistics().current_buffer_used

    def take_all(self) -> list[M]:
        """Everything that waits, taken out."""
        messages: list[M] = []
        while True:
            try:
                messages.append(self.inbox.receive_nowait())
            except trio.WouldBlock:
                return messages


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
