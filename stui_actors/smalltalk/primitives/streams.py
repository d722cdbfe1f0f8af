"""Primitives of WriteStream: its buffer holds the pieces of a text, or elements, and grows at its end."""

from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import Character, StString
from stui_actors.smalltalk.primitives.strings import text_of

ATOMS = frozenset((int, float, bool, type(None), str, StString, Character, bytearray))
CHUNK = 1 << 16  # characters that are not copied again
MANY_PIECES = 1 << 12
PIECE_BYTES = 64  # a short str and its place in the buffer


class _WriteStream:
    """What these primitives read of a WriteStream; a program may have put anything there, so they test it."""

    i_collection: object
    i_buffer: list[object]
    i_position: int
    i_readLimit: int  # noqa: N815  # the variable's name


def _is_at_end(stream: _WriteStream) -> bool:
    """Whether what is written goes to the end of the buffer."""
    position = stream.i_position
    return position.__class__ is int and position == stream.i_readLimit and stream.i_buffer.__class__ is list


def _is_text(stream: _WriteStream) -> bool:
    kind = stream.i_collection.__class__
    return kind is StString or kind is str


def _go_on(stream: _WriteStream, count: int) -> None:
    stream.i_position += count
    stream.i_readLimit = stream.i_position


def put_together(buffer: list[object]) -> None:
    """Join small pieces to chunks, each character a bounded number of times however long the text becomes."""
    chunks: list[object] = []
    small: list[str] = []
    size = 0
    for piece in buffer:
        if piece.__class__ is not str:
            return
        small.append(piece)
        size += len(piece)
        if size >= CHUNK:
            chunks.append(small[0] if len(small) == 1 else "".join(small))
            small, size = [], 0
    buffer[:] = [*chunks, "".join(small)]


def next_put(stream: _WriteStream, element: object) -> object:
    """Write one element at the end."""
    if not _is_at_end(stream):
        return FAIL
    piece = element
    if _is_text(stream):
        if element.__class__ is not Character:
            return FAIL
        piece = chr(element.code)
    buffer = stream.i_buffer
    if not len(buffer) & 63:
        MACHINE.charge(64 * PIECE_BYTES)
        if not len(buffer) & (MANY_PIECES - 1) and piece is not element:
            put_together(buffer)
    buffer.append(piece)
    _go_on(stream, 1)
    return element


def next_put_all(stream: _WriteStream, elements: object) -> object:
    """Write a text, or an Array's elements, at the end."""
    if not _is_at_end(stream):
        return FAIL
    buffer = stream.i_buffer
    if _is_text(stream):
        text = text_of(elements)
        if text is None:
            return FAIL
        MACHINE.charge(len(text) + PIECE_BYTES)
        if len(buffer) >= MANY_PIECES and not len(buffer) & (MANY_PIECES - 1):
            put_together(buffer)
        buffer.append(text)
        _go_on(stream, len(text))
        return elements
    if not isinstance(elements, list):
        return FAIL
    MACHINE.charge(8 * len(elements))
    buffer.extend(elements)
    _go_on(stream, len(elements))
    return elements


def text_up_to(stream: _WriteStream, limit: object) -> object:
    """The first ``limit`` characters; the pieces are put together for the next time."""
    buffer = stream.i_buffer
    if buffer.__class__ is not list or limit.__class__ is not int or limit < 0:
        return FAIL
    pieces = [piece for piece in buffer if piece.__class__ is str]
    if len(pieces) != len(buffer):
        return FAIL
    MACHINE.charge(stream.i_readLimit if stream.i_readLimit.__class__ is int else 0)
    text = "".join(pieces)
    if len(pieces) > 1:
        buffer[:] = [text]
    return StString(text[:limit])


def is_atom(_: object, value: object) -> bool:
    """Whether ``value`` has no parts that could be printed inside of it."""
    return value.__class__ in ATOMS


PRIMITIVES: dict[str, Callable[..., object]] = {
    "WriteStream.nextPut:": next_put,
    "WriteStream.nextPutAll:": next_put_all,
    "WriteStream.textUpTo:": text_up_to,
    "WriteStream.isAtom:": is_atom,
}
