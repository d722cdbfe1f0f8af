"""What a store remembers of the sessions that it touched; one thread at a time per session."""

from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from threading import Lock
from types import TracebackType
from typing import Protocol

from attrs import define, field

from stui_actors.storage.names import GenerationName
from stui_actors.storage.store import SessionKey

MAX_SHELVES = 20_000  # twice `max_clients`; what is forgotten is read from the folder again


class Guard(Protocol):
    """A lock. A simulation, whose threads are none, brings its own."""

    def __enter__(self) -> bool:
        """Take it, when it is free."""

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Let it go."""

    def locked(self) -> bool:
        """Whether somebody has it."""


@define(eq=False)
class Shelf:
    """A session's generations, newest first, and the last number that was given out; None before the first look.

    ``epoch`` names the opening that wrote the last one, where several servers may; ``is_stale``: another one did, or
    may have, after what was loaded here.
    """

    lock: Guard
    last: int | None = None
    epoch: str = ""
    names: list[GenerationName] = field(factory=list)
    is_settled: bool = False
    is_stale: bool = False


@define(eq=False)
class Shelves:
    """The shelves of all sessions that were touched lately."""

    new_guard: Callable[[], Guard] = Lock
    _lock: Lock = field(factory=Lock)
    _shelves: dict[SessionKey, Shelf] = field(factory=dict)

    @contextmanager
    def of(self, key: SessionKey) -> Iterator[Shelf]:
        """The session's shelf, for this thread alone."""
        while True:
            with self._lock:
                shelf = self._shelves.setdefault(key, Shelf(self.new_guard()))
            with shelf.lock:
                if self._shelves.get(key) is shelf:
                    try:
                        yield shelf
                    finally:
                        self._bound(key)
                    return

    def has(self, key: SessionKey) -> bool:
        """Whether anything is remembered of a session."""
        return key in self._shelves

    def stale_of(self, client_ids: Collection[str]) -> list[SessionKey]:
        """The sessions of these clients that must be loaded before they are saved."""
        wanted = frozenset(client_ids)
        with self._lock:
            return [key for key, shelf in self._shelves.items() if shelf.is_stale and key.client_id in wanted]

    def forget(self, key: SessionKey) -> None:
        """Drop what is remembered of a session; only within ``of``."""
        with self._lock:
            self._shelves.pop(key, None)

    def clear(self, key: SessionKey) -> None:
        """Know nothing of a session any more, and keep others out; only within ``of``."""
        shelf = self._shelves[key]
        shelf.last, shelf.epoch, shelf.is_settled, shelf.is_stale = None, "", False, False
        shelf.names.clear()

    def _bound(self, but: SessionKey) -> None:
        with self._lock:
            if len(self._shelves) > MAX_SHELVES:
                oldest = next(key for key in self._shelves if key != but)
                if not self._shelves[oldest].lock.locked():
                    del self._shelves[oldest]
