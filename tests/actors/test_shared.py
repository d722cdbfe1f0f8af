"""Two servers on one store: a session lives on one of them, moves with its client, and is never written by both."""

import pytest
import trio
import trio.testing

from stui_actors.actors.storage import BEAT
from stui_actors.commands.evaluate import Evaluate
from stui_actors.storage.store import SessionKey


async def moved(here, there):
    """Ada's peers: hers with a session here, and one that has restored it and changed it there."""
    ada = here.peer()
    await ada.create("ada", events=True)
    await ada.evaluate("x := 1")
    later = there.peer(**ada.names)
    await later.do("restore_session", on_conflict="takeover")
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


async def answered(peer, request_id):
    """The reply to a request, and what events came before it."""
    kinds = []
    while (message := await peer.receive()).get("id") != request_id:
        kinds.append(message["event"])
    return message, kinds


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

    assert (await answered(ada, request_id))[1][-1] == "session_taken_over"


async def test_what_is_read_after_a_takeover_is_old_for_a_beat_at_most_and_the_loser_is_told(houses, autojump_clock):
    here, there = houses
    ada = here.peer()
    await ada.create("ada", events=True)
    await ada.evaluate("x := 1")
    later = there.peer(**ada.names)
    await later.do("restore_session", on_conflict="takeover")
    await later.evaluate("x := 2")
    await trio.sleep(BEAT + 1)

    assert memory(here) == 0
    while (await ada.receive())["event"] != "session_taken_over":  # other events came first
        continue
    assert await ada.evaluate("x") == "2"
    assert await ada.fail("evaluate", code="x := 100") == "SessionConflict"
    assert await later.evaluate("x") == "2"


async def test_a_session_that_is_deleted_elsewhere_is_not_there_after_a_beat(houses, autojump_clock):
    here, there = houses
    ada, later = await moved(here, there)
    await later.do("close_session", delete=True)
    await trio.sleep(BEAT + 1)

    assert memory(here) == 0
    assert await ada.fail("evaluate", code="x") == "SessionNotFound"


async def test_a_beat_takes_nothing_from_who_has_come_back(houses, autojump_clock):
    here, there = houses
    ada, _ = await moved(here, there)
    await ada.do("restore_session", on_conflict="takeover")
    for _ in range(3):
        await trio.sleep(BEAT)
        assert memory(here) == 1
        assert await ada.evaluate("x") == "2"


@pytest.mark.parametrize("turn", range(12))
async def test_who_comes_back_at_the_moment_of_a_beat_has_the_session(houses, turn, autojump_clock):
    here, there = houses
    ada, later = await moved(here, there)
    here.server.registry.tell_lost(SessionKey("ada", ada.names["session_id"]))
    for _ in range(turn):
        await trio.lowlevel.checkpoint()
    while (reply := await ada.ask("restore_session", on_conflict="takeover"))["status"] == "error":
        assert reply["retryable"], reply
    here.server.registry.tell_lost(SessionKey("ada", ada.names["session_id"]))

    assert await ada.evaluate("x := x + 1") == "3"
    assert await later.fail("evaluate", code="x := 100") == "SessionConflict"


async def test_a_session_is_not_given_up_because_nobody_can_ask_the_database(houses, autojump_clock):
    here, there = houses
    ada, _ = await moved(here, there)
    here.server.storage.store.is_away = True
    here.server.registry.tell_lost(SessionKey("ada", ada.names["session_id"]))
    await trio.sleep(2 * BEAT)
    assert memory(here) == 1
    here.server.storage.store.is_away = False
    await trio.sleep(3 * BEAT)
    assert memory(here) == 0


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

    await ada.do("restore_session", on_conflict="takeover")
    assert await ada.evaluate("x := x + 1") == "3"
    assert await later.fail("evaluate", code="x := 100") == "SessionConflict"
    await later.do("restore_session", on_conflict="takeover")
    assert await later.evaluate("x") == "3"


