"""What objects held when they were last written, and which of them hold something else now: found by comparing.

Objects of one Python type stand in blocks. What a block's objects hold is kept in lists that Python compares with few
calls: variables column by column, the contents of collections one after the other. All is compared by identity, since
1, 1.0 and true are equal to Python; only texts and bytes are compared as such.
"""

from collections.abc import Callable, Generator, Iterator, Sequence
from itertools import chain, islice, pairwise, repeat
from operator import attrgetter, is_
from types import CellType

from attrs import define, field, frozen

from stui_actors.session.snapshot_objects import DICTIONARIES, KEPT, SETS, ElementsShape, EntriesShape, InstanceShape
from stui_actors.session.snapshot_shapes import Shape
from stui_actors.smalltalk.hashtable import HashTable
from stui_actors.smalltalk.objects import FixedArray, FixedBytes, StString

BLOCK = 1024  # objects of a block: some ten microseconds for each of their variables
MOST_CONTENT = 8192  # elements of a block
PIECE = 16_384  # elements, or characters, that are compared at once
UNSET = object()  # in a variable that was never assigned
GENERAL = object()  # first among the contents of what is written by its variables

_IDENTITY = attrgetter("identity")
TABLE = "i_table"  # the attribute of the table in collections of the library that are written as their entries

Getter = Callable[[object], object]
Content = Sequence[object]


@frozen
class Kind:
    """How objects of one Python type are looked at.

    ``getters``: of variables, each by itself. ``content_of``: what they hold beside; None where they hold no more.
    ``text_of``: a text that stores change in place, None in what has none now.
    """

    type: type
    getters: tuple[Getter, ...] = ()
    content_of: Callable[[object], Content] | None = None
    text_of: Callable[[object], str | bytes | None] | None = None


def kind_of(python_type: type, shape: Shape | None) -> Kind | None:
    """How to look at instances of a type that are written in ``shape``; None for those that nobody can change."""
    if python_type is StString:
        return Kind(python_type, (attrgetter("s"), attrgetter("l")), text_of=changeable_text)
    if python_type in (bytearray, FixedBytes):
        return Kind(python_type, text_of=bytes)  # type: ignore[arg-type]  # of a bytearray, as the type says
    if python_type in (list, FixedArray):
        return Kind(python_type, content_of=_itself)
    if python_type is HashTable:
        return Kind(python_type, content_of=rows_of)
    if python_type is CellType:
        return Kind(python_type, (attrgetter("cell_contents"),))
    if not isinstance(shape, InstanceShape):
        return None
    if isinstance(shape, ElementsShape | EntriesShape):
        return Kind(python_type, content_of=Collection(shape))
    if shape.layout.indexed or shape.layout.added:
        return Kind(python_type, content_of=Everything(shape))
    return Kind(python_type, tuple(map(attrgetter, shape.attribute_names)))


def changeable_text(value: object) -> str | None:
    """The text of a String that stores have changed."""
    assert isinstance(value, StString)
    return None if value.l is None else "".join(value.l)


def _itself(value: object) -> Content:
    assert isinstance(value, list)
    return value


def rows_of(table: object) -> Content:
    """The entries of a table, each an immutable tuple."""
    assert isinstance(table, HashTable)
    return table.rows() if table.pending is None else table.pending


@frozen
class Collection:
    """The contents of a collection of the library that is written as its elements or entries."""

    shape: ElementsShape | EntriesShape

    def __call__(self, value: object) -> Content:
        """Elements, or entries; all variables after GENERAL where the collection is not as the library makes it."""
        try:
            held = self.shape.held(value)
        except AttributeError:
            return [GENERAL]
        if self.shape.chosen(value) is not self.shape:
            return [GENERAL, *variables_of(self.shape, value)]
        return rows_of(held) if isinstance(held, HashTable) else held

    def of_all(self, values: list[object]) -> list[Content]:
        """What each answers by itself, but sooner where all are as the library makes them."""
        try:
            held = list(map(self.shape.held, values))
        except AttributeError:
            return list(map(self, values))
        kinds = set(map(type, held))
        if kinds == {list} and self.shape.layout.class_name not in SETS:
            return held
        if kinds == {HashTable} and set(map(_IDENTITY, held)) == {self.identity}:
            return list(map(rows_of, held))
        return list(map(self, values))

    @property
    def identity(self) -> bool:
        """Whether the tables of these collections compare by identity."""
        name = self.shape.layout.class_name
        return SETS[name] if name in SETS else DICTIONARIES.get(name, False)


