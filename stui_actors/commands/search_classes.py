"""Finds classes by name."""

from typing import ClassVar

from stui_actors.commands.browsing import bounded
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Json


@parameters_of_command
class SearchClassesParameters:
    """What ``search_classes`` takes."""

    query: str = required("a part of the name, or a glob such as ``*Collection``")
    limit: int = optional("at most so many", 100)


@result_of_command
class SearchClassesResult:
    """What ``search_classes`` answers."""

    classes: list[str] = required("names, sorted")
    total_count: int = required("how many match in all")


class SearchClasses(Command):
    """Find classes by a part of their name, or a glob, whatever the case."""

    name: ClassVar[str] = "search_classes"
    text: ClassVar[str] = "Find classes by a part of their name, or a glob, whatever the case."
    feature: ClassVar[str] = "browsing"
    parameters = SearchClassesParameters
    result = SearchClassesResult
    errors = (InvalidRequest,)

    async def run(self, context: Context, parameters: SearchClassesParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``SearchClassesResult``."""
        names = context.session.workspace.mirror().search_classes(parameters.query)
        return {"classes": list(names[: bounded(parameters.limit, context)]), "total_count": len(names)}
