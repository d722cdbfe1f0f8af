"""The row Sessions of the fault table, and every command of sessions."""

import json
import subprocess
import sys
import time

import pytest

from .conftest import Client, unique_client


def names(client):
    return {"client_id": client.client_id, "session_id": client.session_id}


def test_another_clients_session_does_not_exist(ada, connect):
    thief = connect()
    thief.create()

    foreign = thief.fail("restore_session", client_id=unique_client(), session_id=ada.session_id)
    unknown = thief.fail("restore_session", client_id=unique_client(), session_id="x" * 22)

    assert foreign["error_type"] == unknown["error_type"] == "SessionNotFound"
    assert foreign["error"] == unknown["error"]
    assert foreign["details"] == unknown["details"]


def test_the_log_tells_who_named_a_foreign_session_but_not_its_whole_id(own_server):
    server = own_server().start()
    with Client(server.endpoint) as ada, Client(server.endpoint) as thief:
        session_id = ada.create("ada")["session_id"]
        thief.fail("restore_session", client_id="thief", session_id=session_id)
        thief.fail("restore_session", client_id="thief", session_id="x" * 32)
    server.stop()

    said = server.data_dir.with_suffix(".log").read_text()
    lines = [json.loads(line) for line in said.splitlines() if '"session refused"' in line]
    assert [(line["client"], line["session"], line["is_foreign"]) for line in lines] == [
        ("thief", session_id[:8], True),
        ("thief", "x" * 8, False),
    ]
    assert session_id not in said


def test_a_connection_bound_to_one_client_finds_no_other_clients_session(ada, connect):
    thief = connect()
    thief.create()

    assert thief.fail("evaluate", code="1", session_id=ada.session_id)["error_type"] == "SessionNotFound"


@pytest.mark.parametrize("session_id", ["", "../x", "x" * 10_000, "a\x00b", "é"])
def test_a_malformed_session_id_is_refused(client, session_id):
    reply = client.fail("restore_session", client_id=unique_client(), session_id=session_id)

    assert reply["error_type"] in ("InvalidRequest", "SessionNotFound")
    assert len(reply["error"]) < 200


ODD_CLIENT_IDS = [
    "../x",
    "..",
    "/etc",
    "a/b",
    "a\\b",
    "%2e%2e",
    "",
    "é",
    "-lead",
    "~lead",
    "a b",
    "a\n",
    "a ",
    " a",
    "cafe\u0301",
    "x" * 256,
    "a\x00",
    "x" * 65,
    "x" * 1_000_000,
]


@pytest.mark.parametrize("client_id", ODD_CLIENT_IDS, ids=range(len(ODD_CLIENT_IDS)))
def test_a_client_id_outside_the_rule_is_refused(client, client_id):
    assert client.fail("create_session", client_id=client_id)["error_type"] == "InvalidRequest"


@pytest.mark.parametrize("client_id", ["con", "nul.txt", "Alice", "alice", "a.", "x" * 63, "x" * 64, "a_b@c:d-e", "0"])
def test_a_client_id_within_the_rule_has_a_workspace_of_its_own(connect, client_id):
    client = connect()
    client.create(client_id)
    client.do("evaluate", code=f"mine := '{client_id}'")

    assert client.evaluate("mine") == f"'{client_id}'"


def test_no_file_is_made_outside_the_data_folder(own_server, tmp_path):
    server = own_server().start()
    with Client(server.endpoint) as client:
        for client_id in ("a", "Alice", "alice", "nul.txt", "a_b@c:d-e"):
            client.create(client_id)

    made = {path.name for path in tmp_path.iterdir()}

    assert made == {"sessions", "sessions.log"}


def test_update_merges_and_versions_grow(ada):
    first = ada.do("update_session_state", state_data={"theme": "dark", "size": 1})
    second = ada.do("update_session_state", state_data={"size": None, "font": [1, {"a": None}]})

    assert second["session_state"] == {"theme": "dark", "font": [1, {"a": None}]}
    assert second["version"] > first["version"]