@frozen
class Everything:
    """All variables of an instance, then its indexed part, then variables that were added to its class."""

    shape: InstanceShape

    def __call__(self, value: object) -> Content:
        """A new list."""
        row, layout = variables_of(self.shape, value), self.shape.layout
        if layout.indexed and isinstance(row[-1], list | bytearray | HashTable):
            row += rows_of(row[-1]) if isinstance(row[-1], HashTable) else row[-1]
        kept = getattr(value, KEPT, None) if layout.added else None
        return [*row, *map(kept.get, layout.added)] if isinstance(kept, dict) else row


def variables_of(shape: InstanceShape, value: object) -> list[object]:
    """What the variables of an instance hold."""
    return [getattr(value, name, UNSET) for name in shape.attribute_names]


@define(eq=False)
class Block:
    """Objects of one kind, and what they held when they were last written."""

    kind: Kind
    objects: list[object]
    columns: list[list[object]] = field(init=False)
    content: list[object] = field(init=False, factory=list)  # of all objects, one after the other
    ends: list[int] = field(init=False, factory=list)  # where each one's content ends
    texts: dict[int, str | bytes] = field(init=False, factory=dict)

    def __attrs_post_init__(self) -> None:
        self.columns = [_column(getter, self.objects) for getter in self.kind.getters]
        if self.kind.content_of is not None:
            self._take_content(self._contents())
        if self.kind.text_of is not None:
            found = enumerate(map(self.kind.text_of, self.objects))
            self.texts = {index: text for index, text in found if text is not None}

    def _contents(self) -> list[Content]:
        content_of = self.kind.content_of
        if isinstance(content_of, Collection):
            return content_of.of_all(self.objects)
        return [] if content_of is None else list(map(content_of, self.objects))

    def _take_content(self, contents: list[Content]) -> None:
        self.content, self.ends, end = list(chain.from_iterable(contents)), [], 0
        for each in contents:
            end += len(each)
            self.ends.append(end)

    def content_before(self, index: int) -> Content:
        """What an object held beside its variables when it was last written."""
        return self.content[self.ends[index - 1] if index else 0 : self.ends[index]]

    @property
    def is_of_cells(self) -> bool:
        """Whether these are variables that blocks share."""
        return self.kind.type is CellType

    @property
    def class_name(self) -> str:
        """The class of the library whose collections these are; empty for all else."""
        content_of = self.kind.content_of
        return content_of.shape.layout.class_name if isinstance(content_of, Collection) else ""

    @property
    def bytes_held(self) -> int:
        """About how much memory the comparison takes."""
        pointers = len(self.objects) * (1 + len(self.columns)) + len(self.content)
        return 8 * pointers + 36 * len(self.ends) + sum(map(len, self.texts.values()))

    def has_migrated(self) -> bool:
        """Whether an object belongs to another class now."""
        return not all(map(is_, map(type, self.objects), repeat(self.kind.type)))

    def changed(self) -> Iterator[set[int]]:
        """Sets with the places of all objects that hold something else now; empty ones now and then."""
        for getter, column in zip(self.kind.getters, self.columns, strict=True):
            yield _differing(getter, self.objects, column)
        if self.kind.content_of is not None:
            yield from self._changed_content(self._contents())
        if self.kind.text_of is not None:
            yield from self._changed_texts()

    def _changed_content(self, now: list[Content]) -> Iterator[set[int]]:
        lengths = [end - start for start, end in pairwise([0, *self.ends])]
        if list(map(len, now)) == lengths:
            places, before = chain.from_iterable(now), iter(self.content)
            same = True
            for start in range(0, len(self.content), PIECE):
                piece = islice(places, min(PIECE, len(self.content) - start))
                same = same and all(map(is_, piece, before))
                yield set()
            if same:
                return
        for index, content in enumerate(now):
            before_it = self.content_before(index)
            if len(content) != len(before_it) or not all(map(is_, content, before_it)):
                yield {index}

    def _changed_texts(self) -> Iterator[set[int]]:
        for index, before in self.texts.items():
            value = self.objects[index]
            for start in range(0, len(before) + 1, PIECE):
                if not _is_text_at(value, start, before):
                    yield {index}
                    break
                yield set()

    def splicing(self, index: int) -> "Iterator[Splice | None]":
        """How one object's content, or text, became what it is now; None now and then, and the splice last.

        None is all there is where it cannot be told so: what has changed are its variables.
        """
        value = self.objects[index]
        if isinstance(value, StString | bytearray):
            now: str | bytes = str(value) if isinstance(value, StString) else bytes(value)
            before = self.texts.get(index)
            if before is None:
                before = self.columns[0][index]  # type: ignore[assignment]  # ``s``, while there was no ``l``
            assert isinstance(before, str | bytes)
            yield from spliced(before, now, _same_text)
        elif self.kind.content_of is not None and not isinstance(self.kind.content_of, Everything):
            content, content_before = self.kind.content_of(value), self.content_before(index)
            if not is_general(content) and not is_general(content_before):
                yield from spliced(content_before, content, same_entries if has_entries(value) else same)

    def updating(self, changes: "Changes") -> Iterator[None]:
        """What these objects hold now is written, with their splices; in steps."""
        for getter, column in zip(self.kind.getters, self.columns, strict=True):
            for index in changes:
                column[index] = _got(getter, self.objects[index])
        if self.kind.content_of is not None:
            content_of = self.kind.content_of
            every = enumerate(self.objects)
            self._take_content([content_of(each) if at in changes else self.content_before(at) for at, each in every])
        if self.kind.text_of is not None:
            for index in changes:
                text = self.kind.text_of(self.objects[index])
                self.texts.pop(index, None)
                if text is not None:
                    self.texts[index] = text
        yield

    def forgetting(self) -> Iterator[None]:
        """Let go of all, in steps; it is of no use then."""
        self.objects, self.columns, self.content = [], [], []
        yield

    @property
    def has_outgrown(self) -> bool:
        """Whether the objects hold so much more by now that comparing them takes long."""
        return len(self.content) > 2 * MOST_CONTENT


