"""How one kind of object becomes text and comes back: what a snapshot knows of each class, of any engine."""

from abc import ABC, abstractmethod
from collections.abc import Iterable, Iterator
from functools import cached_property
from itertools import chain, cycle, repeat
from math import inf, nan
from typing import ClassVar

from stui_actors.session.snapshot_filling import Fill
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.ston.scalars import string_text

Part = tuple[str, object]  # what stands before a value, its comma too, and the value

NOTHING = ""  # before the first part
COMMA = ","  # before any other element, or the key of an entry
COLON = ":"  # before the value of an entry
COMMAS = (NOTHING, *repeat(COMMA, 63))  # before the elements of most lists


class Shape(ABC):
    """One kind of object. ``opening`` is a STON class name with its bracket, or a bracket alone.

    ``varies`` says that ``chosen`` must be asked for each object of a Python class, ``takes_text`` that strings in it
    are text and no objects of the image, ``holds_internal`` that there may be things in it that are no objects.
    """

    opening: str
    varies = False
    takes_text = False
    holds_internal = False

    @cached_property
    def closing(self) -> str:
        """The bracket that ends it."""
        return "}" if self.opening[-1] == "{" else "]"

    def enclosed(self, text: str) -> str:
        """``text`` in its brackets."""
        return f"{self.opening}{text}{self.closing}"

    def chosen(self, value: object) -> "Shape":
        """The shape that ``value`` needs, where this one is known to serve its class."""
        return self

    @abstractmethod
    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """What ``value`` is made of, without variables that are nil; all of its text, if nothing in it is an object."""

    @abstractmethod
    def make(self) -> object:
        """An empty one, which others may refer to before it is finished; None for a kind that cannot be empty."""

    @abstractmethod
    def finish(self, made: object, items: list[object]) -> object:
        """Fill what ``make`` gave with what was read; what it answers takes its place.

        May raise LookupError, TypeError, ValueError or AttributeError where the text was not written by ``parts``.
        """

    def whole(self, items: list[object]) -> object:
        """One of ``items`` to which nobody could refer before; raise what ``finish`` raises."""
        return self.finish(self.make(), items)

    def filler(self, names: tuple[object, ...]) -> Fill | None:
        """What does as ``finish`` does for the values of these names; None where there is no shorter way."""
        return None


class ArrayShape(Shape):
    """An Array, which is a Python list."""

    opening = "["

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Its elements."""
        assert isinstance(value, list)
        text = scalars.listed(value)
        return elements(value) if text is None else f"[{text}]"

    def make(self) -> object:
        """An empty one."""
        return []

    def finish(self, made: object, items: list[object]) -> object:
        """Put the elements in."""
        if not isinstance(made, list):
            raise TypeError(made)
        made.extend(items)
        return made

    def whole(self, items: list[object]) -> object:
        """The list of them."""
        return items


class BytesShape(Shape):
    """A ByteArray, which is a bytearray: its hexadecimal digits."""

    opening = "ByteArray["
    takes_text = True

    def parts(self, value: object, scalars: Scalars) -> str:
        """Its digits."""
        assert isinstance(value, bytearray)
        return f"{self.opening}'{value.hex()}']"

    def make(self) -> object:
        """An empty one."""
        return bytearray()

    def finish(self, made: object, items: list[object]) -> object:
        """Put the bytes in."""
        if not isinstance(made, bytearray):
            raise TypeError(made)
        (text,) = items
        made.extend(bytes.fromhex(str(text)))
        return made


class FloatShape(Shape):
    """A Float that has no digits, as Pharo's STON spells it."""

    opening = "Float["
    NAMED: ClassVar[dict[object, float]] = {"nan": nan, "infinity": inf, "negativeInfinity": -inf}

    def parts(self, value: object, scalars: Scalars) -> str:
        """Its name; the writer of texts spells floats itself."""
        return self.enclosed("".join(f"#{name}" for name, known in self.NAMED.items() if repr(known) == repr(value)))

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """The one that the name means."""
        (name,) = items
        return self.NAMED[name]


class StubShape(Shape):
    """Stands for what cannot be saved, and says what that was; comes back as nil, and is listed in ``lost``."""

    opening = "Stui_Stub["
    takes_text = True

    def __init__(self, lost: list[str]) -> None:
        self.lost = lost

    def parts(self, value: object, scalars: Scalars) -> str:
        """What it was."""
        return self.enclosed(string_text(value.what if isinstance(value, Stub) else f"a {type(value).__name__}"))

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """List it; nil takes its place."""
        (what,) = items
        self.lost.append(str(what))
        return None


class Stub:
    """What a shape puts in place of a part that cannot be saved."""

    __slots__ = ("what",)

    def __init__(self, what: str) -> None:
        self.what = what


def pairs(items: list[object]) -> Iterator[tuple[object, object]]:
    """The entries among ``items``; raise ValueError where a value is missing."""
    return zip(items[::2], items[1::2], strict=True)


def paired(items: list[object]) -> list[tuple[object, object]]:
    """The list of what ``pairs`` gives, in half the time."""
    if len(items) & 1:
        raise ValueError(len(items))
    found = iter(items)
    return [(key, next(found)) for key in found]


def elements(values: list[object]) -> Iterator[Part]:
    """``values`` as parts, one after the other."""
    return zip(COMMAS if len(values) < len(COMMAS) else chain((NOTHING,), repeat(COMMA)), values, strict=False)


def entries(values: Iterable[object]) -> Iterator[Part]:
    """``values``, keys and values by turns, as parts."""
    return zip(chain((NOTHING,), cycle((COLON, COMMA))), values, strict=False)


def variables(found: Iterable[Part]) -> list[Part]:
    """The values in ``found`` that are not nil as parts; what stands before each there is its label only."""
    named = [(COMMA + label, value) for label, value in found if value is not None]
    return [(label[len(COMMA) :], value) for label, value in named[:1]] + named[1:]
