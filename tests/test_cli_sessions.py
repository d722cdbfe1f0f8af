"""``sessions``: what it changes goes through a server, of its own or the one that runs."""

import io
import json
import re
import sys

import pytest

from stui_actors import cli_store
from stui_actors.cli import main
from stui_actors.cli_folder import only_one
from stui_actors.protocol.backoff import Backoff
from stui_actors.storage.files import FileStore
from tests.e2e.conftest import Client, Server


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A data folder with one session of four versions, and its id; copied by ``data``."""
    folder = tmp_path_factory.mktemp("made") / "data"
    folder.mkdir()
    with Server(folder) as server, Client(server.endpoint) as client:
        session_id = client.do("create_session", client_id="ada")["session_id"]
        for code in ("x := 41", "x := x + 1", "y := 'kept'"):
            client.do("evaluate", client_id="ada", session_id=session_id, code=code)
    return folder, session_id


@pytest.fixture
def data(made, tmp_path):
    folder = tmp_path / "data"
    folder.mkdir(mode=0o700)
    source, session_id = made
    home = folder / "ada" / session_id
    home.mkdir(parents=True)
    for each in (source / "ada" / session_id).iterdir():
        (home / each.name).write_bytes(each.read_bytes())
    return folder


@pytest.fixture
def session_id(made):
    return made[1]


@pytest.fixture
def sessions(data):
    return lambda *arguments: main(["sessions", "--data-dir", str(data), *arguments])


def files(data, session_id):
    """The session's files, newest first."""
    return sorted((data / "ada" / session_id).iterdir(), key=lambda path: int(path.stem.rpartition("-")[2]))[::-1]


def spoil(path, at=-40):
    content = bytearray(path.read_bytes())
    content[at] ^= 1
    path.write_bytes(content)


def value_of(data, code, client_id="ada", session_id=None):
    """What a server that is started on the folder evaluates."""
    store = FileStore(data, read_only=True)
    begin = session_id or next(each.key.session_id for each in store.sessions_of(client_id))
    with Server(data) as server, Client(server.endpoint) as client:
        return client.do("evaluate", client_id=client_id, session_id=begin, code=code)["result"]


def test_what_is_exported_can_be_imported_for_another_client(sessions, data, session_id, capsys, monkeypatch):
    assert sessions("export", session_id) == 0
    monkeypatch.setattr(sys, "stdin", io.StringIO(capsys.readouterr().out))

    assert sessions("import", "--client-id", "eve") == 0
    assert value_of(data, "x printString , y", "eve") == "'42kept'"


def test_an_export_of_an_older_state_says_what_was_passed_over(sessions, data, session_id, capsys):
    newest, *_ = files(data, session_id)
    spoil(newest)

    assert sessions("export", session_id) == 0
    said = capsys.readouterr()
    assert re.search(r"passed over: generation \d: the body's checksum is wrong; left where it is", said.err)
    assert "passed over" not in said.out
    assert sessions("verify") == 1


def test_what_is_no_session_is_not_imported(sessions, capsys, monkeypatch):
    monkeypatch.setattr(sys, "stdin", io.StringIO("{'no': #session}"))

    assert sessions("import", "--client-id", "eve") == 1
    assert "no exported session" in capsys.readouterr().err


def test_an_earlier_version_is_brought_back_on_a_stopped_server(sessions, data, session_id):
    assert sessions("rollback", session_id[:8], "2") == 0

    assert value_of(data, "x") == "41"


def test_a_server_that_runs_is_asked_instead(sessions, data, session_id, capsys):
    with Server(data) as server, Client(server.endpoint) as client:
        assert sessions("rollback", session_id, "2", "--endpoint", server.endpoint) == 0
        assert client.do("evaluate", client_id="ada", session_id=session_id, code="x")["result"] == "41"
        assert sessions("verify") == 0


def test_without_an_answer_from_the_server_that_has_the_folder_nothing_is_done(
    sessions, data, session_id, capsys, monkeypatch
):
    monkeypatch.setattr(cli_store, "QUICK", Backoff(first=0.05, factor=1.0, most=0.05, attempts=2))
    store = FileStore(data)
    store.open()
    before = sorted(data.rglob("*"))
    try:
        assert sessions("rollback", session_id, "2", "--endpoint", f"ipc://{data}/nobody") == 1
    finally:
        store.close()

    assert "does not answer" in capsys.readouterr().err
    assert sorted(data.rglob("*")) == before


