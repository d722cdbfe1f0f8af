"""Lists the inspectors of a session."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.protocol.messages import Json


@result_of_command
class InspectorListResult:
    """What ``inspector_list`` answers."""

    inspectors: list[dict[str, Json]] = required("each with id, name, class of the selected object, and path")


class InspectorList(Command):
    """List the open inspectors of the session, the oldest first."""

    name: ClassVar[str] = "inspector_list"
    text: ClassVar[str] = "List the open inspectors of the session, the oldest first."
    feature: ClassVar[str] = "inspection"
    parameters = NoParameters
    result = InspectorListResult

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer an ``InspectorListResult``."""
        return {"inspectors": context.session.workspace.listing()}
