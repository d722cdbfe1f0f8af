"""How the fields of parameters and results are declared, with the sentence that ``describe`` tells of each."""

from typing import TYPE_CHECKING, TypeVar

from attrs import NOTHING, field, frozen

if TYPE_CHECKING:
    from typing import Any

T = TypeVar("T")


def required(text: str) -> "Any":
    """A field that must be there."""
    return field(metadata={"text": text}, default=NOTHING, kw_only=True)


def optional(text: str, default: T) -> T:
    """A field that may be left out; then it is ``default``."""
    return field(metadata={"text": text}, default=default, kw_only=True)


def listed(text: str) -> "Any":
    """A list that may be left out; then it is empty."""
    return field(metadata={"text": text}, factory=list, kw_only=True)


@frozen
class NoParameters:
    """Nothing beyond what every command takes."""


def mapping(text: str) -> "Any":
    """An object that may be left out; then it is empty."""
    return field(metadata={"text": text}, factory=dict, kw_only=True)
