"""A store in memory that several servers share, as a database is: no save overwrites one that was not loaded."""

from collections.abc import Collection

from attrs import define, evolve, field

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionConflict, SessionNotFound, StorageError
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import Generation, Loaded, SessionKey, mark_of

STALE = (0, "")  # what is known of a session that must be loaded before it is saved


@define
class Shared:
    """What all servers see beside the sessions: who opened, who is alive, who holds what, under which epoch."""

    openings: list["SharedStore"] = field(factory=list)
    alive: set[str] = field(factory=set)
    held: dict[SessionKey, tuple[str, str]] = field(factory=dict)
    creations: dict[tuple[str, str], SessionKey] = field(factory=dict)  # what requests made, or got, by their marks
    claimed: dict[SessionKey, str] = field(factory=dict)  # by the epoch of the server that held or saved it last


class SharedStore(MemoryStore):
    """One server's view of what ``beside`` sees too."""

    def __init__(self, settings: StorageSettings | None = None, beside: "SharedStore | None" = None) -> None:
        super().__init__(settings or StorageSettings())
        self._known: dict[SessionKey, tuple[int, str]] = {}
        self.is_away = False  # what concerns who is alive, and who holds what, fails meanwhile
        self.shared = beside.shared if beside is not None else Shared()
        if beside is not None:
            self._sessions, self._deleted, self._lock = beside._sessions, beside._deleted, beside._lock

    @property
    def is_shared(self) -> bool:
        return True

    def open(self) -> None:
        self.shared.openings.append(self)
        self._opened = len(self.shared.openings)
        self._is_open = True

    def close(self) -> None:
        self.shared.alive.discard(self.epoch)
        super().close()

    def _newest(self, key: SessionKey) -> tuple[int, str] | None:
        kept = self._sessions.get(key)
        return None if not kept else (max(kept), self.shared.claimed[key])

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        with self._lock:
            newest = self._newest(key)
            if newest is None and self._is_made_elsewhere(key):
                raise SessionConflict("Another server has made the session meanwhile.")
            if newest is not None and (self._known.get(key) != newest or self._is_held_elsewhere(key)):
                raise SessionConflict("Another server has saved the session since.")
            generation = super().save(key, body, version=version, reason=reason, saved_at=saved_at)
            self.shared.claimed[key] = self.epoch
            self._known[key] = (generation.number, self.epoch)
            return generation

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        with self._lock:
            loaded = super().load(key, number)
            newest = self._newest(key)
            if number is None and newest is not None:
                self._known[key] = STALE if self._is_held_elsewhere(key) else newest
            holder, attachment = self.shared.held.get(key, ("", ""))
            held = attachment if holder == self.epoch else ""
            return evolve(loaded, held=held, attached=attachment, is_elsewhere=self._is_held_elsewhere(key))

    def _is_made_elsewhere(self, key: SessionKey) -> bool:
        mark = mark_of(key.session_id)
        return mark != "" and not self.claim(key, mark)

    def claim(self, key: SessionKey, mark: str) -> bool:
        with self._lock:
            claimed = self.shared.creations.get((key.client_id, mark))
            if claimed is None:
                claimed = self.shared.creations[key.client_id, mark] = key
            return claimed == key

    def _is_held_elsewhere(self, key: SessionKey) -> bool:
        holder, _ = self.shared.held.get(key, (self.epoch, ""))
        return holder != self.epoch and holder in self.shared.alive

    def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        with self._lock:
            newest = self._newest(key)
            if newest is None:
                raise SessionNotFound("No such session is stored.")
            _, told = self.shared.held.get(key, ("", ""))
            if self._is_held_elsewhere(key) and not force and told != attachment:
                raise SessionConflict("The session is attached at another server, which is alive.", session_epoch=told)
            self.shared.held[key] = (self.epoch, attachment)
            self.shared.claimed[key] = self.epoch
            is_newest = self._known.get(key) == newest
            if is_newest:
                self._known[key] = (newest[0], self.epoch)
            else:
                self._known[key] = STALE
            return is_newest

    def release(self, key: SessionKey, attachment: str) -> None:
        self._check_there()
        with self._lock:
            if self.shared.held.get(key) == (self.epoch, attachment):
                del self.shared.held[key]

    def lost(self, client_ids: Collection[str]) -> list[SessionKey]:
        self._check_there()
        with self._lock:
            return [key for key in self._known if key.client_id in client_ids and self._is_lost(key)]

    def _is_lost(self, key: SessionKey) -> bool:
        newest = self._newest(key)
        return newest is None or (newest[1] != self.epoch and newest != self._known[key])

    def _check_there(self) -> None:
        if self.is_away:
            raise StorageError("The database is away.")

    def beat(self) -> None:
        self._check_there()
        self.shared.alive.add(self.epoch)
