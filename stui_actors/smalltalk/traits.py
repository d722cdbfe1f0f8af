"""Flattens traits: what a composition such as ``TFirst + (TSecond - { #draw })`` gives to the class that uses it."""

from collections.abc import Callable, Iterable, Mapping

from attrs import evolve, field, frozen

from stui_actors.errors import InvalidRequest
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.nodes import BraceArray, Literal, Message, Node, Variable
from stui_actors.smalltalk.parser import parse_do_it
from stui_actors.smalltalk.tonel import split_pattern

Key = tuple[bool, str]
MAX_COMPOSITION = 200  # traits joined in one composition: their tree is walked by recursion


@frozen
class Composed:
    """What traits give: variables, methods by side and selector, and the keys that two of them fill differently."""

    variables: tuple[str, ...] = ()
    methods: Mapping[Key, MethodDefinition] = field(factory=dict)
    conflicts: frozenset[Key] = frozenset()


def composed(text: str, trait_named: Callable[[str], ClassDefinition]) -> Composed:
    """The value of a composition; ``trait_named`` raises ClassNotFound. Raise ParseError, InvalidRequest."""
    statements = parse_do_it(text, max_nesting=MAX_COMPOSITION).statements
    if text.count("+") + text.count("-") + text.count("@") > MAX_COMPOSITION:
        raise InvalidRequest("The composition of traits is too long.")
    return _value(statements[0], trait_named) if statements else Composed()


def methods_for(class_name: str, found: Composed, own: Iterable[MethodDefinition]) -> tuple[MethodDefinition, ...]:
    """The methods that a class takes over: those that it has none of its own for; raise InvalidRequest on conflicts."""
    present = {(each.is_class_side, each.selector) for each in own}
    conflicts = sorted(selector for side, selector in found.conflicts if (side, selector) not in present)
    if conflicts:
        raise InvalidRequest(f"The traits of {class_name} conflict in #{', #'.join(conflicts)}; define them in it.")
    return tuple(
        evolve(each, class_name=class_name, line=0) for key, each in found.methods.items() if key not in present
    )


def _value(node: Node, trait_named: Callable[[str], ClassDefinition]) -> Composed:
    if isinstance(node, Variable):
        return _of_trait(trait_named(node.name))
    if isinstance(node, BraceArray):
        return _sum(_value(each, trait_named) for each in node.elements)
    if isinstance(node, Literal) and not node.value:
        return Composed()
    if isinstance(node, Message) and node.receiver is not None and node.selector == "+":
        return _sum(_value(each, trait_named) for each in (node.receiver, *node.arguments))
    if isinstance(node, Message) and node.receiver is not None and node.selector in OPERATIONS:
        return OPERATIONS[node.selector](_value(node.receiver, trait_named), node.arguments[0])
    raise InvalidRequest("A composition of traits has names of traits, `+`, `-` and `@`, and nothing else.")


def _of_trait(trait: ClassDefinition) -> Composed:
    methods = {
        (each.is_class_side, each.selector): evolve(each, origin=each.origin or trait.name) for each in trait.methods
    }
    return Composed(trait.instance_variables, methods)


def _sum(parts: Iterable[Composed]) -> Composed:
    variables: dict[str, None] = {}
    methods: dict[Key, MethodDefinition] = {}
    conflicts: set[Key] = set()
    for part in parts:
        variables.update(dict.fromkeys(part.variables))
        clashing = {key for key, each in part.methods.items() if key in methods and methods[key].source != each.source}
        conflicts |= clashing | part.conflicts
        methods.update(part.methods)
    return Composed(tuple(variables), methods, frozenset(conflicts))


def _without(found: Composed, argument: Node) -> Composed:
    """``- { #draw }``: the same without some of its methods."""
    gone = {_symbol(each) for each in _elements(argument)}
    methods = {key: each for key, each in found.methods.items() if key[1] not in gone}
    return evolve(found, methods=methods, conflicts=frozenset(key for key in found.conflicts if key[1] not in gone))


def _aliased(found: Composed, argument: Node) -> Composed:
    """``@ { #drawPlainly -> #draw }``: the same, and some of its methods under other names too."""
    methods = dict(found.methods)
    for each in _elements(argument):
        if not isinstance(each, Message) or each.selector != "->" or each.receiver is None:
            raise InvalidRequest("An alias of a trait's method is written `#newName -> #oldName`.")
        new, old = _symbol(each.receiver), _symbol(each.arguments[0])
        for side in (False, True):
            if (side, old) in found.methods:
                methods[side, new] = _renamed(found.methods[side, old], new)
    return evolve(found, methods=methods)


OPERATIONS: dict[str, Callable[[Composed, Node], Composed]] = {"-": _without, "@": _aliased}


def _renamed(method: MethodDefinition, selector: str) -> MethodDefinition:
    pattern, body = split_pattern(method.source, method.selector)
    names = pattern.split()[1::2]
    words = [f"{word}:" for word in selector[:-1].split(":")] if selector.endswith(":") else [selector]
    if len(names) != (len(words) if names else 0) or (not names and selector.endswith(":")):
        raise InvalidRequest(f"#{selector} and #{method.selector} do not take as many arguments.")
    written = " ".join(f"{word} {name}" for word, name in zip(words, names, strict=True)) if names else selector
    return evolve(method, selector=selector, source=written + body)


def _elements(node: Node) -> Iterable[Node]:
    if isinstance(node, BraceArray):
        return node.elements
    if isinstance(node, Literal) and isinstance(node.value, tuple):
        return [each for each in node.value if isinstance(each, Literal)]
    return (node,)


def _symbol(node: Node) -> str:
    if isinstance(node, Literal) and isinstance(node.value, str):
        return node.value
    raise InvalidRequest("The methods of a trait are named by symbols.")
