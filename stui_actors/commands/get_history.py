"""Reads what was evaluated."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import counted
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time
from stui_actors.session.history import Entry

MAX_ENTRIES = 1000  # per answer: it must stay below the largest message


@parameters_of_command
class GetHistoryParameters:
    """What ``get_history`` takes."""

    query: str | None = optional("only entries whose code contains this", None)
    limit: int = optional("at most so many", 100)
    before: int | None = optional("only entries with an index below this", None)


@result_of_command
class GetHistoryResult:
    """What ``get_history`` answers."""

    entries: list[dict[str, Json]] = required(
        "each with index, code, result or error, mode, started_at and execution_time"
    )


class GetHistory(Command):
    """Read what was evaluated in the session, newest first."""

    name: ClassVar[str] = "get_history"
    text: ClassVar[str] = "Read what was evaluated in the session, newest first."
    feature: ClassVar[str] = "evaluation"
    parameters = GetHistoryParameters
    result = GetHistoryResult

    async def run(self, context: Context, parameters: GetHistoryParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetHistoryResult``."""
        limit = counted(parameters.limit, MAX_ENTRIES, "limit", context)
        found = context.session.history.search(parameters.query, limit=limit, before=parameters.before)
        return {"entries": [entry_json(each) for each in found]}


def entry_json(entry: Entry) -> Json:
    """One evaluation of the history."""
    row: dict[str, Json] = {
        "index": entry.index,
        "code": entry.code,
        "mode": entry.mode,
        "started_at": iso_time(entry.started_at),
        "execution_time": entry.execution_time,
    }
    row["error" if entry.result is None else "result"] = entry.error if entry.result is None else entry.result
    return row
