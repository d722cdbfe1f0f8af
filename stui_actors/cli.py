"""The command line: what can be asked, and how errors look. Each command is a module, loaded when asked for."""

import argparse
import gc
import os
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, TypeAlias

from stui_actors import __version__
from stui_actors.errors import SessionCorrupt, StuiError

if TYPE_CHECKING:
    Commands: TypeAlias = argparse._SubParsersAction[argparse.ArgumentParser]

SERVER_DEFAULT = "tcp://127.0.0.1:5555"
FAILED = 1  # the exit status of what went wrong; argparse itself uses 2 for a wrong command line
INTERRUPTED = 130
EXAMPLES = """examples:
  python -m stui_actors                          serve on 127.0.0.1, files under ./sessions
  python -m stui_actors eval -e "3 + 4"          ask a running server
  python -m stui_actors eval --client-id ada -e "x := 42"
  python -m stui_actors sessions list            what is stored, also while a server runs
  python -m stui_actors config show              every setting, and where it comes from
  python -m stui_actors config init              a stui.toml with every key, explained
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command that ``arguments`` (else the process's own) say; answer the exit status."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    parser = build_parser()
    chosen = parser.parse_args(given if _names_command(given) else ["serve", *given])
    try:
        status: int = loaded(chosen.module).run(chosen, os.environ)
    except StuiError as error:
        return _told(error, debug=chosen.debug)
    except KeyboardInterrupt:
        return INTERRUPTED
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # the reader left: nothing to say to it
        return FAILED
    return status


def loaded(name: str) -> ModuleType:
    """A module of this program. Nothing that loading makes is garbage: looking for some would take a tenth longer."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        return import_module(name)
    finally:
        if was_enabled:
            gc.enable()


def _names_command(given: list[str]) -> bool:
    """Whether a command is named, or only asked for help or the version; else it is ``serve``."""
    return any(each in ("-h", "--help", "--version") or not each.startswith("-") for each in given[:1])


def _told(error: StuiError, *, debug: bool) -> int:
    if debug:
        traceback.print_exception(error)
    print(f"error: {error.message}", file=sys.stderr)
    for each in _remedies(error):
        print(f"  {each}", file=sys.stderr)
    return FAILED


def _remedies(error: StuiError) -> list[str]:
    """What to do; of a session that cannot be read, what is wrong with each state, and where it is."""
    if not isinstance(error, SessionCorrupt):
        return [error.advice] if error.advice else []
    damaged, folder = error.details.get("damaged"), error.details.get("quarantine")
    told = [str(each) for each in damaged] if isinstance(damaged, list) else []
    return [*told, f"Damaged files are kept in {folder}. `sessions repair` saves what can be read of them."]


def config_path(chosen: argparse.Namespace, environ: Mapping[str, str]) -> Path | None:
    """The configuration file: as told, as ``STUI_CONFIG`` says, ``stui.toml`` of this folder, or none."""
    if chosen.config is not None:
        return Path(chosen.config)
    if environ.get("STUI_CONFIG"):
        return Path(environ["STUI_CONFIG"])
    here = Path("stui.toml")
    return here if here.is_file() else None


def overrides_of(chosen: argparse.Namespace) -> dict[str, object]:
    """The settings that the command line says, by dotted path; those that it does not say are None."""
    given = vars(chosen)
    return {path: given.get(option) for option, path in OVERRIDES.items()}


OVERRIDES = {
    "bind": "server.bind",
    "data_dir": "server.data_dir",
    "insecure": "server.insecure",
    "log_level": "log.level",
    "log_format": "log.format",
    "token_file": "auth.token_file",
}


def build_parser() -> argparse.ArgumentParser:
    """All commands and their options."""
    parser = argparse.ArgumentParser(
        prog="stui-actors",
        description="A durable, multi-client Smalltalk workspace server.",
        epilog=EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"stui_actors {__version__}")
    commands = parser.add_subparsers(metavar="command", required=True)
    _add_serve(commands)
    _add_eval(commands)
    _add_sessions(commands)
    _add_config(commands)
    _add_describe(commands)
    _add_token(commands)
    _add_doctor(commands)
    return parser


def _add(commands: "Commands", name: str, module: str, text: str) -> argparse.ArgumentParser:
    parser = commands.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
    parser.set_defaults(module=module)
    parser.add_argument("--config", metavar="FILE", help="the configuration file")
    parser.add_argument("--debug", action="store_true", help="show tracebacks of errors")
    return parser


def _repeat(action: argparse.ArgumentParser, *options: str) -> None:
    """Let the options of a command stand behind its action as well: both places are natural."""
    for option in ("--config", *options):
        action.add_argument(option, default=argparse.SUPPRESS, help=argparse.SUPPRESS)
    action.add_argument("--debug", action="store_true", default=argparse.SUPPRESS, help=argparse.SUPPRESS)


def _add_serve(commands: "Commands") -> None:
    parser = _add(commands, "serve", "stui_actors.cli_serve", "start the server (what no command does, too)")
    parser.add_argument("--bind", metavar="ENDPOINT", help=f"where to listen ({SERVER_DEFAULT})")
    parser.add_argument("--data-dir", metavar="FOLDER", help="where the sessions are kept (./sessions)")
    parser.add_argument("--token-file", metavar="FILE", help="the accounts; without it everybody is let in")
    parser.add_argument(
        "--insecure", action="store_const", const=True, help="listen where others can reach it, without encryption"
    )
    parser.add_argument("--log-level", choices=["debug", "info", "warning", "error"])
    parser.add_argument("--log-format", choices=["auto", "text", "json"])


