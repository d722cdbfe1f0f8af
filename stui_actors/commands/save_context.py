"""Keeps a copy of the workspace variables."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import context_name
from stui_actors.errors import InvalidRequest, ResourceExhausted
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time


@parameters_of_command
class SaveContextParameters:
    """What ``save_context`` takes."""

    name: str = optional("the copy's name", "default")


@result_of_command
class SaveContextResult:
    """What ``save_context`` answers."""

    name: str = required("the copy's name")
    saved_at: str = required("when")
    variables: int = required("how many variables it has")


class SaveContext(Command):
    """Keep a named copy of the workspace's variables, and of all that they hold, within the session."""

    name: ClassVar[str] = "save_context"
    text: ClassVar[str] = (
        "Keep a named copy of the workspace's variables, and of all that they hold, within the session."
    )
    feature: ClassVar[str] = "evaluation"
    changes_state: ClassVar[bool] = True
    parameters = SaveContextParameters
    result = SaveContextResult
    errors = (
        InvalidRequest,
        ResourceExhausted,
    )

    async def run(self, context: Context, parameters: SaveContextParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``SaveContextResult``."""
        saved = context.session.workspace.save_context(context_name(parameters.name), context.now())
        context.session.changed(context.now())
        return {"name": saved.name, "saved_at": iso_time(saved.saved_at), "variables": saved.variables}
