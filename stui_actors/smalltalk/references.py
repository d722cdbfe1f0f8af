"""Which selectors and symbols a method mentions: its text is searched first, and parsed only where that may be."""

import re
from collections.abc import Iterable

from attrs import fields

from stui_actors.errors import ParseError
from stui_actors.smalltalk.nodes import Literal, LiteralKind, Message, Node
from stui_actors.smalltalk.parser import parse_method


def mentions(source: str, selector: str) -> bool:
    """True if the method sends ``selector`` or holds it as a literal symbol; false if it does not parse."""
    if not _may_mention(source, selector):
        return False
    try:
        method = parse_method(source)
    except ParseError:
        return False
    return selector in selectors_in(method)


def selectors_in(root: Node) -> set[str]:
    """All selectors sent in a tree, and all its symbols."""
    found: set[str] = set()
    pending: list[object] = [root]
    while pending:
        part = pending.pop()
        match part:
            case Message(selector=selector):
                found.add(selector)
            case Literal(kind=LiteralKind.SYMBOL, value=str(name)):
                found.add(name)
        if isinstance(part, Node):
            pending.extend(_parts(part))
    return found


def _parts(node: Node) -> Iterable[Node]:
    for attribute in fields(type(node)):
        value = getattr(node, attribute.name)
        if isinstance(value, Node):
            yield value
        elif isinstance(value, tuple):
            yield from (each for each in value if isinstance(each, Node))


def _may_mention(source: str, selector: str) -> bool:
    """All parts of the selector stand in the text, the first one as a word of its own, and not as the pattern only."""
    parts = [part + ":" for part in selector.split(":")[:-1]] or [selector]
    if any(part not in source for part in parts):
        return False
    if not selector[:1].isidentifier():
        return True
    return re.search(rf"(?<!\w){re.escape(parts[0])}", source) is not None
