"""Forked processes over the wire: they work on while nobody asks, tell what they do, and are told of after a kill."""

import time

import pytest

from .conftest import Client

CONFIG = "[session]\nsave_interval = 0.05\n[evaluation]\nmax_memory = 16777216\n"


@pytest.fixture
def server(own_server):
    return own_server(config=CONFIG).start()


def until(look, wanted, patience=20):
    """Ask until the answer is the wanted one."""
    end = time.monotonic() + patience
    while (seen := look()) != wanted:
        assert time.monotonic() < end, seen
        time.sleep(0.01)


def test_work_that_was_forked_goes_on_without_its_client_and_survives_a_kill_once_it_is_saved(server):
    with Client(server.endpoint) as client:
        names = {"client_id": "ada", "session_id": client.create("ada")["session_id"]}
        code = "[ (Delay forMilliseconds: 300) wait. found := 6 * 7. Semaphore new wait ] forkNamed: 'searcher'. 1"
        assert client.evaluate(code) == "1"
    with Client(server.endpoint) as client:
        until(lambda: client.evaluate("found", **names), "42")
    time.sleep(0.5)  # the save interval, and the save

    server.kill()
    server.start()

    with Client(server.endpoint) as client:
        restored = client.do("restore_session", **names)
        assert restored["not_restored"] == ["a running process: searcher"]
        assert client.evaluate("found") == "42"


def test_events_of_processes_are_pushed_with_the_process_and_the_request_that_it_comes_from(server):
    with Client(server.endpoint) as client:
        client.create("ada", events=True)
        code = "[ (Delay forMilliseconds: 100) wait. Transcript show: 'late'. 1 / 0 ] forkNamed: 'odd'. 1"
        request_id = client.ask("evaluate", code=code)["id"]

        events = [client.receive_event()]
        while events[-1]["event"] != "process_failed":
            events.append(client.receive_event())

    told = [each for each in events if each["data"].get("process") == 1]
    assert {each["request_id"] for each in told} == {request_id}
    assert {each["data"]["name"] for each in told} == {"odd"}
    assert "".join(each["data"].get("text", "") for each in told).startswith("late")
    assert "ZeroDivide" in told[-1]["data"]["error"]


def test_the_server_drains_with_endless_processes_and_exits_with_zero(server):
    with Client(server.endpoint) as client:
        names = {"client_id": "ada", "session_id": client.create("ada")["session_id"]}
        client.do("evaluate", code="20 timesRepeat: [ [ [ [ ] repeat ] ensure: [ [ ] repeat ] ] fork ]. x := 3. 1")

        assert server.stop() == 0
    server.start()
    with Client(server.endpoint) as client:
        assert client.evaluate("x", **names) == "3"
