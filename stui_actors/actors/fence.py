"""What tells a session in memory that another server, which shares the store, has taken it."""

from collections.abc import Callable

from attrs import define

from stui_actors.actors.session_files import SessionFiles
from stui_actors.errors import StorageError
from stui_actors.protocol.messages import Json
from stui_actors.session.session import Session


@define(eq=False)
class Fence:
    """That of one session. ``tell`` tells an event to whoever is attached here."""

    opened: Callable[[], Session]
    files: SessionFiles
    tell: Callable[[str, dict[str, Json]], None]

    async def is_crossed(self) -> bool:
        """Whether the session must leave memory, since what is read of it here would be old; who is attached is told.

        What waits for it is put off, and wakes it anew where the others left it.
        """
        try:
            is_lost = await self.files.holding.is_lost(self.opened())
        except StorageError:  # the next beat asks again
            return False
        if is_lost:
            self.tell_taken()
        return is_lost

    def tell_taken(self) -> None:
        """Tell that the session is another's."""
        session = self.opened()
        session.is_outdated = True
        self.tell("session_taken_over", {"session_epoch": session.epoch or "", "version": session.version})
