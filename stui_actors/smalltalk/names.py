"""What names mean in an image's own code: in methods of its classes, and in do-its."""

from attrs import define, field

from stui_actors.smalltalk.bindings import Binding, Kind
from stui_actors.smalltalk.class_tables import ClassTables
from stui_actors.smalltalk.library import DO_IT_SUPER
from stui_actors.smalltalk.records import Side


@define(eq=False)
class OwnNames:
    """In a method that a client wrote for ``side``."""

    image: ClassTables
    side: Side | None
    globals: dict[str, object]

    @property
    def superclass_key(self) -> str:
        """The side's own name; in do-its without a receiver, that of nil's class."""
        return DO_IT_SUPER if self.side is None else self.image.serve_super(self.side)

    def binding(self, name: str) -> Binding:
        """What ``name`` means."""
        side = self.side
        if side is not None:
            if name in self.image.all_variables(side):
                own_place = not (side.record.is_library and self.image.is_added(side, name))
                return Binding(Kind.INSTANCE, f"i_{name}") if own_place else Binding(Kind.ADDED, name)
            key = self.image.shared_key(side.record, name)
            if key is not None:
                return Binding(Kind.CLASS, key)
        if name in self.globals or name in self.image.library.globals:
            value = self.globals[name] if name in self.globals else self.image.library.globals[name]
            self.image.code_globals[f"g:{name}"] = value
            return Binding(Kind.GLOBAL, f"g:{name}")
        return Binding(Kind.UNDECLARED, name)

    def assigned(self, name: str) -> Binding:
        """What ``name`` means where it is assigned to."""
        return self.binding(name)

    def is_fixed(self, name: str) -> bool:
        """Whether a global is a class, or one of the library's."""
        return name in self.image.library.globals or name in self.image.own

    def table(self, selector: str) -> str:
        """K for the library's selectors, U for the client's own, nothing for those that nobody has defined."""
        if selector in self.image.library.selectors:
            return "K"
        if selector not in self.image.own_selectors:
            return ""
        self.image.serve_own_selectors()
        return "U"


@define(eq=False)
class WorkspaceNames(OwnNames):
    """In a do-it: names that are unknown are the workspace's variables."""

    variables: dict[str, object] = field(kw_only=True)
    used: dict[str, Kind] = field(factory=dict, kw_only=True)
    selectors: dict[str, str] = field(factory=dict, kw_only=True)
    declared: list[str] = field(factory=list, kw_only=True)
    assigned_globals: list[str] = field(factory=list, kw_only=True)

    def binding(self, name: str) -> Binding:
        """What ``name`` means; remembers what the do-it depends on."""
        found = super().binding(name)
        if found.kind in (Kind.UNDECLARED, Kind.GLOBAL) and (name in self.variables or name in self.declared):
            found = Binding(Kind.WORKSPACE, name)
        elif found.kind is Kind.UNDECLARED:
            found = Binding(Kind.UNKNOWN, name)
        self.used[name] = found.kind
        return found

    def assigned(self, name: str) -> Binding:
        """The same; a workspace's variable comes into being."""
        found = OwnNames.binding(self, name)
        if found.kind is Kind.UNDECLARED or (found.kind is Kind.GLOBAL and name in self.variables):
            found = Binding(Kind.WORKSPACE, name)
            self.declared.append(name)
        elif found.kind is Kind.GLOBAL:
            self.assigned_globals.append(name)
        self.used[name] = found.kind
        return found

    def table(self, selector: str) -> str:
        """As in methods; remembers it."""
        found = super().table(selector)
        self.selectors[selector] = found
        return found
