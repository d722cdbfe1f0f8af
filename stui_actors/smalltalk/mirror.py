"""What a class browser asks of an image: plain data out, for the library's classes and the client's own alike.

Everything is read from definitions, that is from source; nothing is compiled and no Smalltalk code runs.
"""

import re
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator
from fnmatch import translate
from itertools import islice
from typing import Protocol

from stui_actors.errors import InvalidRequest, MethodNotFound, ParseError
from stui_actors.smalltalk.definition import Definition
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.parser import parse_method, parse_selector
from stui_actors.smalltalk.reflected import definition_of

MAX_TREE_DEPTH = 30  # two levels of JSON each, and a reply may have 64
MAX_PATTERN = 200  # characters
META = " class"
UNCLASSIFIED = "as yet unclassified"
SIDES = {"Instance": (False,), "Class": (True,), "All": (False, True)}

Data = dict[str, object]


class Browsable(Protocol):
    """What the mirror reads of an image."""

    def class_names(self) -> Iterable[str]:
        """The names of all classes that the image sees."""

    def definition_of(self, name: str) -> ClassDefinition:
        """The class as this image has it; raise ClassNotFound."""

    def changed_classes(self) -> Collection[str]:
        """The names of the classes that the client defined or changed."""

    def mentions(self, source: str, selector: str) -> bool:
        """True if a method of this source sends the selector or holds it as a literal symbol."""


class Reflected:
    """An image's classes as definitions."""

    def __init__(self, image: Definition) -> None:
        self.image = image

    def class_names(self) -> Iterable[str]:
        """The names of all classes."""
        return self.image.class_names()

    def definition_of(self, name: str) -> ClassDefinition:
        """The class as the image has it; raise ClassNotFound."""
        return definition_of(self.image, name)

    def changed_classes(self) -> Collection[str]:
        """The names of the classes that the client defined or changed."""
        return self.image.changed_classes()

    def mentions(self, source: str, selector: str) -> bool:
        """From the library's index, where that has the source."""
        return self.image.library.index.mentions(source, selector)


