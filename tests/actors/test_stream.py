"""A session's stream in a whole server: what is told, to whom, and what outlives the session's sleep."""

from math import inf

import pytest
import trio
from attrs import evolve

from stui_actors.actors.background import OUTPUT_INTERVAL
from stui_actors.commands.evaluate import Evaluate
from stui_actors.commands.rename_session import RenameSession
from stui_actors.config import Settings, StorageSettings
from stui_actors.session.events import MAX_STORED_BYTES, SEQUENCE_GAP
from stui_actors.storage.memory import MemoryStore

from .test_takeover import everything, kinds, next_event
from .world import running, settings_with


@pytest.fixture
async def ada(house):
    peer = house.peer()
    await peer.create("ada", events=True)
    return peer


async def crash(self, context, parameters):
    raise ZeroDivisionError("a bug that no command catches")


async def test_an_evaluation_tells_its_beginning_its_output_and_its_end(ada):
    sent = ada.send("evaluate", code="Transcript show: 'hi'. 7")

    events = [await next_event(ada, kind) for kind in ("evaluation_started", "transcript", "evaluation_finished")]

    assert {event["request_id"] for event in events} == {sent}
    assert {event["session_id"] for event in events} == {ada.names["session_id"]}
    assert [(event["data"]["process"], event["data"]["parent"]) for event in events] == [(0, None)] * 3
    assert [event["seq"] for event in events] == [1, 2, 3]
    assert events[2]["data"]["has_error"] is False


async def test_the_end_of_an_evaluation_that_failed_tells_its_error(ada):
    ada.send("evaluate", code="3 foo")

    data = (await next_event(ada, "evaluation_finished"))["data"]

    assert data["has_error"] is True
    assert data["error_type"] == "EvaluationError"
    assert "foo" in data["error"]


async def test_the_end_of_an_evaluation_that_was_interrupted_tells_so(ada):
    ada.send("evaluate", code="[ true ] whileTrue", timeout=300)
    await next_event(ada, "evaluation_started")
    ada.send("interrupt")

    assert (await next_event(ada, "evaluation_finished"))["data"]["error_type"] == "Interrupted"


async def test_draining_is_told_to_who_is_pushed_and_to_who_polls(library):
    async with running(library) as house:
        ada, bob = house.peer(), house.peer()
        await ada.create("ada", events=True)
        await bob.create("bob")
        bob.send("poll_events", after=0, wait=30)
        await trio.testing.wait_all_tasks_blocked()

        await house.server.drain()

        assert (await next_event(ada, "server_draining"))["data"] == {"seconds": 8.0}
        assert kinds((await bob.receive())["result"]["events"]) == ["server_draining"]


async def test_draining_does_not_wait_for_who_polls_for_a_number_that_is_far_away(library, autojump_clock):
    async with running(library) as house:
        ada = house.peer()
        await ada.create("ada")
        ada.send("poll_events", after=1000, wait=30)
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()

        await house.server.drain()

        assert trio.current_time() - began < 1
        assert kinds((await ada.receive())["result"]["events"]) == ["server_draining"]


async def test_a_client_that_ends_for_its_silence_is_not_told_that_the_server_does(library, autojump_clock):
    bounds = {"timeout": 10.0, "attach_timeout": 10.0}
    settings = settings_with(session=bounds, evaluation={"max_timeout": 10.0})
    async with running(library, settings=settings) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("3 + 4")
        await trio.sleep(120)
        assert "ada" not in house.server.registry.here

        assert "server_draining" not in kinds(await everything(house.peer(**ada.names)))


async def test_events_outlive_the_sleep_of_their_session(house, ada, autojump_clock):
    await ada.evaluate("Transcript show: 'hi'. 7")
    house.router.cut(ada.connection)
    later = house.peer(**ada.names)
    await trio.sleep(house.server.settings.session.timeout + 60)
    assert (await later.do("list_client_sessions"))["sessions"][0]["state"] == "sleeping"

    polled = await later.do("poll_events")

    assert kinds(polled["events"]) == ["evaluation_started", "transcript", "evaluation_finished"]
    assert "events_lost" not in polled


async def test_events_told_after_the_last_change_outlive_the_end_of_the_server(library, autojump_clock):
    store = MemoryStore()
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 1")
        await trio.sleep(5)  # all is saved
        await house.peer(**ada.names).do("restore_session", on_conflict="takeover")
        await trio.sleep(5)
    async with running(library, store) as house:
        polled = await house.peer(**ada.names).do("poll_events")

        assert kinds(polled["events"])[-2:] == ["session_taken_over", "server_draining"]
        assert "events_lost" not in polled


async def test_what_was_dropped_is_told_to_who_polls_with_its_bounds(library):
    async with running(library, settings=settings_with(session={"max_events": 4})) as house:
        ada = house.peer()
        await ada.create("ada")
        for _ in range(4):
            await ada.evaluate("3 + 4")

        polled = await ada.do("poll_events", after=1)

        assert polled["events_lost"] == {"first": 2, "last": 4}
        assert [event["seq"] for event in polled["events"]] == [5, 6, 7, 8]
        assert polled["last_event_seq"] == 8
        assert "events_lost" not in await ada.do("poll_events", after=4)


async def test_what_was_told_since_the_last_save_and_is_gone_after_a_crash_is_told_as_lost(house, ada, monkeypatch):
    await ada.evaluate("x := 1")
    before = await ada.do("poll_events")
    monkeypatch.setattr(Evaluate, "run", crash)
    assert await ada.fail("evaluate", code="x") == "ActorCrashed"

    after = await ada.do("poll_events", after=before["last_event_seq"])

    assert after["events"] == []
    assert after["events_lost"] == {"first": before["last_event_seq"] + 1, "last": after["last_event_seq"]}
    assert "events_lost" not in await ada.do("poll_events", after=after["last_event_seq"])


