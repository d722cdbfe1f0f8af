"""Primitives that read the source of a method: what it sends, names and holds.

Literals are answered as their text, which the library evaluates: here nothing has to know how each kind is made.
"""

from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.nodes import Block, Literal, LiteralKind, Message, Method, Variable
from stui_actors.smalltalk.objects import StString, symbol
from stui_actors.smalltalk.parser import parse_method
from stui_actors.smalltalk.primitives.behaviors import text_of
from stui_actors.smalltalk.records import side_of
from stui_actors.smalltalk.references import nodes_in


def messages_of(behavior: object, selector: object) -> object:
    """The selectors that a method sends, each once, in no order; fails without such a method."""
    method = _parsed(behavior, selector)
    if method is None:
        return FAIL
    return [symbol(each) for each in {node.selector for node in nodes_in(method) if isinstance(node, Message)}]


def super_messages_of(behavior: object, selector: object) -> object:
    """The selectors that a method sends to super, each once; fails without such a method."""
    method = _parsed(behavior, selector)
    if method is None:
        return FAIL
    sent = {
        node.selector
        for node in nodes_in(method)
        if isinstance(node, Message) and isinstance(node.receiver, Variable) and node.receiver.name == "super"
    }
    return [symbol(each) for each in sent]


def literals_of(behavior: object, selector: object) -> object:
    """The texts of a method's literals, nil, true and false left out; fails without such a method."""
    method = _parsed(behavior, selector)
    if method is None:
        return FAIL
    found = [node for node in nodes_in(method) if isinstance(node, Literal) and node.kind is not LiteralKind.CONSTANT]
    return [_text(each, method) for each in sorted(found, key=lambda node: node.start)]


def argument_names_of(behavior: object, selector: object) -> object:
    """The names of a method's arguments, in their order; fails without such a method."""
    method = _parsed(behavior, selector)
    return FAIL if method is None else [StString(each.name) for each in method.parameters]


def temporary_names_of(behavior: object, selector: object) -> object:
    """The names of its temporaries, those of its blocks and their arguments too; fails without such a method."""
    method = _parsed(behavior, selector)
    if method is None:
        return FAIL
    blocks = sorted((node for node in nodes_in(method) if isinstance(node, Block)), key=lambda node: node.start)
    inner = [each for block in blocks for each in (*block.parameters, *block.temporaries)]
    return [StString(each.name) for each in (*method.temporaries, *inner)]


def pragmas_of(behavior: object, selector: object) -> object:
    """Of each pragma an Array of its selector and its arguments' texts; fails without such a method."""
    method = _parsed(behavior, selector)
    if method is None:
        return FAIL
    return [[symbol(each.selector), *(_text(item, method) for item in each.arguments)] for each in method.pragmas]


def selectors_mentioning(behavior: object, selector: object) -> object:
    """The selectors of its methods that send a selector or hold it as a literal; fails for what is no text."""
    wanted = text_of(selector)
    if wanted is None:
        return FAIL
    found = []
    for name, method in MACHINE.image.methods(side_of(behavior)).items():
        MACHINE.tick_if_due()
        if MACHINE.image.library.index.mentions(method.source, wanted):
            found.append(symbol(name))
    return found


def _parsed(behavior: object, selector: object) -> Method | None:
    found = MACHINE.image.method(side_of(behavior), text_of(selector) or "")
    if found is None:
        return None
    MACHINE.charge(len(found.source))
    return parse_method(found.source)


def _text(node: Literal, method: Method) -> StString:
    return StString(method.source[node.start : node.stop])


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Behavior.messagesSentBy:": messages_of,
    "Behavior.messagesSentToSuperBy:": super_messages_of,
    "Behavior.literalTextsOf:": literals_of,
    "Behavior.argumentNamesOf:": argument_names_of,
    "Behavior.temporaryNamesOf:": temporary_names_of,
    "Behavior.pragmaTextsOf:": pragmas_of,
    "Behavior.selectorsMentioning:": selectors_mentioning,
}