class Mirror:
    """Answers questions about the classes and methods of one image."""

    def __init__(self, image: Browsable | Definition) -> None:
        self.image = Reflected(image) if isinstance(image, Definition) else image

    # -- classes

    def list_classes(self, pattern: str | None = None, *, include_system: bool = True) -> list[str]:
        """Names that match the glob, sorted; without the system's only those that the client defined or changed."""
        names = self.image.class_names() if include_system else self.image.changed_classes()
        matches = _matcher(pattern, substring=False)
        return sorted(name for name in names if matches.match(name))

    def search_classes(self, query: str) -> list[str]:
        """Names that hold the text, or match the glob, whatever the case; sorted."""
        matches = _matcher(query, substring=True)
        return sorted(name for name in self.image.class_names() if matches.match(name))

    def class_info(self, class_name: str) -> Data:
        """Name, superclass, comment, package, is_system, category and definition of a class."""
        found = self._class(class_name)
        return {
            "name": found.name,
            "superclass": found.superclass,
            "comment": found.comment,
            "package": _package(found),
            "is_system": found.name not in self.image.changed_classes(),
            "category": found.category,
            "definition": definition_text(found),
        }

    def browse_class(self, class_name: str) -> Data:
        """All that ``browse_class`` of the protocol tells."""
        found = self._class(class_name)
        return {
            "class_info": self.class_info(class_name),
            "instance_methods": _selectors(found, class_side=False),
            "class_methods": _selectors(found, class_side=True),
            "instance_vars": list(found.instance_variables),
            "class_vars": list(found.class_variables),
        }

    def class_tree(self, class_name: str | None = None, *, depth: int | None = None) -> Data:
        """The class with its subclasses below it, ``depth`` levels of them; without a name, all roots under ``nil``."""
        children = self._children()
        root = None if class_name is None else self._class(class_name).name
        levels = MAX_TREE_DEPTH if depth is None else max(0, min(depth, MAX_TREE_DEPTH))
        tree: Data = {"name": root or "nil", "children": []}
        pending: list[tuple[str | None, Data, int]] = [(root, tree, levels)]
        while pending:
            name, node, left = pending.pop()
            below: list[Data] = [{"name": child, "children": []} for child in children.get(name, ()) if left]
            node["children"] = below
            pending += [(str(each["name"]), each, left - 1) for each in below]
        return tree

    def superclasses(self, class_name: str) -> list[str]:
        """The superclass, its superclass, and so on."""
        found: list[str] = []
        name = self._class(class_name).superclass
        while name is not None and name not in found:
            found.append(name)
            name = self._class(name).superclass
        return found

    # -- methods

    def get_method(self, class_name: str, selector: str, *, is_class_method: bool = False) -> Data:
        """Name, source, category, is_class_method, arguments and comment; raise MethodNotFound."""
        method = self.method_named(class_name, selector, class_side=is_class_method)
        try:
            parsed = parse_method(method.source)
        except ParseError:
            arguments, comment = [], None
        else:
            arguments, comment = [each.name for each in parsed.parameters], parsed.comment
        return {
            "name": method.selector,
            "source": method.source,
            "category": _category(method),
            "is_class_method": method.is_class_side,
            "arguments": arguments,
            "comment": comment or "",
        }

    def method_code(self, class_name: str, selector: str, *, is_class_method: bool = False) -> Data:
        """Name, category, source_code and line_count; raise MethodNotFound."""
        method = self.method_named(class_name, selector, class_side=is_class_method)
        return {
            "name": method.selector,
            "category": _category(method),
            "source_code": method.source,
            "line_count": len(method.source.splitlines()),
        }

    def method_categories(self, class_name: str, *, mode: str = "Instance") -> list[Data]:
        """Name and method_count of each category, sorted by name."""
        counts = Counter(_category(method) for method in self._methods(class_name, mode))
        return [{"name": name, "method_count": count} for name, count in sorted(counts.items())]

    def method_list(self, class_name: str, *, category: str | None = None, mode: str = "Instance") -> list[Data]:
        """Name, category and is_class_method of each method, of one category or of all; sorted by name."""
        methods = sorted(self._methods(class_name, mode), key=lambda each: (each.is_class_side, each.selector))
        return [
            {"name": each.selector, "category": _category(each), "is_class_method": each.is_class_side}
            for each in methods
            if category is None or _category(each) == category
        ]

    def search_methods(
        self, query: str, *, class_name: str | None = None, mode: str = "All", limit: int = 100
    ) -> list[Data]:
        """References to methods whose selector holds the text, or matches the glob, whatever the case."""
        matches = _matcher(query, substring=True)
        sides = _chosen(mode)
        return self._references(
            limit, class_name, lambda each: each.is_class_side in sides and matches.match(each.selector) is not None
        )

    def implementors_of(self, selector: str, *, limit: int = 100) -> list[Data]:
        """References to methods of that name, by class."""
        return self._references(limit, None, lambda each: each.selector == selector)

    def senders_of(self, selector: str, *, limit: int = 100) -> list[Data]:
        """References to methods that send the selector, or have it as a literal symbol, by class."""
        return self._references(limit, None, lambda each: self.image.mentions(each.source, selector))

    def method_named(self, class_name: str, selector: str, *, class_side: bool) -> MethodDefinition:
        """A method; raise ClassNotFound, MethodNotFound."""
        name, is_meta = _sides(class_name)
        class_side = class_side or is_meta
        for method in self._class(name).methods:
            if method.selector == selector and method.is_class_side == class_side:
                return method
        shown = f"{name}{META if class_side else ''}>>#{selector[:64]}"
        raise MethodNotFound(f"There is no method {shown}.", class_name=name, method_name=selector[:64])

    def new_method(self, class_name: str, source: str, category: str | None, *, class_side: bool) -> MethodDefinition:
        """A method to be compiled: without a category it keeps the one that it has; raise ClassNotFound, ParseError."""
        name, is_meta = _sides(class_name)
        side, selector = class_side or is_meta, parse_selector(source)
        present = [each for each in self._class(name).methods if each.selector == selector]
        kept = [each.category for each in present if each.is_class_side == side]
        protocol = category if category is not None else kept[0] if kept else ""
        return MethodDefinition(name, side, selector, protocol, source)

    # -- within

    def _class(self, class_name: str) -> ClassDefinition:
        return self.image.definition_of(_sides(class_name)[0])

    def _children(self) -> dict[str | None, list[str]]:
        children: dict[str | None, list[str]] = {}
        for name in sorted(self.image.class_names()):
            children.setdefault(self.image.definition_of(name).superclass, []).append(name)
        return children

    def _methods(self, class_name: str, mode: str) -> list[MethodDefinition]:
        sides = (True,) if _sides(class_name)[1] else _chosen(mode)
        return [method for method in self._class(class_name).methods if method.is_class_side in sides]

    def _references(self, limit: int, class_name: str | None, wanted: Callable[[MethodDefinition], bool]) -> list[Data]:
        return list(islice(self._found(class_name, wanted), max(0, limit)))

    def _found(self, class_name: str | None, wanted: Callable[[MethodDefinition], bool]) -> Iterator[Data]:
        names = sorted(self.image.class_names()) if class_name is None else [_sides(class_name)[0]]
        for name in names:
            definition = self.image.definition_of(name)
            found = [each for each in definition.methods if wanted(each)]
            for method in sorted(found, key=lambda each: (each.is_class_side, each.selector)):
                yield {
                    "class_name": name,
                    "method_name": method.selector,
                    "is_class_method": method.is_class_side,
                    "package": _package(definition),
                }


