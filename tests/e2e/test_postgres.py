"""Real servers that share a real database: a session moves between them, and outlives them."""

import signal
import subprocess
import sys
import time
import uuid

import pytest

from stui_actors.cli import main
from tests.doubles.postgres import running_postgres
from tests.e2e.conftest import Client, Server


@pytest.fixture(scope="module")
def database():
    with running_postgres() as database:
        yield database


@pytest.fixture(scope="module")
def servers(database, tmp_path_factory):
    """Two of them, and the file that configures both."""
    config = f'[storage]\nkind = "postgres"\ndsn = "{database.dsn()}"\n'
    folders = [tmp_path_factory.mktemp("servers") / name for name in ("one", "two")]
    with Server(folders[0], config=config) as one, Server(folders[1], config=config) as two:
        yield one, two


def test_a_session_moves_and_its_old_server_is_fenced(servers):
    one, two = servers
    with Client(one.endpoint) as here, Client(two.endpoint) as there:
        session_id = here.do("create_session", client_id="ada")["session_id"]
        named = {"client_id": "ada", "session_id": session_id}
        here.do("evaluate", **named, code="x := 41")
        rejected = there.ask("restore_session", **named)
        assert rejected["error_type"] == "SessionConflict"
        assert there.ask("evaluate", **named, code="x := 0")["error_type"] == "SessionConflict"
        there.do("restore_session", **named, on_conflict="takeover")
        assert there.do("evaluate", **named, code="x := x + 1")["result"] == "42"
        refused = here.ask("evaluate", **named, code="x := 0")
        assert refused["error_type"] == "SessionConflict"
        assert there.do("evaluate", **named, code="x")["result"] == "42"


def test_when_a_server_is_killed_the_other_goes_on_with_its_sessions(servers):
    one, two = servers
    with Client(one.endpoint) as here, Client(two.endpoint) as there:
        session_id = here.do("create_session", client_id="ada")["session_id"]
        named = {"client_id": "ada", "session_id": session_id}
        for _ in range(3):
            last = here.do("evaluate", **named, code="x := (x ifNil: [ 0 ]) + 1")["result"]
        one.kill()
        there.do("restore_session", **named, on_conflict="takeover")
        assert there.do("evaluate", **named, code="x")["result"] == last == "3"
    one.start()


def test_a_server_that_was_killed_and_started_again_goes_on_at_once_with_what_it_held(servers):
    one, _ = servers
    with Client(one.endpoint) as here:
        named = {"client_id": "ada", "session_id": here.do("create_session", client_id="ada")["session_id"]}
        here.do("evaluate", **named, code="x := 7")
    one.restart(signal.SIGKILL)
    with Client(one.endpoint) as here:
        here.do("restore_session", **named)
        assert here.do("evaluate", **named, code="x := x + 1")["result"] == "8"


def test_who_leaves_one_server_goes_on_at_the_other_and_a_fork_there_takes_nothing(servers):
    one, two = servers
    with Client(two.endpoint) as there:
        with Client(one.endpoint) as here:
            named = {"client_id": "ada", "session_id": here.do("create_session", client_id="ada")["session_id"]}
            here.do("evaluate", **named, code="x := 1")
            forked = there.do("restore_session", **named, on_conflict="fork")
            assert forked["forked_from"] == named["session_id"]
            assert here.do("evaluate", **named, code="x := x + 1")["result"] == "2"
        deadline = time.monotonic() + 20
        while there.ask("restore_session", **named)["status"] == "error" and time.monotonic() < deadline:
            time.sleep(0.02)
        assert there.do("evaluate", **named, code="x := x + 1")["result"] == "3"


def test_a_creation_that_is_sent_to_both_at_once_makes_one_session(servers):
    for number in range(10):
        client_id, request_id = f"c{number}", str(uuid.uuid4())
        with Client(servers[0].endpoint) as here, Client(servers[1].endpoint) as there:
            for client in (here, there):
                client.do("list_client_sessions", client_id=client_id)
                client.send({"id": request_id, "command": "create_session", "parameters": {"client_id": client_id}})
            assert here.receive()["result"]["session_id"] == there.receive()["result"]["session_id"]
            assert here.do("list_client_sessions", client_id=client_id)["session_count"] == 1


def test_a_database_that_comes_back_is_used_again(servers, database):
    with Client(servers[0].endpoint) as client:
        session_id = client.do("create_session", client_id="ada")["session_id"]
        named = {"client_id": "ada", "session_id": session_id}
        client.do("evaluate", **named, code="x := 1")
        database.stop(signal.SIGQUIT)
        refused = client.ask("evaluate", **named, id="a-request-without-database", code="x := x + 1")
        database.start()
        assert refused["error_type"] == "StorageError"
        assert refused["retryable"]
        again = client.ask("evaluate", **named, id="a-request-without-database", code="x := x + 1")
        assert again["result"]["result"] == "2"
        assert client.do("evaluate", **named, code="x")["result"] == "2"


def test_the_command_line_looks_into_the_database(servers, capsys):
    config = servers[0].arguments[-1]
    with Client(servers[0].endpoint) as client:
        session_id = client.do("create_session", client_id="ada")["session_id"]
    assert main(["sessions", "--config", config, "list"]) == 0
    assert f"ada  {session_id}" in capsys.readouterr().out
    assert main(["sessions", "--config", config, "verify", session_id]) == 0
    assert "1 file read, 0 damaged" in capsys.readouterr().out
    assert main(["doctor", "--config", config, "--endpoint", servers[0].endpoint]) == 0
    assert "the database postgres on" in capsys.readouterr().out


def test_what_the_command_line_deletes_no_server_brings_back(servers):
    config = servers[0].arguments[-1]
    with Client(servers[0].endpoint) as client:
        session_id = client.do("create_session", client_id="ada")["session_id"]
        command = [sys.executable, "-m", "stui_actors", "sessions", "--config", config, "delete", session_id, "--yes"]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
        for _ in range(2):
            late = client.fail("evaluate", client_id="ada", session_id=session_id, code="x := 1")
            assert late["error_type"] == "SessionNotFound"
