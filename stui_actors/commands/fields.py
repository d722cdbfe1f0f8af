"""How the fields of parameters and results are declared, with the sentence that ``describe`` tells of each."""

from typing import TYPE_CHECKING, TypeVar, dataclass_transform

from attrs import NOTHING, define, field, frozen

if TYPE_CHECKING:
    from typing import Any

T = TypeVar("T")


@dataclass_transform(kw_only_default=True, frozen_default=True, field_specifiers=(field,))
def parameters_of_command(cls: type[T]) -> type[T]:
    """A frozen class whose instances are made of requests. Nobody compares or shows them: that costs time at import."""
    return frozen(eq=False, repr=False, slots=False)(cls)


@dataclass_transform(kw_only_default=True, field_specifiers=(field,))
def result_of_command(cls: type[T]) -> type[T]:
    """A class that tells what a command answers. It has no instances, and nothing that only they would need."""
    return define(eq=False, repr=False, slots=False, init=False, on_setattr=[])(cls)


def required(text: str) -> "Any":
    """A field that must be there."""
    return field(metadata={"text": text}, default=NOTHING, kw_only=True)


def optional(text: str, default: T) -> T:
    """A field that may be left out; then it is ``default``."""
    return field(metadata={"text": text}, default=default, kw_only=True)


def listed(text: str) -> "Any":
    """A list that may be left out; then it is empty."""
    return field(metadata={"text": text}, factory=list, kw_only=True)


@parameters_of_command
class NoParameters:
    """Nothing beyond what every command takes."""


def mapping(text: str) -> "Any":
    """An object that may be left out; then it is empty."""
    return field(metadata={"text": text}, factory=dict, kw_only=True)
