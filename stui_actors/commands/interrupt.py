"""Stops an evaluation."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.protocol.messages import Json


@parameters_of_command
class InterruptParameters:
    """What ``interrupt`` takes."""

    request_id: str | int | None = optional(
        "which one; else the one that runs; of one that has ended the processes that it forked", None
    )
    process: int | None = optional("the number of a forked process that is stopped, and nothing else", None)


@result_of_command
class InterruptResult:
    """What ``interrupt`` answers."""

    interrupted: list[str | int] = required("the ids of the requests that were stopped")
    processes: list[int] = required("the numbers of the forked processes that were stopped")
    reason: str | None = optional("why nothing was stopped: ``idle``, ``unknown_request`` or ``unknown_process``", None)
    alive: list[dict[str, Json]] = required(
        "the forked processes, each with process (its number), name, parent, request_id and state"
    )


class Interrupt(Command):
    """Stop an evaluation of the session, or a process that it forked; the workspace keeps what it did."""

    name: ClassVar[str] = "interrupt"
    text: ClassVar[str] = (
        "Stop an evaluation of the session, or a process that it forked; the workspace keeps what it did."
    )
    feature: ClassVar[str] = "evaluation"
    overtakes: ClassVar[bool] = True
    steers: ClassVar[bool] = True
    parameters = InterruptParameters
    result = InterruptResult

    async def run(self, context: Context, parameters: InterruptParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``InterruptResult``."""
        return context.shelf.interrupt(context.session, parameters.request_id, parameters.process)
