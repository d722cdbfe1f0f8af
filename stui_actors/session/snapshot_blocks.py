"""The shapes of blocks and of what they stand in and hold on to: code, variables, homes.

A block is written with its variables empty; what they hold follows at the end, in one ``Captured``. So a block may be
among what its own variables hold, and still be made before it.
"""

from collections.abc import Iterable
from types import CellType, FunctionType

from stui_actors.session.snapshot_heap import BlockPlace, Heap
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import COMMA, NOTHING, Part, Shape, pairs
from stui_actors.ston.scalars import string_text, symbol_text
from stui_actors.ston.values import StonSymbol


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
        return self.enclosed(",".join(map(string_text, (value.class_name, value.selector, value.source))))

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
        return "Stui_Variable[]"

    def make(self) -> object:
        """One that holds nil, which stays if the text says nothing of it: code relies on it that there is a value."""
        return CellType(None)

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
        return self.enclosed(NOTHING)

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
        self.written: dict[BlockPlace, tuple[Code, tuple[str, ...]]] = {}  # the code, what stands before each variable
        self.read: dict[tuple[object, ...], BlockPlace] = {}  # by start, code and names

    def parts(self, value: object, scalars: Scalars) -> Iterable[Part]:
        """Code, place, names and variables."""
        assert isinstance(value, FunctionType)
        place = self.heap.block_place(value)
        if place is None:
            raise LookupError(value)
        known = self.written.get(place)
        if known is None:
            known = self.written[place] = self._beginning(place)
        code, before = known
        if not before:
            return ((NOTHING, code), (COMMA, place.start))
        return ((NOTHING, code), *zip(before, value.__closure__ or (), strict=True))

    def _beginning(self, place: BlockPlace) -> tuple[Code, tuple[str, ...]]:
        key = (place.class_name, place.selector, place.source)
        code = self.codes.get(key)
        if code is None:
            code = self.codes[key] = Code(*key)
        names = [f",{symbol_text(StonSymbol(name))}," for name in place.names]
        return code, (*(f",{place.start}{name}" for name in names[:1]), *names[1:])

    def make(self) -> object:
        """Nothing yet: a block cannot be made without its variables."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """The block; where its code has none at that place any more, nil, and it is listed."""
        key, cells = (items[1], *items[::2]), tuple(items[3::2])
        place = self.read.get(key)
        if place is None:
            place = self.read[key] = self._place(items)
        if len(cells) != len(place.names):
            raise ValueError(len(cells))
        for cell in cells:
            if cell.__class__ is not CellType:
                raise TypeError(cell)
        block = self.heap.make_block(place, cells)  # type: ignore[arg-type]  # they are cells
        if block is None:
            where = f"{place.class_name}>>{place.selector}" if place.selector else "a do-it"
            self.lost.append(f"a block of {where}: {place.source[place.start : place.start + 64]}")
        return block

    def _place(self, items: list[object]) -> BlockPlace:
        code, start, *captured = items
        names = tuple(each for each in captured[::2] if isinstance(each, str))
        if not isinstance(code, Code) or type(start) is not int or len(names) != len(captured[::2]):
            raise TypeError(code)
        return BlockPlace(code.class_name, code.selector, code.source, start, names)


INTERNAL = (Code, Captured, CellType)
