"""A database that simulated servers share: a real PostgreSQL, whose clock and whose connections are simulated.

Statements are done one after another, each at one moment. Before and after that moment others run: so servers meet
between any two statements, and what was done may never be acknowledged.
"""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from random import Random
from typing import Any

import psycopg
from attrs import define, field, frozen
from greenlet import getcurrent
from psycopg_pool import PoolTimeout

from stui_actors.storage import postgres_statements
from stui_actors.storage.database import Database
from stui_actors.storage.postgres import PostgresStore
from stui_actors.storage.shelf import Shelves
from tests.simulation.disk import SimulatedLock, Thread
from tests.simulation.process import NOON, ServerProcess
from tests.simulation.trace import Trace

TABLES = ("stui_sessions", "stui_generations", "stui_servers", "stui_creations")
NAMES = {text: name for name, text in vars(postgres_statements).items() if isinstance(text, str)}
CLOCK = """
    CREATE OR REPLACE FUNCTION now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.to_timestamp(pg_catalog.current_setting(''simulated.now'')::double precision)'
"""
REACH = 0.0002  # seconds that a statement is on its way at least


@frozen
class DatabasePlan:
    """Chances per statement. ``breaks``: the connection ends before the statement is done, or before its answer.

    ``stalls``: the statement takes up to LONGEST seconds. ``away``: when no server can connect, or one (its number).
    """

    slowness: float = 0.001
    breaks: float = 0.0
    stalls: float = 0.0
    away: tuple[tuple[float, float, int | None], ...] = ()

    @property
    def is_sound(self) -> bool:
        """Whether every statement is done, and answered, within a time."""
        return not (self.breaks or self.stalls or self.away)


LONGEST = 30.0  # seconds that a statement takes: longer than a lease
LOOK = 0.5  # seconds until what stands still looks whether all is healed


@define(eq=False)
class Tables:
    """The real tables: one schema, in which a function stands before the one that tells the time."""

    dsn: str
    connection: "psycopg.Connection[Any]" = field(init=False)
    told: float = field(init=False, default=-1.0)

    def __attrs_post_init__(self) -> None:
        store = PostgresStore(self.dsn)
        store.open()
        store.close()
        self.connection = psycopg.connect(self.dsn, autocommit=True)
        self.connection.execute(CLOCK)
        self.connection.execute("SELECT set_config('search_path', current_schema() || ', pg_catalog', false)")

    def close(self) -> None:
        """Leave them alone."""
        self.connection.close()

    def empty(self) -> None:
        """Be as if no server had ever been there."""
        self.connection.execute(f"TRUNCATE {', '.join(TABLES)}")
        self.connection.execute("UPDATE stui_store SET epoch = 0, opened_at = 0")

    def execute(self, statement: str, parameters: object, now: float) -> "psycopg.Cursor[Any]":
        """Do a statement at a moment."""
        if self.told != now and "now()" in statement:
            self.connection.execute("SELECT set_config('simulated.now', %s, false)", (repr(now),))
            self.told = now
        return self.connection.execute(statement, parameters)  # type: ignore[arg-type,call-overload]  # literals


