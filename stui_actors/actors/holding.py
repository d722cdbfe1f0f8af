"""What servers that share a store tell each other of a client's sessions: which are attached where."""

from attrs import define

from stui_actors.actors.messages import Services
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.session.session import Session
from stui_actors.storage.store import SessionKey


@define(eq=False)
class Holding:
    """The attachments of one client's sessions, as the store knows them; one that is not shared knows of none."""

    client_id: str
    services: Services

    async def hold(self, session: Session, epoch: str, *, force: bool = False) -> bool:
        """Let other servers know that the session is attached here; False where a newer state must be loaded first.

        Raise StorageError where that cannot be known: then it may be noted, under an epoch that nobody is told.
        """
        if not session.persistent:
            return True
        try:
            is_newest = await self.services.storage.hold(SessionKey(self.client_id, session.id), epoch, force=force)
        except SessionNotFound:  # another server has deleted it
            session.closed = session.deleted = True
            raise
        except StorageError:
            session.held, session.is_outdated = epoch, True
            raise
        session.held = epoch
        session.is_outdated = session.is_outdated or not is_newest
        return not session.is_outdated

    async def is_lost(self, session: Session) -> bool:
        """Whether another server took the session since it was loaded here, or deleted it."""
        return session.persistent and await self.services.storage.is_lost(SessionKey(self.client_id, session.id))

    def release_detached(self, session: Session) -> None:
        """Let other servers know where the session is attached here no more."""
        if session.held is not None and session.attachment is None:
            self.services.storage.release_soon(SessionKey(self.client_id, session.id), session.held)
            session.held = None
