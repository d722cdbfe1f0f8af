"""Which variables of an inlined block outlive a turn of its loop because a real block inside refers to them."""

from collections.abc import Callable, Iterator

from stui_actors.smalltalk.nodes import (
    Assignment,
    Block,
    BraceArray,
    Cascade,
    DoIt,
    Message,
    Method,
    Node,
    Return,
    Variable,
)

BATCH = 1000  # nodes between two looks whether others want to run

# How many of the last arguments are inlined if they are literal blocks, and whether the receiver is.
INLINED_ARGUMENTS = {
    **dict.fromkeys(("ifTrue:", "ifFalse:", "and:", "or:", "ifNil:", "ifNotNil:", "to:do:", "to:by:do:"), 1),
    **dict.fromkeys(("whileTrue:", "whileFalse:", "timesRepeat:"), 1),
    **dict.fromkeys(("ifTrue:ifFalse:", "ifFalse:ifTrue:", "ifNil:ifNotNil:", "ifNotNil:ifNil:"), 2),
}
INLINED_RECEIVERS = frozenset(("whileTrue:", "whileFalse:", "whileTrue", "whileFalse", "repeat"))


def children(node: Node) -> tuple[Node, ...]:
    """The nodes right below one."""
    if isinstance(node, Message):
        return node.arguments if node.receiver is None else (node.receiver, *node.arguments)
    if isinstance(node, Assignment):
        return (node.variable, node.value)
    if isinstance(node, Block | DoIt | Method):
        return node.statements
    if isinstance(node, Cascade):
        return (node.receiver, *node.messages)
    if isinstance(node, BraceArray):
        return node.elements
    return (node.value,) if isinstance(node, Return) else ()


def walk(node: Node) -> Iterator[Node]:
    """A node and all below it."""
    waiting = [node]
    while waiting:
        each = waiting.pop()
        yield each
        waiting.extend(children(each))


def let_go(nodes: list[Node], pause: Callable[[], None]) -> None:
    """Empty ``nodes`` and free what is below them, a few at a time: large trees take long to vanish."""
    index = 0
    while index < len(nodes):
        for each in nodes[index : index + BATCH]:
            nodes += children(each)
        index += BATCH
        pause()
    nodes.reverse()  # parents go first, while the list still holds their children
    while nodes:
        del nodes[-BATCH:]
        pause()


def inlined_blocks(message: Message) -> list[Node]:
    """The operands of a message that are inlined if they are blocks."""
    count = INLINED_ARGUMENTS.get(message.selector, 0)
    found = list(message.arguments[-count:]) if count else []
    if message.selector in INLINED_RECEIVERS and message.receiver is not None:
        found.append(message.receiver)
    return found


def captures_own_variables(block: Block) -> bool:
    """Whether a real block inside ``block`` refers to what ``block``, or what is inlined into it, declares."""
    declared: set[str] = set()
    real: list[Block] = []
    waiting: list[Node] = [block]
    inlined = {id(block)}
    while waiting:
        each = waiting.pop()
        if isinstance(each, Message):
            inlined.update(id(part) for part in inlined_blocks(each))
        if isinstance(each, Block) and id(each) not in inlined:
            real.append(each)
            continue
        if isinstance(each, Block):
            declared.update(variable.name for variable in (*each.parameters, *each.temporaries))
        waiting.extend(children(each))
    if not declared or not real:
        return False
    return any(isinstance(node, Variable) and node.name in declared for each in real for node in walk(each))
