"""Sessions that earlier versions saved, one of each format: they come back whole."""

import re
import shutil
from pathlib import Path

import pytest

from stui_actors.session import record, snapshot
from stui_actors.storage import header
from stui_actors.storage.names import read_generation_name

from .conftest import Client, Server

SAVED = Path(__file__).parent.parent / "golden" / "sessions"
FORMATS = sorted(path.name for path in SAVED.iterdir())


@pytest.fixture(params=FORMATS, scope="module")
def restored(request, tmp_path_factory):
    """A client of a server that started on a copy of the saved folder."""
    data_dir = tmp_path_factory.mktemp("saved") / "sessions"
    shutil.copytree(SAVED / request.param, data_dir)
    for path in data_dir.rglob("*"):  # a checkout may have given others the right to write
        path.chmod(0o700 if path.is_dir() else 0o600)
    (file,) = data_dir.glob("ada/*/*.ston")
    old_ones = Server(data_dir, config="[session]\nretention = 1e10\n")  # they grow old with the years
    with old_ones as server, Client(server.endpoint) as client:
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
