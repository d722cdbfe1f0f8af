"""The tables of the PostgreSQL store, and how they came to be: each migration is done once, in order, and never edited.

Plain SQL that CockroachDB and YugabyteDB understand as well: no sequences, no advisory locks.
"""

from contextlib import suppress
from typing import LiteralString

import psycopg
from attrs import frozen

from stui_actors.errors import StorageError
from stui_actors.storage.database import Row
from stui_actors.storage.expiry import LONG_PAUSE

EPOCH_DIGITS = 15  # as of the store in files: as texts, epochs compare like numbers

FIRST: LiteralString = """
    CREATE TABLE stui_store (
        id int PRIMARY KEY CHECK (id = 1),
        schema_version int NOT NULL,
        epoch bigint NOT NULL,
        opened_at double precision NOT NULL
    )
"""
ONLY_ROW: LiteralString = "INSERT INTO stui_store VALUES (1, 0, 0, 0)"

SESSIONS: LiteralString = """
    CREATE TABLE stui_sessions (
        client_id text NOT NULL,
        session_id text NOT NULL,
        number bigint NOT NULL,
        epoch text NOT NULL,
        saved_at double precision NOT NULL,
        version bigint NOT NULL,
        reason text NOT NULL,
        size bigint NOT NULL,
        deleted_at double precision,
        PRIMARY KEY (client_id, session_id)
    )
"""
GENERATIONS: LiteralString = """
    CREATE TABLE stui_generations (
        client_id text NOT NULL,
        session_id text NOT NULL,
        number bigint NOT NULL,
        epoch text NOT NULL,
        saved_at double precision NOT NULL,
        version bigint NOT NULL,
        reason text NOT NULL,
        size bigint NOT NULL,
        data bytea NOT NULL,
        damage text,
        PRIMARY KEY (client_id, session_id, number)
    )
"""
SERVERS: LiteralString = """
    CREATE TABLE stui_servers (
        epoch text PRIMARY KEY,
        name text NOT NULL,
        alive_until double precision NOT NULL
    )
"""
HOLDING: LiteralString = "ALTER TABLE stui_sessions ADD COLUMN holder text, ADD COLUMN attachment text"
CREATIONS: LiteralString = """
    CREATE TABLE stui_creations (
        client_id text NOT NULL,
        mark text NOT NULL,
        session_id text NOT NULL,
        PRIMARY KEY (client_id, mark)
    )
"""
MIGRATIONS: tuple[tuple[LiteralString, ...], ...] = ((SESSIONS, GENERATIONS), (SERVERS, HOLDING), (CREATIONS,))

COME = (  # what who makes a table is told, when another one has made it meanwhile: it depends on how far that one was
    psycopg.errors.DuplicateTable,
    psycopg.errors.DuplicateObject,
    psycopg.errors.UniqueViolation,
)
LOOK: LiteralString = "SELECT schema_version, epoch, opened_at FROM stui_store WHERE id = 1"
LOCKED: LiteralString = LOOK + " FOR UPDATE"
MIGRATED: LiteralString = "UPDATE stui_store SET schema_version = %s WHERE id = 1"
OPENED: LiteralString = "UPDATE stui_store SET epoch = %s, opened_at = %s WHERE id = 1"


@frozen
class Opening:
    """One opening of a store.

    ``believed_at``: when the clock was last believed, in seconds since the epoch; now, for a new store. A start in
    doubt leaves ``opened_at`` as it is: however often servers start after a jump, the doubt stays.
    """

    epoch: str
    believed_at: float


def open_schema(connection: "psycopg.Connection[Row]", now: float) -> Opening:
    """Bring the tables up to date and name this opening; whoever opens at the same time waits."""
    _make_first(connection)
    with connection.transaction():
        version, last, opened_at = _look(connection, LOCKED)
        for number in range(version, len(MIGRATIONS)):
            for statement in MIGRATIONS[number]:
                connection.execute(statement)
        connection.execute(MIGRATED, (len(MIGRATIONS),))
        epoch = max(last + 1, int(now * 1000))
        in_doubt = opened_at and now - opened_at > LONG_PAUSE
        connection.execute(OPENED, (epoch, opened_at if in_doubt else now))
    return Opening(f"{epoch:0{EPOCH_DIGITS}d}", opened_at or now)


def _make_first(connection: "psycopg.Connection[Row]") -> None:
    """Make the table that says what is there. Two that find none at once: one of them is told that it has come."""
    try:
        with connection.transaction():
            _look(connection, LOOK)
    except psycopg.errors.UndefinedTable:
        with suppress(*COME), connection.transaction():
            connection.execute(FIRST)
            connection.execute(ONLY_ROW)


def check_schema(connection: "psycopg.Connection[Row]") -> None:
    """Change nothing; raise StorageError where the tables are not there, or not those that this server knows."""
    try:
        version = _look(connection, LOOK)[0]
    except psycopg.errors.UndefinedTable:
        raise StorageError("The database holds no sessions: no server has used it yet.") from None
    if version < len(MIGRATIONS):
        raise StorageError("The database's tables are older than this server; its next start brings them up to date.")


def _look(connection: "psycopg.Connection[Row]", statement: LiteralString) -> tuple[int, int, float]:
    found = connection.execute(statement).fetchone()
    match found:
        case (int(version), int(epoch), float(opened_at)):
            if version > len(MIGRATIONS):
                raise StorageError(
                    f"The database has schema {version}, where {len(MIGRATIONS)} is the newest that this server knows.",
                    suggestion="Run the server that made it.",
                )
            return version, epoch, opened_at
    raise StorageError("The database has a table stui_store that this server did not make.")
