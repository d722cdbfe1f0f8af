"""Shows a method."""

from typing import ClassVar, cast

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, MethodNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class GetMethodParameters:
    """What ``get_method`` takes."""

    class_name: str = required("the class")
    method_name: str = required("the selector")
    is_class_method: bool = optional("look on the class side", False)


@result_of_command
class GetMethodResult:
    """What ``get_method`` answers."""

    method: dict[str, Json] = required("name, source, category, is_class_method, arguments and comment")


class GetMethod(Command):
    """Show a method with its source."""

    name: ClassVar[str] = "get_method"
    text: ClassVar[str] = "Show a method with its source."
    feature: ClassVar[str] = "browsing"
    parameters = GetMethodParameters
    result = GetMethodResult
    errors = (
        ClassNotFound,
        MethodNotFound,
    )

    async def run(self, context: Context, parameters: GetMethodParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetMethodResult``."""
        mirror = context.session.workspace.mirror()
        found = mirror.get_method(
            parameters.class_name, parameters.method_name, is_class_method=parameters.is_class_method
        )
        return {"method": cast("dict[str, Json]", found)}
