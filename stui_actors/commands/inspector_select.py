"""Moves an inspector."""

from typing import ClassVar, Literal

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import mapping, optional, parameters_of_command, required
from stui_actors.commands.inspector_view import InspectorResult, place_at, texts_by_name, view_of
from stui_actors.commands.limits import page_asked
from stui_actors.errors import Interrupted, InvalidRequest, ObjectNotFound
from stui_actors.protocol.messages import Json
from stui_actors.session.inspectors import Inspector


@parameters_of_command
class InspectorSelectParameters:
    """What ``inspector_select`` takes."""

    inspector_id: str = required("the inspector's id")
    path: Literal["back", "forward"] | list[str | int] | None = optional(
        "the way from the root to the object to select: names of variables, indexes of elements from 1, texts of keys; "
        "or ``back``, ``forward``: where it was; else it stays where it is",
        None,
    )
    view: str | None = optional("what it shows from now on", None)
    custom_views: dict[str, Json] = mapping("views of the client's own to add or replace, by name; null removes")
    start: int = optional("the first line, from 1", 1)
    count: int = optional("how many lines, 500 at most", 100)


class InspectorSelect(Command):
    """Move an inspector to another object, or show another view of the same."""

    name: ClassVar[str] = "inspector_select"
    text: ClassVar[str] = "Move an inspector to another object, or show another view or page of the same."
    feature: ClassVar[str] = "inspection"
    changes_state: ClassVar[bool] = True
    evaluates: ClassVar[bool] = True
    parameters = InspectorSelectParameters
    result = InspectorResult
    errors = (Interrupted, InvalidRequest, ObjectNotFound)

    async def run(self, context: Context, parameters: InspectorSelectParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer an ``InspectorResult``."""
        start, count = page_asked(parameters.start, parameters.count, context)
        inspectors = context.session.workspace.inspectors
        inspector = inspectors.named(parameters.inspector_id).copy()
        inspector.configure(texts_by_name(parameters.custom_views))
        if parameters.view is not None:
            inspector.show(parameters.view)
        await move(context, inspector, parameters.path)
        answer = await view_of(context, inspector, start, count)
        inspectors.add(inspector)
        context.session.changed(context.now())
        return answer


async def move(context: Context, inspector: Inspector, path: str | list[str | int] | None) -> None:
    """Go where ``path`` says; raise ObjectNotFound, InvalidRequest."""
    if path == "back":
        inspector.go_back()
    elif path == "forward":
        inspector.go_forward()
    elif isinstance(path, list):
        inspector.go(await place_at(context, inspector, path))
