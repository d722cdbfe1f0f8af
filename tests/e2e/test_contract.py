"""Every command with every parameter, in both dialects, as a client's author reads them in the contract."""

import re
from collections import defaultdict

import pytest
import zmq

from .conftest import Server, unique_client
from .contract import RESULTS, ROWS, Speaker, kinds

TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
TIMES = {"created_at", "expires_at", "last_modified", "saved_at", "started_at", "last_seen", "timestamp"}
FREE = ("session_state", "workspace_context", "object_registry", "inspector_state", "preferences", "info", "default")
DIALECTS = [("command", zmq.DEALER), ("envelope", zmq.REQ)]
NEVER_SUCCEEDS = {"debug"}  # not built; refused to whoever has not paid for it


@pytest.fixture(scope="module")
def house(tmp_path_factory):
    """A server whose administrator is ``root``."""
    with Server(tmp_path_factory.mktemp("contract") / "sessions", config='[auth]\nadministrators = ["root"]\n') as made:
        yield made


@pytest.fixture(scope="module")
def tours(house):
    """What a tour through all commands was answered, by dialect."""
    toured = {}
    for dialect, kind in DIALECTS:
        with Speaker(house.endpoint, dialect, kind) as speaker:
            client_id = unique_client()
            live_with_sessions(speaker, client_id)
            evaluate_and_inspect(speaker)
            browse_and_develop(speaker)
            ask_the_server(speaker, client_id)
            speaker.described = speaker.do("describe")["commands"]
        toured[dialect] = speaker
    return toured


def live_with_sessions(speaker, client_id):
    info = {"platform": "macos", "version": "1", "capabilities": ["events", "bogus"], "subscription_tier": "pro"}
    made = speaker.do(
        "create_session",
        client_id=client_id,
        client_info=info,
        name="first",
        timeout=100,
        durability="strict",
        events=False,
    )
    names = {"session_id": made["session_id"], "client_id": client_id}
    assert made["timeout"] == 100
    assert made["client_isolation"] == "enabled"
    assert "bogus" not in made["capabilities"]
    update = {"state_data": {"a": 1, "b": {"c": [1]}}, "workspace_context": {"w": 1}, "object_registry": {"o": 1}}
    update |= {"inspector_state": {"i": 1}, "preferences": {"p": 1}, "capabilities": ["events"]}
    updated = speaker.do("update_session_state", **names, **update, base_version=1)
    assert (updated["version"], updated["update_successful"]) == (2, True)
    assert speaker.do("update_session_state", **names, state_data={"a": None})["session_state"] == {"b": {"c": [1]}}
    assert speaker.do("rename_session", **names, name="second")["name"] == "second"
    assert speaker.do("get_session_info", **names)["state"] == "attached"
    assert speaker.do("list_client_sessions", client_id=client_id)["session_count"] == 1
    speaker.do("get_session_statistics")
    data = speaker.do("export_session", **names)["data"]
    copy = speaker.do("import_session", client_id=client_id, data=data)
    assert copy["session_id"] != names["session_id"]
    rows = speaker.do("session_history", **names, limit=2, before=4)["generations"]
    assert [row["version"] for row in rows] == [3, 2]
    back = speaker.do("rollback_session", **names, version=2)
    assert (back["name"], back["session_state"]) == ("first", {"a": 1, "b": {"c": [1]}})
    restored = speaker.do("restore_session", **names, on_conflict="reject", events=False)
    assert restored["preferences"] == {"p": 1}
    assert restored["client_specific_data"] is True
    assert restored["session_epoch"] != made["session_epoch"]
    gone = speaker.do("close_session", session_id=copy["session_id"], client_id=client_id, delete=True)
    assert gone["closed"] is True
    assert speaker.do("list_clients", client_id="root")["clients"]
    speaker.do("get_session_info", **names, session_epoch=restored["session_epoch"])


