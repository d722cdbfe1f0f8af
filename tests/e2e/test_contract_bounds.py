"""Numbers that a request may carry: below their range refused by path, above it capped, and the reply says so."""

import pytest
import zmq

from .contract import Speaker

CLASS, METHOD = {"class_name": "Object"}, {"selector": "size"}
COUNTS = {  # command, parameter: the other parameters, and a value above the most
    ("complete", "limit"): ({"prefix": "O"}, 10**6),
    ("evaluate", "max_output"): ({"code": "3"}, 10**9),
    ("get_class_tree", "depth"): (CLASS, 10**6),
    ("get_history", "limit"): ({}, 10**6),
    ("implementors_of", "limit"): (METHOD, 10**6),
    ("inspect", "count"): ({"target": "#(1 2)"}, 10**6),
    ("inspect", "depth"): ({"target": "#(1 2)"}, 10**6),
    ("inspector_open", "count"): ({"target": "#(1 2)"}, 10**6),
    ("list_classes", "limit"): ({}, 2**60),
    ("list_classes", "offset"): ({}, 2**60),
    ("poll_events", "after"): ({}, 2**60),
    ("poll_events", "limit"): ({}, 10**6),
    ("search_classes", "limit"): ({"query": "O"}, 10**6),
    ("search_methods", "limit"): ({"query": "size"}, 10**6),
    ("senders_of", "limit"): (METHOD, 10**6),
    ("session_history", "limit"): ({}, 2**60),
}
CASES = [pytest.param(*key, *value, id=".".join(key)) for key, value in COUNTS.items()]


@pytest.fixture(scope="module")
def ada(server):
    with Speaker(server.endpoint, "command", zmq.REQ) as speaker:
        speaker.do("create_session", client_id="ada-of-the-bounds")
        yield speaker


@pytest.mark.parametrize(("command", "name", "others", "too_much"), CASES)
def test_a_count_has_the_same_bounds_wherever_it_stands(ada, command, name, others, too_much):
    version = ada.do("get_session_info")["version"]

    refused = ada.ask(command, **others, **{name: -1})
    assert ada.do("get_session_info")["version"] == version
    taken = ada.ask(command, **others, **{name: 0})
    capped = ada.ask(command, **others, **{name: too_much})

    assert (refused.error_type, refused.details["path"]) == ("InvalidRequest", f"parameters.{name}")
    assert "at least 0" in refused.message
    assert (taken.error_type, capped.error_type) == (None, None)
    assert any(f"`parameters.{name}` was capped to" in warning for warning in capped.warnings)
    assert not any("capped" in warning for warning in taken.warnings)


@pytest.mark.parametrize("start", [0, -5, 2**60])
@pytest.mark.parametrize("command", ["inspect", "inspector_open"])
def test_a_page_begins_at_one_or_the_reply_says_so(ada, command, start):
    answer = ada.ask(command, target="#(1 2)", start=start)

    assert answer.error_type is None
    assert any("`parameters.start` was" in warning for warning in answer.warnings)
    if command == "inspect":
        assert [each["value"] for each in answer.result["elements"]] == (["1", "2"] if start < 1 else [])


@pytest.mark.parametrize(
    ("command", "parameters", "helps"),
    [
        ("load_context", {"name": "never"}, "save_context"),
        ("rollback_session", {"version": 10**6}, "session_history"),
        ("inspector_close", {"inspector_id": "never"}, "inspector_list"),
        ("inspect", {"object_id": "never"}, "Evaluate again"),
        ("browse_class", {"class_name": "Never"}, "list_classes"),
        ("get_method", {"class_name": "Object", "method_name": "never"}, "browse_class"),
        ("evaluate", {"code": "3 +"}, "caret"),
        ("define_class", {"definition": "3 + 4"}, "Object <<"),
    ],
)
def test_an_error_suggests_what_helps(ada, command, parameters, helps):
    assert helps in ada.ask(command, **parameters).whole["suggestion"]


@pytest.mark.parametrize(
    ("command", "others"),
    [
        ("evaluate", {"code": "leak := 3"}),
        ("inspector_evaluate", {"code": "3", "inspector_id": "none"}),
        ("poll_events", {}),
        ("get_result", {"request_id": "none"}),
    ],
)
def test_a_wait_below_zero_is_refused_and_costs_the_client_nothing(ada, command, others):
    before = ada.do("get_session_info")["version"], len(ada.do("get_history")["entries"])

    for _ in range(5):  # more often than a failing actor would be started again
        refused = ada.ask(command, **others, wait=-0.5)
        assert (refused.error_type, refused.details["path"]) == ("InvalidRequest", "parameters.wait")

    assert (ada.do("get_session_info")["version"], len(ada.do("get_history")["entries"])) == before
    assert ada.do("evaluate", code="3 + 4")["result"] == "7"


def test_who_would_wait_for_a_result_later_names_the_request(ada):
    ada.client.socket.send_json({"command": "evaluate", "parameters": {"code": "late := 3", "wait": 0}})
    refused = ada.client.socket.recv_json()

    assert (refused["error_type"], refused["details"]["path"]) == ("InvalidRequest", "id")
    assert not ada.do("complete", prefix="late")["items"]


def test_a_name_has_the_same_bound_in_a_new_session_as_in_an_old_one(ada):
    sessions = ada.do("list_client_sessions")["session_count"]

    created = ada.ask("create_session", client_id="ada-of-the-bounds", name="x" * 201)
    renamed = ada.ask("rename_session", name="x" * 201)

    assert (created.error_type, created.details["path"]) == ("InvalidRequest", "parameters.name")
    assert (renamed.error_type, renamed.details["path"]) == ("InvalidRequest", "parameters.name")
    assert ada.do("list_client_sessions")["session_count"] == sessions


def test_a_cap_is_told_in_plain_digits(ada):
    capped = ada.ask("create_session", client_id="bob-of-the-bounds", timeout=10**12)

    assert "`parameters.timeout` was capped to 2592000" in capped.warnings
