"""Shows the source of a method."""

from typing import ClassVar, cast

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, MethodNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class GetMethodCodeParameters:
    """What ``get_method_code`` takes."""

    class_name: str = required("the class")
    method_name: str = required("the selector")
    is_class_method: bool = optional("look on the class side", False)


@result_of_command
class GetMethodCodeResult:
    """What ``get_method_code`` answers."""

    name: str = required("the selector")
    category: str = required("its protocol")
    source_code: str = required("the whole method, its pattern first")
    line_count: int = required("how many lines that are")


class GetMethodCode(Command):
    """Show the source of a method, of the library or of one's own."""

    name: ClassVar[str] = "get_method_code"
    text: ClassVar[str] = "Show the source of a method, of the library or of one's own."
    feature: ClassVar[str] = "browsing"
    parameters = GetMethodCodeParameters
    result = GetMethodCodeResult
    errors = (ClassNotFound, MethodNotFound)

    async def run(self, context: Context, parameters: GetMethodCodeParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetMethodCodeResult``."""
        found = context.session.workspace.mirror().method_code(
            parameters.class_name, parameters.method_name, is_class_method=parameters.is_class_method
        )
        return cast("dict[str, Json]", found)
