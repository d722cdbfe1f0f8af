"""Lists the clients that are here."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.errors import PermissionDenied
from stui_actors.protocol.messages import Json


@result_of_command
class ListClientsResult:
    """What ``list_clients`` answers."""

    clients: list[dict[str, Json]] = required("each with client_id, connections, sessions, state and last_seen")


class ListClients(Command):
    """List the clients that are here (administrators only)."""

    name: ClassVar[str] = "list_clients"
    text: ClassVar[str] = "List the clients that are here (administrators only)."
    feature: ClassVar[str] = "administration"
    scope: ClassVar[str] = "client"
    parameters = NoParameters
    result = ListClientsResult
    errors = (PermissionDenied,)

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ListClientsResult``."""
        clients: list[Json] = list(await context.directory.clients())
        return {"clients": clients}
