"""A session's text that says only what changed since the one before: a line that goes after that text.

It holds the small sections of the record whole, of history and executed requests what is new, and what changed of the
workspace: variables that were assigned, where it is proved that nothing else changed and their values need no objects;
else the lines behind it (``snapshot_delta``), which were found by comparing. A body is a whole text and the lines of
this kind after it. What a delta does not tell is as it was.
"""

from math import isfinite
from operator import is_
from sys import intern
from typing import TYPE_CHECKING, cast

from attrs import define, evolve, field

from stui_actors import ston
from stui_actors.errors import InvalidRequest, SessionCorrupt
from stui_actors.protocol.messages import Json
from stui_actors.session.sections import always_text, entry_text, execution_text, small_sections
from stui_actors.session.snapshot_delta import DELTA_LINE
from stui_actors.ston import scalar_text, string_text
from stui_actors.ston.values import StonSymbol

if TYPE_CHECKING:
    from stui_actors.session.session import Session

BEGIN = "\nStui_Change{"  # no line of a snapshot begins like this: classes of that name are spelled otherwise
MOST = 256  # deltas after one whole text: each is one more to read when the session wakes after a crash
LEAST_BASE = 32_768  # characters of deltas that are allowed after any text; after a longer one as many as it has
RARE = ("client_info", "state", "recovered_from", "inspectors")  # left out while they are as in the text before
REPLACED = ("session", "client_info", "state", "statistics", "events", "recovered_from", "history_next", "inspectors")


@define
class Changes:
    """What changed in a session since its last text. ``whole``: what is not known, in its workspace."""

    whole: bool = True
    names: set[str] = field(factory=set)


@define
class Written:
    """The last text of a session: what it held, its length and that of its deltas; its number once it is durable."""

    held: dict[str, object]
    history_next: int
    length: int
    contexts: tuple[object, ...] = ()
    rare: dict[str, str] = field(factory=dict)
    deltas: int = 0
    delta_length: int = 0
    number: int = 0

    @property
    def size(self) -> int:
        """Characters of the text and its deltas."""
        return self.length + self.delta_length


def text_after(written: Written | None, session: "Session", held: dict[str, object], length: int) -> Written:
    """What there is once a text is durable, after ``written`` or alone; its number is that of ``written`` till then."""
    history_next, rare = session.history.next_index, session.rare.texts(session)
    if written is None:
        return Written(held, history_next, length, tuple(session.workspace.contexts.values()), rare)
    deltas, delta_length = written.deltas + 1, written.delta_length + length
    return Written(held, history_next, written.length, written.contexts, rare, deltas, delta_length, written.number)


def text_read(body: str, number: int, session: "Session") -> Written:
    """What there is where the text and deltas of ``body``, numbered ``number``, were read, and became ``session``."""
    whole, deltas = parted(body)
    length, workspace = len(whole), session.workspace
    read = Written(workspace.held(), session.history.next_index, length, tuple(workspace.contexts.values()))
    return evolve(read, deltas=len(deltas), delta_length=len(body) - length, number=number)


def can_be_told(session: "Session") -> bool:
    """Whether a delta may follow the last text, as far as what is beside the workspace's objects goes."""
    written = session.written
    if written is None or written.deltas >= MOST or not session.executed.has_news:
        return False
    if written.delta_length > max(written.length, LEAST_BASE):
        return False
    return _are_identical(written.contexts, tuple(session.workspace.contexts.values()))


def delta_text(session: "Session", changes: Changes, held: dict[str, object], *, final: bool = False) -> str | None:
    """What changed since the last text, where a delta ``can_be_told`` and needs no objects; else None.

    ``final``: as the record's.
    """
    written = session.written
    if written is None or changes.whole or session.workspace.processes.are_alive:
        return None
    values = {name: session.workspace.image.variables[name] for name in changes.names}
    if not all(map(_is_immediate, values.values())) or not _are_same(written.held, held):
        return None
    return change_line(session, values, final=final)


def _is_immediate(value: object) -> bool:
    kind = value.__class__
    return value is None or kind in (bool, int, str) or (kind is float and isfinite(cast("float", value)))


def _are_same(before: dict[str, object], now: dict[str, object]) -> bool:
    return len(before) == len(now) and all(before.get(name) is value for name, value in now.items())


def _are_identical(before: tuple[object, ...], now: tuple[object, ...]) -> bool:
    return len(before) == len(now) and all(map(is_, before, now))


def change_line(session: "Session", values: dict[str, object], *, final: bool) -> str:
    """All but the workspace's objects that changed since the last text; with ``values`` of variables."""
    written = session.written
    assert written is not None, "there is a text that it follows"
    added, dropped, forgotten = session.executed.news()
    history = session.history
    first = history.entries[0].index if history.entries else history.next_index
    entries = ",".join([entry_text(each) for each in history.since(written.history_next)])
    parts = [f"{_small_text(session, written.rare, final=final)},'history_first':{first},'history':[{entries}]"]
    if added:
        parts.append(f"'executed':[{','.join([execution_text(key, each) for key, each in added])}]")
    if dropped:
        parts.append(f"'dropped':{ston.write(dropped)}")
    if forgotten:
        parts.append(f"'forgotten':{ston.write(forgotten)}")
    if values:
        parts.append(f"'variables':{_variables_text(values)}")
    return f"{BEGIN}{','.join(parts)}}}"


def _small_text(session: "Session", rare: dict[str, str], *, final: bool) -> str:
    """What is short, without what is as in ``rare``; mostly that is all that seldom changes."""
    if session.rare.texts(session) is rare:
        return always_text(session, final=final)
    small = small_sections(session, final=final)
    return ",".join([f"'{name}':{text}" for name, text in small.items() if rare.get(name) != text])


def _variables_text(values: dict[str, object]) -> str:
    texts = [f"{string_text(name)}:{scalar_text(_spelled(each))}" for name, each in values.items()]
    return f"{{{','.join(texts)}}}"


def _spelled(value: object) -> object:
    return StonSymbol(value) if isinstance(value, str) else value


# Reading


def parted(body: str) -> tuple[str, list[tuple[str, str]]]:
    """A body's whole text, and its deltas: what each says beside the workspace's objects, and of these."""
    whole, *deltas = body.split(BEGIN)
    changes = [delta.partition(DELTA_LINE) for delta in deltas]
    return whole, [(change, mark + objects) for change, mark, objects in changes]


def changed_by(fields: dict[str, Json], variables: dict[str, object], delta: str, objects: str) -> None:
    """Bring a record's fields, and variables, up to date with one delta; raise SessionCorrupt.

    ``variables`` hold what was assigned since the workspace's objects were told last.
    """
    try:
        change = ston.read("{" + delta)
    except InvalidRequest as error:
        raise SessionCorrupt(f"A change of the session cannot be read: {error.message}") from error
    if objects:
        variables.clear()
    try:
        _change(fields, variables, cast("dict[str, Json]", change))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise SessionCorrupt(f"A change of the session lacks something: {error}") from error


def _change(fields: dict[str, Json], variables: dict[str, object], change: dict[str, Json]) -> None:
    for name in REPLACED:
        fields[name] = change.get(name, fields[name]) if name in RARE else change[name]
    change = {"dropped": [], "executed": [], "forgotten": {}, "variables": {}, **change}  # left out where empty
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
