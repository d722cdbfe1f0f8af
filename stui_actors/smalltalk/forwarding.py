"""All references of an image to some objects become references to others: what ``becomeForward:`` asks for.

The walk that measures memory finds who refers to them, while others run; then their references are written anew, all
of them or none. Variables of running and waiting code are among them. What stays is what Python's own stack
holds then: operands whose message is not sent yet, and the rows of a hashed collection that is being enumerated.
"""

import ctypes
import gc
import sys
from collections.abc import Callable, Iterable, Iterator
from types import CellType, FrameType, FunctionType
from typing import TYPE_CHECKING

from attrs import field, frozen

from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.machine import MACHINE
from stui_actors.smalltalk.objects import Character, StString

if TYPE_CHECKING:  # an image forwards
    from stui_actors.smalltalk.image import Image

PORTION = 500  # holders, or entries of one, between two ticks
NAMELESS = (int, float, bool, type(None), str, StString, Character, bytearray)  # they refer to no object


@frozen
class Forwarding:
    """What each of some objects is from now on, by identity; the objects are kept, so that identities stay theirs."""

    pairs: tuple[tuple[object, object], ...]
    targets: dict[int, object] = field(init=False)

    def __attrs_post_init__(self) -> None:
        targets = {id(old): new for old, new in self.pairs}
        object.__setattr__(self, "targets", targets)

    def of(self, value: object) -> object:
        """What ``value`` is from now on; itself, unless it is one of those."""
        return self.targets.get(id(value), value)

    def touches(self, values: Iterable[object]) -> bool:
        """Whether one of ``values`` is to be something else."""
        return not self.targets.keys().isdisjoint(map(id, values))


@frozen(eq=False)
class Piece:
    """PORTION elements of a large Array, from the one at ``start``."""

    array: list[object]
    start: int


def forward(image: "Image", pairs: list[tuple[object, object]]) -> None:
    """Make every reference of ``image`` to the first of each pair one to the second.

    Who stops the process while holders are searched stops it before anything has changed; later, after everything has.
    """
    forwarding = Forwarding(tuple(pairs))
    caller = sys._getframe(1)
    with image.memory.uncounted():
        holders = list(_holders(image, forwarding, caller))
    cells = [each for each in holders if isinstance(each, CellType)]
    remaining = iter(each for each in holders if not isinstance(each, CellType))
    try:
        for index, each in enumerate(remaining):
            _rewrite(each, forwarding)
            if not index % PORTION:
                MACHINE.tick_if_due()
    finally:
        for each in remaining:
            _rewrite(each, forwarding)
        _rewrite_code(cells, list(_outwards(image.memory.frames(caller))), forwarding)
        image.forwarded(forwarding)


def _holders(image: "Image", forwarding: Forwarding, caller: FrameType) -> Iterator[object]:
    """Everything in the image that refers to what is forwarded, but for running code and for what others hold."""
    yield from (each for each in _of_the_image(image) if _refers(each, forwarding))
    for portion in image.memory.reached_from(caller):
        for each in portion:
            if isinstance(each, list) and len(each) > PORTION:
                yield from _pieces(each, forwarding)
        if forwarding.touches(_referents(portion)):
            yield from (each for each in portion if each.__class__ not in NAMELESS and _refers(each, forwarding))
        else:
            yield from (each for each in portion if each.__class__ is HashTable and _refers(each, forwarding))


def _of_the_image(image: "Image") -> Iterator[object]:
    """What the walk passes by because it does not count."""
    yield image.code_globals
    for process in (*image.scheduler.forked, *image.scheduler.evaluations):
        yield process
        yield process.body


def _referents(portion: list[object]) -> list[object]:
    """What the objects of a portion refer to, without large Arrays."""
    return gc.get_referents(*(each for each in portion if not isinstance(each, list) or len(each) <= PORTION))


def _pieces(array: list[object], forwarding: Forwarding) -> Iterator[Piece]:
    """Those pieces of a large Array that refer to what is forwarded."""
    for start in range(0, len(array), PORTION):
        if forwarding.touches(array[start : start + PORTION]):
            yield Piece(array, start)
        MACHINE.tick_if_due()


