"""Lists the protocols of a class."""

from typing import ClassVar, Literal, cast

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class GetMethodCategoriesParameters:
    """What ``get_method_categories`` takes."""

    class_name: str = required("the class")
    mode: Literal["Instance", "Class", "All"] = optional(
        "whose methods: the instances', the class's own, or both", "Instance"
    )


@result_of_command
class GetMethodCategoriesResult:
    """What ``get_method_categories`` answers."""

    categories: list[dict[str, Json]] = required("each with name and method_count, by name")


class GetMethodCategories(Command):
    """List the protocols that the methods of a class stand in."""

    name: ClassVar[str] = "get_method_categories"
    text: ClassVar[str] = "List the protocols that the methods of a class stand in."
    feature: ClassVar[str] = "browsing"
    parameters = GetMethodCategoriesParameters
    result = GetMethodCategoriesResult
    errors = (ClassNotFound,)

    async def run(self, context: Context, parameters: GetMethodCategoriesParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetMethodCategoriesResult``."""
        found = context.session.workspace.mirror().method_categories(parameters.class_name, mode=parameters.mode)
        return {"categories": cast("list[Json]", found)}
