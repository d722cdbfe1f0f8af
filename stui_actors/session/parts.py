"""What an object is made of, read without running any Smalltalk: nothing that a client wrote can fail or loop here."""

from attrs import frozen

from stui_actors.smalltalk.image import Image

Step = str | int


@frozen
class Part:
    """Something inside an object: a variable by its name, or an element by its index and, in a Dictionary, its key."""

    step: Step
    value: object
    key: object = None
    is_keyed: bool = False


@frozen
class Elements:
    """A page of an object's elements, how many there are in all, and why they could not be told, if so."""

    total: int
    parts: list[Part]
    failure: str | None = None


def fields_of(image: Image, value: object) -> list[Part]:
    """The instance variables, inherited ones first."""
    names = image.all_variables(image.side_of_value(value))
    return [Part(name, _variable(image, value, name)) for name in names]


def field_of(image: Image, value: object, name: str) -> Part | None:
    """One instance variable, or None."""
    return next((each for each in fields_of(image, value) if each.step == name), None)


def _variable(image: Image, value: object, name: str) -> object:
    attribute = f"i_{name}"
    return getattr(value, attribute) if hasattr(value, attribute) else image.added_variable(value, name)


def indexed_element(value: object, index: int) -> Part | None:
    """An element, from 1, of what certainly has that many; None where Smalltalk must be asked."""
    if isinstance(value, list | bytearray) and 0 < index <= len(value):
        return Part(index, value[index - 1])
    return None
