"""``doctor``: what it finds, what it advises, and its exit status."""

import pytest

from stui_actors.cli import main
from tests.e2e.conftest import Server


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    folder = tmp_path_factory.mktemp("doctor") / "data"
    folder.mkdir()
    with Server(folder) as running:
        yield running


def examine(server, capsys, *arguments, endpoint=None):
    status = main(["doctor", "--endpoint", endpoint or server.endpoint, "--data-dir", str(server.data_dir), *arguments])
    return status, capsys.readouterr().out


def test_a_server_that_is_well_is_said_to_be(server, capsys):
    status, said = examine(server, capsys)

    assert status == 0
    assert "FAIL" not in said
    assert f"ready on {server.endpoint}, round trip" in said
    assert "full ones of garbage, " in said
    assert "none since the start" in said
    assert f"{server.data_dir}, 0 sessions" in said


def test_where_no_server_answers_the_remedy_is_told(server, capsys, tmp_path):
    status, said = examine(server, capsys, endpoint=f"ipc://{tmp_path}/nobody")

    assert status == 1
    assert "FAIL  server         none answers" in said
    assert "stui_actors serve" in said


def test_a_wrong_setting_is_told_with_its_place_and_the_rest_is_looked_at_all_the_same(server, capsys, tmp_path):
    config = tmp_path / "stui.toml"
    config.write_text("[session]\ntimeot = 3\n")
    status, said = examine(server, capsys, "--config", str(config))

    assert status == 1
    assert f"{config}:2" in said
    assert "round trip" in said


def test_each_setting_that_is_not_the_default_is_told_with_its_source(server, capsys, tmp_path, monkeypatch):
    monkeypatch.setenv("STUI_SESSION__TIMEOUT", "60")
    _, said = examine(server, capsys)

    assert "session.timeout = 60.0  (STUI_SESSION__TIMEOUT)" in said


def test_a_data_folder_that_is_not_there_yet_is_no_fault(server, capsys, tmp_path):
    status, said = examine(server, capsys, "--data-dir", str(tmp_path / "none"))

    assert status == 0
    assert "is not there yet" in said


def test_what_is_no_endpoint_is_told(server, capsys):
    status, said = examine(server, capsys, endpoint="nonsense")

    assert status == 1
    assert "nonsense" in said


def test_a_data_folder_that_is_a_file_is_a_fault(server, capsys, tmp_path):
    (tmp_path / "file").write_text("")
    status, said = examine(server, capsys, "--data-dir", str(tmp_path / "file"))

    assert status == 1
    assert "is not a folder" in said
