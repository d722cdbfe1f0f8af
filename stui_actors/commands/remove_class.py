"""Removes a class."""

from functools import partial
from typing import ClassVar

from stui_actors.commands.changing import check_removable, done_or_undone
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, Interrupted, InvalidRequest, ResourceExhausted, Timeout
from stui_actors.protocol.messages import Json


@parameters_of_command
class RemoveClassParameters:
    """What ``remove_class`` takes."""

    class_name: str = required("the class")


@result_of_command
class RemoveClassResult:
    """What ``remove_class`` answers."""

    removed: bool = required("true; what cannot be removed is an error")
    class_name: str = required("the class")


class RemoveClass(Command):
    """Remove a class of one's own; its subclasses become those of its superclass."""

    name: ClassVar[str] = "remove_class"
    text: ClassVar[str] = "Remove a class of one's own; its subclasses become those of its superclass."
    feature: ClassVar[str] = "development"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = RemoveClassParameters
    result = RemoveClassResult
    errors = (ClassNotFound, Interrupted, InvalidRequest, ResourceExhausted, Timeout)

    async def run(self, context: Context, parameters: RemoveClassParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``RemoveClassResult``."""
        session = context.session
        image = session.workspace.image
        check_removable(image, parameters.class_name)
        await done_or_undone(context, partial(image.remove_class, parameters.class_name))
        session.changed(context.now())
        return {"removed": True, "class_name": parameters.class_name}
