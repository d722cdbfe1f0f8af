"""``at:``, ``at:put:`` and ``size`` without messages where the receiver is an Array and the index within its bounds."""

import ast

from stui_actors.smalltalk.arithmetic import Arithmetic
from stui_actors.smalltalk.emission import IS, is_simple
from stui_actors.smalltalk.nodes import Message

INDEXED = frozenset(("at:", "at:put:", "size"))


class Indexing(Arithmetic):
    """Emits guarded access to the elements of Arrays."""

    def indexed(self, receiver: ast.expr, message: Message) -> ast.expr:
        """The value of one of INDEXED."""
        if isinstance(receiver, ast.Constant):  # no Array; Python would warn
            return self.plain_send(receiver, message.selector, self.operands(None, message.arguments))
        if message.selector == "size":
            return self._size(receiver)
        if message.selector == "at:":
            return self._at(receiver, message)
        values = [
            each if is_simple(each) and self.stable(each) else self.spill(each)
            for each in self.operands(receiver, message.arguments)
        ]
        array, index, value = values
        if isinstance(index, ast.Constant) and not isinstance(index.value, int):
            return self.plain_send(array, "at:put:", [index, value])
        store = self.call("SET_ITEM", array, self._place(index), value)
        stored = ast.BoolOp(ast.Or(), [store, value], **self.place)  # storing answers None
        test = ast.BoolOp(ast.And(), [self._is_list(array), *self._within(array, index)], **self.place)
        return self.choice(test, stored, self.plain_send(array, "at:put:", [index, value]))

    def _size(self, receiver: ast.expr) -> ast.expr:
        first, again = self.twice(receiver)
        return self.choice(self._is_list(first), self.call("LENGTH", again), self.plain_send(again, "size", []))

    def _at(self, receiver: ast.expr, message: Message) -> ast.expr:
        array, index, store = self.both_operands(receiver, message)
        is_list, (is_integer, *bounds) = self._is_list(array), self._within(array, index)
        tests = [is_list, is_integer, *bounds]
        if store is not None:
            first = is_list if isinstance(array, ast.Name) and store[0] == array.id else is_integer
            tests.remove(first)
            tests.insert(0, first)
            assert isinstance(first, ast.Compare), "tests begin with a comparison"
            first.left = self.class_of(self.walrus(*store))
        if isinstance(index, ast.Constant) and not isinstance(index.value, int):
            return self._after(store, self.plain_send(array, "at:", [index]))
        element = self.subscript(array, self._place(index))
        test = ast.BoolOp(ast.And(), tests, **self.place)
        return self.choice(test, element, self.plain_send(array, "at:", [index]))

    def _is_list(self, value: ast.expr) -> ast.expr:
        return self.compare(self.class_of(value), [IS], [self.load("LIST")])

    def _within(self, array: ast.expr, index: ast.expr) -> list[ast.expr]:
        bounds = self.compare(self.constant(0), [ast.Lt(), ast.LtE()], [index, self.call("LENGTH", array)])
        return [self.compare(self.class_of(index), [IS], [self.load("INT")]), bounds]

    def _place(self, index: ast.expr) -> ast.expr:
        return ast.BinOp(index, ast.Sub(), self.constant(1), **self.place)
