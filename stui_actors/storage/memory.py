"""The store in memory: for tests, and for servers whose sessions need not outlive them."""

import time
from collections.abc import Callable, Collection, Iterator
from threading import RLock

from attrs import define, evolve, field

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.storage.expiry import TOMBSTONES_LAST, Expirer
from stui_actors.storage.singly import SavesSingly
from stui_actors.storage.store import (
    Expiry,
    Finding,
    Generation,
    Loaded,
    SessionKey,
    StoredSession,
    mark_of,
)
from stui_actors.storage.thinning import Saved, superfluous


@define(eq=False)
class MemoryStore(SavesSingly):
    """Sessions in a dict. Closing keeps them for the next ``open`` of the same object."""

    settings: StorageSettings = field(factory=StorageSettings)
    _sessions: dict[SessionKey, dict[int, Loaded]] = field(init=False, factory=dict)
    now: Callable[[], float] = field(default=time.time, kw_only=True)
    _deleted: dict[SessionKey, float] = field(init=False, factory=dict)  # when
    _lock: RLock = field(init=False, factory=RLock)
    _expirer: Expirer = field(init=False, factory=lambda: Expirer(0.0))
    _opened: int = field(init=False, default=0)
    _is_open: bool = field(init=False, default=False)

    @property
    def place(self) -> str:
        """Memory."""
        return "memory, until the server ends"

    @property
    def is_shared(self) -> bool:
        """False."""
        return False

    @property
    def epoch(self) -> str:
        """Names this opening; empty while the store is closed."""
        return f"{self._opened:015d}" if self._is_open else ""

    def open(self) -> None:
        """Take the store; raise StorageError if it is open."""
        with self._lock:
            if self._is_open:
                raise StorageError("The store is in use.")
            self._is_open = True
            self._opened += 1

    def close(self) -> None:
        """Give the store back."""
        self._is_open = False

    def index(self) -> Iterator[StoredSession]:
        """Every session."""
        with self._lock:
            newest = [(key, kept[max(kept)].generation) for key, kept in self._sessions.items()]
        return (StoredSession(key, generation) for key, generation in newest)

    def sessions_of(self, client_id: str) -> list[StoredSession]:
        """Every session of one client."""
        return [each for each in self.index() if each.key.client_id == client_id]

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        """Keep ``body`` as the next generation."""
        self._check_open()
        with self._lock:
            if key in self._deleted:
                raise SessionNotFound("The session was deleted.")
            kept = self._sessions.setdefault(key, {})
            number = max(kept, default=0) + 1
            generation = Generation(
                number, saved_at, len(body.encode("utf-8", "surrogatepass")), reason, self.epoch, version
            )
            kept[number] = Loaded(body, generation)
            for each in superfluous((Saved(each, kept[each].generation.saved_at) for each in kept), self.settings):
                del kept[each]
            return generation

    def _check_open(self) -> None:
        if not self._is_open:
            raise StorageError("The store is not open for writing.")

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest generation, or the one numbered ``number``."""
        with self._lock:
            kept = self._sessions.get(key)
            if kept is None:
                raise SessionNotFound("No such session is stored.")
            found = kept.get(max(kept) if number is None else number)
            if found is None:
                raise SessionNotFound(f"The session has no generation {number}.")
            return found

    def glance(self, key: SessionKey) -> Loaded | None:
        """The newest generation; None for a session that is not there."""
        with self._lock:
            kept = self._sessions.get(key)
            return kept[max(kept)] if kept else None

    def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations, newest first."""
        with self._lock:
            kept = self._sessions.get(key, {})
            return [kept[number].generation for number in sorted(kept, reverse=True)]

    def delete(self, key: SessionKey) -> None:
        """Remove the session whole."""
        self._check_open()
        with self._lock:
            if self._sessions.pop(key, None) is None:
                raise SessionNotFound("No such session is stored.")
            self._deleted[key] = self.now()

    def claim(self, key: SessionKey, mark: str) -> bool:
        """True: there is no other server."""
        return True

    def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        """True: there is no other server."""
        return True

    def release(self, key: SessionKey, attachment: str) -> None:
        """Nothing."""

    def beat(self) -> None:
        """Nothing."""

    def lost(self, client_ids: Collection[str]) -> list[SessionKey]:
        """None: there is no other server."""
        return []

    def was_deleted(self, client_id: str, mark: str, since: float) -> bool:
        """Whether a session of the client with this mark in its id was deleted at ``since`` or later."""
        with self._lock:
            return bool(mark) and any(
                key.client_id == client_id and mark_of(key.session_id) == mark and at >= since
                for key, at in self._deleted.items()
            )

    def expire(
        self, now: float, retention: float, *, elapsed: float, spare: Collection[SessionKey] = frozenset()
    ) -> Expiry:
        """Delete what was not saved for ``retention`` seconds, a bounded number, unless the clock looks wrong."""
        with self._lock:
            plan = self._expirer.due(self.index, now, retention, elapsed=elapsed, spare=spare)
            for key in plan.deleted:
                self.delete(key)
            if self._expirer.may_forget(plan, elapsed):
                self._deleted = {key: at for key, at in self._deleted.items() if at >= now - TOMBSTONES_LAST}
            return evolve(plan)

    def remains(self, key: SessionKey) -> Iterator[tuple[str, str]]:
        """Every generation's number and body, newest first."""
        with self._lock:
            kept = sorted(self._sessions.get(key, {}).items(), reverse=True)
        return ((f"generation {number}", loaded.body) for number, loaded in kept)

    def verify(self, key: SessionKey | None = None) -> Iterator[Finding]:
        """Nothing in memory can be damaged."""
        with self._lock:
            keys = list(self._sessions) if key is None else [key]
            found = [(each, number) for each in keys for number in self._sessions.get(each, {})]
        return (Finding(f"{each.client_id}/{each.session_id}", number) for each, number in found)
