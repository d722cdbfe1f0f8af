"""Which sessions are on their way back to memory. What can wait asks here, and gives way to them, but not for ever."""

import trio
from attrs import define, field

from stui_actors.storage.store import SessionKey

PATIENCE = 0.2  # seconds: a wake takes a tenth of it; who runs longer then is nobody for whom others rest


@define(eq=False)
class Wakes:
    """The wakes of a server: each lasts from the first touch of a session until that is answered, or PATIENCE."""

    _underway: dict[SessionKey, float] = field(factory=dict)  # until when, the first to end first
    _changed: trio.Event = field(factory=trio.Event)

    def begin(self, key: SessionKey) -> None:
        """A session was touched that is not in memory."""
        self._underway.pop(key, None)
        self._underway[key] = trio.current_time() + PATIENCE
        self._note()

    def end(self, key: SessionKey) -> None:
        """Who touched it has an answer. May be said again."""
        if self._underway.pop(key, None) is not None:
            self._note()

    @property
    def are_underway(self) -> bool:
        """Whether a session wakes, and did not take PATIENCE yet."""
        now = trio.current_time()
        for key in [key for key, until in self._underway.items() if until <= now]:
            self.end(key)
        return bool(self._underway)

    async def first(self) -> None:
        """Return once one is underway."""
        while not self.are_underway:
            await self._changed.wait()

    async def over(self) -> None:
        """Return once none is underway."""
        while self.are_underway:
            *_, latest = self._underway.values()
            with trio.move_on_at(latest):
                await self._changed.wait()

    def _note(self) -> None:
        self._changed.set()
        self._changed = trio.Event()
