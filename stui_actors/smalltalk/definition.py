"""Defining, redefining and removing the client's own classes."""

from stui_actors.errors import ClassNotFound
from stui_actors.smalltalk.class_tables import ClassTables
from stui_actors.smalltalk.hosts import CLOSED
from stui_actors.smalltalk.library import Library
from stui_actors.smalltalk.objects import Instance
from stui_actors.smalltalk.parser import is_variable_name
from stui_actors.smalltalk.records import ClassRecord, MetaclassObject, OwnClassObject, Side

NEEDED = frozenset(("Object", "ProtoObject", "Class", "Metaclass", "Behavior", "ClassDescription"))


class Definition(ClassTables):
    """The client's own classes, and its globals, which they are among."""

    def __init__(self, library: Library) -> None:
        super().__init__(library)
        self.globals: dict[str, object] = {}
        self._types: dict[type, ClassRecord] = {}
        self._library_types = library.types

    def record_of_type(self, kind: type) -> ClassRecord | None:
        """The class whose instances have a Python type."""
        return self._library_types.get(kind) or self._types.get(kind)

    def why_not(self, name: str, superclass: object, variables: tuple[str, ...]) -> str | None:
        """Why a class cannot be defined so; None if it can."""
        if not name[:1].isupper() or not name.isidentifier():
            return f"{name} is not a name for a class"
        if superclass is not None and not hasattr(superclass, "record"):
            return f"the superclass of {name} is not a class"
        above: ClassRecord | None = None if superclass is None else superclass.record
        if above is not None and above.name in CLOSED:
            return f"{above.name} cannot have subclasses"
        if name in NEEDED or name in CLOSED:
            return f"{name} cannot be redefined"
        present = self.own.get(name)
        if present is not None and above is not None and (above is present or above.inherits_from(present)):
            return f"{name} would inherit from itself"
        inherited = [] if above is None else self.all_variables(above.instance)
        for variable in variables:
            if not is_variable_name(variable):
                return f"{variable} is not a name for a variable"
            if variable in inherited or variables.count(variable) > 1:
                return f"{variable} is already defined in {name} or above"
        return None

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
        """Define a class, or define it anew: then it keeps its methods, its instances and its comment."""
        record = self.own.get(name)
        is_new = record is None
        if record is None:
            record = self._made(name, superclass)
        gone = set(record.instance.variables) - set(variables)
        record.superclass, record.type, record.category = superclass, kind, category
        record.instance.variables = variables
        self.set_class_variables(record, class_variables)
        if hasattr(record.class_object, "make"):
            del record.class_object.make
        for each in (record, *self._below(record)):
            self._default(each, gone if each is record else set())
        if is_new:
            self.add_class(record)
            if any(name in each.pools for each in self.own.values()):
                self.forget_code(record)  # of those who named it as their pool before
                self.rebuild()
        else:
            self.forget_code(record)
            self.rebuild()
        return record

    def _made(self, name: str, superclass: ClassRecord | None) -> ClassRecord:
        record = ClassRecord(name, superclass, is_library=False)
        record.instance, record.meta = Side(record, False, ()), Side(record, True, ())
        record.instance.instance_type = type(name, (Instance,), {"__slots__": ()})
        record.class_object = OwnClassObject()
        record.class_object.record = record
        metaclass = MetaclassObject()
        metaclass.record = record
        record.metaclass_object = metaclass
        self.own[name] = record
        self._types[record.instance.instance_type] = record
        self.globals[name] = record.class_object
        self.code_globals[f"g:{name}"] = record.class_object
        return record

    def _below(self, record: ClassRecord) -> list[ClassRecord]:
        return [each for each in self.own.values() if each.inherits_from(record)]

    def _default(self, record: ClassRecord, gone: set[str]) -> None:
        """Let variables that were never set read as nil, on instances and on the class itself."""
        self.settle(record.meta)
        self.default(record.instance)
        self.gone_variables(record, gone)

    def gone_variables(self, record: ClassRecord, gone: set[str]) -> None:
        """Called when a class loses variables, so that its instances forget them."""

    def set_class_variables(self, record: ClassRecord, names: tuple[str, ...]) -> None:
        """Give a class of the client's own these class variables; those that stay keep their values."""
        for name in record.class_variables:
            if name not in names:
                self.class_variables.pop(f"{record.name}.{name}", None)
        for name in names:
            self.class_variables.setdefault(f"{record.name}.{name}", None)
        record.class_variables = names

    def change_variables(self, side: Side, variables: tuple[str, ...]) -> None:
        """Give a class of the client's own these variables."""
        record = side.record
        if side.is_meta:
            self.define_class_side(record, variables)
            return
        self.define(
            record.name,
            record.superclass,
            kind=record.type,
            variables=variables,
            class_variables=record.class_variables,
            category=record.category,
        )

    def rename_class(self, record: ClassRecord, name: str) -> None:
        """Give a class of the client's own another name."""
        values = [(each, self.class_variables.pop(f"{record.name}.{each}", None)) for each in record.class_variables]
        del self.own[record.name], self.globals[record.name]
        for each in self.own.values():
            each.pools = tuple(name if pool == record.name else pool for pool in each.pools)
        record.name = name
        self.class_variables.update((f"{name}.{each}", value) for each, value in values)
        for side in (record.instance, record.meta):
            for method in side.methods.values():
                method.class_name = name
        self.own[name] = record
        self.globals[name] = record.class_object
        self.code_globals[f"g:{name}"] = record.class_object
        self.forget_code(record)
        self.rebuild()

    def define_class_side(self, record: ClassRecord, variables: tuple[str, ...]) -> None:
        """Give a class these variables of its own."""
        if record.is_library:
            for name in variables:
                if name not in self.all_variables(record.meta):
                    self.add_variable(record.meta, name)
            return
        record.meta.variables = variables
        for each in (record, *self._below(record)):
            self._default(each, set())
        self.forget_code(record)
        self.rebuild()

    def add_class_variable(self, record: ClassRecord, name: str) -> None:
        """Add a class variable."""
        self.class_variables.setdefault(f"{record.name}.{name}", None)
        if not record.is_library:
            record.class_variables = (*record.class_variables, name)
        self.forget_code(record)
        self.rebuild()

    def remove_class_variable(self, record: ClassRecord, name: str) -> None:
        """Remove a class variable of a class of the client's own."""
        self.set_class_variables(record, tuple(each for each in record.class_variables if each != name))
        self.forget_code(record)
        self.rebuild()

    def remove_class(self, name: str) -> None:
        """Forget a class of the client's own; its subclasses' superclass becomes its superclass."""
        record = self.own.pop(name, None)
        if record is None:
            raise ClassNotFound(f"No class of your own is named {name[:64]!r}.", name=name[:64])
        for each in self.own.values():
            if each.superclass is record:
                each.superclass = record.superclass
        self.globals.pop(name, None)
        self.set_class_variables(record, ())
        for each in self.own.values():
            self._default(each, set())
        self.forget_code(record)
        if self.is_alive(record):
            self.obsolete.append(record)
        else:
            self._types.pop(record.instance.instance_type)
        self.rebuild()

    def is_alive(self, record: ClassRecord) -> bool:
        """Whether anything of a removed class is still held: it goes on living as it was."""
        raise NotImplementedError

    def class_named(self, name: str) -> object | None:
        """The class or metaclass of that printed name, or None."""
        record = self.record_named(name.removesuffix(" class"))
        if record is None:
            return None
        return record.metaclass_object if name.endswith(" class") else record.class_object

    def comment_of(self, record: ClassRecord) -> str:
        """A class's comment."""
        return self.comments.get(record, record.comment)

    def set_comment(self, record: ClassRecord, text: str) -> None:
        """Give a class a comment."""
        if record.is_library:
            self.comments[record] = text
        else:
            record.comment = text

    def category_of(self, record: ClassRecord) -> str:
        """The name of a class's package."""
        return self.categories.get(record, record.category)

    def set_category(self, record: ClassRecord, name: str) -> None:
        """Move a class to a package."""
        if record.is_library:
            self.categories[record] = name
        else:
            record.category = name

    def changed_classes(self) -> set[str]:
        """The names of the classes that the client defined or changed."""
        told_anew = {record.name for record in (*self.comments, *self.categories)}
        return {*self.own, *told_anew, *(side.record.name for side in self.overlays)}

    def class_names(self) -> list[str]:
        """The names of all classes."""
        return [record.name for record in self.records()]
