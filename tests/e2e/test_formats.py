"""What earlier versions saved, one of each format: sessions and journals, which come back whole."""

import re
import shutil
from pathlib import Path

import pytest

from stui_actors.session import record, snapshot
from stui_actors.storage import frames, header
from stui_actors.storage.names import read_generation_name

from .conftest import Client, Server

SAVED = Path(__file__).parent.parent / "golden" / "sessions"
FORMATS = sorted(path.name for path in SAVED.iterdir())
KILLED = SAVED.parent / "killed"  # with changes that go on from one another, and states compressed and not


def copied(saved, place):
    """A copy that a server trusts: a checkout may have given others the right to write."""
    shutil.copytree(saved, place)
    for path in place.rglob("*"):
        path.chmod(0o700 if path.is_dir() else 0o600)
    return place


def serving(data_dir):
    """A server to which nothing is too old: what is saved here grows old with the years."""
    return Server(data_dir, config="[session]\nretention = 1e10\n")


@pytest.fixture(params=FORMATS, scope="module")
def restored(request, tmp_path_factory):
    """A client of a server that started on a copy of the saved folder."""
    data_dir = copied(SAVED / request.param, tmp_path_factory.mktemp("saved") / "sessions")
    (file,) = data_dir.glob("ada/*/*.ston")
    with serving(data_dir) as server, Client(server.endpoint) as client:
        client.names = {"client_id": "ada", "session_id": file.parent.name}
        client.restored = client.do("restore_session", **client.names)
        yield client


@pytest.fixture
def ada(restored):
    """The client; what the test changes is rolled back to what the saved file holds."""
    yield restored
    restored.do("rollback_session", version=restored.restored["version"], **restored.names)


def value(client, code):
    return client.do("evaluate", code=code, **client.names)["result"]


def test_what_the_client_keeps_and_did_is_there(ada):
    assert ada.restored["session_state"] == {"theme": "dark", "open": ["a", "b"]}
    assert ada.restored["name"] == "golden"
    assert ada.restored["not_restored"] == []
    history = ada.do("get_history", **ada.names)["entries"]
    assert history[-1]["code"] == "account := Account of: 'ada'. account deposit: 40"
    (inspector,) = ada.do("inspector_list", **ada.names)["inspectors"]
    assert (inspector["name"], inspector["class"]) == ("the account", "Account")


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("account deposit: 0", "42"),
        ("Account made", "1"),
        ("(Account of: 'eve') deposit: 5", "5"),
        ("{ (pair at: 1) == shared. (pair at: 2) == shared. shared }", "#(true true 'one text')"),
        ("counter value: 8. { count. account deposit: 0 }", "#(10 50)"),
        ("(ring at: 1) == ring", "true"),
        ("(things first: 8)", "{(1/3). 3.5. 1.5e300. 12345678901234567890. $a. #sym:bol:. 2.50s2. #[1 2 3]}"),
        ("(things last: 4)", "{(3@4). nil. true. 2 January 2026}"),
        ("(dictionary at: #key) == account", "true"),
        ("(dictionary at: 'text') asArray", "#(3 4)"),
        ("bag occurrencesOf: #a", "2"),
        ("21 doubled", "42"),
    ],
)
def test_the_workspace_is_there(ada, code, expected):
    assert value(ada, code) == expected


def test_a_named_copy_of_the_variables_is_there(ada):
    value(ada, "account := nil")
    ada.do("load_context", name="before", **ada.names)

    assert value(ada, "account deposit: 0") == "42"


def test_every_format_that_this_version_writes_has_a_saved_session():
    written = (header.FORMAT, header.SCHEMA, record.SCHEMA, snapshot.FORMAT)

    assert max(written) == max(int(re.sub(r"\D", "", name)) for name in FORMATS)
    assert all(read_generation_name(path.name) for path in SAVED.rglob("*.ston"))


@pytest.mark.parametrize("name", sorted(path.name for path in KILLED.iterdir()))
def test_a_server_goes_on_with_the_journal_of_one_that_was_killed(name, tmp_path):
    data_dir = copied(KILLED / name, tmp_path / "sessions")
    with serving(data_dir) as server, Client(server.endpoint) as client:
        (listed,) = client.do("list_client_sessions", client_id="ada")["sessions"]
        names = {"client_id": "ada", "session_id": listed["session_id"]}
        restored = client.do("restore_session", **names)
        again = client.ask("evaluate", id="a-request-that-is-sent-again", code="n := n + 1", **names)
        told = client.do("evaluate", code=TELL, **names)["result"]

        assert (restored["version"], restored["recovered_from"], restored["not_restored"]) == (9, [], [])
        assert restored["session_state"] == {"theme": "dark"}
        assert (again["replayed"], again["result"]["result"]) == (True, "4")
        assert told == "#(4 'plain' #(2 'Begin') true true #[0 7 0] true 80)"
        assert client.do("list_client_sessions", client_id="bob")["sessions"] == []


TELL = (
    "{n. word. list asArray. (both at: 1) == text. (both at: 2) == (list at: 2). bytes. (book at: #a) == list "
    "and: [account owner == text]. account double}"
)


def test_every_format_of_a_journal_that_this_version_writes_has_a_saved_one():
    written = re.findall(rb"\d+", frames.MAGIC)
    (journal,) = (KILLED / f"format-{int(written[0])}" / ".journal").iterdir()

    assert journal.read_bytes().startswith(frames.MAGIC)
