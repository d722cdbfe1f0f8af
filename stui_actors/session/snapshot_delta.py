"""What changed in a workspace since its last text: found by comparing, written as a delta that goes behind that text.

Nothing marks what is stored: what each object holds is compared with what was written of it (``snapshot_prints``). So
no primitive has to say what it changed, running code pays nothing, and nothing can be forgotten.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from types import NoneType

from attrs import define, field, frozen

from stui_actors import ston
from stui_actors.aging import age
from stui_actors.session.snapshot_blocks import Captured, Code
from stui_actors.session.snapshot_catalogue import CHANGED, Catalogue, Choice, Names
from stui_actors.session.snapshot_definitions import Frame, Row
from stui_actors.session.snapshot_delta_shapes import Changes, Quoted, Splices, Standing, TextSplices, flat
from stui_actors.session.snapshot_heap import Heap
from stui_actors.session.snapshot_known import Known, Numbered, RememberingWriter
from stui_actors.session.snapshot_long import AGING, blocks_of
from stui_actors.session.snapshot_objects import SETS, InstanceShape, literal
from stui_actors.session.snapshot_prints import Block, Kind, Splice, has_entries, kind_of
from stui_actors.session.snapshot_prints import Changes as Changed
from stui_actors.session.snapshot_reading import GraphReader
from stui_actors.session.snapshot_shapes import Part, Shape, variables
from stui_actors.session.snapshot_text import RECENT, RUN, SLICE, Open
from stui_actors.smalltalk.objects import StString
from stui_actors.ston.scalars import string_text

DELTA_LINE = "\nStui_Delta{"  # no line of a text begins like this: classes of that name are spelled otherwise

NOTATION = frozenset((Code, Captured, Names, Changes, Splices, TextSplices, Standing))  # no objects of the image

FOREIGN = frozenset((*NOTATION, dict, NoneType, bool, int, float, str))  # opens brackets, and is no object

ALWAYS = 1  # part of a delta: that of changes, of which there may be none

ShapeOf = Callable[[type, object], Shape]
Found = list[tuple[Block, Changed]]


@define(eq=False)
class DeltaWriter(RememberingWriter):
    """Writes a graph that refers to what earlier graphs hold."""

    known: Known = field(factory=Known)

    def _texts(self) -> dict[type, Callable[..., str]]:
        return {**super()._texts(), Quoted: lambda value: string_text(value.text)}

    def _string(self, before: str, value: object) -> None:
        if not self._is_known(before, value):
            super()._string(before, value)

    def _open(self, before: str, value: object, kind: type) -> Open | None:
        return None if self._is_known(before, value) else super()._open(before, value, kind)

    def _is_known(self, before: str, value: object) -> bool:
        """Write a reference to what earlier graphs hold; false for anything else."""
        number = self.known.number(id(value))
        if number > 0:
            self._out.append(f"{before}@{number}")
        elif number < 0:
            self._opened.append(len(self._out))
            self._seen[id(value)] = len(self._opened)
            self._out.append(f"{before}Stui_At[{-number}]")
        return number != 0


@frozen
class Values:
    """Values by name, as they were last written. The dicts are its own."""

    variables: dict[str, object]
    state: dict[str, dict[str, object]]
    held: dict[str, object]

    @classmethod
    def now(cls, heap: Heap, held: Mapping[str, object]) -> "Values":
        """Those of a workspace as it is."""
        return cls(dict(heap.variables), {place: dict(each) for place, each in heap.state().items()}, dict(held))

    def has_lost_state(self, now: "Values") -> bool:
        """Whether a global or class variable is there no more."""
        return any(not names.keys() <= now.state.get(place, {}).keys() for place, names in self.state.items())

    def changed_state(self, now: "Values") -> dict[str, Names]:
        """What differs in ``now``, by place."""
        found = {place: differing(self.state.get(place, {}), each) for place, each in now.state.items()}
        return {place: Names(each) for place, each in found.items() if each}


def differing(before: Mapping[str, object], now: Mapping[str, object]) -> dict[str, object]:
    """The names whose value is new or another one."""
    missing = object()
    return {name: value for name, value in now.items() if before.get(name, missing) is not value}


def moved(before: Mapping[str, object], now: Mapping[str, object]) -> dict[str, object]:
    """The last of ``now``, so that the others stand in the order that they had among ``before``."""
    names, staying = iter(before), 0
    for name, value in now.items():
        if name not in before or before[name] is not value or name not in names:
            break
        staying += 1
    return dict(list(now.items())[staying:])


@define(eq=False)
class Told:
    """What is told of objects that changed, as ``Changes``, ``Splices`` and ``TextSplices`` have it."""

    changes: list[object] = field(factory=list)
    splices: list[object] = field(factory=list)
    texts: list[object] = field(factory=list)

    def telling(self, found: Found, captured: Captured) -> Iterator[str]:
        """Tell of all that was found; empty texts now and then."""
        aging = Aging()
        for block, indexes in found:
            for index, some in indexes.items():
                value = block.objects[index]
                if block.is_of_cells:
                    captured.cells.append(value)  # type: ignore[arg-type]  # the block says so
                    continue
                if not some:
                    self.changes += (value, Standing(value))
                for splice in some:
                    self._tell_splice(block, value, splice)
                    yield from aging.after(len(splice.added))
            yield from aging.after(len(indexes))

    def _tell_splice(self, block: Block, value: object, splice: Splice) -> None:
        if isinstance(value, StString | bytearray):
            self.texts += _text_parts(value, splice)
        else:
            self.splices += _parts(block, value, splice)


@define(eq=False)
class Aging:
    """Lets what is noted of many objects grow old while it is little, and says when others may have their turn."""

    _noted: int = 0

    def after(self, noted: int) -> Iterator[str]:
        """An empty text where enough was noted since the last one."""
        self._noted += noted
        if self._noted >= AGING:
            self._noted = 0
            age()
            yield ""


@define(eq=False)
class Fingerprint:
    """What the texts of one workspace hold so far: enough to write what changed since.

    It goes on from a text only if that was kept: else it is to be dropped, and a whole text follows. Nothing of the
    workspace may run between the first and the last part of a delta.
    """

    heap: Heap
    frame: Frame
    values: Values
    known: Known = field(factory=Known)
    blocks: list[Block] = field(factory=list)
    _kinds: dict[type, Kind | None] = field(factory=dict)
    _fixed: list[object] = field(factory=list)  # what nobody changes: kept, since ids of what is gone are given again

    @classmethod
    def of(cls, heap: Heap, held: Mapping[str, object]) -> "Fingerprint":
        """That of a workspace that is being written, or was read; ``learning`` or ``recalling`` must follow."""
        return cls(heap, Frame.of(heap), Values.now(heap, held))

    def learning(self, graph: RememberingWriter) -> Iterator[str]:
        """Know what a whole text holds; empty texts now and then."""
        yield from self.known.learning_first(graph)
        yield from self._learning_objects(graph.shape_of, graph.kept)
        yield from graph.forgetting()

    def recalling(self, graph: GraphReader, passing: list[object]) -> Iterator[str]:
        """Know what texts hold that were read, of an image that is as they left it; empty texts now and then.

        What ``graph`` knows by number is taken over. ``passing``: what is no object of the image by its number.
        """
        read = Numbered(graph.objects, graph.strings, frozenset(map(id, passing)), FOREIGN)
        sorted_out: dict[type, list[object]] = {StString: []}
        for start in range(0, len(read.objects), SLICE):
            for value in read.instances(start, start + SLICE):
                sorted_out.setdefault(value.__class__, []).append(value)
            yield ""
        sorted_out[StString] += read.strings
        self.known.recall(read)
        yield from self._taking(Catalogue(self.heap, [], Captured()).shape_of, sorted_out)

    def _learning_objects(self, shape_of: ShapeOf, values: Sequence[object]) -> Iterator[str]:
        sorted_out: dict[type, list[object]] = {}
        for start in range(0, len(values), SLICE):
            for value in values[start : start + SLICE]:
                sorted_out.setdefault(value.__class__, []).append(value)
            if start % AGING == 0 < start:
                age()
            yield ""
        yield from self._taking(shape_of, sorted_out)

    def _taking(self, shape_of: ShapeOf, sorted_out: dict[type, list[object]]) -> Iterator[str]:
        for objects in filter(None, sorted_out.values()):
            kind = self._kind(objects[0], shape_of)
            if kind is None:
                self._fixed += objects
                continue
            for block in blocks_of(kind, objects):
                self.blocks += [block] if block is not None else []
                yield ""

    def _kind(self, value: object, shape_of: ShapeOf) -> Kind | None:
        python_type = value.__class__
        if python_type not in self._kinds:
            shape = None if python_type in NOTATION or python_type is StString else shape_of(python_type, value)
            inner = getattr(shape, "shape", shape) if isinstance(shape, Choice) else shape
            self._kinds[python_type] = kind_of(python_type, inner if isinstance(inner, InstanceShape) else None)
        return self._kinds[python_type]

    def slices(self, held: Mapping[str, object]) -> Iterator[str | None]:
        """The parts of the delta; None, as the last of all, where only a whole text will do."""
        now, frame = Values.now(self.heap, held), Frame.of(self.heap)
        redefined = frame.changes_since(self.frame)
        if redefined is None or self.values.has_lost_state(now):
            yield None
            return
        found: Found = []
        aging = Aging()
        for block in self.blocks:
            if block.has_migrated():
                yield None
                return
            yield from _finding(block, found, aging)
        yield from self._written(now, found, redefined)
        for block, changes in found:
            for _ in block.updating(changes):
                yield ""
            if block.has_outgrown:
                yield from self._part(block)
        self.values, self.frame = now, frame

    def _part(self, block: Block) -> Iterator[str]:
        """Let others take the place of a block whose objects hold too much."""
        others: list[Block] = []
        for each in blocks_of(block.kind, block.objects):
            others += [each] if each is not None else []
            yield ""
        place = self.blocks.index(block)
        self.blocks[place : place + 1] = others

    def _written(self, now: Values, found: Found, redefined: Row) -> Iterator[str]:
        captured, told = Captured(), Told()
        yield from told.telling(found, captured)
        roots = self._roots(now, told)
        if found or len(roots) > ALWAYS:
            yield from self.known.sorting()
        shape_of = Catalogue(self.heap, [], captured).shape_of
        graph = DeltaWriter(shape_of, StString, literal, self.known.opened, known=self.known)
        yield f"{DELTA_LINE}{self._header(now, redefined)[1:]}\n"
        yield from graph.slices(variables([*roots, ("#captured:", captured)]), CHANGED)
        fresh: list[object] = []
        for start in range(0, len(graph.kept), RUN):
            fresh += [value for value in graph.kept[start : start + RUN] if value.__class__ not in NOTATION]
            yield ""
        yield from self.known.learning(graph, fresh)
        yield from self._learning_objects(graph.shape_of, fresh)
        yield from graph.forgetting()

    def _header(self, now: Values, redefined: Row) -> str:
        variables = self.values.variables
        before, after = (values.state.get("globals", {}) for values in (self.values, now))
        told = {
            "globals": [name for name in after if name not in before],
            "variables": [name for name in now.variables if name not in variables],
            "gone": [name for name in variables if name not in now.variables],
            "released": [name for name in self.values.held if name not in now.held],
            "lost": list(self.heap.left_behind()),
        }
        return ston.write({**{name: each for name, each in told.items() if each}, **redefined})

    def _roots(self, now: Values, told: Told) -> list[Part]:
        variables = differing(self.values.variables, now.variables)
        state, held = self.values.changed_state(now), moved(self.values.held, now.held)
        named: list[tuple[str, Mapping[str, object]]]
        named = [("#variables:", variables), ("#state:", state), ("#objects:", held)]
        return [
            *((label, Names(values)) for label, values in named if values),
            ("#changes:", Changes(told.changes)),
            *([("#splices:", Splices(told.splices))] if told.splices else []),
            *([("#texts:", TextSplices(told.texts))] if told.texts else []),
        ]

    def forgetting(self) -> Iterator[str]:
        """Let go of all that is known, piece by piece: it is of no use then."""
        while self.blocks:
            for _ in self.blocks.pop().forgetting():
                yield ""
        while self._fixed:
            del self._fixed[-RECENT:]
            yield ""

    @property
    def bytes_held(self) -> int:
        """About how much memory it takes, beside the workspace's objects."""
        return self.known.bytes_held + sum(each.bytes_held for each in self.blocks) + 8 * len(self._fixed)


