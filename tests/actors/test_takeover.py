"""One connection writes in a session: attach, takeover, fork, and what those are told who lose it."""

import pytest
import trio

from .world import everything, running, settings_with

LOOP = "[ true ] whileTrue"


@pytest.fixture
async def ada(house):
    peer = house.peer()
    await peer.create("ada", events=True)
    return peer


def kinds(events):
    return [event["event"] for event in events]


async def next_event(peer, kind):
    while True:
        message = await peer.receive()
        if message.get("event") == kind:
            return message


# Reject


async def test_a_session_that_is_held_elsewhere_is_not_given_away_unasked(ada, other, autojump_clock):
    reply = await other.ask("restore_session")

    assert reply["error_type"] == "SessionConflict"
    assert reply["details"]["is_busy"] is False
    assert reply["details"]["silent_for"] == 0
    assert await ada.evaluate("3 + 4") == "7"


async def test_a_session_whose_holder_is_gone_needs_no_takeover(house, ada, other):
    house.router.cut(ada.connection)

    await other.do("restore_session")

    assert "session_taken_over" not in kinds(await everything(other))


async def test_a_session_whose_holder_is_silent_for_too_long_needs_no_takeover(house, ada, other, autojump_clock):
    await trio.sleep(house.server.settings.session.attach_timeout + 1)

    await other.do("restore_session")

    assert await other.evaluate("3 + 4") == "7"


async def test_who_waits_for_a_reply_may_be_silent(house, ada, other, autojump_clock):
    ada.send("evaluate", code="(Delay forSeconds: 280) wait", timeout=290)
    await trio.sleep(20)
    ada.send("ping")
    await trio.sleep(10)
    ada.send("ping")
    await trio.sleep(200)

    assert await other.fail("restore_session") == "SessionConflict"


async def test_a_connection_that_pings_lets_go_soon_after_it_stops(house, ada, other, autojump_clock):
    for _ in range(3):
        await ada.do("ping")
        await trio.sleep(5)
    assert await other.fail("restore_session") == "SessionConflict"

    await trio.sleep(house.server.settings.session.heartbeat_attach_timeout)

    await other.do("restore_session")


async def test_who_pings_and_waited_long_for_a_reply_keeps_the_session_once_it_has_it(ada, other, autojump_clock):
    for _ in range(2):
        await ada.do("ping")
        await trio.sleep(5)
    await ada.evaluate("(Delay forSeconds: 25) wait", timeout=60)

    await trio.sleep(5)

    assert await other.fail("restore_session") == "SessionConflict"


async def test_one_ping_does_not_make_a_connection_one_that_pings(house, ada, other, autojump_clock):
    await ada.do("ping")
    await trio.sleep(house.server.settings.session.heartbeat_attach_timeout + 5)

    assert await other.fail("restore_session") == "SessionConflict"


async def test_a_clock_that_is_set_forward_makes_no_holder_silent(library, autojump_clock):
    ahead = [0.0]
    async with running(library, ahead=lambda: ahead[0]) as house:
        ada = house.peer()
        await ada.create("ada")
        ahead[0] = 365 * 86400.0
        await trio.sleep(100)

        assert await house.peer(**ada.names).fail("restore_session") == "SessionConflict"


# Takeover


async def test_after_a_takeover_only_the_new_connection_writes(ada, other):
    await ada.evaluate("x := 1")

    taken = await other.do("restore_session", on_conflict="takeover")

    assert taken["workspace"]["variables"] == ["x"]
    refused = await ada.ask("evaluate", code="x := 2")
    assert refused["error_type"] == "SessionConflict"
    assert refused["details"]["session_epoch"] == taken["session_epoch"]
    assert await other.evaluate("x") == "1"


async def test_the_loser_is_told(ada, other):
    old = (await ada.do("restore_session", events=True))["session_epoch"]

    taken = await other.do("restore_session", on_conflict="takeover")

    event = await next_event(ada, "session_taken_over")
    assert event["session_id"] == ada.names["session_id"]
    assert event["data"] == {"session_epoch": old, "version": taken["version"]}


async def test_the_winner_reads_of_the_takeover_where_it_polls(ada, other):
    taken = await other.do("restore_session", on_conflict="takeover")

    events = await everything(other)

    assert kinds(events)[-1] == "session_taken_over"
    assert events[-1]["seq"] == taken["last_event_seq"]


async def test_a_loser_that_asked_for_no_events_is_pushed_none(house, other, ada):
    await ada.do("restore_session", events=False)
    await other.do("restore_session", on_conflict="takeover")

    assert not house.router.outbox[ada.connection]


async def test_another_connection_of_the_loser_cannot_write_either(house, ada, other):
    await other.do("restore_session", on_conflict="takeover")
    house.router.cut(ada.connection)

    again = house.peer(**ada.names)

    assert await again.fail("evaluate", code="x := 2") == "SessionConflict"
    assert await again.fail("update_session_state", state_data={"a": 1}) == "SessionConflict"
    assert await again.fail("interrupt") == "SessionConflict"


async def test_the_loser_may_still_read(ada, other):
    await ada.evaluate("x := 1")
    await other.do("restore_session", on_conflict="takeover")

    assert (await ada.do("get_session_info"))["state"] == "attached"
    assert "session_taken_over" in kinds(await everything(ada))


async def test_a_write_with_the_epoch_of_a_lost_attachment_changes_nothing(house, ada, other):
    old = (await ada.do("restore_session"))["session_epoch"]
    new = (await other.do("restore_session", on_conflict="takeover"))["session_epoch"]
    third = house.peer(**ada.names)

    assert await third.fail("evaluate", code="x := 2", session_epoch=old) == "SessionConflict"
    assert await third.evaluate("x", session_epoch=new) == "nil"


