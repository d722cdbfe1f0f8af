"""The store in PostgreSQL does what every store does; several servers share it, and no session has two writers."""

import signal
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import LiteralString

import psycopg
import pytest

from stui_actors.config import StorageSettings
from stui_actors.errors import SessionConflict, SessionCorrupt, StorageError
from stui_actors.storage.header import END, SEAL, _digest, encode
from stui_actors.storage.postgres import PostgresStore
from stui_actors.storage.postgres_schema import MIGRATIONS
from stui_actors.storage.store import Generation, SessionKey, Store
from tests.conformance.shared_suite import SharedStoreSuite
from tests.conformance.store_suite import ADA, BOB, NOW, save
from tests.doubles.postgres import PostgresServer


class TestPostgresStore(SharedStoreSuite):
    @pytest.fixture(autouse=True)
    def _database(self, server: PostgresServer) -> None:
        self.dsn = server.dsn()

    def make(self, settings: StorageSettings) -> Store:
        return PostgresStore(self.dsn, settings)

    def let_lease_end(self, store: Store) -> None:
        change(self.dsn, "UPDATE stui_servers SET alive_until = alive_until - 21 WHERE epoch = %s", store.epoch)


def test_a_server_that_starts_anew_takes_nobody_for_its_former_self(server: PostgresServer) -> None:
    dsn = server.dsn()
    killed, again, other = (PostgresStore(dsn, name=name) for name in ("one", "one", "two"))
    for each in (killed, again, other):
        each.open()
    killed.beat()
    save(killed, ADA, "x")
    killed.hold(ADA, "first", force=False)
    other.beat()
    other.load(ADA)
    with pytest.raises(SessionConflict):
        other.hold(ADA, "second", force=False)
    again.beat()
    again.load(ADA)
    assert again.hold(ADA, "third", force=False)
    other.load(ADA)
    with pytest.raises(SessionConflict):
        other.hold(ADA, "fourth", force=False)
    for each in (killed, again, other):
        each.close()


# What a crash, a break and other hands do to it


@pytest.fixture
def store(dsn: str) -> Iterator[PostgresStore]:
    store = PostgresStore(dsn)
    store.open()
    yield store
    store.close()


def change(dsn: str, statement: LiteralString, *values: object) -> list[tuple[object, ...]]:
    """Do something to the tables that no server does."""
    with psycopg.connect(dsn) as connection:
        cursor = connection.execute(statement, values)
        return cursor.fetchall() if cursor.description is not None else []


def flip(dsn: str, number: int) -> None:
    change(dsn, "UPDATE stui_generations SET data = set_byte(data, 300, 0) WHERE number = %s", number)


BODY = "x" * 500


def test_what_was_acknowledged_is_there_after_the_database_crashed_and_the_store_goes_on(
    server: PostgresServer, store: PostgresStore
) -> None:
    for n in range(20):
        save(store, ADA, f"{n}")
    server.stop(signal.SIGQUIT)
    server.start()
    assert store.load(ADA).body == "19"
    server.stop()
    server.start()
    assert save(store, ADA, "after") == 21
    assert [each.problem for each in store.verify()] == [""] * len(store.history(ADA))


def test_a_database_that_is_away_is_an_error_that_may_be_tried_again(server: PostgresServer, dsn: str) -> None:
    store = PostgresStore(dsn)
    store.database.wait = 0.1
    store.open()
    save(store, ADA, "before")
    server.stop()
    try:
        for action in (lambda: save(store, ADA, "away"), lambda: store.load(ADA), lambda: store.index()):
            with pytest.raises(StorageError) as caught:
                action()
            assert caught.value.retryable
            assert "storage.dsn" in caught.value.advice
    finally:
        server.start()
    store.database.wait = 10
    assert save(store, ADA, "after") == 2
    store.close()


def test_a_database_that_was_put_back_to_an_older_state_takes_no_save_that_follows_a_lost_one(
    server: PostgresServer, dsn: str
) -> None:
    here, there = PostgresStore(dsn), PostgresStore(dsn)
    here.open()
    there.open()
    save(here, ADA, "one")
    save(here, ADA, "two")
    change(dsn, "DELETE FROM stui_generations WHERE number = 2")
    change(dsn, "UPDATE stui_sessions SET number = 1")
    there.load(ADA)
    save(there, ADA, "another two")
    with pytest.raises(SessionConflict):
        save(here, ADA, "three")
    assert there.load(ADA).body == "another two"
    here.close()
    there.close()


