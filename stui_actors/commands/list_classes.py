"""Lists classes."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import MAX_LINE, counted
from stui_actors.protocol.messages import Json


@parameters_of_command
class ListClassesParameters:
    """What ``list_classes`` takes."""

    pattern: str | None = optional("a glob such as ``*Collection``", None)
    include_system: bool = optional("the library's classes too", True)
    limit: int = optional("at most so many", 1000)
    offset: int = optional("skip so many", 0)


@result_of_command
class ListClassesResult:
    """What ``list_classes`` answers."""

    classes: list[str] = required("names")
    total_count: int = required("how many match in all")


class ListClasses(Command):
    """List the classes that the session sees, by name."""

    name: ClassVar[str] = "list_classes"
    text: ClassVar[str] = "List the classes that the session sees, by name."
    feature: ClassVar[str] = "browsing"
    parameters = ListClassesParameters
    result = ListClassesResult

    async def run(self, context: Context, parameters: ListClassesParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ListClassesResult``."""
        start = counted(parameters.offset, MAX_LINE, "offset", context)
        limit = counted(parameters.limit, MAX_LINE, "limit", context)
        names = context.session.workspace.mirror().list_classes(
            parameters.pattern, include_system=parameters.include_system
        )
        return {"classes": list(names[start : start + limit]), "total_count": len(names)}
