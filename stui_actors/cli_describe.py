"""``describe``: lists what clients can ask, from the commands themselves; needs no server."""

import argparse
from collections.abc import Mapping

from stui_actors.cli import config_path
from stui_actors.commands import COMMANDS
from stui_actors.commands.command import Command
from stui_actors.commands.description import description, fields_description
from stui_actors.config import load_settings
from stui_actors.errors import UnsupportedOperation
from stui_actors.protocol.messages import Json
from stui_actors.protocol.outgoing import to_bytes


def run(chosen: argparse.Namespace, environ: Mapping[str, str]) -> int:
    """Print what was asked for; answer the exit status."""
    if chosen.json:
        settings = load_settings(config_path(chosen, environ), environ, {})
        print(to_bytes(description(COMMANDS, {}, settings)).decode())
    elif chosen.name is None:
        width = max(len(each.name) for each in COMMANDS)
        for each in sorted(COMMANDS, key=lambda command: command.name):
            print(f"{each.name:{width}}  {_plain(each.text)}")
    else:
        _describe(_named(chosen.name))
    return 0


def _named(name: str) -> Command:
    for each in COMMANDS:
        if each.name == name:
            return each
    raise UnsupportedOperation(f"There is no command {name[:64]!r}.", suggestion="`describe` lists all.")


def _describe(command: Command) -> None:
    print(f"{command.name}: {_plain(command.text)}")
    for title, cls in (("parameters", command.parameters), ("result", command.result)):
        rows = fields_description(cls)
        print(f"\n{title}" if rows else f"\n{title}: none")
        width = max((len(_field(row, title)) for row in rows), default=0)
        for row in rows:
            print(f"  {_field(row, title):{width}}  {row['type']}; {_plain(str(row['text']))}{_default(row)}")
    print("\nEvery command takes client_id?, session_id?, session_epoch? and auth_token? as well.")
    errors = ", ".join(each.error_type for each in command.errors)
    print(f"errors: {errors or 'those that every command may answer'}")


def _field(row: dict[str, Json], title: str) -> str:
    """The name of a field; a parameter that may be left out has a question mark."""
    return str(row["name"]) + ("" if row["required"] or title == "result" else "?")


def _default(row: dict[str, Json]) -> str:
    return f" ({row['default']} unless told)" if row.get("default") not in (None, "") else ""


def _plain(text: str) -> str:
    """A text for a terminal: one backquote does there."""
    return text.replace("``", "`")
