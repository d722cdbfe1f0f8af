"""The sections of a session's record as text. Those of replies and history entries are made once and kept."""

from typing import TYPE_CHECKING, cast

from stui_actors import ston
from stui_actors.errors import StuiError
from stui_actors.protocol.messages import Json
from stui_actors.session.executed import Execution
from stui_actors.session.history import Entry

if TYPE_CHECKING:
    from stui_actors.session.session import Session


def small_sections(session: "Session", *, final: bool) -> dict[str, str]:
    """All that is short, by name. ``final``: nothing more will happen to the session before it is read again."""
    rare = rare_sections(session)
    return {
        "session": ston.write(facts(session)),
        "client_info": rare["client_info"],
        "state": rare["state"],
        "statistics": ston.write(session.statistics.as_json()),
        "events": ston.write(_events(session, final=final)),
        "recovered_from": rare["recovered_from"],
        "history_next": str(session.history.next_index),
        "inspectors": rare["inspectors"],
    }


def rare_sections(session: "Session") -> dict[str, str]:
    """Those of the short ones that seldom change."""
    return {
        "client_info": ston.write(session.client_info),
        "state": ston.write(session.state.as_json()),
        "recovered_from": ston.write(list(session.recovered_from)),
        "inspectors": ston.write(session.workspace.inspectors.rows()),
    }


def _events(session: "Session", *, final: bool) -> dict[str, Json]:
    """Where the stream stands; and its events, if none will come before it is read again."""
    kept: list[Json] = [*session.events.stored()] if final else []
    return {"next_seq": session.events.next_seq, "final": final, "kept": kept}


def facts(session: "Session") -> dict[str, Json]:
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


def error_json(error: StuiError) -> dict[str, Json]:
    """An error as a map."""
    return {
        "type": error.error_type,
        "message": error.message,
        "suggestion": error.advice,
        "details": cast("dict[str, Json]", error.details),
    }
