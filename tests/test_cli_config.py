"""The command line: what it says of the configuration."""

import pytest

from stui_actors.cli import main

pytestmark = pytest.mark.usefixtures("elsewhere")


def test_a_wrong_setting_is_told_with_its_line(tmp_path, capsys):
    (tmp_path / "stui.toml").write_text("[server]\n\nbond = 1\n")

    assert main(["config", "validate"]) == 1
    assert "stui.toml:3" in capsys.readouterr().err


def test_every_setting_is_shown_with_its_source_as_a_file_that_means_the_same(tmp_path, capsys, monkeypatch):
    from stui_actors.config import load_settings

    monkeypatch.setenv("STUI_SESSION__RETENTION", "77")
    (tmp_path / "stui.toml").write_text('[server]\nbind = "tcp://127.0.0.1:7777"\ndata_dir = "/data"\n')

    assert main(["config", "show"]) == 0

    shown = capsys.readouterr().out
    assert 'bind = "tcp://127.0.0.1:7777"  # stui.toml:2' in shown
    assert "retention = 77.0  # STUI_SESSION__RETENTION" in shown
    assert "backlog = 4096  # default" in shown
    again = tmp_path / "again.toml"
    again.write_text(shown)
    assert load_settings(again, {}, {}) == load_settings(tmp_path / "stui.toml", {"STUI_SESSION__RETENTION": "77"}, {})


def test_the_configuration_in_use_is_named(tmp_path, capsys, monkeypatch):
    assert main(["config", "path"]) == 0
    assert "none" in capsys.readouterr().out
    (tmp_path / "stui.toml").write_text("")
    main(["config", "path"])
    assert capsys.readouterr().out.strip() == str(tmp_path / "stui.toml")
    monkeypatch.setenv("STUI_CONFIG", str(tmp_path / "other.toml"))
    main(["config", "path"])
    assert capsys.readouterr().out.strip() == str(tmp_path / "other.toml")


def test_a_configuration_is_begun_with_every_key_and_none_is_written_over(tmp_path, capsys):
    from stui_actors.config import load_settings, template

    assert main(["config", "init"]) == 0
    assert (tmp_path / "stui.toml").read_text() == template()
    (tmp_path / "stui.toml").write_text("[session]\ntimeout = 600\n")

    again = main(["config", "init"])
    elsewhere = main(["config", "init", "--config", "new.toml"])
    nowhere = main(["config", "init", "--config", "no/new.toml"])

    assert (again, elsewhere, nowhere) == (1, 0, 1)
    assert (tmp_path / "stui.toml").read_text() == "[session]\ntimeout = 600\n"
    assert load_settings(tmp_path / "new.toml", {}, {}) == load_settings(None, {}, {})
    told = capsys.readouterr().err
    assert "stui.toml is there already" in told
    assert "no/new.toml: cannot be written: No such file or directory" in told


@pytest.mark.parametrize("place", [1, 2, 3])
def test_the_configuration_file_may_be_named_before_and_after_the_action(tmp_path, capsys, place):
    (tmp_path / "bad.toml").write_text("[session]\ntimout = 3\n")
    arguments = ["config", "validate"]
    arguments[min(place, 2) : min(place, 2)] = ["--config", "bad.toml"]

    assert main(arguments) == 1
    assert "bad.toml:2" in capsys.readouterr().err


def test_a_file_that_is_not_there_is_told_with_what_to_do(capsys):
    assert main(["config", "validate", "--config", "none.toml"]) == 1

    fault, advice = capsys.readouterr().err.splitlines()
    assert "none.toml: cannot be read" in fault
    assert "--config" in advice


def test_a_data_folder_that_is_a_file_is_told_with_what_to_do(tmp_path, capsys):
    (tmp_path / "file").write_text("")

    assert main(["serve", "--bind", f"ipc://{tmp_path}/socket", "--data-dir", str(tmp_path / "file")]) == 1

    fault, advice = capsys.readouterr().err.splitlines()
    assert "is not a folder" in fault
    assert "--data-dir" in advice


def test_a_data_folder_that_cannot_be_made_is_told_with_what_to_do(tmp_path, capsys):
    (tmp_path / "file").write_text("")

    assert main(["serve", "--bind", f"ipc://{tmp_path}/socket", "--data-dir", str(tmp_path / "file" / "data")]) == 1

    fault, advice = capsys.readouterr().err.splitlines()
    assert "cannot be opened" in fault
    assert "--data-dir" in advice


def test_a_right_configuration_is_valid(capsys):
    assert main(["config", "validate"]) == 0
