"""What may stand at a place of a source: found from tokens and tables; runs no Smalltalk code and compiles nothing."""

import re
from collections.abc import Iterable, Iterator
from typing import Literal

from attrs import frozen

from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.records import Side
from stui_actors.smalltalk.tokens import (
    BAD,
    CHARACTER,
    END,
    KEYWORD,
    NAME,
    NUMBER,
    PUNCTUATION,
    STRING,
    SYMBOL,
    Token,
    batches,
)

LOOKED_AT = 20_000  # characters before the place: cut into tokens in some milliseconds
PSEUDO_VARIABLES = ("self", "super", "true", "false", "nil", "thisContext")
OPENING, CLOSING = frozenset(("(", "[", "{", "#(", "#[")), frozenset((")", "]", "}"))
LITERALS = {NUMBER: "Integer", STRING: "String", SYMBOL: "Symbol", CHARACTER: "Character"}
CLOSED = {"]": "BlockClosure", "}": "Array"}
VALUES = {"true": "True", "false": "False", "nil": "UndefinedObject", "thisContext": "Context"}
MAKERS = frozenset(("new", "basicNew"))  # what a class answers with an instance of its own
PART = re.compile(r"[^:]+:?")

Kind = Literal["variable", "class", "selector", "keyword"]
ORDER: dict[str, int] = {"variable": 0, "keyword": 1, "class": 2, "selector": 3}


@frozen
class Item:
    """One proposal. ``detail``: a variable's class, a class's package, who implements a selector, a whole selector."""

    text: str
    kind: Kind
    detail: str


@frozen
class Completion:
    """Proposals, best first, for the characters from ``start`` to ``stop``; ``is_cut``: there were more."""

    items: tuple[Item, ...]
    start: int
    stop: int
    is_cut: bool = False


def complete(image: Image, code: str, position: int, limit: int) -> Completion:
    """What may stand where the name before ``position`` stands; nothing within strings, comments and other literals."""
    first = max(0, position - LOOKED_AT)
    first = code.find("\n", first, position) + 1 if first else 0
    tokens = [token for batch in batches(code[first:position]) for token in batch]
    if any(kind == BAD for kind, _, _ in tokens):
        return Completion((), position, position)
    tokens = [token for token in tokens if token[0] != END]
    prefix = ""
    if tokens and tokens[-1][2] + len(tokens[-1][1]) == position - first:
        kind, text, _ = tokens[-1]
        if kind in LITERALS:
            return Completion((), position, position)
        if kind == NAME:
            prefix = text
            tokens.pop()
    return _best(_Place(image, tokens).proposals(prefix), prefix, position, limit)


def complete_prefix(image: Image, prefix: str, limit: int) -> Completion:
    """What begins with ``prefix``, wherever it might stand."""
    place = _Place(image, [])
    found = [*place.names(prefix), *place.selectors(None, prefix)]
    return _best(found, prefix, len(prefix), limit)


def _best(found: Iterable[Item], prefix: str, position: int, limit: int) -> Completion:
    """The proposals in order: those in the case that was typed before others."""
    unlike = sorted(set(found), key=lambda item: (not item.text.startswith(prefix), ORDER[item.kind], item.text))
    start = position - len(prefix)
    return Completion(tuple(unlike[:limit]), start, position, len(unlike) > limit)


def _begins(text: str, prefix: str) -> bool:
    return text[: len(prefix)].lower() == prefix.lower()