def _add_eval(commands: "Commands") -> None:
    parser = _add(commands, "eval", "stui_actors.cli_eval", "evaluate Smalltalk in a running server")
    parser.epilog = (
        "Without -e the code is read from standard input. Exit status: 0 done, 1 the code failed, 2 wrong command "
        "line, 3 no server answers, 4 the server refused. Where the server wants a token, STUI_TOKEN holds it, and "
        "--client-id names whose it is."
    )
    parser.add_argument("-e", dest="code", action="append", metavar="CODE", help="what to evaluate; may be repeated")
    parser.add_argument("--endpoint", default=SERVER_DEFAULT, help="where the server listens (%(default)s)")
    parser.add_argument("--client-id", metavar="ID", help="whose session; its variables stay between two calls")
    parser.add_argument("--session", metavar="ID", help="which session; unless told, the client's one named 'eval'")
    parser.add_argument("--timeout", type=float, metavar="SECONDS", help="how long the code may run")
    parser.add_argument("--json", action="store_true", help="print each whole result as a JSON line")


def _add_sessions(commands: "Commands") -> None:
    text = "look at the stored sessions and mend them; also while a server runs"
    parser = _add(commands, "sessions", "stui_actors.cli_sessions", text)
    parser.epilog = (
        "What changes a session goes through the server that has the folder open (--endpoint, STUI_TOKEN), or, if "
        "there is none, through one that is started for it alone. Exit status of verify: 1 if a file is damaged."
    )
    parser.add_argument("--data-dir", metavar="FOLDER", help="where the sessions are kept")
    parser.add_argument("--endpoint", default=SERVER_DEFAULT, help="where the server listens (%(default)s)")
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    for name, (text, add) in SESSION_ACTIONS.items():
        action = actions.add_parser(name, help=text, description=f"{text[0].upper()}{text[1:]}.")
        add(action)
        _repeat(action, "--data-dir", "--endpoint")


def _add_list(action: argparse.ArgumentParser) -> None:
    action.add_argument("client_id", nargs="?", default=argparse.SUPPRESS, help="whose")
    action.add_argument("--client-id", metavar="CLIENT_ID", help="the same, as elsewhere")
    action.add_argument("--json", action="store_true", help="print JSON lines")


def _add_show(action: argparse.ArgumentParser) -> None:
    _add_session_id(action)
    action.add_argument("--body", action="store_true", help="print the newest state itself, as STON")


def _add_session_id(action: argparse.ArgumentParser) -> None:
    action.add_argument("session_id", help="which; its first characters do, if no other begins like it")


def _add_verify(action: argparse.ArgumentParser) -> None:
    action.add_argument("session_id", nargs="?", help="which; all of them unless told")


def _add_import(action: argparse.ArgumentParser) -> None:
    action.add_argument("--client-id", metavar="ID", required=True, help="whose session it becomes")


def _add_rollback(action: argparse.ArgumentParser) -> None:
    _add_session_id(action)
    action.add_argument("version", type=int, help="one that `sessions show` lists")


def _add_delete(action: argparse.ArgumentParser) -> None:
    _add_session_id(action)
    action.add_argument("--yes", action="store_true", help="really")


SESSION_ACTIONS: "dict[str, tuple[str, Callable[[argparse.ArgumentParser], None]]]" = {
    "list": ("list all sessions, or those of one client", _add_list),
    "show": ("show the saved states of a session", _add_show),
    "verify": ("read every file and say what is damaged; changes nothing", _add_verify),
    "export": ("print the newest state of a session, as STON", _add_session_id),
    "import": ("make a new session of what `export` printed, read from standard input", _add_import),
    "rollback": ("bring an earlier version back, as the newest one", _add_rollback),
    "repair": ("fall back to the newest whole state, or save what can still be read", _add_session_id),
    "delete": ("remove a session for good", _add_delete),
}


def _add_config(commands: "Commands") -> None:
    parser = _add(commands, "config", "stui_actors.cli_config", "show, check or begin the configuration")
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    for name, text in CONFIG_ACTIONS.items():
        _repeat(actions.add_parser(name, help=text))


CONFIG_ACTIONS = {
    "show": "print every setting, its value, and where it comes from",
    "validate": "say whether the configuration is right, by the exit status, too",
    "path": "print the path of the configuration file in use",
    "init": "write a new file with every key, its default, unit and meaning: stui.toml, or what --config names",
}


def _add_describe(commands: "Commands") -> None:
    parser = _add(commands, "describe", "stui_actors.cli_describe", "list what clients can ask of the server")
    parser.add_argument("name", nargs="?", metavar="command", help="one command, with all its parameters")
    parser.add_argument("--json", action="store_true", help="print the whole description as JSON")


def _add_token(commands: "Commands") -> None:
    parser = _add(commands, "token", "stui_actors.cli_token", "issue or revoke a client's token")
    parser.add_argument("--token-file", metavar="FILE", help="the accounts")
    actions = parser.add_subparsers(dest="action", metavar="action", required=True)
    issue = actions.add_parser("issue", help="make a token and print it; it is shown this once")
    issue.add_argument("client_id")
    issue.add_argument("--tier", help="the subscription tier")
    issue.add_argument("--days", type=float, help="how long it is valid; for ever unless told")
    revoke = actions.add_parser("revoke", help="make all tokens of a client invalid")
    revoke.add_argument("client_id")
    for each in (issue, revoke):
        _repeat(each, "--token-file")


def _add_doctor(commands: "Commands") -> None:
    text = "look at everything that a server needs, and say what to do where something is not well"
    parser = _add(commands, "doctor", "stui_actors.cli_doctor", text)
    parser.add_argument("--data-dir", metavar="FOLDER", help="where the sessions are kept")
    parser.add_argument("--endpoint", default=SERVER_DEFAULT, help="where the server listens (%(default)s)")
