"""Lists the sessions of a client."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.protocol.messages import Json


@result_of_command
class ListClientSessionsResult:
    """What ``list_client_sessions`` answers."""

    client_id: str = required("whose sessions they are")
    session_count: int = required("how many they are")
    sessions: list[dict[str, Json]] = required("each as ``get_session_info`` tells it")


class ListClientSessions(Command):
    """List the sessions of a client that are not closed, newest first."""

    name: ClassVar[str] = "list_client_sessions"
    text: ClassVar[str] = "List the sessions of a client that are not closed, newest first."
    feature: ClassVar[str] = "session_persistence"
    scope: ClassVar[str] = "client"
    parameters = NoParameters
    result = ListClientSessionsResult

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ListClientSessionsResult``."""
        sessions: list[Json] = list(await context.shelf.listing())
        return {"client_id": context.client_id, "session_count": len(sessions), "sessions": sessions}
