"""The store in a PostgreSQL database, which several servers may share.

A generation is a row that holds what a file would: header, checksums and body. A session is a row that tells which
generation is the newest and which server wrote it. A save names the one it follows, and changes nothing if that is
not the newest any more: so a session lives on one server at a time, and moves to whichever loads and saves it.
"""

import time
from collections.abc import Callable, Collection, Iterator
from contextlib import suppress

from attrs import define, evolve, field

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionConflict, SessionCorrupt, SessionNotFound, StorageError, StuiError
from stui_actors.storage import postgres_statements as sql
from stui_actors.storage.database import ADVICE, Database, Row, as_storage_error, holds_password
from stui_actors.storage.expiry import TOMBSTONES_LAST, Expirer
from stui_actors.storage.files import MAX_BODY
from stui_actors.storage.header import MAX_TEXT, DamagedError, NewerError, encode, read_body, read_header
from stui_actors.storage.names import GenerationName
from stui_actors.storage.postgres_rows import columns_of, generation_of, named, stored_of
from stui_actors.storage.postgres_schema import check_schema, open_schema
from stui_actors.storage.salvage import readable
from stui_actors.storage.shelf import Shelf, Shelves
from stui_actors.storage.singly import SavesSingly
from stui_actors.storage.store import (
    LEASE,
    Expiry,
    Finding,
    Generation,
    Loaded,
    SessionKey,
    StoredSession,
    mark_of,
)
from stui_actors.storage.thinning import Saved, superfluous

__all__ = ["PostgresStore", "holds_password"]

TABLE = "stui_generations"  # where damaged rows stay, for a person to look at
NEVER = float("inf")
TRIES = 3  # of a save whose acknowledgements are lost
NEWEST = 2**62  # a number that no generation reaches
ALL: dict[str, object] = {"most": NEWEST, "least": 0}


