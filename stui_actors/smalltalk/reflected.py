"""Classes of an image as definitions: what a browser shows and a snapshot saves."""

from collections.abc import Iterable, Iterator

from attrs import evolve

from stui_actors.errors import ClassNotFound
from stui_actors.smalltalk.class_tables import ClassTables
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.records import ClassRecord, MethodRecord, Side


def definition_of(image: ClassTables, name: str) -> ClassDefinition:
    """The class of that name as the image has it; raise ClassNotFound."""
    record = image.record_named(name)
    if record is None:
        raise ClassNotFound(f"There is no class {name[:64]!r}.", class_name=name[:64])
    if not record.is_library:
        return own_definition(image, record)
    read = image.library.definitions[name]
    if record in image.comments or record in image.categories:
        read = evolve(
            read,
            comment=image.comments.get(record, read.comment),
            package=image.categories.get(record, read.package),
            category=image.categories.get(record, read.category),
        )
    if record.instance not in image.overlays and record.meta not in image.overlays:
        return read
    return evolve(
        read,
        instance_variables=_variables(image, record.instance),
        class_instance_variables=_variables(image, record.meta),
        class_variables=(*read.class_variables, *added_class_variables(image, record)),
        methods=tuple(method for side in _sides(record) for method in _methods(image.methods(side).values())),
    )


def own_definition(image: ClassTables, record: ClassRecord) -> ClassDefinition:
    """A class that the client defined."""
    return ClassDefinition(
        name=record.name,
        superclass=None if record.superclass is None else record.superclass.name,
        type=record.type,
        instance_variables=record.instance.variables,
        class_variables=record.class_variables,
        class_instance_variables=record.meta.variables,
        pools=record.pools,
        traits=record.traits,
        class_traits=record.class_traits,
        trait_variables=record.trait_variables,
        category=record.category,
        comment=record.comment,
        methods=tuple(method for side in _sides(record) for method in _methods(image.methods(side).values())),
    )


def own_methods(image: ClassTables, record: ClassRecord) -> tuple[MethodDefinition, ...]:
    """The methods of a client's class that it has from no trait."""
    return tuple(each for each in own_definition(image, record).methods if not each.origin)


def extensions(image: ClassTables) -> Iterator[ClassDefinition]:
    """What the client added to classes of the library, or changed in them: variables and methods."""
    keys = image.class_variables.keys() - image.library.class_variables.keys()
    names = {key.partition(".")[0] for key in keys} | {side.record.name for side in image.overlays}
    if not names:
        return
    for record in [each for name, each in image.library.records.items() if name in names]:
        overlays = [image.overlays.get(side) for side in _sides(record)]
        added = added_class_variables(image, record)
        if not any(overlays) and not added:
            continue
        instance, meta = (() if overlay is None else overlay.variables for overlay in overlays)
        changed = [method for each in overlays if each is not None for method in each.methods.values()]
        yield ClassDefinition(
            name=record.name,
            kind="extension",
            instance_variables=instance,
            class_variables=added,
            class_instance_variables=meta,
            methods=tuple(_methods(each for each in changed if each is not None)),
        )


def removed_methods(image: ClassTables) -> Iterator[tuple[str, bool, str]]:
    """Class, side and selector of the library's methods that the client removed."""
    for side, overlay in image.overlays.items():
        for selector, method in overlay.methods.items():
            if method is None:
                yield side.record.name, side.is_meta, selector


def told_anew(image: ClassTables) -> Iterator[tuple[str, str | None, str | None]]:
    """Classes of the library whose comment or package the client changed: the name, and what is new of both."""
    changed = {*image.comments, *image.categories}
    for record in image.library.records.values() if changed else ():
        if record in changed:
            yield record.name, image.comments.get(record), image.categories.get(record)


def added_class_variables(image: ClassTables, record: ClassRecord) -> tuple[str, ...]:
    """Class variables that the client added to a class of the library."""
    prefix = f"{record.name}."
    keys = image.class_variables.keys() - image.library.class_variables.keys()
    return (
        tuple(sorted(key.removeprefix(prefix) for key in keys if key.startswith(prefix))) if record.is_library else ()
    )


def _sides(record: ClassRecord) -> tuple[Side, Side]:
    return record.instance, record.meta


def _variables(image: ClassTables, side: Side) -> tuple[str, ...]:
    overlay = image.overlays.get(side)
    return side.variables if overlay is None else side.variables + overlay.variables


def _methods(records: Iterable[MethodRecord]) -> Iterator[MethodDefinition]:
    for each in records:
        yield MethodDefinition(
            each.class_name, each.is_class_side, each.selector, each.category, each.source, origin=each.origin
        )
