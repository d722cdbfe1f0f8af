"""No id leads out of its folder, and no two ids into one."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.storage.names import client_folder, generation_name, read_generation_name, session_folder

SAME = settings(derandomize=True, deadline=None)  # the same examples in every run
SAFE = re.compile(r"[a-z0-9][a-z0-9._-]*|~[0-9a-f]{40}")
SAFE_SESSION = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*|~[0-9a-f]{40}")


@pytest.mark.parametrize("client_id", ["ada", "a", "0", "ada.lovelace", "a-b_c", "x" * 64, "console", "comet", "a.nul"])
def test_a_harmless_name_in_lower_case_is_its_own_folder(client_id: str) -> None:
    assert client_folder(client_id) == client_id


@pytest.mark.parametrize(
    "client_id",
    [
        "",
        ".",
        "..",
        "../x",
        "/etc",
        "a/b",
        "a\\b",
        "%2e%2e/",
        "~x",
        "-x",
        "_x",
        ".x",
        "a.",
        "a ",
        " a",
        "a\0b",
        "a\n",
        "a\n/x",
        "Alice",
        "ALICE",
        "ada@home",
        "a:b",
        "con",
        "nul.txt",
        "aux",
        "com1",
        "lpt9.log",
        "x" * 65,
        "x" * 1_000_000,
        "é",
        "e\u0301",
        "ａｄａ",
        "\ud800",
        "~" + "0" * 40,
    ],
)
def test_any_other_name_becomes_a_digest(client_id: str) -> None:
    folder = client_folder(client_id)
    assert re.fullmatch(r"~[0-9a-f]{40}", folder)


def test_names_that_look_alike_have_folders_of_their_own() -> None:
    names = ["alice", "Alice", "ALICE", "alice ", "alice.", "é", "e\u0301", "a/b", "a\\b", "", "\0"]
    assert len({client_folder(name) for name in names}) == len(names)


@SAME
@given(st.text())
def test_whatever_the_id_the_folder_is_one_safe_name(name: str) -> None:
    assert SAFE.fullmatch(client_folder(name))
    assert SAFE_SESSION.fullmatch(session_folder(name))


@pytest.mark.parametrize("session_id", ["Ab-_9", "x" * 128, "A" * 22 + "-0123456789abcdef"])
def test_a_session_id_is_its_own_folder(session_id: str) -> None:
    assert session_folder(session_id) == session_id


@pytest.mark.parametrize("session_id", ["", "..", "-a", "a/b", "a.b", "nul", "CON", "x" * 129, "a\n"])
def test_any_other_session_id_becomes_a_digest(session_id: str) -> None:
    assert session_folder(session_id).startswith("~")


@SAME
@given(st.integers(1, 10**18 - 1), st.floats(0, 253402300799))
def test_a_generations_name_is_read_back_to_the_second(number: int, saved_at: float) -> None:
    named = generation_name("ada", number, saved_at)
    assert read_generation_name(named.text) == named
    assert (named.number, named.saved_at) == (number, int(saved_at))


@pytest.mark.parametrize("saved_at", [-1.0, 1e18])
def test_a_time_that_no_stamp_can_tell_is_told_by_the_nearest(saved_at: float) -> None:
    named = generation_name("ada", 1, saved_at)
    assert read_generation_name(named.text) == named


@pytest.mark.parametrize(
    "name",
    [
        "",
        "session_ada_20260101T120000Z-0.ston",
        "session_ada_20260101T120000Z-01.ston",
        "session_ada_20261301T120000Z-1.ston",
        "session_ada_20260101T120000Z-1.ston.1",
        "session_ada_20260101T120000Z-1.ston\n",
        "session_ada_20260101T120000Z-.ston",
        "session_ada_20260101T120000Z--1.ston",
        "session_ada_２０２６0101T120000Z-1.ston",
        "session__20260101T120000Z-1.ston",
        "session_ada_20260101T120000Z-9999999999999999999.ston",
        "x" * 10_000,
    ],
)
def test_other_names_are_no_generations(name: str) -> None:
    assert read_generation_name(name) is None
