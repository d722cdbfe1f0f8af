"""An image as a snapshot sees it: where the engine keeps variables, classes and the code of blocks."""

from collections.abc import Callable, Iterable, Mapping
from types import CellType, CodeType, FunctionType

from attrs import evolve

from stui_actors.errors import ParseError
from stui_actors.session.snapshot_heap import BlockPlace, Layout
from stui_actors.smalltalk.bindings import Info, info_of
from stui_actors.smalltalk.compiler import compile_method
from stui_actors.smalltalk.defining import define_class, extend_class
from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.factories import OF_HOSTS
from stui_actors.smalltalk.image import NOT_MADE, Image
from stui_actors.smalltalk.library import SINGLETONS
from stui_actors.smalltalk.names import OwnNames
from stui_actors.smalltalk.process import Process
from stui_actors.smalltalk.records import ClassRecord, MetaclassObject, Side
from stui_actors.smalltalk.reflected import extensions, own_definition, removed_methods, told_anew
from stui_actors.smalltalk.unwinding import Home

GLOBALS = "globals"
META = " class"
SELF = "self"
NOT_LAID_OUT = NOT_MADE | OF_HOSTS.keys()  # values of these have notations of their own
BYTES = frozenset(("bytes",))

Template = tuple[
    CodeType, dict[str, object], tuple[int, ...] | None
]  # of a block: code, globals, another order of cells


