"""What commands that run Smalltalk share: the turns, the history, and how an outcome becomes a reply."""

from stui_actors.commands.context import Context
from stui_actors.errors import InvalidRequest, ParseError
from stui_actors.protocol.messages import Json
from stui_actors.session.evaluation import Evaluation, Outcome
from stui_actors.session.session import Session


async def evaluate_in(context: Context, session: Session, evaluation: Evaluation) -> dict[str, Json]:
    """Run an evaluation to its end, note it, and answer its result; raise what it failed with."""
    started_at = context.now()
    await context.evaluator.run(evaluation)
    outcome = session.workspace.outcome_of(evaluation)
    context.warnings.extend(outcome.warnings)
    if not isinstance(outcome.error, ParseError):  # as short code that does not parse, it is no part of the history
        note(session, evaluation, outcome, started_at)
    if outcome.changed:
        session.changed(context.now(), outcome.assigned)
    if outcome.error is not None:
        raise outcome.error
    return {
        "result": outcome.result or "",
        "display": outcome.display,
        "result_type": outcome.result_type,
        "object_id": outcome.object_id,
        "execution_time": outcome.execution_time,
        "has_error": False,
        "transcript": outcome.transcript,
        "truncated": outcome.truncated,
        "version": session.version,
    }


def note(session: Session, evaluation: Evaluation, outcome: Outcome, started_at: float) -> None:
    """Add an evaluation to the history and the counters of its session."""
    session.statistics.evaluations += 1
    session.lag()
    if outcome.error is not None:
        session.statistics.errors += 1
    session.history.add(
        evaluation.code,
        evaluation.mode,
        started_at=started_at,
        execution_time=outcome.execution_time,
        result=outcome.result,
        error=None if outcome.error is None else outcome.error.message,
    )


async def value_in(context: Context, code: str, receiver: object = None, *, limit: float | None = None) -> object:
    """The value of a do-it, run for the server's own purposes: it leaves no history; raise what it failed with."""
    workspace = context.session.workspace
    evaluation = workspace.start_on(receiver, code, limit=limit)
    await context.evaluator.run(evaluation)
    return workspace.value_of(evaluation)


async def target_of(context: Context, target: str | None, object_id: str | None) -> object:
    """The object that a request names by expression or id; raise InvalidRequest where it names none, or both."""
    if (target is None) == (object_id is None):
        raise InvalidRequest("Give either `parameters.target` or `parameters.object_id`.", path="parameters.target")
    if object_id is not None:
        return context.session.workspace.registry.object_of(object_id)
    value = await value_in(context, target or "")
    context.session.changed(context.now())
    return value
