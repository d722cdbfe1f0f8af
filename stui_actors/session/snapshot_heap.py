"""What a snapshot asks of an image: its roots, how its objects are laid out, and how to make them again."""

from collections.abc import Callable, Iterable, Mapping
from types import CellType, FunctionType
from typing import Protocol

from attrs import frozen

from stui_actors.smalltalk.definitions import ClassDefinition


@frozen
class Layout:
    """The instances of one class: variables by name, each with its Python attribute.

    ``indexed`` is the attribute of the indexed part, or empty. ``make`` answers an instance with all of them nil.
    ``added`` names variables that are kept in a dict, the attribute ``_x``.
    """

    class_name: str
    names: tuple[str, ...]
    attributes: tuple[str, ...]
    indexed: str
    make: Callable[[], object]
    added: tuple[str, ...] = ()


@frozen(eq=False)
class BlockPlace:
    """Where the text of a block stands, and the names of the variables that it captured.

    ``class_name`` is ``Foo`` or ``Foo class``, and ``selector`` that of its method; for a do-it the selector is empty,
    and the class that of its receiver, if that matters. ``source`` is the text of that method or do-it, ``start`` the
    offset of the block in it.
    """

    class_name: str
    selector: str
    source: str
    start: int
    names: tuple[str, ...]


class Heap(Protocol):
    """An image as a snapshot sees it. Nothing here runs Smalltalk code."""

    variables: dict[str, object]

    def definitions(self) -> Iterable[ClassDefinition]:
        """What the client defined or changed, superclasses first; extensions hold changed and added methods only."""

    def removed_methods(self) -> Iterable[tuple[str, bool, str]]:
        """Class, side and selector of methods of the library that the client removed."""

    def told_anew(self) -> Iterable[tuple[str, str | None, str | None]]:
        """Classes of the library with the comment and the package that the client gave them; None for what stayed."""

    def own_classes(self) -> Iterable[object]:
        """What stands for each class that the client defined; another object once it was removed and made again."""

    def load(self, definition: ClassDefinition) -> None:
        """Define it again; raise StuiError where that cannot be."""

    def remove_method(self, class_name: str, selector: str, *, class_side: bool) -> None:
        """Remove a method again, if it is there."""

    def tell(self, class_name: str, comment: str | None, category: str | None) -> None:
        """Give a class its comment and package again, if it is there."""

    def left_behind(self) -> Iterable[str]:
        """What lives beside all objects and cannot be saved, in words: running processes."""

    def global_names(self) -> Iterable[str]:
        """The names of globals that are among the state."""

    def declare_global(self, name: str) -> None:
        """Let there be a global of that name, before code that may mean it is compiled."""

    def state(self) -> Mapping[str, Mapping[str, object]]:
        """What differs from boot, by place: ``globals``, ``Foo`` for its class variables, ``Foo class`` for others."""

    def set_state(self, place: str, values: Mapping[str, object]) -> None:
        """Put such values back; raise LookupError for a place that is no more."""

    def layout_of(self, kind: type) -> Layout | None:
        """How instances of a Python type are laid out; None for what is no ordinary object."""

    def layout_named(self, class_name: str) -> Layout | None:
        """How instances of a class are laid out; None where there is no such class, or it has no such instances."""

    def name_of_class(self, value: object) -> str | None:
        """``Foo`` or ``Foo class`` where ``value`` is a class, else None."""

    def class_named(self, name: str) -> object | None:
        """The class or metaclass of that name, or None."""

    def singletons(self) -> Mapping[str, object]:
        """The objects that every image has by itself, like Transcript, by name."""

    def block_place(self, block: FunctionType) -> BlockPlace | None:
        """Where a block comes from; None for what is no block, or has no source."""

    def make_block(self, place: BlockPlace, cells: tuple[CellType, ...]) -> object | None:
        """A block from there with these variables, which may be filled later; None where there is no such block."""

    def dead_home(self) -> object:
        """An activation that has returned."""
