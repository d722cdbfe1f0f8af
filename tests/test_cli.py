import builtins
import gc
import json
import subprocess
import sys
import threading
from contextlib import nullcontext

import pytest
import zmq

from stui_actors.cli import build_parser, loaded, main
from stui_actors.errors import EvaluationError, ParseError, PermissionDenied, StuiError, UnsupportedOperation
from stui_actors.protocol.codec import Codec
from stui_actors.protocol.messages import Reply
from stui_actors.storage.files import FileStore
from stui_actors.storage.store import SessionKey

pytestmark = pytest.mark.usefixtures("elsewhere")


class FakeServer(threading.Thread):
    """Answers on a port of its own: ping, sessions, and code by a table."""

    def __init__(self):
        super().__init__(daemon=True)
        self.context = zmq.Context()
        self.router = self.context.socket(zmq.ROUTER)
        self.router.linger = 0
        self.endpoint = f"tcp://127.0.0.1:{self.router.bind_to_random_port('tcp://127.0.0.1')}"
        self.stop_at = self.context.socket(zmq.PAIR)
        self.stopper = self.context.socket(zmq.PAIR)
        self.stop_at.bind("inproc://stop")
        self.stopper.connect("inproc://stop")
        self.requests, self.sessions = [], {}

    def run(self):
        poller, codec = zmq.Poller(), Codec()
        poller.register(self.router, zmq.POLLIN)
        poller.register(self.stop_at, zmq.POLLIN)
        while self.stop_at not in dict(poller.poll()):
            connection, payload = self.router.recv_multipart()
            request = codec.decode(payload)
            self.requests.append(request)
            try:
                reply = Reply(result=self.answer(request))
            except StuiError as error:
                reply = Reply(error=error)
            self.router.send_multipart([connection, codec.encode_reply(request, reply, client_id=None, now=0.0)])
        self.router.close()
        self.stop_at.close()

    def answer(self, request):
        if request.command == "ping":
            return {"message": "pong"}
        if request.command == "list_client_sessions":
            return {"sessions": [{"session_id": key, "name": name} for key, name in self.sessions.items()]}
        if request.command == "create_session":
            self.sessions["made"] = request.parameters["name"]
            return {"session_id": "made"}
        return self.evaluated(request.parameters["code"])

    def evaluated(self, code):
        if code == "nil foo":
            raise EvaluationError("nil does not understand #foo", stack_trace="UndefinedObject>>foo")
        if code == "x +":
            raise ParseError("Variable or expression expected", line=1, column=4, caret="x +\n   ^")
        if code == "forbidden":
            raise PermissionDenied("The tier 'free' does not have this.")
        return {"result": {"3 + 4": "7", "x": "1"}[code], "transcript": "hello" if code == "x" else ""}

    def end(self):
        self.stopper.send(b"")
        self.join()
        self.stopper.close()
        self.context.term()


@pytest.fixture
def server():
    running = FakeServer()
    running.start()
    yield running
    running.end()


# The command line itself


def test_asking_for_help_loads_neither_server_nor_client():
    code = "import sys, stui_actors.cli as cli; cli.build_parser().format_help()\n"
    code += "print([name for name in ('trio', 'zmq', 'structlog', 'msgspec') if name in sys.modules])"

    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

    assert done.stdout.strip() == "[]"


def test_help_shows_every_command_and_examples():
    text = build_parser().format_help()

    for name in ("serve", "eval", "sessions", "config", "describe", "token", 'eval -e "3 + 4"'):
        assert name in text


def test_the_version_is_told(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["--version"])

    assert caught.value.code == 0
    assert capsys.readouterr().out.startswith("stui_actors ")


def test_a_wrong_command_line_has_status_2(capsys):
    with pytest.raises(SystemExit) as caught:
        main(["frobnicate"])

    assert caught.value.code == 2


def test_an_error_is_a_sentence_and_its_remedy(capsys):
    assert main(["serve", "--bind", "tcp://0.0.0.0:5555", "--data-dir", "d"]) == 1

    shown = capsys.readouterr().err
    assert shown.splitlines()[0].startswith("error: tcp://0.0.0.0:5555 can be reached by others")
    assert "--insecure" in shown
    assert "Traceback" not in shown


def test_a_traceback_is_shown_only_when_asked_for(capsys):
    assert main(["serve", "--debug", "--bind", "nonsense", "--data-dir", "d"]) == 1

    assert "Traceback" in capsys.readouterr().err


# eval


def test_code_is_evaluated_and_its_result_printed(server, capsys):
    assert main(["eval", "-e", "3 + 4", "--endpoint", server.endpoint]) == 0

    assert capsys.readouterr().out == "7\n"


def test_code_is_read_from_standard_input(server, capsys, monkeypatch):
    import io

    monkeypatch.setattr(sys, "stdin", io.StringIO("3 + 4"))

    assert main(["eval", "--endpoint", server.endpoint]) == 0
    assert capsys.readouterr().out == "7\n"


