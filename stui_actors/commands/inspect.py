"""Looks into an object."""

from typing import ClassVar

from attrs import frozen

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.evaluation import target_of, value_in
from stui_actors.commands.fields import optional, required
from stui_actors.errors import EvaluationError, InvalidRequest, ObjectNotFound, ParseError, Timeout
from stui_actors.protocol.messages import Json
from stui_actors.session.inspection import view_code, view_json


@frozen
class InspectParameters:
    """What ``inspect`` takes."""

    target: str | None = optional("an expression whose value is inspected", None)
    object_id: str | None = optional("the id of the object, instead of ``target``", None)
    depth: int = optional("how many levels of instance variables are shown", 1)
    start: int = optional("the first element, from 1", 1)
    count: int = optional("how many elements", 100)
    include_private: bool = optional("accepted for old clients; everything is shown", False)
    include_methods: bool = optional("list the selectors of the object's class", False)


@frozen
class InspectResult:
    """What ``inspect`` answers."""

    object_info: dict[str, Json] = required("class_name, string_representation, hash, size and object_id")
    instance_vars: list[dict[str, Json]] = required(
        "each with name, class, value and object_id; nested ones under instance_vars"
    )
    elements: list[dict[str, Json]] = required("each with index or key, class, value and object_id")
    element_count: int = required("how many elements there are in all")
    methods: list[str] | None = optional("selectors, where they were asked for", None)


class Inspect(Command):
    """Look into an object: its class, text, variables and elements, a page at a time."""

    name: ClassVar[str] = "inspect"
    text: ClassVar[str] = "Look into an object: its class, text, variables and elements, a page at a time."
    feature: ClassVar[str] = "inspection"
    changes_state: ClassVar[bool] = True
    parameters = InspectParameters
    result = InspectResult
    errors = (
        EvaluationError,
        InvalidRequest,
        ObjectNotFound,
        ParseError,
        Timeout,
    )

    async def run(self, context: Context, parameters: InspectParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``InspectResult``."""
        value = await target_of(context, parameters.target, parameters.object_id)
        code = view_code(parameters.start, parameters.count, parameters.depth)
        view = await value_in(context, code, value)
        return view_json(context.session.workspace, view, methods=parameters.include_methods)
