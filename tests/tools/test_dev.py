import runpy
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

import dev

DEV = Path(dev.__file__)


def run(*arguments, isolated=True):
    command = [sys.executable, *(["-I"] if isolated else []), str(DEV), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_help_names_every_command_without_setting_anything_up():
    words = run("--help").stdout

    assert all(f"  {name} " in words for name in dev.COMMANDS)


def test_an_unknown_command_is_refused():
    ended = run("sevre")

    assert ended.returncode == 2
    assert "sevre" in ended.stderr


def test_an_old_python_reads_a_word_and_no_traceback(monkeypatch):
    monkeypatch.setattr(sys, "version_info", (3, 10, 4))

    with pytest.raises(SystemExit, match=r"needs Python 3\.11 or later"):
        runpy.run_path(str(DEV))


@pytest.fixture
def installed():
    """What was installed, in order."""
    return []


@pytest.fixture
def tree(tmp_path, monkeypatch, installed):
    """A tree of its own, in which installing is writing down what would be installed."""
    (tmp_path / "requirements.txt").write_text("a==1\n")
    (tmp_path / "pyproject.toml").write_text("[project]\n")
    monkeypatch.setattr(dev, "ROOT", tmp_path)
    monkeypatch.setattr(dev, "LOCK_FILE", tmp_path / "requirements.txt")
    monkeypatch.setattr(dev, "ENVIRONMENTS", tmp_path / "environments")

    def create(home, **_):
        home.mkdir(parents=True)

    monkeypatch.setattr(dev.venv, "create", create)
    monkeypatch.setattr(dev, "pip", lambda home, *arguments: installed.append((home, arguments)))
    return tmp_path


def test_the_environment_is_made_once_and_used_again(tree, installed):
    first = dev.environment()
    made = len(installed)

    assert dev.environment() == first
    assert len(installed) == made == 2  # what is pinned, and the project


def test_another_lock_makes_another_environment_and_leaves_the_first(tree):
    first = dev.environment()
    (tree / "requirements.txt").write_text("a==2\n")

    second = dev.environment()

    assert second != first
    assert first.exists()


def test_the_usual_name_points_to_the_environment_in_use(tree):
    dev.environment()
    (tree / "requirements.txt").write_text("a==2\n")

    second = dev.environment()

    assert (tree / ".venv").resolve() == second.resolve()


def test_an_environment_of_the_developers_own_is_left_alone(tree):
    (tree / ".venv").mkdir()

    dev.environment()

    assert not (tree / ".venv").is_symlink()


def test_a_changed_project_file_installs_the_project_anew_and_nothing_else(tree, installed):
    first = dev.environment()
    (tree / "pyproject.toml").write_text("[project]\nname = 'other'\n")

    assert dev.environment() == first
    assert [arguments[0] for _, arguments in installed] == ["--require-hashes", "--no-deps", "--no-deps"]


def test_an_environment_that_was_not_completed_is_made_anew(tree, installed, monkeypatch):
    def fail(home, *arguments):
        raise SystemExit("no network")

    with monkeypatch.context() as broken:
        broken.setattr(dev, "pip", fail)
        with pytest.raises(SystemExit):
            dev.environment()
    monkeypatch.setattr(dev.venv, "create", lambda home, **_: None)

    dev.environment()

    assert [arguments[0] for _, arguments in installed] == ["--require-hashes", "--no-deps"]


def test_two_at_once_make_the_environment_once(tree, installed, monkeypatch):
    quick = dev.pip

    def slow(home, *arguments):
        time.sleep(0.02)  # the other one is to come meanwhile
        quick(home, *arguments)

    monkeypatch.setattr(dev, "pip", slow)
    both = [threading.Thread(target=dev.environment) for _ in range(2)]
    for each in both:
        each.start()
    for each in both:
        each.join()

    assert len(installed) == 2


class Programs:
    """Stands for ``subprocess.run``: notes what was run and ends it as told."""

    def __init__(self, **statuses):
        self.statuses = statuses
        self.run_ones = []
        self.variables = None  # those of the last one

    def run(self, command, env=None, **_):
        self.run_ones.append(command)
        self.variables = env
        return subprocess.CompletedProcess(command, self.statuses.get(command[2], 0))  # python -m NAME


@pytest.mark.parametrize(
    ("statuses", "status"), [({}, 0), ({"pytest": 1}, 1), ({"mypy": 1}, 1), ({"pytest": 5, "ruff": 1}, 5)]
)
def test_the_exit_status_of_test_is_that_of_the_tests_or_of_a_failed_check(monkeypatch, tmp_path, statuses, status):
    programs = Programs(**statuses)
    monkeypatch.setattr(dev.subprocess, "run", programs.run)

    with pytest.raises(SystemExit) as ended:
        dev.test(tmp_path, [])

    assert ended.value.code == status
    assert programs.run_ones[-1][2] == "pytest"  # whose summary so ends the output


@pytest.mark.parametrize(
    ("arguments", "long", "covered"),
    [([], False, False), (["--long"], True, True), (["tests/tools"], False, False), (["--long", "-x"], True, False)],
)
def test_long_tests_run_when_asked_and_coverage_counts_for_the_whole_long_suite_only(
    monkeypatch, tmp_path, arguments, long, covered
):
    programs = Programs()
    monkeypatch.setattr(dev.subprocess, "run", programs.run)

    with pytest.raises(SystemExit):
        dev.test(tmp_path, arguments)

    assert ("not long" not in programs.run_ones[-1]) is long
    assert ("--cov" in programs.run_ones[-1]) is covered


@pytest.mark.parametrize(
    ("variables", "expected"),
    [
        ({"HOME": "/h"}, {"HOME": "/h"}),
        ({"PYTHONDONTWRITEBYTECODE": ""}, {}),  # which Python takes for unset
        ({"PYTHONDONTWRITEBYTECODE": "1"}, {"PYTHONPYCACHEPREFIX": str(dev.BYTECODE)}),
        ({"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPYCACHEPREFIX": "/p"}, {"PYTHONPYCACHEPREFIX": "/p"}),
    ],
)
def test_what_is_compiled_is_kept_but_not_beside_the_sources_of_who_does_not_want_that(variables, expected):
    assert dev.with_bytecode(variables) == expected


def test_the_tests_run_with_what_was_compiled_before(monkeypatch, tmp_path):
    programs = Programs()
    monkeypatch.setattr(dev.subprocess, "run", programs.run)
    monkeypatch.setenv("PYTHONDONTWRITEBYTECODE", "1")
    monkeypatch.delenv("PYTHONPYCACHEPREFIX", raising=False)

    with pytest.raises(SystemExit):
        dev.test(tmp_path, [])

    assert "PYTHONDONTWRITEBYTECODE" not in programs.variables
    assert programs.variables["PYTHONPYCACHEPREFIX"] == str(dev.BYTECODE)


def test_an_environment_is_known_again_from_inside(monkeypatch, tmp_path):
    outside = dev.digest(dev.LOCK_FILE)

    monkeypatch.setattr(sys, "executable", str(tmp_path / "bin" / "python"))
    monkeypatch.setattr(sys, "prefix", str(tmp_path))

    assert dev.digest(dev.LOCK_FILE) == outside