def test_a_damaged_state_is_passed_over_put_aside_and_said(store: PostgresStore, dsn: str) -> None:
    for n in range(3):
        save(store, ADA, f"{n}{BODY}")
    flip(dsn, 3)
    assert [bool(each.problem) for each in store.verify(ADA)] == [True, False, False]
    loaded = store.load(ADA)
    assert loaded.body == f"1{BODY}"
    assert loaded.recovered_from == ("generation 3: the body's checksum is wrong; kept in stui_generations",)
    assert store.load(ADA).recovered_from == ()
    assert save(store, ADA, "next") == 4
    assert [each.number for each in store.history(ADA)] == [4, 2, 1]
    assert change(dsn, "SELECT number, damage FROM stui_generations WHERE damage IS NOT NULL") == [
        (3, "the body's checksum is wrong")
    ]
    assert len(list(store.remains(ADA))) == 4


def test_a_session_of_which_nothing_is_whole_is_corrupt_and_stays_so(store: PostgresStore, dsn: str) -> None:
    save(store, ADA, BODY)
    flip(dsn, 1)
    for _ in range(2):
        with pytest.raises(SessionCorrupt):
            store.load(ADA)
    assert store.history(ADA) == []  # by which ``sessions verify`` knows it
    assert save(store, ADA, "again") == 2
    assert store.load(ADA).body == "again"


def test_a_row_of_another_session_is_damage(store: PostgresStore, dsn: str) -> None:
    save(store, ADA, "mine")
    save(store, BOB, "yours")
    change(
        dsn,
        "UPDATE stui_generations SET data = (SELECT data FROM stui_generations WHERE client_id = %s)"
        " WHERE client_id = %s",
        BOB.client_id,
        ADA.client_id,
    )
    with pytest.raises(SessionCorrupt):
        store.load(ADA)


def test_a_state_of_a_newer_server_is_refused_and_left_as_it_is(store: PostgresStore, dsn: str) -> None:
    save(store, ADA, "x")
    ((data,),) = change(dsn, "SELECT data FROM stui_generations")
    assert isinstance(data, bytes)
    sealed = data.partition(SEAL)[0].replace(b"'format':1", b"'format':2")
    newer = b"".join((sealed, SEAL, _digest(sealed).encode(), END, b"x"))
    change(dsn, "UPDATE stui_generations SET data = %s", newer)
    with pytest.raises(StorageError, match="newer server"):
        store.load(ADA)
    assert change(dsn, "SELECT damage FROM stui_generations") == [(None,)]


def test_a_reader_changes_nothing(store: PostgresStore, dsn: str) -> None:
    save(store, ADA, f"one{BODY}")
    save(store, ADA, f"two{BODY}")
    flip(dsn, 2)
    reader = PostgresStore(dsn, read_only=True)
    reader.open()
    loaded = reader.load(ADA)
    assert loaded.body == f"one{BODY}"
    assert "left as it is" in loaded.recovered_from[0]
    assert [each.key for each in reader.index()] == [ADA]
    for action in (lambda: save(reader, ADA, "x"), lambda: reader.delete(ADA)):
        with pytest.raises(StorageError, match="not open for writing"):
            action()
    reader.close()
    assert change(dsn, "SELECT damage FROM stui_generations WHERE number = 2") == [(None,)]


@pytest.mark.parametrize("client_id", ["x" * 257, "nul\0", "\ud800"])
def test_an_id_that_a_text_column_cannot_hold_is_refused(store: PostgresStore, client_id: str) -> None:
    with pytest.raises(StorageError):
        save(store, SessionKey(client_id, "s"), "x")


def test_what_a_request_made_is_forgotten_with_its_tombstone(store: PostgresStore, dsn: str) -> None:
    first, second = SessionKey("ada", "one-mark"), SessionKey("ada", "two-mark")
    save(store, first, "x")
    store.delete(first)
    store.expire(NOW, 1.0, elapsed=0.0)
    day = 86_400.0
    store.expire(NOW + day, 1.0, elapsed=day)
    assert change(dsn, "SELECT session_id FROM stui_creations") == [("one-mark",)]
    change(dsn, "UPDATE stui_sessions SET deleted_at = %s", NOW - 100 * day)
    store.expire(NOW + 2 * day, 1.0, elapsed=2 * day)
    assert change(dsn, "SELECT session_id FROM stui_creations") == []
    assert save(store, second, "y") == 1


def test_ids_are_values_and_never_part_of_a_statement(store: PostgresStore) -> None:
    key = SessionKey("'; DROP TABLE stui_sessions; --", '%s %(client)s " \\')
    save(store, key, "x")
    assert store.load(key).body == "x"
    assert [each.key for each in store.index()] == [key]


# Opening


