"""Finds who answers a message."""

from typing import ClassVar

from stui_actors.commands.browsing import bounded, references
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.protocol.messages import Json


@parameters_of_command
class ImplementorsOfParameters:
    """What ``implementors_of`` takes."""

    selector: str = required("the message")
    limit: int = optional("at most so many", 100)


@result_of_command
class ImplementorsOfResult:
    """What ``implementors_of`` answers."""

    methods: list[dict[str, Json]] = required("each with class_name, method_name, is_class_method and package")


class ImplementorsOf(Command):
    """Find the methods of a name, in all classes."""

    name: ClassVar[str] = "implementors_of"
    text: ClassVar[str] = "Find the methods of a name, in all classes."
    feature: ClassVar[str] = "browsing"
    parameters = ImplementorsOfParameters
    result = ImplementorsOfResult

    async def run(self, context: Context, parameters: ImplementorsOfParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ImplementorsOfResult``."""
        most = bounded(parameters.limit, context)
        found = context.session.workspace.mirror().implementors_of(parameters.selector, limit=most + 1)
        return {"methods": references(context, found, most)}
