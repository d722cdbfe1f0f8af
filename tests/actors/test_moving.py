"""What is under way in a session while it moves between two servers is done at the one that has it, or not at all."""

import pytest
import trio
import trio.testing

from stui_actors.errors import StorageError
from tests.doubles.stuck_disk import StuckDisk


@pytest.fixture
async def ada(houses):
    """Her session is here, and ``x`` is 1 in it."""
    peer = houses[0].peer()
    await peer.create("ada")
    await peer.evaluate("x := 1")
    return peer


async def reply_to(peer, request_id):
    while (message := await peer.receive()).get("id") != request_id:
        continue
    return message


async def taken_over(house, names):
    """A peer that has taken the session to its server, as often as it had to ask, and its epoch."""
    peer = house.peer(**names)
    while (reply := await peer.ask("restore_session", on_conflict="takeover"))["status"] == "error":
        assert reply["retryable"] or reply["error_type"] == "SessionConflict", reply
    return peer, reply["result"]["session_epoch"]


def refuse(*_, **__):
    raise StorageError("The disk is full.")


async def test_a_takeover_that_was_not_saved_yet_counts_at_every_server(houses, ada, monkeypatch):
    _, there = houses
    former = (await ada.do("restore_session"))["session_epoch"]
    await ada.evaluate("x := 1")
    monkeypatch.setattr(there.server.storage.store, "save", refuse)
    _, epoch = await taken_over(there, ada.names)
    assert await ada.fail("evaluate", code="x := 100") == "SessionConflict"
    there.server.storage.store.shared.alive.clear()

    assert await ada.fail("evaluate", code="x := 100", session_epoch=former) == "SessionConflict"
    assert await ada.evaluate("x := x + 1", session_epoch=epoch) == "2"


async def test_what_began_while_another_server_held_the_session_is_not_done_once_it_comes_back(
    houses, ada, autojump_clock
):
    here, there = houses
    await taken_over(there, ada.names)
    assert await ada.fail("evaluate", code="x := 100") == "SessionConflict"
    sent = ada.send("evaluate", code="(Delay forSeconds: 1) wait. x := 100")
    await trio.testing.wait_all_tasks_blocked()
    asked = here.peer(**ada.names)
    await asked.ask("restore_session", on_conflict="takeover")

    assert (await reply_to(ada, sent))["error_type"] == "SessionConflict"
    back, _ = await taken_over(here, ada.names)
    assert await back.evaluate("x") == "1"


async def watched(house, ada):
    """Let somebody wait for events of the session: who restores it then does not wait in line."""
    watcher = house.peer(**ada.names)
    newest = (await watcher.do("poll_events"))["last_event_seq"]
    watcher.send("poll_events", after=newest, wait=100)
    await trio.testing.wait_all_tasks_blocked()


async def test_what_is_asked_while_the_newer_state_is_loaded_is_done_with_that(houses, ada, autojump_clock):
    here, there = houses
    later, _ = await taken_over(there, ada.names)
    await later.evaluate("x := 2")
    await watched(here, ada)
    back, other, disk = here.peer(**ada.names), here.peer(**ada.names), StuckDisk("load")
    here.server.storage.in_thread = disk
    sent = back.send("restore_session", on_conflict="takeover")
    await disk.has_begun.wait()
    beside = other.send("evaluate", code="y := 1")
    await trio.testing.wait_all_tasks_blocked()
    disk.free()

    assert (await reply_to(back, sent))["status"] == "success"
    assert (await reply_to(other, beside))["status"] == "success"
    assert await back.evaluate("x * 10 + y") == "21"


async def test_a_newer_state_that_cannot_be_loaded_is_not_overwritten_by_the_older_one(houses, ada, autojump_clock):
    here, there = houses
    later, _ = await taken_over(there, ada.names)
    await later.evaluate("x := 2")
    disk = StuckDisk("load", fails=True)
    disk.free()
    here.server.storage.in_thread = disk
    back, other = here.peer(**ada.names), here.peer(**ada.names)
    assert await back.fail("restore_session", on_conflict="takeover") == "StorageError"
    assert await other.fail("evaluate", code="y := 1") == "SessionConflict"
    disk.fails = False

    back, _ = await taken_over(here, ada.names)
    assert await back.evaluate("x") == "2"


@pytest.mark.parametrize("turn", range(24))
async def test_two_who_take_a_session_to_one_server_at_once_get_its_newest_state(houses, ada, turn, autojump_clock):
    here, there = houses
    later, _ = await taken_over(there, ada.names)
    version = (await later.do("update_session_state", state_data={"n": 1}))["version"]
    await watched(here, ada)
    both = [here.peer(**ada.names) for _ in range(2)]
    sent = [both[0].send("restore_session", on_conflict="takeover")]
    for _ in range(turn):
        await trio.lowlevel.checkpoint()
    sent.append(both[1].send("restore_session", on_conflict="takeover"))

    results = [(await reply_to(*each))["result"] for each in zip(both, sent, strict=True)]
    assert [each["version"] for each in results] == [version, version]
    answers = [await both[0].ask("evaluate", code="x", session_epoch=each["session_epoch"]) for each in results]
    assert sorted(each["status"] for each in answers) == ["error", "success"]
