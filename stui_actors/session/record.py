"""A session as text: the first line is its record, a STON map; what follows is its workspace, STON too.

Texts of replies and history entries are made once and kept, since every save writes them all.
"""

from typing import cast

from attrs import frozen

from stui_actors import ston
from stui_actors.config import Settings
from stui_actors.errors import WIRE_ERRORS, InvalidRequest, SessionCorrupt, StuiError
from stui_actors.protocol.messages import Json, Reply
from stui_actors.protocol.times import iso_time
from stui_actors.session.executed import Execution
from stui_actors.session.history import Entry
from stui_actors.session.session import Session, new_session
from stui_actors.session.state import ClientState
from stui_actors.session.workspace import Workspace

SCHEMA = 1  # of the record: a reader refuses a newer one
SEQUENCE_GAP = 10_000  # event numbers skipped after a crash: those since the last save may have been given out

ERRORS_BY_TYPE = {error.error_type: error for error in WIRE_ERRORS}


@frozen
class Record:
    """The first line of a session's text, read, and the workspace's text, not yet read."""

    fields: dict[str, Json]
    workspace: str

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
        "session": ston.write(facts(session)),
        "client_info": ston.write(session.client_info),
        "state": ston.write(session.state.as_json()),
        "statistics": ston.write(session.statistics.as_json()),
        "events": ston.write(_events(session, final=final)),
        "recovered_from": ston.write(list(session.recovered_from)),
        "history_next": str(session.history.next_index),
        "history": "[" + ",".join(entry_text(entry) for entry in session.history.entries) + "]",
        "executed": "[" + ",".join(execution_text(key, each) for key, each in session.executed.durable()) + "]",
        "forgotten": ston.write(cast("dict[str, Json]", session.executed.forgotten())),
        "inspectors": ston.write(session.workspace.inspectors.rows()),
        "contexts": "[" + ",".join(each.text for each in session.workspace.contexts.values()) + "]",
    }
    return "{" + ",".join(f"'{name}':{text}" for name, text in parts.items()) + "}\n"


def _events(session: Session, *, final: bool) -> dict[str, Json]:
    """Where the stream stands; and its events, if none will come before it is read again."""
    kept: list[Json] = [*session.events.stored()] if final else []
    return {"next_seq": session.events.next_seq, "final": final, "kept": kept}


def facts(session: Session) -> dict[str, Json]:
    """What a session is, beside what it holds."""
    return {
        "id": session.id,
        "client_id": session.client_id,
        "name": session.name,
        "created_at": session.created_at,
        "last_used": session.last_used,
        "last_modified": session.last_modified,
        "timeout": session.timeout,
        "durability": session.durability,
        "version": session.version,
        "closed": session.closed,
    }


def read_record(text: str) -> Record:
    """Read the first line of a session's text; raise SessionCorrupt where it is not one."""
    line, _, workspace = text.partition("\n")
    try:
        fields = ston.read(line)
    except InvalidRequest as error:
        raise SessionCorrupt(f"The session's record cannot be read: {error.message}") from error
    if not isinstance(fields, dict) or not isinstance(fields.get("schema"), int):
        raise SessionCorrupt("The session's record is not a map with a schema.")
    if fields["schema"] > SCHEMA:
        raise SessionCorrupt(f"The session was written by a newer server (schema {fields['schema']}).")
    return Record(fields, workspace)


def stored_info(record: Record, retention: float, now: float) -> dict[str, Json]:
    """``get_session_info`` of a session that is on disk only, and whether it is ``closed``."""
    known = record.section("session")
    last_used = _number(known, "last_used")
    return {
        "session_id": known["id"],
        "client_id": known["client_id"],
        "name": known["name"],
        "created_at": iso_time(_number(known, "created_at")),
        "last_modified": iso_time(_number(known, "last_modified")),
        "timeout": known["timeout"],
        "is_active": known["closed"] is not True,
        "is_expired": now - last_used > retention,
        "time_until_expiry": max(0.0, round(last_used + retention - now, 3)),
        "version": known["version"],
        "state": "sleeping",
        "size_bytes": 0,
        "statistics": record.section("statistics"),
        "closed": known["closed"],
    }


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
    session.client_info = record.section("client_info")
    session.state = ClientState.from_json(record.section("state"))
    for name, value in record.section("statistics").items():
        setattr(session.statistics, name, value) if name in session.statistics.as_json() else None
    recovered = record.fields.get("recovered_from", [])  # older records have none
    session.recovered_from = tuple(str(each) for each in recovered) if isinstance(recovered, list) else ()
    _restore_streams(record, session)
    return session


def _restore_streams(record: Record, session: Session) -> None:
    events = record.section("events")
    gap = 0 if events["final"] is True else SEQUENCE_GAP
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


def entry_text(entry: Entry) -> str:
    """One evaluation of the history, as text made once."""
    if entry.text is None:
        entry.text = ston.write(
            {
                "index": entry.index,
                "code": entry.code,
                "mode": entry.mode,
                "at": entry.started_at,
                "ms": entry.execution_time,
                "result": entry.result,
                "error": entry.error,
            }
        )
    return entry.text


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


def execution_text(request_id: str, execution: Execution) -> str:
    """One executed request with its reply, as text made once."""
    if execution.text is None:
        reply = execution.reply
        row: dict[str, Json] = {"id": request_id, "content": execution.content.hex(), "at": execution.at}
        row["warnings"] = list(reply.warnings)
        if reply.error is not None:
            row["error"] = error_json(reply.error)
        else:
            row["result"] = reply.result
        execution.text = ston.write(row)
    return execution.text


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


def error_json(error: StuiError) -> dict[str, Json]:
    """An error as a map."""
    return {
        "type": error.error_type,
        "message": error.message,
        "suggestion": error.advice,
        "details": cast("dict[str, Json]", error.details),
    }


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