def test_an_update_on_an_old_version_conflicts_and_changes_nothing(ada):
    version = ada.do("update_session_state", state_data={"a": 1})["version"]
    ada.do("update_session_state", state_data={"a": 2}, base_version=version)

    reply = ada.fail("update_session_state", state_data={"a": 3}, base_version=version)

    assert reply["error_type"] == "SessionConflict"
    assert reply["details"]["version"] == version + 1
    assert ada.do("restore_session", **names(ada))["session_state"] == {"a": 2}


def test_a_stale_epoch_conflicts_and_changes_nothing(ada):
    old = ada.session["session_epoch"]
    ada.do("restore_session", **names(ada))

    reply = ada.fail("evaluate", code="x := 1", session_epoch=old)

    assert reply["error_type"] == "SessionConflict"
    assert ada.evaluate("x") == "nil"


def test_a_living_attachment_is_not_taken(ada, connect):
    reply = connect().fail("restore_session", **names(ada))

    assert reply["error_type"] == "SessionConflict"
    assert ada.evaluate("3") == "3"


def test_a_session_whose_connection_is_gone_can_be_restored(ada, connect):
    ada.do("evaluate", code="x := 7")
    ada.close()
    later = connect()
    for _ in range(50):
        reply = later.ask("restore_session", **names(ada))
        if reply["status"] == "success":
            break
        time.sleep(0.1)

    assert later.evaluate("x") == "7"


def test_a_closed_session_is_closed(ada):
    closed = ada.do("close_session", **names(ada))

    assert closed["closed"] is True
    assert set(closed["released"]) == {"objects", "processes", "bytes"}
    assert ada.fail("evaluate", code="1", **names(ada))["error_type"] == "SessionClosed"
    assert ada.do("list_client_sessions", client_id=ada.client_id)["session_count"] == 0


def test_a_deleted_session_is_gone(ada):
    ada.do("close_session", delete=True, **names(ada))

    assert ada.fail("restore_session", **names(ada))["error_type"] == "SessionNotFound"


def test_more_attached_sessions_than_allowed_are_refused(connect):
    client_id = unique_client()
    clients = [connect() for _ in range(6)]
    for client in clients[:5]:
        client.create(client_id)

    reply = clients[5].fail("create_session", client_id=client_id)

    assert reply["error_type"] == "SessionLimitExceeded"
    assert reply["details"]["limit"] == "max_sessions_per_client"
    assert reply["details"]["value"] == 5


def test_more_clients_than_allowed_are_refused(own_server):
    server = own_server(config="[server]\nmax_clients = 3\n").start()
    clients = [Client(server.endpoint) for _ in range(5)]

    kinds = [
        client.ask("create_session", client_id=f"c{number}").get("error_type") for number, client in enumerate(clients)
    ]

    assert kinds.count("Overloaded") >= 2
    for client in clients:
        client.close()


def test_sessions_are_listed_with_their_names(ada):
    ada.do("rename_session", name="Mine", **names(ada))

    listed = ada.do("list_client_sessions", client_id=ada.client_id)

    assert listed["session_count"] == 1
    assert listed["sessions"][0]["name"] == "Mine"
    assert listed["sessions"][0]["state"] == "attached"


def test_info_tells_what_a_session_is(ada):
    info = ada.do("get_session_info", **names(ada))

    assert info["session_id"] == ada.session_id
    assert info["is_active"] is True
    assert info["is_expired"] is False
    assert info["time_until_expiry"] > 0


def test_statistics_count_sessions_and_clients(ada):
    statistics = ada.do("get_session_statistics")

    assert statistics["total_sessions"] >= 1
    assert statistics["active_clients"] >= 1
    assert statistics["max_sessions_per_client"] == 5
    assert statistics["cleanup_interval"] == 300


