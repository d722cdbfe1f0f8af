"""Lists the methods of a class."""

from typing import ClassVar, Literal, cast

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound
from stui_actors.protocol.messages import Json


@parameters_of_command
class GetMethodListParameters:
    """What ``get_method_list`` takes."""

    class_name: str = required("the class")
    category: str | None = optional("only the methods of this protocol", None)
    mode: Literal["Instance", "Class", "All"] = optional(
        "whose methods: the instances', the class's own, or both", "Instance"
    )


@result_of_command
class GetMethodListResult:
    """What ``get_method_list`` answers."""

    methods: list[dict[str, Json]] = required("each with name, category and is_class_method, by name")


class GetMethodList(Command):
    """List the methods of a class, of one protocol or of all."""

    name: ClassVar[str] = "get_method_list"
    text: ClassVar[str] = "List the methods of a class, of one protocol or of all."
    feature: ClassVar[str] = "browsing"
    parameters = GetMethodListParameters
    result = GetMethodListResult
    errors = (ClassNotFound,)

    async def run(self, context: Context, parameters: GetMethodListParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetMethodListResult``."""
        found = context.session.workspace.mirror().method_list(
            parameters.class_name, category=parameters.category, mode=parameters.mode
        )
        return {"methods": cast("list[Json]", found)}
