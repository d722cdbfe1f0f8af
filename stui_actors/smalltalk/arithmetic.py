"""Arithmetic and comparison without messages where both operands are Integers, or both Floats."""

import ast
from collections.abc import Callable, Sequence

from stui_actors.smalltalk.bindings import Names
from stui_actors.smalltalk.emission import IS, IS_NOT, is_simple
from stui_actors.smalltalk.nodes import Message, Node
from stui_actors.smalltalk.scoping import Scoping

SMALL_FACTOR = 1 << 512  # factors below it are multiplied at once: the product is small whatever the limit
DIVIDEND = 1 << 40_000  # below it a division takes less than a millisecond
LEAST_DIVIDEND = -DIVIDEND
SHORT_DIVISOR = 1 << 30  # below it a division of any integer does

OPERATORS: dict[str, ast.operator] = {
    "+": ast.Add(),
    "-": ast.Sub(),
    "*": ast.Mult(),
    "/": ast.Div(),
    "//": ast.FloorDiv(),
    "\\\\": ast.Mod(),
    "bitAnd:": ast.BitAnd(),
    "bitOr:": ast.BitOr(),
    "bitXor:": ast.BitXor(),
}
COMPARISONS: dict[str, ast.cmpop] = {
    "<": ast.Lt(),
    ">": ast.Gt(),
    "<=": ast.LtE(),
    ">=": ast.GtE(),
    "=": ast.Eq(),
    "~=": ast.NotEq(),
}
GUARDED = frozenset((*OPERATORS, *COMPARISONS))
ON_FLOATS = frozenset(("+", "-", "*", "/", *COMPARISONS))
ON_INTEGERS = GUARDED - {"/"}
DIVISIONS = frozenset(("/", "//", "\\\\"))


