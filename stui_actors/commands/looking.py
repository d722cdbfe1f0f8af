"""How commands look at objects: what they are made of, and their texts, each within its time.

An object's own ``printOn:``, ``do:`` or ``size`` may fail, loop or exhaust a limit; that is told in its place.
"""

from stui_actors.commands.context import Context
from stui_actors.commands.evaluation import value_in
from stui_actors.errors import EvaluationError, ResourceExhausted, Timeout
from stui_actors.protocol.messages import Json
from stui_actors.session.inspection import (
    KEYED_CODE,
    LINE,
    NO_TIME,
    TEXT_SECONDS,
    VIEW_SECONDS,
    elements_code,
    elements_in,
    found_in,
    page_size,
    texts_code,
    texts_in,
)
from stui_actors.session.parts import Elements, Part, Step, field_of, indexed_element

FAILURES = (EvaluationError, ResourceExhausted, Timeout)  # of the object's own code


async def texts_of(context: Context, values: list[object], limit: int = LINE) -> list[str]:
    """The printString of each object, cut to ``limit``, or why there is none. What is there twice is asked once."""
    different = list({id(each): each for each in values}.values())
    texts = await _texts_of(context, different, limit) if different else []
    known = {id(each): text for each, text in zip(different, texts, strict=True)}
    return [known[id(each)] for each in values]


async def _texts_of(context: Context, values: list[object], limit: int) -> list[str]:
    seconds = VIEW_SECONDS + TEXT_SECONDS
    try:
        return texts_in(await value_in(context, texts_code(limit), list(values), limit=seconds), len(values))
    except FAILURES as error:
        if len(values) == 1:
            return [f"<not printed: {error.message}>"]
    return await _texts_one_by_one(context, values, limit)


async def _texts_one_by_one(context: Context, values: list[object], limit: int) -> list[str]:
    """The same where one of them exhausted a limit, which ends all that is printed with it."""
    clock = context.session.workspace.surroundings.clock
    end = clock() + VIEW_SECONDS
    texts = []
    for value in values:
        texts += [NO_TIME] if clock() > end else await _texts_of(context, [value], limit)
    return texts


async def elements_of(context: Context, value: object, start: int, count: int) -> Elements:
    """A page of an object's elements, from 1; none, with the reason, where it fails to tell them."""
    first, most = max(1, start), page_size(count)
    if isinstance(value, list | bytearray):
        page = value[first - 1 : first - 1 + most]
        return Elements(len(value), [Part(first + offset, each) for offset, each in enumerate(page)])
    try:
        found = elements_in(await value_in(context, elements_code(first, most), [value], limit=VIEW_SECONDS))
    except FAILURES as error:
        return Elements(0, [], error.message)
    numbered = [Part(first + offset, each.value, each.key, each.is_keyed) for offset, each in enumerate(found.parts)]
    return Elements(found.total, numbered)


async def part_of(context: Context, value: object, step: Step) -> Part | None:
    """What a step of a path leads to: a variable by name, an element by index from 1, or by the text of its key."""
    if isinstance(step, int):
        return indexed_element(value, step) or await _element(context, value, step)
    return field_of(context.session.workspace.image, value, step) or await _keyed(context, value, step)


async def _element(context: Context, value: object, index: int) -> Part | None:
    page = await elements_of(context, value, index, 1) if index > 0 else Elements(0, [])
    return page.parts[0] if page.parts else None


async def _keyed(context: Context, value: object, text: str) -> Part | None:
    try:
        answer = await value_in(context, KEYED_CODE, [value, text], limit=VIEW_SECONDS)
        found = found_in(answer)
    except FAILURES:
        return None
    return Part(text, found[0]) if found else None


async def names_and_texts(context: Context, parts: list[Part]) -> tuple[list[str], list[str]]:
    """What each part is called, and the text of its value."""
    keys = [each.key for each in parts if each.is_keyed]
    texts = await texts_of(context, [*(each.value for each in parts), *keys])
    key_texts = iter(texts[len(parts) :])
    return [next(key_texts) if each.is_keyed else str(each.step) for each in parts], texts[: len(parts)]


def line_json(context: Context, value: object, text: str) -> dict[str, Json]:
    """Class, text and id of an object."""
    workspace = context.session.workspace
    return {"class": workspace.image.class_name(value), "value": text, "object_id": workspace.id_of(value)}


async def rows_of(context: Context, values: list[object]) -> list[dict[str, Json]]:
    """Class, text and id of each object."""
    texts = await texts_of(context, values)
    return [line_json(context, value, text) for value, text in zip(values, texts, strict=True)]


async def describe_variables(context: Context) -> list[Json]:
    """The workspace's variables with class, printString and object id, by name."""
    variables = sorted(context.session.workspace.image.variables.items())
    rows = await rows_of(context, [value for _, value in variables])
    described: list[Json] = [
        {"name": name, "class": row["class"], "printString": row["value"], "object_id": row["object_id"]}
        for (name, _), row in zip(variables, rows, strict=True)
    ]
    return described