def test_the_transcript_goes_to_stderr(server, capsys):
    main(["eval", "-e", "x", "--endpoint", server.endpoint])

    shown = capsys.readouterr()
    assert (shown.out, shown.err) == ("1\n", "hello\n")


def test_json_is_a_line_per_result(server, capsys):
    main(["eval", "--json", "-e", "x", "-e", "3 + 4", "--endpoint", server.endpoint])

    assert [json.loads(line)["result"] for line in capsys.readouterr().out.splitlines()] == ["1", "7"]


def test_a_client_has_one_session_for_all_its_calls(server, capsys):
    for _ in range(2):
        assert main(["eval", "--client-id", "ada", "-e", "x", "--endpoint", server.endpoint]) == 0

    assert [each.command for each in server.requests].count("create_session") == 1
    assert [each.session_id for each in server.requests if each.command == "evaluate"] == ["made", "made"]


def test_a_named_session_is_used_as_it_is(server, capsys):
    main(["eval", "--client-id", "ada", "--session", "s1", "-e", "x", "--endpoint", server.endpoint])

    assert [each.command for each in server.requests] == ["ping", "evaluate"]
    assert server.requests[-1].session_id == "s1"


def test_the_token_comes_from_the_environment(server, capsys, monkeypatch):
    monkeypatch.setenv("STUI_TOKEN", "stui_secret")

    main(["eval", "-e", "x", "--endpoint", server.endpoint])

    assert server.requests[-1].auth_token == "stui_secret"


def test_code_that_fails_has_status_1_and_shows_the_stack(server, capsys):
    assert main(["eval", "-e", "nil foo", "--endpoint", server.endpoint]) == 1

    shown = capsys.readouterr()
    assert shown.out == ""
    assert "nil does not understand #foo" in shown.err
    assert "UndefinedObject>>foo" in shown.err


def test_a_refusal_has_status_4(server, capsys):
    assert main(["eval", "-e", "forbidden", "--endpoint", server.endpoint]) == 4

    assert capsys.readouterr().err.startswith("PermissionDenied: ")


def test_a_failure_as_json_names_its_type(server, capsys):
    assert main(["eval", "--json", "-e", "nil foo", "--endpoint", server.endpoint]) == 1

    assert json.loads(capsys.readouterr().out)["error_type"] == "EvaluationError"


def test_no_server_has_status_3_and_a_remedy(capsys, monkeypatch):
    from stui_actors import cli_eval
    from stui_actors.protocol.backoff import Backoff

    monkeypatch.setattr(cli_eval, "QUICK", Backoff(first=0.05, most=0.05, attempts=2))

    assert main(["eval", "-e", "x", "--endpoint", "tcp://127.0.0.1:1"]) == 3
    assert "serve" in capsys.readouterr().err


def test_what_is_no_endpoint_is_told(capsys):
    assert main(["eval", "-e", "x", "--endpoint", "nonsense"]) == 2
    assert "nonsense" in capsys.readouterr().err


def test_a_caret_points_at_what_does_not_parse(server, capsys):
    assert main(["eval", "-e", "x +", "--endpoint", server.endpoint]) == 1

    _, source, caret, advice = capsys.readouterr().err.splitlines()
    assert source.endswith("x +")
    assert caret.index("^") == source.index("+") + 1
    assert "caret" in advice


# sessions


@pytest.fixture
def data(tmp_path):
    store = FileStore(tmp_path / "data")
    store.open()
    store.save(SessionKey("ada", "abc111"), "#one", version=1, reason="create_session", saved_at=1_700_000_000.0)
    store.save(SessionKey("ada", "abc111"), "#two", version=2, reason="evaluate", saved_at=1_700_000_100.0)
    store.save(SessionKey("bob", "abc222"), "#three", version=1, reason="evaluate", saved_at=1_700_000_200.0)
    yield tmp_path / "data"  # open: as while a server runs
    store.close()


def test_sessions_are_listed_while_a_server_runs(data, capsys):
    assert main(["sessions", "list", "--data-dir", str(data)]) == 0

    shown = capsys.readouterr().out
    assert [line.split()[:2] for line in shown.splitlines()] == [
        ["ada", "abc111"],
        ["bob", "abc222"],
        ["2", "sessions"],
    ]


@pytest.mark.parametrize("named", [["bob"], ["--client-id", "bob"]])
def test_the_sessions_of_one_client_are_listed_as_json(data, capsys, named):
    assert main(["sessions", "--data-dir", str(data), "list", *named, "--json"]) == 0

    (row,) = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (row["client_id"], row["session_id"]) == ("bob", "abc222")


