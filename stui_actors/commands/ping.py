"""Says that the server is there."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.protocol.messages import Json


@parameters_of_command
class PingParameters:
    """What ``ping`` takes."""

    message: str | None = optional("a text that comes back", None)


@result_of_command
class PingResult:
    """What ``ping`` answers."""

    message: str = required("the text that was sent, or ``pong``")
    status: str = required("``ready``, ``draining`` or ``overloaded``")
    uptime: float = required("seconds since the start")
    server_epoch: str = required("new at each start")


class Ping(Command):
    """Say that the server is there."""

    name: ClassVar[str] = "ping"
    text: ClassVar[str] = "Say that the server is there."
    feature: ClassVar[str] = "basic"
    scope: ClassVar[str] = "server"
    overtakes: ClassVar[bool] = True
    parameters = PingParameters
    result = PingResult

    async def run(self, context: Context, parameters: PingParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``PingResult``."""
        server = context.server
        return {
            "message": "pong" if parameters.message is None else parameters.message,
            "status": server.status(),
            "uptime": round(context.now() - server.started_at, 3),
            "server_epoch": server.epoch,
        }