def test_verify_names_what_is_damaged_and_changes_nothing(sessions, data, session_id, capsys):
    assert sessions("verify") == 0
    newest = files(data, session_id)[0]
    spoil(newest)
    before = {path: path.read_bytes() for path in data.rglob("*") if path.is_file()}

    assert sessions("verify", session_id) == 1
    said = capsys.readouterr().out
    assert newest.name in said
    assert said.rstrip().endswith("1 damaged")
    assert {path: path.read_bytes() for path in data.rglob("*") if path.is_file()} == before


def test_a_session_without_a_whole_state_is_named_with_the_place_of_each_until_it_is_deleted(
    sessions, data, session_id, capsys
):
    spoilt = files(data, session_id)
    for path in spoilt:
        path.write_bytes(b"\xff" * 50)

    assert sessions("export", session_id) == 1
    assert "generation 4: the header's checksum is wrong; left where it is" in capsys.readouterr().err
    assert sessions("repair", session_id) == 1  # a server has seen them: they are put aside
    assert sessions("verify") == 1
    assert f"ada/{session_id}: no saved state of it is left" in capsys.readouterr().out
    assert sessions("export", session_id) == 1
    assert f"kept in .quarantine/ada/{session_id}" in capsys.readouterr().err

    assert sessions("delete", session_id, "--yes") == 0

    assert sessions("verify") == 0
    assert sessions("list") == 0
    assert "0 sessions" in capsys.readouterr().out
    assert {path.name for path in (data / ".quarantine").rglob("*.ston")} == {path.name for path in spoilt}


def test_repair_of_a_whole_session_changes_no_state(sessions, data, session_id, capsys):
    assert sessions("repair", session_id) == 0

    assert capsys.readouterr().out.startswith("whole")
    assert value_of(data, "x printString , y") == "'42kept'"


def test_repair_falls_back_to_the_newest_whole_state_and_says_so(sessions, data, session_id, capsys):
    newest = [path for path in files(data, session_id) if int(path.stem.rpartition("-")[2]) > 3]
    for path in newest:  # what `y` was saved with, and perhaps once more at the end of the server
        spoil(path)

    assert sessions("repair", session_id) == 0
    said = capsys.readouterr().out
    assert len(re.findall(r"generation \d: .*checksum.*kept as \.quarantine", said)) == len(newest)
    assert "repaired" in said
    assert value_of(data, "{x. y}") == "#(42 nil)"


def test_repair_saves_what_can_be_read_where_no_state_is_whole(sessions, data, session_id, capsys):
    for path in files(data, session_id):
        spoil(path, at=path.read_bytes().index(b"\n") - 20)  # the header of each; the bodies are as they were

    assert sessions("repair", session_id) == 0
    new = capsys.readouterr().out.split()[-3]
    assert value_of(data, "x printString , y", session_id=new) == "'42kept'"


def test_repair_saves_the_history_where_the_workspace_is_lost(sessions, data, session_id, capsys):
    for path in files(data, session_id):
        path.write_bytes(path.read_bytes()[:-60])

    assert sessions("repair", session_id) == 0
    said = capsys.readouterr().out
    assert "Everything but the workspace" in said
    with Server(data) as server, Client(server.endpoint) as client:
        history = client.do("get_history", client_id="ada", session_id=said.split()[-3])
        assert [entry["code"] for entry in history["entries"]] == ["y := 'kept'", "x := x + 1", "x := 41"]


def test_repair_of_what_cannot_be_read_at_all_says_so(sessions, data, session_id, capsys):
    for path in files(data, session_id):
        path.write_bytes(b"\xff" * 50)

    assert sessions("repair", session_id) == 1
    assert "Nothing can be read" in capsys.readouterr().out


def test_a_session_is_deleted_only_when_that_is_said_twice(sessions, data, session_id, capsys):
    assert sessions("delete", session_id) == 1
    assert files(data, session_id)

    assert sessions("delete", session_id, "--yes") == 0
    assert list(FileStore(data, read_only=True).index()) == []


def test_the_beginning_of_an_id_is_enough_if_no_other_begins_so(data, session_id):
    assert only_one(FileStore(data, read_only=True), session_id[:6]).key.session_id == session_id


def test_a_session_is_listed_before_and_after(sessions, session_id, capsys):
    assert sessions("list", "--json") == 0

    assert json.loads(capsys.readouterr().out)["session_id"] == session_id
