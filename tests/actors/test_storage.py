import threading
from functools import partial

import pytest
import structlog
import trio
import trio.testing

from stui_actors.actors.mailbox import RANK, Rank
from stui_actors.actors.storage import StorageActor
from stui_actors.actors.supervisor import Chain
from stui_actors.config import SessionSettings
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.storage.memory import MemoryStore
from stui_actors.storage.store import SessionKey

ADA = SessionKey("ada", "s1")


class SlowStore(MemoryStore):
    """A store whose saves wait until they are let go, and that counts how many are under way at once."""

    def __init__(self):
        super().__init__()
        self.gate = threading.Semaphore(0)
        self.under_way = self.most = self.calls = 0
        self.guard = threading.Lock()
        self.break_next = None

    def save(self, *args, **kwargs):
        with self.guard:
            self.calls += 1
            self.under_way += 1
            self.most = max(self.most, self.under_way)
            broken, self.break_next = self.break_next, None
        self.gate.acquire()
        try:
            if broken is not None:
                raise broken
            return super().save(*args, **kwargs)
        finally:
            with self.guard:
                self.under_way -= 1


@pytest.fixture
def slow_store():
    store = SlowStore()
    store.open()
    return store


@pytest.fixture
def store():
    store = MemoryStore()
    store.open()
    return store


def storage_on(store, *, threads=4, now=lambda: 1000.0, **kwargs):
    return StorageActor(store, threads, SessionSettings(), now, **kwargs)


async def until(condition):
    with trio.fail_after(5):
        while not condition():  # noqa: ASYNC110  # what it waits for happens in threads
            await trio.sleep(0.001)


async def test_a_body_in_pieces_is_saved_whole(store, nursery):
    storage = storage_on(store)
    await nursery.start(storage.run)

    await storage.save(ADA, ("{}\n", "a", "b"), version=1, reason="evaluate")

    assert (await storage.load(ADA)).body == "{}\nab"


class SlowWithLongTexts(MemoryStore):
    """A store that saves many states at once, and waits with texts in pieces until it is let go."""

    saves_together = True

    def __init__(self):
        super().__init__()
        self.gate = threading.Semaphore(0)

    def save_all(self, saves):
        if any(isinstance(each.body, tuple) for each in saves):
            self.gate.acquire()
        return super().save_all(saves)


async def test_others_are_saved_while_a_long_text_is(nursery):
    store = SlowWithLongTexts()
    store.open()
    storage = storage_on(store)
    await nursery.start(storage.run)
    nursery.start_soon(partial(storage.save, ADA, ("a", "b"), version=1, reason="evaluate"))
    await trio.testing.wait_all_tasks_blocked()

    with trio.fail_after(5):
        await storage.save(SessionKey("bob", "s2"), "c", version=1, reason="evaluate")
    assert ADA not in storage.index.keys_of(["ada"])

    store.gate.release()
    assert (await storage.load(ADA)).body == "ab"


async def test_what_was_saved_can_be_loaded_and_is_in_the_index(store, nursery):
    storage = storage_on(store)
    await nursery.start(storage.run)

    generation = await storage.save(ADA, "body", version=3, reason="evaluate")

    assert (await storage.load(ADA)).body == "body"
    assert [each.number for each in await storage.history(ADA)] == [generation.number]
    assert storage.index.owner_of("s1") == "ada"
    assert [each.key for each in await storage.sessions_of("ada")] == [ADA]


async def test_the_index_is_read_at_the_start(store, nursery):
    store.save(ADA, "body", version=1, reason="", saved_at=1.0)
    storage = storage_on(store)

    await nursery.start(storage.run)

    assert storage.index.owner_of("s1") == "ada"
    assert len(storage.index) == 1


async def test_a_deleted_session_is_nobodys(store, nursery):
    storage = storage_on(store)
    await nursery.start(storage.run)
    await storage.save(ADA, "body", version=1, reason="")

    await storage.delete(ADA)

    assert storage.index.owner_of("s1") is None
    assert await storage.sessions_of("ada") == []
    with pytest.raises(SessionNotFound):
        await storage.load(ADA)


async def test_saves_of_one_session_that_wait_become_one_and_all_who_wait_get_it(slow_store, nursery):
    storage = storage_on(slow_store)
    await nursery.start(storage.run)
    saved = []

    async def save(number):
        saved.append((number, await storage.save(ADA, f"body {number}", version=number, reason="")))

    for number in range(10):
        nursery.start_soon(save, number)
        await trio.testing.wait_all_tasks_blocked()
    await until(lambda: slow_store.calls == 1)
    slow_store.gate.release(100)
    await until(lambda: len(saved) == 10)

    assert slow_store.calls == 2
    assert storage.merged == 8
    assert {generation.version for number, generation in saved if number > 0} == {9}
    assert (await storage.load(ADA)).body == "body 9"


async def test_sessions_are_saved_side_by_side_but_never_more_than_there_are_threads(slow_store, nursery):
    storage = storage_on(slow_store, threads=3)
    await nursery.start(storage.run)
    for number in range(9):
        nursery.start_soon(_save, storage, SessionKey("ada", f"s{number}"))
    await until(lambda: slow_store.under_way == 3)
    await trio.testing.wait_all_tasks_blocked(0.01)

    assert slow_store.under_way == 3
    slow_store.gate.release(100)
    await until(lambda: slow_store.calls == 9)
    assert slow_store.most == 3