async def test_the_loser_can_take_the_session_back(ada, other):
    await other.do("restore_session", on_conflict="takeover")

    await ada.do("restore_session", on_conflict="takeover")

    assert await ada.evaluate("3 + 4") == "7"
    assert await other.fail("evaluate", code="3 + 4") == "SessionConflict"


async def test_once_the_winner_is_gone_whoever_is_left_may_write(house, ada, other):
    await other.do("restore_session", on_conflict="takeover")
    house.router.cut(other.connection)

    assert await ada.evaluate("3 + 4") == "7"


async def test_who_was_silent_for_too_long_cannot_write_beside_who_came_after(house, ada, other, autojump_clock):
    await trio.sleep(house.server.settings.session.attach_timeout + 60)  # the sweep has let it go by then
    await other.do("restore_session")

    assert await ada.fail("evaluate", code="x := 2") == "SessionConflict"
    assert await other.evaluate("x") == "nil"


async def test_a_takeover_does_not_wait_for_what_runs(ada, other):
    loop = ada.send("evaluate", code=f"x := 1. {LOOP}", timeout=300)
    await trio.sleep(0.02)

    taken = await other.do("restore_session", on_conflict="takeover")

    assert taken["workspace"]["variables"] == ["x"]
    assert (await other.do("interrupt"))["interrupted"] == [loop]


async def test_the_loser_gets_the_reply_of_what_it_had_running_and_a_refusal_of_what_it_had_waiting(ada, other):
    loop = ada.send("evaluate", code=f"x := 1. {LOOP}", timeout=300)
    waits = ada.send("evaluate", code="x := 2")
    await other.do("restore_session", on_conflict="takeover")
    await other.do("interrupt", request_id=loop)

    replies = {reply["id"]: reply for reply in [await _reply(ada), await _reply(ada)]}

    assert replies[loop]["error_type"] == "Interrupted"
    assert replies[waits]["error_type"] == "SessionConflict"
    assert await other.evaluate("x") == "1"


async def _reply(peer):
    while True:
        message = await peer.receive()
        if "event" not in message:
            return message


async def test_what_runs_is_told_to_the_new_holder(ada, other, autojump_clock):
    ada.send(
        "evaluate", code="(Delay forMilliseconds: 200) wait. Transcript show: 'late'. 7", id="an-evaluation-of-ada"
    )
    await trio.sleep(0.05)
    await other.do("restore_session", on_conflict="takeover", events=True)

    event = await next_event(other, "transcript")

    assert event["data"] == {"process": 0, "parent": None, "text": "late"}
    assert event["request_id"] == "an-evaluation-of-ada"


async def test_an_evaluation_survives_the_absence_of_its_client_and_its_result_waits(house, ada, other, autojump_clock):
    sent = ada.send("evaluate", code="(Delay forMilliseconds: 200) wait. Transcript show: 'hi'. x := 7")
    await trio.sleep(0.05)
    house.router.cut(ada.connection)

    seen = (await other.do("restore_session"))["last_event_seq"]
    result = await other.do("get_result", request_id=sent, wait=10)
    missed = (await other.do("poll_events", after=seen))["events"]

    assert result["result"] == "7"
    assert kinds(missed) == ["transcript", "evaluation_finished"]
    assert {event["request_id"] for event in missed} == {sent}


async def test_who_restores_behind_its_own_evaluation_sees_what_that_did(ada, autojump_clock):
    ada.send("evaluate", code="x := 1. (Delay forMilliseconds: 50) wait. y := 2")
    restored = await ada.do("restore_session")

    assert restored["workspace"]["variables"] == ["x", "y"]


async def test_a_short_id_of_a_lost_attachment_is_free_for_the_next_one(ada, other, autojump_clock):
    ada.send("evaluate", code="(Delay forMilliseconds: 100) wait. x := 1", id="1")
    await trio.sleep(0.02)
    await other.do("restore_session", on_conflict="takeover")

    mine = await other.ask("evaluate", code="x + 1", id="1")
    again = await other.ask("evaluate", code="x + 1", id="1")

    assert mine["result"]["result"] == again["result"]["result"] == "2"
    assert again["replayed"] is True


async def test_an_anonymous_session_stays_with_its_connection(house, ada):
    nobody = house.peer()
    await nobody.evaluate("x := 1")

    assert (await nobody.do("restore_session", on_conflict="takeover"))["state"] == "attached"


async def test_a_takeover_beyond_the_number_of_attached_sessions_is_refused_and_tells_nobody(library):
    async with running(library, settings=settings_with(session={"max_sessions_per_client": 1})) as house:
        ada, second = house.peer(), house.peer()
        await ada.create("ada", events=True)
        house.router.cut(ada.connection)
        await second.create("ada")
        third = house.peer(**ada.names)

        assert await third.fail("restore_session", on_conflict="takeover") == "SessionLimitExceeded"
        assert "session_taken_over" not in kinds(await everything(third))


@pytest.mark.parametrize("turn", range(10))
async def test_of_many_that_take_over_at_once_the_last_one_writes(house, ada, turn):
    peers = [house.peer(**ada.names) for _ in range(8)]
    for peer in peers:
        peer.send("restore_session", on_conflict="takeover")
    replies = [await peer.receive() for peer in peers]
    assert {reply["status"] for reply in replies} == {"success"}

    for peer in peers:
        peer.send("evaluate", code="n := (n ifNil: [ 0 ]) + 1")
    statuses = [(await peer.receive())["status"] for peer in peers]

    assert statuses.count("success") == 1
    assert len({reply["result"]["session_epoch"] for reply in replies}) == len(peers)