def test_servers_that_open_an_empty_database_at_once_make_its_tables_once(server: PostgresServer) -> None:
    for _ in range(5):
        dsn = server.dsn()
        stores = [PostgresStore(dsn) for _ in range(4)]
        with ThreadPoolExecutor(4) as pool:
            list(pool.map(PostgresStore.open, stores))
        assert len({each.epoch for each in stores}) == 4
        for each in stores:
            each.close()


def test_a_schema_of_a_newer_server_is_refused(store: PostgresStore, dsn: str) -> None:
    change(dsn, "UPDATE stui_store SET schema_version = 99")
    for read_only in (False, True):
        with pytest.raises(StorageError, match="schema 99"):
            PostgresStore(dsn, read_only=read_only).open()


def test_a_database_of_the_first_schema_is_brought_up_to_date_and_keeps_its_sessions(dsn: str) -> None:
    """Frozen here as it was first released: migrations come after it, and never change it."""
    for statement in FIRST_RELEASE:
        change(dsn, statement)
    data = encode(ADA, Generation(4, NOW, 0, "evaluate", "000000000000007", 9), "kept", 1000)
    change(dsn, "INSERT INTO stui_sessions VALUES ('ada', 's-Ada_1', 4, '000000000000007', %s, 9, '', 1)", NOW)
    change(
        dsn,
        "INSERT INTO stui_generations VALUES ('ada', 's-Ada_1', 4, '000000000000007', %s, 9, '', 1, %s)",
        NOW,
        data,
    )
    store = PostgresStore(dsn)
    store.open()
    assert store.load(ADA).body == "kept"
    assert save(store, ADA, "next") == 5
    assert change(dsn, "SELECT schema_version FROM stui_store") == [(len(MIGRATIONS),)]
    store.close()


FIRST_RELEASE: tuple[LiteralString, ...] = (
    "CREATE TABLE stui_store (id int PRIMARY KEY CHECK (id = 1), schema_version int NOT NULL, epoch bigint NOT NULL,"
    " opened_at double precision NOT NULL)",
    "INSERT INTO stui_store VALUES (1, 1, 7, 0)",
    "CREATE TABLE stui_sessions (client_id text NOT NULL, session_id text NOT NULL, number bigint NOT NULL,"
    " epoch text NOT NULL, saved_at double precision NOT NULL, version bigint NOT NULL, reason text NOT NULL,"
    " size bigint NOT NULL, deleted_at double precision, PRIMARY KEY (client_id, session_id))",
    "CREATE TABLE stui_generations (client_id text NOT NULL, session_id text NOT NULL, number bigint NOT NULL,"
    " epoch text NOT NULL, saved_at double precision NOT NULL, version bigint NOT NULL, reason text NOT NULL,"
    " size bigint NOT NULL, data bytea NOT NULL, damage text, PRIMARY KEY (client_id, session_id, number))",
)


def test_looking_into_a_database_that_no_server_has_used_says_so(dsn: str) -> None:
    with pytest.raises(StorageError, match="no server has used it"):
        PostgresStore(dsn, read_only=True).open()
    assert change(dsn, "SELECT count(*) FROM pg_tables WHERE schemaname = current_schema()") == [(0,)]


def test_commits_wait_for_the_disk_and_statements_end_whatever_the_database_prefers(dsn: str) -> None:
    store = PostgresStore(dsn.replace("options='", "options='-csynchronous_commit=off "))
    store.open()
    with store.database.connect() as connection:  # the one that names openings
        assert connection.execute("SHOW synchronous_commit").fetchone() == ("on",)
    assert store.database.ask("SHOW synchronous_commit") == [("on",)]
    assert store.database.ask("SHOW statement_timeout") == [("30s",)]
    store.close()


@pytest.mark.parametrize(
    ("wrong", "said"),
    [("host=/nowhere dbname=x password=sesame", "No such file"), ("host=/nowhere hots=y password=sesame", "hots")],
)
def test_what_is_wrong_with_a_dsn_is_said_without_its_password(wrong: str, said: str) -> None:
    store = PostgresStore(wrong)
    with pytest.raises(StorageError, match=said) as caught:
        store.open()
    assert "sesame" not in f"{caught.value} {caught.value.details} {store.place}"


def test_a_store_that_was_closed_can_be_opened_again(dsn: str) -> None:
    store = PostgresStore(dsn)
    store.open()
    first = store.epoch
    save(store, ADA, "x")
    store.close()
    with pytest.raises(StorageError):
        store.load(ADA)
    store.open()
    assert store.epoch > first
    assert store.load(ADA).body == "x"
    store.close()
