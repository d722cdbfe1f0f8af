"""The shapes of an image's objects: strings, characters, instances, collections, classes."""

from collections.abc import Callable, Iterable
from itertools import chain
from operator import attrgetter

from stui_actors.session.snapshot_filling import WIDEST, Fill, filling
from stui_actors.session.snapshot_heap import Layout
from stui_actors.session.snapshot_plans import PLANS, Plan, parts_by_label, plan_of
from stui_actors.session.snapshot_scalars import Scalars
from stui_actors.session.snapshot_shapes import Part, Shape, elements, entries, paired, pairs, variables
from stui_actors.session.snapshot_text import SHARED_STRING
from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.objects import Character, StString, character
from stui_actors.ston.scalars import string_text, symbol_text
from stui_actors.ston.values import StonSymbol

INDEXED = "elements:"  # the indexed part of an instance: no variable has a colon in its name
KEPT = "_x"  # the attribute of the dict that holds variables which a client added to a class of the library
ENCODED = "Stui_x_"  # before the hexadecimal name of a class whose own name STON, or this format, cannot have
LEAST_CAPACITY = 10  # of an OrderedCollection, as the library makes it
DICTIONARIES = {"Dictionary": False, "OrderedDictionary": False, "IdentityDictionary": True}
SETS = {"Set": False, "IdentitySet": True}


def spelled(class_name: str, *, plain: bool = True) -> str:
    """The STON name of a class; not its own one unless it may be written ``plain``."""
    if (
        plain
        and class_name.isascii()
        and class_name.isidentifier()
        and class_name[0].isupper()
        and class_name[:5] != ENCODED[:5]
    ):
        return class_name
    return ENCODED + class_name.encode().hex()


def unspelled(name: str) -> str:
    """The class that a STON name means; raise ValueError for a wrong one."""
    return bytes.fromhex(name.removeprefix(ENCODED)).decode() if name.startswith(ENCODED) else name


def label(name: str) -> str:
    """What stands before the value of a variable."""
    return symbol_text(StonSymbol(name)) + ":"


def literal(string: object) -> str:
    """A String with its quotes."""
    assert isinstance(string, StString)
    return string_text(string.s if string.l is None else "".join(string.l))


class SharedStringShape(Shape):
    """A String that stands in two places."""

    opening = SHARED_STRING
    takes_text = True

    def parts(self, value: object, scalars: Scalars) -> str:
        """Its text."""
        return self.enclosed(string_text(str(value)))

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """A new String."""
        (text,) = items
        return StString(str(text))


class CharacterShape(Shape):
    """A Character."""

    opening = "Character["
    takes_text = True

    def parts(self, value: object, scalars: Scalars) -> str:
        """Itself, in a string."""
        assert isinstance(value, Character)
        return self.enclosed(string_text(chr(value.code)))

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """The one with that code."""
        (text,) = items
        return character(ord(str(text)))


class InstanceShape(Shape):
    """An instance: its variables by name, those that are nil left out, then its indexed part."""

    def __init__(self, layout: Layout, lost: list[str], opening: str | None = None) -> None:
        self.opening = opening or spelled(layout.class_name, plain=layout.class_name not in DICTIONARIES) + "{"
        self.layout = layout
        self.has_more = bool(layout.added)
        self.lost = lost
        attributes = (*layout.attributes, layout.indexed) if layout.indexed else layout.attributes
        names = (*layout.names, INDEXED) if layout.indexed else layout.names
        self.attributes = dict(zip(names, attributes, strict=True))
        self.labels = tuple(map(label, names))
        self.values = _getter(attributes)
        self.attribute_names = attributes
        self.plans: dict[tuple[type, ...], Plan] = {}
        self.fillers: dict[tuple[object, ...], Fill] = {}

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Its variables."""
        try:
            values = self.values(value)
        except AttributeError:  # one was never set
            values = tuple(getattr(value, name, None) for name in self.attribute_names)
        if self.has_more:
            return variables(chain(zip(self.labels, values, strict=True), self._added(value)))
        kinds = (*map(type, values),)
        plan = self.plans.get(kinds)
        if plan is None:
            plan = plan_of(self, self.labels, kinds, scalars)
            if len(self.plans) < PLANS:
                self.plans[kinds] = plan
        try:
            return plan(values)
        except ValueError:
            return parts_by_label(self.labels, values)

    def _added(self, value: object) -> Iterable[Part]:
        kept = getattr(value, KEPT, None)
        return [(label(name), kept.get(name)) for name in self.layout.added] if isinstance(kept, dict) else []

    def make(self) -> object:
        """One with all variables nil."""
        return self.layout.make()

    def filler(self, names: tuple[object, ...]) -> Fill | None:
        """What sets the variables of these names; None where some are not among the attributes, or are twice."""
        fill = self.fillers.get(names)
        if fill is None and len(self.fillers) < PLANS and len(names) <= WIDEST:
            different = set(names)
            if len(different) == len(names) and different <= self.attributes.keys():
                fill = self.fillers[names] = filling(tuple([self.attributes[str(name)] for name in names]))
        return fill

    def finish(self, made: object, items: list[object]) -> object:
        """Set the variables; one that the class has no more is listed."""
        fill = self.filler(tuple(items[::2]))
        if fill is not None:
            fill(made, items[1::2])
            return made
        attributes = self.attributes
        for name, value in pairs(items):
            attribute = attributes.get(name)  # type: ignore[call-overload]  # anything may be asked for
            if attribute is not None:
                setattr(made, attribute, value)
            elif name in self.layout.added:
                setattr(made, KEPT, {**(getattr(made, KEPT, None) or {}), name: value})
            else:
                self.lost.append(f"the variable {str(name)[:64]} of a {self.layout.class_name}")
        return made


def _getter(attributes: tuple[str, ...]) -> Callable[[object], tuple[object, ...]]:
    if len(attributes) > 1:
        return attrgetter(*attributes)
    if not attributes:
        return lambda value: ()
    single = attrgetter(attributes[0])
    return lambda value: (single(value),)


class ElementsShape(InstanceShape):
    """A collection of the library that Pharo's STON writes as its elements: OrderedCollection, Set."""

    varies = True

    def __init__(self, layout: Layout, lost: list[str]) -> None:
        super().__init__(layout, lost, layout.class_name + "[")
        self.identity = SETS.get(layout.class_name)
        self.general = InstanceShape(layout, lost)
        self.fill = filling(layout.attributes)
        self.held = attrgetter(layout.attributes[0])

    def chosen(self, value: object) -> Shape:
        """Itself if the elements are where the library keeps them."""
        held = self.held(value)
        if self.identity is None:
            return self if held.__class__ is list else self.general
        return self if isinstance(held, HashTable) and held.identity is self.identity else self.general

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Its elements."""
        held = self.held(value)
        found = held if self.identity is None else held.keys()
        text = scalars.listed(found)
        return elements(found) if text is None else f"{self.opening}{text}]"

    def filler(self, names: tuple[object, ...]) -> Fill | None:
        """None: what looks like names are keys or elements."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Put the elements in."""
        if self.identity is None:
            self.fill(made, [items, max(LEAST_CAPACITY, len(items))])
        else:
            self.fill(made, [HashTable.restored([(each, each) for each in items], identity=self.identity)])
        return made


