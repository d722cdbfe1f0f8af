"""What STON has and Python has not. Arrays are lists, dictionaries are dicts, fractions are ``fractions.Fraction``."""

from fractions import Fraction
from typing import ClassVar

from attrs import define, frozen

from stui_actors.errors import InvalidRequest

QUOTED = 64  # characters of the text that an error message repeats


class StonError(InvalidRequest):
    """The text is not STON. ``position`` counts characters from 1."""

    suggestion = "Correct the text at the position that the message names."

    def __init__(self, message: str, position: int = 0) -> None:
        super().__init__(f"{message} at character {position}" if position else message, position=position)
        self.position = position


@frozen
class StonSymbol:
    """A Smalltalk symbol: ``#name``."""

    name: str


@define(eq=False)
class StonObject:
    """An object with a class: ``Name{#field:value}`` has a dict as ``content``, ``Name[element]`` a list.

    Equal to itself only: it may be shared, and may lead back to itself.
    """

    class_name: str
    content: dict[object, object] | list[object]


@define(eq=False)
class Association:
    """``key:value``, or ``key->value``, outside the first colon of a dictionary's entry."""

    key: object = None
    value: object = None


@frozen
class ScaledDecimal:
    """A fraction that prints with ``scale`` digits: ``1/3s2``."""

    value: Fraction
    scale: int


@frozen(eq=False)
class StonKey:
    """A dictionary's key that a dict would mistake for another or refuse: a float, a boolean, a fraction, an array.

    Two keys are equal if both type and value are; arrays and dictionaries equal themselves only.
    """

    COMPARED: ClassVar[tuple[type, ...]] = (bool, float, Fraction, ScaledDecimal)

    value: object

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, StonKey):
            return NotImplemented
        if self.value is other.value:
            return True
        return (
            type(self.value) is type(other.value)
            and isinstance(self.value, self.COMPARED)
            and self.value == other.value
        )

    def __hash__(self) -> int:
        return hash(self.value) if isinstance(self.value, self.COMPARED) else id(self.value)