async def test_a_request_that_was_done_here_is_not_done_again_there(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    first = await ada.ask("evaluate", id="the-same-request-twice", code="n := (n ifNil: [ 0 ]) + 1")
    later = there.peer(**ada.names)
    await later.do("restore_session", on_conflict="takeover")
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
    await there.peer(**ada.names).do("restore_session", on_conflict="takeover")
    await trio.sleep(0.5)
    assert await ada.evaluate("x := 1") == "1"
    assert memory(here) == 1
    await trio.sleep(3)

    assert memory(here) == 0
    assert await ada.evaluate("x") == "7"


# Who holds a session


async def test_a_session_that_is_attached_at_another_server_is_not_given_away_unasked(houses):
    here, there = houses
    ada = here.peer()
    created = await ada.create("ada")
    await ada.evaluate("x := 1")

    refused = await there.peer(**ada.names).ask("restore_session")
    assert refused["error_type"] == "SessionConflict"
    assert refused["details"]["session_epoch"] == created["session_epoch"]
    assert await ada.evaluate("x := x + 1") == "2"


async def test_nor_is_it_changed_there_by_a_request_that_restores_nothing(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    await ada.evaluate("x := 1")

    assert await there.peer(**ada.names).fail("evaluate", code="x := 100") == "SessionConflict"
    assert memory(there) == 0
    assert await ada.evaluate("x := x + 1") == "2"


async def test_a_takeover_fences_the_other_server_before_the_winner_changes_anything(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada", events=True)
    await ada.evaluate("x := 1")
    later = there.peer(**ada.names)
    await later.do("restore_session", on_conflict="takeover")

    request_id = ada.send("evaluate", code="x := 100")
    reply, kinds = await answered(ada, request_id)
    assert (reply["error_type"], kinds[-1]) == ("SessionConflict", "session_taken_over")
    assert memory(here) == 0
    assert await later.evaluate("x") == "1"


async def test_what_comes_back_is_what_was_done_elsewhere_though_an_older_state_is_still_in_memory(houses):
    here, there = houses
    ada, later = await moved(here, there)
    assert memory(here) == 1

    await ada.do("restore_session", on_conflict="takeover")
    assert await ada.evaluate("x := x + 1") == "3"
    assert await later.fail("evaluate", code="x := 100") == "SessionConflict"


async def test_a_fork_at_another_server_is_a_copy_of_what_is_durable_and_takes_nothing(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    await ada.evaluate("x := 1")
    other = there.peer(**ada.names)
    asked = {"on_conflict": "fork", "id": "a-fork-at-another-server"}
    forked = await other.do("restore_session", **asked)
    again = await there.peer(**ada.names).do("restore_session", **asked)
    copy = there.peer(client_id="ada", session_id=forked["session_id"])

    assert again["session_id"] == forked["session_id"] != ada.names["session_id"]
    assert forked["forked_from"] == ada.names["session_id"]
    assert await ada.evaluate("x := x + 1") == "2"
    assert await copy.evaluate("x := x + 10") == "11"
    assert await ada.evaluate("x") == "2"
    assert (await ada.do("list_client_sessions"))["session_count"] == 2


async def test_who_is_gone_holds_its_session_no_more(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    here.router.cut(ada.connection)
    await trio.testing.wait_all_tasks_blocked()

    await there.peer(**ada.names).do("restore_session")


@pytest.mark.parametrize("how", ["rolled back", "undone"])
async def test_nor_does_who_is_gone_hold_what_took_the_place_of_its_session(houses, how):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    version = (await ada.do("get_session_info"))["version"]
    await ada.evaluate("x := 1")
    if how == "rolled back":
        await ada.do("rollback_session", version=version)
    else:
        assert await ada.fail("load_source", source="x := 2! 1 / 0!", format="chunk") == "EvaluationError"
    here.router.cut(ada.connection)
    await trio.testing.wait_all_tasks_blocked()

    await there.peer(**ada.names).do("restore_session")


async def test_a_session_that_was_put_to_sleep_can_be_restored_elsewhere(houses, autojump_clock):
    here, there = houses
    ada = here.peer()
    await ada.create("ada", timeout=1)
    await trio.sleep(400)

    await there.peer(**ada.names).do("restore_session")


async def test_a_server_that_died_holds_nothing_and_what_it_still_believes_is_refused(houses):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    await ada.evaluate("x := 1")
    here.server.storage.store.shared.alive.clear()

    later = there.peer(**ada.names)
    await later.do("restore_session")
    assert await ada.fail("evaluate", code="x := 100") == "SessionConflict"
    assert await later.evaluate("x := x + 1") == "2"


async def test_a_server_that_serves_says_so_again_and_again(houses, autojump_clock):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    for _ in range(3):
        here.server.storage.store.shared.alive.clear()
        await trio.sleep(BEAT + 1)
        assert await there.peer(**ada.names).fail("restore_session") == "SessionConflict"


async def test_a_store_that_takes_no_word_for_a_while_gets_it_later(houses, autojump_clock):
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    store = here.server.storage.store
    store.is_away = True
    here.router.cut(ada.connection)
    await trio.sleep(BEAT)
    assert await there.peer(**ada.names).fail("restore_session") == "SessionConflict"
    store.is_away = False
    await trio.sleep(3 * BEAT)

    await there.peer(**ada.names).do("restore_session")


async def test_a_session_whose_actor_failed_is_held_for_nobody(houses, monkeypatch, autojump_clock):
    """It is loaded anew, and nobody is attached."""
    here, there = houses
    ada = here.peer()
    await ada.create("ada")
    with monkeypatch.context() as patched:
        patched.setattr(Evaluate, "run", fail)
        assert await ada.fail("evaluate", code="x := 1") == "ActorCrashed"
    await trio.sleep(60)

    await there.peer(**ada.names).do("restore_session")


async def fail(*_):
    raise RuntimeError("a bug")


@pytest.mark.parametrize("turn", range(3))
async def test_of_two_servers_that_restore_a_free_session_at_once_one_gets_it(houses, turn):
    here, _ = houses
    ada = here.peer()
    await ada.create("ada")
    await ada.evaluate("x := 0")
    here.router.cut(ada.connection)
    await trio.testing.wait_all_tasks_blocked()
    peers = [house.peer(**ada.names) for house in houses]
    replies = {}

    async def restore(peer):
        replies[peer] = await peer.ask("restore_session")

    async with trio.open_nursery() as nursery:
        for each in peers:
            nursery.start_soon(restore, each)
    winners = [each for each in peers if replies[each]["status"] == "success"]
    assert len(winners) == 1
    assert await winners[0].evaluate("x := x + 1") == "1"


def memory(house):
    return house.server.registry.here["ada"].sessions
