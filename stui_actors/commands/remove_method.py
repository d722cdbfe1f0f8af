"""Removes a method."""

from functools import partial
from typing import ClassVar

from stui_actors.commands.changing import done
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, MethodNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class RemoveMethodParameters:
    """What ``remove_method`` takes."""

    class_name: str = required("the class")
    method_name: str = required("the selector")
    is_class_method: bool = optional("a method of the class side", False)


@result_of_command
class RemoveMethodResult:
    """What ``remove_method`` answers."""

    removed: bool = required("true; what is not there is an error")
    class_name: str = required("the class")
    method_name: str = required("the selector")


class RemoveMethod(Command):
    """Remove a method of a class, of one's own or of the library as one sees it."""

    name: ClassVar[str] = "remove_method"
    text: ClassVar[str] = "Remove a method of a class, of one's own or of the library as one sees it."
    feature: ClassVar[str] = "development"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = RemoveMethodParameters
    result = RemoveMethodResult
    errors = (ClassNotFound, MethodNotFound)

    async def run(self, context: Context, parameters: RemoveMethodParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``RemoveMethodResult``."""
        session = context.session
        workspace = session.workspace
        found = workspace.mirror().method_named(
            parameters.class_name, parameters.method_name, class_side=parameters.is_class_method
        )
        remove = partial(workspace.image.remove_method, found.class_name, class_side=found.is_class_side)
        await done(context, partial(remove, found.selector))
        session.changed(context.now())
        return {"removed": True, "class_name": found.class_name, "method_name": found.selector}
