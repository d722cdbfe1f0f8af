"""Two servers on one store: a session lives on one of them, moves with its client, and is never written by both."""

import pytest
import trio

from stui_actors.smalltalk.library import Library
from tests.actors.world import running
from tests.doubles.shared_store import SharedStore


@pytest.fixture(scope="module")
def library():
    return Library()


@pytest.fixture
async def houses(library):
    first = SharedStore()
    async with running(library, first) as here, running(library, SharedStore(beside=first)) as there:
        yield here, there


async def moved(here, there):
    """Ada's peers: hers with a session here, and one that has restored it and changed it there."""
    ada = here.peer()
    await ada.create("ada", events=True)
    await ada.evaluate("x := 1")
    later = there.peer(**ada.names)
    await later.do("restore_session")
    assert await later.evaluate("x := x + 1") == "2"
    return ada, later


async def test_a_session_goes_on_at_another_server_where_it_was(houses):
    _, later = await moved(*houses)

    assert await later.evaluate("x") == "2"
    assert [each["session_id"] for each in (await later.do("list_client_sessions"))["sessions"]] == [
        later.names["session_id"]
    ]


async def test_a_session_made_elsewhere_after_the_start_is_listed_and_is_gone_from_the_list_once_deleted(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    other = there.peer(client_id="ada")

    listed = (await other.do("list_client_sessions"))["sessions"]
    assert [each["session_id"] for each in listed] == [ada.names["session_id"]]
    await ada.do("close_session", delete=True)
    assert (await other.do("list_client_sessions"))["sessions"] == []


async def test_a_creation_sent_again_to_another_server_gives_the_same_session(houses):
    here, there = houses
    first = await here.peer().do("create_session", id="the-same-creation-twice", client_id="ada")
    again = await there.peer().do("create_session", id="the-same-creation-twice", client_id="ada")

    assert again["session_id"] == first["session_id"]


async def test_the_server_that_lost_a_session_refuses_its_change_and_forgets_the_stale_state(houses):
    here, there = houses
    ada, later = await moved(here, there)

    refused = await ada.ask("evaluate", code="x := 100")
    assert refused["error_type"] == "SessionConflict"
    assert not refused["retryable"]
    assert memory(here) == 0
    assert await later.evaluate("x") == "2"


async def test_the_loser_is_told(houses):
    ada, _ = await moved(*houses)
    request_id = ada.send("evaluate", code="x := 100")

    kinds = []
    while (message := await ada.receive()).get("id") != request_id:
        kinds.append(message["event"])
    assert kinds[-1] == "session_taken_over"


async def test_what_waits_behind_the_change_that_was_refused_is_refused_too(houses):
    ada, later = await moved(*houses)
    ids = [ada.send("evaluate", code="x := x + 100") for _ in range(3)]

    replies = {}
    while len(replies) < len(ids):
        message = await ada.receive()
        if message.get("id") in ids:
            replies[message["id"]] = message
    assert {each["status"] for each in replies.values()} == {"error"}
    assert await later.evaluate("x") == "2"


async def test_a_session_comes_back_with_what_was_done_elsewhere(houses):
    ada, later = await moved(*houses)
    assert await ada.fail("evaluate", code="x := 100") == "SessionConflict"

    await ada.do("restore_session")
    assert await ada.evaluate("x := x + 1") == "3"
    assert await later.fail("evaluate", code="x := 100") == "SessionConflict"
    await later.do("restore_session")
    assert await later.evaluate("x") == "3"


async def test_a_request_that_was_done_here_is_not_done_again_there(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    first = await ada.ask("evaluate", id="the-same-request-twice", code="n := (n ifNil: [ 0 ]) + 1")
    later = there.peer(**ada.names)
    await later.do("restore_session")
    again = await later.ask("evaluate", id="the-same-request-twice", code="n := (n ifNil: [ 0 ]) + 1")

    assert first["result"]["result"] == again["result"]["result"] == "1"
    assert await later.evaluate("n") == "1"


async def test_a_session_deleted_elsewhere_cannot_be_saved(houses):
    ada, later = await moved(*houses)
    await later.do("close_session", delete=True)

    assert await ada.fail("evaluate", code="x := 100") == "SessionNotFound"


async def test_of_what_lags_behind_the_state_that_was_saved_first_stays(houses, autojump_clock):
    here, there = houses
    ada = here.peer()
    await ada.create("ada", durability="relaxed")
    await ada.evaluate("x := 7")
    await trio.sleep(3)
    await there.peer(**ada.names).do("restore_session")
    await trio.sleep(3)
    assert await ada.evaluate("x := 1") == "1"
    assert memory(here) == 1
    await trio.sleep(3)

    assert memory(here) == 0
    assert await ada.evaluate("x") == "7"


def memory(house):
    return house.server.registry.here["ada"].sessions
