"""The classes of one image: the library's, the client's own, and what the client changed in the library's.

A change of a library class is an ``Overlay``; the library's records and types are never written to. What an overlay
touches gets private types to look methods up in, all of which vanish with the image.
"""

from collections.abc import Iterator

from attrs import define, field

from stui_actors.smalltalk.dispatch import Tables, host_lookups, lookup_type
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.records import ClassRecord, MethodRecord, Side
from stui_actors.smalltalk.runtime import code_globals
from stui_actors.smalltalk.stubs import not_understood, uncompiled

CLASS_BYTES = 4000  # of one side: its types, its places in the tables
METHOD_BYTES = 2000  # of one small method, compiled
EQUALITY = frozenset(("=", "hash", "<="))
COMPARED = ("Integer", "Float", "Symbol", "String", "Character")


@define(eq=False)
class Overlay:
    """What a client changed on one side of a library class: methods (None: removed) and added variables."""

    methods: dict[str, MethodRecord | None] = field(factory=dict)
    variables: tuple[str, ...] = ()


class ClassTables:
    """Which classes there are, with which methods, and the tables made from that."""

    def __init__(self, library: Library) -> None:
        self.library = library
        self.own: dict[str, ClassRecord] = {}
        self.obsolete: list[ClassRecord] = []  # removed ones that still have instances
        self.overlays: dict[Side, Overlay] = {}
        self.own_selectors: set[str] = set()
        self.super_keys: set[str] = set()  # sides of the library in which code of its own sends to super
        self.sends_own = False  # some code of its own sends selectors that the library lacks
        self.standard_equality = True
        self.tables = library.tables
        self.private: dict[Side, type] = {}
        self.stubs: type = object
        self.class_variables: dict[str, object] = dict(library.class_variables)
        self._code_globals: dict[str, object] | None = None

    # -- reading

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

    # -- changing

    @property
    def code_globals(self) -> dict[str, object]:
        """The globals of this image's own code; made when it is first needed."""
        if self._code_globals is None:
            made = self._code_globals = code_globals()
            made["COMPILED"] = self.compiled
            made["CV"] = self.class_variables
            self._put_tables()
        return self._code_globals

    def compiled(self, method: MethodRecord) -> object:
        """The function of a method, compiled now."""
        raise NotImplementedError

    def tables_changed(self) -> None:
        """Called when there are other tables."""

    def _put_tables(self) -> None:
        if self._code_globals is not None:
            self._code_globals["K"] = self.tables.k
            self._code_globals["S"] = self.tables.s
            self._code_globals["U"] = self.tables.u

    def add_method(self, side: Side, selector: str, category: str, source: str) -> MethodRecord:
        """Add or replace a method; it is compiled when it is first called."""
        method = MethodRecord(side.record.name, side.is_meta, selector, category, source)
        method.function = uncompiled(method, self.code_globals)
        self._put_method(side, selector, method)
        if selector in EQUALITY and side.record.is_library and self._is_compared(side):
            self.standard_equality = False
        return method

    def _is_compared(self, side: Side) -> bool:
        if side.is_meta:
            return False
        kinds = [self.library.records[name] for name in COMPARED if name in self.library.records]
        return any(side.record in kind.chain() or kind in side.record.chain() for kind in kinds)

    def remove_method(self, class_name: str, selector: str, *, class_side: bool) -> bool:
        """Remove a method; false if it is not there."""
        record = self.record_named(class_name)
        side = None if record is None else record.meta if class_side else record.instance
        if side is None or self.method(side, selector) is None:
            return False
        if side.record.is_library:
            overlay = self.overlays.setdefault(side, Overlay())
            if selector in side.methods:
                overlay.methods[selector] = None
            else:
                del overlay.methods[selector]
        else:
            del side.methods[selector]
        self.rebuild()
        return True

    def _put_method(self, side: Side, selector: str, method: MethodRecord) -> None:
        is_new = selector not in self.library.selectors and selector not in self.own_selectors
        if is_new:
            self.own_selectors.add(selector)
        if side.record.is_library:
            self.overlays.setdefault(side, Overlay()).methods[selector] = method
        else:
            side.methods[selector] = method
        private = self.private.get(side)
        if private is None or side.record.name in ("True", "False", "Boolean"):
            self.rebuild()
            return
        if is_new:
            setattr(self.stubs, f"m:{selector}", not_understood(selector))
        setattr(private, f"m:{selector}", method.function)

    def class_bytes(self) -> int:
        """About how much memory the client's classes and methods take."""
        sides = [side for record in (*self.own.values(), *self.obsolete) for side in (record.instance, record.meta)]
        methods = [method for side in sides for method in side.methods.values()]
        methods += [method for overlay in self.overlays.values() for method in overlay.methods.values() if method]
        return CLASS_BYTES * len(sides) + sum(METHOD_BYTES + 2 * len(method.source) for method in methods)

    def add_variable(self, side: Side, name: str) -> None:
        """Add a variable to a library class; its instances keep it beside their slots."""
        overlay = self.overlays.setdefault(side, Overlay())
        overlay.variables = (*overlay.variables, name)
        self.forget_code(side.record)
        self.rebuild()

    def forget_code(self, record: ClassRecord) -> None:
        """Compile the client's methods in a class and below it anew when they are next called."""
        for each in self.records():
            if each is not record and not each.inherits_from(record):
                continue
            for side in (each.instance, each.meta):
                for method in self.methods(side).values():
                    if method is not side.methods.get(method.selector) or not each.is_library:
                        method.function = uncompiled(method, self.code_globals)

    # -- tables

    def rebuild(self) -> None:
        """Make all tables from what there is."""
        self.stubs = type("Stubs", (), {"__slots__": (), **self._stub_methods()})
        self.private = {}
        keys = self.library.super_keys | self.super_keys
        tables = Tables(
            dict(self.library.tables.k), {key: found for key, found in self.library.tables.s.items() if key in keys}
        )
        for side in self._sides():
            above = self.superside(side)
            if side.record.is_library and side not in self.overlays and above not in self.private:
                continue
            self.private[side] = self._private_lookup(side, above)
            tables.k[side.instance_type] = self.private[side]
        for side in self._sides():
            above = self.superside(side)
            if above is not None and (not side.record.is_library or side.name in keys):
                tables.s[side.name] = self.private.get(above, above.lookup)
        self._hosts(tables)
        if self.sends_own:
            self._fill_own(tables)
        if self.has_own_tables:
            self.tables.become(tables)  # code that runs may have looked at them already, and looks again
            return
        self.tables = tables
        self._put_tables()
        self.tables_changed()

    def _fill_own(self, tables: Tables) -> None:
        """Make the table for selectors that only this image defines."""
        shared = self.library.tables.k
        tables.u.update(dict.fromkeys(tables.k, self.stubs))
        tables.u.update((kind, found) for kind, found in tables.k.items() if found is not shared.get(kind))

    def serve_own_selectors(self) -> None:
        """Have the table for selectors that only this image defines, now that some code sends one."""
        if not self.sends_own:
            self.sends_own = True
            self._fill_own(self.tables)

    def serve_super(self, side: Side) -> str:
        """The key of the table for messages to super from ``side``; from now on the table has it."""
        if side.record.is_library and side.name not in self.super_keys:
            self.super_keys.add(side.name)
            above = self.superside(side)
            if self.has_own_tables and above is not None:
                self.tables.s[side.name] = self.private.get(above, above.lookup)
        return side.name

    @property
    def has_own_tables(self) -> bool:
        """Whether it no longer shares the library's."""
        return self.tables is not self.library.tables

    def add_class(self, record: ClassRecord) -> None:
        """Make the tables' entries of a new class without subclasses."""
        if not self.has_own_tables:
            self.rebuild()
            return
        for side in (record.instance, record.meta):
            above = self.superside(side)
            assert above is not None, "a class of a client's without a superclass"
            found = self.private[side] = self._private_lookup(side, above)
            self.tables.k[side.instance_type] = found
            if self.sends_own:
                self.tables.u[side.instance_type] = found
            self.tables.s[side.name] = self.private.get(above, above.lookup)

    def _stub_methods(self) -> dict[str, object]:
        return {f"m:{selector}": not_understood(selector) for selector in self.own_selectors}

    def _sides(self) -> Iterator[Side]:
        """All sides in the order of lookup: instance sides first, since class sides end in Class."""
        kept = sorted((*self.obsolete, *self.own.values()), key=lambda record: len(record.chain()))
        records = [*self.library.records.values(), *kept]
        yield from (record.instance for record in records)
        yield from (record.meta for record in records)

    def _private_lookup(self, side: Side, above: Side | None) -> type:
        higher = None if above is None else self.private.get(above)
        bases: tuple[type, ...]
        if side.record.is_library:
            bases = (side.lookup, higher or self.stubs)
        else:
            assert above is not None, "a class of a client's without a superclass"
            bases = (higher,) if higher is not None else (above.lookup, self.stubs)
        overlay = self.overlays.get(side)
        changed: dict[str, MethodRecord | None] = dict(side.methods) if not side.record.is_library else {}
        if overlay is not None:
            changed.update(overlay.methods)
        methods: dict[str, object] = {}
        for selector, method in changed.items():
            name = f"m:{selector}"
            inherited = getattr(higher or (Tables if above is None else above.lookup), name, None)
            methods[name] = method.function if method is not None else inherited or not_understood(selector)
        return lookup_type(side.name, bases, methods)

    def _hosts(self, tables: Tables) -> None:
        """Put what numbers, strings and the like look methods up in, where a class of the library was changed."""
        if not any(side.record.is_library for side in self.private):
            return
        lookups = {
            record.name: self.private.get(record.instance, record.instance.lookup)
            for record in self.library.records.values()
        }
        for host, found in host_lookups(lookups, self.library.hosts).items():
            if issubclass(found, self.stubs) or host is bool:
                tables.k[host] = found
