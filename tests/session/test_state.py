"""What a client keeps in its session for itself."""

import pytest

from stui_actors.session.state import ClientState


def test_changes_are_merged_by_top_level_key_and_null_removes_one():
    state = ClientState(session_state={"a": {"deep": 1}, "b": 2})

    state.merge({"a": {"other": 3}, "b": None, "c": [None]})

    assert state.session_state == {"a": {"other": 3}, "c": [None]}


def test_a_copy_is_not_changed_with_its_original():
    state = ClientState(session_state={"a": 1})
    copy = state.copy()

    state.merge({"a": 2})

    assert copy.session_state == {"a": 1}


def test_only_the_five_names_can_be_replaced():
    with pytest.raises(KeyError):
        ClientState().replace("version", {})


def test_state_comes_back_from_json():
    state = ClientState(preferences={"theme": "dark"}, capabilities=["events"])

    assert ClientState.from_json(state.as_json()).as_json() == state.as_json()
