"""Finds methods by name."""

from typing import ClassVar, Literal

from stui_actors.commands.browsing import bounded, references
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import ClassNotFound, InvalidRequest
from stui_actors.protocol.messages import Json


@parameters_of_command
class SearchMethodsParameters:
    """What ``search_methods`` takes."""

    query: str = required("a part of the selector, or a glob such as ``at:*``")
    class_name: str | None = optional("only in this class", None)
    mode: Literal["Instance", "Class", "All"] = optional(
        "whose methods: the instances', the class's own, or both", "All"
    )
    limit: int = optional("at most so many", 100)


@result_of_command
class SearchMethodsResult:
    """What ``search_methods`` answers."""

    methods: list[dict[str, Json]] = required("each with class_name, method_name, is_class_method and package")


class SearchMethods(Command):
    """Find methods by a part of their selector, or a glob, whatever the case."""

    name: ClassVar[str] = "search_methods"
    text: ClassVar[str] = "Find methods by a part of their selector, or a glob, whatever the case."
    feature: ClassVar[str] = "browsing"
    parameters = SearchMethodsParameters
    result = SearchMethodsResult
    errors = (ClassNotFound, InvalidRequest)

    async def run(self, context: Context, parameters: SearchMethodsParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``SearchMethodsResult``."""
        most = bounded(parameters.limit, context)
        found = context.session.workspace.mirror().search_methods(
            parameters.query, class_name=parameters.class_name, mode=parameters.mode, limit=most + 1
        )
        return {"methods": references(context, found, most)}