@define(eq=False)
class PostgresStore(SavesSingly):
    """Sessions in the database that ``dsn`` names, in the words of libpq.

    ``read_only``: makes no tables, changes nothing, and takes no session from a server. ``name`` tells this server from
    others, and is the same after a restart.
    """

    dsn: str
    settings: StorageSettings = field(factory=StorageSettings)
    now: Callable[[], float] = field(default=time.time, kw_only=True)
    read_only: bool = field(default=False, kw_only=True)
    max_body: int = field(default=MAX_BODY, kw_only=True)
    name: str = field(default="", kw_only=True)
    database: Database = field(init=False)
    _epoch: str = field(init=False, default="")
    _shelves: Shelves = field(init=False, factory=Shelves)
    _expirer: Expirer = field(init=False, factory=lambda: Expirer(0.0))

    def __attrs_post_init__(self) -> None:
        self.database = Database(self.dsn, self.settings.writer_threads)

    @property
    def place(self) -> str:
        """The database, and where it is."""
        return self.database.place

    @property
    def is_shared(self) -> bool:
        """True."""
        return True

    @property
    def epoch(self) -> str:
        """Names this opening; empty while the store is not open for writing."""
        return self._epoch

    def open(self) -> None:
        """Bring the tables up to date, and name this opening."""
        if self.database.is_open:
            return
        with as_storage_error("The database cannot be opened"), self.database.connect() as connection:
            if self.read_only:
                check_schema(connection)
            else:
                opening = open_schema(connection, self.now())
                self._epoch, self._expirer = opening.epoch, Expirer(opening.believed_at)
        self.database.open()

    def close(self) -> None:
        """Let go of what this server holds, and end all connections."""
        if self._epoch:
            with suppress(StorageError):  # then the lease ends it
                self.database.ask(sql.LEAVE, {"epoch": self._epoch})
        self._epoch = ""
        self._shelves = Shelves()
        self.database.close()

    # Finding

    def index(self) -> Iterator[StoredSession]:
        """Every session of the store."""
        return iter([stored_of(row) for row in self.database.ask(sql.INDEX, {"client": None})])

    def sessions_of(self, client_id: str) -> list[StoredSession]:
        """Every session of one client."""
        return [stored_of(row) for row in self.database.ask(sql.INDEX, {"client": client_id})]

    # Saving

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        """Keep ``body`` as the next generation and return once it is durable."""
        self._check_writable(key)
        draft = Generation(0, saved_at, 0, reason[:MAX_TEXT], self.epoch, version)
        with self._shelves.of(key) as shelf:
            if shelf.is_stale:
                raise _conflict()
            if shelf.last is None:
                self._learn(key, shelf)
            for _ in range(TRIES):
                if (saved := self._saved(key, shelf, draft, body)) is not None:
                    return saved
                known = shelf.last, shelf.epoch
                self._learn(key, shelf)
                if known == (shelf.last, shelf.epoch):  # else ours was saved, and its acknowledgement lost
                    raise _conflict()
            raise StorageError("The database lost each acknowledgement of a save.", suggestion=ADVICE)

    def _check_writable(self, key: SessionKey) -> None:
        if not self._epoch:
            raise StorageError("The store is not open for writing.")
        for text in (key.client_id, key.session_id):
            if len(text) > MAX_TEXT or not text.isprintable():
                raise StorageError(f"An id has more than {MAX_TEXT} characters, or some that cannot be printed.")

    def _learn(self, key: SessionKey, shelf: Shelf) -> None:
        """Look which generation is the newest; raise SessionConflict if it is neither ours nor the one we know."""
        rows = self._ask_newest(key)
        if not rows:
            shelf.last, shelf.epoch = shelf.last or 0, ""
            return
        number, epoch, is_deleted, writer = rows[0][:4]
        if is_deleted:
            raise SessionNotFound("The session was deleted.")
        if (number, epoch) != (shelf.last, shelf.epoch) and (epoch, writer) != (self.epoch, self.epoch):
            raise _conflict()
        self._remember(key, shelf, rows[0])

    def _remember(self, key: SessionKey, shelf: Shelf, newest: Row) -> None:
        match newest:
            case (int(number), str(epoch), *_, bool(is_free)):
                shelf.last, shelf.epoch, shelf.is_stale = number, epoch, not is_free
        kept = [generation_of(row) for row in self.database.ask(sql.KEPT, named(key))]
        shelf.names = [GenerationName("", each.number, each.saved_at) for each in kept]

    def _saved(self, key: SessionKey, shelf: Shelf, draft: Generation, body: str) -> Generation | None:
        """The generation that was saved after the one that we know; None where that is not the newest."""
        last = shelf.last or 0
        generation = draft.numbered(last + 1)
        data = encode(key, generation, body, self.settings.compress_above)
        generation = generation.sized(len(data))
        names = [GenerationName("", generation.number, generation.saved_at), *shelf.names]
        drop = superfluous((Saved(each.number, each.saved_at) for each in names), self.settings)
        parameters = {**named(key), **columns_of(generation), "data": data, "last": last, "last_epoch": shelf.epoch}
        parameters["mark"] = mark_of(key.session_id)
        statement = sql.SAVE_NEXT if shelf.epoch else sql.SAVE_FIRST
        if not self.database.ask(statement, {**parameters, "drop": sorted(drop)}):
            return None
        shelf.last, shelf.epoch = generation.number, self.epoch
        shelf.names = [each for each in names if each.number not in drop]
        return generation

    # Loading

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest valid generation, or the one numbered ``number``; the next save follows what is the newest now."""
        with self._shelves.of(key) as shelf:
            rows = self._ask_newest(key)
            if not rows or rows[0][2]:
                raise SessionNotFound("No such session is stored.")
            passed: list[str] = []
            loaded = self._newest_whole(key, number, passed)
            if loaded is None:
                raise self._nothing(key, number, passed)
            if number is None:
                self._remember(key, shelf, rows[0])
            *_, holder, attachment, is_free = rows[0]
            attached = str(attachment or "")
            held = attached if self._epoch and holder == self._epoch else ""
            return evolve(loaded, recovered_from=tuple(passed), held=held, attached=attached, is_elsewhere=not is_free)

    def glance(self, key: SessionKey) -> Loaded | None:
        """The newest generation; None where it is deleted or damaged. The next save does not follow it."""
        rows = self._ask_newest(key)
        found = [] if not rows or rows[0][2] else self.database.ask(sql.STATE, {**named(key), **ALL})
        match found:
            case [(int(number), bytes(data))]:
                with suppress(DamagedError, NewerError):
                    return _read(key, number, data, self.max_body)
        return None

    def _ask_newest(self, key: SessionKey) -> list[Row]:
        return self.database.ask(sql.NEWEST, {**named(key), "epoch": self.epoch})

    def _newest_whole(self, key: SessionKey, number: int | None, passed: list[str]) -> Loaded | None:
        """The first whole generation from the newest on, or the one numbered ``number``; put aside what is not."""
        most, least = (NEWEST, 0) if number is None else (number, number)
        while rows := self.database.ask(sql.STATE, {**named(key), "most": most, "least": least}):
            match rows[0]:
                case (int(found), bytes(data)):
                    try:
                        return _read(key, found, data, self.max_body)
                    except DamagedError as fault:
                        passed.append(self._put_aside(key, found, str(fault)))
                        most = found - 1
                    except NewerError as fault:
                        raise StorageError(
                            f"The session was saved by a newer server ({fault}); its rows were left as they are.",
                            suggestion="Run the server that wrote it.",
                        ) from fault
        return None

    def _put_aside(self, key: SessionKey, number: int, why: str) -> str:
        """Mark a row as damaged, so that nothing reads it again; what happened, as text."""
        where = "left as it is"
        if self._epoch:
            self.database.ask(sql.PUT_ASIDE, {**named(key), "number": number, "damage": why})
            where = f"kept in {TABLE}"
        return f"generation {number}: {why}; {where}"

    def _nothing(self, key: SessionKey, number: int | None, passed: list[str]) -> SessionCorrupt | SessionNotFound:
        if passed or (number is None and self.database.ask(sql.DAMAGED, named(key))):
            return SessionCorrupt("No saved state of the session can be read.", quarantine=TABLE, damaged=passed)
        if number is None:
            return SessionNotFound("No such session is stored.")
        return SessionNotFound(f"The session has no generation {number}.")

    def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations that can be read, newest first."""
        return [generation_of(row) for row in self.database.ask(sql.KEPT, named(key))]

    def verify(self, key: SessionKey | None = None) -> Iterator[Finding]:
        """Read every generation of a session, or of all, and change nothing."""
        asked = {"client": None, "session": None} if key is None else named(key)
        for row in self.database.ask(sql.ROWS, asked):
            match row:
                case (str(client), str(session), int(number)):
                    found = SessionKey(client, session)
                    yield Finding(f"{client}/{session}/{number}", number, self._problem(found, number))

    def remains(self, key: SessionKey) -> Iterator[tuple[str, str]]:
        """The session's rows and what can be read of them, newest first, those that were put aside too."""
        for row in self.database.ask(sql.REMAINS, named(key)):
            match row:
                case (int(number), bytes(data)):
                    if text := readable(data):
                        yield f"{TABLE}, number {number}", text

    def _problem(self, key: SessionKey, number: int) -> str:
        rows = self.database.ask(sql.STATE, {**named(key), "most": number, "least": number})
        match rows:
            case [(int(), bytes(data))]:
                try:
                    _read(key, number, data, self.max_body)
                except (DamagedError, NewerError) as fault:
                    return str(fault)
        return ""  # whole, or thinned meanwhile

    # Deleting

    def delete(self, key: SessionKey) -> None:
        """Remove the session whole, wherever it lives; its row stays, as a tombstone, and so do damaged states."""
        self._check_writable(key)
        with self._shelves.of(key):
            if not self._delete(key, NEVER):
                raise SessionNotFound("No such session is stored.")

    def _delete(self, key: SessionKey, before: float) -> bool:
        rows = self.database.ask(sql.DELETE, {**named(key), "now": self.now(), "before": before})
        if rows != [(1,)]:
            return False
        self._shelves.forget(key)
        return True

    # Holding

    def claim(self, key: SessionKey, mark: str) -> bool:
        """Note that the request with this mark got this session; False where it has got another one, or made it."""
        self._check_writable(key)
        return bool(self.database.ask(sql.CLAIM, {**named(key), "mark": mark}))

    def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        """Note that the session is attached here; no other server can save it from then on."""
        self._check_writable(key)
        parameters = {**named(key), "epoch": self.epoch, "attachment": attachment, "force": force}
        with self._shelves.of(key) as shelf:
            was_stale, shelf.is_stale = shelf.is_stale, True  # and stays so if it is not known what came of it
            rows = self.database.ask(sql.HOLD, parameters, again=False)
            if not rows:
                shelf.is_stale = was_stale
                raise self._held_elsewhere(key)
            number, before = rows[0]
            shelf.is_stale = was_stale or number != shelf.last or before not in (self.epoch, shelf.epoch)
            if not shelf.is_stale:
                shelf.epoch = self.epoch
            return not shelf.is_stale

    def _held_elsewhere(self, key: SessionKey) -> StuiError:
        rows = self.database.ask(sql.HOLDER, named(key))
        if not rows:
            return SessionNotFound("No such session is stored.")
        return SessionConflict(
            "The session is attached at another server, which is alive.",
            suggestion="Restore it there, or say what is to be done with `on_conflict`: takeover or fork.",
            session_epoch=str(rows[0][0] or ""),
        )

    def release(self, key: SessionKey, attachment: str) -> None:
        """Note that the attachment has ended."""
        self._check_writable(key)
        self.database.ask(sql.RELEASE, {**named(key), "epoch": self.epoch, "attachment": attachment})

    def beat(self) -> None:
        """Say that this server is alive."""
        self.database.ask(sql.BEAT, {"epoch": self.epoch, "name": self.name, "lease": LEASE})

    def lost(self, client_ids: Collection[str]) -> list[SessionKey]:
        """The sessions of these clients that were loaded or saved here, and are another server's since, or deleted."""
        asked = {"clients": list(client_ids), "epoch": self.epoch}
        others = (SessionKey(str(row[0]), str(row[1])) for row in self.database.ask(sql.NOT_OURS, asked))
        keys = dict.fromkeys((*others, *self._shelves.stale_of(client_ids)))
        return [key for key in keys if self._shelves.has(key) and self._is_lost(key)]

    def _is_lost(self, key: SessionKey) -> bool:
        with self._shelves.of(key) as shelf:  # nobody loads, saves or holds it meanwhile
            ((number, epoch, is_deleted, *_),) = self._ask_newest(key)
            is_known = not shelf.is_stale and (epoch == self.epoch or (number, epoch) == (shelf.last, shelf.epoch))
            return shelf.last is not None and (bool(is_deleted) or not is_known)

    def was_deleted(self, client_id: str, mark: str, since: float) -> bool:
        """Whether a session of the client with this mark in its id was deleted at ``since`` or later."""
        if not mark:
            return False
        return bool(self.database.ask(sql.WAS_DELETED, {"client": client_id, "mark": mark, "since": since}))

    def expire(
        self, now: float, retention: float, *, elapsed: float, spare: Collection[SessionKey] = frozenset()
    ) -> Expiry:
        """Delete what was not saved for ``retention`` seconds, a bounded number, unless the clock looks wrong."""
        plan = self._expirer.due(self.index, now, retention, elapsed=elapsed, spare=spare)
        if self._expirer.may_believe(plan, now):
            self.database.ask(sql.BELIEVE, {"now": now})
        if self._expirer.may_forget(plan, elapsed):
            self.database.ask(sql.FORGET, {"before": now - TOMBSTONES_LAST})
        deleted = [key for key in plan.deleted if self._delete_if_old(key, now - retention)]
        return evolve(plan, deleted=tuple(deleted))

    def _delete_if_old(self, key: SessionKey, limit: float) -> bool:
        self._check_writable(key)
        with self._shelves.of(key):
            return self._delete(key, limit)


def _conflict() -> SessionConflict:
    return SessionConflict(
        "Another server has saved the session since; it lives there now.",
        suggestion="Restore the session to go on with what was saved there.",
    )


def _read(key: SessionKey, number: int, data: bytes, max_body: int) -> Loaded:
    """A state out of its row's bytes; raise DamagedError, NewerError."""
    header = read_header(data)
    if header.key != key:
        raise DamagedError("it belongs to another session")
    if header.generation.number != number:
        raise DamagedError(f"it holds generation {header.generation.number}")
    return Loaded(read_body(header, data, max_body), header.generation)
