"""What one image looks methods up in: the library's types, until it changes something.

Records and types of the library are never written to. What an overlay touches gets private types to look methods up
in, all of which vanish with the image; a class without methods of its own uses its superclass's.
"""

from collections.abc import Iterator
from sys import getsizeof

from stui_actors.smalltalk.classes import Classes, Overlay
from stui_actors.smalltalk.dispatch import Tables, class_side_lookup, host_lookups, lookup_type
from stui_actors.smalltalk.hosts import BOOLEANS, STOOD_FOR
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.records import ClassRecord, MethodRecord, OwnClassObject, Side
from stui_actors.smalltalk.runtime import FIXED_LITERALS, code_globals
from stui_actors.smalltalk.stubs import not_understood, uncompiled

CLASS_BYTES = 4000  # of one side: its types, its places in the tables
METHOD_BYTES = 2000  # of one small method, compiled
EQUALITY = frozenset(("=", "hash", "<="))
COMPARED = ("Integer", "Float", "Symbol", "String", "Character")


class ClassTables(Classes):
    """The tables that messages go through, made from the classes that there are."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.own_selectors: set[str] = set()
        self.super_keys: set[str] = set()  # sides of the library in which code of its own sends to super
        self.sends_own = False  # some code of its own sends selectors that the library lacks
        self.standard_equality = True
        self.tables = library.tables
        self.private: dict[Side, type] = {}
        self.plain: dict[Side, type] = {}  # what class sides without methods look up in, by the library's above them
        self.kinds: dict[Side, type] = {}  # Python types of own class objects, by the side whose methods these have
        self.stubs: type = object
        self.class_variables: dict[str, object] = dict(library.class_variables)
        self._code_globals: dict[str, object] | None = None

    # -- changing

    @property
    def code_globals(self) -> dict[str, object]:
        """The globals of this image's own code; made when it is first needed."""
        if self._code_globals is None:
            made = self._code_globals = {**code_globals(), **FIXED_LITERALS}
            made["COMPILED"] = self.compiled
            made["CV"] = self.class_variables
            self._put_tables()
        return self._code_globals

    def compiled(self, method: MethodRecord) -> object:
        """The function of a method, compiled now."""
        raise NotImplementedError

    def tables_changed(self) -> None:
        """Called when there are other tables, or other entries in them."""

    def _put_tables(self) -> None:
        if self._code_globals is not None:
            self._code_globals["K"] = self.tables.k
            self._code_globals["S"] = self.tables.s
            self._code_globals["U"] = self.tables.u

    def add_method(self, side: Side, selector: str, category: str, source: str, origin: str = "") -> MethodRecord:
        """Add or replace a method; it is compiled when it is first called."""
        method = MethodRecord(side.record.name, side.is_meta, selector, category, source, origin=origin)
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
        is_first = not self.methods(side)  # till now it may have shared its superclass's types
        if is_new:
            self.own_selectors.add(selector)
        if side.record.is_library:
            self.overlays.setdefault(side, Overlay()).methods[selector] = method
        else:
            side.methods[selector] = method
        private = self.private.get(side)
        if private is None or self._is_joined(side, is_first):
            self.rebuild()
            return
        if is_new:
            setattr(self.stubs, f"m:{selector}", not_understood(selector))
        if is_first and side.is_meta:
            self._part(side.record)
        else:
            setattr(private, f"m:{selector}", method.function)

    def _is_joined(self, side: Side, is_first: bool) -> bool:
        """Whether another class of the library uses the types of a side that gains a method, its first or not."""
        if side.record.name in ("True", "False", "Boolean"):
            return True
        return side.record.is_library and (is_first or (side.is_meta and not side.methods))

    def _part(self, record: ClassRecord) -> None:
        """Give the class side of a client's class, which has its first method, types of its own."""
        for each in self._kept():
            if each is record or each.inherits_from(record):
                self._enter(each.meta)

    def class_bytes(self) -> int:
        """About how much memory the client's classes and methods take."""
        sides = [side for record in (*self.own.values(), *self.obsolete) for side in (record.instance, record.meta)]
        methods = [method for side in sides for method in side.methods.values()]
        methods += [method for overlay in self.overlays.values() for method in overlay.methods.values() if method]
        texts = [*self.comments.values(), *self.categories.values()]
        texts += [text for each in (*self.own.values(), *self.obsolete) for text in (each.comment, each.category)]
        told = sum(map(getsizeof, texts))
        return told + CLASS_BYTES * len(sides) + sum(METHOD_BYTES + 2 * len(method.source) for method in methods)

    def add_variable(self, side: Side, name: str) -> None:
        """Add a variable to a library class; its instances keep it beside their slots."""
        overlay = self.overlays.setdefault(side, Overlay())
        overlay.variables = (*overlay.variables, name)
        self.forget_code(side.record)
        self.rebuild()

    def shared_key(self, record: ClassRecord, name: str) -> str | None:
        """The key of the class variable that ``name`` means in a class, its own, a pool's or inherited; or None."""
        for each in record.chain():
            pools = [found for pool in each.pools if (found := self.record_named(pool)) is not None]
            for owner in (each, *(above for pool in pools for above in pool.chain())):
                if f"{owner.name}.{name}" in self.class_variables:
                    return f"{owner.name}.{name}"
        return None

    def _has_pool(self, record: ClassRecord, pool: ClassRecord) -> bool:
        names = [name for each in record.chain() for name in each.pools]
        found = [self.record_named(name) for name in names]
        return pool.name in names or any(each is not None and each.inherits_from(pool) for each in found)

    def forget_code(self, record: ClassRecord) -> None:
        """Compile the client's methods in a class, below it and where it is a pool anew when they are next called."""
        for each in self.records():
            if each is not record and not each.inherits_from(record) and not self._has_pool(each, record):
                continue
            for side in (each.instance, each.meta):
                for method in self.methods(side).values():
                    if method is not side.methods.get(method.selector) or not each.is_library:
                        method.function = uncompiled(method, self.code_globals)

    # -- tables

    def rebuild(self) -> None:
        """Make all tables from what there is."""
        self.stubs = type("Stubs", (), {"__slots__": (), **self._stub_methods()})
        self.private, self.plain = {}, {}
        self.kinds = {side: kind for side, kind in self.kinds.items() if self._is_used(side)}
        keys = self.library.super_keys | self.super_keys
        tables = Tables(
            dict(self.library.pristine.k), {key: found for key, found in self.library.pristine.s.items() if key in keys}
        )
        for side in self._sides():
            above = self.superside(side)
            if side.record.is_library and side not in self.overlays and above not in self.private:
                continue
            self.settle(side)
            found = self.private[side] = self._private_lookup(side, above)
            if not side.record.is_library or not (side.is_meta or side.record.name in STOOD_FOR):
                tables.k[side.instance_type] = found
        for side in self._sides():
            above = self.superside(side)
            if not side.record.is_library:
                tables.s[side.name] = self._without_class() if above is None else self.private.get(above, above.lookup)
            elif above is not None and side.name in keys:
                tables.s[side.name] = self.private.get(above, above.lookup)
        self._class_sides(tables)
        self._hosts(tables)
        if self.sends_own:
            self._fill_own(tables)
        if self.has_own_tables:
            self.tables.become(tables)  # code that runs may have looked at them already, and looks again
            self.tables_changed()
            return
        self.tables = tables
        self._put_tables()
        self.tables_changed()

    def _is_used(self, side: Side) -> bool:
        return side.record.is_library or side.record is self.own.get(side.record.name) or side.record in self.obsolete

    def settle(self, side: Side) -> None:
        """Let a class of the client's own have a Python type of its own if it has methods or variables.

        Else it has the one of its superclass, which must be settled already.
        """
        above = side.record.superclass
        if not side.is_meta or side.record.is_library:
            return
        if not side.methods and not side.variables and above is not None and not above.is_library:
            side.instance_type = above.meta.instance_type
        else:
            holder = side if side.methods or side.variables or above is None else above.meta
            if holder not in self.kinds:
                self.kinds[holder] = type(holder.name, (OwnClassObject,), {"__slots__": ()})
            side.instance_type = self.kinds[holder]
        side.record.class_object.__class__ = side.instance_type
        self.default(side)

    def default(self, side: Side) -> None:
        """Let variables that were never set read as nil, on instances or on the class itself."""
        names = {f"i_{name}" for name in self.all_variables(side)}
        for name in [each for each in vars(side.instance_type) if each.startswith("i_") and each not in names]:
            delattr(side.instance_type, name)
        for name in names:
            setattr(side.instance_type, name, None)

    def _fill_own(self, tables: Tables) -> None:
        """Make the table for selectors that only this image defines."""
        shared = self.library.pristine.k
        tables.u.update(dict.fromkeys(tables.k, self.stubs))
        tables.u.update((kind, found) for kind, found in tables.k.items() if found is not shared.get(kind))

    def serve_own_selectors(self) -> None:
        """Have the table for selectors that only this image defines, now that some code sends one."""
        if not self.sends_own:
            self.sends_own = True
            self._fill_own(self.tables)
            self.tables_changed()

    def serve_super(self, side: Side) -> str:
        """The key of the table for messages to super from ``side``; from now on the table has it."""
        if side.record.is_library and side.name not in self.super_keys:
            self.super_keys.add(side.name)
            above = self.superside(side)
            if self.has_own_tables and above is not None:
                self.tables.s[side.name] = self.private.get(above, above.lookup)
                self.tables_changed()
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
            self._enter(side)

    def _enter(self, side: Side) -> None:
        """Make the tables' entries of one side of a class without subclasses."""
        above = self.superside(side)
        self.settle(side)
        found = self.private[side] = self._private_lookup(side, above)
        self.tables.k[side.instance_type] = found
        if self.sends_own:
            self.tables.u[side.instance_type] = found
        self.tables.s[side.name] = self._without_class() if above is None else self.private.get(above, above.lookup)
        self.tables_changed()

    def _stub_methods(self) -> dict[str, object]:
        return {f"m:{selector}": not_understood(selector) for selector in self.own_selectors}

    def _sides(self) -> Iterator[Side]:
        """All sides in the order of lookup: instance sides first, since class sides end in Class."""
        records = [*self.library.records.values(), *self._kept()]
        yield from (record.instance for record in records)
        yield from (record.meta for record in records)

    def _kept(self) -> list[ClassRecord]:
        """The client's classes, removed ones that still have instances among them, superclasses first."""
        return sorted((*self.obsolete, *self.own.values()), key=lambda record: len(record.chain()))

    def _private_lookup(self, side: Side, above: Side | None) -> type:
        """What one side looks methods up in; sides without methods share."""
        higher = None if above is None else self.private.get(above)
        methods = self._changed_methods(side, above)
        if side.record.is_library:
            if higher is not None and not side.methods and not methods:
                return higher
            return lookup_type(side.name, (side.lookup, higher or self.stubs), methods)
        if above is None:
            return lookup_type(side.name, (self._without_class(),), methods)
        if higher is not None:
            return higher if side.is_meta and not methods else lookup_type(side.name, (higher,), methods)
        if side.is_meta and not methods:
            if above not in self.plain:
                self.plain[above] = lookup_type(above.name, (above.lookup, self.stubs), {})
            return self.plain[above]
        return lookup_type(side.name, (above.lookup, self.stubs), methods)

    def _without_class(self) -> type:
        """What instances of a class without a superclass understand: their class, which no code is asked for."""
        root = self.library.records["ProtoObject"].instance.lookup
        asking = {"m:class": getattr(root, "m:class")}
        return lookup_type("nil", (*root.__bases__, self.stubs), asking)

    def _changed_methods(self, side: Side, above: Side | None) -> dict[str, object]:
        """The functions, by mangled selector, that a private type of a side holds itself."""
        overlay = self.overlays.get(side)
        changed: dict[str, MethodRecord | None] = {} if side.record.is_library else dict(side.methods)
        if overlay is not None:
            changed.update(overlay.methods)
        higher = Tables if above is None else self.private.get(above, above.lookup)
        methods: dict[str, object] = {}
        for selector, method in changed.items():
            inherited = getattr(higher, f"m:{selector}", None)
            methods[f"m:{selector}"] = method.function if method is not None else inherited or not_understood(selector)
        return methods

    def _class_sides(self, tables: Tables) -> None:
        """Put in what class objects of the library look methods up in; those without methods share Python types."""
        changed: dict[type, dict[ClassRecord, type]] = {}
        for side, found in self.private.items():
            if side.is_meta and side.record.is_library:
                changed.setdefault(side.instance_type, {})[side.record] = found
        for kind, members in changed.items():
            record, found = next(iter(members.items()))
            has_all = record.superclass is None or record.superclass.meta.instance_type is not kind
            if not has_all or len(set(members.values())) > 1:
                bases = (found,) if has_all else (self.library.pristine.k[kind], self.stubs)
                found = class_side_lookup(bases, members)
            tables.k[kind] = found

    def _hosts(self, tables: Tables) -> None:
        """Put what numbers, strings and the like look methods up in, where a class of the library was changed."""
        records = self.library.records
        changed = {side.record.name for side in self.private if side.record.is_library and not side.is_meta}
        hosts = {host: names for host, names in self.library.hosts.items() if not changed.isdisjoint(names)}
        wanted = {name for names in hosts.values() for name in names}
        if not changed.isdisjoint(BOOLEANS.values()):
            wanted.update(BOOLEANS.values())
        wanted |= changed & {"Metaclass"}
        lookups = {
            name: self.private.get(records[name].instance, records[name].instance.lookup)
            for name in wanted
            if name in records
        }
        tables.k.update(host_lookups(lookups, hosts))
