"""A store on a disk that is full now and then."""

from attrs import define

from stui_actors.errors import StorageError
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import Generation, SessionKey


@define(eq=False)
class FullStore(MemoryStore):
    """Saves nothing while it ``is_full``."""

    is_full: bool = False

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        if self.is_full:
            raise StorageError("The session cannot be saved: No space left on device.")
        return super().save(key, body, version=version, reason=reason, saved_at=saved_at)