def evaluate_and_inspect(speaker):
    code = "Transcript show: 'hello'. x := OrderedCollection new add: 3; add: 'x'; yourself"
    whole = speaker.do(
        "evaluate", code=code, evaluation_mode="Display", timeout=5, max_output=3, wait=5, return_string=True
    )
    assert (whole["transcript"][:3], whole["truncated"]) == ("hel", True)
    assert whole["display"] is not None
    assert speaker.do("evaluate", code="self size", context=whole["object_id"])["result"] == "2"
    late = speaker.do("evaluate", code="(Delay forMilliseconds: 200) wait. 8", wait=0.01)
    assert late["pending"] is True
    assert speaker.do("get_result", request_id=late["request_id"], wait=20)["result"] == "8"
    assert speaker.do("interrupt")["reason"] == "idle"
    assert speaker.do("interrupt", request_id="nobody")["reason"] == "unknown_request"
    assert speaker.do("interrupt", process=1)["reason"] == "unknown_process"
    keep_and_complete(speaker)
    inspect_and_navigate(speaker, whole["object_id"])
    assert speaker.do("release_object", object_id=whole["object_id"])["released"] is True


def keep_and_complete(speaker):
    assert speaker.do("save_context", name="kept")["variables"] == 1
    speaker.do("evaluate", code="x := 42. y := 43")
    assert speaker.do("load_context", name="kept")["name"] == "kept"
    assert speaker.do("evaluate", code="{x size. y}")["result"] == "#(2 nil)"
    summary = speaker.do("get_context_summary")
    assert "x" in [row["name"] for row in summary["variables"]]
    assert len(speaker.do("get_history", query="size", limit=1, before=100)["entries"]) == 1
    assert speaker.do("complete", prefix="Ordered", limit=1)["items"][0]["text"] == "OrderedCollection"
    found = speaker.do("complete", code="x siz", position=5)
    assert ("size", (found["replace_from"], found["replace_to"])) in [(each["text"], (2, 5)) for each in found["items"]]


def inspect_and_navigate(speaker, object_id):
    page = {"start": 2, "count": 1}
    seen = speaker.do("inspect", target="#(1 2 3)", depth=2, **page, include_private=True, include_methods=True)
    assert "at:" in seen["methods"]
    assert [each["value"] for each in seen["elements"]] == ["2"]
    assert speaker.do("inspect", object_id=object_id)["object_info"]["size"] == 2
    opened = speaker.do("inspector_open", target="3 -> 4", name="pair", custom_views={"sum": "self key + self value"})[
        "inspector_id"
    ]
    assert speaker.do("inspector_select", inspector_id=opened, view="sum")["page"]["text"] == "7"
    assert speaker.do("inspector_select", inspector_id=opened, custom_views={"sum": None}, view="fields")
    assert len(speaker.do("inspector_list")["inspectors"]) == 1
    listed = speaker.do("inspector_open", object_id=object_id, view="elements", **page)
    assert [line["value"] for line in listed["page"]["lines"]] == ["'x'"]
    at_value = speaker.do("inspector_select", inspector_id=opened, path=["value"], view="print", start=1, count=5)
    assert at_value["page"]["text"] == "4"
    assert speaker.do("inspector_select", inspector_id=opened, path="back")["path"] == []
    assert speaker.do("inspector_select", inspector_id=opened, path="forward")["path"] == ["value"]
    assert speaker.do("inspector_evaluate", inspector_id=opened, code="self + 1")["result"] == "5"
    limits = {"timeout": 5, "max_output": 3, "wait": 5}
    told = speaker.do(
        "inspector_evaluate",
        inspector_id=opened,
        code="Transcript show: 'hello'. 'a'",
        evaluation_mode="Display",
        **limits,
    )
    assert (told["display"], told["truncated"]) == ("a", True)
    assert speaker.do("inspector_close", inspector_id=opened)["closed"]


def browse_and_develop(speaker):
    everything = {"include_methods": True, "include_instance_vars": True, "include_class_vars": True}
    assert speaker.do("browse_class", class_name="Association", **everything)["instance_vars"] == ["value"]
    assert speaker.do("list_classes", pattern="Ordered*", include_system=True, limit=1, offset=1)["total_count"] > 1
    method = {"class_name": "Association", "method_name": "value", "is_class_method": False}
    assert speaker.do("get_method", **method)["method"]["name"] == "value"
    assert speaker.do("get_method_code", **method)["line_count"] == 2
    assert speaker.do("get_class_tree", class_name="Collection", depth=1)["tree"]["name"] == "Collection"
    assert speaker.do("get_method_categories", class_name="Association", mode="All")["categories"]
    assert speaker.do("get_method_list", class_name="Association", category="accessing", mode="Instance")["methods"]
    assert speaker.do("search_classes", query="Associ", limit=1)["classes"] == ["Association"]
    found = speaker.do("search_methods", query="key*", class_name="Association", mode="Class", limit=5)
    assert [each["is_class_method"] for each in found["methods"]] == [True]
    assert len(speaker.do("senders_of", selector="key", limit=1)["methods"]) == 1
    assert len(speaker.do("implementors_of", selector="key", limit=1)["methods"]) == 1
    speaker.do("define_class", definition="Object subclass: #Duck instanceVariableNames: 'a' package: 'Pond'")
    speaker.do("compile_method", class_name="Duck", source="swim ^ a", category="water", is_class_method=False)
    assert "Duck >> swim" in speaker.do("export_source", class_name="Duck")["source"]
    tonel = speaker.do("export_source", package="Pond")["source"]
    assert speaker.do("remove_method", class_name="Duck", method_name="swim", is_class_method=False)["removed"] is True
    assert speaker.do("remove_class", class_name="Duck")["removed"] is True
    assert speaker.do("load_source", source=tonel, format="tonel", file_name="Duck.class.st")["classes"] == ["Duck"]


