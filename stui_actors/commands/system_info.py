"""Tells of the server."""

from typing import ClassVar, Literal

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.facts import system_facts
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.protocol.messages import Json


@parameters_of_command
class SystemInfoParameters:
    """What ``system_info`` takes."""

    info_type: Literal["Basic", "Memory", "Packages", "Environment", "Health", "All"] = optional("which part", "Basic")


@result_of_command
class SystemInfoResult:
    """What ``system_info`` answers."""

    info: dict[str, Json] = required("the parts that were asked for, by name")


class SystemInfo(Command):
    """Tell of the server: versions, memory, packages, environment, health."""

    name: ClassVar[str] = "system_info"
    text: ClassVar[str] = "Tell of the server: versions, memory, packages, environment, health."
    feature: ClassVar[str] = "basic"
    scope: ClassVar[str] = "server"
    parameters = SystemInfoParameters
    result = SystemInfoResult

    async def run(self, context: Context, parameters: SystemInfoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``SystemInfoResult``."""
        return {"info": system_facts(context, parameters.info_type)}
