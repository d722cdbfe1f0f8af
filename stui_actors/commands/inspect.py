"""Looks into an object."""

from collections.abc import Sequence
from typing import ClassVar, cast

from attrs import define, field

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.evaluation import target_of
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import counted, page_asked
from stui_actors.commands.looking import elements_of, line_json, names_and_texts, texts_of
from stui_actors.errors import ClassNotFound, EvaluationError, InvalidRequest, ObjectNotFound, ParseError, Timeout
from stui_actors.protocol.messages import Json
from stui_actors.session.inspection import MAX_DEPTH, MAX_PAGE
from stui_actors.session.parts import Elements, Part, fields_of
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.primitives.objects import identity_hash


@parameters_of_command
class InspectParameters:
    """What ``inspect`` takes."""

    target: str | None = optional("an expression whose value is inspected", None)
    object_id: str | None = optional("the id of the object, instead of ``target``", None)
    depth: int = optional("how many levels of instance variables are shown, 5 at most", 1)
    start: int = optional("the first element, from 1", 1)
    count: int = optional("how many elements, 500 at most", 100)
    include_private: bool = optional("accepted for old clients; everything is shown", False)
    include_methods: bool = optional("list the selectors of the object's class", False)


@result_of_command
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
    evaluates: ClassVar[bool] = True
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
        start, count = page_asked(parameters.start, parameters.count, context)
        depth = counted(parameters.depth, MAX_DEPTH, "depth", context)
        value = await target_of(context, parameters.target, parameters.object_id)
        image = context.session.workspace.image
        elements = await elements_of(context, value, start, count)
        answer = await facts_of(context, value, elements)
        answer["instance_vars"] = await variables_of(context, value, depth)
        answer["elements"] = await elements_json(context, elements.parts)
        answer["element_count"] = elements.total
        if parameters.include_methods:
            answer["methods"] = selectors_of(context, image.class_name(value))
        return answer


async def facts_of(context: Context, value: object, elements: Elements) -> dict[str, Json]:
    """The object itself."""
    (text,) = await texts_of(context, [value], context.settings.evaluation.max_print)
    line = line_json(context, value, text)
    return {
        "object_info": {
            "class_name": line["class"],
            "string_representation": text,
            "hash": identity_hash(value),
            "size": elements.total,
            "object_id": line["object_id"],
        }
    }


async def elements_json(context: Context, parts: list[Part]) -> list[Json]:
    """Elements, each with its index or key."""
    names, texts = await names_and_texts(context, parts)
    return [
        {"key": name, **line_json(context, part.value, text)}
        for part, name, text in zip(parts, names, texts, strict=True)
    ]


@define(eq=False)
class Variable:
    """An instance variable, and those inside it as far as they are shown."""

    part: Part
    depth: int
    inner: "list[Variable]" = field(factory=list)


async def variables_of(context: Context, value: object, depth: int) -> list[Json]:
    """The instance variables, those inside them under ``instance_vars``; MAX_PAGE of them in all, the outer first."""
    variables, top = unfolded(context.session.workspace.image, value, depth)
    texts = await texts_of(context, [each.part.value for each in variables])
    rows: dict[int, dict[str, Json]] = {}
    for each, text in zip(variables, texts, strict=True):
        rows[id(each)] = {**line_json(context, each.part.value, text), "name": str(each.part.step)}
    for each in variables:
        if each.inner:
            rows[id(each)]["instance_vars"] = [rows[id(inner)] for inner in each.inner]
    return [rows[id(each)] for each in top]


def unfolded(image: Image, value: object, depth: int) -> tuple[list[Variable], list[Variable]]:
    """All variables that are shown, level by level, and those of the object itself."""
    top = [Variable(each, 1) for each in fields_of(image, value)][:MAX_PAGE]
    found = list(top)
    for each in found:
        if each.depth < depth:
            room = MAX_PAGE - len(found)
            each.inner = [Variable(part, each.depth + 1) for part in fields_of(image, each.part.value)][:room]
            found += each.inner
    return found, top


def selectors_of(context: Context, class_name: str) -> list[Json]:
    """The selectors of a class, sorted; none of one that was removed."""
    try:
        rows: Sequence[dict[str, object]] = context.session.workspace.mirror().method_list(class_name)
    except ClassNotFound:
        return []
    return cast("list[Json]", [row["name"] for row in rows])