def test_more_numbers_are_skipped_after_a_crash_than_can_be_told_between_two_saves():
    """Nothing is saved while an evaluation runs."""
    bounds = Settings().evaluation

    assert bounds.max_processes * bounds.max_timeout / OUTPUT_INTERVAL < SEQUENCE_GAP


class ForgetfulStore(MemoryStore):
    """Once ``passes_over`` is a number, what was saved beyond it is damaged."""

    passes_over = None

    def load(self, key, number=None):
        later = [
            each.number for each in self.history(key) if number is None and each.number > (self.passes_over or inf)
        ]
        loaded = super().load(key, self.passes_over if later else number)
        return evolve(loaded, recovered_from=tuple(f"generation {each}: damaged" for each in later))


async def test_numbers_that_a_damaged_state_had_given_are_not_given_again(library):
    store = ForgetfulStore(StorageSettings(keep_generations=9))
    async with running(library, store) as house:
        ada = house.peer()
        await ada.create("ada")
        await ada.evaluate("x := 1")
    (stored,) = store.index()
    asleep = stored.newest.number  # the last word of a server that stopped well: no gap follows it
    async with running(library, store) as house:
        ada = house.peer(**ada.names)
        for _ in range(3):
            await ada.evaluate("x := x + 1")
        seen = (await ada.do("poll_events"))["last_event_seq"]
    store.passes_over = asleep
    async with running(library, store) as house:
        ada = house.peer(**ada.names)
        assert (await ada.do("restore_session"))["recovered_from"] != []

        assert (await ada.do("poll_events", after=seen))["events_lost"]["first"] == seen + 1


@pytest.mark.long
async def test_however_much_was_told_since_the_last_save_no_number_is_given_again(ada, autojump_clock, monkeypatch):
    """What runs for long is not saved before its end, and its processes tell what they write all the time."""
    talking = "[ 1 to: 250 do: [:n | Transcript show: 'x'. (Delay forMilliseconds: 60) wait ] ] fork"
    await ada.evaluate(f"60 timesRepeat: [ {talking} ]")
    ada.send("evaluate", code="(Delay forSeconds: 15) wait", timeout=300)
    await trio.sleep(14)
    told = (await ada.do("poll_events", limit=1))["last_event_seq"]
    assert told > 10_000
    monkeypatch.setattr(RenameSession, "run", crash)
    other = await ada.do("create_session", client_id="ada")
    assert await ada.fail("rename_session", session_id=other["session_id"], name="any") == "ActorCrashed"

    again = await ada.do("poll_events", after=told)

    assert again["events_lost"]["first"] == told + 1


async def test_of_more_events_than_a_sleeping_session_keeps_the_rest_is_told_as_lost(house, ada, autojump_clock):
    code = "1 to: 100 do: [:each | Transcript show: (String new: 2000 withAll: $x). (Delay forSeconds: 1) wait]"
    await ada.evaluate(code, timeout=300)
    house.router.cut(ada.connection)
    later = house.peer(**ada.names)
    await trio.sleep(house.server.settings.session.timeout + 60)
    assert (await later.do("list_client_sessions"))["sessions"][0]["state"] == "sleeping"

    polled = await later.do("poll_events", limit=1000)

    first = polled["events"][0]["seq"]
    assert polled["events_lost"] == {"first": 1, "last": first - 1}
    assert [each["seq"] for each in polled["events"]] == list(range(first, polled["last_event_seq"] + 1))
    assert sum(len(each["data"].get("text", "")) for each in polled["events"]) <= MAX_STORED_BYTES


async def test_a_session_does_not_sleep_under_who_waits_for_its_events(library, autojump_clock):
    bounds = {"timeout": 1.0, "attach_timeout": 1.0, "heartbeat_attach_timeout": 1.0, "cleanup_interval": 1.0}
    async with running(library, settings=settings_with(session=bounds)) as house:
        ada, bob = house.peer(), house.peer()
        await ada.create("ada")
        bob.names = ada.names
        bob.send("poll_events", after=0, wait=25)
        await trio.sleep(20)

        await ada.evaluate("3 + 4")

        assert kinds((await bob.receive())["result"]["events"])[0] == "evaluation_started"


async def test_a_session_that_is_about_to_expire_says_so_once(library, autojump_clock):
    bounds = {"retention": 1000.0, "timeout": 5000.0, "attach_timeout": 5000.0}
    async with running(library, settings=settings_with(session=bounds)) as house:
        ada = house.peer()
        await ada.create("ada", events=True)
        await trio.sleep(890)
        assert not house.router.outbox[ada.connection]
        await trio.sleep(80)

        event = await ada.receive()

        assert event["event"] == "session_expiring"
        assert event["data"] == {"expires_at": "2026-01-01T12:16:40.000Z"}
        assert not house.router.outbox[ada.connection]


async def test_a_session_that_is_used_again_is_warned_of_again(library, autojump_clock):
    bounds = {"retention": 1000.0, "timeout": 5000.0, "attach_timeout": 5000.0}
    async with running(library, settings=settings_with(session=bounds)) as house:
        ada = house.peer()
        await ada.create("ada")
        await trio.sleep(960)
        await ada.do("get_session_info")
        await trio.sleep(960)

        assert kinds(await everything(ada)) == ["session_expiring", "session_expiring"]