def ask_the_server(speaker, client_id):
    speaker.do("authenticate", client_id=client_id, auth_token="any")  # nobody has a token here
    access = speaker.do("validate_feature_access", client_id=client_id, feature="remote_debugger", auth_token="any")
    assert (access["access_granted"], "pro" in access["reason"]) == (False, True)
    assert speaker.do("ping", message="héllo ☃ 𝄞")["message"] == "héllo ☃ 𝄞"
    assert speaker.do("ping")["status"] == "ready"
    speaker.do("describe")
    for part in ("Basic", "Memory", "Packages", "Environment", "All"):
        assert speaker.do("system_info", info_type=part)["info"]
    assert speaker.fail("debug", operation="step", context="x") == "PermissionDenied"
    events = speaker.do("poll_events", after=0, wait=0, limit=2)["events"]
    assert [each["seq"] for each in events] == [1, 2]
    assert speaker.do("clear_context")["cleared"]["variables"] >= 1
    assert speaker.do("close_session", delete=False)["closed"] is True


@pytest.mark.parametrize("dialect", ["command", "envelope"])
def test_every_command_answers_with_the_fields_of_the_contract(tours, dialect):
    answered = set()
    for command, answer in tours[dialect].heard:
        if answer.result is None or answer.result.get("pending"):
            continue
        answered.add(command)
        assert set(RESULTS[command].split()) <= answer.result.keys(), command

    assert answered == set(RESULTS)


@pytest.mark.parametrize("dialect", ["command", "envelope"])
def test_what_stands_within_a_field_is_as_the_contract_says(tours, dialect):
    answers = {command: answer.result for command, answer in tours[dialect].heard if answer.result is not None}
    for path, names in ROWS.items():
        command, _, name = path.partition(".")
        row = answers[command][name]
        first = row[0] if isinstance(row, list) else row
        assert set(names.split()) <= first.keys(), path


def test_the_contract_leaves_no_command_out(tours):
    assert {each["name"] for each in tours["command"].described} == set(RESULTS)


@pytest.mark.parametrize("dialect", ["command", "envelope"])
def test_the_tour_sends_every_parameter_that_is_described(tours, dialect):
    speaker = tours[dialect]
    described = {f"{row['name']}.{each['name']}" for row in speaker.described for each in row["parameters"]}

    assert ", ".join(sorted(described - speaker.sent)) == ""
    beyond = {each for each in speaker.sent - described if each.partition(".")[0] not in NEVER_SUCCEEDS}
    assert {each.partition(".")[2] for each in beyond} == {"session_id", "client_id"} | {
        "auth_token",
        "session_epoch",
    }  # what belongs to every command


def test_a_field_has_one_type_in_all_replies(tours):
    found = defaultdict(set)
    for speaker in tours.values():
        for command, answer in speaker.heard:
            for path, kind in kinds(answer.result or {}, command):
                if not any(f".{each}" in path for each in FREE):
                    found[path].add(kind)

    assert {path: each for path, each in found.items() if len(each - {"NoneType"}) > 1} == {}


def test_times_are_iso_8601_in_utc(tours):
    def check(value, name=""):
        if isinstance(value, dict):
            for key, part in value.items():
                check(part, key)
        elif isinstance(value, list):
            for part in value:
                check(part, name)
        elif name in TIMES and value is not None:
            assert TIME.fullmatch(value), (name, value)

    for speaker in tours.values():
        for _, answer in speaker.heard:
            check(answer.whole)
