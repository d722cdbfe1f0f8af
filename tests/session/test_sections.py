"""The sections of a record are spelled field by field, and read back as what they were made of."""

from types import SimpleNamespace

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors import ston
from stui_actors.config import Settings
from stui_actors.errors import ObjectNotFound
from stui_actors.protocol.messages import Reply
from stui_actors.session.executed import Execution
from stui_actors.session.history import Entry
from stui_actors.session.inspectors import Inspectors
from stui_actors.session.sections import (
    always_text,
    entry_text,
    execution_text,
    facts_text,
    small_sections,
    statistics_text,
)
from stui_actors.session.session import Statistics, new_session

TEXTS = st.text() | st.sampled_from(["'", "\\", "a\nb", "\x00", "\ud800", "$' , #nil"])
TIMES = st.floats(allow_nan=False, allow_infinity=False) | st.integers(min_value=-(10**30), max_value=10**30)
COUNTS = st.integers(min_value=0, max_value=10**20)


@pytest.fixture
def session():
    workspace = SimpleNamespace(inspectors=Inspectors("tag", "1", 10))
    return new_session("a-session-of-ada", "ada", workspace, Settings(), 1.5)


@settings(deadline=None, max_examples=50)
@given(TEXTS, TEXTS, TEXTS, TIMES, TIMES, COUNTS, st.booleans(), st.none() | TEXTS)
def test_what_a_session_is_reads_back_whatever_its_texts_are(
    session_id, client_id, name, at, timeout, version, closed, epoch
):
    made = new_session(session_id, client_id, None, Settings(), at, idle_limit=timeout)
    made.name, made.version, made.closed, made.epoch = name, version, closed, epoch

    assert ston.read(facts_text(made)) == {
        "id": session_id,
        "client_id": client_id,
        "name": name,
        "created_at": at,
        "last_used": at,
        "last_modified": at,
        "timeout": timeout,
        "durability": "strict",
        "version": version,
        "closed": closed,
        "epoch": epoch,
    }


def test_what_a_session_is_called_is_told_as_it_is_now(session):
    before = ston.read(facts_text(session))

    session.id, session.client_id, session.name, session.created_at = "another", "grace", "mine", 2

    named = {"id": "another", "client_id": "grace", "name": "mine", "created_at": 2}
    assert ston.read(facts_text(session)) == {**before, **named}


@settings(deadline=None, max_examples=50)
@given(TEXTS, TEXTS, TIMES, COUNTS, st.none() | TEXTS, st.none() | TEXTS)
def test_an_entry_of_the_history_reads_back(code, mode, at, ms, result, error):
    entry = Entry(7, code, mode, at, ms, result, error)

    read = ston.read(entry_text(entry))

    assert read == {"index": 7, "code": code, "mode": mode, "at": at, "ms": ms, "result": result, "error": error}


@settings(deadline=None, max_examples=50)
@given(TEXTS, st.binary(), TIMES, st.lists(TEXTS), st.dictionaries(TEXTS, st.none() | st.booleans() | TEXTS))
def test_an_executed_request_reads_back_with_its_reply(request_id, content, at, warnings, result):
    execution = Execution(content, at, Reply(result=result, warnings=tuple(warnings)))

    read = ston.read(execution_text(request_id, execution))

    assert read == {"id": request_id, "content": content.hex(), "at": at, "warnings": warnings, "result": result}


def test_an_executed_request_that_was_refused_reads_back_with_its_error():
    execution = Execution(b"", 1.0, Reply(error=ObjectNotFound("It isn't there.", name="x")))

    read = ston.read(execution_text("an-id", execution))

    assert "result" not in read
    assert read["error"]["message"] == "It isn't there."
    assert read["error"]["details"] == {"name": "x"}


def test_all_counters_of_a_session_are_written():
    counters = Statistics(1, 2, 3, 4)

    assert ston.read(statistics_text(counters)) == counters.as_json() == attrs.asdict(counters)


def test_what_did_not_change_is_not_written_anew(session):
    session.client_info = {"platform": "x"}
    first = session.rare.texts(session)

    session.name = "other"
    session.changed(2.0)

    assert session.rare.texts(session) is first


REPLACED = {
    "client_info": lambda session: setattr(session, "client_info", {"a": True}),
    "session_state": lambda session: session.state.merge({"a": True}),
    "workspace_context": lambda session: session.state.replace("workspace_context", {"a": True}),
    "object_registry": lambda session: session.state.replace("object_registry", {"a": True}),
    "inspector_state": lambda session: session.state.replace("inspector_state", {"a": True}),
    "preferences": lambda session: session.state.replace("preferences", {"a": True}),
    "capabilities": lambda session: setattr(session.state, "capabilities", [True]),
    "recovered_from": lambda session: setattr(session, "recovered_from", ("true",)),
}


@pytest.mark.parametrize("name", REPLACED)
def test_what_was_replaced_by_what_python_calls_equal_is_written_anew(session, name):
    before = session.rare.texts(session)
    session.client_info, session.state.session_state, session.state.capabilities = {"a": 1}, {"a": 1}, [1]
    for each in ("workspace_context", "object_registry", "inspector_state", "preferences"):
        session.state.replace(each, {"a": 1})
    equal = session.rare.texts(session)

    REPLACED[name](session)
    after = session.rare.texts(session)

    assert equal != before
    assert "true" in "".join(after[each] for each in ("client_info", "state", "recovered_from"))
    assert [each for each in after if after[each] != equal[each]] == [
        name if name in ("client_info", "recovered_from") else "state"
    ]


def test_inspectors_are_written_each_time_and_once_they_are_closed(session):
    inspectors = session.workspace.inspectors
    assert session.rare.texts(session)["inspectors"] == "[]"
    opened = inspectors.made(3, "mine")
    inspectors.add(opened)
    first = session.rare.texts(session)["inspectors"]

    opened.name = "yours"
    second = session.rare.texts(session)["inspectors"]
    inspectors.close(opened.id)

    assert "mine" in first
    assert "yours" in second
    assert session.rare.texts(session)["inspectors"] == "[]"


def test_what_each_change_replaces_is_told_alone_as_it_is_with_the_rest(session):
    session.version, session.last_used, session.statistics.requests = 7, 2.5, 3
    rare = session.rare.texts(session)

    for final in (False, True):
        always = ston.read("{" + always_text(session, final=final) + "}")
        small = small_sections(session, final=final)

        assert always == {name: ston.read(text) for name, text in small.items() if name not in rare}
        assert len(small) == len(always) + len(rare)
