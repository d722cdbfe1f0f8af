"""What a server does that shares its store where the store fails, or does not say what came of it."""

import pytest
import trio
import trio.testing

from stui_actors.errors import StorageError
from tests.actors.world import running, settings_with
from tests.doubles.shared_store import SharedStore


@pytest.fixture
async def ada(houses):
    """Her session is here, and ``x`` is 1 in it."""
    peer = houses[0].peer()
    await peer.create("ada")
    await peer.evaluate("x := 1")
    return peer


async def moved(there, ada):
    """A peer that has taken her session to another server, and set ``x`` to 2."""
    later = there.peer(**ada.names)
    await later.do("restore_session", on_conflict="takeover")
    assert await later.evaluate("x := 2") == "2"
    return later


def failing(store, monkeypatch, *names, at=0, is_done=False):
    """Let call number ``at`` of these fail, after it was done or without."""
    left = [at]
    for name in names:
        monkeypatch.setattr(store, name, _failing(getattr(store, name), left, is_done=is_done))


def _failing(method, left, *, is_done):
    def fail_once(*arguments, **named):
        left[0] -= 1
        if left[0] != -1:
            return method(*arguments, **named)
        if is_done:
            method(*arguments, **named)
        raise StorageError("The database failed: the connection is lost.")

    return fail_once


@pytest.mark.parametrize("command", ["restore_session", "create_session"])
@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("at", range(8))
async def test_what_makes_a_session_is_done_once_whatever_call_of_the_store_failed(
    houses, ada, monkeypatch, command, is_done, at
):
    parameters = {"client_id": "ada"} if command == "create_session" else {**ada.names, "on_conflict": "fork"}
    peer = houses[0].peer(**parameters)
    calls = ("sessions_of", "save", "claim", "hold", "was_deleted", "lost")
    failing(houses[0].server.storage.store, monkeypatch, *calls, at=at, is_done=is_done)
    replies = [await peer.ask(command, id="the-same-request-again") for _ in range(5)]

    assert {each["error_type"] for each in replies if each["status"] == "error"} <= {"StorageError"}
    assert len({each["result"]["session_id"] for each in replies if each["status"] == "success"}) == 1
    assert replies[-1]["status"] == "success"
    assert (await ada.do("list_client_sessions"))["session_count"] == 2


async def test_a_repeat_that_cannot_attach_again_is_refused_for_now(houses, ada, monkeypatch):
    peer = houses[0].peer(client_id="ada")
    await peer.do("create_session", id="the-same-request-twice")
    failing(houses[0].server.storage.store, monkeypatch, "hold")
    refused = await peer.ask("create_session", id="the-same-request-twice")
    assert (refused["error_type"], refused["retryable"]) == ("StorageError", True)
    await peer.do("create_session", id="the-same-request-twice")
    assert (await peer.do("list_client_sessions"))["session_count"] == 2


@pytest.mark.parametrize("is_done", [False, True])
async def test_a_server_that_may_hold_a_session_undoes_nothing_of_what_another_one_acknowledged(
    houses, ada, monkeypatch, is_done
):
    here, there = houses
    await moved(there, ada)
    failing(here.server.storage.store, monkeypatch, "hold", is_done=is_done)
    assert await here.peer(**ada.names).fail("restore_session", on_conflict="takeover") == "StorageError"

    assert await ada.fail("evaluate", code="y := 1") == "SessionConflict"
    back = here.peer(**ada.names)
    await back.do("restore_session", on_conflict="takeover")
    assert await back.evaluate("x") == "2"


async def test_an_attachment_that_nobody_was_told_of_keeps_nobody_out(houses, ada, monkeypatch, autojump_clock):
    here, there = houses
    here.router.cut(ada.connection)
    await trio.testing.wait_all_tasks_blocked()
    failing(here.server.storage.store, monkeypatch, "hold", is_done=True)
    assert await here.peer(**ada.names).fail("restore_session") == "StorageError"
    await trio.sleep(60)

    later = there.peer(**ada.names)
    await later.do("restore_session")
    assert await later.evaluate("x := x + 1") == "2"


async def test_a_copy_holds_what_another_server_acknowledged(houses, ada):
    here, there = houses
    await moved(there, ada)
    forked = await here.peer(**ada.names).do("restore_session", on_conflict="fork")
    copy = here.peer(client_id="ada", session_id=forked["session_id"])
    assert await copy.evaluate("x") == "2"


async def test_who_is_told_that_a_session_is_gone_is_told_so_from_then_on(houses, ada):
    _, there = houses
    later = await moved(there, ada)
    await later.do("close_session", delete=True)
    assert await ada.fail("restore_session", on_conflict="takeover") == "SessionNotFound"
    assert await ada.fail("evaluate", code="x") == "SessionNotFound"


async def test_a_state_that_is_too_large_is_not_rolled_back_to_what_another_server_saved(library):
    settings, first = settings_with(session={"max_session_bytes": 20_000}), SharedStore()
    async with (
        running(library, first, settings) as here,
        running(library, SharedStore(beside=first), settings) as there,
    ):
        ada = here.peer()
        await ada.create("ada")
        later = there.peer(**ada.names)
        await later.do("restore_session", on_conflict="takeover")
        once = {"id": "what-was-done-elsewhere", "code": "n := (n ifNil: [ 0 ]) + 1"}
        assert await later.evaluate(**once) == "1"
        there.router.cut(later.connection)
        await trio.testing.wait_all_tasks_blocked()

        assert await ada.fail("evaluate", code="big := String new: 100000") == "SessionConflict"
        again = here.peer(**ada.names)
        await again.do("restore_session", on_conflict="takeover")
        await again.evaluate(**once)
        assert await again.evaluate("n") == "1"


async def test_who_is_gone_keeps_nobody_out_though_the_next_attachment_failed(houses, ada, monkeypatch, autojump_clock):
    here, there = houses
    store = here.server.storage.store
    store.is_away = True
    here.router.cut(ada.connection)
    await trio.testing.wait_all_tasks_blocked()
    failing(store, monkeypatch, "hold")
    assert await here.peer(**ada.names).fail("restore_session") == "StorageError"
    store.is_away = False
    await trio.sleep(60)

    await there.peer(**ada.names).do("restore_session")