@frozen
class _Place:
    """A place in a source, behind ``tokens``."""

    image: Image
    tokens: list[Token]

    def proposals(self, prefix: str) -> Iterator[Item]:
        """Messages behind a receiver, and names elsewhere."""
        if not self.tokens or not (_ends_operand(self.tokens[-1]) or self.tokens[-1][1] == ";"):
            yield from self.names(prefix)
            return
        yield from self._next_keywords(prefix)
        yield from self.selectors(self._receiver(len(self.tokens)), prefix)

    # Names

    def names(self, prefix: str) -> Iterator[Item]:
        """Variables, classes and other globals that begin so."""
        image = self.image
        for name, value in image.variables.items():
            if _begins(name, prefix):
                yield Item(name, "variable", image.class_name(value))
        for record in image.records():
            if _begins(record.name, prefix):
                yield Item(record.name, "class", record.category)
        for name in {*image.globals, *image.library.globals}:
            if _begins(name, prefix) and image.record_named(name) is None:
                yield Item(name, "variable", image.class_name(image.global_value(name)))
        for name in PSEUDO_VARIABLES:
            if _begins(name, prefix):
                yield Item(name, "variable", "pseudo-variable")

    # Messages

    def selectors(self, side: Side | None, prefix: str) -> Iterator[Item]:
        """What ``side`` understands, else all that anybody does, and begins so; operators are typed sooner."""
        for selector, owner in self._understood(side):
            if _begins(selector, prefix) and (selector[0].isalpha() or selector[0] == "_"):
                yield Item(selector, "selector", owner)

    def _understood(self, side: Side | None) -> Iterator[tuple[str, str]]:
        """Selectors with who implements them; of many the first."""
        sides = self._all_sides() if side is None else self._chain(side)
        seen: set[str] = set()
        for each in sides:
            new = self.image.methods(each).keys() - seen
            seen |= new
            for selector in new:
                yield selector, each.name

    def _all_sides(self) -> Iterator[Side]:
        for record in self.image.records():
            yield record.instance
            yield record.meta

    def _chain(self, side: Side) -> Iterator[Side]:
        each: Side | None = side
        while each is not None:
            yield each
            each = self.image.superside(each)

    def _next_keywords(self, prefix: str) -> Iterator[Item]:
        """How a keyword message that has begun may go on."""
        begun, first = self._begun()
        if not begun:
            return
        for selector, _ in self._understood(self._receiver(first)):
            parts = PART.findall(selector)
            if selector.startswith(begun) and len(selector) > len(begun):
                part = parts[begun.count(":")]
                if _begins(part, prefix):
                    yield Item(part, "keyword", selector)

    def _begun(self) -> tuple[str, int]:
        """The keywords of the message under way, joined, and the place of the first among the tokens."""
        depth, found, first = 0, "", 0
        for index in range(len(self.tokens) - 1, -1, -1):
            kind, text, _ = self.tokens[index]
            if kind == PUNCTUATION and text in CLOSING:
                depth += 1
            elif kind == PUNCTUATION and text in OPENING:
                depth -= 1
            if depth < 0 or (depth == 0 and kind == PUNCTUATION and text in (".", ":=", "^", ";")):
                break
            if depth == 0 and kind == KEYWORD:
                found, first = text + found, index
        return found, first

    # Receivers

    def _receiver(self, end: int) -> Side | None:
        """The side that the operand before the token ``end`` behaves as, where that is plain to see."""
        if not end:
            return None
        if end > 2 and self.tokens[end - 1][1] in MAKERS and not self._continues(end - 2):
            made = self._operand(self.tokens[end - 2])
            return made.record.instance if made is not None and made.is_meta else None
        return None if self._continues(end - 1) else self._operand(self.tokens[end - 1])

    def _continues(self, index: int) -> bool:
        """Whether the token is a message to an operand before it, and not an operand itself."""
        kind, text, _ = self.tokens[index]
        return kind == NAME and index > 0 and _ends_operand(self.tokens[index - 1]) and text != ";"

    def _operand(self, token: Token) -> Side | None:
        kind, text, _ = token
        if kind == NAME:
            return self._named(text)
        if kind == NUMBER:
            return self._instances_of("Float" if "." in text else "Integer")
        name = LITERALS.get(kind) or (CLOSED.get(text) if kind == PUNCTUATION else None)
        return None if name is None else self._instances_of(name)

    def _named(self, name: str) -> Side | None:
        image = self.image
        if name in VALUES:
            return self._instances_of(VALUES[name])
        if name in image.variables:
            return image.side_of_value(image.variables[name])
        record = image.record_named(name)
        if record is not None:
            return record.meta
        return image.side_of_value(image.global_value(name)) if image.has_global(name) else None

    def _instances_of(self, class_name: str) -> Side | None:
        record = self.image.record_named(class_name)
        return None if record is None else record.instance


def _ends_operand(token: Token) -> bool:
    kind, text, _ = token
    return kind == NAME or kind in LITERALS or (kind == PUNCTUATION and text in CLOSING)
