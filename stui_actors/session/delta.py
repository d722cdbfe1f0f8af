"""A session's text that says only what changed since the one before: a line that goes after that text.

It holds the small sections of the record whole, of history and executed requests what is new, and the workspace's
variables that were assigned, where nothing else of the workspace changed and their values need no objects. A body is a
whole text and the lines of this kind after it. What a delta does not tell is as it was.
"""

from math import isfinite
from sys import intern
from typing import TYPE_CHECKING, cast

from attrs import define, evolve, field, frozen

from stui_actors import ston
from stui_actors.errors import InvalidRequest, SessionCorrupt
from stui_actors.protocol.messages import Json
from stui_actors.session.sections import entry_text, execution_text, small_sections
from stui_actors.ston.values import StonSymbol

if TYPE_CHECKING:
    from stui_actors.session.session import Session

BEGIN = "\nStui_Change{"  # no line of a snapshot begins like this: classes of that name are spelled otherwise
MOST = 64  # deltas after one whole text
LEAST_BASE = 32_768  # characters of deltas that are allowed after any text; after a longer one as many as it has
REPLACED = ("session", "client_info", "state", "statistics", "events", "recovered_from", "history_next", "inspectors")


@define
class Changes:
    """What changed in a session since its last text. ``whole``: what is not known, in its workspace."""

    whole: bool = True
    names: set[str] = field(factory=set)


@frozen
class Written:
    """The last text of a session that is durable: its number, what it held, its length and that of its deltas."""

    held: dict[str, object]
    history_next: int
    length: int
    deltas: int = 0
    delta_length: int = 0
    number: int = 0

    @property
    def size(self) -> int:
        """Characters of the text and its deltas."""
        return self.length + self.delta_length


def text_after(written: Written | None, held: dict[str, object], length: int, history_next: int) -> Written:
    """What there is once a text is durable, after ``written`` or alone; its number is not known yet."""
    if written is None:
        return Written(held, history_next, length)
    length += written.delta_length
    return evolve(written, history_next=history_next, deltas=written.deltas + 1, delta_length=length)


def text_read(body: str, number: int, held: dict[str, object], history_next: int) -> Written:
    """What there is where the text and deltas of ``body`` were read, and became a session that has ``held``."""
    whole, deltas = parted(body)
    length = len(whole)
    return Written(held, history_next, length, len(deltas), len(body) - length, number)


def delta_text(session: "Session", *, final: bool = False) -> str | None:
    """What changed since ``session.written``; None where only a whole text will do. ``final``: as the record's."""
    written, changes = session.written, session.changes
    if written is None or changes.whole or written.deltas >= MOST or not session.executed.has_news:
        return None
    if written.delta_length > max(written.length, LEAST_BASE) or session.workspace.processes.are_alive:
        return None
    values = {name: session.workspace.image.variables[name] for name in changes.names}
    if not all(map(_is_immediate, values.values())) or not _are_same(written.held, session.workspace.held()):
        return None
    return _written(session, values, written.history_next, final=final)


def _is_immediate(value: object) -> bool:
    kind = value.__class__
    return value is None or kind in (bool, int, str) or (kind is float and isfinite(cast("float", value)))


def _are_same(before: dict[str, object], now: dict[str, object]) -> bool:
    return len(before) == len(now) and all(before.get(name) is value for name, value in now.items())


def _written(session: "Session", values: dict[str, object], history_next: int, *, final: bool) -> str:
    added, dropped, forgotten = session.executed.news()
    entries = [each for each in session.history.entries if each.index >= history_next]
    first = session.history.entries[0].index if session.history.entries else session.history.next_index
    parts = {
        **small_sections(session, final=final),
        "history_first": str(first),
        "history": "[" + ",".join(map(entry_text, entries)) + "]",
        "dropped": ston.write(dropped),
        "executed": "[" + ",".join(execution_text(key, each) for key, each in added) + "]",
        "forgotten": ston.write(cast("dict[str, Json]", forgotten)),
        "variables": ston.write({name: _spelled(value) for name, value in values.items()}),
    }
    return BEGIN + ",".join(f"'{name}':{text}" for name, text in parts.items()) + "}"


def _spelled(value: object) -> object:
    return StonSymbol(value) if isinstance(value, str) else value


# Reading


def parted(body: str) -> tuple[str, list[str]]:
    """A body's whole text, and its deltas."""
    whole, *deltas = body.split(BEGIN)
    return whole, deltas


def changed_by(fields: dict[str, Json], variables: dict[str, object], delta: str) -> None:
    """Bring a record's fields, and variables, up to date with one delta; raise SessionCorrupt."""
    try:
        change = ston.read("{" + delta)
    except InvalidRequest as error:
        raise SessionCorrupt(f"A change of the session cannot be read: {error.message}") from error
    try:
        _change(fields, variables, cast("dict[str, Json]", change))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SessionCorrupt(f"A change of the session lacks something: {error}") from error


def _change(fields: dict[str, Json], variables: dict[str, object], change: dict[str, Json]) -> None:
    for name in REPLACED:
        fields[name] = change[name]
    first = change["history_first"]
    fields["history"] = [
        row
        for row in (*_rows(fields["history"]), *_rows(change["history"]))
        if cast("int", row["index"]) >= first  # type: ignore[operator]  # as TypeError where it is no number
    ]
    executed = {str(row["id"]): row for row in _rows(fields["executed"])}
    for key in cast("list[str]", change["dropped"]):
        executed.pop(key, None)
    executed |= {str(row["id"]): row for row in _rows(change["executed"])}
    fields["executed"] = list(executed.values())
    fields["forgotten"] = {
        **cast("dict[str, Json]", fields["forgotten"]),
        **cast("dict[str, Json]", change["forgotten"]),
    }
    variables |= {str(name): _value(each) for name, each in cast("dict[str, object]", change["variables"]).items()}


def _rows(value: Json) -> list[dict[str, Json]]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise TypeError("rows that are no maps")
    return cast("list[dict[str, Json]]", value)


def _value(value: object) -> object:
    if isinstance(value, StonSymbol):
        return intern(value.name)
    if not _is_immediate(value) or isinstance(value, str):
        raise TypeError("a variable that is no immediate value")
    return value
