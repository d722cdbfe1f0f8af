"""The store's interface. Synchronous: whoever may not block drives it from a thread. Every store passes one suite."""

from collections.abc import Iterable
from typing import Protocol

from attrs import frozen


@frozen
class SessionKey:
    """Names a session everywhere: whose it is, and which."""

    client_id: str
    session_id: str


@frozen
class Generation:
    """One saved state of a session. ``saved_at`` in seconds since the epoch, UTC; ``size`` in bytes on disk.

    ``number`` is the store's own count, never reused; ``version`` is the session's, as its client sees it, kept in the header.
    """

    number: int
    saved_at: float
    size: int
    reason: str = ""
    server_epoch: str = ""
    version: int = 0


@frozen
class Loaded:
    """A state read back. ``recovered_from`` names what was passed over, and where it was kept, if anything was."""

    body: str
    generation: Generation
    recovered_from: tuple[str, ...] = ()


@frozen
class StoredSession:
    """What the index knows of a session without reading its body."""

    key: SessionKey
    newest: Generation


class Store(Protocol):
    """Keeps the generations of sessions. Raises StorageError, SessionCorrupt, SessionNotFound, and nothing else."""

    def open(self) -> None:
        """Take the store for this process alone; raise StorageError if another one has it."""

    def close(self) -> None:
        """Give the store back; nothing may be called afterwards but ``open``."""

    def index(self) -> Iterable[StoredSession]:
        """Every session of the store, in no order; read from names and headers, not from bodies."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        """Keep ``body`` (STON text) as the next generation and return once it is durable."""

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest valid generation, or the one numbered ``number``."""

    def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations, newest first."""

    def delete(self, key: SessionKey) -> None:
        """Remove the session whole; a tombstone keeps its id from coming back with a stale file."""
