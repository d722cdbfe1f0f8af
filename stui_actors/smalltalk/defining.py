"""Makes classes of an image from definitions: the one way in for snapshots, loads and the class browser."""

from attrs import evolve

from stui_actors.errors import ClassNotFound, InvalidRequest
from stui_actors.smalltalk.definition import Definition
from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.parser import is_variable_name
from stui_actors.smalltalk.records import ClassRecord

PLAIN = ("normal", "immediate")


def define_class(image: Definition, definition: ClassDefinition) -> ClassRecord:
    """The class, defined or defined anew, still without its methods; raise ClassNotFound, InvalidRequest."""
    above = _superclass(image, definition)
    superclass = None if above is None else above.class_object
    reason = image.why_not(definition.name, superclass, definition.instance_variables)
    reason = reason or _bad_variable((*definition.class_variables, *definition.class_instance_variables))
    if reason is not None:
        raise InvalidRequest(f"{definition.name} cannot be defined: {reason}.")
    record = image.define(
        definition.name,
        above,
        kind=definition.type,
        variables=definition.instance_variables,
        class_variables=definition.class_variables,
        category=definition.category,
    )
    record.comment, record.pools = definition.comment, definition.pools
    record.traits, record.class_traits = definition.traits, definition.class_traits
    record.trait_variables = definition.trait_variables or record.trait_variables
    if definition.class_instance_variables != record.meta.variables:
        image.define_class_side(record, definition.class_instance_variables)
    return record


def extend_class(image: Definition, definition: ClassDefinition) -> ClassRecord:
    """A class of the library with the variables that were added to it; raise ClassNotFound."""
    record = image.library.records.get(definition.name)
    if record is None:
        raise ClassNotFound("The library has no such class.", class_name=definition.name[:64])
    for side, names in (
        (record.instance, definition.instance_variables),
        (record.meta, definition.class_instance_variables),
    ):
        for name in names:
            if name not in image.all_variables(side):
                image.add_variable(side, name)
    for name in definition.class_variables:
        if f"{record.name}.{name}" not in image.class_variables:
            image.add_class_variable(record, name)
    return record


def give_class_side(image: Definition, record: ClassRecord, names: tuple[str, ...]) -> None:
    """Give a class variables of its own; raise InvalidRequest for what are no names."""
    reason = _bad_variable(names)
    if reason is not None:
        raise InvalidRequest(f"{record.name} class cannot be changed: {reason}.")
    image.define_class_side(record, names)


def inheriting_type(image: Definition, definition: ClassDefinition) -> ClassDefinition:
    """The definition with indexed variables where it does not say and its superclass has them."""
    above = _superclass(image, definition)
    if definition.type != "normal" or above is None or above.type in PLAIN:
        return definition
    return evolve(definition, type=above.type)


def _superclass(image: Definition, definition: ClassDefinition) -> ClassRecord | None:
    if definition.superclass is None:
        return None
    above = image.record_named(definition.superclass)
    if above is None:
        name = definition.superclass[:64]
        raise ClassNotFound(f"The superclass of {definition.name}, {name}, is not there.", class_name=name)
    return above


def _bad_variable(names: tuple[str, ...]) -> str | None:
    for name in names:
        if not is_variable_name(name):
            return f"{name} is not a name for a variable"
    return None
