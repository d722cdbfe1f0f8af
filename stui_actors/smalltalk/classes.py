"""The classes of one image: the library's, the client's own, and what the client changed in the library's.

A change of a library class is an ``Overlay``; the library's records are never written to.
"""

from collections.abc import Iterator

from attrs import define, field

from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.records import ClassRecord, MethodRecord, Side


@define(eq=False)
class Overlay:
    """What a client changed on one side of a library class: methods (None: removed) and added variables."""

    methods: dict[str, MethodRecord | None] = field(factory=dict)
    variables: tuple[str, ...] = ()


class Classes:
    """Which classes there are, with which methods and variables."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.own: dict[str, ClassRecord] = {}
        self.obsolete: list[ClassRecord] = []  # removed ones that still have instances
        self.overlays: dict[Side, Overlay] = {}
        self.comments: dict[ClassRecord, str] = {}  # of classes of the library that the client told anew
        self.categories: dict[ClassRecord, str] = {}

    def record_named(self, name: str) -> ClassRecord | None:
        """The class of that name, the client's own first."""
        return self.own.get(name) or self.library.records.get(name)

    def records(self) -> Iterator[ClassRecord]:
        """All classes, superclasses first."""
        for record in self.library.records.values():
            if record.name not in self.own:
                yield record
        yield from self.own_records()

    def own_records(self) -> list[ClassRecord]:
        """The client's own classes, superclasses first."""
        return sorted(self.own.values(), key=lambda record: len(record.chain()))

    def methods(self, side: Side) -> dict[str, MethodRecord]:
        """The methods of a side by selector, as this image has them."""
        overlay = self.overlays.get(side)
        if overlay is None:
            return side.methods
        merged = {**side.methods, **overlay.methods}
        return {selector: method for selector, method in merged.items() if method is not None}

    def method(self, side: Side, selector: str) -> MethodRecord | None:
        """One method."""
        overlay = self.overlays.get(side)
        if overlay is not None and selector in overlay.methods:
            return overlay.methods[selector]
        return side.methods.get(selector)

    def variables_of(self, side: Side) -> tuple[str, ...]:
        """The variables that a side adds, a client's additions last."""
        overlay = self.overlays.get(side)
        return side.variables if overlay is None else side.variables + overlay.variables

    def all_variables(self, side: Side) -> list[str]:
        """The variables of what behaves so, inherited ones first."""
        chain = reversed(side.record.chain())
        return [name for each in chain for name in self.variables_of(each.meta if side.is_meta else each.instance)]

    def is_added(self, side: Side, name: str) -> bool:
        """Whether a variable that the library's own instances lack a place for was added to a class of the library."""
        for record in side.record.chain():
            overlay = self.overlays.get(record.meta if side.is_meta else record.instance)
            if overlay is not None and name in overlay.variables:
                return True
        return False

    def superside(self, side: Side) -> Side | None:
        """Where lookup goes on; beyond the root of class sides, at Class."""
        above = side.superside
        return self.library.records["Class"].instance if above is None and side.is_meta else above

    def lookup(self, side: Side, selector: str) -> MethodRecord | None:
        """The method that runs for a message."""
        each: Side | None = side
        while each is not None:
            found = self.method(each, selector)
            if found is not None:
                return found
            each = self.superside(each)
        return None

    def subclasses(self, record: ClassRecord) -> list[ClassRecord]:
        """The direct ones."""
        return [each for each in self.records() if each.superclass is record]