class ImageHeap:
    """What ``Heap`` promises, of an ``Image``."""

    def __init__(self, image: Image) -> None:
        self.image = image
        self.variables: dict[str, object] = image.variables
        self.codes: dict[tuple[str, str, str], CodeType | None] = {}
        self.places: dict[int, tuple[CodeType, BlockPlace | None]] = {}  # by the id of the code, which is slow to hash
        self.received: dict[tuple[BlockPlace, str], BlockPlace] = {}  # of do-its, by the class of the receiver too
        self.blocks: dict[BlockPlace, Template | None] = {}

    # -- classes

    def definitions(self) -> Iterable[ClassDefinition]:
        """The client's own traits, its classes, superclasses first, then what it changed in the library."""
        records = sorted(self.image.own_records(), key=lambda each: not self.image.is_trait(each))
        own = [own_definition(self.image, record) for record in records]
        return [*own, *extensions(self.image)]

    def removed_methods(self) -> Iterable[tuple[str, bool, str]]:
        """Methods of the library that the client removed."""
        return removed_methods(self.image)

    def told_anew(self) -> Iterable[tuple[str, str | None, str | None]]:
        """Classes of the library with the comment and the package that the client gave them; None for what stayed."""
        return told_anew(self.image)

    def own_classes(self) -> Iterable[object]:
        """The class objects."""
        return [record.class_object for record in self.image.own_records()]

    def load(self, definition: ClassDefinition) -> None:
        """Define a class, or extend one of the library."""
        make = extend_class if definition.kind == "extension" else define_class
        record = make(self.image, definition)
        for method in definition.methods:
            side = record.meta if method.is_class_side else record.instance
            self.image.add_method(side, method.selector, method.category, method.source, method.origin)

    def remove_method(self, class_name: str, selector: str, *, class_side: bool) -> None:
        """Remove a method, if it is there."""
        self.image.remove_method(class_name, selector, class_side=class_side)

    def tell(self, class_name: str, comment: str | None, category: str | None) -> None:
        """Give a class its comment and package again, if it is there."""
        record = self.image.record_named(class_name)
        if record is not None and comment is not None:
            self.image.set_comment(record, comment)
        if record is not None and category is not None:
            self.image.set_category(record, category)

    # -- state

    def left_behind(self) -> Iterable[str]:
        """The processes that run beside evaluations."""
        scheduler = self.image.scheduler
        return [*scheduler.ended, *map(described, scheduler.alive())]

    def global_names(self) -> Iterable[str]:
        """The client's globals that are no classes of its own."""
        return [name for name in self.image.globals if name not in self.image.own]

    def declare_global(self, name: str) -> None:
        """Let there be a global of that name."""
        if not self.image.has_global(name):
            self.image.put_global(name, None)

    def state(self) -> Mapping[str, Mapping[str, object]]:
        """Globals, class variables and class-instance variables that are not as in a fresh image."""
        found: dict[str, dict[str, object]] = {
            GLOBALS: {name: self.image.globals[name] for name in self.global_names()}
        }
        boot = self.image.library.class_variables
        for key, value in self.image.class_variables.items():
            if key not in boot or value is not boot[key]:
                class_name, _, name = key.partition(".")
                found.setdefault(class_name, {})[name] = value
        for record in self.image.own_records():
            names = self.image.all_variables(record.meta)
            values = {name: getattr(record.class_object, f"i_{name}", None) for name in names}
            if any(value is not None for value in values.values()):
                found[record.name + META] = values
        return found

    def set_state(self, place: str, values: Mapping[str, object]) -> None:
        """Put such values back; raise LookupError where the place, or a variable of it, is no more."""
        if place == GLOBALS:
            for name, value in values.items():
                self.image.put_global(name, value)
            return
        if place.endswith(META):
            self._set_class_side(self.image.own[place.removesuffix(META)], values)
            return
        keys = {f"{place}.{name}": value for name, value in values.items()}
        if not keys.keys() <= self.image.class_variables.keys():
            raise LookupError(place)
        self.image.class_variables.update(keys)

    def _set_class_side(self, record: ClassRecord, values: Mapping[str, object]) -> None:
        if not values.keys() <= set(self.image.all_variables(record.meta)):
            raise LookupError(record.name)
        for name, value in values.items():
            setattr(record.class_object, f"i_{name}", value)

    # -- objects

    def layout_of(self, kind: type) -> Layout | None:
        """How instances of a Python type are laid out."""
        record = self.image.record_of_type(kind)
        if record is None or record.instance.instance_type is not kind:
            return None
        return self._layout(record) if self.image.record_named(record.name) is record else None

    def layout_named(self, class_name: str) -> Layout | None:
        """How instances of a class are laid out; None for a class that is not there, or makes none by ``new``."""
        record = self.image.record_named(class_name)
        return None if record is None or record.name in NOT_LAID_OUT else self._layout(record)

    def _layout(self, record: ClassRecord) -> Layout:
        side = record.instance
        names = self.image.all_variables(side)
        added = {name for name in names if record.is_library and self.image.is_added(side, name)}
        places = tuple(name for name in names if name not in added)
        indexed = "" if record.type in ("normal", "immediate") else "indexed"
        attributes = tuple(f"i_{name}" for name in places)
        make = _maker(self._factory(record), indexed, bytearray if record.type in BYTES else list)
        return Layout(record.name, places, attributes, indexed, make, tuple(added))

    def _factory(self, record: ClassRecord) -> Callable[[], object]:
        if record.is_library:
            return self.image.library.factory(record)
        return record.instance.instance_type

    def name_of_class(self, value: object) -> str | None:
        """``Foo`` or ``Foo class``; a class that the client removed has no name here."""
        if not getattr(value.__class__, "is_class_object", False):
            return None
        record: ClassRecord = value.record  # type: ignore[attr-defined]  # class objects have one
        if self.image.record_named(record.name) is not record:
            return None
        return record.name + META if isinstance(value, MetaclassObject) else record.name

    def class_named(self, name: str) -> object | None:
        """The class or metaclass of that name."""
        record = self.image.record_named(name.removesuffix(META))
        if record is None:
            return None
        return record.metaclass_object if name.endswith(META) else record.class_object

    def singletons(self) -> Mapping[str, object]:
        """Transcript, Smalltalk, Processor."""
        shared = self.image.library.globals
        return {name: shared[name] for name in SINGLETONS if name in shared}

    # -- blocks

    def block_place(self, block: FunctionType) -> BlockPlace | None:
        """Where a block comes from."""
        code = block.__code__
        known = self.places.get(id(code))
        if known is None:
            known = self.places[id(code)] = (code, self._place_of(code))
        place = known[1]
        if place is None or place.selector or SELF not in place.names:
            return place
        key = (place, self._receiver_class(place.names, block.__closure__ or ()))
        if key not in self.received:
            self.received[key] = evolve(place, class_name=key[1])
        return self.received[key]

    def _place_of(self, code: CodeType) -> BlockPlace | None:
        info = info_of(code)
        if info is None or not info.is_block:
            return None
        names = code.co_freevars
        if info.is_do_it:
            return BlockPlace("", "", info.source, info.start, names)
        return BlockPlace(info.owner, info.selector, info.source, info.start, names)

    def _receiver_class(self, names: tuple[str, ...], cells: tuple[CellType, ...]) -> str:
        """The class of a do-it's receiver, whose variables its names may mean; empty for what has none."""
        held = dict(zip(names, cells, strict=True)).get(SELF)
        kind = None if held is None else held.cell_contents.__class__
        layout = None if kind is None else self.layout_of(kind)
        return "" if layout is None else layout.class_name

    def make_block(self, place: BlockPlace, cells: tuple[CellType, ...]) -> object | None:
        """The block at a place of a source, with these variables; None if there is none, or it has others."""
        try:
            template = self.blocks[place]
        except KeyError:
            template = self.blocks[place] = self._template(place)
        if template is None:
            return None
        code, scope, order = template
        closure = cells if order is None else tuple([cells[each] for each in order])
        return FunctionType(code, scope, code.co_name, None, closure)

    def _template(self, place: BlockPlace) -> Template | None:
        code = self._code(place)
        found = None if code is None else _block_at(code, place.start)
        if found is None or sorted(found.co_freevars) != sorted(place.names):
            return None
        image = self.image if self._library_side(place) is None else self.image.library
        order = None if found.co_freevars == place.names else tuple(map(place.names.index, found.co_freevars))
        return found, image.code_globals, order

    def _code(self, place: BlockPlace) -> CodeType | None:
        key = (place.class_name, place.selector, place.source)
        if key not in self.codes:
            try:
                self.codes[key] = self._compiled(place)
            except ParseError:
                self.codes[key] = None
        return self.codes[key]

    def _compiled(self, place: BlockPlace) -> CodeType | None:
        image = self.image
        if not place.selector:
            layout = self.layout_named(place.class_name) if place.class_name else None
            return image.compile_do_it(place.source, None if layout is None else layout.make()).code
        side = self._library_side(place)
        if side is not None:
            return image.library.compile(side.methods[place.selector], side)
        side = self._side(place.class_name)
        return None if side is None else compile_method(place.source, side.name, OwnNames(image, side, image.globals))

    def _side(self, name: str) -> Side | None:
        record = self.image.record_named(name.removesuffix(META))
        return None if record is None else record.meta if name.endswith(META) else record.instance

    def _library_side(self, place: BlockPlace) -> Side | None:
        """The side of the library whose own method this is to the letter: no other source may name primitives."""
        record = self.image.library.records.get(place.class_name.removesuffix(META))
        if record is None or not place.selector:
            return None
        side = record.meta if place.class_name.endswith(META) else record.instance
        method = side.methods.get(place.selector)
        return side if method is not None and method.source == place.source else None

    def dead_home(self) -> object:
        """An activation that has returned."""
        home = Home.__new__(Home)
        home.alive = False
        home.process = None  # type: ignore[assignment]  # it has left its process behind
        return home


def described(process: Process) -> str:
    """A process that cannot be saved, in words."""
    return "a running process" if process.name is None else f"a running process: {process.name}"


def _maker(factory: Callable[[], object], indexed: str, part: type) -> Callable[[], object]:
    if not indexed:
        return factory

    def make() -> object:
        made = factory()
        setattr(made, indexed, part())
        return made

    return make


def _block_at(code: CodeType, start: int) -> CodeType | None:
    """The code of the block that begins at ``start``, within that of a method or do-it."""
    waiting = [code]
    while waiting:
        for each in waiting.pop().co_consts:
            if isinstance(each, CodeType):
                info = each.co_consts[-1] if each.co_consts else None
                if isinstance(info, Info) and info.is_block and info.start == start:
                    return each
                waiting.append(each)
    return None
