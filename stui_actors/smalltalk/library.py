"""The class library: read once per server from its Tonel files, compiled method by method, never changed afterwards."""

from collections.abc import Iterable, Iterator, Mapping
from importlib import resources
from types import CodeType

from attrs import define, evolve, field

from stui_actors.errors import ParseError
from stui_actors.resident import Resident
from stui_actors.smalltalk import primitives
from stui_actors.smalltalk.bindings import Binding, Kind
from stui_actors.smalltalk.carriers import Carriers
from stui_actors.smalltalk.compiler import compile_method
from stui_actors.smalltalk.definitions import ClassDefinition
from stui_actors.smalltalk.dispatch import Tables, build_library, known_hosts
from stui_actors.smalltalk.do_its import DoItCache
from stui_actors.smalltalk.factories import Factory, factory_of
from stui_actors.smalltalk.records import ClassObject, ClassRecord, Function, MetaclassObject, MethodRecord, Side
from stui_actors.smalltalk.references import MentionIndex
from stui_actors.smalltalk.runtime import code_globals
from stui_actors.smalltalk.stubs import give_code, not_understood, uncompiled
from stui_actors.smalltalk.tonel import read_class_file

PACKAGE = "stui_actors.smalltalk"
DO_IT_SUPER = "UndefinedObject"  # the side of do-its without a receiver
SINGLETONS = {"Smalltalk": "SystemDictionary", "Transcript": "ThreadSafeTranscript", "Processor": "ProcessorScheduler"}


def read_definitions() -> list[ClassDefinition]:
    """What the files of the library say."""
    folder = resources.files(PACKAGE) / "library"
    files = sorted((each for each in folder.iterdir() if each.name.endswith(".st")), key=lambda each: each.name)
    return [read_class_file(each.read_text(encoding="utf-8"), file_name=each.name) for each in files]


class Library:
    """All classes of the library, and the tables that images without changes share."""

    def __init__(self, definitions: Iterable[ClassDefinition] | None = None) -> None:
        given = read_definitions() if definitions is None else list(definitions)
        self.definitions = _merged(given)
        self.records = _records(given)
        self.code_globals = code_globals()
        self.code_globals["COMPILED"] = self._compiled
        self.code_globals.update((f"prim:{name}", function) for name, function in primitives.TABLE.items())
        self._read_methods()
        self.selectors = frozenset(
            selector
            for record in self.records.values()
            for side in (record.instance, record.meta)
            for selector in side.methods
        )
        stubs = {selector: not_understood(selector) for selector in self.selectors}
        self.super_keys = frozenset((DO_IT_SUPER, *self._sides_with_super()))
        self.hosts = known_hosts(primitives.HOST_CLASSES)
        self.tables: Tables = build_library(self.records.values(), stubs, self.hosts)
        self.globals: dict[str, object] = {}
        self._make_objects()
        self.types = self._instance_types()
        self.class_variables: dict[str, object] = {
            f"{record.name}.{name}": None for record in self.records.values() for name in record.class_variables
        }
        self.resident = Resident()
        self.factories: dict[ClassRecord, Factory] = {}
        self._kept: Tables | None = None  # the library's own tables, while an image's show in them
        self.index = MentionIndex([each.source for one in self.definitions.values() for each in one.methods])
        self.do_its = DoItCache()
        self.carriers = Carriers()

    def _read_methods(self) -> None:
        for definition in self.definitions.values():
            record = self.records[definition.name]
            for each in definition.methods:
                method = MethodRecord(record.name, each.is_class_side, each.selector, each.category, each.source)
                method.function = uncompiled(method, self.code_globals)
                side = record.meta if each.is_class_side else record.instance
                side.methods[each.selector] = method

    def _sides_with_super(self) -> Iterator[str]:
        """The names of sides with a method that may send to super."""
        for record in self.records.values():
            for side in (record.instance, record.meta):
                if any("super" in method.source for method in side.methods.values()):
                    yield side.name

    def _make_objects(self) -> None:
        """The Smalltalk objects that stand for classes, and the few other globals."""
        for record in self.records.values():
            kind = record.meta.instance_type = _class_kind(record)
            record.class_object = kind()
            record.class_object.record = record
            metaclass = MetaclassObject()
            metaclass.record = record
            record.metaclass_object = metaclass
            self.tables.k[kind] = record.meta.lookup
            self.globals[record.name] = record.class_object
        for name, class_name in SINGLETONS.items():
            if class_name in self.records:
                self.globals[name] = self.records[class_name].instance.instance_type()
        self.code_globals.update((f"g:{name}", value) for name, value in self.globals.items())

    def is_shared(self, value: object) -> bool:
        """Whether this is one of the objects that all images have in common: Smalltalk, Transcript, Processor."""
        return any(value is self.globals.get(name) for name in SINGLETONS)

    def _instance_types(self) -> dict[type, ClassRecord]:
        """The class for each Python type whose values are its instances; numbers and texts depend on their values."""
        found = {record.instance.instance_type: record for record in self.records.values()}
        for host, names in self.hosts.items():
            known = [self.records[name] for name in names if name in self.records]
            if known and host not in (int, str):
                found[host] = known[0]
        return found

    def _compiled(self, method: MethodRecord) -> Function:
        """The function of a method of the library, compiled now."""
        assert method.function is not None, "not installed"
        record = self.records[method.class_name]
        side = record.meta if method.is_class_side else record.instance
        give_code(method.function, self.compile(method, side))
        return method.function

    def compile(self, method: MethodRecord, side: Side) -> CodeType:
        """The code of a method; one that does not parse signals that when it is called."""
        names = LibraryNames(self, side)
        try:
            return compile_method(method.source, method.owner, names, primitives=primitives.TABLE)
        except ParseError as error:
            text = f"{method.owner}>>{method.selector} does not compile: {error.message}".replace("'", "''")
            pattern = method.source[: method.source.find("\n")] if "\n" in method.source else method.source
            return compile_method(f"{pattern}\n^ Error new signal: '{text}'", method.owner, names)

    def new(self, class_name: str, fields: Mapping[str, object]) -> object:
        """An instance of a library class with some of its variables."""
        made = self.factory(self.records[class_name])()
        for name, value in fields.items():
            setattr(made, name, value)
        return made

    def factory(self, record: ClassRecord) -> Factory:
        """What makes instances of a library class with all variables nil."""
        found = self.factories.get(record)
        if found is None:
            found = self.factories[record] = factory_of(record)
        return found

    def install(self, tables: Tables, class_variables: dict[str, object]) -> None:
        """Let the library's code see an image's tables."""
        self.code_globals["K"], self.code_globals["S"], self.code_globals["CV"] = tables.k, tables.s, class_variables

    def uninstall(self) -> None:
        """Hold on to no image."""
        if self._kept is not None:
            self.tables.become(self._kept)
            self._kept = None
        self.install(self.tables, self.class_variables)

    def lend(self, tables: Tables) -> None:
        """Show an image's tables in the library's own until ``uninstall``.

        Code that took a table before its image had some of its own goes on with the library's.
        """
        if self._kept is None:
            self._kept = Tables(dict(self.tables.k), dict(self.tables.s), dict(self.tables.u))
        self.tables.become(Tables(tables.k, {**self._kept.s, **tables.s}, tables.u))

    @property
    def pristine(self) -> Tables:
        """What the library's tables are for an image that changed nothing."""
        return self.tables if self._kept is None else self._kept


