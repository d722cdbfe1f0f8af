"""A session that is asked for while the sweep deletes what has expired: it waits, and is there or gone, never half."""

import pytest
import trio

from stui_actors.actors.storage import StorageActor
from stui_actors.config import SessionSettings
from stui_actors.errors import SessionNotFound
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import SessionKey
from tests.doubles.stuck_disk import StuckDisk

OLD, YOUNG, HERE = SessionKey("away", "old"), SessionKey("away", "young"), SessionKey("here", "old as well")
NOW, RETENTION = 1000.0, 100.0


@pytest.fixture
def sweep():
    return StuckDisk("expire")


@pytest.fixture
async def storage(sweep, nursery):
    """A storage whose first sweep has begun, and deletes one session of three once it goes on."""
    store = MemoryStore()
    store.open()
    for key, saved_at in ((OLD, 850.0), (YOUNG, 950.0), (HERE, 850.0)):
        store.save(key, key.session_id, version=1, reason="", saved_at=saved_at)
    bounds = SessionSettings(retention=RETENTION, cleanup_interval=50.0)
    storage = StorageActor(store, 2, bounds, lambda: NOW, present=lambda: ["here"], in_thread=sweep)
    await nursery.start(storage.run)
    await sweep.has_begun.wait()
    return storage


@pytest.fixture
def asked(nursery, storage):
    """Ask for a session; answer a list that gets its body, or why there is none."""

    def ask(key):
        answers = []

        async def load():
            try:
                answers.append((await storage.load(key)).body)
            except SessionNotFound as error:
                answers.append(type(error))

        nursery.start_soon(load)
        return answers

    return ask


async def test_who_asks_for_what_is_about_to_be_deleted_waits_and_is_told_that_it_is_gone(asked, sweep):
    answers = asked(OLD)
    await trio.testing.wait_all_tasks_blocked()
    assert answers == []

    sweep.free()
    await trio.testing.wait_all_tasks_blocked()

    assert answers == [SessionNotFound]


@pytest.mark.parametrize("key", [YOUNG, HERE])
async def test_who_asks_for_what_stays_does_not_wait(asked, key):
    answers = asked(key)
    await trio.testing.wait_all_tasks_blocked()

    assert answers == [key.session_id]


async def test_a_sweep_that_fails_lets_all_go_on(asked, sweep):
    sweep.fails = True
    answers = asked(OLD)
    sweep.free()
    await trio.testing.wait_all_tasks_blocked()

    assert answers == ["old"]


async def test_a_storage_that_is_started_anew_in_the_middle_of_a_sweep_lets_all_go_on(storage, asked, nursery):
    """The next one sweeps at once, and to its end."""
    async with trio.open_nursery() as inner:
        await inner.start(storage.run)
        inner.cancel_scope.cancel()
    storage.in_thread = StuckDisk("expire")
    storage.in_thread.free()
    await nursery.start(storage.run)
    await trio.testing.wait_all_tasks_blocked()

    with pytest.raises(SessionNotFound):
        await storage.load(OLD)
