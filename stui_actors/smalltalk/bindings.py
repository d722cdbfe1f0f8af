"""What names mean to the compiler, and what it leaves in compiled code for stack traces and snapshots."""

from enum import Enum
from types import CodeType, FunctionType
from typing import Protocol

from attrs import frozen


class Kind(Enum):
    """Where a variable that no method declares lives."""

    INSTANCE = "instance"  # an attribute of self
    ADDED = "added"  # a variable that a client added to a library class
    CLASS = "class"  # class variables, by key
    GLOBAL = "global"  # a global name of the code
    WORKSPACE = "workspace"
    UNKNOWN = "unknown"  # to a do-it; it may have become a variable or a global when it is read
    UNDECLARED = "undeclared"  # to a method


@frozen
class Binding:
    """A meaning: ``key`` is the attribute, the key or the name."""

    kind: Kind
    key: str


class Names(Protocol):
    """Where compiled code belongs: the meanings of its free names, and the tables that its messages go through."""

    def binding(self, name: str) -> Binding:
        """What ``name`` means."""
        ...

    def assigned(self, name: str) -> Binding:
        """What ``name`` means where it is assigned to; workspaces declare it."""
        ...

    def is_fixed(self, name: str) -> bool:
        """Whether a global can never be assigned to, as classes cannot."""
        ...

    def table(self, selector: str) -> str:
        """The global that holds the table for messages with this selector: K, U, or nothing for the slow way."""
        ...

    @property
    def superclass_key(self) -> str:
        """The key in the table of superclasses."""
        ...


@frozen(eq=False)
class Info:
    """What a code object was made from; its last constant. ``index`` counts blocks as the source has them, from 1."""

    owner: str
    selector: str
    source: str
    start: int
    stop: int
    index: int
    num_args: int
    is_do_it: bool = False

    @property
    def is_block(self) -> bool:
        """Whether it is a block."""
        return self.index > 0

    @property
    def text(self) -> str:
        """Its source text."""
        return self.source[self.start : self.stop]

    @property
    def title(self) -> str:
        """What stack traces call the method."""
        return "UndefinedObject>>DoIt" if self.is_do_it else f"{self.owner}>>{self.selector}"


def info_of(code: CodeType) -> Info | None:
    """What ``code`` was made from; None for Python's own."""
    last = code.co_consts[-1] if code.co_consts else None
    return last if isinstance(last, Info) else None


def block_info(block: FunctionType) -> Info:
    """What a block was made from."""
    info = info_of(block.__code__)
    assert info is not None, "not a Smalltalk block"
    return info
