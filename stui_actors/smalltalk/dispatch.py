"""The tables that messages go through: from Python type to the type that has the methods.

``k`` serves selectors that the library defines, ``u`` those that only a client defines, ``s`` messages to super, by the
printed name of the class in which they stand. An image that changed nothing shares the library's tables.
"""

from collections.abc import Iterable, Mapping

from attrs import define, field

from stui_actors.smalltalk.hosts import BOOLEANS, HOSTS, STOOD_FOR
from stui_actors.smalltalk.objects import Root
from stui_actors.smalltalk.records import ClassObject, ClassRecord, Function, MetaclassObject, Side
from stui_actors.smalltalk.stubs import arity, not_understood

Methods = dict[str, object]  # by mangled selector


@define(eq=False)
class Tables:
    """What an image looks messages up in."""

    k: dict[type, type] = field(factory=dict)
    s: dict[str, type] = field(factory=dict)
    u: dict[type, type] = field(factory=dict)

    def become(self, other: "Tables") -> None:
        """Have the entries of ``other`` from now on; what stays keeps its place, so that no memory moves."""
        for mine, new in ((self.k, other.k), (self.s, other.s), (self.u, other.u)):
            for gone in mine.keys() - new.keys():
                del mine[gone]  # type: ignore[arg-type]  # it is one of its keys
            mine.update(new)  # type: ignore[arg-type]  # both are the same table of the three


def lookup_type(name: str, bases: tuple[type, ...], methods: Mapping[str, object]) -> type:
    """A type to look methods up in."""
    return type(name, bases, {**methods, "__slots__": ()})


def boolean_lookup(true: type, false: type) -> type:
    """Python's bool is one type, Smalltalk's two: each method that differs asks which."""
    names = {name for kind in (true, false) for name in vars(kind) if name.startswith("m:")}
    base = next(each for each in true.__mro__ if each in false.__mro__)
    names |= {name for kind in true.__mro__ if kind not in base.__mro__ for name in vars(kind) if name[:2] == "m:"}
    names |= {name for kind in false.__mro__ if kind not in base.__mro__ for name in vars(kind) if name[:2] == "m:"}
    methods: dict[str, object] = {}
    for name in names:
        refusal = not_understood(name[2:])
        methods[name] = _either(getattr(true, name, refusal), getattr(false, name, refusal), arity(name[2:]))
    return lookup_type("Boolean", (base,), methods)


def _either(true: Function, false: Function, count: int) -> Function:
    if count == 0:
        return lambda receiver: (true if receiver else false)(receiver)
    if count == 1:
        return lambda receiver, first: (true if receiver else false)(receiver, first)
    if count == 2:
        return lambda receiver, first, second: (true if receiver else false)(receiver, first, second)
    return lambda receiver, *arguments: (true if receiver else false)(receiver, *arguments)


def class_side_lookup(bases: tuple[type, ...], members: Mapping[ClassRecord, type]) -> type:
    """What class objects of one Python type look messages up in, where some of the classes gained methods.

    ``bases`` serve those that did not; each method that differs asks which class it is sent to.
    """
    plain = lookup_type(bases[0].__name__, bases, {})
    added = {each for kind in members.values() for each in kind.__mro__ if each not in plain.__mro__}
    names = {name for each in added for name in vars(each) if name.startswith("m:")}
    return lookup_type(plain.__name__, (plain,), {name: _by_class(name, members, plain) for name in names})


def _by_class(name: str, members: Mapping[ClassRecord, type], plain: type) -> Function:
    refusal = not_understood(name[2:])

    def found(receiver: ClassObject) -> Function:
        function: Function = getattr(members.get(receiver.record, plain), name, refusal)
        return function

    count = arity(name[2:])
    if count == 0:
        return lambda receiver: found(receiver)(receiver)
    if count == 1:
        return lambda receiver, first: found(receiver)(receiver, first)
    if count == 2:
        return lambda receiver, first, second: found(receiver)(receiver, first, second)
    return lambda receiver, *arguments: found(receiver)(receiver, *arguments)


def host_lookups(lookups: Mapping[str, type], hosts: Mapping[type, tuple[str, ...]]) -> dict[type, type]:
    """For each Python type that stands for a class in ``lookups``, which are by name, where its methods are."""
    found: dict[type, type] = {}
    for host, names in hosts.items():
        kinds = [lookups[name] for name in names if name in lookups]
        if kinds:
            found[host] = _union(host.__name__, kinds)
    true, false = lookups.get(BOOLEANS[True]), lookups.get(BOOLEANS[False])
    if true is not None and false is not None:
        found[bool] = boolean_lookup(true, false)
    if "Metaclass" in lookups:
        found[MetaclassObject] = lookups["Metaclass"]
    return found


def _union(name: str, kinds: list[type]) -> type:
    """One type with the methods of all: those that are above others of them come by themselves."""
    different = list(dict.fromkeys(kinds))
    lowest = [kind for kind in different if not any(one is not kind and issubclass(one, kind) for one in different)]
    return lowest[0] if len(lowest) == 1 else lookup_type(name, tuple(lowest), {})


def known_hosts(extra: Iterable[tuple[type, str]]) -> dict[type, tuple[str, ...]]:
    """All host types with the classes that they stand for."""
    return {**dict(HOSTS), **{kind: (name,) for kind, name in extra}}


def superclass_table(sides: Iterable[Side], lookups: Mapping[Side, type], class_side: Side) -> dict[str, type]:
    """For each side where messages to super start; beyond the root of class sides, at Class."""
    found: dict[str, type] = {}
    for side in sides:
        above = side.superside or (class_side if side.is_meta else None)
        found[side.name] = Root if above is None else lookups[above]
    return found


def build_library(
    records: Iterable[ClassRecord], stubs: Mapping[str, Function], hosts: dict[type, tuple[str, ...]]
) -> Tables:
    """Make the types of all library classes, superclasses first, and the tables."""
    ordered = list(records)
    root = lookup_type("Stubs", (Root,), {f"m:{selector}": stub for selector, stub in stubs.items()})
    for record in ordered:
        base = root if record.superclass is None else record.superclass.instance.lookup
        slots = tuple(f"i_{name}" for name in record.instance.variables)
        slots += ("indexed",) if record.type not in ("normal", "immediate") else ()
        methods = {f"m:{selector}": each.function for selector, each in record.instance.methods.items()}
        record.instance.lookup = record.instance.instance_type = type(
            record.name, (base,), {**methods, "__slots__": slots}
        )
    by_name = {record.name: record for record in ordered}
    class_side = by_name["Class"].instance if "Class" in by_name else ordered[0].instance
    for record in ordered:
        base = class_side.lookup if record.superclass is None else record.superclass.meta.lookup
        methods = {f"m:{selector}": each.function for selector, each in record.meta.methods.items()}
        record.meta.lookup = lookup_type(f"{record.name} class", (base,), methods)
    sides = [side for record in ordered for side in (record.instance, record.meta)]
    lookups = {side: side.lookup for side in sides}
    tables = Tables(s=superclass_table(sides, lookups, class_side))
    tables.k = {each.instance.instance_type: each.instance.lookup for each in ordered if each.name not in STOOD_FOR}
    tables.k.update(host_lookups({record.name: record.instance.lookup for record in ordered}, hosts))
    return tables
