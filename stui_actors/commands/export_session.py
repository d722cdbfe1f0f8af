"""Gives a session as text."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.errors import SessionNotFound
from stui_actors.protocol.messages import Json


@result_of_command
class ExportSessionResult:
    """What ``export_session`` answers."""

    session_id: str = required("the session's id")
    data: str = required("STON text, never compressed")


class ExportSession(Command):
    """Give the whole session as STON text, to keep or to import elsewhere."""

    name: ClassVar[str] = "export_session"
    text: ClassVar[str] = "Give the whole session as STON text, to keep or to import elsewhere."
    feature: ClassVar[str] = "session_persistence"
    parameters = NoParameters
    result = ExportSessionResult
    errors = (SessionNotFound,)

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ExportSessionResult``."""
        return {"session_id": context.session.id, "data": await context.shelf.export(context.session)}
