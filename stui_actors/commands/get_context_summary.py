"""Tells what is in the workspace."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.commands.looking import describe_variables
from stui_actors.protocol.messages import Json


@result_of_command
class GetContextSummaryResult:
    """What ``get_context_summary`` answers."""

    variables: list[dict[str, Json]] = required("each with name, class, printString and object_id")
    history_count: int = required("evaluations in the history")
    registry_count: int = required("objects that have an id, ``limits.max_objects`` at most: the oldest lose theirs")
    inspector_count: int = required("open inspectors, ``limits.max_inspectors`` at most")
    processes: list[dict[str, Json]] = required(
        "forked processes that are alive, each with process (its number), name, parent, request_id and state"
    )
    errors: int = required("evaluations that failed")
    classes: list[str] = required("classes that the client defined or changed")


class GetContextSummary(Command):
    """Tell what is in the workspace: variables, classes, counts."""

    name: ClassVar[str] = "get_context_summary"
    text: ClassVar[str] = "Tell what is in the workspace: variables, classes, counts."
    feature: ClassVar[str] = "evaluation"
    evaluates: ClassVar[bool] = True
    parameters = NoParameters
    result = GetContextSummaryResult

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetContextSummaryResult``."""
        session = context.session
        variables = await describe_variables(context)
        return {
            "variables": variables,
            "history_count": len(session.history.entries),
            "registry_count": len(session.workspace.registry),
            "inspector_count": len(session.workspace.inspectors),
            "processes": [*session.workspace.processes.rows()],
            "errors": session.statistics.errors,
            "classes": list(session.workspace.own_classes()),
        }
