"""What a new client does first, in both dialects and with every kind of socket."""

import json
import uuid

import pytest
import zmq

from .conftest import Client


def test_a_session_evaluates_smalltalk(ada):
    assert ada.evaluate("3 + 4") == "7"


def test_a_req_socket_gets_replies_too(connect):
    req = connect(zmq.REQ)

    req.create()

    assert req.evaluate("x := 6. x * 7") == "42"


def test_a_correlating_req_socket_gets_replies_too(connect):
    req = connect(zmq.REQ, req_correlate=1)

    req.create()

    assert req.evaluate("3 + 4") == "7"


def test_a_dealer_with_a_delimiter_gets_it_back(connect):
    dealer = connect()
    dealer.socket.send_multipart([b"", b'{"id": "1", "command": "ping"}'])

    assert dealer.socket.poll(10_000)
    delimiter, payload = dealer.socket.recv_multipart()
    assert delimiter == b""
    assert json.loads(payload)["result"]["message"] == "pong"


def test_parameters_may_stand_flat_beside_the_command(client):
    client.send({"command": "create_session", "client_id": "flat", "client_info": {"platform": "macos"}})

    reply = client.receive()

    assert reply["status"] == "success"
    assert reply["client_id"] == "flat"
    assert "id" not in reply
    assert reply["result"]["client_isolation"] == "enabled"


@pytest.mark.parametrize("request_id", [7, "create-001", "x" * 128])
def test_an_id_is_echoed_as_it_came(client, request_id):
    client.send({"id": request_id, "command": "ping"})

    assert client.receive()["id"] == request_id


def envelope(request_type, request_id=None, **params):
    data = {"request_type": request_type, "params": params}
    return {
        "id": request_id or str(uuid.uuid4()),
        "version": "1.0.0",
        "timestamp": "2026-01-01T00:00:00Z",
        "payload": {"type": "Request", "data": data},
    }


def test_the_envelope_dialect_evaluates(connect):
    rust = connect(zmq.REQ)
    rust.send(envelope("CreateSession", client_id="rust-client"))
    created = rust.receive()["payload"]["data"]
    assert created["response_type"] == "CreateSession"

    request = envelope("Evaluate", code="3 + 4", context=None, return_string=True)
    rust.send(request)
    reply = rust.receive()

    assert reply["id"] == request["id"]
    assert reply["version"] == "1.0.0"
    assert reply["payload"]["type"] == "Response"
    data = reply["payload"]["data"]
    assert data["response_type"] == "Evaluate"
    assert data["data"]["result"] == "7"
    assert data["data"]["display"] is None
    assert data["data"]["result_type"] == "SmallInteger"
    assert data["data"]["has_error"] is False


def test_the_envelope_dialect_tells_errors_with_text_details(connect):
    rust = connect(zmq.REQ)
    rust.send(envelope("Evaluate", code="3 + ", context=None))

    data = rust.receive()["payload"]["data"]

    assert data["response_type"] == "Error"
    assert data["data"]["code"] == "EvaluationError"
    assert data["data"]["details"]["error_type"] == "ParseError"
    assert all(isinstance(value, str) for value in data["data"]["details"].values())


def test_without_a_name_a_connection_has_a_workspace_of_its_own(connect):
    one, other = connect(), connect()

    one.do("evaluate", code="x := 1")
    other.do("evaluate", code="x := 2")

    assert (one.evaluate("x"), other.evaluate("x")) == ("1", "2")


def test_two_sessions_of_one_client_have_workspaces_of_their_own(connect):
    one, other = connect(), connect()
    client_id = one.create()["client_id"]
    other.create(client_id)

    one.do("evaluate", code="x := 1")
    other.do("evaluate", code="x := 2")

    assert (one.evaluate("x"), other.evaluate("x")) == ("1", "2")


def test_everything_is_back_after_the_server_was_killed(own_server):
    server = own_server().start()
    with Client(server.endpoint) as client:
        session = client.create("ada")
        client.do("evaluate", code="n := 3. list := OrderedCollection new. list add: 'a'; add: list")
        client.do(
            "evaluate", code="Object subclass: #Counter instanceVariableNames: 'n' classVariableNames: '' package: 'P'"
        )
        client.do("evaluate", code="Counter compile: 'up n := (n ifNil: [ 0 ]) + 1. ^ n'")
        client.do("evaluate", code="c := Counter new. c up. k := 10. block := [ :x | k := k + x. k ]. block value: 5")

    server.kill()
    server.start()

    with Client(server.endpoint) as client:
        restored = client.do("restore_session", client_id="ada", session_id=session["session_id"])
        assert restored["not_restored"] == []
        assert client.evaluate("n") == "3"
        assert client.evaluate("list last == list") == "true"
        assert client.evaluate("c up") == "2"
        assert client.evaluate("block value: 1") == "16"
        assert client.evaluate("k") == "16"