def definition_text(definition: ClassDefinition) -> str:
    """The expression that defines the class, as Pharo's browser shows it."""
    lines = [f"{definition.superclass or 'nil'} << #{definition.name}"]
    if definition.type != "normal":
        lines.append(f"\tlayout: {LAYOUTS.get(definition.type, definition.type)};")
    if definition.traits:
        lines.append(f"\ttraits: {definition.traits};")
    slots = [each for each in definition.instance_variables if each not in definition.trait_variables]
    lines.append(f"\tslots: {_braced(slots)};")
    if definition.class_variables:
        lines.append(f"\tsharedVariables: {_braced(definition.class_variables)};")
    if definition.pools:
        lines.append(f"\tsharedPools: {_braced(definition.pools)};")
    if definition.tag:
        lines.append(f"\ttag: '{definition.tag}';")
    quoted = _package(definition).replace("'", "''")
    return "\n".join([*lines, f"\tpackage: '{quoted}'"])


LAYOUTS = {"variable": "VariableLayout", "bytes": "ByteLayout", "words": "WordLayout", "weak": "WeakLayout"}


def _braced(names: Iterable[str]) -> str:
    shown = " . ".join(f"#{name}" for name in names)
    return f"{{ {shown} }}" if shown else "{}"


def _matcher(query: str | None, *, substring: bool) -> re.Pattern[str]:
    """A glob if it has ``*`` or ``?``, else a part of the name, or the whole; not of case where it is a search."""
    text = query if query is not None else "*"
    if len(text) > MAX_PATTERN:
        raise InvalidRequest(f"The pattern has {len(text)} characters; {MAX_PATTERN} are allowed.")
    if substring and not set(text) & set("*?"):
        return re.compile(".*" + re.escape(text), re.IGNORECASE | re.DOTALL)
    return re.compile(translate(text), re.IGNORECASE if substring else 0)


def _sides(class_name: str) -> tuple[str, bool]:
    """The class, and whether its class side was named: ``Foo class``."""
    if class_name.endswith(META):
        return class_name.removesuffix(META), True
    return class_name, False


def _chosen(mode: str) -> tuple[bool, ...]:
    if mode not in SIDES:
        raise InvalidRequest(f"`mode` is one of {', '.join(SIDES)}.", path="parameters.mode")
    return SIDES[mode]


def _selectors(definition: ClassDefinition, *, class_side: bool) -> list[str]:
    return sorted(each.selector for each in definition.methods if each.is_class_side == class_side)


def _category(method: MethodDefinition) -> str:
    return method.category or UNCLASSIFIED


def _package(definition: ClassDefinition) -> str:
    return definition.package or definition.category
