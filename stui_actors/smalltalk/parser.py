"""Parses Pharo's syntax into nodes by recursive descent over the tokens; knows neither classes nor variables.

Texts of errors are Pharo's. Nesting is bounded, so that neither this nor the compiler runs out of stack.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from stui_actors.smalltalk.cursor import CONSTANTS, Cursor
from stui_actors.smalltalk.nodes import (
    Assignment,
    Block,
    BraceArray,
    Cascade,
    DoIt,
    Literal,
    Message,
    Method,
    Node,
    Pragma,
    Return,
    Variable,
)
from stui_actors.smalltalk.tokens import END, KEYWORD, NAME, NUMBER, OPERATOR, PUNCTUATION, first_comment, parse_error

MAX_NESTING = 500
FRAMES_PER_LEVEL = 8  # Python calls from one bracket to the next inner one, and one spare
SHALLOW = 40  # brackets that fit into anybody's stack
RESERVED = frozenset(("nil", "true", "false", "self", "super", "thisContext", "thisProcess"))


def is_variable_name(name: str) -> bool:
    """Whether a class may have a variable with this name."""
    return name.isidentifier() and name not in RESERVED


def at_once() -> None:
    """What is called now and then where nobody waits."""


def parse_do_it(source: str, *, max_nesting: int = MAX_NESTING, pause: Callable[[], None] = at_once) -> DoIt:
    """The program in ``source``, as typed in a workspace; raise ParseError. ``pause`` is called now and then."""
    parser = _Parser(source, max_nesting, pause)
    parser.forgets = True
    with _enough_stack(source, max_nesting):
        return parser.do_it()


def parse_method(source: str, *, max_nesting: int = MAX_NESTING, pause: Callable[[], None] = at_once) -> Method:
    """The method in ``source``, pattern and body; raise ParseError. ``pause`` is called now and then."""
    parser = _Parser(source, max_nesting, pause)
    with _enough_stack(source, max_nesting):
        return parser.method()


def parse_selector(source: str) -> str:
    """The selector of the method in ``source``, whose body is not parsed; raise ParseError."""
    return _Parser(source, MAX_NESTING, at_once).pattern()[0]


@contextmanager
def _enough_stack(source: str, max_nesting: int) -> Iterator[None]:
    brackets = source.count("(") + source.count("[") + source.count("{")
    if brackets <= SHALLOW:
        yield
        return
    before = sys.getrecursionlimit()
    sys.setrecursionlimit(before + FRAMES_PER_LEVEL * min(brackets, max_nesting + 1))
    try:
        yield
    finally:
        sys.setrecursionlimit(before)


class _Parser(Cursor):
    """Programs, methods, statements, expressions."""

    __slots__ = ("parenthesized",)

    def __init__(self, source: str, max_nesting: int, pause: Callable[[], None]) -> None:
        super().__init__(source, max_nesting, pause)
        self.parenthesized: Node | None = None

    # -- programs

    def do_it(self) -> DoIt:
        """The whole source as a workspace's program."""
        temporaries = self.temporaries()
        statements = self.statements()
        self.end()
        return DoIt(temporaries, statements, self.source, start=0, stop=len(self.source))

    def method(self) -> Method:
        """The whole source as a method."""
        selector, parameters = self.pattern()
        body = self.index
        pragmas = self.pragmas()
        temporaries = self.temporaries()
        pragmas += self.pragmas()
        statements = self.statements()
        self.end()
        comment = first_comment(self.source, self.tokens, body)
        return Method(
            selector,
            parameters,
            temporaries,
            pragmas,
            statements,
            self.source,
            comment,
            start=0,
            stop=len(self.source),
        )

    def end(self) -> None:
        """Raise unless everything was read."""
        if self.kind != END:
            self.fail(f"Missing opener for closer: {self.text}", expected="")

    def pattern(self) -> tuple[str, tuple[Variable, ...]]:
        """A method's selector and parameters."""
        selector = self.text
        if self.kind == NAME:
            self.advance()
            return selector, ()
        if self.kind == OPERATOR:
            self.advance()
            return selector, (self.declared("Variable name expected"),)
        if self.kind != KEYWORD:
            self.fail("Message pattern expected")
        parts, parameters = [], []
        while self.kind == KEYWORD:
            parts.append(self.keyword())
            parameters.append(self.declared("Variable name expected"))
        return "".join(parts), tuple(parameters)

    def keyword(self) -> str:
        """One keyword, where it stands alone."""
        text = self.text
        if text.count(":") > 1:
            raise parse_error(self.source, self.start + text.index(":") + 1, "Variable or expression expected")
        self.advance()
        return text

    def declared(self, message: str) -> Variable:
        """A name that is being declared."""
        name, start = self.text, self.start
        if self.kind != NAME or name in RESERVED:
            self.fail(message)
        self.advance()
        return Variable(name, start=start, stop=self.stop)

    def temporaries(self) -> tuple[Variable, ...]:
        """The names between bars, if there are bars."""
        if self.kind != OPERATOR or self.text[0] != "|":
            return ()
        self.split(1)
        names = []
        while self.kind == NAME:
            names.append(self.declared("'|' or variable expected"))
        if self.kind != OPERATOR or self.text[0] != "|":
            self.fail("'|' or variable expected")
        self.split(1)
        return tuple(names)

    def pragmas(self) -> tuple[Pragma, ...]:
        """All pragmas that stand here."""
        found = []
        while self.kind == OPERATOR and self.text == "<":
            start = self.start
            self.advance()
            selector, arguments = self.pragma_message()
            if self.kind != OPERATOR or self.text[0] != ">":
                self.fail("'>' expected")
            self.split(1)
            found.append(Pragma(selector, arguments, start=start, stop=self.stop))
        return tuple(found)

    def pragma_message(self) -> tuple[str, tuple[Literal, ...]]:
        """What stands in a pragma."""
        selector = self.text
        if self.kind == NAME:
            self.advance()
            return selector, ()
        if self.kind == OPERATOR:
            self.advance()
            return selector, (self.pragma_argument(),)
        if self.kind != KEYWORD:
            self.fail("Message pattern expected")
        parts, arguments = [], []
        while self.kind == KEYWORD:
            parts.append(self.keyword())
            arguments.append(self.pragma_argument())
        return "".join(parts), tuple(arguments)

    def pragma_argument(self) -> Literal:
        """A literal in a pragma."""
        literal = self.literal()
        if literal is None:
            self.fail("Literal constant expected")
        return literal

    # -- statements and expressions

    def statements(self) -> tuple[Node, ...]:
        """Everything up to a closing bracket or the end."""
        found: list[Node] = []
        while True:
            while self.text == "." and self.kind == PUNCTUATION:
                self.advance()
            if self.kind == END or (self.kind == PUNCTUATION and self.text in ")]}"):
                return tuple(found)
            found.append(self.statement())
            if self.kind != END and not (self.kind == PUNCTUATION and self.text in ".)]}"):
                self.fail("End of statement expected", expected=".")

    def statement(self) -> Node:
        """An expression, or a return."""
        if self.kind != PUNCTUATION or self.text != "^":
            return self.expression()
        start = self.start
        self.advance()
        return Return(self.expression(), start=start, stop=self.stop)

    def expression(self) -> Node:
        """An expression with its assignments."""
        if self.kind != NAME or self.tokens[self.index + 1][1] != ":=":
            return self.messages()
        targets = []
        while self.kind == NAME and self.tokens[self.index + 1][1] == ":=":
            if self.text in RESERVED:
                self.fail("Assignment to read-only variable", expected="")
            start, name = self.start, self.text
            self.advance()
            targets.append(Variable(name, start=start, stop=self.stop))
            self.advance()
        value = self.messages()
        for target in reversed(targets):
            value = Assignment(target, value, start=target.start, stop=self.stop)
        return value

    def messages(self) -> Node:
        """An expression without assignments: keyword message and cascade over binary over unary."""
        start = self.start
        node = self.binary()
        if self.kind == KEYWORD:
            node = self.keyword_message(node, start)
        if self.kind == PUNCTUATION and self.text == ";":
            return self.cascade(node, start)
        return node

    def keyword_message(self, receiver: Node | None, start: int) -> Message:
        """The keyword message that begins here."""
        at = self.start
        parts, arguments = [], []
        while self.kind == KEYWORD:
            parts.append(self.keyword())
            arguments.append(self.binary())
        return Message(receiver, "".join(parts), tuple(arguments), selector_start=at, start=start, stop=self.stop)

    def binary(self) -> Node:
        """Binary messages, from left to right."""
        start = self.start
        node = self.unary()
        while True:
            if self.kind == OPERATOR:
                node = self.binary_message(node, start, len(self.text))
            elif self.kind == NUMBER and self.text[0] == "-":
                node = self.binary_message(node, start, 1)  # 3-4 and 3 -4 subtract
            else:
                return node

    def binary_message(self, receiver: Node | None, start: int, length: int) -> Message:
        """The binary message whose selector has ``length`` characters."""
        at, selector = self.start, self.text[:length]
        self.split(length)
        argument = self.unary()
        return Message(receiver, selector, (argument,), selector_start=at, start=start, stop=self.stop)

    def unary(self) -> Node:
        """A primary with its unary messages."""
        start = self.start
        node = self.primary()
        while self.kind == NAME:
            at, selector = self.start, self.text
            self.advance()
            node = Message(node, selector, (), selector_start=at, start=start, stop=self.stop)
        return node

    def cascade(self, node: Node, start: int) -> Cascade:
        """The messages after semicolons, to the receiver of the one before."""
        if not isinstance(node, Message) or node.receiver is None or node is self.parenthesized:
            self.fail("Message expected")
        first = Message(
            None,
            node.selector,
            node.arguments,
            selector_start=node.selector_start,
            start=node.selector_start,
            stop=node.stop,
        )
        messages = [first]
        while self.kind == PUNCTUATION and self.text == ";":
            self.advance()
            messages.append(self.cascaded())
        return Cascade(node.receiver, tuple(messages), start=start, stop=self.stop)

    def cascaded(self) -> Message:
        """One message of a cascade."""
        start = self.start
        if self.kind == KEYWORD:
            return self.keyword_message(None, start)
        if self.kind == OPERATOR:
            return self.binary_message(None, start, len(self.text))
        if self.kind == NUMBER and self.text[0] == "-":
            return self.binary_message(None, start, 1)
        if self.kind != NAME:
            self.fail("Cascade message expected")
        selector = self.text
        self.advance()
        return Message(None, selector, (), selector_start=start, start=start, stop=self.stop)

    # -- primaries

    def primary(self) -> Node:
        """A variable, a literal, a block, a brace array, or an expression in parentheses."""
        kind, text, start = self.kind, self.text, self.start
        if kind == NAME and text not in CONSTANTS:
            self.advance()
            return Variable(text, start=start, stop=self.stop)
        literal = self.literal()
        if literal is not None:
            return literal
        if kind == PUNCTUATION and text == "(":
            return self.parentheses()
        if kind == PUNCTUATION and text == "[":
            return self.block()
        if kind != PUNCTUATION or text != "{":
            self.fail("Variable or expression expected")
        return self.brace_array()

    def parentheses(self) -> Node:
        """An expression in parentheses, which stay outside its positions."""
        self.open()
        node = self.expression()
        self.close(")")
        self.parenthesized = node
        return node

    def block(self) -> Block:
        """A block."""
        start = self.start
        self.open()
        parameters = self.block_parameters()
        temporaries = self.temporaries()
        statements = self.statements()
        self.close("]")
        return Block(parameters, temporaries, statements, start=start, stop=self.stop)

    def block_parameters(self) -> tuple[Variable, ...]:
        """A block's parameters with the bar behind them."""
        names = []
        while self.kind == PUNCTUATION and self.text == ":":
            self.advance()
            names.append(self.declared("Variable name expected"))
        if not names or (self.kind == PUNCTUATION and self.text == "]"):
            return tuple(names)
        if self.kind != OPERATOR or self.text[0] != "|":
            self.fail("'|' or parameter expected")
        self.split(1)
        return tuple(names)

    def brace_array(self) -> BraceArray:
        """An array of the values of expressions."""
        start = self.start
        self.open()
        elements = self.statements()
        self.close("}")
        return BraceArray(elements, start=start, stop=self.stop)
