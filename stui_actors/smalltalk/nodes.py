"""The syntax tree: what the parser makes and the compiler reads. Positions are offsets into the source, from 0."""

from enum import Enum

from attrs import field, frozen


class LiteralKind(Enum):
    """What a literal denotes, and how ``Literal.value`` holds it."""

    INTEGER = "integer"  # int
    FLOAT = "float"  # float
    FRACTION = "fraction"  # (numerator: int, denominator: int): 1e-3
    SCALED = "scaled"  # (numerator: int, denominator: int, scale: int)
    CHARACTER = "character"  # int, the code point
    STRING = "string"  # str
    SYMBOL = "symbol"  # str
    ARRAY = "array"  # tuple[Literal, ...]
    BYTES = "bytes"  # bytes
    CONSTANT = "constant"  # None, True, False


@frozen(kw_only=True)
class Node:
    """Any part of a program; ``source[start:stop]`` is its text."""

    start: int = field(default=0, eq=False)
    stop: int = field(default=0, eq=False)


@frozen
class Literal(Node):
    """A value that stands in the source."""

    kind: LiteralKind
    value: object


@frozen
class Variable(Node):
    """A name, ``self``, ``super`` and ``thisContext`` included (``nil true false`` are literals)."""

    name: str


@frozen
class Assignment(Node):
    """``name := value``."""

    variable: Variable
    value: Node


@frozen
class Message(Node):
    """``receiver selector: arguments``. In a cascade's parts ``receiver`` is None."""

    receiver: Node | None
    selector: str
    arguments: tuple[Node, ...] = ()
    selector_start: int = field(default=0, eq=False)


@frozen
class Cascade(Node):
    """``receiver first; second; third``: all messages go to the one receiver; the last one's value counts."""

    receiver: Node
    messages: tuple[Message, ...]


@frozen
class BraceArray(Node):
    """``{ a. b }``: an Array made of the values of expressions."""

    elements: tuple[Node, ...]


@frozen
class Return(Node):
    """``^ value``."""

    value: Node


@frozen
class Block(Node):
    """``[ :a :b | | temporaries | statements ]``."""

    parameters: tuple[Variable, ...]
    temporaries: tuple[Variable, ...]
    statements: tuple[Node, ...]


@frozen
class Pragma(Node):
    """``<primitive: #foo>``, ``<script>``: a selector with literal arguments."""

    selector: str
    arguments: tuple[Literal, ...] = ()


@frozen
class Method(Node):
    """A method as written in a class; ``comment`` is the first one in the body, without its quotes."""

    selector: str
    parameters: tuple[Variable, ...]
    temporaries: tuple[Variable, ...]
    pragmas: tuple[Pragma, ...]
    statements: tuple[Node, ...]
    source: str = field(default="", eq=False, repr=False)
    comment: str | None = None


@frozen
class DoIt(Node):
    """Statements as typed in a workspace; the last one's value is the result."""

    temporaries: tuple[Variable, ...]
    statements: tuple[Node, ...]
    source: str = field(default="", eq=False, repr=False)
