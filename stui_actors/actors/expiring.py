"""A sweep that deletes what has expired, while others ask for sessions."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager

import trio
from attrs import define, field

from stui_actors.storage.store import SessionKey


@define(eq=False)
class Expiring:
    """Which sessions a sweep may be deleting just now: one that is loaded then would be in memory without its files."""

    _may_hit: Callable[[SessionKey], bool] | None = None
    _over: trio.Event = field(factory=trio.Event)

    @contextmanager
    def among(self, may_hit: Callable[[SessionKey], bool]) -> Iterator[None]:
        """A sweep is under way, and deletes none but those that it ``may_hit``."""
        self._may_hit, self._over = may_hit, trio.Event()
        try:
            yield
        finally:
            self._may_hit = None
            self._over.set()

    async def settled(self, key: SessionKey) -> None:
        """Return once it is known whether a sweep deletes the session."""
        while self._may_hit is not None and self._may_hit(key):
            await self._over.wait()
