"""Makes Python's syntax tree from Smalltalk's: variables, messages, blocks, statements."""

import ast
from collections.abc import Callable, Sequence

from stui_actors.smalltalk import captures
from stui_actors.smalltalk.arithmetic import GUARDED
from stui_actors.smalltalk.bindings import Names
from stui_actors.smalltalk.cutting import MANY, Cutting
from stui_actors.smalltalk.emission import FunctionScope, is_pure, is_simple
from stui_actors.smalltalk.indexing import INDEXED
from stui_actors.smalltalk.inlining import RULES
from stui_actors.smalltalk.nodes import (
    Assignment,
    Block,
    BraceArray,
    Cascade,
    Literal,
    Message,
    Node,
    Return,
    Variable,
)

MAX_CHAIN = 24  # messages to the result of messages within one Python expression
VALUE_SELECTORS = {"value": 0, "value:": 1, "value:value:": 2, "value:value:value:": 3, "value:value:value:value:": 4}


class Generator(Cutting):
    """One method or do-it on its way."""

    def __init__(
        self, source: str, names: Names, pause: Callable[[], None], *, is_do_it: bool, marked: bool = False
    ) -> None:
        super().__init__(source, names, pause)
        self.is_do_it = is_do_it
        self.marked = marked  # the slow way of arithmetic tells that the image may have changed
        self.method_function = self.function
        self.needs_home = False
        self.blocks: list[Block] = []
        self.primitive: str | None = None

    # -- expressions

    def expression(self, node: Node) -> ast.expr:
        """The value of a node; statements that must come first are emitted."""
        value = self.evaluation(node, wanted=True)
        return self.constant(None) if value is None else value

    def evaluation(self, node: Node, *, wanted: bool) -> ast.expr | None:
        """The value of a node, or None where control never goes on behind it."""
        self.weigh()
        if isinstance(node, Message):
            return self.message(node, wanted)
        if isinstance(node, Variable):
            return self.variable(node)
        if isinstance(node, Literal):
            return self.literal(node)
        if isinstance(node, Assignment):
            return self.assigned(node)
        if isinstance(node, Block):
            return self.load(self.block_function(node))
        if isinstance(node, Cascade):
            return self.cascade(node)
        if isinstance(node, Return):
            self.return_from(node)
            return None
        assert isinstance(node, BraceArray), "unknown node"
        if node is self.root and len(node.elements) > MANY:
            return self.long_array(node)
        elements = self.operands(None, node.elements)
        return ast.List(elements, ast.Load(), **self.place)

    def long_array(self, node: BraceArray) -> ast.expr:
        """An array made of a few elements at a time."""
        made = self.lasting_local(ast.List([], ast.Load(), **self.place))
        for start in range(0, len(node.elements), MANY):
            elements = self.operands(None, node.elements[start : start + MANY])
            more = ast.List(elements, ast.Load(), **self.place)
            self.emit(ast.Expr(self.call("EXTEND", made, more), **self.place))
            self.cut()
        return made

    def operands(self, first: ast.expr | None, nodes: Sequence[Node]) -> list[ast.expr]:
        """The values of ``first`` and of nodes, evaluated from left to right."""
        values = [] if first is None else [first]
        for node in nodes:
            mark = len(self.out)
            value = self.expression(node)
            if not is_pure(self.out[mark:]):
                spilled = []
                for index, each in enumerate(values):
                    if not self.stable(each):
                        name = self.early_register()
                        spilled.append(self.assignment(name, each))
                        values[index] = self.load(name)
                self.out[mark:mark] = spilled
            values.append(value)
        return self.visible(values)

    def visible(self, values: list[ast.expr]) -> list[ast.expr]:
        """Keep what waits for later operands in registers too: memory's walk sees those, but not Python's stack."""
        last = max((index for index, each in enumerate(values) if not is_simple(each)), default=0)
        return [
            each if index >= last or is_simple(each) else self.walrus(self.register(), each)
            for index, each in enumerate(values)
        ]

    def assigned(self, node: Assignment) -> ast.expr:
        """An assignment's value."""
        targets = [node.variable]
        while isinstance(node.value, Assignment):
            node = node.value
            targets.append(node.variable)
        value = self.expression(node.value)
        if not (is_simple(value) and self.stable(value)):
            value = self.spill(value) if self.needs_register(targets) else value
        for target in reversed(targets):
            self.assignment_to(target, value)
            if not (is_simple(value) and self.stable(value)):
                value = self.variable(target)
        return value

    def needs_register(self, targets: Sequence[Variable]) -> bool:
        """Whether reading a variable again may give another value, or cost more than a register."""
        return len(targets) > 1 or self.local(targets[0].name) is None

    # -- messages

    def message(self, node: Message, wanted: bool) -> ast.expr | None:
        """A message's value. Chains of receivers are unwound, so that neither this nor Python runs out of stack."""
        chain, is_root = [node], node is self.root
        while isinstance(chain[-1].receiver, Message) and chain[-1].selector not in RULES:
            chain.append(chain[-1].receiver)
        last = chain[-1]
        assert last.receiver is not None, "a part of a cascade by itself"
        self.root = last.receiver if is_root else self.root
        value: ast.expr | bool | None = False
        if last.selector in RULES and not is_super(last.receiver):
            value = self.inlined(last, last.receiver, wanted=wanted or len(chain) > 1)
        if value is False:
            value = self.first_send(last)
        if value is None:
            return None
        assert isinstance(value, ast.expr)
        for count, each in enumerate(reversed(chain[:-1]), 1):
            if count % MAX_CHAIN == 0:
                if is_root and self.is_heavy():
                    value = self.lasting_local(value)
                    self.cut()
                else:
                    value = self.spill(value)
            value = self.send(value, each)
        return value

    def first_send(self, node: Message) -> ast.expr:
        """A message whose receiver is not the value of a message that was seen already."""
        receiver = node.receiver
        assert receiver is not None, "a part of a cascade by itself"
        if is_super(receiver):
            arguments = self.operands(None, node.arguments)
            self.at(node.selector_start)
            self.function.has_sends = True
            return self.call(self.super_function(node.selector), self.load("self"), *arguments)
        return self.send(self.expression(receiver), node)

    def super_function(self, selector: str) -> ast.expr:
        """The function above this class for a selector."""
        key, name = self.constant(self.names.superclass_key), f"m:{selector}"
        if self.names.table(selector) == "K":
            return self.attribute(self.subscript(self.load("S"), key), name)
        return self.call("FIND_ABOVE", key, self.constant(name))

    def send(self, receiver: ast.expr, node: Message) -> ast.expr:
        """A message to a value."""
        self.weigh()
        selector = node.selector
        if selector in ("==", "~~"):
            return self.identical(receiver, node)
        self.function.has_sends = True
        if selector in GUARDED:
            self.at(node.selector_start)
            return self.guarded(receiver, node)
        if selector in INDEXED:
            self.at(node.selector_start)
            return self.indexed(receiver, node)
        values = self.operands(receiver, node.arguments)
        self.at(node.selector_start)
        if selector in VALUE_SELECTORS:
            return self.block_call(values[0], selector, values[1:])
        return self.plain_send(values[0], selector, values[1:])

    def plain_send(self, receiver: ast.expr, selector: str, arguments: list[ast.expr]) -> ast.expr:
        """A message through the tables."""
        first, again = self.twice(receiver)
        name = "m:" + selector
        table = "" if self.marked else self.names.table(selector)
        if table:
            function = self.attribute(self.subscript(self.load(table), self.class_of(first)), name)
        else:
            function = self.call("MARKED" if self.marked else "FIND", first, self.constant(name))
        return self.call(function, again, *arguments)

    def block_call(self, receiver: ast.expr, selector: str, arguments: list[ast.expr]) -> ast.expr:
        """``value`` and its kin: blocks are called directly."""
        first, again = self.twice(receiver)
        test = self.compare(self.class_of(first), [ast.Is()], [self.load("BLOCK")])
        self.function.calls_blocks = True
        function = self.choice(test, again, self.call("VALUE", again, self.constant("m:" + selector)))
        return self.call(function, *arguments)

    def cascade(self, node: Cascade) -> ast.expr:
        """Several messages to one receiver."""
        is_root = node is self.root
        self.root = node.receiver if is_root else self.root
        receiver = self.expression(node.receiver)
        if is_root and len(node.messages) > MANY:
            receiver = self.lasting_local(receiver)
        elif not self.stable(receiver):
            receiver = self.spill(receiver)
        value = receiver
        for index, each in enumerate(node.messages):
            before = self.function.registers
            if is_super(node.receiver):
                whole = Message(node.receiver, each.selector, each.arguments, selector_start=each.selector_start)
                value = self.first_send(whole)
            else:
                value = self.send(receiver, each)
            if index < len(node.messages) - 1:
                self.emit(ast.Expr(value, **self.place))
                self.function.registers = before
                if is_root and len(node.messages) > MANY:
                    self.cut()
        return value

    # -- returning

    def return_from(self, node: Return) -> None:
        """``^``: from the method itself, or from a block through its home."""
        value = self.evaluation(node.value, wanted=True)
        if value is None:
            return
        if self.function is self.method_function:
            self.give(value)
            return
        self.needs_home = True
        self.give(self.call("RETURN", self.load("home"), value))

    # -- blocks

    def captures_own_variables(self, block: Block) -> bool:
        """Whether the variables of an inlined block need an activation of their own."""
        return captures.captures_own_variables(block)

    def inline_block(self, block: Block, parameters: list[str], *, wanted: bool = True) -> ast.expr | None:
        """A block's statements, here; ``parameters`` are the Python names of its arguments."""
        self.scopes.append({})
        for parameter, name in zip(block.parameters, parameters, strict=True):
            self.declare(parameter, assignable=False, name=name)
        for temporary in block.temporaries:
            self.locals_made += 1
            name = f"t:{temporary.name}.{self.locals_made}"
            self.assign(self.declare(temporary, assignable=True, name=name), self.constant(None))
        value = self.body(block.statements, wanted=wanted)
        self.scopes.pop()
        return value

    def body(self, statements: Sequence[Node], *, wanted: bool = True) -> ast.expr | None:
        """Statements, and the value of the last one; None if it never comes to that."""
        value: ast.expr | None = self.constant(None)
        for index, node in enumerate(statements):
            self.at(node.start)
            last = index == len(statements) - 1
            before = self.function.registers
            self.begin_statement(node)
            value = self.evaluation(node, wanted=wanted and last)
            if value is None:
                return None
            if not last:
                self.discard(value)
                self.function.registers = before
                self.cut()
        return value

    def body_function(self, block: Block) -> str:
        """A block as a function, for a loop to call."""
        return self.block_function(block)

    def block_function(self, block: Block) -> str:
        """Emit a block's function; answer its name."""
        self.blocks.append(block)
        index = len(self.blocks)
        name = f"b:{index}"
        outer = self.function
        self.function = FunctionScope(outer)
        with self.capture() as body:
            parameters = self.function_body(block.parameters, block.temporaries, block.statements, answers=True)
        inner, self.function = self.function, outer
        names = sorted(inner.nonlocals)
        if names:
            body.insert(0, ast.Nonlocal(names, **self.place))
        self.at(block.start)
        self.emit(self.function_definition(name, parameters, body))
        return name

    def function_body(
        self,
        parameters: Sequence[Variable],
        temporaries: Sequence[Variable],
        statements: Sequence[Node],
        *,
        answers: bool,
    ) -> list[str]:
        """Emit what a function does; answer the Python names of its parameters."""
        self.scopes.append({})
        names = [self.parameter(each) for each in parameters]
        is_do_it_itself = self.is_do_it and self.function is self.method_function
        start = 0
        if self.primitive is not None and self.function is self.method_function:
            self.try_primitive(self.primitive, names, is_all=not statements)
            start = len(self.out)
        for temporary in temporaries:
            self.weigh()
            self.assign(self.declare(temporary, assignable=True), self.constant(None))
        if is_do_it_itself:
            self.top = self.out
            self.first_uncut = len(self.out)
            self.lasting.update(each.name for each in self.scopes[-1].values())
        value = self.body(statements, wanted=answers)
        if value is not None and answers:
            self.give(value)
        elif value is not None:
            self.discard(value)
            self.give(self.load("self"))
        if self.function.calls_blocks:
            self.out[start:] = [self.guard_of_calls(self.out[start:])]
        if is_do_it_itself:
            self.declare_shared()
        if self.function.has_sends:
            self.out.insert(start, self.tick())
        self.scopes.pop()
        return names

    def try_primitive(self, primitive: str, names: Sequence[str], *, is_all: bool) -> None:
        """Emit the call of a primitive, whose answer is the method's unless it fails."""
        name = self.register()
        self.assign(name, self.call(f"prim:{primitive}", self.load("self"), *(self.load(each) for each in names)))
        worked = self.compare(self.load(name), [ast.IsNot()], [self.load("FAIL")])
        self.emit(self.branch(worked, [ast.Return(self.load(name), **self.place)], []))
        if is_all:
            self.give(self.plain_send(self.load("self"), "primitiveFailed", []))

    def guard_of_calls(self, body: list[ast.stmt]) -> ast.stmt:
        """``body`` with a block's refusal of the number of its arguments made a Smalltalk exception."""
        answer = ast.Return(self.call("BAD_CALL", self.load("r:error")), **self.place)
        handler = ast.ExceptHandler(self.load("TYPE_ERROR"), "r:error", [answer], **self.place)
        return ast.Try(body, [handler], [], [], **self.place)

    def discard(self, value: ast.expr) -> None:
        """Evaluate for the effect only."""
        if not is_simple(value):
            self.emit(ast.Expr(value, **self.place))

    def parameter(self, variable: Variable) -> str:
        """Declare a parameter; its Python name begins with ``p:``, is unique, and is never assigned to."""
        name = f"p:{variable.name}"
        if any(variable.name in scope for scope in self.scopes):
            self.locals_made += 1
            name = f"{name}.{self.locals_made}"
        return self.declare(variable, assignable=False, name=name)

    def function_definition(self, name: str, parameters: Sequence[str], body: list[ast.stmt]) -> ast.stmt:
        """A function."""
        arguments = ast.arguments(
            posonlyargs=[],
            args=[ast.arg(each, **self.place) for each in parameters],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        )
        return ast.FunctionDef(name, arguments, body or [ast.Pass(**self.place)], [], **self.place)


def is_super(node: Node) -> bool:
    """Whether messages to this start their search above."""
    return isinstance(node, Variable) and node.name == "super"
