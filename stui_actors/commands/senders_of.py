"""Finds who sends a message."""

from typing import ClassVar

from stui_actors.commands.browsing import bounded, references
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.protocol.messages import Json


@parameters_of_command
class SendersOfParameters:
    """What ``senders_of`` takes."""

    selector: str = required("the message")
    limit: int = optional("at most so many", 100)


@result_of_command
class SendersOfResult:
    """What ``senders_of`` answers."""

    methods: list[dict[str, Json]] = required("each with class_name, method_name, is_class_method and package")


class SendersOf(Command):
    """Find the methods that send a message, or name it as a symbol."""

    name: ClassVar[str] = "senders_of"
    text: ClassVar[str] = "Find the methods that send a message, or name it as a symbol."
    feature: ClassVar[str] = "browsing"
    parameters = SendersOfParameters
    result = SendersOfResult

    async def run(self, context: Context, parameters: SendersOfParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``SendersOfResult``."""
        most = bounded(parameters.limit, context)
        found = context.session.workspace.mirror().senders_of(parameters.selector, limit=most + 1)
        return {"methods": references(context, found, most)}
