"""Closes an inspector."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required, result_of_command
from stui_actors.errors import ObjectNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class InspectorCloseParameters:
    """What ``inspector_close`` takes."""

    inspector_id: str = required("the inspector's id")


@result_of_command
class InspectorCloseResult:
    """What ``inspector_close`` answers."""

    closed: bool = required("true")


class InspectorClose(Command):
    """Close an inspector and let go of the objects that it held."""

    name: ClassVar[str] = "inspector_close"
    text: ClassVar[str] = "Close an inspector and let go of the objects that it held."
    feature: ClassVar[str] = "inspection"
    changes_state: ClassVar[bool] = True
    parameters = InspectorCloseParameters
    result = InspectorCloseResult
    errors = (ObjectNotFound,)

    async def run(self, context: Context, parameters: InspectorCloseParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer an ``InspectorCloseResult``."""
        context.session.workspace.inspectors.close(parameters.inspector_id)
        context.session.changed(context.now())
        return {"closed": True}
