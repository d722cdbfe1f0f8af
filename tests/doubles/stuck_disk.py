"""A disk on which calls that a test names do not come back for a while."""

import trio
from attrs import define, field

from stui_actors.errors import StorageError


@define(eq=False)
class StuckDisk:
    """Runs what blocks without a thread: what is ``named`` only once the disk is free, and ``fails`` then if it is to.

    It is stuck at first.
    """

    named: str
    fails: bool = False
    _is_free: trio.Event = field(factory=trio.Event)
    has_begun: trio.Event = field(factory=trio.Event)

    def stick(self) -> None:
        """From now on let nothing through that is named."""
        self._is_free, self.has_begun = trio.Event(), trio.Event()

    def free(self) -> None:
        """Let all through."""
        self._is_free.set()

    async def __call__(self, call, *, limiter):
        await trio.lowlevel.checkpoint()
        if getattr(getattr(call, "func", None), "__name__", "") == self.named:
            self.has_begun.set()
            await self._is_free.wait()
            if self.fails:
                raise StorageError("The disk is gone.")
        return call()