def test_listing_clients_is_for_administrators(ada):
    assert ada.fail("list_clients")["error_type"] == "PermissionDenied"


def test_a_session_goes_to_another_server_by_export_and_import(ada, connect):
    ada.do("evaluate", code="x := OrderedCollection new. x add: 3; add: x. y := x")
    ada.do("update_session_state", state_data={"theme": "dark"})
    data = ada.do("export_session", **names(ada))["data"]
    other = connect()

    imported = other.do("import_session", data=data, client_id=unique_client())
    restored = other.do("restore_session", client_id=imported["client_id"], session_id=imported["session_id"])

    assert restored["session_state"] == {"theme": "dark"}
    assert other.evaluate("x first") == "3"
    assert other.evaluate("x last == y") == "true"
    assert imported["session_id"] != ada.session_id


def test_what_is_no_export_is_not_imported(client):
    assert client.fail("import_session", data="Object{", client_id=unique_client())["error_type"] == "InvalidRequest"


def test_an_earlier_version_comes_back_as_the_newest(ada):
    ada.do("evaluate", code="x := 1")
    version = ada.do("get_session_info", **names(ada))["version"]
    ada.do("evaluate", code="x := 2")

    generations = ada.do("session_history", **names(ada))["generations"]
    assert version in {generation["version"] for generation in generations}
    rolled = ada.do("rollback_session", version=version, **names(ada))

    assert ada.evaluate("x") == "1"
    assert rolled["version"] > version


def test_a_version_that_was_never_saved_cannot_be_rolled_back_to(ada):
    assert ada.fail("rollback_session", version=10**6, **names(ada))["error_type"] == "InvalidRequest"


def test_a_session_over_its_size_is_refused_and_rolled_back(own_server):
    server = own_server(config="[session]\nmax_session_bytes = 100000\n").start()
    with Client(server.endpoint) as client:
        client.create("ada")
        client.do("evaluate", code="small := 1")

        reply = client.fail("evaluate", code="small := 2. big := Array new: 200000 withAll: 'text'")

        assert reply["error_type"] == "ResourceExhausted"
        assert reply["details"]["limit"] == "size"
        assert client.evaluate("{small. big}") == "#(1 nil)"


def test_a_session_left_behind_comes_back_whole_after_it_slept(own_server):
    config = "[session]\ntimeout = 0.2\ncleanup_interval = 0.1\nattach_timeout = 0.2\n"
    server = own_server(config=config).start()
    with Client(server.endpoint) as client:
        session = client.create("ada")
        client.do("evaluate", code="x := 41")
    with Client(server.endpoint) as client:
        for _ in range(100):
            listed = client.do("list_client_sessions", client_id="ada")["sessions"][0]
            if listed["state"] == "sleeping":
                break
            time.sleep(0.1)

        assert listed["state"] == "sleeping"
        assert client.evaluate("x + 1", client_id="ada", session_id=session["session_id"]) == "42"


def test_an_expired_session_says_so(own_server):
    config = "[session]\nretention = 0.5\ntimeout = 0.1\ncleanup_interval = 1000\n"
    server = own_server(config=config).start()
    with Client(server.endpoint) as client:
        session = client.create("ada")
    server.stop()
    time.sleep(0.6)
    server.start()
    with Client(server.endpoint) as client:
        reply = client.fail("restore_session", client_id="ada", session_id=session["session_id"])

    assert reply["error_type"] in ("SessionExpired", "SessionNotFound")


def test_a_second_server_on_the_same_folder_says_so_and_touches_nothing(own_server):
    server = own_server().start()
    second = own_server()
    second.data_dir = server.data_dir

    run = subprocess.run(
        [sys.executable, "-m", "stui_actors", "serve", "--bind", second.endpoint, "--data-dir", str(server.data_dir)],
        capture_output=True,
        timeout=30,
        check=False,
    )

    assert run.returncode != 0
    assert b"Traceback" not in run.stderr
    assert str(server.process.pid).encode() in run.stderr
