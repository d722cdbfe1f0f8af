"""A sweep trusts no clock alone, and never deletes much at once."""

import errno
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from attrs import define

from stui_actors.errors import StorageError
from stui_actors.storage.expiry import LONG_PAUSE, PROBATION, Expirer
from stui_actors.storage.files import FileStore
from stui_actors.storage.store import Expiry, Generation, SessionKey, StoredSession
from tests.conformance.store_suite import ADA, save
from tests.doubles.disk import PowerCutError, SimulatedDisk

NOW = 1_767_268_800.0
DAY = 86400.0


@define(eq=False)
class SlowExpirer(Expirer):
    """While it decides, somebody saves."""

    meanwhile: Callable[[], object] = print

    def due(self, *args: Any, **more: Any) -> Expiry:
        result = super().due(*args, **more)
        self.meanwhile()
        return result


def test_a_session_that_is_saved_while_the_sweep_runs_stays() -> None:
    store = FileStore(Path("/data"), disk=SimulatedDisk())
    store.open()
    save(store, ADA, "old", NOW - 31 * DAY)
    store._expirer = SlowExpirer(0, meanwhile=lambda: save(store, ADA, "new", NOW))
    assert store.expire(NOW, 30 * DAY, elapsed=0).deleted == ()
    assert store.load(ADA).body == "new"


def sessions(count: int, age: float) -> list[StoredSession]:
    return [StoredSession(SessionKey("ada", f"s{n}"), Generation(1, NOW - age, 1)) for n in range(count)]


def sweep(expirer: Expirer, stored: list[StoredSession], now: float, elapsed: float) -> Expiry:
    return expirer.due(lambda: stored, now, 30 * DAY, elapsed=elapsed, spare=())


def test_of_many_a_twentieth_goes_at_once() -> None:
    result = sweep(Expirer(0), sessions(1000, 31 * DAY), NOW, 0)
    assert (len(result.deleted), result.due) == (50, 950)


def test_a_slow_drift_of_the_clocks_is_no_jump() -> None:
    expirer = Expirer(NOW - DAY)
    assert not sweep(expirer, [], NOW, 0).alarm
    assert not sweep(expirer, [], NOW + 30 * DAY, 30 * DAY - 60).alarm


def test_a_jump_is_an_alarm_until_the_clock_is_right_again() -> None:
    expirer = Expirer(NOW - DAY)
    old = sessions(1, 31 * DAY)
    sweep(expirer, [], NOW, 0)
    assert "forward by 31536000 s" in sweep(expirer, old, NOW + 365 * DAY + 300, 300).alarm
    assert "back by 3600 s" in sweep(expirer, old, NOW - 3600 + 600, 600).alarm
    assert sweep(expirer, old, NOW + 900, 900).deleted == (old[0].key,)


def test_a_jump_is_seen_though_the_sweep_before_it_could_list_nothing() -> None:
    disk, year = SimulatedDisk(), 365 * DAY
    store = FileStore(Path("/data"), disk=disk, now=lambda: NOW)
    store.open()
    save(store, ADA, "kept", NOW)
    with disk.failing(1, errno.EIO), pytest.raises(StorageError):
        store.expire(NOW, 30 * DAY, elapsed=0)
    assert "forward" in store.expire(NOW + year, 30 * DAY, elapsed=60).alarm
    assert store.load(ADA).body == "kept"
    store.close()
    later = FileStore(Path("/data"), disk=disk, now=lambda: NOW + year)
    later.open()
    assert "last believed" in later.expire(NOW + year, 30 * DAY, elapsed=0).alarm


def test_restarts_after_a_jump_forward_do_not_make_the_clock_believed() -> None:
    disk, year = SimulatedDisk(), 365 * DAY
    now = NOW
    store = FileStore(Path("/data"), disk=disk, now=lambda: now)
    store.open()
    save(store, ADA, "kept", NOW)
    store.close()
    for start in range(4):
        now = NOW + year + start * 60
        store.open()
        assert "last believed" in store.expire(now, 30 * DAY, elapsed=0).alarm
        store.close()

    now = NOW + 300
    store.open()
    assert store.expire(now, 30 * DAY, elapsed=0).alarm == ""
    store.close()
    now = NOW + year
    store.open()
    assert "last believed" in store.expire(now, 30 * DAY, elapsed=0).alarm
    assert store.load(ADA).body == "kept"