@define(eq=False)
class SharedDatabase:
    """What happens to the statements of all servers, until it is ``healed``."""

    tables: Tables
    plan: DatabasePlan
    chance: Random
    trace: Trace
    healed: bool = False
    frozen: dict[int, float] = field(factory=dict)  # servers that stand still, and until when
    upsets: list[float] = field(factory=list)  # when a session moved, or a connection broke

    @property
    def now(self) -> float:
        """Its own clock, which nobody sets; in seconds since the epoch."""
        return NOON + self.trace.clock.now

    def execute(self, seat: "Seat", statement: str, parameters: Mapping[str, Any]) -> "psycopg.Cursor[Any]":
        """Do a statement for a server; raise what its connection raises."""
        process, name = seat.process, NAMES.get(statement, "something")
        process.check_alive()
        named = [str(parameters[each])[:8] for each in ("session", "attachment") if each in (parameters or ())]
        self.trace.add(f"server {process.number}", " ".join(("says", name, *named)))
        process.disk_call("statement")
        fate = 1.0 if self.healed else self.chance.random()
        try:
            self.pause(seat)
        except BaseException:  # killed: what is on its way may arrive nevertheless
            if fate < 0.5:
                self.tables.execute(statement, parameters, self.now)
            raise
        if fate < self.plan.breaks / 2:
            raise self._broken(process, f"{name} was not done")
        cursor = self.tables.execute(statement, parameters, self.now)
        moves = name == "SAVE_NEXT" and (not cursor.rowcount or parameters["last_epoch"] != parameters["epoch"])
        if name == "HOLD" or moves:
            self.upsets.append(self.trace.clock.now)
        process.disk_call("answer")
        self.pause(seat)
        if self.plan.breaks / 2 <= fate < self.plan.breaks and not self.healed:
            raise self._broken(process, f"{name} was done")
        return cursor

    def _broken(self, process: ServerProcess, what: str) -> psycopg.OperationalError:
        self.trace.add(f"server {process.number}", f"loses its connection; {what}")
        self.upsets.append(self.trace.clock.now)
        return psycopg.OperationalError("the connection is lost")

    def reach(self, seat: "Seat", timeout: float) -> None:
        """Have a connection; raise PoolTimeout where there is none."""
        if self._is_away(seat):
            self.sleep(seat.process, timeout)
            if self._is_away(seat):
                self.upsets.append(self.trace.clock.now)
                raise PoolTimeout(f"couldn't get a connection after {timeout:.2f} sec")

    def _is_away(self, seat: "Seat") -> bool:
        now = self.trace.clock.now
        spans = () if self.healed else self.plan.away
        return any(begin <= now < end and server in (None, seat.server) for begin, end, server in spans)

    def pause(self, seat: "Seat") -> None:
        """Let others run, for the way of a message; or for as long as the server, or the statement, stands still."""
        seconds = REACH
        if not self.healed:
            seconds += self.chance.uniform(0, self.plan.slowness)
            if self.chance.random() < self.plan.stalls:
                stalled = self.chance.uniform(0, LONGEST)
                self.trace.add(f"server {seat.process.number}", f"waits {stalled:.3f} s for the database")
                self._stand_still(seat, self.trace.clock.now + stalled)
        self.sleep(seat.process, seconds)
        self._stand_still(seat, self.frozen.get(seat.server, 0.0))

    def _stand_still(self, seat: "Seat", until: float) -> None:
        while not self.healed and (left := until - self.trace.clock.now) > 0:
            self.sleep(seat.process, min(left, LOOK))

    @staticmethod
    def sleep(process: ServerProcess, seconds: float) -> None:
        """Let others run for a time."""
        thread = getcurrent()
        assert isinstance(thread, Thread), "statements are sent by threads"
        thread.parent.switch(seconds)  # type: ignore[union-attr]  # a thread has one
        process.check_alive()


@define(eq=False)
class Seat:
    """One process of server number ``server`` at the database: what it takes for a pool, and a connection."""

    database: SharedDatabase
    server: int
    process: ServerProcess

    @contextmanager
    def connection(self, timeout: float) -> Iterator["Seat"]:
        """A connection out of the pool."""
        self.database.reach(self, timeout)
        yield self

    def execute(self, statement: str, parameters: Mapping[str, Any]) -> "psycopg.Cursor[Any]":
        """Do a statement."""
        return self.database.execute(self, statement, parameters)

    def check(self) -> None:
        """Replace connections that are broken."""
        self.database.pause(self)

    def close(self) -> None:
        """Nothing: the connection is everybody's."""


@define(eq=False)
class SeatedDatabase(Database):
    """A database as one process has it."""

    seat: Seat = field(kw_only=True)

    def open(self) -> None:
        self._pool = self.seat  # type: ignore[assignment]  # it does what one does

    def connect(self) -> Any:  # a connection, for a moment
        self.seat.database.reach(self.seat, self.wait)
        return nullcontext(self.seat.database.tables.connection)


@define(eq=False)
class SeatedStore(PostgresStore):
    """The store of one process."""

    seat: Seat = field(kw_only=True)

    def __attrs_post_init__(self) -> None:
        self.database = SeatedDatabase("", 3, seat=self.seat)
        self._shelves = Shelves(SimulatedLock)


__all__ = ["DatabasePlan", "Seat", "SeatedStore", "SharedDatabase", "Tables"]