def _class_kind(record: ClassRecord) -> type:
    """The Python type of a class object: its superclass's, if its class side has no methods. Images copy less so."""
    if record.superclass is not None and not record.meta.methods:
        return record.superclass.meta.instance_type
    return type(f"{record.name} class", (ClassObject,), {"__slots__": ()})


def _merged(definitions: Iterable[ClassDefinition]) -> dict[str, ClassDefinition]:
    """The classes by name, with the methods of their extensions."""
    given = list(definitions)
    found = {each.name: each for each in given if each.kind == "class"}
    for each in given:
        if each.kind == "extension" and each.name in found:
            found[each.name] = evolve(found[each.name], methods=found[each.name].methods + each.methods)
    return found


def _records(definitions: Iterable[ClassDefinition]) -> dict[str, ClassRecord]:
    """Records of all classes, superclasses first; raise ValueError for a superclass that is missing."""
    waiting = {each.name: each for each in definitions if each.kind == "class"}
    found: dict[str, ClassRecord] = {}
    while waiting:
        ready = [each for each in waiting.values() if each.superclass is None or each.superclass in found]
        if not ready:
            raise ValueError("no superclass: " + ", ".join(f"{e.superclass} of {e.name}" for e in waiting.values()))
        for each in ready:
            found[each.name] = _record(waiting.pop(each.name), found)
    return found


def _record(definition: ClassDefinition, found: Mapping[str, ClassRecord]) -> ClassRecord:
    record = ClassRecord(
        definition.name,
        None if definition.superclass is None else found[definition.superclass],
        definition.type,
        definition.class_variables,
        definition.pools,
        "-".join(part for part in (definition.package or definition.category, definition.tag) if part),
        definition.comment,
    )
    record.instance = Side(record, False, definition.instance_variables)
    record.meta = Side(record, True, definition.class_instance_variables)
    return record


@define(eq=False)
class LibraryNames:
    """What names mean in methods of the library."""

    library: Library
    side: Side
    _variables: frozenset[str] = field(init=False)

    def __attrs_post_init__(self) -> None:
        record = self.side.record
        names = record.all_class_side_variables() if self.side.is_meta else record.all_variables()
        self._variables = frozenset(names)

    @property
    def superclass_key(self) -> str:
        """The side's own name."""
        return self.side.name

    def binding(self, name: str) -> Binding:
        """What ``name`` means."""
        if name in self._variables:
            return Binding(Kind.INSTANCE, f"i_{name}")
        for record in self.side.record.chain():
            if name in record.class_variables:
                return Binding(Kind.CLASS, f"{record.name}.{name}")
        if name in self.library.globals:
            return Binding(Kind.GLOBAL, f"g:{name}")
        return Binding(Kind.UNDECLARED, name)

    def assigned(self, name: str) -> Binding:
        """The same."""
        return self.binding(name)

    def is_fixed(self, name: str) -> bool:
        """All of them are."""
        return True

    def table(self, selector: str) -> str:
        """K for what the library defines."""
        return "K" if selector in self.library.selectors else ""
