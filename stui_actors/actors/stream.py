"""Tells a session's events: to the connection that it is attached to, and to those who poll. Keeps none itself."""

from collections.abc import Callable

import trio
from attrs import define, field

from stui_actors.protocol.messages import Event, Json, RequestId
from stui_actors.session.session import Session


@define(eq=False)
class Stream:
    """The way out of whatever state ``session`` answers. ``push`` tells an event to whoever is attached."""

    session: Callable[[], Session]
    now: Callable[[], float]
    push: Callable[[Event], None]
    watching: int = 0
    is_ended: bool = False
    _news: trio.Event = field(factory=trio.Event)
    _unwatched: trio.Event = field(factory=trio.Event)

    def tell(self, kind: str, data: dict[str, Json], request_id: RequestId = None) -> None:
        """Number an event, keep it, push it, and wake who polls.

        Where another server has the session, and none of its numbers were set aside here, they are that one's to give.
        """
        session = self.session()
        if session.is_outdated and not session.events.is_reserved:
            return
        self.push(session.events.add(kind, data, self.now(), request_id))
        if self.watching:
            self._news.set()
            self._news = trio.Event()

    async def wait_for_events(self, after: int, wait: float) -> None:
        """Return once there is an event above ``after``, ``wait`` seconds have passed, or the stream has ended."""
        self.watching += 1
        try:
            with trio.move_on_after(wait):
                while self.session().events.last_seq <= after and not self.is_ended:
                    await self._news.wait()
        finally:
            self.watching -= 1
            if not self.watching:
                self._unwatched.set()
                self._unwatched = trio.Event()

    async def end(self) -> None:
        """Let nobody wait for an event any more; return once all who did have what there is."""
        self.is_ended = True
        self._news.set()
        while self.watching:
            await self._unwatched.wait()
