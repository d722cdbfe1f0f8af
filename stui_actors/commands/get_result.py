"""Waits for a result that was pending."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import capped_wait
from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Json


@parameters_of_command
class GetResultParameters:
    """What ``get_result`` takes."""

    request_id: str | int = required("the id of the request that was answered ``pending``")
    wait: float = optional("seconds to wait for it", 0.0)


@result_of_command
class GetResultResult:
    """What ``get_result`` answers."""

    pending: bool = optional("true if it still runs", False)
    request_id: str | int | None = optional("which request it is, while it is pending", None)
    result: str | None = optional("as ``evaluate`` answers it, once it is there", None)


class GetResult(Command):
    """Answer the reply of an evaluation that was answered ``pending``."""

    name: ClassVar[str] = "get_result"
    text: ClassVar[str] = "Answer the reply of an evaluation that was answered ``pending``."
    feature: ClassVar[str] = "evaluation"
    overtakes: ClassVar[bool] = True
    parameters = GetResultParameters
    result = GetResultResult
    errors = (InvalidRequest,)

    async def run(self, context: Context, parameters: GetResultParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetResultResult``."""
        return await context.shelf.wait_for(
            context.session, parameters.request_id, capped_wait(parameters.wait, context)
        )
