"""What the PostgreSQL store's statements are given, and what their rows hold."""

from stui_actors.errors import StorageError
from stui_actors.storage.database import Row
from stui_actors.storage.store import Generation, SessionKey, StoredSession


def named(key: SessionKey) -> dict[str, object]:
    """The parameters that name a session."""
    return {"client": key.client_id, "session": key.session_id}


def columns_of(generation: Generation) -> dict[str, object]:
    """The parameters that hold a generation's facts."""
    return {
        "number": generation.number,
        "epoch": generation.server_epoch,
        "saved_at": float(generation.saved_at),
        "version": generation.version,
        "reason": generation.reason,
        "size": generation.size,
    }


def generation_of(row: Row) -> Generation:
    """A generation out of the columns of its row."""
    match row:
        case (int(number), str(epoch), float(saved_at), int(version), str(reason), int(size)):
            return Generation(number, saved_at, size, reason, epoch, version)
    raise StorageError("A row of the database is not what this server writes.")


def stored_of(row: Row) -> StoredSession:
    """A session out of its row."""
    return StoredSession(SessionKey(str(row[0]), str(row[1])), generation_of(row[2:]))
