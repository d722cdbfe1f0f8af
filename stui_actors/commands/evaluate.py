"""Runs Smalltalk in the session."""

from typing import ClassVar, Literal

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.evaluation import evaluate_in
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import capped_evaluation, capped_output, check_wait
from stui_actors.errors import (
    EvaluationError,
    Interrupted,
    InvalidRequest,
    ObjectNotFound,
    ParseError,
    ResourceExhausted,
    Timeout,
)
from stui_actors.protocol.messages import Json


@parameters_of_command
class EvaluateParameters:
    """What ``evaluate`` takes."""

    code: str = required("Smalltalk statements")
    evaluation_mode: Literal["Execute", "Display"] = optional("``Display`` answers the displayString too", "Execute")
    context: str | None = optional("the id of the object that is ``self``", None)
    timeout: float | None = optional("seconds of running after which it is stopped", None)
    max_output: int | None = optional("bytes of Transcript output that are kept", None)
    wait: float | None = optional(
        "seconds after which the answer is ``pending`` if it still runs; see ``get_result``", None
    )
    return_string: bool = optional("accepted for old clients; the result is always text", True)


@result_of_command
class EvaluateResult:
    """What ``evaluate`` answers."""

    result: str = required("the printString of the last statement's value")
    display: str | None = required("its displayString, in Display mode")
    result_type: str = required("its class")
    object_id: str | None = required(
        "where it can be inspected; null for numbers, characters, symbols, booleans and nil"
    )
    execution_time: int = required("milliseconds")
    has_error: bool = required("false: failures are errors")
    transcript: str = required("what was written to the Transcript meanwhile")
    truncated: bool = required("true if some of the transcript or result was cut off")
    version: int = required("the session's version afterwards")


class Evaluate(Command):
    """Run Smalltalk code in the session's workspace and answer what it gives."""

    name: ClassVar[str] = "evaluate"
    text: ClassVar[str] = "Run Smalltalk code in the session's workspace and answer what it gives."
    feature: ClassVar[str] = "evaluation"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = EvaluateParameters
    result = EvaluateResult
    errors = (
        EvaluationError,
        Interrupted,
        InvalidRequest,
        ObjectNotFound,
        ParseError,
        ResourceExhausted,
        Timeout,
    )

    async def run(self, context: Context, parameters: EvaluateParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``EvaluateResult``."""
        check_wait(parameters.wait, context)
        session = context.session
        evaluation = session.workspace.start(
            parameters.code,
            mode=parameters.evaluation_mode,
            receiver_id=parameters.context,
            limit=capped_evaluation(parameters.timeout, context),
            max_output=capped_output(parameters.max_output, context),
            request_id=context.request.id,
        )
        return await evaluate_in(context, session, evaluation)
