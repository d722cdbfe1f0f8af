"""Brings back a copy of the workspace variables."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import context_name
from stui_actors.errors import InvalidRequest, ObjectNotFound
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time


@parameters_of_command
class LoadContextParameters:
    """What ``load_context`` takes."""

    name: str = optional("the copy's name", "default")


@result_of_command
class LoadContextResult:
    """What ``load_context`` answers."""

    name: str = required("the copy's name")
    saved_at: str = required("when it was saved")
    variables: int = required("how many variables it has")


class LoadContext(Command):
    """Bring back a copy that ``save_context`` kept, in place of the present variables."""

    name: ClassVar[str] = "load_context"
    text: ClassVar[str] = "Bring back a copy that ``save_context`` kept, in place of the present variables."
    feature: ClassVar[str] = "evaluation"
    changes_state: ClassVar[bool] = True
    parameters = LoadContextParameters
    result = LoadContextResult
    errors = (
        InvalidRequest,
        ObjectNotFound,
    )

    async def run(self, context: Context, parameters: LoadContextParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``LoadContextResult``."""
        saved = context.session.workspace.load_context(context_name(parameters.name))
        context.session.changed(context.now())
        return {"name": saved.name, "saved_at": iso_time(saved.saved_at), "variables": saved.variables}
