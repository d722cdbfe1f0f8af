"""Connections to a PostgreSQL database, pooled; what fails there is a StorageError. Knows no tables.

A statement that failed because its connection broke is sent once more: whoever sends one must bear that it is done
twice, as a save does that names the state it follows, or say that it does not.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import LiteralString

import psycopg
from attrs import define, field
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg_pool import ConnectionPool, PoolTimeout

from stui_actors.errors import StorageError

Row = tuple[object, ...]
Parameters = Mapping[str, object]

WAIT = 3.0  # seconds for a connection: threads are as many, so only a database that is away makes anybody wait
STATEMENT_TIMEOUT = "30s"  # where the database sets none: a thread must not hang for ever
ADVICE = "Look at `storage.dsn`, and whether the database answers; the server connects again by itself."
DEFAULTS = {"connect_timeout": "10", "keepalives_idle": "30", "application_name": "stui-actors"}
DURABLE: LiteralString = """
    SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit', true) = 'off'
"""
BOUNDED: LiteralString = """
    SELECT set_config('statement_timeout', %s, false)
    WHERE current_setting('statement_timeout', true) = '0'
"""


@contextmanager
def as_storage_error(what: str) -> Iterator[None]:
    """Raise what the database says as a StorageError that begins with ``what``."""
    try:
        yield
    except psycopg.Error as error:
        said = " ".join(str(error).split()) or type(error).__name__
        raise StorageError(f"{what}: {said}", sqlstate=error.sqlstate, suggestion=ADVICE) from error


def _configure(connection: "psycopg.Connection[Row]") -> None:
    """What is answered is durable, and nothing waits for ever, whatever the database's defaults are."""
    connection.execute(DURABLE)
    connection.execute(BOUNDED, (STATEMENT_TIMEOUT,))


def holds_password(dsn: str) -> bool:
    """Whether there is one in a DSN; raise StorageError where it is none."""
    with as_storage_error("The DSN cannot be read"):
        return bool(conninfo_to_dict(dsn).get("password"))


@define(eq=False)
class Database:
    """At most ``most`` connections to the database that ``dsn`` names, as libpq reads it."""

    dsn: str
    most: int
    wait: float = field(default=WAIT, kw_only=True)
    _pool: "ConnectionPool[psycopg.Connection[Row]] | None" = field(init=False, default=None)

    @property
    def is_open(self) -> bool:
        """Whether statements may be sent."""
        return self._pool is not None

    @property
    def place(self) -> str:
        """The database's name and host, without whatever else the DSN tells."""
        with suppress(psycopg.ProgrammingError):
            given = conninfo_to_dict(self.dsn)
            name, host = given.get("dbname", "of the user's name"), given.get("host", "this machine")
            return f"the database {name} on {host}"
        return "a database"

    def connect(self) -> "psycopg.Connection[Row]":
        """A connection of the caller's own, in transactions; what is wrong with it is said at once."""
        connection = psycopg.connect(self._conninfo())
        _configure(connection)
        connection.commit()
        return connection

    def _conninfo(self) -> str:
        given = conninfo_to_dict(self.dsn)
        return make_conninfo(self.dsn, **{key: value for key, value in DEFAULTS.items() if key not in given})

    def open(self) -> None:
        """Be ready for statements."""
        pool: ConnectionPool[psycopg.Connection[Row]] = ConnectionPool(
            self._conninfo(),
            kwargs={"autocommit": True},
            min_size=1,
            max_size=self.most,
            open=False,
            configure=_configure,
            reconnect_timeout=self.wait,  # then it gives up, and the next statement tries at once
            name="stui-actors",
        )
        pool.open()
        self._pool = pool

    def close(self) -> None:
        """End all connections."""
        pool, self._pool = self._pool, None
        if pool is not None:
            pool.close()

    def ask(self, statement: LiteralString, parameters: Parameters | None = None, *, again: bool = True) -> list[Row]:
        """Send a statement, in a transaction of its own; its rows, once what it did is durable.

        Unless ``again``, it is not sent once more: for who must know what there was before it.
        """
        if self._pool is None:
            raise StorageError("The store is not open.")
        with as_storage_error("The database failed"):
            try:
                return self._once(self._pool, statement, parameters)
            except PoolTimeout:
                raise
            except psycopg.OperationalError as error:
                if error.sqlstate is not None and not error.sqlstate.startswith(("08", "57P")):
                    raise  # it is not the connection that failed
                self._pool.check()
                if not again:
                    raise
            return self._once(self._pool, statement, parameters)

    def _once(
        self,
        pool: "ConnectionPool[psycopg.Connection[Row]]",
        statement: LiteralString,
        parameters: Parameters | Sequence[object] | None,
    ) -> list[Row]:
        with pool.connection(timeout=self.wait) as connection:
            cursor = connection.execute(statement, parameters)
            return cursor.fetchall() if cursor.description is not None else []
