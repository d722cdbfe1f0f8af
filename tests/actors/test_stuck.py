"""What comes to a session while something of it is on its way to or from a disk that does not answer."""

import pytest
import trio

from tests.actors.test_client import key_of
from tests.actors.test_takeover import kinds
from tests.actors.world import as_a_kill_leaves, everything, running
from tests.doubles.stuck_disk import StuckDisk


@pytest.fixture
def disk(house):
    """That of the house, sound at first."""
    disk = StuckDisk("save_all")
    disk.free()
    house.server.storage.in_thread = disk
    return disk


async def falling_asleep(house, disk, ada):
    """Let Ada go until her session is on its way to a disk that does not take it, and somebody asks for it."""
    house.router.cut(ada.connection)
    disk.stick()
    await disk.has_begun.wait()
    house.peer(**ada.names).send("get_history")
    await trio.testing.wait_all_tasks_blocked()


@pytest.fixture
async def ada(house):
    peer = house.peer()
    await peer.create("ada")
    await peer.evaluate("x := 1")
    return peer


async def test_who_attaches_a_session_that_is_falling_asleep_holds_it_after_a_kill_too(
    house, ada, disk, library, autojump_clock
):
    await falling_asleep(house, disk, ada)
    later = house.peer(**ada.names)
    epoch = (await later.do("restore_session"))["session_epoch"]
    disk.free()
    await trio.sleep(house.server.settings.session.save_interval + 1)

    async with running(library, as_a_kill_leaves(house.server.storage.store)) as found:
        assert await found.peer(**ada.names).evaluate("x", session_epoch=epoch) == "1"


async def test_who_loses_a_session_that_did_not_fall_asleep_is_told_and_no_event_is_lost(
    house, ada, disk, autojump_clock
):
    told = await everything(ada)
    await falling_asleep(house, disk, ada)
    later, last = house.peer(**ada.names), house.peer(**ada.names)
    await later.do("restore_session")
    sent = last.send("restore_session", on_conflict="takeover")
    await trio.testing.wait_all_tasks_blocked()
    disk.free()

    assert (await last.receive())["id"] == sent
    polled = await last.do("poll_events")
    assert "events_lost" not in polled
    assert polled["events"][: len(told)] == told
    assert kinds(polled["events"][len(told) :]) == ["session_taken_over"]


async def test_who_takes_a_session_over_while_it_is_rolled_back_holds_what_takes_its_place(
    house, ada, disk, autojump_clock
):
    version = (await ada.do("get_session_info"))["version"]
    await ada.evaluate("x := 2")
    await falling_asleep(house, disk, ada)
    later, last = house.peer(**ada.names), house.peer(**ada.names)
    await later.do("restore_session")
    later.send("rollback_session", version=version)
    last.send("restore_session", on_conflict="takeover")
    await trio.testing.wait_all_tasks_blocked()
    disk.free()

    assert (await later.receive())["status"] == "success"
    assert (await last.receive())["status"] == "success"
    assert await last.evaluate("x") == "1"
    assert await later.fail("evaluate", code="x := 3") == "SessionConflict"


async def test_a_fork_that_made_no_copy_of_a_session_that_is_falling_asleep_is_known_after_a_kill(
    house, ada, disk, autojump_clock
):
    await falling_asleep(house, disk, ada)
    later = house.peer(**ada.names)
    later.send("restore_session", on_conflict="fork", id="a-fork-that-made-no-copy")
    await trio.testing.wait_all_tasks_blocked()
    disk.free()

    assert "forked_from" not in (await later.receive())["result"]
    found = as_a_kill_leaves(house.server.storage.store)
    assert "a-fork-that-made-no-copy" in found.load(key_of(house, ada)).body
