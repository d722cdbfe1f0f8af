"""A fork is a copy of a session that somebody holds, between two of its requests: a session of its own, durable."""

import trio

from stui_actors.errors import StorageError
from stui_actors.storage.memory import MemoryStore

from .world import everything, running, settings_with


async def test_a_fork_is_a_session_of_its_own_with_all_that_the_first_one_held(ada, other):
    await ada.evaluate("x := OrderedCollection with: 1")
    await ada.do("update_session_state", state_data={"theme": "dark"})

    forked = await other.do("restore_session", on_conflict="fork")
    other.names["session_id"] = forked["session_id"]
    await other.evaluate("x add: 2")

    assert forked["forked_from"] == ada.names["session_id"] != forked["session_id"]
    assert forked["session_state"] == {"theme": "dark"}
    assert await other.evaluate("x size") == "2"
    assert await ada.evaluate("x size") == "1"
    assert (await ada.do("get_session_info"))["state"] == "attached"
    assert {event["session_id"] for event in await everything(other)} == {forked["session_id"]}


async def test_a_connection_is_bound_to_the_fork_that_it_asked_for(ada, other):
    forked = await other.do("restore_session", on_conflict="fork")
    other.names = {}

    assert (await other.do("get_session_info"))["session_id"] == forked["session_id"]


async def test_a_fork_is_durable_when_it_is_answered(library):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 5")
        other = house.peer(**ada.names)
        forked = await other.do("restore_session", on_conflict="fork")
        bodies = {each.key.session_id for each in store.index()}
        assert forked["session_id"] in bodies


class StuckSession(MemoryStore):
    """Cannot save the first session that it was given while it ``is_stuck``."""

    is_stuck = False

    def save(self, key, body, **facts):
        if self.is_stuck and next(self.index()).key == key:
            raise StorageError("The session cannot be saved: Input/output error.")
        return super().save(key, body, **facts)


async def test_a_fork_holds_nothing_that_a_crash_could_take_from_the_session(library):
    store = StuckSession()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        other = house.peer(**ada.names)
        store.is_stuck = True
        assert await ada.fail("evaluate", code="x := 1") == "StorageError"

        assert await other.fail("restore_session", on_conflict="fork") == "StorageError"
        assert len(list(store.index())) == 1

        store.is_stuck = False
        forked = await other.do("restore_session", on_conflict="fork")
        assert forked["workspace"]["variables"] == ["x"]


async def test_where_nobody_holds_the_session_a_fork_is_a_restore(house, ada, other):
    house.router.cut(ada.connection)

    restored = await other.do("restore_session", on_conflict="fork")

    assert restored["session_id"] == ada.names["session_id"]
    assert "forked_from" not in restored


async def test_a_fork_holds_what_the_session_holds_between_two_requests(ada, other, autojump_clock):
    ada.send("evaluate", code="x := 1. (Delay forMilliseconds: 50) wait. y := 2")
    await trio.sleep(0.01)

    forked = await other.do("restore_session", on_conflict="fork")

    assert forked["workspace"]["variables"] == ["x", "y"]


async def test_a_fork_that_is_asked_for_twice_is_made_once(house, ada, other):
    asked = {"on_conflict": "fork", "id": "a-fork-that-is-sent-twice"}
    first = await other.ask("restore_session", **asked)
    house.router.cut(other.connection)
    again = house.peer(**ada.names)

    second = await again.ask("restore_session", **asked)

    assert second["result"] == first["result"]
    assert second["replayed"] is True
    assert (await again.do("list_client_sessions"))["session_count"] == 2
    again.names = {}
    assert await again.evaluate("3 + 4") == "7"


async def test_a_fork_beyond_the_number_of_stored_sessions_is_refused(library):
    async with running(library, settings=settings_with(session={"max_stored_sessions": 1})) as house:
        ada = house.peer()
        await ada.create("ada")
        other = house.peer(**ada.names)

        assert await other.fail("restore_session", on_conflict="fork") == "SessionLimitExceeded"
        assert (await ada.do("list_client_sessions"))["session_count"] == 1


async def test_who_can_make_no_more_sessions_is_told_when_it_restores_one(library):
    async with running(library, settings=settings_with(session={"max_stored_sessions": 1})) as house:
        ada = house.peer()
        await ada.create("ada")

        reply = await ada.ask("restore_session")

        assert reply["warnings"] == ["The client has 1 stored sessions; 1 are allowed. Delete some."]


async def test_a_fork_of_a_session_that_is_closed_meanwhile_is_refused(ada, other, autojump_clock):
    ada.send("evaluate", code="(Delay forMilliseconds: 50) wait")
    ada.send("close_session")
    await trio.sleep(0.01)

    assert await other.fail("restore_session", on_conflict="fork") == "SessionClosed"
