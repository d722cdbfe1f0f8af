"""Writes what is generated: the reference of the commands, the transcripts, and the file of all settings.

docs/commands.rst comes from the commands, docs/transcripts.rst from tests/golden, conf/stui.toml from the settings.

``python tools/describe.py`` writes the pages; ``--check`` only says whether they are current.
"""

import argparse
import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from stui_actors.commands import COMMANDS
from stui_actors.commands.description import command_description, error_description
from stui_actors.config import Settings, template
from stui_actors.errors import WIRE_ERRORS

ROOT = Path(__file__).resolve().parent.parent
GOLDEN = ROOT / "tests" / "golden"
OPENING = """\
Commands
========

.. Written by ``python tools/describe.py`` from the code; do not edit.

Every command works in both dialects; in the envelope dialect its name is in PascalCase (``create_session`` is
``CreateSession``). ``session_id``, ``client_id``, ``auth_token`` and ``session_epoch`` may go with every command and
are not repeated here. Times are ISO 8601 in UTC, durations are seconds. The same is told by the ``describe`` command.
"""

TRANSCRIPTS_OPENING = """\
Transcripts
===========

.. Written by ``python tools/describe.py`` from tests/golden; do not edit.

Requests and replies as they go over the wire. The tests replay these very lines against a real server. ``<any>`` stands
for whatever is there; any other name in angle brackets stands for a value that is the same wherever the name is.
"""

TITLES = {
    "browsing": "Classes, methods, completion",
    "inspectors": "Inspectors, in both dialects",
    "takeover": "One session, several terminals",
}

Row = Mapping[str, Any]


def reference() -> str:
    """The whole page."""
    settings = Settings()
    commands = [command_description(each, {}, settings) for each in COMMANDS]
    errors = [error_description(each) for each in WIRE_ERRORS]
    lines = [OPENING, "", *heading("All commands", "-"), *overview(commands)]
    for command in commands:
        lines += one_command(command)
    lines += [*heading("Error types", "-"), *error_table(errors)]
    return "\n".join(line.rstrip() for line in lines).rstrip() + "\n"


def heading(text: str, underline: str) -> list[str]:
    """A section's title."""
    return [text, underline * len(text), ""]


def table(header: Iterable[str], rows: Iterable[Iterable[str]]) -> Iterator[str]:
    """A list-table, which needs no columns to be aligned."""
    yield from (".. list-table::", "   :header-rows: 1", "")
    for row in (header, *rows):
        for number, cell in enumerate(row):
            yield f"   {'  - ' if number else '* - '}{cell}"
    yield ""


def overview(commands: Iterable[Row]) -> Iterator[str]:
    """Name and text of each command."""
    return table(("command", "what it does"), ((f"`{each['name']}`_", each["text"]) for each in commands))


def one_command(command: Row) -> Iterator[str]:
    """One command's section."""
    yield from heading(command["name"], "~")
    durable = " The reply waits until the change is durable." if command["changes_state"] else ""
    yield from (f"{command['text']}{durable} Feature: ``{command['feature']}``.", "")
    yield from field_table("parameter", command["parameters"])
    yield from field_table("result", command["result"])
    if command["errors"]:
        yield from ("Errors of its own: " + ", ".join(f"``{error}``" for error in command["errors"]) + ".", "")


def field_table(title: str, fields: list[Row]) -> Iterator[str]:
    """The parameters or the result's fields, if there are any."""
    if fields:
        return table((title, "type", "meaning"), (field_cells(each) for each in fields))
    return iter(("No parameters.", "") if title == "parameter" else ())


def field_cells(field: Row) -> tuple[str, str, str]:
    """Name, type and meaning of one field."""
    value = field.get("default", "")
    default = f", default ``{value if isinstance(value, str) else json.dumps(value)}``" if value != "" else ""
    optional = "" if field["required"] else f" (optional{default})"
    return f"``{field['name']}``", field["type"].replace("|", "or"), field["text"] + optional


def error_table(errors: Iterable[Row]) -> Iterator[str]:
    """All error types; ``retryable`` says whether the same request may succeed later."""
    return table(
        ("type", "when", "retryable", "code in the envelope dialect"),
        (
            (f"``{each['name']}``", each["text"], "yes" if each["retryable"] else "no", f"``{each['envelope_code']}``")
            for each in errors
        ),
    )


def transcripts() -> str:
    """What goes over the wire in both dialects, as the tests replay it."""
    lines = [TRANSCRIPTS_OPENING, ""]
    for path in sorted(GOLDEN.glob("*.jsonl")):
        in_one = path.stem in ("command", "envelope")
        title = f"The {path.stem} dialect" if in_one else TITLES[path.stem]
        lines += heading(title, "-")
        for line in path.read_text(encoding="utf-8").splitlines():
            lines += exchange(json.loads(line))
    return "\n".join(lines).rstrip() + "\n"


def exchange(recorded: Row) -> Iterator[str]:
    """One request and its reply, an event that was pushed, or the word that the server was killed in between."""
    if recorded.get("restart"):
        yield from ("*The server is killed and started again.*", "")
        return
    place = f" ({recorded['connection']})" if "connection" in recorded else ""
    for title, key in (("Event", "event"), ("Request", "request"), ("Reply", "reply")):
        if key not in recorded:
            continue
        yield from (f"{title}{place}:", "", ".. code-block:: json", "")
        yield from (f"    {line}" for line in json.dumps(recorded[key], indent=2, ensure_ascii=False).splitlines())
        yield ""


PAGES: Mapping[Path, Callable[[], str]] = {
    ROOT / "docs" / "commands.rst": reference,
    ROOT / "docs" / "transcripts.rst": transcripts,
    ROOT / "conf" / "stui.toml": template,
}


def outdated() -> list[str]:
    """The names of the pages that are not what the code says."""
    return [
        path.name for path, page in PAGES.items() if not path.exists() or path.read_text(encoding="utf-8") != page()
    ]


def main() -> int:
    """Write the pages, or check them: status 1 if one is not current."""
    parser = argparse.ArgumentParser(description="Write the documentation's generated pages.")
    parser.add_argument("--check", action="store_true", help="write nothing; status 1 if a page is not current")
    if not parser.parse_args().check:
        for path, page in PAGES.items():
            path.write_text(page(), encoding="utf-8")
    elif found := outdated():
        print(f"not current: {', '.join(found)}; run `python tools/describe.py`")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
