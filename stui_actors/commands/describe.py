"""Tells all that the server can do."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.description import description
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.protocol.messages import Json


@result_of_command
class DescribeResult:
    """What ``describe`` answers."""

    server: dict[str, Json] = required("name and version")
    protocol_versions: list[str] = required("versions of the envelope dialect that are served")
    commands: list[dict[str, Json]] = required(
        "each with name, text, parameters, result, errors, feature, and for the asking client: available, gated"
    )
    error_types: list[dict[str, Json]] = required(
        "each with name, text, retryable and its code in the envelope dialect"
    )
    features: dict[str, Json] = required("per feature whether the asking client has it")
    limits: dict[str, Json] = required("the limits of sessions and evaluations")
    server_epoch: str = required("new at each start")


class Describe(Command):
    """Tell all that the server can do: commands, errors, features, limits."""

    name: ClassVar[str] = "describe"
    text: ClassVar[str] = "Tell all that the server can do: commands, errors, features, limits."
    feature: ClassVar[str] = "basic"
    scope: ClassVar[str] = "client"
    parameters = NoParameters
    result = DescribeResult

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``DescribeResult``."""
        gates = await context.doorkeeper.gates(None if context.is_anonymous else context.client_id)
        return {
            **description(context.commands, gates, context.settings),
            "server_epoch": context.server.epoch,
        }
