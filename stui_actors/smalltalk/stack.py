"""The Smalltalk stack, read from Python's frames: as text in Pharo's form, and as Context objects."""

import re
import sys
from collections.abc import Iterator, Mapping
from itertools import pairwise
from types import CodeType, FrameType

from stui_actors.smalltalk.bindings import Info, info_of
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.objects import StString, symbol

VARIABLE = re.compile(r"[pt]:\w")  # the names that compiled code has for those of the source
MAX_LINES = 60  # of a printed stack: its top, where people look
MAX_CONTEXTS = 200  # that one thisContext makes
MAX_BLOCK_TEXT = 60  # characters of a block's source in a line


def smalltalk_frames(frame: FrameType | None) -> Iterator[tuple[FrameType, Info]]:
    """The frames of Smalltalk code from ``frame`` outwards, to where the process began."""
    while frame is not None:
        info = info_of(frame.f_code)
        if info is not None:
            yield frame, info
            if info.is_do_it and not info.is_block:
                return
        frame = frame.f_back


def signaler_frame(frame: FrameType | None, exception: object) -> FrameType | None:
    """The first frame from ``frame`` outwards that is neither the exception's nor its class's; ``frame`` if all are."""
    own = (exception, MACHINE.image.class_named(MACHINE.class_name(exception)))
    for each, _ in smalltalk_frames(frame):
        receiver = each.f_locals.get("self")
        if all(receiver is not one for one in own):
            return each
    return frame


def stack_text(frame: FrameType | None) -> str:
    """The lines of the stack, innermost first, cut at MAX_LINES."""
    lines: list[str] = []
    for each, info in smalltalk_frames(frame):
        if len(lines) == MAX_LINES:
            lines.append("...")
            break
        lines.append(_line(each, info))
    return "\n".join(lines)


def _line(frame: FrameType, info: Info) -> str:
    if info.is_block:
        return _block_line(info)
    if info.is_do_it:
        return info.title
    variables = frame.f_locals
    name = MACHINE.class_name(variables["self"])
    owner = name if name == info.owner else f"{name}({info.owner})"
    if info.selector != "doesNotUnderstand:":
        return f"{owner}>>{info.selector}"
    message = next((value for key, value in variables.items() if key.startswith("p:")), None)
    selector = getattr(message, "i_selector", None)
    return f"{owner}>>{info.selector}" + (f" #{selector}" if isinstance(selector, str) else "")


def _block_line(info: Info) -> str:
    text = " ".join(info.text.split())
    return f"{text if len(text) <= MAX_BLOCK_TEXT else text[:MAX_BLOCK_TEXT] + '...'} in {info.title}"


def this_context() -> object:
    """A Context of the code that asks, with its senders."""
    return context_of(sys._getframe(1))


def context_of(frame: FrameType | None) -> object:
    """A Context for the innermost Smalltalk code at or outside of ``frame``, with its senders; nil without any."""
    found: list[object] = []
    for each, info in smalltalk_frames(frame):
        if len(found) == MAX_CONTEXTS:
            break
        found.append(_context(each, info))
    for inner, outer in pairwise(found):
        inner.i_sender = outer  # type: ignore[attr-defined]  # a Context has it
    return found[0] if found else None


def _context(frame: FrameType, info: Info) -> object:
    variables = frame.f_locals
    receiver = variables.get("self")
    names, values = _named(frame.f_code, variables)
    owner = MACHINE.image.class_named(info.owner)
    return MACHINE.new(
        "Context",
        i_receiver=receiver,
        i_selector=symbol(info.selector),
        i_methodClass=owner,
        i_line=frame.f_lineno,
        i_names=[StString(each) for each in names],
        i_values=values,
        i_argumentCount=info.num_args,
        i_blockText=StString(_block_line(info)) if info.is_block else None,
    )


def _named(code: CodeType, variables: Mapping[str, object]) -> tuple[list[str], list[object]]:
    """The names in the source of arguments, then of temporaries, with their values; those not assigned yet are nil."""
    mangled = [name for name in (*code.co_varnames, *code.co_cellvars, *code.co_freevars) if VARIABLE.match(name)]
    unique = list(dict.fromkeys(mangled))
    return [name[2:].partition(".")[0] for name in unique], [variables.get(name) for name in unique]


def signal_frame(exception: object, deliver: object) -> FrameType | None:
    """The frame that signalled ``exception``, while that is still on the stack."""
    code = getattr(deliver, "__code__", None)
    frame: FrameType | None = sys._getframe(1)
    while frame is not None:
        if frame.f_code is code and frame.f_locals.get("exception") is exception:
            return frame.f_back
        frame = frame.f_back
    return None
