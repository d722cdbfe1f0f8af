"""A deletion is done, or leaves the session as it was; and no late copy of a request makes a deleted session again."""

import pytest
import trio
from attrs import define

from stui_actors.errors import StorageError
from stui_actors.storage.memory import MemoryStore
from tests.actors.world import NOON, running, settings_with
from tests.doubles.full_store import FullStore

HOUR, DAY = 3600.0, 86400.0
CREATION = {"id": "a-creation-that-comes-twice", "client_id": "ada"}


@pytest.fixture
def store():
    return MemoryStore(now=lambda: NOON)


async def created_and_deleted(house):
    ada = house.peer()
    await ada.create(**CREATION)
    await ada.do("close_session", delete=True)
    return house.peer(client_id="ada")


async def assert_refused(peer, command, **parameters):
    refused = await peer.ask(command, **parameters)
    assert (refused["error_type"], refused["details"]["reason"]) == ("InvalidRequest", "already_executed")
    assert not refused["retryable"]


async def test_a_late_copy_of_a_creation_does_not_make_a_deleted_session_again(library, store):
    async with running(library, store) as house:
        later = await created_and_deleted(house)

        await assert_refused(later, "create_session", **CREATION)
        assert (await later.do("list_client_sessions"))["sessions"] == []


async def test_nor_does_it_after_a_restart(library, store):
    async with running(library, store) as house:
        await created_and_deleted(house)
    async with running(library, store) as house:
        await assert_refused(house.peer(), "create_session", **CREATION)


async def test_nor_after_a_sweep_deleted_it(library, store):
    async with running(library, store) as house:
        await house.peer().create(**CREATION)
    store.open()
    store.expire(NOON + 100.0, 60.0, elapsed=trio.current_time() + 100.0)
    store.close()
    assert list(store.index()) == []
    async with running(library, store) as house:
        await assert_refused(house.peer(), "create_session", **CREATION)


async def test_another_client_may_use_the_same_id(library, store):
    async with running(library, store) as house:
        await created_and_deleted(house)

        await house.peer().do("create_session", **{**CREATION, "client_id": "bob"})


async def test_beyond_the_time_for_which_requests_are_remembered_the_id_is_free(library, store, autojump_clock):
    async with running(library, store, settings_with(session={"dedup_retention": HOUR})) as house:
        later = await created_and_deleted(house)
        await trio.sleep(HOUR - 60)
        await assert_refused(later, "create_session", **CREATION)
        await trio.sleep(120)

        await later.do("create_session", **CREATION)


async def test_a_clock_set_forward_frees_no_id(library, store, autojump_clock):
    async with running(library, store) as house:
        later = await created_and_deleted(house)
        true_time = house.server.storage.now
        house.server.storage.now = house.server.services.now = lambda: true_time() + 365 * DAY
        assert not house.server.storage.trusts_clock()

        await assert_refused(later, "create_session", **CREATION)


async def test_a_late_copy_of_an_import_does_not_make_a_deleted_session_again(library, store):
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        asked = {"id": "an-import-that-comes-twice", "data": (await ada.do("export_session"))["data"]}
        imported = await ada.do("import_session", **asked)
        await ada.do("close_session", session_id=imported["session_id"], delete=True)

        await assert_refused(ada, "import_session", **asked)


async def test_a_late_copy_of_a_fork_does_not_make_a_deleted_copy_again(library, store):
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        other = house.peer(**ada.names)
        asked = {"id": "a-fork-that-comes-twice", "on_conflict": "fork"}
        forked = await other.do("restore_session", **asked)
        await other.do("close_session", session_id=forked["session_id"], delete=True)

        await assert_refused(other, "restore_session", **asked)


async def test_a_late_copy_of_a_fork_that_found_nobody_makes_no_copy_once_somebody_is_there(library, store):
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        house.router.cut(ada.connection)
        asked = {"id": "a-fork-that-found-nobody", "on_conflict": "fork"}
        first = await house.peer(**ada.names).ask("restore_session", **asked)
        assert "forked_from" not in first["result"]

        again = await house.peer(**ada.names).ask("restore_session", **asked)

        assert again["replayed"]
        assert again["result"] == first["result"]
        assert len(list(store.index())) == 1


async def test_a_fork_that_could_not_be_saved_is_one_still_when_nobody_is_there_any_more(library):
    store = FailingStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        asked = {"id": "a-fork-that-met-a-full-disk", "on_conflict": "fork"}
        store.is_full = True
        assert await house.peer(**ada.names).fail("restore_session", **asked) == "StorageError"
        store.is_full = False
        house.router.cut(ada.connection)

        copy = await house.peer(**ada.names).do("restore_session", **asked)

        assert copy["forked_from"] == ada.names["session_id"]


async def test_nor_after_a_crash_right_behind_its_reply(library):
    """The reply is durable before it is told: what a killed server would find is looked at in another store."""
    store, found = MemoryStore(), MemoryStore()
    asked = {"id": "a-fork-that-found-nobody", "on_conflict": "fork"}
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        house.router.cut(ada.connection)
        first = await house.peer(**ada.names).do("restore_session", **asked)
        found.open()
        for each in store.index():
            body = store.load(each.key).body
            found.save(each.key, body, version=1, reason="", saved_at=NOON)
        found.close()
    async with running(library, found) as house:
        await house.peer(**ada.names).do("restore_session", on_conflict="takeover")
        again = await house.peer(**ada.names).ask("restore_session", **asked)

        assert again["replayed"]
        assert again["result"] == first


@define(eq=False)
class FailingStore(FullStore):
    """One that deletes nothing while it ``fails``."""

    fails: bool = False

    def delete(self, key):
        if self.fails:
            raise StorageError("The session cannot be deleted: no.")
        super().delete(key)


async def test_a_session_that_cannot_be_deleted_stays_as_it_was_and_is_deleted_when_asked_again(library):
    store = FailingStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 7")
        store.fails = True
        closing = {"id": "a-closing-that-fails-once", "delete": True}
        refused = await ada.ask("close_session", **closing)
        assert (refused["error_type"], refused["retryable"]) == ("StorageError", True)
        assert await ada.evaluate("x := x + 1") == "8"
        store.fails = False

        assert (await ada.do("close_session", **closing))["closed"]
        assert await ada.fail("evaluate", code="x") == "SessionNotFound"
        assert list(store.index()) == []


async def test_a_session_is_deleted_though_what_it_did_last_could_not_be_saved(library):
    store = FailingStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        store.is_full = True
        assert await ada.fail("evaluate", code="x := 7") == "StorageError"

        await ada.do("close_session", delete=True)
        assert list(store.index()) == []


async def test_what_waits_behind_a_deletion_is_told_that_the_session_is_not_there(library, store):
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        ada.send("close_session", delete=True)
        behind = [ada.send("evaluate", code="x"), ada.send("get_session_info"), ada.send("restore_session")]

        replies = {}
        while len(replies) < len(behind):
            reply = await ada.receive()
            if reply.get("id") in behind:
                replies[reply["id"]] = reply
        assert {each["error_type"] for each in replies.values()} == {"SessionNotFound"}