async def _save(storage, key):
    await storage.save(key, "body", version=1, reason="")


async def test_a_load_waits_for_the_save_before_it(slow_store, nursery):
    storage = storage_on(slow_store)
    await nursery.start(storage.run)
    nursery.start_soon(_save, storage, ADA)
    await until(lambda: slow_store.calls == 1)
    loaded = []

    async def load():
        loaded.append((await storage.load(ADA)).body)

    nursery.start_soon(load)
    await trio.testing.wait_all_tasks_blocked(0.01)
    assert loaded == []
    slow_store.gate.release(1)
    await until(lambda: loaded == ["body"])


async def test_an_error_of_the_store_reaches_who_asked_and_nobody_else(slow_store, nursery):
    storage = storage_on(slow_store)
    await nursery.start(storage.run)
    slow_store.break_next = StorageError("disk full")
    slow_store.gate.release(10)

    with pytest.raises(StorageError, match="disk full"):
        await storage.save(ADA, "body", version=1, reason="")

    await storage.save(ADA, "body", version=1, reason="")
    assert storage.index.owner_of("s1") == "ada"


async def test_the_log_tells_once_that_saving_fails_and_once_that_it_works_again(slow_store, nursery):
    storage = storage_on(slow_store)
    await nursery.start(storage.run)
    slow_store.gate.release(10)

    with structlog.testing.capture_logs() as lines:
        for version in (1, 2, 3):
            slow_store.break_next = StorageError("disk full")
            with pytest.raises(StorageError):
                await storage.save(ADA, "body", version=version, reason="")
        for version in (4, 5):
            await storage.save(ADA, "body", version=version, reason="")

    assert [(line["event"], line["log_level"]) for line in lines] == [
        ("saving fails", "error"),
        ("saving works again", "warning"),
    ]
    assert (lines[0]["error"], lines[1]["failed_saves"]) == ("disk full", 3)


async def test_a_bug_in_the_store_fails_the_question_and_the_actor_comes_back(slow_store, nursery):
    storage = storage_on(slow_store)
    nursery.start_soon(Chain([storage]).run)
    await trio.testing.wait_all_tasks_blocked(0.01)
    slow_store.break_next = ZeroDivisionError()
    slow_store.gate.release(10)

    with pytest.raises(StorageError, match="failed before it was done"):
        await storage.save(ADA, "body", version=1, reason="")

    await until(lambda: storage._lanes == {})
    await storage.save(ADA, "body", version=1, reason="")


async def test_a_cancelled_question_is_done_all_the_same(slow_store, nursery):
    storage = storage_on(slow_store)
    await nursery.start(storage.run)
    with trio.move_on_after(0.01):
        await storage.save(ADA, "body", version=1, reason="")

    slow_store.gate.release(1)

    assert (await storage.load(ADA)).body == "body"


async def test_a_service_cannot_wait_for_the_storage(store, nursery):
    storage = storage_on(store)
    await nursery.start(storage.run)
    RANK.set(Rank.SERVICE)

    with pytest.raises(AssertionError, match="circle"):
        await storage.load(ADA)


async def test_a_sweep_deletes_what_has_expired_but_spares_clients_that_are_here(store, nursery):
    times = [1000.0]
    bounds = SessionSettings(retention=100.0, cleanup_interval=0.01)
    storage = StorageActor(store, 2, bounds, lambda: times[0], present=lambda: ["here"])
    for client_id in ("here", "away"):
        store.save(SessionKey(client_id, f"of-{client_id}"), "body", version=1, reason="", saved_at=850.0)
    store.save(SessionKey("away", "young"), "body", version=1, reason="", saved_at=950.0)

    await nursery.start(storage.run)
    await until(lambda: storage.last_sweep.deleted)

    assert storage.last_sweep.deleted == (SessionKey("away", "of-away"),)
    assert storage.index.owner_of("of-away") is None
    assert storage.index.owner_of("of-here") == "here"
    assert storage.index.owner_of("young") == "away"


class PreparingStore(MemoryStore):
    """A store that wants to prepare after every second save, and holds whoever prepares until it is let go."""

    def __init__(self):
        super().__init__()
        self.stock = 0
        self.prepared = 0
        self.gate = threading.Semaphore(0)
        self.done = threading.Semaphore(0)

    @property
    def is_prepared(self):
        return self.stock > 0

    def prepare(self):
        self.gate.acquire()
        self.stock = 2
        self.prepared += 1
        self.done.release()

    def save(self, *args, **kwargs):
        self.stock -= 1
        return super().save(*args, **kwargs)


async def test_the_store_prepares_at_the_start_and_again_when_saves_used_it_up_and_no_save_waits_for_it():
    store = PreparingStore()
    store.open()
    async with trio.open_nursery() as nursery:
        actor = storage_on(store, threads=1)
        await nursery.start(actor.run)
        await actor.save(ADA, "while it prepares", version=1, reason="")
        assert store.prepared == 0
        store.gate.release()
        await trio.to_thread.run_sync(store.done.acquire)
        for n in range(2):
            await actor.save(ADA, f"{n}", version=1, reason="")
        assert store.prepared == 1
        store.gate.release()
        await trio.to_thread.run_sync(store.done.acquire)
        nursery.cancel_scope.cancel()
