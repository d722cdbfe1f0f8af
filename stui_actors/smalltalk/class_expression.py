"""Reads expressions that define a class, in all the forms that Pharo has had, without running them."""

from collections.abc import Iterator

from attrs import evolve, frozen

from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.nodes import (
    BraceArray,
    Cascade,
    DoIt,
    Literal,
    LiteralKind,
    Message,
    Node,
    Return,
    Variable,
)

TYPES = {
    "subclass:": "normal",
    "variableSubclass:": "variable",
    "variableByteSubclass:": "bytes",
    "variableWordSubclass:": "words",
    "weakSubclass:": "weak",
    "ephemeronSubclass:": "variable",
}
LAYOUTS = {
    "FixedLayout": "normal",
    "VariableLayout": "variable",
    "ByteLayout": "bytes",
    "WordLayout": "words",
    "WeakLayout": "weak",
}
NAMES = {
    "instanceVariableNames:": "instance_variables",
    "slots:": "instance_variables",
    "classVariableNames:": "class_variables",
    "classVariables:": "class_variables",
    "sharedVariables:": "class_variables",
    "poolDictionaries:": "pools",
    "sharedPools:": "pools",
}
TEXTS = {"package:": "package", "category:": "package", "tag:": "tag"}
TRAITS = {"traits:": "traits", "uses:": "traits", "classTraits:": "class_traits"}
ENDINGS = frozenset(("install", "yourself", "build"))  # they may close a cascade
TRAIT = "Trait"
UNPACKAGED = "Unclassified"


@frozen
class ClassSide:
    """The variables that a class is given for itself: ``Foo class instanceVariableNames: 'a b'``."""

    name: str
    variables: tuple[str, ...]


class NoDefinitionError(ValueError):
    """The expression is not one that defines a class; the text says what was met instead."""


def read_expression(do_it: DoIt) -> ClassDefinition | ClassSide | None:
    """What a do-it defines; None where it is another kind of do-it. Raise NoDefinitionError for one gone wrong."""
    if len(do_it.statements) != 1:
        return None
    node = do_it.statements[0]
    node = node.value if isinstance(node, Return) else node
    parts = list(_parts(node))
    if not parts:
        return None
    side = _class_side(node)
    if side is not None:
        return side
    begun = _begun(node)
    return None if begun is None else _Filling(do_it.source, begun).filled(parts)


def _parts(node: Node) -> Iterator[tuple[str, Node | None]]:
    """Each keyword with its argument, those of cascaded messages too."""
    messages = node.messages if isinstance(node, Cascade) else (node,) if isinstance(node, Message) else ()
    for message in messages:
        if not message.arguments:
            yield message.selector, None
        elif message.selector.endswith(":"):
            words = [f"{word}:" for word in message.selector[:-1].split(":")]
            yield from zip(words, message.arguments, strict=True)


def _class_side(node: Node) -> ClassSide | None:
    """``Foo class instanceVariableNames: '...'``, or with slots."""
    receiver = node.receiver if isinstance(node, Cascade | Message) else None
    if not isinstance(receiver, Message) or receiver.selector != "class" or not isinstance(receiver.receiver, Variable):
        return None
    parts = dict(_parts(node))
    argument = parts.get("instanceVariableNames:") or parts.get("slots:")
    return None if argument is None else ClassSide(receiver.receiver.name, names_in(argument))


def _begun(node: Node) -> ClassDefinition | None:
    """The definition as its beginning has it: superclass, name, and the type that the first keyword tells."""
    receiver = node.receiver if isinstance(node, Cascade | Message) else None
    if isinstance(receiver, Message) and receiver.selector == "<<":
        return _fluid(receiver)
    if isinstance(node, Message) and node.selector == "<<":
        return _fluid(node)
    if not isinstance(node, Message) or not node.arguments:
        return None
    first = node.selector.partition(":")[0] + ":"
    above = _superclass(node.receiver)
    if first == "named:" and above == TRAIT:
        return ClassDefinition(name=_text(node.arguments[0]), superclass=TRAIT)
    if first not in TYPES or above is None:
        return None
    return ClassDefinition(name=_text(node.arguments[0]), superclass=above or None, type=TYPES[first])


def _fluid(message: Message) -> ClassDefinition | None:
    above = _superclass(message.receiver)
    return None if above is None else ClassDefinition(name=_text(message.arguments[0]), superclass=above or None)


def _superclass(node: Node | None) -> str | None:
    """The name of a superclass, empty for nil; None for what is no name."""
    if isinstance(node, Variable) and node.name[:1].isupper():
        return node.name
    return "" if isinstance(node, Literal) and node.value is None else None


class _Filling:
    """A definition whose parts are being added."""

    def __init__(self, source: str, begun: ClassDefinition) -> None:
        self.source = source
        self.definition = begun

    def filled(self, parts: list[tuple[str, Node | None]]) -> ClassDefinition:
        """The definition with all parts."""
        for word, argument in parts:
            if argument is not None:
                self.add(word, argument)
            elif word not in ENDINGS:
                raise NoDefinitionError(f"{word} has no place in the definition of a class")
        found = self.definition
        kind = "trait" if found.superclass == TRAIT else "class"
        return evolve(found, kind=kind, package=found.package or UNPACKAGED)

    def add(self, word: str, argument: Node) -> None:
        """Add one part."""
        if word in NAMES:
            names = names_in(argument)
            self.definition = evolve(self.definition, **{NAMES[word]: names})  # type: ignore[arg-type]  # a field of names
        elif word in TEXTS:
            self.definition = evolve(self.definition, **{TEXTS[word]: _text(argument)})  # type: ignore[arg-type]  # a field of text
        elif word in TRAITS:
            text = self.composition(argument)
            self.definition = evolve(self.definition, **{TRAITS[word]: text})  # type: ignore[arg-type]  # a field of text
        elif word == "layout:":
            self.definition = evolve(self.definition, type=_layout(argument))
        elif word not in TYPES and word not in ("named:", "<<:"):
            raise NoDefinitionError(f"{word} has no place in the definition of a class")

    def composition(self, argument: Node) -> str:
        """A composition of traits as text; one in braces is their sum."""
        if isinstance(argument, BraceArray):
            return " + ".join(f"({self.source[each.start : each.stop]})" for each in argument.elements)
        return self.source[argument.start : argument.stop]


def names_in(node: Node) -> tuple[str, ...]:
    """The names in a text, a literal array or a brace array; a slot with a kind counts by its name."""
    if isinstance(node, BraceArray):
        return tuple(_slot_name(each) for each in node.elements)
    if isinstance(node, Literal) and node.kind is LiteralKind.ARRAY and isinstance(node.value, tuple):
        return tuple(_text(each) for each in node.value)
    return tuple(_text(node).split())


def _slot_name(node: Node) -> str:
    """``#a``, ``#a => Kind``, ``#a : Kind``."""
    while isinstance(node, Message | Cascade) and node.receiver is not None:
        node = node.receiver
    return _text(node)


def _layout(node: Node) -> str:
    name = node.name if isinstance(node, Variable) else _text(node)
    if name not in LAYOUTS:
        raise NoDefinitionError(f"{name} is not a layout: {', '.join(LAYOUTS)}")
    return LAYOUTS[name]


def _text(node: Node) -> str:
    if isinstance(node, Literal) and isinstance(node.value, str):
        return node.value
    raise NoDefinitionError("A name or a text is expected there")
