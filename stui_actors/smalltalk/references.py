"""Which selectors and symbols a method mentions: its text is searched first, and parsed only where that may be."""

import re
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from operator import attrgetter
from sys import intern

from attrs import define, field

from stui_actors.errors import ParseError
from stui_actors.smalltalk.nodes import (
    Assignment,
    Block,
    BraceArray,
    Cascade,
    DoIt,
    Literal,
    LiteralKind,
    Message,
    Method,
    Node,
    Pragma,
    Return,
    Variable,
)
from stui_actors.smalltalk.parser import RESERVED, parse_method
from stui_actors.smalltalk.tokens import OPERATOR_CHARACTERS

# What to look at below a node; nodes that are not here have nothing below them but variables.
_BELOW: dict[type, Callable[..., Iterable[object]]] = {
    Message: lambda node: (node.receiver, *node.arguments),
    Cascade: lambda node: (node.receiver, *node.messages),
    Assignment: lambda node: (node.value,),
    Return: lambda node: (node.value,),
    Block: attrgetter("statements"),
    BraceArray: attrgetter("elements"),
    DoIt: attrgetter("statements"),
    Method: lambda node: (*node.pragmas, *node.statements),
    Pragma: attrgetter("arguments"),
}


def mentions(source: str, selector: str) -> bool:
    """True if the method sends ``selector`` or holds it as a literal symbol; false if it does not parse."""
    if not _may_mention(source, selector):
        return False
    try:
        method = parse_method(source)
    except ParseError:
        return False
    return selector in selectors_in(method)


@define(eq=False)
class MentionIndex:
    """What the methods with these ``sources``, which never change, mention; made in turns, of use from the first on."""

    sources: Iterable[str]
    _known: dict[str, frozenset[str]] = field(factory=dict)
    is_complete: bool = False
    _slices: Iterator[None] | None = None

    def mentions(self, source: str, selector: str) -> bool:
        """As ``mentions``; at once where the source was read before."""
        known = self._known.get(source)
        return mentions(source, selector) if known is None else selector in known and selector not in RESERVED

    def run_slice(self) -> bool:
        """Read one more source; true once all are read."""
        if self._slices is None:
            self._slices = self._read()
        self.is_complete = next(self._slices, self) is self
        return self.is_complete

    def _read(self) -> Iterator[None]:
        for source in self.sources:
            if source not in self._known:
                self._known[source] = _mentioned_by(source)
                yield


def _mentioned_by(source: str) -> frozenset[str]:
    try:
        return frozenset(map(intern, selectors_in(parse_method(source))))
    except ParseError:
        return frozenset()


def selectors_in(root: Node) -> set[str]:
    """All selectors sent in a tree, and all its symbols."""
    found: set[str] = set()
    pending: list[object] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Message):
            found.add(node.selector)
        elif isinstance(node, Literal):
            _add_symbols(node, found)
            continue
        below = _BELOW.get(type(node))
        if below is not None:
            pending.extend(below(node))
    return found


def _add_symbols(literal: Literal, found: set[str]) -> None:
    pending = [literal]
    while pending:
        each = pending.pop()
        if each.kind is LiteralKind.SYMBOL and isinstance(each.value, str):
            found.add(each.value)
        elif each.kind is LiteralKind.ARRAY and isinstance(each.value, tuple):
            pending.extend(each.value)


def _may_mention(source: str, selector: str) -> bool:
    """All parts of the selector stand in the text behind the pattern's first word, the first as a word of its own."""
    if selector in RESERVED:
        return False
    parts = [part + ":" for part in selector.split(":")[:-1]] or [selector]
    if any(part not in source for part in parts):
        return False
    if not selector[:1].isidentifier():
        return selector == "-" or _operator(selector).search(source) is not None
    word = re.compile(rf"(?<!\w){re.escape(parts[0])}" + ("" if selector[-1] == ":" else r"(?![\w:])"))
    return word.search(source, 1) is not None


@lru_cache(maxsize=64)
def _operator(selector: str) -> re.Pattern[str]:
    """The operator as a whole: no part of a longer one, nor of an assignment; a minus before a digit may follow it."""
    run = rf"[{OPERATOR_CHARACTERS}]"
    return re.compile(rf"(?<!{run})(?<!:){re.escape(selector)}(?:(?=-\d)|(?!{run}))")


def nodes_in(root: Node) -> Iterator[Node]:
    """All nodes of a tree that can be read or sent, in no order: no declarations, no parts of literals."""
    pending: list[object] = [root]
    while pending:
        node = pending.pop()
        if isinstance(node, Node):
            yield node
        below = _BELOW.get(type(node))
        if below is not None:
            pending.extend(below(node))


def variables_in(root: Node) -> tuple[set[str], set[str]]:
    """The names that a tree reads, and those that it assigns to."""
    nodes = list(nodes_in(root))
    read = {node.name for node in nodes if isinstance(node, Variable)}
    return read, {node.variable.name for node in nodes if isinstance(node, Assignment)}