def test_a_clock_that_ran_right_for_a_day_is_believed_from_then_on() -> None:
    disk, year = SimulatedDisk(), 365 * DAY
    now = NOW
    store = FileStore(Path("/data"), disk=disk, now=lambda: now)
    store.open()
    save(store, ADA, "old", NOW)
    store.close()
    now = NOW + year
    store.open()
    store.expire(now, 30 * DAY, elapsed=0)
    assert store.expire(now + PROBATION, 30 * DAY, elapsed=PROBATION).deleted == (ADA,)
    store.close()
    now += PROBATION + 60
    store.open()
    assert store.expire(now, 30 * DAY, elapsed=0).alarm == ""


def test_after_a_long_pause_nothing_expires_for_a_day() -> None:
    expirer = Expirer(NOW - LONG_PAUSE - 1)
    old = sessions(1, 300 * DAY)
    first = sweep(expirer, old, NOW, 0)
    assert first.deleted == ()
    assert first.due == 1
    assert "last believed" in first.alarm
    assert sweep(expirer, old, NOW + PROBATION, PROBATION).deleted == (old[0].key,)


def deleted_long_ago(disk: SimulatedDisk) -> FileStore:
    store = FileStore(Path("/data"), disk=disk, now=lambda: NOW)
    store.open()
    key = SessionKey("ada", "s-0123-4")
    save(store, key, "x", NOW)
    store.delete(key)
    store._expirer = Expirer(NOW + 3650 * DAY)  # believed all the time since
    return store


def swept_for_a_day(store: FileStore) -> list[str]:
    """The tombstones that are left."""
    for elapsed in (0.0, PROBATION):
        store.expire(NOW + 3650 * DAY + elapsed, 30 * DAY, elapsed=elapsed)
    return store.tree.disk.list_folder("/data/.deleted")


def test_a_clock_that_was_set_before_the_first_sweep_of_a_new_store_is_doubted() -> None:
    store = FileStore(Path("/data"), disk=SimulatedDisk(), now=lambda: NOW)
    store.open()
    save(store, SessionKey("ada", "s-0123-4"), "x", NOW)
    assert "last believed" in store.expire(NOW + 365 * DAY, 30 * DAY, elapsed=60.0).alarm


def test_tombstones_go_when_they_are_old() -> None:
    store = deleted_long_ago(SimulatedDisk())
    assert sorted(store.tree.disk.list_folder("/data/.deleted")) == ["ada+-0123-4", "ada+s-0123-4"]
    assert swept_for_a_day(store) == []


def test_a_tombstone_stays_as_long_as_its_session_has_files() -> None:
    disk = SimulatedDisk()
    store = deleted_long_ago(disk)
    disk.make_folder("/data/ada/s-0123-4")

    assert swept_for_a_day(store) == ["ada+s-0123-4"]


def test_tombstones_stay_where_an_old_journal_could_not_be_removed() -> None:
    disk = SimulatedDisk()
    store = deleted_long_ago(disk)
    disk.close(disk.create("/data/.journal/000000000000001-000000-1.journal"))

    assert len(swept_for_a_day(store)) == 2


def test_tombstones_that_cannot_be_removed_are_for_another_day() -> None:
    disk = SimulatedDisk()
    store = deleted_long_ago(disk)
    store.expire(NOW + 3650 * DAY, 30 * DAY, elapsed=0)
    with disk.failing(4, errno.EIO):
        store.expire(NOW + 3650 * DAY + PROBATION, 30 * DAY, elapsed=PROBATION)
    assert disk.list_folder("/data/.deleted")
    store.expire(NOW + 3652 * DAY, 30 * DAY, elapsed=2 * PROBATION)
    assert disk.list_folder("/data/.deleted") == []


def test_no_power_cut_brings_back_what_is_forgotten() -> None:
    for call in range(1, 60):
        disk = SimulatedDisk()
        store = deleted_long_ago(disk)
        store.expire(NOW + 3650 * DAY, 30 * DAY, elapsed=0)
        with suppress(PowerCutError), disk.failing(call, None):
            store.expire(NOW + 3650 * DAY + PROBATION, 30 * DAY, elapsed=PROBATION)
        disk.cut_power()
        again = FileStore(Path("/data"), disk=disk, now=lambda: NOW + 3652 * DAY)
        again.open()
        assert list(again.index()) == []
        again.close()
