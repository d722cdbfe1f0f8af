"""The rules of the architecture hold, and each of them can fail."""

import ast
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "stui_actors"
MAY_OPEN_FILES = {"storage", "auth", "config.py", "cli.py", "cli"}
OPENING = {"read_text", "read_bytes", "write_text", "write_bytes"}
READS_THE_PACKAGE_ITSELF = "smalltalk/library.py"  # the class library, by importlib.resources

PLANTED = {
    "Imports point down": ("errors.py", "import stui_actors.settings"),
    "Trio is spoken in the upper layers only": ("session/events.py", "import trio"),
    "ZeroMQ is spoken in transport only": ("actors/job.py", "import zmq"),
    "JSON is spoken in protocol only": ("storage/names.py", "import json"),
    "Files are opened in storage, config and auth only": ("ston/values.py", "import os"),
}


def contracts():
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    return {contract["name"] for contract in settings["tool"]["importlinter"]["contracts"]}


def judged(tree):
    """What import-linter says of each contract in ``tree``."""
    program = "from importlinter.cli import lint_imports_command; lint_imports_command()"
    command = [sys.executable, "-c", program, "--no-cache"]
    environment = os.environ | {"PYTHONPATH": str(tree), "COLUMNS": "200"}
    text = subprocess.run(command, cwd=tree, env=environment, capture_output=True, text=True, check=False).stdout
    verdicts = {name: word for line in text.splitlines() for name, word in [line.rpartition(" ")[::2]]}
    assert contracts() <= verdicts.keys(), text
    return {name: verdicts[name] for name in contracts()}


@pytest.fixture
def copy(tmp_path):
    shutil.copytree(PACKAGE, tmp_path / "stui_actors", ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    return tmp_path


def test_each_contract_is_broken_by_one_import_of_its_kind(copy):
    assert PLANTED.keys() == contracts()
    for path, line in PLANTED.values():
        module = copy / "stui_actors" / path
        module.write_text(module.read_text() + f"\n{line}\n")

    assert set(judged(copy).values()) == {"BROKEN"}


def test_no_contract_is_broken_as_the_tree_stands(copy):
    assert set(judged(copy).values()) == {"KEPT"}


def openings(tree):
    """The lines of ``tree`` that open a file by a builtin or a path's method."""
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    return [call.lineno for call in calls if is_opening(call.func)]


def is_opening(called):
    if isinstance(called, ast.Name):
        return called.id == "open"
    return isinstance(called, ast.Attribute) and called.attr in OPENING


def test_files_are_opened_where_files_belong():
    found = {
        f"{path.relative_to(PACKAGE)}:{line}"
        for path in PACKAGE.rglob("*.py")
        if path.relative_to(PACKAGE).parts[0] not in MAY_OPEN_FILES and path != PACKAGE / READS_THE_PACKAGE_ITSELF
        for line in openings(ast.parse(path.read_text()))
    }

    assert found == set()


@pytest.mark.parametrize("line", ["open('x')", "Path('x').read_text()", "self.path.write_bytes(b'')"])
def test_the_search_for_opened_files_finds_them(line):
    assert openings(ast.parse(line)) == [1]


def test_no_file_and_no_function_is_longer_than_style_allows():
    too_long = {}
    for path in [*PACKAGE.rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "tools").rglob("*.py")]:
        text = path.read_text()
        if text.count("\n") > 400:
            too_long[str(path.relative_to(ROOT))] = text.count("\n")
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                lines = node.end_lineno - node.lineno + 1
                if lines > 40:
                    too_long[f"{path.relative_to(ROOT)}:{node.lineno} {node.name}"] = lines

    assert too_long == {}
