"""The shapes of blocks and of what they stand in and hold on to: code, variables, homes.

A block is written with its variables empty; what they hold follows at the end, in one ``Captured``. So a block may be
among what its own variables hold, and still be made before it.
"""

from collections.abc import Iterable
from itertools import chain
from types import CellType, FunctionType

from stui_actors.session.snapshot_heap import BlockPlace, Heap
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import COMMA, NOTHING, Part, Shape, elements, pairs
from stui_actors.ston.scalars import string_text


class Code:
    """The text of a method or do-it that blocks stand in; one for all of them."""

    __slots__ = ("class_name", "selector", "source")

    def __init__(self, class_name: str, selector: str, source: str) -> None:
        self.class_name, self.selector, self.source = class_name, selector, source


class CodeShape(Shape):
    """The text that blocks stand in."""

    opening = "Stui_Code["
    takes_text = True

    def parts(self, value: object, scalars: Scalars) -> str:
        """Class, selector, source."""
        assert isinstance(value, Code)
        return ",".join(map(string_text, (value.class_name, value.selector, value.source)))

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """The code."""
        class_name, selector, source = items
        return Code(str(class_name), str(selector), str(source))


class Captured:
    """What the variables of all blocks hold, in the order in which they are met; it grows while it is written."""

    def __init__(self) -> None:
        self.cells: list[CellType] = []


class CapturedShape(Shape):
    """Variables and their values by turns; those that were never assigned are left out."""

    opening = "Stui_Captured["
    holds_internal = True

    def parts(self, value: object, scalars: Scalars) -> Iterable[Part]:
        """All, those included that come up meanwhile."""
        assert isinstance(value, Captured)
        before = NOTHING
        for cell in value.cells:  # Python goes on with what is appended
            try:
                content = cell.cell_contents
            except ValueError:  # how Python says that it is empty
                continue
            yield before, cell
            before = COMMA
            yield before, content

    def make(self) -> object:
        """An empty one."""
        return Captured()

    def finish(self, made: object, items: list[object]) -> object:
        """Assign the variables."""
        for cell, value in pairs(items):
            if not isinstance(cell, CellType) or isinstance(value, INTERNAL):
                raise TypeError(cell)
            cell.cell_contents = value
        return made


class CellShape(Shape):
    """A variable that blocks share, without its value."""

    opening = "Stui_Variable["

    def __init__(self, captured: Captured) -> None:
        self.captured = captured

    def parts(self, value: object, scalars: Scalars) -> str:
        """Nothing yet."""
        assert isinstance(value, CellType)
        self.captured.cells.append(value)
        return NOTHING

    def make(self) -> object:
        """An empty one."""
        return CellType()

    def finish(self, made: object, items: list[object]) -> object:
        """It is whole."""
        return made


class HomeShape(Shape):
    """An activation: whatever it was, after a restore it has returned."""

    opening = "Stui_Home["

    def __init__(self, heap: Heap) -> None:
        self.heap = heap

    def parts(self, value: object, scalars: Scalars) -> str:
        """Nothing."""
        return NOTHING

    def make(self) -> object:
        """One that has returned."""
        return self.heap.dead_home()

    def finish(self, made: object, items: list[object]) -> object:
        """It is whole."""
        return made


class BlockShape(Shape):
    """A block: its code, where it stands in that, then names and variables by turns."""

    opening = "Stui_Block["
    holds_internal = True

    def __init__(self, heap: Heap, lost: list[str]) -> None:
        self.heap = heap
        self.lost = lost
        self.codes: dict[tuple[str, str, str], Code] = {}

    def parts(self, value: object, scalars: Scalars) -> Iterable[Part]:
        """Code, place, names and variables."""
        assert isinstance(value, FunctionType)
        place = self.heap.block_place(value)
        if place is None:
            raise LookupError(value)
        key = (place.class_name, place.selector, place.source)
        code = self.codes.get(key)
        if code is None:
            code = self.codes[key] = Code(*key)
        return elements(
            [code, place.start, *chain.from_iterable(zip(place.names, value.__closure__ or (), strict=True))]
        )

    def make(self) -> object:
        """Nothing yet: a block cannot be made without its variables."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """The block; where its code has none at that place any more, nil, and it is listed."""
        code, start, *captured = items
        if not isinstance(code, Code) or not isinstance(start, int):
            raise TypeError(code)
        names = tuple(each for each in captured[::2] if isinstance(each, str))
        cells = tuple(each for each in captured[1::2] if isinstance(each, CellType))
        if not len(names) == len(cells) == len(captured) / 2:
            raise TypeError(captured)
        place = BlockPlace(code.class_name, code.selector, code.source, start, names)
        block = self.heap.make_block(place, cells)
        if block is None:
            where = f"{code.class_name}>>{code.selector}" if code.selector else "a do-it"
            self.lost.append(f"a block of {where}: {code.source[start : start + 64]}")
        return block


INTERNAL = (Code, Captured, CellType)
