"""Makes nodes of Python's syntax tree, each with the position of the Smalltalk that it stands for."""

import ast
import re
from bisect import bisect_right
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypedDict

from attrs import define, field

from stui_actors.smalltalk.tokens import parse_error

LOAD, STORE = ast.Load(), ast.Store()
IS, IS_NOT = ast.Is(), ast.IsNot()
PAUSE = 64  # evaluations between two looks whether others want to run: some milliseconds
MAX_PIECE = 4000  # evaluations that are compiled at once: some tens of milliseconds of Python's compiler
_LINE_START = re.compile("\n")


class Place(TypedDict):
    """Where a node stands."""

    lineno: int
    col_offset: int
    end_lineno: int
    end_col_offset: int


@define(eq=False)
class Local:
    """A variable of a method or block: its Python name, and the function that owns it."""

    name: str
    function: "FunctionScope"
    assignable: bool


@define(eq=False)
class FunctionScope:
    """A Python function on its way. ``nonlocals`` are the outer variables that it assigns to."""

    parent: "FunctionScope | None"
    nonlocals: set[str] = field(factory=set)
    registers: int = 0
    loops: int = 0
    has_sends: bool = False
    calls_blocks: bool = False


class Emission:
    """Statements on their way, and the position that new nodes get."""

    def __init__(self, source: str, pause: Callable[[], None]) -> None:
        self.source = source
        self.pause = pause  # lets others run
        self.weight = 0  # evaluations so far
        self.cut_at = 0  # what they were when the last portion ended
        self.line_starts = [0, *(match.end() for match in _LINE_START.finditer(source))]
        self.place: Place = {"lineno": 1, "col_offset": 0, "end_lineno": 1, "end_col_offset": 0}
        self.out: list[ast.stmt] = []
        self.function = FunctionScope(None)
        self.early_registers = 0

    def at(self, offset: int) -> None:
        """From now on nodes stand at ``offset`` of the source."""
        line = bisect_right(self.line_starts, offset)
        column = offset - self.line_starts[line - 1]
        self.place = {"lineno": line, "col_offset": column, "end_lineno": line, "end_col_offset": column}

    def weigh(self) -> None:
        """Count an evaluation; raise ParseError where there are more than can be compiled at once."""
        self.weight += 1
        if not self.weight % PAUSE:
            self.pause()
            if self.weight - self.cut_at > MAX_PIECE:
                offset = self.line_starts[self.place["lineno"] - 1] + self.place["col_offset"]
                text = f"More than {MAX_PIECE} messages and values in one piece"
                raise parse_error(self.source, offset, text, expected="")

    @contextmanager
    def capture(self) -> Iterator[list[ast.stmt]]:
        """Collect the statements that are emitted meanwhile."""
        before, self.out = self.out, []
        try:
            yield self.out
        finally:
            self.out = before

    # -- nodes

    def constant(self, value: object) -> ast.expr:
        """A constant."""
        return ast.Constant(value, **self.place)  # type: ignore[arg-type]  # any immutable value is one

    def load(self, name: str) -> ast.expr:
        """The value of a Python variable."""
        return ast.Name(name, LOAD, **self.place)

    def attribute(self, value: ast.expr, name: str) -> ast.expr:
        """An attribute's value."""
        return ast.Attribute(value, name, LOAD, **self.place)

    def subscript(self, value: ast.expr, index: ast.expr) -> ast.expr:
        """An element's value."""
        return ast.Subscript(value, index, LOAD, **self.place)

    def call(self, function: ast.expr | str, *arguments: ast.expr) -> ast.expr:
        """A call; of a global name, where that is a str."""
        callee = self.load(function) if isinstance(function, str) else function
        return ast.Call(callee, list(arguments), [], **self.place)

    def walrus(self, name: str, value: ast.expr) -> ast.expr:
        """Store and answer."""
        return ast.NamedExpr(ast.Name(name, STORE, **self.place), value, **self.place)

    def compare(self, left: ast.expr, operators: Sequence[ast.cmpop], rights: Sequence[ast.expr]) -> ast.expr:
        """A comparison, or a chain of them."""
        operands = [left, *rights]
        if any(isinstance(each, ast.Is | ast.IsNot) for each in operators):
            operands = [self._unwarned(each) for each in operands]
        return ast.Compare(operands[0], list(operators), operands[1:], **self.place)

    def _unwarned(self, value: ast.expr) -> ast.expr:
        """What Python does not warn of in ``is``, as it does of literals; its optimizer leaves just the constant."""
        if not isinstance(value, ast.Constant) or value.value is None or isinstance(value.value, bool):
            return value
        return self.choice(self.constant(True), value, value)

    def choice(self, test: ast.expr, yes: ast.expr, no: ast.expr) -> ast.expr:
        """One of two values."""
        return ast.IfExp(test, yes, no, **self.place)

    def class_of(self, value: ast.expr) -> ast.expr:
        """The Python type of a value."""
        return self.attribute(value, "__class__")

    def is_constant(self, value: ast.expr, constant: object) -> ast.expr:
        """Whether a value is None, True or False."""
        return self.compare(value, [IS], [self.constant(constant)])

    # -- statements

    def emit(self, statement: ast.stmt) -> None:
        """Append a statement."""
        self.out.append(statement)

    def assign(self, name: str, value: ast.expr) -> None:
        """Emit an assignment to a Python variable."""
        self.emit(self.assignment(name, value))

    def assignment(self, name: str, value: ast.expr) -> ast.stmt:
        """An assignment to a Python variable."""
        return ast.Assign([ast.Name(name, STORE, **self.place)], value, **self.place)

    def tick(self) -> ast.stmt:
        """A place where others may run."""
        return self.branch(self.load("FLAG"), [ast.Expr(self.call("TICK"), **self.place)], [])

    def branch(self, test: ast.expr, yes: list[ast.stmt], no: list[ast.stmt]) -> ast.stmt:
        """An if statement."""
        return ast.If(test, yes or [ast.Pass(**self.place)], no, **self.place)

    def give(self, value: ast.expr) -> None:
        """Emit a return."""
        self.emit(ast.Return(value, **self.place))

    # -- registers

    def register(self) -> str:
        """A fresh variable for a value between two steps of an expression."""
        self.function.registers += 1
        return f"r:{self.function.registers}"

    def early_register(self) -> str:
        """A register for what is evaluated before statements that have been emitted already; they do not use it."""
        self.early_registers += 1
        return f"r:e{self.early_registers}"

    def spill(self, value: ast.expr) -> ast.expr:
        """Evaluate now; answer what stands for the value from here on."""
        name = self.register()
        self.assign(name, value)
        return self.load(name)


def is_simple(node: ast.expr) -> bool:
    """Whether evaluating twice is the same as once, as long as nothing happens in between."""
    return isinstance(node, ast.Name | ast.Constant)


def is_pure(statements: Sequence[ast.stmt]) -> bool:
    """Whether nothing that has been evaluated before can notice these statements."""
    return all(isinstance(each, ast.FunctionDef) for each in statements)