class Arithmetic(Scoping):
    """Emits guarded operations; what is abstract here comes from the generator."""

    def __init__(self, source: str, names: Names, pause: Callable[[], None]) -> None:
        super().__init__(source, names, pause)
        self.comparisons: dict[int, tuple[ast.expr, ast.expr]] = {}  # guarded ones, with their slow ways

    def expression(self, node: Node) -> ast.expr:
        """The value of a node."""
        raise NotImplementedError

    def operands(self, first: ast.expr | None, nodes: Sequence[Node]) -> list[ast.expr]:
        """The values of several nodes, in order."""
        raise NotImplementedError

    def plain_send(self, receiver: ast.expr, selector: str, arguments: list[ast.expr]) -> ast.expr:
        """A message."""
        raise NotImplementedError

    def guarded(self, receiver: ast.expr, message: Message) -> ast.expr:
        """``receiver operator argument``."""
        selector = message.selector
        left, right, first_test = self.both_operands(receiver, message)
        known = [type(each.value) for each in (left, right) if isinstance(each, ast.Constant)]
        value = self.plain_send(left, selector, [right])
        slow = value
        if any(kind not in (int, float) for kind in known) or len(set(known)) > 1:
            return value if first_test is None else self._after(first_test, value)
        if selector in ON_FLOATS and int not in known:
            value = self.choice(
                self._test("FLOAT", selector, left, right), self._operation(selector, left, right), value
            )
        if selector in ON_INTEGERS and float not in known:
            value = self.choice(self._test("INT", selector, left, right), self._operation(selector, left, right), value)
        if selector in COMPARISONS and value is not slow:
            self.comparisons[id(value)] = (value, slow)
        return value if first_test is None else self._with_first(value, first_test)

    def as_boolean(self, value: ast.expr) -> ast.expr | None:
        """An expression for the same value, which is sure to be a Boolean; None where a test is cheaper afterwards."""
        if isinstance(value, ast.Compare) or (isinstance(value, ast.Constant) and isinstance(value.value, bool)):
            return value
        found = self.comparisons.get(id(value))
        if found is None or not isinstance(value, ast.IfExp):
            return None
        slow, each = found[1], value
        while isinstance(each.orelse, ast.IfExp) and each.orelse is not slow:
            each = each.orelse
        if each.orelse is not slow:
            return None
        each.orelse = self.call("TRUTH", slow)
        return value

    def twice(self, value: ast.expr) -> tuple[ast.expr, ast.expr]:
        """An expression to evaluate, and one for its value afterwards."""
        if is_simple(value):
            return value, value
        name = self.register()
        return self.walrus(name, value), self.load(name)

    def both_operands(
        self, receiver: ast.expr, message: Message
    ) -> tuple[ast.expr, ast.expr, tuple[str, ast.expr] | None]:
        """Both operands as simple expressions; and what is to be stored in a register at the first test."""
        mark = len(self.out)
        right = self.expression(message.arguments[0])
        if len(self.out) > mark and not self.stable(receiver):
            name = self.early_register()
            self.out.insert(mark, self.assignment(name, receiver))
            receiver = self.load(name)
        if is_simple(receiver) and is_simple(right):
            return receiver, right, None
        if is_simple(right):
            name = self.register()
            return self.load(name), right, (name, receiver)
        if not self.stable(receiver):
            receiver = self.spill(receiver)
        name = self.register()
        return receiver, self.load(name), (name, right)

    def _test(self, kind: str, selector: str, left: ast.expr, right: ast.expr) -> ast.expr:
        tests: list[ast.expr] = []
        variables = [each for each in (left, right) if not isinstance(each, ast.Constant)]
        if len(variables) == 2:
            tests.append(self.compare(self.class_of(left), [IS, IS], [self.load(kind), self.class_of(right)]))
        elif variables:
            tests.append(self.compare(self.class_of(variables[0]), [IS], [self.load(kind)]))
        if selector in DIVISIONS:
            tests.append(right)
        if selector == "*" and kind == "INT":
            factors = [each for each in (left, right) if not self._is_short(each, SMALL_FACTOR)]
            tests += [self._between(-SMALL_FACTOR, each, SMALL_FACTOR) for each in factors]
        if selector in DIVISIONS and kind == "INT" and not self._is_short(left, DIVIDEND):
            tests += [] if self._is_short(right, SHORT_DIVISOR) else [self._between(LEAST_DIVIDEND, left, DIVIDEND)]
        if not tests:
            return self.constant(True)
        return tests[0] if len(tests) == 1 else ast.BoolOp(ast.And(), tests, **self.place)

    def _between(self, least: int, value: ast.expr, most: int) -> ast.expr:
        return self.compare(self.constant(least), [ast.Lt(), ast.Lt()], [value, self.constant(most)])

    @staticmethod
    def _is_short(value: ast.expr, bound: int) -> bool:
        """Whether it is a constant that is nearer to 0 than ``bound``."""
        return isinstance(value, ast.Constant) and isinstance(value.value, int) and abs(value.value) < bound

    def _operation(self, selector: str, left: ast.expr, right: ast.expr) -> ast.expr:
        comparison = COMPARISONS.get(selector)
        if comparison is not None:
            return self.compare(left, [comparison], [right])
        return ast.BinOp(left, OPERATORS[selector], right, **self.place)

    def _with_first(self, value: ast.expr, store: tuple[str, ast.expr]) -> ast.expr:
        """``value`` with the register stored where it is first used."""
        name, operand = store
        first = value.test if isinstance(value, ast.IfExp) else None
        while isinstance(first, ast.BoolOp):
            first = first.values[0]
        if not isinstance(first, ast.Compare):
            return self._after(store, value)
        if self._stores(first.left, name, operand):
            return value
        # the register is the right one of two: turn the chain round, so that it is evaluated in any case
        other = first.left
        first.left, first.comparators[-1] = first.comparators[-1], other
        assert self._stores(first.left, name, operand), "the register is in neither place"
        return value

    def _stores(self, place: ast.expr, name: str, operand: ast.expr) -> bool:
        if not isinstance(place, ast.Attribute) or not isinstance(place.value, ast.Name) or place.value.id != name:
            return False
        place.value = self.walrus(name, operand)
        return True

    def _after(self, store: tuple[str, ast.expr] | None, value: ast.expr) -> ast.expr:
        """Store first, by a statement."""
        if store is not None:
            self.assign(*store)
        return value

    def identical(self, receiver: ast.expr, message: Message) -> ast.expr:
        """``==`` or ``~~``, which are never sent."""
        left, right = self.operands(receiver, message.arguments)
        negative = message.selector == "~~"
        for each in (left, right):
            if isinstance(each, ast.Constant) and (each.value is None or isinstance(each.value, bool | str)):
                return self.compare(left, [IS_NOT if negative else IS], [right])
        (first, left), (second, right) = self.twice(left), self.twice(right)
        alike = self.compare(self.class_of(left), [IS], [self.class_of(right)])
        numbers = self.compare(self.class_of(left), [ast.In()], [self.load("NUMBERS")])
        equal = ast.BoolOp(ast.And(), [alike, numbers, self.call("IDENTICAL", left, right)], **self.place)
        same = ast.BoolOp(ast.Or(), [self.compare(first, [IS], [second]), equal], **self.place)
        return self.compare(same, [IS], [self.constant(not negative)])
