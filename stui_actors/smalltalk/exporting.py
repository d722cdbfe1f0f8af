"""Writes a client's own classes and its extensions of the library as Tonel that Pharo reads, and that loads again."""

from attrs import evolve, frozen

from stui_actors.errors import InvalidRequest
from stui_actors.smalltalk.class_expression import TRAIT
from stui_actors.smalltalk.definition import Definition
from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.reflected import definition_of, extensions, own_definition, removed_methods, told_anew
from stui_actors.smalltalk.tonel import write_class_file


@frozen
class Exported:
    """Tonel, one file behind the other; whom it defines or extends; and what of them Tonel cannot tell."""

    source: str
    classes: tuple[str, ...]
    untold: tuple[str, ...]


def exported(image: Definition, class_name: str | None = None, package: str | None = None) -> Exported:
    """One class, one package, or all that the client defined or changed; raise ClassNotFound, InvalidRequest."""
    if class_name is not None and package is not None:
        raise InvalidRequest(
            "Give `parameters.class_name` or `parameters.package`, not both.", path="parameters.package"
        )
    if class_name is not None:
        found = [_one(image, class_name)]
    elif package is not None:
        found = _of_package(image, package)
    else:
        found = [*_own(image), *_extended(image)]
    names = tuple(each.name for each in found)
    untold = tuple(
        f"{name}{' class' if class_side else ''}>>#{selector} was removed"
        for name, class_side, selector in removed_methods(image)
        if name in names or (class_name is None and package is None)
    )
    retold = tuple(f"The comment of {name} was changed" for name, comment, _ in told_anew(image) if comment is not None)
    untold += tuple(each for each in retold if class_name is None and package is None)
    return Exported("\n".join(write_class_file(each) for each in found), names, untold)


def _own(image: Definition) -> list[ClassDefinition]:
    """The client's own traits, then its classes, superclasses first, then by name."""
    found = []
    for record in image.own_records():
        definition = own_definition(image, record)
        kind = "trait" if definition.superclass == TRAIT else "class"
        found.append((len(record.chain()), evolve(_sorted(definition), kind=kind, package=definition.category)))
    found.sort(key=lambda each: (each[1].kind != "trait", each[0], each[1].name))
    return [definition for _, definition in found]


def _extended(image: Definition) -> list[ClassDefinition]:
    return sorted((_sorted(each) for each in extensions(image)), key=lambda each: each.name)


def _sorted(definition: ClassDefinition) -> ClassDefinition:
    """The definition with its methods in the order of Pharo's files: the class's own first, then by selector."""
    ordered = sorted(definition.methods, key=lambda each: (not each.is_class_side, each.selector))
    return evolve(definition, methods=tuple(ordered))


def _one(image: Definition, class_name: str) -> ClassDefinition:
    """A class of the client's own, its extension of one of the library's, or one of the library's that is unchanged."""
    for each in (*_own(image), *_extended(image)):
        if each.name == class_name:
            return each
    return definition_of(image, class_name)


def _of_package(image: Definition, package: str) -> list[ClassDefinition]:
    """The classes of a package, its tags included, and the methods in protocols that name it with an asterisk."""
    found = [each for each in _own(image) if _belongs(each.category, package)]
    for extension in _extended(image):
        methods = tuple(
            each for each in extension.methods if each.category[:1] == "*" and _belongs(each.category[1:], package)
        )
        if methods:
            found.append(ClassDefinition(name=extension.name, kind="extension", methods=methods))
    if not found:
        raise InvalidRequest(
            f"No class of your own, and no extension, is in the package {package[:64]!r}.", path="parameters.package"
        )
    return found


def _belongs(category: str, package: str) -> bool:
    name, wanted = category.lower(), package.lower()
    return name == wanted or name.startswith(wanted + "-")
