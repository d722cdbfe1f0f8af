"""Line ends inside the string literals of loaded methods: a carriage return each, as Pharo keeps them.

Files end their lines with a line feed; Pharo turns those into carriage returns when it loads code, so that a text that
``Character cr`` divides equals the literal that was written over several lines. The rest of a source stays as it is.
"""

from collections.abc import Iterator

from stui_actors.smalltalk.nodes import Literal, LiteralKind
from stui_actors.smalltalk.parser import parse_method
from stui_actors.smalltalk.references import nodes_in


def with_image_line_ends(source: str) -> str:
    """The method's source with its string literals as they are in an image; raise ParseError."""
    if "'" not in source or "\n" not in source:
        return source
    parts, end = [], 0
    for start, stop in sorted(_many_lined(source)):
        parts += [source[end:start], source[start:stop].replace("\r\n", "\r").replace("\n", "\r")]
        end = stop
    return "".join((*parts, source[end:]))


def _many_lined(source: str) -> Iterator[tuple[int, int]]:
    """Where the strings and symbols stand that go over several lines."""
    pending: list[Literal] = [node for node in nodes_in(parse_method(source)) if isinstance(node, Literal)]
    while pending:
        each = pending.pop()
        if each.kind is LiteralKind.ARRAY and isinstance(each.value, tuple):
            pending.extend(each.value)
        elif each.kind in (LiteralKind.STRING, LiteralKind.SYMBOL) and "\n" in source[each.start : each.stop]:
            yield each.start, each.stop