class EntriesShape(InstanceShape):
    """A dictionary of the library, which Pharo's STON writes as its entries."""

    varies = True

    def __init__(self, layout: Layout, lost: list[str]) -> None:
        super().__init__(layout, lost, "{" if layout.class_name == "Dictionary" else layout.class_name + "{")
        self.general = InstanceShape(layout, lost)
        self.fill = filling(layout.attributes)
        self.held = attrgetter(layout.attributes[0])
        self.identity = DICTIONARIES[layout.class_name]

    def chosen(self, value: object) -> Shape:
        """Itself if the table compares as the class says."""
        table = self.held(value)
        return self if isinstance(table, HashTable) and table.identity is self.identity else self.general

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Its entries."""
        return _entries(self, self.held(value), scalars)

    def filler(self, names: tuple[object, ...]) -> Fill | None:
        """None: what looks like names are keys or elements."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """Put the entries in; they are hashed when somebody asks for one."""
        self.fill(made, [HashTable.restored(paired(items), identity=self.identity)])
        return made


def _entries(shape: Shape, table: object, scalars: Scalars) -> str | Iterable[Part]:
    assert isinstance(table, HashTable)
    found = table.entries()
    text = scalars.paired(found)
    return entries([*chain.from_iterable(found)]) if text is None else shape.enclosed(text)


class TableShape(Shape):
    """A HashTable of its own."""

    varies = True

    def __init__(self, *, identity: bool) -> None:
        self.opening = "Stui_IdentityTable{" if identity else "Stui_Table{"
        self.identity = identity
        self.other = self if identity else TableShape(identity=True)

    def chosen(self, value: object) -> Shape:
        """The one that compares as the table does; this one is for tables that do not compare by identity."""
        return self.other if isinstance(value, HashTable) and value.identity else self

    def parts(self, value: object, scalars: Scalars) -> str | Iterable[Part]:
        """Its entries."""
        return _entries(self, value, scalars)

    def make(self) -> object:
        """An empty one."""
        return HashTable(identity=self.identity)

    def finish(self, made: object, items: list[object]) -> object:
        """Put the entries in; they are hashed when somebody asks for one."""
        assert isinstance(made, HashTable)
        made.pending = paired(items)
        return made


class NamedShape(Shape):
    """A class, or an object that every image has by itself: its name is enough."""

    takes_text = True

    def __init__(
        self, opening: str, name_of: Callable[[object], str | None], named: Callable[[str], object], lost: list[str]
    ) -> None:
        self.opening = opening
        self.name_of = name_of
        self.named = named
        self.lost = lost

    def parts(self, value: object, scalars: Scalars) -> str:
        """Its name."""
        return self.enclosed(string_text(self.name_of(value) or ""))

    def make(self) -> object:
        """Nothing yet."""
        return None

    def finish(self, made: object, items: list[object]) -> object:
        """The one of that name; nil, and listed, where there is none."""
        (name,) = items
        found = self.named(str(name))
        if found is None:
            self.lost.append(f"the {self.opening[:-1].removeprefix('Stui_').lower()} {str(name)[:64]}")
        return found
