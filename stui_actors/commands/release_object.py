"""Lets go of an object that has an id."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required, result_of_command
from stui_actors.errors import ObjectNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class ReleaseObjectParameters:
    """What ``release_object`` takes."""

    object_id: str = required("the object's id")


@result_of_command
class ReleaseObjectResult:
    """What ``release_object`` answers."""

    released: bool = required("true")


class ReleaseObject(Command):
    """Let go of an object that has an id."""

    name: ClassVar[str] = "release_object"
    text: ClassVar[str] = "Let go of an object that has an id; it lives on only where the workspace refers to it."
    feature: ClassVar[str] = "inspection"
    parameters = ReleaseObjectParameters
    result = ReleaseObjectResult
    errors = (ObjectNotFound,)
    changes_state: ClassVar[bool] = True

    async def run(self, context: Context, parameters: ReleaseObjectParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ReleaseObjectResult``."""
        if not context.session.workspace.registry.release(parameters.object_id):
            raise ObjectNotFound(
                f"No object has the id {parameters.object_id[:64]!r}.", object_id=parameters.object_id[:64]
            )
        context.session.changed(context.now())
        return {"released": True}
