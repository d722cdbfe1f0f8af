"""The row Protocol of the fault table: unknown commands, ids sent again, too much at once, odd limits."""

import time
import uuid

import pytest

from .conftest import Client, unique_client


@pytest.mark.parametrize("command", ["fly", "x" * 10_000, "Evaluate!", "__class__"])
def test_an_unknown_command_is_unsupported(client, command):
    reply = client.fail(command)

    assert reply["error_type"] == "UnsupportedOperation"
    assert len(reply["error"]) < 200


@pytest.mark.parametrize("message", [{"id": "1"}, {"id": "1", "command": ""}, {"id": "1", "command": 7}, {}])
def test_a_missing_empty_or_mistyped_command_is_invalid(client, message):
    client.send(message)

    assert client.receive()["error_type"] == "InvalidRequest"


def test_another_major_version_is_invalid_and_told_which_are_served(client):
    client.send(
        {"id": "1", "version": "2.0.0", "payload": {"type": "Request", "data": {"request_type": "Ping", "params": {}}}}
    )

    reply = client.receive()

    assert reply["payload"]["data"]["data"]["code"] == "InvalidRequest"
    assert "1." in reply["payload"]["data"]["data"]["message"]


def test_the_debugger_is_not_described_until_it_is_built_and_denied_outside_its_tier(client):
    described = client.do("describe")

    assert "debug" not in [command["name"] for command in described["commands"]]
    assert described["features"]["remote_debugger"]["required_tier"] == "pro"
    assert client.fail("debug", operation="step", context="x")["error_type"] == "PermissionDenied"


@pytest.mark.parametrize("command", ["evaluate", "restore_session", "close_session"])
def test_an_empty_session_id_is_no_other_session(ada, client, command):
    bound, unbound = ada.fail(command, code="3", session_id=""), client.fail(command, code="3", session_id="")

    assert bound["error_type"] == unbound["error_type"] == "InvalidRequest"
    assert bound["details"]["path"] == unbound["details"]["path"] == "parameters.session_id"
    assert ada.do("get_session_info")["is_active"] is True


def test_an_unknown_field_is_ignored_and_named(ada):
    reply = ada.ask("evaluate", code="3", timout=5)

    assert reply["status"] == "success"
    assert any("timout" in warning for warning in reply["warnings"])


def test_a_request_sent_twice_is_done_once(ada):
    ada.do("evaluate", code="n := 0")
    request_id = str(uuid.uuid4())

    first = ada.ask("evaluate", id=request_id, code="n := n + 1")
    second = ada.ask("evaluate", id=request_id, code="n := n + 1")

    assert first["result"] == second["result"]
    assert second["replayed"] is True
    assert ada.evaluate("n") == "1"


def test_a_request_sent_twice_is_done_once_although_the_server_was_killed(own_server):
    server = own_server().start()
    request_id = str(uuid.uuid4())
    with Client(server.endpoint) as client:
        session = client.create("ada")
        client.do("evaluate", code="n := 0")
        first = client.ask("evaluate", id=request_id, code="n := n + 1")

    server.kill()
    server.start()

    with Client(server.endpoint) as client:
        names = {"client_id": "ada", "session_id": session["session_id"]}
        second = client.ask("evaluate", id=request_id, code="n := n + 1", **names)
        assert second["result"] == first["result"]
        assert second["replayed"] is True
        assert client.evaluate("n", **names) == "1"


def test_a_session_created_twice_is_created_once_although_the_server_was_killed(own_server):
    server = own_server().start()
    request_id = str(uuid.uuid4())
    with Client(server.endpoint) as client:
        first = client.ask("create_session", id=request_id, client_id="ada")

    server.kill()
    server.start()

    with Client(server.endpoint) as client:
        second = client.ask("create_session", id=request_id, client_id="ada")
        assert second["result"]["session_id"] == first["result"]["session_id"]
        assert client.do("list_client_sessions", client_id="ada")["session_count"] == 1


def test_an_id_reused_with_other_content_is_refused(ada):
    request_id = str(uuid.uuid4())
    ada.ask("evaluate", id=request_id, code="m := 1")

    reply = ada.ask("evaluate", id=request_id, code="m := 2")

    assert reply["error_type"] == "InvalidRequest"
    assert ada.evaluate("m") == "1"
    first = ada.ask("evaluate", id=request_id, code="m := 1")
    assert (first["result"]["result"], first["replayed"]) == ("1", True)


def test_a_request_repeated_while_it_runs_joins_it(ada, connect):
    other = connect()
    request_id = str(uuid.uuid4())
    names = {"client_id": ada.client_id, "session_id": ada.session_id}
    code = "n := (n ifNil: [ 0 ]) + 1. 1 to: 2000000 do: [ :i | i ]. n"
    request = {"id": request_id, "command": "evaluate", "parameters": {"code": code, **names}}

    ada.send(request)
    other.send(request)

    assert ada.receive()["result"]["result"] == "1"
    assert other.receive()["result"]["result"] == "1"


def test_a_short_id_is_a_new_request_after_a_new_attach(ada, connect):
    ada.ask("evaluate", id="1", code="n := 1")
    names = {"client_id": ada.client_id, "session_id": ada.session_id}
    ada.close()
    time.sleep(0.3)

    later = connect()
    later.do("restore_session", **names)
    reply = later.ask("evaluate", id="1", code="n + 1")

    assert reply["result"]["result"] == "2"


