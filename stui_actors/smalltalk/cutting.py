"""Cuts the statements of a long do-it into portions while they are emitted."""

import ast
from collections.abc import Callable, Sequence
from types import CodeType

from stui_actors.smalltalk.bindings import Names
from stui_actors.smalltalk.emission import MAX_PIECE
from stui_actors.smalltalk.inlining import Inlining
from stui_actors.smalltalk.nodes import Assignment, Node, Return
from stui_actors.smalltalk.portions import PORTION, portion_code

ENOUGH = 1000  # evaluations in a portion: some milliseconds of Python's compiler
MANY = 100  # messages of a cascade, or elements of an array, from which on it pays to cut between them

assert 2 * ENOUGH < MAX_PIECE, "what can be cut is never too large"


class Cutting(Inlining):
    """Knows the statements of the do-it itself, and what lives on from one of them to the next."""

    def __init__(self, source: str, names: Names, pause: Callable[[], None]) -> None:
        super().__init__(source, names, pause)
        self.top: list[ast.stmt] | None = None  # where the do-it's own statements are emitted
        self.first_uncut = 0
        self.root: Node | None = None  # what a statement of the do-it consists of: nothing waits for its value
        self.lasting: set[str] = {"self", "home"}  # variables that portions share
        self.shared: set[str] = set()  # those of them that some portion uses
        self.portions: list[CodeType] = []

    def guard_of_calls(self, body: list[ast.stmt]) -> ast.stmt:
        """``body`` with a block's refusal of the number of its arguments made a Smalltalk exception."""
        raise NotImplementedError

    def begin_statement(self, node: Node) -> None:
        """``node`` is emitted next; note its root if it is the do-it's own."""
        self.root = None
        if self.out is self.top:
            while isinstance(node, Return | Assignment):
                node = node.value
            self.root = node

    def lasting_local(self, value: ast.expr) -> ast.expr:
        """A variable that lives on in all portions, with its value."""
        name = self.fresh_local(value)
        self.lasting.add(name)
        return self.load(name)

    def is_heavy(self) -> bool:
        """Whether enough was emitted since the last portion to make another."""
        return self.weight - self.cut_at >= ENOUGH

    def cut(self) -> None:
        """End a portion here if it is large enough. No value may wait in a register."""
        if self.top is None or self.out is not self.top or not self.is_heavy():
            return
        statements = self.top[self.first_uncut :]
        if self.function.calls_blocks:
            statements = [self.guard_of_calls(statements)]
            self.function.calls_blocks = False
        code, shared = portion_code(statements, self.lasting, self.place)
        self.portions.append(code)
        self.shared.update(shared)
        self.top[self.first_uncut :] = self._call(shared)
        self.first_uncut = len(self.top)
        self.cut_at = self.weight
        self.pause()

    def _call(self, shared: Sequence[str]) -> list[ast.stmt]:
        """What stands for a portion: a function that holds on to its variables, and the portion's call by way of it."""
        name = f"{PORTION}{len(self.portions)}"
        variables = ast.Tuple([self.load(each) for each in shared], ast.Load(), **self.place)
        arguments = ast.arguments(posonlyargs=[], args=[], kwonlyargs=[], kw_defaults=[], defaults=[])
        holder = ast.FunctionDef(name, arguments, [ast.Return(variables, **self.place)], [], **self.place)
        answer = self.register()
        returned = self.compare(self.load(answer), [ast.IsNot()], [self.load("GO_ON")])
        return [
            holder,
            self.assignment(answer, self.call("PORTION", self.load(name))),
            self.branch(returned, [ast.Return(self.load(answer), **self.place)], []),
        ]

    def declare_shared(self) -> None:
        """Let the variables that only portions assign to be the do-it's too."""
        names: list[ast.expr] = [
            ast.Name(each, ast.Store(), **self.place) for each in sorted(self.shared - {"self", "home"})
        ]
        if names and self.top is not None:
            self.top.insert(0, ast.Assign(names, self.constant(None), **self.place))
