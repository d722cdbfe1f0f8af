"""Which do-its are proved to change nothing, as long as no message of theirs is sent the slow way."""

from stui_actors.smalltalk.arithmetic import GUARDED
from stui_actors.smalltalk.nodes import DoIt, Literal, Message, Node, Variable


def changes_nothing(do_it: DoIt) -> bool:
    """Whether a do-it has only literals, variables that it reads, and arithmetic on them."""
    if do_it.temporaries:
        return False
    waiting: list[Node] = list(do_it.statements)
    while waiting:
        each = waiting.pop()
        if isinstance(each, Message) and each.selector in GUARDED and each.receiver is not None:
            waiting += (each.receiver, *each.arguments)
        elif not isinstance(each, Literal | Variable) or (
            isinstance(each, Variable) and each.name in ("super", "thisContext")
        ):
            return False
    return True
