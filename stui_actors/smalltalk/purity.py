"""What do-its are proved to change, as long as no message of theirs is sent the slow way."""

from stui_actors.smalltalk.arithmetic import GUARDED
from stui_actors.smalltalk.nodes import Assignment, DoIt, Literal, Message, Node, Variable


def assigned_names(do_it: DoIt) -> frozenset[str] | None:
    """The names that a do-it of literals, variables, arithmetic and assignments assigns; None for any other do-it."""
    if do_it.temporaries:
        return None
    assigned: set[str] = set()
    waiting: list[Node] = list(do_it.statements)
    while waiting:
        each = waiting.pop()
        if isinstance(each, Message) and each.selector in GUARDED and each.receiver is not None:
            waiting += (each.receiver, *each.arguments)
        elif isinstance(each, Assignment):
            assigned.add(each.variable.name)
            waiting.append(each.value)
        elif not isinstance(each, Literal | Variable) or (
            isinstance(each, Variable) and each.name in ("super", "thisContext")
        ):
            return None
    return frozenset(assigned)
