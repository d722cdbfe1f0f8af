"""Lists the saved states of a session."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import MAX_LINE, counted
from stui_actors.errors import SessionNotFound, StorageError
from stui_actors.protocol.messages import Json


@parameters_of_command
class SessionHistoryParameters:
    """What ``session_history`` takes."""

    limit: int = optional("at most so many", 100)
    before: int | None = optional("only versions below this one", None)


@result_of_command
class SessionHistoryResult:
    """What ``session_history`` answers."""

    session_id: str = required("the session's id")
    generations: list[dict[str, Json]] = required("each with version, saved_at, size and reason")


class SessionHistory(Command):
    """List the saved states of a session, newest first."""

    name: ClassVar[str] = "session_history"
    text: ClassVar[str] = "List the saved states of a session, newest first."
    feature: ClassVar[str] = "session_persistence"
    parameters = SessionHistoryParameters
    result = SessionHistoryResult
    errors = (
        SessionNotFound,
        StorageError,
    )

    async def run(self, context: Context, parameters: SessionHistoryParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``SessionHistoryResult``."""
        limit = counted(parameters.limit, MAX_LINE, "limit", context)
        rows = await context.shelf.generations(context.session)
        if parameters.before is not None:
            rows = [row for row in rows if isinstance(row["version"], int) and row["version"] < parameters.before]
        return {"session_id": context.session.id, "generations": list(rows[:limit])}
