"""A session as text: the first line is its record, a STON map; what follows is its workspace, STON too.

Texts of replies and history entries are made once and kept, since every save writes them all.
"""

from collections.abc import Mapping
from typing import cast

from attrs import field, frozen

from stui_actors import ston
from stui_actors.config import Settings
from stui_actors.errors import WIRE_ERRORS, InvalidRequest, SessionCorrupt, StuiError
from stui_actors.protocol.messages import Json, Reply
from stui_actors.session.delta import changed_by, parted
from stui_actors.session.events import SEQUENCE_GAP
from stui_actors.session.executed import Execution
from stui_actors.session.history import Entry
from stui_actors.session.sections import entry_text, execution_text, small_sections
from stui_actors.session.session import Session, new_session
from stui_actors.session.state import ClientState
from stui_actors.session.workspace import Workspace

SCHEMA = 1  # of the record: a reader refuses a newer one

ERRORS_BY_TYPE = {error.error_type: error for error in WIRE_ERRORS}


@frozen
class Record:
    """The first line of a session's text, read, and the workspace's text with its deltas, not yet read.

    ``variables``: those of the workspace that were assigned since these, with their values.
    """

    fields: dict[str, Json]
    workspace: str
    variables: Mapping[str, object] = field(factory=dict)

    def section(self, name: str) -> dict[str, Json]:
        """A map of the record; raise SessionCorrupt where it is none."""
        value = self.fields.get(name)
        if not isinstance(value, dict):
            raise SessionCorrupt(f"The session's record has no map {name!r}.")
        return value

    def rows(self, name: str) -> list[dict[str, Json]]:
        """A list of maps; raise SessionCorrupt where it is none."""
        value = self.fields.get(name)
        if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
            raise SessionCorrupt(f"The session's record has no list {name!r}.")
        return cast("list[dict[str, Json]]", value)


def write_record(session: Session, *, final: bool) -> str:
    """The record's line. ``final``: nothing more will happen to the session before it is read again."""
    parts = {
        "schema": str(SCHEMA),
        **small_sections(session, final=final),
        "history": "[" + ",".join(map(entry_text, session.history.entries)) + "]",
        "executed": "[" + ",".join(execution_text(key, each) for key, each in session.executed.durable()) + "]",
        "forgotten": ston.write(cast("dict[str, Json]", session.executed.forgotten())),
        "contexts": "[" + ",".join(each.text for each in session.workspace.contexts.values()) + "]",
    }
    return "{" + ",".join(f"'{name}':{text}" for name, text in parts.items()) + "}\n"


def read_record(text: str) -> Record:
    """Read the record of a session's text, with the changes after it; raise SessionCorrupt where it is not one."""
    whole, deltas = parted(text)
    line, _, workspace = whole.partition("\n")
    try:
        fields = ston.read(line)
    except InvalidRequest as error:
        raise SessionCorrupt(f"The session's record cannot be read: {error.message}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("schema"), int):
        raise SessionCorrupt("The session's record is not a map with a schema.")
    if fields["schema"] > SCHEMA:
        raise SessionCorrupt(f"The session was written by a newer server (schema {fields['schema']}).")
    variables: dict[str, object] = {}
    for delta, objects in deltas:
        changed_by(fields, variables, delta, objects)
    return Record(fields, "".join((workspace, *(objects for _, objects in deltas))), variables)


def restore(record: Record, workspace: Workspace, settings: Settings) -> Session:
    """The session that a record tells of, around a workspace that was read from the same text."""
    try:
        return _restored(record, workspace, settings)
    except (KeyError, TypeError, ValueError) as error:
        raise SessionCorrupt(f"The session's record lacks something: {error}") from error


def _restored(record: Record, workspace: Workspace, settings: Settings) -> Session:
    known = record.section("session")
    session = new_session(
        _text(known, "id"), _text(known, "client_id"), workspace, settings, _number(known, "created_at")
    )
    session.name = _text(known, "name")
    session.last_used = _number(known, "last_used")
    session.last_modified = _number(known, "last_modified")
    session.timeout = _number(known, "timeout")
    session.durability = "relaxed" if known["durability"] == "relaxed" else "strict"
    session.version = int(_number(known, "version"))
    session.closed = known["closed"] is True
    session.epoch = None if known.get("epoch") is None else _text(known, "epoch")  # older records have none
    session.client_info = record.section("client_info")
    session.state = ClientState.from_json(record.section("state"))
    for name, value in record.section("statistics").items():
        setattr(session.statistics, name, value) if name in session.statistics.as_json() else None
    recovered = record.fields.get("recovered_from", [])  # older records have none
    session.recovered_from = tuple(str(each) for each in recovered) if isinstance(recovered, list) else ()
    _restore_streams(record, session)
    workspace.image.variables.update(record.variables)
    return session


def _restore_streams(record: Record, session: Session) -> None:
    events = record.section("events")
    session.events.is_final, session.events.is_reserved = events["final"] is True, False
    gap = 0 if session.events.is_final else SEQUENCE_GAP
    session.events.skip_to(int(_number(events, "next_seq")) + gap)
    kept = events.get("kept")
    if isinstance(kept, list):  # sessions from before events were kept have none
        session.events.restore([row for row in kept if isinstance(row, dict)])
    session.history.next_index = int(_number(record.fields, "history_next"))
    session.history.entries.extend(read_entry(row) for row in record.rows("history"))
    for row in record.rows("executed"):
        session.executed.restore(_text(row, "id"), read_execution(row))
    forgotten = record.section("forgotten")
    session.executed.remember_forgotten({key: _number(forgotten, key) for key in forgotten})
    session.workspace.restore_contexts(record.rows("contexts"))
    if "inspectors" in record.fields:  # sessions from before there were any have none
        session.workspace.restore_inspectors(record.rows("inspectors"))


def read_entry(row: dict[str, Json]) -> Entry:
    """What ``entry_text`` wrote."""
    result, error = row["result"], row["error"]
    return Entry(
        index=int(_number(row, "index")),
        code=_text(row, "code"),
        mode=_text(row, "mode"),
        started_at=_number(row, "at"),
        execution_time=int(_number(row, "ms")),
        result=None if result is None else str(result),
        error=None if error is None else str(error),
    )


def read_execution(row: dict[str, Json]) -> Execution:
    """What ``execution_text`` wrote."""
    warnings = row["warnings"]
    error, result = row.get("error"), row.get("result")
    reply = Reply(
        result=result if isinstance(result, dict) else None,
        error=read_error(error) if isinstance(error, dict) else None,
        warnings=tuple(str(each) for each in warnings) if isinstance(warnings, list) else (),
    )
    return Execution(bytes.fromhex(_text(row, "content")), _number(row, "at"), reply)


def read_error(row: dict[str, Json]) -> StuiError:
    """What ``error_json`` gave."""
    details = row["details"]
    error = ERRORS_BY_TYPE[_text(row, "type")](_text(row, "message"), suggestion=_text(row, "suggestion"))
    error.details = cast("dict[str, object]", details) if isinstance(details, dict) else {}
    return error


def _text(row: dict[str, Json], name: str) -> str:
    value = row[name]
    if not isinstance(value, str):
        raise TypeError(f"{name} is no text")
    return value


def _number(row: dict[str, Json], name: str) -> float:
    value = row[name]
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypeError(f"{name} is no number")
    return value
