"""Will step through an evaluation."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import UnsupportedOperation
from stui_actors.protocol.messages import Json


@parameters_of_command
class DebugParameters:
    """What ``debug`` takes."""

    operation: str = required("what to do")
    context: str | None = optional("the activation to do it in", None)


@result_of_command
class DebugResult:
    """What ``debug`` answers."""

    supported: bool = required("never answered: until it is built the request is refused")


class Debug(Command):
    """Step through an evaluation; not built yet."""

    name: ClassVar[str] = "debug"
    text: ClassVar[str] = "Step through an evaluation; not built yet."
    feature: ClassVar[str] = "remote_debugger"
    scope: ClassVar[str] = "client"
    is_built: ClassVar[bool] = False
    parameters = DebugParameters
    result = DebugResult
    errors = (UnsupportedOperation,)

    async def run(self, context: Context, parameters: DebugParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``DebugResult``."""
        raise UnsupportedOperation(
            "The debugger is not built yet.", operation=parameters.operation[:64], feature=self.feature
        )