def test_a_session_is_shown_by_the_beginning_of_its_id(data, capsys):
    assert main(["sessions", "show", "abc1", "--data-dir", str(data)]) == 0

    shown = capsys.readouterr().out
    assert "ada" in shown
    assert [line.split()[3] for line in shown.splitlines() if line.startswith("generation")] == ["2", "1"]


def test_the_body_of_a_session_is_shown(data, capsys):
    assert main(["sessions", "show", "abc111", "--body", "--data-dir", str(data)]) == 0

    assert capsys.readouterr().out == "#two\n"


@pytest.mark.parametrize("begin", ["abc", "xyz"])
def test_what_names_no_session_or_several_is_refused(data, capsys, begin):
    assert main(["sessions", "show", begin, "--data-dir", str(data)]) == 1


def test_looking_at_sessions_changes_nothing(data, capsys):
    before = sorted((str(each), each.stat().st_mtime_ns) for each in data.rglob("*"))

    main(["sessions", "list", "--data-dir", str(data)])
    main(["sessions", "show", "abc111", "--data-dir", str(data)])

    assert sorted((str(each), each.stat().st_mtime_ns) for each in data.rglob("*")) == before


def test_a_folder_that_is_not_there_is_told_and_not_made(tmp_path, capsys):
    assert main(["sessions", "list", "--data-dir", str(tmp_path / "none")]) == 1

    assert not (tmp_path / "none").exists()


# config


# describe


def test_all_commands_are_described(capsys):
    from stui_actors.commands import COMMANDS

    assert main(["describe"]) == 0

    assert {line.split()[0] for line in capsys.readouterr().out.splitlines()} == {each.name for each in COMMANDS}


def test_one_command_is_described_with_its_parameters(capsys):
    assert main(["describe", "create_session"]) == 0

    shown = capsys.readouterr().out
    rows = {line.split()[0]: line for line in shown.splitlines() if line.startswith("  ")}
    assert "session_epoch" in rows
    assert "client_id" in rows  # required; the others have a question mark
    assert '"strict" | "relaxed"' in rows["durability?"]
    assert "strict unless told" in rows["durability?"]
    assert "``" not in shown
    assert "Every command takes client_id?, session_id?, session_epoch? and auth_token?" in shown


def test_the_description_is_to_be_had_as_json(capsys):
    assert main(["describe", "--json"]) == 0

    assert json.loads(capsys.readouterr().out)["commands"]


def test_an_unknown_command_is_not_described(capsys):
    assert main(["describe", "frobnicate"]) == 1
    assert UnsupportedOperation.error_type not in capsys.readouterr().out


# token


def test_a_token_is_issued_works_and_is_revoked(tmp_path, capsys):
    from stui_actors.auth.credentials import load_accounts

    path = tmp_path / "tokens"
    assert main(["token", "issue", "ada", "--days", "7", "--token-file", str(path)]) == 0
    token = capsys.readouterr().out.strip()
    assert load_accounts(path).matching("ada", token, 0.0) is not None

    assert main(["token", "--token-file", str(path), "revoke", "ada"]) == 0

    assert load_accounts(path).matching("ada", token, 0.0) is None
    assert main(["token", "--token-file", str(path), "revoke", "ada"]) == 1


@pytest.mark.parametrize(
    ("arguments", "remedy"),
    [
        (["issue", "ada"], "--token-file"),
        (["issue", "../x", "--token-file", "t"], "1 to 64"),
        (["issue", "ada", "--tier", "gold", "--token-file", "t"], "There are"),
        (["issue", "ada", "--days", "0", "--token-file", "t"], "above zero"),
        (["issue", "ada", "--days", "-3", "--token-file", "t"], "above zero"),
        (["issue", "ada", "--days", "inf", "--token-file", "t"], "above zero"),
        (["issue", "ada", "--days", "nan", "--token-file", "t"], "above zero"),
    ],
)
def test_a_token_that_makes_no_sense_is_refused(arguments, remedy, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)

    assert main(["token", *arguments]) == 1

    told = capsys.readouterr()
    assert told.out == ""
    assert remedy in told.err
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize("was_enabled", [True, False])
@pytest.mark.parametrize("source", ["", "raise ImportError"])
def test_no_garbage_is_looked_for_while_a_command_is_loaded(tmp_path, monkeypatch, was_enabled, source):
    name = f"loaded_once_{was_enabled}_{bool(source)}"
    (tmp_path / f"{name}.py").write_text(f"import builtins, gc\nbuiltins.{name} = gc.isenabled()\n{source}")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(builtins, name, None, raising=False)
    given = gc.isenabled()
    (gc.enable if was_enabled else gc.disable)()
    try:
        with pytest.raises(ImportError) if source else nullcontext():
            loaded(name)
        after = gc.isenabled()
    finally:
        (gc.enable if given else gc.disable)()

    assert vars(builtins)[name] is False
    assert after is was_enabled