def test_replies_of_one_session_come_in_the_order_of_the_requests(ada):
    ids = [str(uuid.uuid4()) for _ in range(50)]
    for number, request_id in enumerate(ids):
        ada.send({"id": request_id, "command": "evaluate", "parameters": {"code": f"x := {number}"}})

    assert [ada.receive()["id"] for _ in ids] == ids


@pytest.mark.parametrize("timeout", [0, -1])
def test_a_timeout_of_nothing_is_refused(ada, timeout):
    assert ada.fail("evaluate", code="3", timeout=timeout)["error_type"] == "InvalidRequest"


def test_a_timeout_beyond_the_most_is_capped_and_said(ada):
    reply = ada.ask("evaluate", code="3", timeout=10**12)

    assert reply["status"] == "success"
    assert any("timeout" in warning for warning in reply["warnings"])


@pytest.mark.parametrize("request_id", ["never-sent-by-anybody", 7])
def test_an_interrupt_of_an_unknown_request_says_so(ada, request_id):
    done = ada.do("interrupt", request_id=request_id)

    assert done == {"interrupted": [], "processes": [], "reason": "unknown_request", "alive": []}


def test_an_interrupt_of_a_request_that_has_ended_stops_nothing(ada):
    request_id = str(uuid.uuid4())
    ada.ask("evaluate", id=request_id, code="x := 1")

    done = ada.do("interrupt", request_id=request_id)

    assert (done["interrupted"], done["processes"]) == ([], [])
    assert done["reason"] is not None
    assert ada.evaluate("x") == "1"


def test_an_interrupt_of_nothing_says_idle(ada):
    assert ada.do("interrupt") == {"interrupted": [], "processes": [], "reason": "idle", "alive": []}


def test_an_interrupt_of_a_foreign_session_finds_no_session(ada, connect):
    other = connect()
    other.create()

    reply = other.fail("interrupt", client_id=unique_client(), session_id=ada.session_id)

    assert reply["error_type"] == "SessionNotFound"


def test_an_interrupt_stops_the_named_evaluation_only(ada):
    ids = [str(uuid.uuid4()) for _ in range(2)]
    ada.send({"id": ids[0], "command": "evaluate", "parameters": {"code": "n := 5. [ true ] whileTrue"}})
    ada.send({"id": ids[1], "command": "evaluate", "parameters": {"code": "n + 1"}})
    time.sleep(0.2)

    ada.send({"id": "stop", "command": "interrupt", "parameters": {"request_id": ids[0]}})

    replies = {reply["id"]: reply for reply in (ada.receive() for _ in range(3))}
    assert replies["stop"]["result"]["interrupted"] == [ids[0]]
    assert replies[ids[0]]["error_type"] == "Interrupted"
    assert replies[ids[1]]["result"]["result"] == "6"


def test_an_interrupt_that_comes_before_its_evaluation_begins_is_not_lost(ada):
    ids = [str(uuid.uuid4()) for _ in range(2)]
    ada.send({"id": ids[0], "command": "evaluate", "parameters": {"code": "1 to: 3000000 do: [ :i | i ]. 1"}})
    ada.send({"id": ids[1], "command": "evaluate", "parameters": {"code": "never := 1"}})
    ada.send({"id": "stop", "command": "interrupt", "parameters": {"request_id": ids[1]}})

    replies = {reply["id"]: reply for reply in (ada.receive() for _ in range(3))}

    assert replies["stop"]["result"]["interrupted"] == [ids[1]]
    assert replies[ids[1]]["error_type"] == "Interrupted"
    assert ada.evaluate("never") == "nil"


def test_an_evaluation_that_takes_longer_than_wait_is_pending_and_its_result_can_be_had(ada):
    code = "1 to: 5000000 do: [ :i | i ]. 42"
    request_id = str(uuid.uuid4())

    pending = ada.ask("evaluate", id=request_id, code=code, wait=0.05)
    assert pending["result"] == {"pending": True, "request_id": request_id}

    assert ada.do("get_result", request_id=request_id, wait=20)["result"] == "42"


def test_a_result_nobody_asked_for_is_not_there(ada):
    assert ada.fail("get_result", request_id="never")["error_type"] == "InvalidRequest"


def test_ping_overtakes_a_running_evaluation(ada):
    ada.send({"id": "long", "command": "evaluate", "parameters": {"code": "1 to: 3000000 do: [ :i | i ]. 1"}})

    assert ada.do("ping")["message"] == "pong"
    assert ada.receive()["id"] == "long"


def test_events_are_polled_in_order_with_the_transcript(ada):
    ada.do("evaluate", code="Transcript show: 'hello'")

    events = ada.do("poll_events")["events"]

    assert [event["event"] for event in events] == ["evaluation_started", "transcript", "evaluation_finished"]
    assert events[1]["data"]["text"] == "hello"
    assert [event["seq"] for event in events] == sorted(event["seq"] for event in events)


def test_events_are_pushed_to_who_asked_for_them(connect):
    dealer = connect()
    dealer.create(events=True)

    dealer.do("evaluate", code="Transcript show: 'hello'")

    kinds = [dealer.receive_event()["event"] for _ in range(3)]
    assert kinds == ["evaluation_started", "transcript", "evaluation_finished"]


def test_polling_waits_for_an_event(ada, connect):
    poller = connect()
    names = {"client_id": ada.client_id, "session_id": ada.session_id}
    after = ada.do("poll_events")["last_event_seq"]
    poller.send({"id": "p", "command": "poll_events", "parameters": {"after": after, "wait": 20, **names}})

    ada.do("evaluate", code="3")

    assert poller.receive()["result"]["events"]
