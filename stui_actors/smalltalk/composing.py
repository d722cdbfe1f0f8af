"""Classes that use traits: they have the traits' methods and variables, and follow when a trait changes."""

import re
from contextlib import suppress

from attrs import evolve

from stui_actors.errors import ClassNotFound, InvalidRequest
from stui_actors.smalltalk.class_expression import TRAIT
from stui_actors.smalltalk.definition import Definition
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.records import ClassRecord, MethodRecord, Side
from stui_actors.smalltalk.reflected import own_definition
from stui_actors.smalltalk.tonel import split_pattern
from stui_actors.smalltalk.traits import Composed, composed

_NAME = re.compile(r"\b[^\W\d]\w*")


class Composing(Definition):
    """The client's classes and traits. What came from a trait has that as its ``origin``; own methods go first."""

    def is_trait(self, record: ClassRecord) -> bool:
        """Whether it is a trait of the client's own."""
        return not record.is_library and record.superclass is self.library.records[TRAIT]

    def trait_definition(self, name: str) -> ClassDefinition:
        """A trait, with what it has from other traits; raise ClassNotFound."""
        record = self.own.get(name)
        if record is None or not self.is_trait(record):
            raise ClassNotFound(
                f"There is no trait {name[:64]}.", class_name=name[:64], suggestion="Load the trait first."
            )
        return own_definition(self, record)

    def composition(self, text: str, user: str) -> Composed:
        """What a composition of traits gives to a class; raise ParseError, ClassNotFound, InvalidRequest."""
        found = composed(text, self.trait_definition)
        waiting = set(_NAME.findall(text))
        met: set[str] = set()
        while waiting:
            met |= waiting
            waiting = {
                name for each in waiting if each in self.own for name in _NAME.findall(self.own[each].traits)
            } - met
        if user in met:
            raise InvalidRequest(f"{user} would be composed of itself.")
        return found

    def compose(self, record: ClassRecord, text: str) -> None:
        """Let a class of the client's own use these traits and no others; raise what ``composition`` raises."""
        if text or record.traits:
            self.composition(text, record.name)
            record.traits = text
            self.recompose(record)

    def recompose(self, record: ClassRecord) -> None:
        """Give a class what its traits have now, and its users what it has then."""
        found = self.composition(record.traits, record.name)
        self._take_variables(record, found.variables)
        for side in (record.instance, record.meta):
            given = {each.selector: each for each in _decided(found) if each.is_class_side == side.is_meta}
            for selector in [key for key, each in side.methods.items() if each.origin and key not in given]:
                super().remove_method(record.name, selector, class_side=side.is_meta)
            for selector, method in given.items():
                self._take_method(side, selector, method)
        self._lead(record)

    def _take_method(self, side: Side, selector: str, method: MethodDefinition) -> None:
        present = side.methods.get(selector)
        told = (method.category, method.source, method.origin)
        if present is None or (present.origin and (present.category, present.source, present.origin) != told):
            super().add_method(side, selector, method.category, method.source, method.origin)

    def _take_variables(self, record: ClassRecord, names: tuple[str, ...]) -> None:
        own = tuple(each for each in record.instance.variables if each not in record.trait_variables)
        above = () if record.superclass is None else self.all_variables(record.superclass.instance)
        taken = tuple(each for each in names if each not in own and each not in above)
        if own + taken != record.instance.variables:
            record.trait_variables = taken
            self._with_variables(record, own + taken)

    def _with_variables(self, record: ClassRecord, names: tuple[str, ...]) -> None:
        super().define(
            record.name,
            record.superclass,
            kind=record.type,
            variables=names,
            class_variables=record.class_variables,
            category=record.category,
        )

    def _users(self, name: str) -> list[ClassRecord]:
        return [each for each in self.own_records() if name in _NAME.findall(each.traits)]

    def users_of(self, record: ClassRecord) -> list[ClassRecord]:
        """The classes and traits that use a trait directly."""
        return self._users(record.name) if self.is_trait(record) else []

    def _lead(self, record: ClassRecord) -> None:
        """Let those that use a trait follow it."""
        for each in self.users_of(record):
            with suppress(ClassNotFound, InvalidRequest):  # another of its traits is not there yet: it stays as it is
                self.recompose(each)

    # -- changes

    def add_method(self, side: Side, selector: str, category: str, source: str, origin: str = "") -> MethodRecord:
        """Add or replace a method; the users of a trait follow."""
        made = super().add_method(side, selector, category, source, origin)
        self._lead(side.record)
        return made

    def remove_method(self, class_name: str, selector: str, *, class_side: bool) -> bool:
        """Remove a method; false if it is not there. One that a trait has, too, is the trait's from now on."""
        removed = super().remove_method(class_name, selector, class_side=class_side)
        record = self.own.get(class_name)
        if removed and record is not None:
            if record.traits:
                self.recompose(record)
            else:
                self._lead(record)
        return removed

    def define(
        self,
        name: str,
        superclass: ClassRecord | None,
        *,
        kind: str = "normal",
        variables: tuple[str, ...] = (),
        class_variables: tuple[str, ...] = (),
        category: str = "",
    ) -> ClassRecord:
        """Define a class, or define it anew: what it has from traits stays."""
        present = self.own.get(name)
        kept = () if present is None else present.trait_variables
        record = super().define(
            name,
            superclass,
            kind=kind,
            variables=variables + tuple(each for each in kept if each not in variables),
            class_variables=class_variables,
            category=category,
        )
        self._lead(record)
        return record

    def remove_class(self, name: str) -> None:
        """Forget a class; what others have from a removed trait is their own from now on."""
        record = self.own.get(name)
        users = [] if record is None else self.users_of(record)
        super().remove_class(name)
        for each in users:
            each.traits, each.trait_variables = "", ()
            for method in (*each.instance.methods.values(), *each.meta.methods.values()):
                method.origin = ""

    def rename_class(self, record: ClassRecord, name: str) -> None:
        """Give a class another name; those that use it go on using it."""
        old, users = record.name, self.users_of(record)
        super().rename_class(record, name)
        for each in users:
            each.traits = re.sub(rf"\b{old}\b", name, each.traits)
            for method in (*each.instance.methods.values(), *each.meta.methods.values()):
                method.origin = name if method.origin == old else method.origin


def _decided(found: Composed) -> list[MethodDefinition]:
    """The methods of a composition; where traits conflict, one that says so."""
    return [_conflict(each) if key in found.conflicts else each for key, each in found.methods.items()]


def _conflict(method: MethodDefinition) -> MethodDefinition:
    pattern, _ = split_pattern(method.source, method.selector)
    return evolve(method, source=f"{pattern.rstrip()}\n\t^ self traitConflict", category="conflicts")
