"""Opens an inspector."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.evaluation import target_of
from stui_actors.commands.fields import mapping, optional, parameters_of_command
from stui_actors.commands.inspector_view import InspectorResult, texts_by_name, view_of
from stui_actors.commands.limits import page_asked
from stui_actors.errors import (
    EvaluationError,
    Interrupted,
    InvalidRequest,
    ObjectNotFound,
    Overloaded,
    ParseError,
    ResourceExhausted,
    Timeout,
)
from stui_actors.protocol.messages import Json
from stui_actors.session.inspectors import MAX_NAME


@parameters_of_command
class InspectorOpenParameters:
    """What ``inspector_open`` takes."""

    target: str | None = optional("an expression whose value is inspected", None)
    object_id: str | None = optional("the id of the object, instead of ``target``", None)
    name: str | None = optional("what it is called; else the name of the object's class", None)
    view: str = optional("what it shows: ``fields``, ``elements``, ``methods``, ``print``, or a custom view", "fields")
    custom_views: dict[str, Json] = mapping(
        "views of the client's own by name: Smalltalk whose ``self`` is the selected object, and whose value's "
        "elements, or text, are shown"
    )
    start: int = optional("the first line, from 1", 1)
    count: int = optional("how many lines, 500 at most", 100)


class InspectorOpen(Command):
    """Open an inspector: it stays with the session, through restarts too, until it is closed."""

    name: ClassVar[str] = "inspector_open"
    text: ClassVar[str] = "Open an inspector: it stays with the session, through restarts too, until it is closed."
    feature: ClassVar[str] = "inspection"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = InspectorOpenParameters
    result = InspectorResult
    errors = (
        EvaluationError,
        Interrupted,
        InvalidRequest,
        ObjectNotFound,
        Overloaded,
        ParseError,
        ResourceExhausted,
        Timeout,
    )

    async def run(self, context: Context, parameters: InspectorOpenParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer an ``InspectorResult``."""
        start, count = page_asked(parameters.start, parameters.count, context)
        inspectors = context.session.workspace.inspectors
        inspectors.check_room()
        name = checked_name(parameters.name)
        value = await target_of(context, parameters.target, parameters.object_id)
        inspector = inspectors.made(value, name or context.session.workspace.image.class_name(value))
        inspector.configure(texts_by_name(parameters.custom_views))
        inspector.show(parameters.view)
        answer = await view_of(context, inspector, start, count)
        inspectors.add(inspector)
        context.session.changed(context.now())
        return answer


def checked_name(name: str | None) -> str | None:
    """``name`` if an inspector can be called so; raise InvalidRequest otherwise."""
    if name is not None and not 0 < len(name) <= MAX_NAME:
        raise InvalidRequest(f"`parameters.name` must have 1 to {MAX_NAME} characters.", path="parameters.name")
    return name
