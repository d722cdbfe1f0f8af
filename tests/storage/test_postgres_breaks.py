"""Statements that the database did, and whose answers never came: that is taken neither for done nor for lost."""

from collections.abc import Iterator
from contextlib import suppress
from typing import Any

import psycopg
import pytest

from stui_actors.errors import SessionConflict, StorageError
from stui_actors.storage import postgres_statements as sql
from stui_actors.storage.database import Database
from stui_actors.storage.postgres import PostgresStore
from tests.conformance.store_suite import ADA, save


class Lossy(Database):
    """The connection breaks after the database did what it was told, so that nobody knows."""

    breaks = 0
    what = "INSERT"
    breaks_after: tuple[bool, ...] = (True, False)  # what was something, what was nothing

    def _once(self, *arguments: Any) -> list[tuple[object, ...]]:
        rows = super()._once(*arguments)
        if self.breaks and self.what in arguments[1] and bool(rows) in self.breaks_after:
            self.breaks -= 1
            raise psycopg.OperationalError("server closed the connection unexpectedly")
        return rows


@pytest.mark.parametrize("before", [0, 1])
@pytest.mark.parametrize("breaks_after", [(True,), (True, False)])
@pytest.mark.parametrize("breaks", [1, 2, 3, 4])
def test_a_save_whose_acknowledgement_was_lost_is_no_conflict_of_the_server_with_itself(
    dsn: str, before: int, breaks: int, breaks_after: tuple[bool, ...]
) -> None:
    store = PostgresStore(dsn)
    store.database = database = Lossy(dsn, 2)
    store.open()
    for n in range(before):
        save(store, ADA, f"{n}")
    database.breaks, database.breaks_after = breaks, breaks_after
    numbers = []
    for n in range(3):
        with suppress(StorageError):
            numbers.append(save(store, ADA, f"try {n}"))
    assert numbers[-1] == max(each.number for each in store.history(ADA))
    assert store.load(ADA).body == "try 2"
    assert len({each.number for each in store.history(ADA)}) == len(store.history(ADA))
    store.close()


@pytest.fixture
def moved(dsn: str) -> Iterator[tuple[PostgresStore, PostgresStore]]:
    """Two servers: the first knows ``one``, the second has saved ``two`` since."""
    here, there = PostgresStore(dsn), PostgresStore(dsn)
    here.database = Lossy(dsn, 2)
    for each in (here, there):
        each.open()
        each.beat()
    save(here, ADA, "one")
    there.load(ADA)
    save(there, ADA, "two")
    yield here, there
    here.close()
    there.close()


@pytest.mark.parametrize("breaks", [1, 2])
def test_a_hold_whose_acknowledgement_was_lost_gives_no_right_to_save(
    moved: tuple[PostgresStore, PostgresStore], breaks: int
) -> None:
    here, _ = moved
    here.database.breaks, here.database.what = breaks, sql.HOLD  # type: ignore[attr-defined]  # it is lossy
    with suppress(StorageError):
        assert not here.hold(ADA, "of nobody", force=True)
    assert here.lost(["ada"]) == [ADA]
    with pytest.raises(SessionConflict):
        save(here, ADA, "older")
    assert here.load(ADA).body == "two"
    assert here.lost(["ada"]) == []
    assert save(here, ADA, "newer") == 3


def test_nor_does_it_where_the_other_server_saved_nothing(dsn: str) -> None:
    here, there = PostgresStore(dsn), PostgresStore(dsn)
    here.database = lossy = Lossy(dsn, 2)
    for each in (here, there):
        each.open()
        each.beat()
    save(here, ADA, "one")
    there.load(ADA)
    assert there.hold(ADA, "somebody's", force=False)
    lossy.breaks, lossy.what = 1, sql.HOLD
    with pytest.raises(StorageError):
        here.hold(ADA, "of nobody", force=True)
    with pytest.raises(SessionConflict):
        save(here, ADA, "under a former epoch")
    assert not here.hold(ADA, "another", force=True)
    here.close()
    there.close()


def test_a_hold_that_the_database_does_late_gives_no_right_to_save(
    moved: tuple[PostgresStore, PostgresStore],
) -> None:
    here, _ = moved
    late = {"client": "ada", "session": ADA.session_id, "epoch": here.epoch, "attachment": "late", "force": True}
    here.database.ask(sql.HOLD, late)
    with pytest.raises(SessionConflict):
        save(here, ADA, "older")
    assert here.load(ADA).body == "two"