def _in_turns(values: list[object]) -> Iterator[object]:
    for start in range(0, len(values), PORTION):
        yield from values[start : start + PORTION]
        MACHINE.tick_if_due()


def _refers(holder: object, forwarding: Forwarding) -> bool:
    if isinstance(holder, HashTable):
        return any(forwarding.touches(entry) for entry in _in_turns(list(holder.entries())))  # type: ignore[arg-type]  # pairs
    is_large = isinstance(holder, list) and len(holder) > PORTION
    return not is_large and forwarding.touches(gc.get_referents(holder))


def _rewrite(holder: object, forwarding: Forwarding) -> None:
    """Write the references of one holder anew."""
    for kind, rewrite in REWRITES.items():
        if isinstance(holder, kind):
            rewrite(holder, forwarding)
            return
    _rewrite_attributes(holder, forwarding)


def _rewrite_list(holder: list[object], forwarding: Forwarding) -> None:
    holder[:] = map(forwarding.of, holder)


def _rewrite_piece(holder: Piece, forwarding: Forwarding) -> None:
    place = slice(holder.start, holder.start + PORTION)
    holder.array[place] = map(forwarding.of, holder.array[place])


def _rewrite_dict(holder: dict[str, object], forwarding: Forwarding) -> None:
    for name, value in list(holder.items()):
        if id(value) in forwarding.targets:
            holder[name] = forwarding.of(value)


def _rewrite_cell(holder: CellType, forwarding: Forwarding) -> None:
    holder.cell_contents = forwarding.of(holder.cell_contents)


def _rewrite_table(holder: HashTable, forwarding: Forwarding) -> None:
    """Its next user hashes it, as after a restore: no message is sent here."""
    entries = [(forwarding.of(key), forwarding.of(value)) for key, value in holder.entries()]
    holder.clear()
    holder.pending = entries


def _rewrite_attributes(holder: object, forwarding: Forwarding) -> None:
    """Slots and variables of an object of any class, the engine's own included."""
    names = [name for kind in type(holder).__mro__ for name in kind.__dict__.get("__slots__", ())]
    for name in {*names, *getattr(holder, "__dict__", ())} - {"__weakref__"}:
        value = getattr(holder, name, None)
        if id(value) in forwarding.targets:
            setattr(holder, name, forwarding.of(value))


REWRITES: dict[type, Callable[..., None]] = {
    list: _rewrite_list,
    Piece: _rewrite_piece,
    dict: _rewrite_dict,
    HashTable: _rewrite_table,
    FunctionType: lambda holder, forwarding: None,  # its cells are holders of their own
}


def _outwards(frames: Iterable[FrameType]) -> Iterator[FrameType]:
    """``frames`` and those that called them."""
    for frame in frames:
        each: FrameType | None = frame
        while each is not None:
            yield each
            each = each.f_back


def _rewrite_code(cells: list[CellType], frames: Iterable[FrameType], forwarding: Forwarding) -> None:
    """The variables of blocks and of code that runs or waits, all at once.

    Who shares a variable shows it again: so what is swapped stands aside first, else it would be swapped twice.
    """
    aside = [object() for _ in forwarding.pairs]
    olds, news = zip(*forwarding.pairs, strict=True)
    for pairs in (zip(olds, aside, strict=True), zip(aside, news, strict=True)):
        step = Forwarding(tuple(pairs))
        for cell in cells:
            _rewrite_cell(cell, step)
        for frame in frames:
            _rewrite_frame(frame, step)


def _rewrite_frame(frame: FrameType, forwarding: Forwarding) -> None:
    variables = frame.f_locals
    if forwarding.touches(variables.values()):
        _rewrite_dict(variables, forwarding)
        ctypes.pythonapi.PyFrame_LocalsToFast(ctypes.py_object(frame), ctypes.c_int(0))  # until Python 3.13
