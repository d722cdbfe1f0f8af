"""Variables and literals: what names mean, and which Python variables stand for them."""

import ast
from collections.abc import Callable

from stui_actors.smalltalk.bindings import Binding, Kind, Names
from stui_actors.smalltalk.emission import Emission, Local
from stui_actors.smalltalk.nodes import Literal, LiteralKind, Variable
from stui_actors.smalltalk.objects import symbol
from stui_actors.smalltalk.recipes import LONG, recipe
from stui_actors.smalltalk.tokens import parse_error

RESERVED = frozenset(("self", "super", "thisContext", "thisProcess"))


class Scoping(Emission):
    """Emits reads of variables, assignments and literals."""

    def __init__(self, source: str, names: Names, pause: Callable[[], None]) -> None:
        super().__init__(source, pause)
        self.names = names
        self.scopes: list[dict[str, Local]] = []
        self.locals_made = 0

    def declare(self, variable: Variable, *, assignable: bool, name: str | None = None) -> str:
        """Add a variable to the innermost scope; answer its Python name."""
        if name is None:
            name = f"t:{variable.name}"
            if any(variable.name in scope for scope in self.scopes):
                self.locals_made += 1
                name = f"t:{variable.name}.{self.locals_made}"
        self.scopes[-1][variable.name] = Local(name, self.function, assignable)
        return name

    def fresh_local(self, value: ast.expr) -> str:
        """A variable that blocks may capture, with its value."""
        self.locals_made += 1
        name = f"t:.{self.locals_made}"
        self.assign(name, value)
        return name

    def local(self, name: str) -> Local | None:
        """The variable of a method or block with this name."""
        for scope in reversed(self.scopes):
            if name in scope:
                return scope[name]
        return None

    def stable(self, value: ast.expr) -> bool:
        """Whether nothing can change what this stands for: constants, parameters, self, registers."""
        if isinstance(value, ast.Constant):
            return True
        if not isinstance(value, ast.Name):
            return False
        return value.id == "self" or value.id[:2] in ("r:", "p:")

    def variable(self, node: Variable) -> ast.expr:
        """A variable's value."""
        local = self.local(node.name)
        if local is not None:
            return self.load(local.name)
        if node.name in RESERVED:
            return self.reserved(node)
        binding = self.names.binding(node.name)
        key = self.constant(binding.key)
        if binding.kind is Kind.GLOBAL:
            return self.load(binding.key)
        if binding.kind is Kind.INSTANCE:
            return self.attribute(self.load("self"), binding.key)
        if binding.kind is Kind.ADDED:
            return self.call("ADDED", self.load("self"), key)
        if binding.kind in (Kind.UNDECLARED, Kind.UNKNOWN):
            return self.call(binding.kind.name, key)
        return self.subscript(self.load("V" if binding.kind is Kind.WORKSPACE else "CV"), key)

    def reserved(self, node: Variable) -> ast.expr:
        """``self`` and the like."""
        if node.name == "thisContext":
            return self.call("THIS_CONTEXT")
        if node.name == "thisProcess":
            return self.call("THIS_PROCESS")
        return self.load("self")

    def assignment_to(self, node: Variable, value: ast.expr) -> None:
        """Emit the assignment of ``value``."""
        local = self.local(node.name)
        if local is None:
            binding = self.names.assigned(node.name)
            if binding.kind is Kind.GLOBAL and self.names.is_fixed(node.name):
                raise parse_error(self.source, node.start, "Assignment to read-only variable", expected="")
            self.emit(self.outer_assignment(binding, value))
            return
        if not local.assignable:
            raise parse_error(self.source, node.start, "Assignment to read-only variable", expected="")
        if local.function is not self.function:
            self.function.nonlocals.add(local.name)
        self.assign(local.name, value)

    def outer_assignment(self, binding: Binding, value: ast.expr) -> ast.stmt:
        """An assignment to what no method declares."""
        store, key = ast.Store(), self.constant(binding.key)
        if binding.kind is Kind.INSTANCE:
            return ast.Assign([ast.Attribute(self.load("self"), binding.key, store, **self.place)], value, **self.place)
        if binding.kind in (Kind.WORKSPACE, Kind.CLASS):
            table = self.load("V" if binding.kind is Kind.WORKSPACE else "CV")
            return ast.Assign([ast.Subscript(table, key, store, **self.place)], value, **self.place)
        if binding.kind is Kind.ADDED:
            return ast.Expr(self.call("SET_ADDED", self.load("self"), key, value), **self.place)
        name = self.constant(binding.key.removeprefix("g:"))
        return ast.Expr(self.call("SET_GLOBAL", name, value), **self.place)

    def literal(self, node: Literal) -> ast.expr:
        """A literal's value; strings and arrays are made anew."""
        kind, value = node.kind, node.value
        if kind is LiteralKind.STRING:
            return self.call("STRING", self.constant(value))
        if kind is LiteralKind.CHARACTER:
            assert isinstance(value, int)
            if value < 256:
                return self.subscript(self.load("CHARACTERS"), self.constant(value))
            return self.call("CHARACTER", self.constant(value))
        if kind is LiteralKind.ARRAY:
            assert isinstance(value, tuple)
            if len(value) >= LONG:
                return self.call("LITERAL", self.constant(recipe(value, self.pause)))
            return self.call("ARRAY", ast.List([self.literal(each) for each in value], ast.Load(), **self.place))
        if kind is LiteralKind.BYTES:
            return self.call("BYTES", self.constant(value))
        if kind in (LiteralKind.FRACTION, LiteralKind.SCALED):
            assert isinstance(value, tuple)
            return self.call("FRACTION" if len(value) == 2 else "SCALED", *(self.constant(part) for part in value))
        return self.constant(symbol_constant(value) if kind is LiteralKind.SYMBOL else value)


def symbol_constant(value: object) -> str:
    """A symbol's text, interned."""
    assert isinstance(value, str)
    return symbol(value)
