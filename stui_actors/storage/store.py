"""The store's interface. Synchronous: whoever may not block drives it from a thread. Every store passes one suite.

What each save makes are named tuples or structs: a frozen attrs class takes several times as long. What stays of it is
out of the garbage collector's sight: texts and numbers make no cycles, and thousands of saves leave their traces.
"""

from collections.abc import Collection, Iterable, Sequence
from typing import NamedTuple, Protocol

from attrs import frozen

from stui_actors.errors import StuiError
from stui_actors.values import Value

LEASE = 20.0  # seconds for which a server that shares its store counts as alive after it said so


class SessionKey(NamedTuple):  # a save looks it up ten times
    """Names a session everywhere: whose it is, and which."""

    client_id: str
    session_id: str


def mark_of(session_id: str) -> str:
    """What the request that made a session left in its id: all from the first hyphen on; nothing without one."""
    return "".join(session_id.partition("-")[1:])


class Generation(Value, frozen=True):
    """One saved state of a session. ``saved_at`` in seconds since the epoch, UTC; ``size`` in bytes on disk.

    ``number`` is the store's own count, never reused; ``version`` is the session's, as its client sees it.
    """

    number: int
    saved_at: float
    size: int
    reason: str = ""
    server_epoch: str = ""
    version: int = 0

    def numbered(self, number: int) -> "Generation":
        """The same, once it is known which it is."""
        return Generation(number, self.saved_at, self.size, self.reason, self.server_epoch, self.version)

    def sized(self, size: int) -> "Generation":
        """The same, once it is known what it takes."""
        return Generation(self.number, self.saved_at, size, self.reason, self.server_epoch, self.version)


Body = str | tuple[str, ...]  # a text; a long one in pieces, so that nothing handles it in one long step


class Save(NamedTuple):
    """A state that is to be kept. ``body`` is STON text.

    ``extends``: the number of the generation whose body goes before this one; 0 where ``body`` is the whole.
    """

    key: SessionKey
    body: Body
    version: int
    reason: str
    saved_at: float
    extends: int = 0

    @property
    def text(self) -> str:
        """The body in one."""
        return self.body if isinstance(self.body, str) else "".join(self.body)


@frozen
class Loaded:
    """A state read back. ``recovered_from`` names what was passed over, and where it was kept, if anything was.

    ``held``: the attachment for which this server holds the session, where several share the store; ``attached``: that
    for which any server holds it; ``is_elsewhere``: another one does, and is alive.
    """

    body: str
    generation: Generation
    recovered_from: tuple[str, ...] = ()
    held: str = ""
    attached: str = ""
    is_elsewhere: bool = False


class StoredSession(NamedTuple):
    """What the index knows of a session without reading its body."""

    key: SessionKey
    newest: Generation


@frozen
class Finding:
    """What ``verify`` says of one file: ``problem`` is empty if it is whole. ``path`` starts at the store's folder."""

    path: str
    number: int
    problem: str = ""


@frozen
class Expiry:
    """What a sweep did: what it deleted, how many more are due, and why it deleted nothing, if it did not dare."""

    deleted: tuple[SessionKey, ...] = ()
    due: int = 0
    alarm: str = ""


class Store(Protocol):
    """Keeps the generations of sessions. May be called from several threads at once.

    Raises StorageError, SessionCorrupt, SessionNotFound, and, if it ``is_shared``, SessionConflict; nothing else.
    """

    @property
    def place(self) -> str:
        """Where the sessions are, in words for people that follow ``in``; no secret is in them."""

    @property
    def is_shared(self) -> bool:
        """Whether several servers may have it open. Each session lives on one of them: the one that saved it last."""

    @property
    def epoch(self) -> str:
        """Names this opening; greater, as text, than that of every opening before."""

    def open(self) -> None:
        """Take the store, for this process alone unless it is shared; raise StorageError if another one has it."""

    def close(self) -> None:
        """Give the store back; nothing may be called afterwards but ``open``."""

    def index(self) -> Iterable[StoredSession]:
        """Every session of the store, in no order; read from names, and from headers where names do not tell.

        ``saved_at`` is exact to the second only, ``version`` and ``reason`` are missing. A session of which nothing
        could be read has the generation number 0.
        """

    def sessions_of(self, client_id: str) -> list[StoredSession]:
        """``index``, of one client."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        """Keep ``body`` (STON text) as the next generation and return once it is durable.

        Raise SessionNotFound if the session was deleted, and SessionConflict if another server has saved it since
        it was loaded or saved here, or held it when it was loaded: then it lives there, until somebody loads it here
        again. So too where another server has a session of the client with this ``mark_of`` its id.
        """

    @property
    def saves_together(self) -> bool:
        """Whether many saves are durable at the price of one, with ``save_all``, and one may extend another."""

    def save_all(self, saves: Sequence[Save]) -> list[Generation | StuiError]:
        """``save`` each, in any order but that of one session's; for each what ``save`` answers or raises."""

    @property
    def is_prepared(self) -> bool:
        """Whether ``prepare`` has nothing to do. Costs nothing, and never waits."""

    def prepare(self) -> None:
        """Do ahead what later saves would wait for. A hint: raises nothing, and saves do not rest on it."""

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest valid generation, or the one numbered ``number``."""

    def glance(self, key: SessionKey) -> Loaded | None:
        """The newest generation, for who only lists it: nothing is made durable, or put aside.

        None where that cannot be had so simply: ``load`` says what there is then.
        """

    def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations that can be read, newest first; none of a session that is not there."""

    def delete(self, key: SessionKey) -> None:
        """Remove the session whole; a tombstone keeps its id from coming back with a stale file."""

    def claim(self, key: SessionKey, mark: str) -> bool:
        """Note durably that the request with this mark got this session; False where it got, or made, another one.

        A store that is not shared answers True.
        """

    def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        """Note durably that the session is attached here, under this epoch; from then on no other server saves it.

        False where the newest state is not the one that was loaded or saved here last, or another server held it when
        it was loaded: then it must be loaded before it is saved. Raise SessionNotFound, and SessionConflict where it is
        attached at another server that is alive, unless ``force`` is given, or that has it under the same epoch. A
        store that is not shared answers True.
        """

    def release(self, key: SessionKey, attachment: str) -> None:
        """Note that the attachment has ended, if the session is still held for it."""

    def beat(self) -> None:
        """Say that this server is alive; one that did not for LEASE seconds holds nothing, nor one that began anew."""

    def lost(self, client_ids: Collection[str]) -> list[SessionKey]:
        """The sessions of these clients that were loaded or saved here, and are another server's since, or deleted."""

    def was_deleted(self, client_id: str, mark: str, since: float) -> bool:
        """Whether a session of the client with this ``mark_of`` its id was deleted at ``since`` or later."""

    def expire(
        self, now: float, retention: float, *, elapsed: float, spare: Collection[SessionKey] = frozenset()
    ) -> Expiry:
        """Delete sessions last saved more than ``retention`` seconds before ``now``, but none of ``spare``.

        ``elapsed`` is a clock that nobody sets: where it disagrees with ``now``, nothing is deleted.
        """

    def remains(self, key: SessionKey) -> Iterable[tuple[str, str]]:
        """Of each state of a session, newest first, where it is and what of its body can be read.

        Whole or not, and put aside or not: what comes may differ from what was saved.
        """

    def verify(self, key: SessionKey | None = None) -> Iterable[Finding]:
        """Read every file of a session, or of all, and change nothing."""
