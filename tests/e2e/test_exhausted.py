"""What a server does when the machine has no more to give, or a client has very much."""

import resource
import socket

import pytest
import zmq

from .conftest import Client

ROOM = 40  # descriptors that stay free for connections


def open_descriptors(pid):
    """How many a process has."""
    from pathlib import Path

    return len(list(Path(f"/proc/{pid}/fd").iterdir()))


def test_without_descriptors_those_who_are_here_go_on_and_new_ones_come_in_once_there_are_some(own_server):
    server = own_server().start()
    with Client(server.endpoint) as ada, Client(server.endpoint) as late:
        ada.create("ada")
        ada.do("evaluate", code="x := 1")
        late.do("ping")
        pid = server.process.pid
        most = open_descriptors(pid) + ROOM
        resource.prlimit(pid, resource.RLIMIT_NOFILE, (most, most))
        address = server.endpoint.removeprefix("tcp://").split(":")
        crowd = [socket.create_connection((address[0], int(address[1]))) for _ in range(2 * ROOM)]
        try:
            assert ada.do("ping")["status"] == "ready"
            told = ada.ask("evaluate", code="x := x + 1")
            assert told["status"] == "success" or (told["error_type"], told["retryable"]) == ("StorageError", True)
        finally:
            for each in crowd:
                each.close()

        assert late.evaluate("3 + 4") == "7"
        with Client(server.endpoint, zmq.REQ) as new:
            new.create("bob")
            assert new.evaluate("6 * 7") == "42"
        assert ada.evaluate("x") == "2"
    server.restart()
    with Client(server.endpoint) as back:
        (row,) = back.do("list_client_sessions", client_id="ada")["sessions"]
        assert back.evaluate("x", client_id="ada", session_id=row["session_id"]) == "2"


@pytest.mark.long
def test_a_list_of_a_million_is_built_saved_restored_and_let_go(own_server):
    server = own_server().start()
    with Client(server.endpoint) as ada:
        made = ada.create("ada")
        code = "l := OrderedCollection new. 1 to: 1000000 do: [ :i | l add: i \\\\ 10 ]. l size"
        assert ada.evaluate(code) == "1000000"
    server.kill()
    server.start()
    with Client(server.endpoint) as ada:
        ada.do("restore_session", client_id="ada", session_id=made["session_id"])
        assert ada.evaluate("l size -> l last") == "1000000->0"
        assert ada.evaluate("l := nil") == "nil"
        full = ada.do("get_session_info")["size_bytes"]
        assert full < 100_000
