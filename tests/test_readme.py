"""What README.rst tells to type is typed, and must do what README.rst says that it does."""

import json
import os
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest

import dev
from tests.e2e.conftest import Client, Server

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.rst").read_text(encoding="utf-8")
DEFAULT_ENDPOINT = "tcp://127.0.0.1:5555"
PAGES = [README, *(path.read_text(encoding="utf-8") for path in (ROOT / "CONTRIBUTING.rst", *ROOT.glob("docs/*.rst")))]


def blocks(kind, text=README):
    """The code blocks of one kind, without their indentation, in order."""
    found = re.finditer(rf"^\.\. code-block:: {kind}\n\n((?:    .*\n|\n)+)", text, re.MULTILINE)
    return [re.sub(r"^    ", "", match[1], flags=re.MULTILINE).strip() for match in found]


def run(command, endpoint):
    """Type a command of the README, against the test's own server."""
    python, *arguments = shlex.split(command)
    assert python == "python"
    environment = os.environ | {"STUI_SERVER__BIND": endpoint}
    if "eval" in arguments:
        arguments += ["--endpoint", endpoint]
    ended = subprocess.run(
        [sys.executable, *arguments], env=environment, capture_output=True, text=True, check=False, timeout=60
    )
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with Server(tmp_path_factory.mktemp("readme") / "sessions") as running:
        yield running


def test_the_first_evaluation_prints_what_the_readme_shows(server):
    command, shown = blocks("console")[0].splitlines()

    assert run(command.removeprefix("$ "), server.endpoint).strip() == shown


def test_the_thirty_second_wonder_works_as_told(server):
    define, kill, start, look = (line.removeprefix("$ ") for line in blocks("console")[1].splitlines())
    assert kill.startswith("kill -9")
    assert start == "python3 tools/dev.py serve"

    before = run(define, server.endpoint)
    server.kill()
    server.start()

    assert run(look, server.endpoint) == before
    assert "42" in before


def test_serve_prints_what_the_readme_shows(server):
    listening, hint, stop = blocks("text")[0].splitlines()
    printed = (server.data_dir.parent / f"{server.data_dir.name}.log").read_text()

    here = listening.replace(DEFAULT_ENDPOINT, server.endpoint).replace("in sessions (", f"in {server.data_dir} (")
    assert here in printed
    assert hint.replace("eval ", f"eval --endpoint {server.endpoint} ") in printed
    assert stop in printed


def test_the_python_client_prints_what_the_readme_shows(server, tmp_path):
    program = tmp_path / "client.py"
    program.write_text(blocks("python")[0].replace(DEFAULT_ENDPOINT, server.endpoint))

    ended = subprocess.run([sys.executable, str(program)], capture_output=True, text=True, check=True, timeout=60)

    assert ended.stdout.strip() == next(text for text in blocks("text") if text.isdecimal())


def test_the_requests_of_the_one_screen_protocol_are_answered_as_shown(server):
    create, evaluate, mistake = (json.loads(text) for text in blocks("json"))
    with Client(server.endpoint) as client:
        replies = []
        for request in (create, evaluate, mistake):
            client.send(request)
            replies.append(client.receive())

    assert replies[0]["result"]["session_id"]
    assert (replies[1]["id"], replies[1]["result"]["result"]) == ("2", "7")
    assert replies[1]["result"]["result_type"] == "SmallInteger"
    assert (replies[2]["error_type"], replies[2]["retryable"]) == ("ParseError", False)
    assert (replies[2]["details"]["line"], replies[2]["details"]["column"]) == (1, 4)


@pytest.mark.parametrize(
    "command", sorted({name for page in PAGES for name in re.findall(r"tools/dev\.py (\w+)", page)})
)
def test_every_dev_command_of_the_documentation_exists(command):
    assert command in dev.COMMANDS


@pytest.mark.parametrize(
    "command", sorted({name for page in PAGES for name in re.findall(r"-m stui_actors (\w+)", page)})
)
def test_every_command_line_of_the_documentation_has_its_help(command):
    ended = subprocess.run(
        [sys.executable, "-m", "stui_actors", command, "--help"],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )

    assert ended.returncode == 0
    assert "--help" in ended.stdout


def test_every_page_that_the_readme_points_to_is_there():
    pages = re.findall(r"<([\w./]+)>`_", README)

    assert pages
    assert [page for page in pages if not (ROOT / page).exists()] == []


def test_the_limits_of_the_readme_are_the_defaults():
    from stui_actors.settings import EvaluationSettings, ServerSettings, SessionSettings

    server, session, evaluation = ServerSettings(), SessionSettings(), EvaluationSettings()
    told = " ".join(README.partition("Limits\n------")[2].partition("Figures\n")[0].split())
    assert f"clients at once - {server.max_clients:,} " in told
    assert f"attached sessions of a client - {session.max_sessions_per_client} " in told
    assert f"one message - {server.max_message_bytes >> 20} MiB" in told
    assert f"- {evaluation.timeout:g} s, {evaluation.max_memory >> 20} MB, {evaluation.max_depth:,} calls deep" in told
    assert f"integers of {evaluation.max_integer_bits:,} bits, {evaluation.max_output // 10**6} MB of output" in told
    assert f"requests of one session under way - {session.max_in_flight} " in told
    assert f"one session on disk - {session.max_session_bytes >> 20} MB" in told
    assert session.timeout == 3600
    assert session.retention == 30 * 86400
