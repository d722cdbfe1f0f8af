"""A session's stream in a whole server: what is told, to whom, and what outlives the session's sleep."""

import pytest
import trio

from stui_actors.storage.memory import MemoryStore

from .test_takeover import everything, kinds, next_event
from .world import running, settings_with


@pytest.fixture
async def ada(house):
    peer = house.peer()
    await peer.create("ada", events=True)
    return peer


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


async def test_draining_does_not_wait_for_who_polls_for_what_never_comes(library, autojump_clock):
    async with running(library) as house:
        ada = house.peer()
        await ada.create("ada")
        ada.send("poll_events", after=1000, wait=30)
        await trio.testing.wait_all_tasks_blocked()
        began = trio.current_time()

        await house.server.drain()

        assert trio.current_time() - began < 1
        assert (await ada.receive())["result"]["events"] == []


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