def _finding(block: Block, found: Found, aging: Aging) -> Iterator[str]:
    """Add the changes of a block to those that were found."""
    places: set[int] = set()
    yield ""
    for some in block.changed():
        places |= some
        yield ""
    changes: Changed = {}
    for place in sorted(places):
        changes[place] = []
        for splice in block.splicing(place):
            if splice is not None:
                changes[place].append(splice)
                yield from aging.after(len(splice.added))
            yield ""
    if changes:
        found.append((block, changes))


def _parts(block: Block, value: object, splice: Splice) -> list[object]:
    """A splice of a collection's elements, as it is told; nothing where nothing gave way."""
    added = _items(block, value, splice)
    return [value, splice.start, splice.removed, len(added), *added] if splice.removed or added else []


def _text_parts(value: object, splice: Splice) -> tuple[object, ...]:
    """A splice of a text, as it is told."""
    return value, splice.start, splice.removed, _quoted(splice)


def _quoted(splice: Splice) -> Quoted:
    """The text that a splice adds; bytes in hexadecimal digits."""
    added = splice.added
    return Quoted(added if isinstance(added, str) else added.hex() if isinstance(added, bytes) else "")


def _items(block: Block, value: object, splice: Splice) -> list[object]:
    """The elements that a splice adds; keys and values by turns where ``value`` has entries."""
    if not has_entries(value):
        return list(splice.added)
    if block.class_name in SETS:
        return [entry[0] for entry in splice.added]  # type: ignore[index]  # entries are tuples
    return flat(splice.added)  # type: ignore[arg-type]  # the same