@frozen
class Splice:
    """From ``start`` on, ``removed`` elements gave way to those ``added``."""

    start: int
    removed: int
    added: Content


Changes = dict[int, list[Splice]]  # by place; without splices all variables of an object are told


def is_general(content: Content) -> bool:
    """Whether a collection's content is that of an object that is written by its variables."""
    return bool(content) and content[0] is GENERAL


def spliced(before: Content, now: Content, same: Callable[[Content, Content], bool]) -> Iterator[Splice | None]:
    """The shortest splice that leads from one to the other, after a None for each piece that was compared."""
    length, longer = len(before), len(now)
    most = min(length, longer)
    start = yield from _steps(most, lambda at, to: same(before[at:to], now[at:to]))
    end = yield from _steps(
        most - start, lambda at, to: same(before[length - to : length - at], now[longer - to : longer - at])
    )
    yield Splice(start, length - end - start, now[start : longer - end])


def _steps(most: int, is_same: Callable[[int, int], bool]) -> Generator[None, None, int]:
    """How far from 0 towards ``most`` all is the same; a None for each piece that was compared."""
    reached, step = 0, PIECE
    while reached < most and step:
        to = min(reached + step, most)
        if is_same(reached, to):
            reached = to
        else:
            step = (to - reached) // 2
        yield
    return reached


def has_entries(value: object) -> bool:
    """Whether the contents of ``value`` are entries of a table."""
    if isinstance(value, HashTable):
        return True
    held = getattr(value, TABLE, None)
    return isinstance(held, HashTable)


def same(before: Content, now: Content) -> bool:
    """Whether the elements are the very same; both have one length."""
    return all(map(is_, before, now))


def same_entries(before: Content, now: Content) -> bool:
    """Whether the entries have the very same keys and values; both have one length."""
    pairs = zip(before, now, strict=True)
    return all(one is two or (one[0] is two[0] and one[1] is two[1]) for one, two in pairs)  # type: ignore[index]  # tuples


def _same_text(before: Content, now: Content) -> bool:
    return before == now


def _is_text_at(value: object, start: int, before: str | bytes) -> bool:
    """Whether the piece from ``start`` on of a text is still there, and nothing follows the last one."""
    if isinstance(value, StString):
        now: str | bytes = (
            str(value)[start : start + PIECE] if value.l is None else "".join(value.l[start : start + PIECE])
        )
    else:
        assert isinstance(value, bytearray)
        now = bytes(value[start : start + PIECE])
    return now == before[start : start + PIECE]


def _column(getter: Getter, objects: list[object]) -> list[object]:
    try:
        return list(map(getter, objects))
    except (AttributeError, ValueError):  # one was never set; so Python says that a cell is empty
        return [_got(getter, each) for each in objects]


def _got(getter: Getter, value: object) -> object:
    try:
        return getter(value)
    except (AttributeError, ValueError):
        return UNSET


def _differing(getter: Getter, objects: list[object], column: list[object]) -> set[int]:
    """The places of objects whose variable holds something else than in ``column``."""
    try:
        if all(map(is_, map(getter, objects), column)):
            return set()
    except (AttributeError, ValueError):  # compared one by one below
        pass
    return {index for index, value in enumerate(objects) if _got(getter, value) is not column[index]}
