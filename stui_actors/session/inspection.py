"""What an inspector shows, read from the Arrays that the library's ObjectView makes."""

from typing import cast

from stui_actors.protocol.messages import Json
from stui_actors.session.workspace import Workspace

Line = tuple[str, str, object]
MAX_DEPTH = 5  # levels of instance variables: each multiplies the answer
MAX_PAGE = 1000  # elements per answer: it must stay below the largest message


def view_code(start: int, count: int, depth: int) -> str:
    """The do-it that answers the view of ``self``."""
    first, most, levels = max(1, start), max(0, min(count, MAX_PAGE)), min(depth, MAX_DEPTH)
    return f"ObjectView of: self from: {first} count: {most} depth: {levels}"


LINES_CODE = "ObjectView linesOf: self"


def view_json(workspace: Workspace, view: object, *, methods: bool) -> dict[str, Json]:
    """The view of an object as ``inspect`` answers it."""
    line, hashed, count, variables, elements, selectors = cast("list[object]", view)
    class_name, text, value = line_of(line)
    answer: dict[str, Json] = {
        "object_info": {
            "class_name": class_name,
            "string_representation": text,
            "hash": hashed if isinstance(hashed, int) else 0,
            "size": count if isinstance(count, int) else 0,
            "object_id": workspace.id_of(value),
        },
        "instance_vars": variables_json(workspace, variables),
        "elements": [element_json(workspace, each) for each in cast("list[object]", elements)],
        "element_count": count if isinstance(count, int) else 0,
    }
    if methods:
        answer["methods"] = [text_of(each) for each in cast("list[object]", selectors)]
    return answer


def variables_json(workspace: Workspace, variables: object) -> list[Json]:
    """Instance variables, those inside them under ``instance_vars``."""
    rows: list[Json] = []
    for each in cast("list[object]", variables):
        name, line, inner = cast("list[object]", each)
        row = line_json(workspace, line)
        row["name"] = text_of(name)
        if inner:
            row["instance_vars"] = variables_json(workspace, inner)
        rows.append(row)
    return rows


def element_json(workspace: Workspace, element: object) -> dict[str, Json]:
    """One element with its index or key."""
    key, line = cast("list[object]", element)
    return {"key": text_of(key), **line_json(workspace, line)}


def line_json(workspace: Workspace, line: object) -> dict[str, Json]:
    """Class, text and id of an object."""
    class_name, text, value = line_of(line)
    return {"class": class_name, "value": text, "object_id": workspace.id_of(value)}


def line_of(line: object) -> Line:
    """A line, its texts as Python has them."""
    class_name, text, value = cast("list[object]", line)
    return text_of(class_name), text_of(text), value


def text_of(value: object) -> str:
    """A String or Symbol as Python text."""
    return str(value)
