"""Runs Smalltalk on the object that an inspector shows."""

from typing import ClassVar, Literal

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.evaluate import Evaluate, EvaluateResult
from stui_actors.commands.evaluation import evaluate_in
from stui_actors.commands.fields import optional, parameters_of_command, required
from stui_actors.commands.limits import capped_evaluation, capped_output, check_wait
from stui_actors.protocol.messages import Json


@parameters_of_command
class InspectorEvaluateParameters:
    """What ``inspector_evaluate`` takes."""

    inspector_id: str = required("the inspector's id")
    code: str = required("Smalltalk statements; ``self`` is the selected object, its variables can be named")
    evaluation_mode: Literal["Execute", "Display"] = optional("``Display`` answers the displayString too", "Execute")
    timeout: float | None = optional("seconds of running after which it is stopped", None)
    max_output: int | None = optional("bytes of Transcript output that are kept", None)
    wait: float | None = optional(
        "seconds after which the answer is ``pending`` if it still runs; see ``get_result``", None
    )


class InspectorEvaluate(Command):
    """Run Smalltalk code whose ``self`` is the object that an inspector has selected."""

    name: ClassVar[str] = "inspector_evaluate"
    text: ClassVar[str] = "Run Smalltalk code whose ``self`` is the object that an inspector has selected."
    feature: ClassVar[str] = "inspection"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = InspectorEvaluateParameters
    result = EvaluateResult
    errors = Evaluate.errors

    async def run(self, context: Context, parameters: InspectorEvaluateParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer an ``EvaluateResult``."""
        check_wait(parameters.wait, context)
        session = context.session
        inspector = session.workspace.inspectors.named(parameters.inspector_id)
        evaluation = session.workspace.start(
            parameters.code,
            mode=parameters.evaluation_mode,
            receiver=inspector.place.value,
            limit=capped_evaluation(parameters.timeout, context),
            max_output=capped_output(parameters.max_output, context),
            request_id=context.request.id,
        )
        return await evaluate_in(context, session, evaluation)
