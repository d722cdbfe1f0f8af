"""Empties the workspace."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.protocol.messages import Json


@result_of_command
class ClearContextResult:
    """What ``clear_context`` answers."""

    cleared: dict[str, Json] = required("how many variables and objects there were")


class ClearContext(Command):
    """Forget the workspace's variables and registered objects; classes stay."""

    name: ClassVar[str] = "clear_context"
    text: ClassVar[str] = "Forget the workspace's variables and registered objects; classes stay."
    feature: ClassVar[str] = "evaluation"
    changes_state: ClassVar[bool] = True
    parameters = NoParameters
    result = ClearContextResult

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ClearContextResult``."""
        cleared = context.session.workspace.clear()
        context.session.changed(context.now())
        return {"cleared": cleared}
