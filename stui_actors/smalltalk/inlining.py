"""Control structures whose arguments are literal blocks: emitted as Python's own, without messages and closures."""

import ast
from collections.abc import Callable

from stui_actors.smalltalk.emission import is_simple
from stui_actors.smalltalk.indexing import Indexing
from stui_actors.smalltalk.nodes import Block, Literal, LiteralKind, Message, Node

MAX_LOOPS = 12  # Python allows 20 blocks within blocks; the rest is left to try statements

Branch = Callable[[], ast.expr | None]


def _block(node: Node, count: int = 0) -> Block | None:
    return node if isinstance(node, Block) and len(node.parameters) == count else None


class Inlining(Indexing):
    """Emits conditionals and loops; blocks as such come from the generator."""

    def inline_block(self, block: Block, parameters: list[str], *, wanted: bool = True) -> ast.expr | None:
        """A block's statements, here; None if it has returned."""
        raise NotImplementedError

    def body_function(self, block: Block) -> str:
        """The name of a function made of a block."""
        raise NotImplementedError

    def captures_own_variables(self, block: Block) -> bool:
        """Whether each turn of a loop needs variables of its own."""
        raise NotImplementedError

    def inlined(self, message: Message, receiver: Node, *, wanted: bool) -> "ast.expr | bool | None":
        """The value of a control structure, None if it never goes on here; False if it is none.

        ``wanted``: somebody uses its value.
        """
        rule = RULES.get(message.selector)
        return False if rule is None else rule(self, message, receiver, wanted)

    # -- conditionals

    def _branches(self, test: ast.expr, yes: Branch, no: Branch, wanted: bool) -> ast.expr | None:
        """One of two branches, each of which answers its value, or None where it returned."""
        with self.capture() as first:
            yes_value = yes()
        with self.capture() as second:
            no_value = no()
        short = not first and not second and (wanted or not isinstance(yes_value, ast.Constant))
        if short and yes_value is not None and no_value is not None:
            return self.choice(test, yes_value, no_value)
        name = self.register()
        for statements, value in ((first, yes_value), (second, no_value)):
            if value is not None and wanted:
                statements.append(self.assignment(name, value))
            elif value is not None and not isinstance(value, ast.Constant | ast.Name):
                statements.append(ast.Expr(value, **self.place))
        self.emit(self.branch(test, first, second))
        if yes_value is None and no_value is None:
            return None
        return self.load(name) if wanted else self.constant(None)

    def _conditional(self, receiver: Node, yes: Branch, no: Branch, wanted: bool) -> ast.expr | None:
        """Branches on a Boolean."""
        test = self.expression(receiver)
        boolean = self.as_boolean(test)
        if boolean is not None:
            return self._branches(boolean, yes, no, wanted)
        name = self.register()
        test = self.compare(self.walrus(name, test), [ast.Is()], [self.constant(True)])

        def otherwise() -> ast.expr | None:
            is_false = self.is_constant(self.load(name), False)
            return self._branches(is_false, no, lambda: self.call("NONBOOLEAN", self.load(name)), wanted)

        return self._branches(test, yes, otherwise, wanted)

    def _run(self, block: Block, wanted: bool) -> Branch:
        return lambda: self.inline_block(block, [], wanted=wanted)

    def _value(self, constant: object) -> Branch:
        return lambda: self.constant(constant)

    def if_true(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``ifTrue:`` and ``ifFalse:``."""
        block = _block(message.arguments[0])
        if block is None:
            return False
        branches = self._run(block, wanted), self._value(None)
        yes, no = branches if message.selector == "ifTrue:" else branches[::-1]
        return self._conditional(receiver, yes, no, wanted)

    def if_both(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``ifTrue:ifFalse:`` and ``ifFalse:ifTrue:``."""
        first, second = _block(message.arguments[0]), _block(message.arguments[1])
        if first is None or second is None:
            return False
        branches = self._run(first, wanted), self._run(second, wanted)
        yes, no = branches if message.selector == "ifTrue:ifFalse:" else branches[::-1]
        return self._conditional(receiver, yes, no, wanted)

    def logical(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``and:`` and ``or:``."""
        block = _block(message.arguments[0])
        if block is None:
            return False
        if message.selector == "and:":
            return self._conditional(receiver, self._run(block, True), self._value(False), True)
        return self._conditional(receiver, self._value(True), self._run(block, True), True)

    def negation(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``not``."""
        test = self.expression(receiver)
        boolean = self.as_boolean(test)
        if boolean is not None:
            return ast.UnaryOp(ast.Not(), boolean, **self.place)
        name = self.register()
        test = self.compare(self.walrus(name, test), [ast.Is()], [self.constant(True)])
        value = self.load(name)
        other = self.choice(self.is_constant(value, False), self.constant(True), self.plain_send(value, "not", []))
        return self.choice(test, self.constant(False), other)

    # -- nil

    def if_nil(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``ifNil:``, ``ifNotNil:`` and both together."""
        parts = dict(zip(message.selector.split(":")[:-1], message.arguments, strict=True))
        nil_block = parts.get("ifNil")
        other_block = parts.get("ifNotNil", parts.get("ifNotNilDo"))
        nil = None if nil_block is None else _block(nil_block)
        other = None if other_block is None else _block(other_block) or _block(other_block, 1)
        if (nil_block is not None and nil is None) or (other_block is not None and other is None):
            return False
        value = self.expression(receiver)
        if is_simple(value) and self.stable(value):
            test: ast.expr = self.is_constant(value, None)
        else:
            name = self.register()
            test = self.compare(self.walrus(name, value), [ast.Is()], [self.constant(None)])
            value = self.load(name)
        kept = value

        def not_nil() -> ast.expr | None:
            if other is None:
                return kept
            if not other.parameters:
                return self.inline_block(other, [], wanted=wanted)
            captured = self.captures_own_variables(other)
            return self.inline_block(other, [self.fresh_local(kept) if captured else self._named(kept)], wanted=wanted)

        return self._branches(test, self._value(None) if nil is None else self._run(nil, wanted), not_nil, wanted)

    def _named(self, value: ast.expr) -> str:
        assert isinstance(value, ast.Name | ast.Constant), "not simple"
        if isinstance(value, ast.Name):
            return value.id
        name = self.register()
        self.assign(name, value)
        return name

    # -- loops

    def _body(self, block: Block, parameters: list[str]) -> list[ast.stmt]:
        """A loop's body, with its tick."""
        self.function.loops += 1
        with self.capture() as body:
            if self.captures_own_variables(block):
                function = self.body_function(block)
                body.append(ast.Expr(self.call(function, *(self.load(each) for each in parameters)), **self.place))
                value = None
            else:
                value = self.inline_block(block, parameters, wanted=False)
            if value is not None and not is_simple(value):
                body.append(ast.Expr(value, **self.place))
            body.append(self.tick())
        self.function.loops -= 1
        return body

    def while_loop(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``whileTrue:`` and its kin."""
        condition = _block(receiver)
        block = _block(message.arguments[0]) if message.arguments else Block((), (), ())
        if (
            condition is None
            or block is None
            or self.function.loops >= MAX_LOOPS
            or self.captures_own_variables(condition)
        ):
            return False
        goes_on = message.selector.startswith("whileTrue")
        with self.capture() as before:
            test = self.inline_block(condition, [])
        if test is None:
            self.out.extend(before)
            return None
        boolean = None if before else self.as_boolean(test)
        if boolean is not None:
            test = boolean if goes_on else ast.UnaryOp(ast.Not(), boolean, **self.place)
            self.emit(ast.While(test, self._body(block, []), [], **self.place))
            return self.constant(None)
        name = self.register()
        body = self._body(block, [])
        if not before:
            test = self.compare(self.walrus(name, test), [ast.Is()], [self.constant(goes_on)])
            self.emit(ast.While(test, body, [], **self.place))
        else:
            stop = self.compare(self.walrus(name, test), [ast.IsNot()], [self.constant(goes_on)])
            leave = self.branch(stop, [ast.Break(**self.place)], [])
            self.emit(ast.While(self.constant(True), [*before, leave, *body], [], **self.place))
        check = self.compare(self.load(name), [ast.IsNot()], [self.constant(not goes_on)])
        self.emit(self.branch(check, [ast.Expr(self.call("NONBOOLEAN", self.load(name)), **self.place)], []))
        return self.constant(None)

    def repeat(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``repeat``."""
        block = _block(receiver)
        if block is None or self.function.loops >= MAX_LOOPS:
            return False
        self.emit(ast.While(self.constant(True), self._body(block, []), [], **self.place))
        return None

    def counting(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``to:do:`` and ``to:by:do:`` with a literal step."""
        block = _block(message.arguments[-1], 1)
        step = message.arguments[1] if len(message.arguments) == 3 else Literal(LiteralKind.INTEGER, 1)
        if block is None or self.function.loops >= MAX_LOOPS:
            return False
        if not (isinstance(step, Literal) and isinstance(step.value, int) and step.value):
            return False
        start, stop = (
            each if self.stable(each) else self.spill(each)
            for each in self.operands(self.expression(receiver), message.arguments[:1])
        )
        tests = [each for each in (start, stop) if not (isinstance(each, ast.Constant) and isinstance(each.value, int))]
        beyond = ast.BinOp(stop, ast.Add(), self.constant(1 if step.value > 0 else -1), **self.place)
        numbers = [start, beyond] if step.value == 1 else [start, beyond, self.constant(step.value)]
        values = self.call("RANGE", *numbers)
        if tests:
            ints: list[ast.expr] = [self.compare(self.class_of(each), [ast.Is()], [self.load("INT")]) for each in tests]
            test = ints[0] if len(ints) == 1 else ast.BoolOp(ast.And(), ints, **self.place)
            values = self.choice(test, values, self.call("STEPS", start, stop, self.constant(step.value)))
        name = self.register()
        body = self._body(block, [name])
        self.emit(ast.For(ast.Name(name, ast.Store(), **self.place), values, body, [], **self.place))
        return start if wanted else self.constant(None)

    def times_repeat(self, message: Message, receiver: Node, wanted: bool) -> ast.expr | bool | None:
        """``timesRepeat:`` of a literal."""
        block = _block(message.arguments[0])
        if block is None or self.function.loops >= MAX_LOOPS:
            return False
        if not (isinstance(receiver, Literal) and receiver.kind is LiteralKind.INTEGER):
            return False
        values = self.call("RANGE", self.constant(receiver.value))
        name = self.register()
        self.emit(ast.For(ast.Name(name, ast.Store(), **self.place), values, self._body(block, []), [], **self.place))
        return self.constant(receiver.value)


Rule = Callable[[Inlining, Message, Node, bool], ast.expr | bool | None]
RULES: dict[str, Rule] = {
    "ifTrue:": Inlining.if_true,
    "ifFalse:": Inlining.if_true,
    "ifTrue:ifFalse:": Inlining.if_both,
    "ifFalse:ifTrue:": Inlining.if_both,
    "and:": Inlining.logical,
    "or:": Inlining.logical,
    "not": Inlining.negation,
    "ifNil:": Inlining.if_nil,
    "ifNotNil:": Inlining.if_nil,
    "ifNil:ifNotNil:": Inlining.if_nil,
    "ifNotNil:ifNil:": Inlining.if_nil,
    "whileTrue:": Inlining.while_loop,
    "whileFalse:": Inlining.while_loop,
    "whileTrue": Inlining.while_loop,
    "whileFalse": Inlining.while_loop,
    "repeat": Inlining.repeat,
    "to:do:": Inlining.counting,
    "to:by:do:": Inlining.counting,
    "timesRepeat:": Inlining.times_repeat,
}
