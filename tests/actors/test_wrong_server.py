"""What comes to a server that a session is not at: refused, and nothing kept that others would wait for."""

import trio
import trio.testing

from stui_actors.actors.storage import BEAT
from stui_actors.session.events import SEQUENCE_GAP


async def moved(here, there):
    """Ada's peers: hers with a session here, and one that has restored it there."""
    ada = here.peer()
    await ada.create("ada", events=True)
    await ada.evaluate("x := 1")
    later = there.peer(**ada.names)
    await later.do("restore_session", on_conflict="takeover")
    assert await later.evaluate("x := x + 1") == "2"
    return ada, later


async def test_a_relaxed_change_is_refused_where_the_session_is_not_and_told_at_once(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada", durability="relaxed")

    assert await there.peer(**ada.names).fail("evaluate", code="x := 100") == "SessionConflict"
    assert there.server.registry.here["ada"].sessions == 0


async def test_a_session_that_another_server_closed_is_not_attached(houses):
    here, there = houses
    ada, later = await moved(here, there)
    await later.do("close_session")

    assert await ada.fail("restore_session", on_conflict="takeover") == "SessionClosed"
    await trio.testing.wait_all_tasks_blocked()
    assert here.server.storage.store.shared.held == {}


async def test_a_late_copy_of_what_made_a_session_does_not_attach_it_once_it_is_closed(houses):
    here, there = houses
    ada = here.peer(client_id="ada")
    made = await ada.do("create_session", id="the-same-creation-twice")
    names = {"session_id": made["session_id"]}
    await ada.do("close_session", **names)
    again = await here.peer(client_id="ada").do("create_session", id="the-same-creation-twice")

    assert again["session_id"] == made["session_id"]
    await trio.testing.wait_all_tasks_blocked()
    assert here.server.storage.store.shared.held == {}
    assert await there.peer(client_id="ada").fail("evaluate", code="1", **names) == "SessionClosed"


async def test_no_event_of_a_server_that_ends_has_a_number_that_the_other_one_gives(houses):
    here, there = houses
    ada, later = await moved(here, there)
    await here.server.drain()
    told = {}
    while told.get("event") != "session_taken_over":
        told = await ada.receive()

    assert await later.evaluate("x") == "2"
    kept = (await later.do("poll_events", limit=1000))["events"]
    assert told["seq"] < SEQUENCE_GAP < min(each["seq"] for each in kept if each["event"].startswith("evaluation"))


async def test_who_only_reads_what_another_server_has_is_told_no_event_that_it_does_not_number(houses, autojump_clock):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    reader = there.peer(**ada.names)
    newest = (await reader.do("poll_events"))["last_event_seq"]
    sent = reader.send("poll_events", after=newest, wait=3 * BEAT)
    while (reply := await reader.receive()).get("id") != sent:
        continue

    assert reply["status"] == "error" or reply["result"]["events"] == []
