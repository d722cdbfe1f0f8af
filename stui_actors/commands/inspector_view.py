"""What commands answer of an inspector: where it is, where it was, and a page of what it shows there."""

from collections.abc import Awaitable, Callable
from typing import cast

from attrs import frozen

from stui_actors.commands.context import Context
from stui_actors.commands.evaluation import value_in
from stui_actors.commands.fields import required, result_of_command
from stui_actors.commands.looking import FAILURES, elements_of, line_json, names_and_texts, part_of, rows_of, texts_of
from stui_actors.errors import ClassNotFound, InvalidRequest, ObjectNotFound, ParseError
from stui_actors.protocol.messages import Json
from stui_actors.session.inspection import page_size
from stui_actors.session.inspectors import MAX_PATH, VIEWS, Inspector, Place
from stui_actors.session.parts import Part, Step, fields_of
from stui_actors.smalltalk.objects import StString

ENDS = frozenset(("Object", "ProtoObject"))  # classes whose methods every object has: shown of their own instances only


@result_of_command
class InspectorResult:
    """What ``inspector_open`` and ``inspector_select`` answer."""

    inspector_id: str = required("the inspector's id")
    name: str = required("its name")
    root: dict[str, Json] = required("class, value and object_id of the object that it was opened on")
    path: list[str | int] = required("the way from there to the selected object: names of variables, indexes, keys")
    selection: dict[str, Json] = required("class, value and object_id of the selected object")
    history: list[dict[str, Json]] = required("where it was, the oldest first: path and class; what is ahead included")
    position: int = required("the index of the present place in ``history``, from 0")
    view: str = required("the view that is shown")
    views: list[str] = required("the names of all views: built in, then the client's own")
    page: dict[str, Json] = required(
        "start, total, lines (each with name, index, class, value, object_id) and text: of ``print``, or why there are "
        "no lines"
    )


@frozen
class Page:
    """A page of a view. ``text`` stands for lines where there are none to be had."""

    start: int
    total: int
    lines: list[dict[str, Json]]
    text: str | None = None

    def as_json(self) -> dict[str, Json]:
        """The page as a reply has it."""
        return {"start": self.start, "total": self.total, "lines": cast("list[Json]", self.lines), "text": self.text}


async def view_of(context: Context, inspector: Inspector, start: int, count: int) -> dict[str, Json]:
    """An ``InspectorResult``."""
    page = await page_of(context, inspector, max(1, start), page_size(count))
    root, selection = await rows_of(context, [inspector.root, inspector.place.value])
    image = context.session.workspace.image
    return {
        "inspector_id": inspector.id,
        "name": inspector.name,
        "root": root,
        "path": [*inspector.place.path],
        "selection": selection,
        "history": [{"path": [*each.path], "class": image.class_name(each.value)} for each in inspector.places],
        "position": inspector.position,
        "view": inspector.view,
        "views": [*inspector.views],
        "page": page.as_json(),
    }


async def page_of(context: Context, inspector: Inspector, start: int, count: int) -> Page:
    """A page of the present view of the selected object."""
    value = inspector.place.value
    code = inspector.custom_views.get(inspector.view)
    if code is not None:
        return await _custom(context, value, code, start, count)
    return await SHOWN[inspector.view](context, value, start, count)


async def _fields(context: Context, value: object, start: int, count: int) -> Page:
    parts = fields_of(context.session.workspace.image, value)
    return Page(start, len(parts), await _lines(context, parts[start - 1 :][:count]))


async def _elements(context: Context, value: object, start: int, count: int) -> Page:
    found = await elements_of(context, value, start, count)
    return Page(start, found.total, await _lines(context, found.parts), found.failure)


async def _methods(context: Context, value: object, start: int, count: int) -> Page:
    """The methods of the object's class and those above, each with its class and, as value, its protocol."""
    mirror = context.session.workspace.mirror()
    name = context.session.workspace.image.class_name(value)
    rows: list[dict[str, Json]] = []
    try:
        for each in (name, *(above for above in mirror.superclasses(name) if above not in ENDS)):
            rows += [_method_line(each, method) for method in mirror.method_list(each)]
    except ClassNotFound:
        return Page(start, 0, [], f"The class {name} was removed.")
    return Page(start, len(rows), rows[start - 1 :][:count])


def _method_line(class_name: str, method: dict[str, object]) -> dict[str, Json]:
    name, category = str(method["name"]), str(method["category"])
    return {"name": name, "index": None, "class": class_name, "value": category, "object_id": None}


async def _print(context: Context, value: object, start: int, count: int) -> Page:
    (text,) = await texts_of(context, [value], context.settings.evaluation.max_print)
    return Page(start, 0, [], text)


SHOWN: dict[str, Callable[[Context, object, int, int], Awaitable[Page]]] = dict(
    zip(VIEWS, (_fields, _elements, _methods, _print), strict=True)
)


async def _custom(context: Context, value: object, code: str, start: int, count: int) -> Page:
    """What the client's own code answers: elements where it has any, else its text; why it fails, if it does."""
    context.session.changed(context.now())  # the code may do anything
    try:
        shown = await value_in(context, code, value)
    except (*FAILURES, ParseError) as error:
        return Page(start, 0, [], error.message)
    if isinstance(shown, str | StString):
        return Page(start, 0, [], str(shown)[: context.settings.evaluation.max_print])
    found = await elements_of(context, shown, start, count)
    if found.total == 0 and found.failure is None:
        (text,) = await texts_of(context, [shown], context.settings.evaluation.max_print)
        return Page(start, 0, [], text)
    return Page(start, found.total, await _lines(context, found.parts), found.failure)


async def _lines(context: Context, parts: list[Part]) -> list[dict[str, Json]]:
    names, texts = await names_and_texts(context, parts)
    return [
        {
            "name": name,
            "index": part.step if isinstance(part.step, int) else None,
            **line_json(context, part.value, text),
        }
        for part, name, text in zip(parts, names, texts, strict=True)
    ]


async def place_at(context: Context, inspector: Inspector, path: list[str | int]) -> Place:
    """The place that ``path`` leads to from the inspector's root; raise ObjectNotFound, InvalidRequest."""
    if len(path) > MAX_PATH:
        raise InvalidRequest(f"A path has at most {MAX_PATH} steps.", path="parameters.path")
    value = inspector.root
    for number, step in enumerate(path):
        value = await _found(context, value, step, number)
    return Place(tuple(path), value)


async def _found(context: Context, value: object, step: Step, number: int) -> object:
    part = await part_of(context, value, step)
    if part is None:
        class_name = context.session.workspace.image.class_name(value)
        raise ObjectNotFound(
            f"The {class_name} at this place has nothing called {str(step)[:64]!r}.",
            path=f"parameters.path[{number}]",
            suggestion="Take the names of variables and the indexes from the lines that the inspector shows.",
        )
    return part.value


def texts_by_name(views: dict[str, Json]) -> dict[str, str | None]:
    """Custom views as a request gives them; raise InvalidRequest for one that is neither code nor null."""
    for name, code in views.items():
        if not isinstance(code, str | None):
            raise InvalidRequest(
                f"`parameters.custom_views.{name[:64]}` must be a text or null.",
                path=f"parameters.custom_views.{name[:64]}",
            )
    return cast("dict[str, str | None]", views)
