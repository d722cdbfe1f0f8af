"""A store in memory that several servers share, as a database is: no save overwrites one that was not loaded."""

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionConflict
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import Generation, Loaded, SessionKey


class SharedStore(MemoryStore):
    """One server's view of what ``beside`` sees too."""

    def __init__(self, settings: StorageSettings | None = None, beside: "SharedStore | None" = None) -> None:
        super().__init__(settings or StorageSettings())
        self._known: dict[SessionKey, tuple[int, str]] = {}
        self._openings = beside._openings if beside is not None else []
        if beside is not None:
            self._sessions, self._deleted, self._lock = beside._sessions, beside._deleted, beside._lock

    @property
    def is_shared(self) -> bool:
        return True

    def open(self) -> None:
        self._openings.append(self)
        self._opened = len(self._openings)
        self._is_open = True

    def _newest(self, key: SessionKey) -> tuple[int, str] | None:
        kept = self._sessions.get(key)
        return None if not kept else (max(kept), kept[max(kept)].generation.server_epoch)

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        with self._lock:
            newest = self._newest(key)
            if newest is not None and self.epoch != newest[1] and self._known.get(key) != newest:
                raise SessionConflict("Another server has saved the session since.")
            generation = super().save(key, body, version=version, reason=reason, saved_at=saved_at)
            self._known[key] = (generation.number, self.epoch)
            return generation

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        with self._lock:
            loaded = super().load(key, number)
            newest = self._newest(key)
            if number is None and newest is not None:
                self._known[key] = newest
            return loaded
