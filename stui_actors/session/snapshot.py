"""Writes a workspace as text and reads it back: classes, variables, all objects reachable, identity, blocks.

The first line is a map that says what follows: a line for each class that the client defined or changed, with the
sources of its methods, then the graph of objects (``snapshot_text``). All of it is STON; names that begin with
``Stui_`` are what STON itself has no notation for. Nothing here runs Smalltalk code: hashed collections are hashed when
somebody first asks them, and methods compiled when somebody first sends them.
"""

from collections.abc import Iterable, Iterator, Mapping
from math import inf
from typing import TypeVar

from attrs import define, field

from stui_actors import ston
from stui_actors.errors import SessionCorrupt, StuiError
from stui_actors.session.snapshot_blocks import INTERNAL, Captured
from stui_actors.session.snapshot_catalogue import OF_DELTAS, Catalogue, Names
from stui_actors.session.snapshot_definitions import Row, definition_of, row_of
from stui_actors.session.snapshot_delta import DELTA_LINE, Fingerprint
from stui_actors.session.snapshot_delta_shapes import Changes, Earlier
from stui_actors.session.snapshot_heap import Heap
from stui_actors.session.snapshot_image import ImageHeap
from stui_actors.session.snapshot_known import RememberingWriter
from stui_actors.session.snapshot_objects import literal
from stui_actors.session.snapshot_reading import GraphReader
from stui_actors.session.snapshot_shapes import variables
from stui_actors.session.snapshot_text import GraphWriter
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.objects import StString
from stui_actors.ston import StonError

FORMAT = 1
ROOT = "Stui_Workspace{"

Writer = TypeVar("Writer", bound=GraphWriter)


@define(eq=False)
class SnapshotWriter:
    """Writes what ``roots`` name, and all that is reachable from there."""

    heap: Heap
    roots: Mapping[str, object]
    with_classes: bool = True

    @classmethod
    def of_image(cls, image: Image, held: Mapping[str, object]) -> "SnapshotWriter":
        """The whole workspace, with the objects that clients know by their ids."""
        return cls.of_heap(ImageHeap(image), held)

    @classmethod
    def of_variables(cls, image: Image) -> "SnapshotWriter":
        """The variables and what they hold; classes stay what they are."""
        return cls.of_variables_in(ImageHeap(image))

    @classmethod
    def of_heap(cls, heap: Heap, held: Mapping[str, object]) -> "SnapshotWriter":
        """``of_image``, of anything that is like one."""
        state = {place: Names(values) for place, values in heap.state().items()}
        roots = {"variables": Names(heap.variables), "state": Names(state), "objects": Names(held)}
        return cls(heap, roots)

    @classmethod
    def of_variables_in(cls, heap: Heap) -> "SnapshotWriter":
        """``of_variables``, of anything that is like an image."""
        return cls(heap, {"variables": Names(heap.variables)}, with_classes=False)

    def slices(self) -> Iterator[str]:
        """Texts whose concatenation is the snapshot; empty ones while objects are being walked."""
        yield from self._classes()
        _, texts = self._graph(GraphWriter)
        yield from texts

    def remembering(self, least: int) -> Iterator[str | Fingerprint]:
        """``slices``, and last what deltas can go on from, if the snapshot has ``least`` characters or more."""
        held = self.roots["objects"]
        assert isinstance(held, Names), "these are the roots of a whole workspace"
        fingerprint, length = Fingerprint.of(self.heap, held.entries), 0
        yield from self._classes()
        graph, texts = self._graph(RememberingWriter)
        for text in texts:
            length += len(text)
            yield text
        if length < least:
            yield from graph.forgetting()
        else:
            yield from fingerprint.learning(graph)
            yield fingerprint

    def _classes(self) -> Iterator[str]:
        definitions = list(self.heap.definitions()) if self.with_classes else []
        removed = [list(each) for each in self.heap.removed_methods()] if self.with_classes else []
        told = [list(each) for each in self.heap.told_anew()] if self.with_classes else []
        globals_ = list(self.heap.global_names()) if self.with_classes else []
        declared: Row = {"globals": globals_, "variables": list(self.heap.variables)}
        declared["lost"] = list(self.heap.left_behind()) if self.with_classes else []
        yield _line({"format": FORMAT, "classes": len(definitions), "removed": removed, "told": told, **declared})
        for definition in definitions:
            yield _line(row_of(definition))

    def _graph(self, kind: type[Writer]) -> tuple[Writer, Iterator[str]]:
        """A writer, and what it writes."""
        captured = Captured()
        catalogue = Catalogue(self.heap, [], captured)
        parts = variables([*((f"#{name}:", value) for name, value in self.roots.items()), ("#captured:", captured)])
        writer = kind(catalogue.shape_of, StString, literal)
        return writer, writer.slices(parts, ROOT)


@define(eq=False)
class SnapshotReader:
    """Reads a snapshot, and the deltas behind it, into an image. All is there once all slices are done.

    ``objects``: those that were held; ``not_restored``: what did not come back, in words. ``fingerprint``: what deltas
    can go on from, where the text has ``compared_from`` characters or more, and all came back.
    """

    text: str
    heap: Heap
    compared_from: float = inf
    objects: dict[str, object] = field(factory=dict)
    not_restored: list[str] = field(factory=list)
    fingerprint: Fingerprint | None = field(init=False, default=None)
    _deltas: list[tuple[Row, str]] = field(init=False, factory=list)
    _earlier: Earlier = field(init=False, factory=Earlier)

    @classmethod
    def of_image(cls, text: str, image: Image, compared_from: float = inf) -> "SnapshotReader":
        """Read what ``SnapshotWriter.of_image`` wrote, into a fresh image."""
        return cls(text, ImageHeap(image), compared_from)

    @classmethod
    def of_variables(cls, text: str, image: Image) -> "SnapshotReader":
        """Read what ``SnapshotWriter.of_variables`` wrote: add its variables to those that are there."""
        return cls(text, ImageHeap(image))

    def slices(self) -> Iterator[None]:
        """Read, yielding now and then. Raise SessionCorrupt, before any variable is set, if it is no snapshot."""
        if not self.text or self.text.isspace():
            return  # the workspace of a session that was never used
        self.text, *deltas = self.text.split(DELTA_LINE)
        self._deltas = [_parted(each) for each in deltas]
        header, rest = _row(self.text, 0)
        if header.get("format") != FORMAT:
            raise SessionCorrupt(f"The snapshot has the format {ston.write(header.get('format'))[:20]}, not {FORMAT}.")
        declared = [name for each in (header, *self._headers()) for name in self._declare(each)]
        try:
            yield from self._read(header, rest)
        except SessionCorrupt:
            for name in declared:
                self.heap.variables.pop(name, None)
            raise

    def _headers(self) -> list[Row]:
        return [header for header, _ in self._deltas]

    def _declare(self, header: Row) -> list[str]:
        """Let there be the names that code may mean; answer those of variables that are new."""
        for name in _strings(header.get("globals")):
            self.heap.declare_global(name)
        new = [name for name in _strings(header.get("variables")) if name not in self.heap.variables]
        self.heap.variables.update(dict.fromkeys(new))
        return new

    def _read(self, header: Row, rest: int) -> Iterator[None]:
        count, rows = header.get("classes"), list[Row]()
        for _ in range(count if isinstance(count, int) else 0):
            row, rest = _row(self.text, rest)
            rows.append(row)
            yield
        for row in self._newest(rows):
            self._load(row)
            yield
        self._remove(self._last(header, "removed"))
        self._tell(self._last(header, "told"))
        *_, last = (header, *self._headers())
        self.not_restored += _strings(last.get("lost"))
        yield from self._read_graphs(rest)

    def _newest(self, rows: list[Row]) -> Iterable[Row]:
        """The classes with what deltas say of them: those that are new to a delta come last."""
        later = [_rows(header.get("classes", [])) for header in self._headers()]
        found = {_name_in(row): row for row in rows}
        for each in later:
            found.update((_name_in(row), row) for row in each)
        return found.values()

    def _last(self, header: Row, name: str) -> object:
        """What was told last of something that each delta tells whole, or not at all."""
        return next((each[name] for each in (*reversed(self._headers()), header) if name in each), None)

    def _read_graphs(self, rest: int) -> Iterator[None]:
        """Read the whole text and what changed since, each of which may refer to what came before it."""
        reader = self._reader()
        yield from reader.read(self.text, rest)
        variables, state, objects = self._values_of(reader.root.pop(), is_delta=False)
        for header, graph in self._deltas:
            yield from reader.read(graph)
            changed = self._values_of(reader.root.pop(), is_delta=True)
            variables = _without(variables, header.get("gone")) | changed[0]
            state = {place: state.get(place, {}) | changed[1].get(place, {}) for place in {**state, **changed[1]}}
            objects = _without(objects, (*_strings(header.get("released")), *changed[2])) | changed[2]
        for name in [name for header in self._headers() for name in _strings(header.get("gone"))]:
            self.heap.variables.pop(name, None)
        self._install(variables, state, objects)
        if len(self.text) - rest >= self.compared_from and not self.not_restored:
            yield from self._recall(reader)
        else:
            yield from reader.forget()

    def _reader(self) -> GraphReader:
        catalogue = Catalogue(self.heap, self.not_restored, Captured(), self._earlier)
        internal = frozenset((*INTERNAL, *OF_DELTAS, Names, dict, type(self.heap.dead_home())))
        return GraphReader(catalogue.shape_named, StString, internal, strings=self._earlier.strings)

    def _recall(self, reader: GraphReader) -> Iterator[None]:
        """Note what the image holds, which is what the texts do."""
        fingerprint = Fingerprint.of(self.heap, self.objects)
        for _ in fingerprint.recalling(reader, self._earlier.passing):
            yield
        self.fingerprint = fingerprint

    def _load(self, row: Row) -> None:
        try:
            definition = definition_of(row)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise SessionCorrupt("The snapshot has a class without all its parts.") from error
        try:
            self.heap.load(definition)
        except StuiError as error:
            self.not_restored.append(f"the class {definition.name[:64]}: {error.message}")

    def _remove(self, removed: object) -> None:
        for row in removed if isinstance(removed, list) else ():
            match row:
                case [str(class_name), bool(class_side), str(selector)]:
                    self.heap.remove_method(class_name, selector, class_side=class_side)

    def _tell(self, told: object) -> None:
        for row in told if isinstance(told, list) else ():
            match row:
                case [str(class_name), (str() | None) as comment, (str() | None) as category]:
                    self.heap.tell(class_name, comment, category)

    def _values_of(self, root: object, *, is_delta: bool) -> tuple[Row, dict[str, Row], Row]:
        """What a graph says of variables, state and held objects."""
        if not isinstance(root, dict) or isinstance(root.get("changes"), Changes) is not is_delta:
            raise SessionCorrupt("The snapshot is not that of a workspace.")
        variables, state, objects = (_names(root.get(name, Names({}))) for name in ("variables", "state", "objects"))
        places = {place: _values(_names(values)) for place, values in state.items()}
        return _values(variables), places, _values(objects)

    def _install(self, variables: Row, places: dict[str, Row], objects: Row) -> None:
        for place, values in places.items():
            self._set_state(place, values)
        self.heap.variables.update(variables)
        self.objects = objects

    def _set_state(self, place: str, values: dict[str, object]) -> None:
        try:
            self.heap.set_state(place, values)
        except LookupError:
            self.not_restored.append(f"variables of {place[:64]}")


def _strings(value: object) -> list[str]:
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []


def _rows(value: object) -> list[Row]:
    if not isinstance(value, list) or not all(isinstance(row, dict) for row in value):
        raise SessionCorrupt("The snapshot has classes that are no maps.")
    return value


def _name_in(row: Row) -> str:
    return str(row.get("name"))


def _names(value: object) -> dict[str, object]:
    if not isinstance(value, Names):
        raise SessionCorrupt("The snapshot's parts are not what they should be.")
    return dict(value.entries)


def _values(names: dict[str, object]) -> dict[str, object]:
    if any(isinstance(value, Names) for value in names.values()):
        raise SessionCorrupt("The snapshot's values are not what they should be.")
    return names


def _without(values: Row, names: object) -> Row:
    gone = frozenset(_strings(names) if isinstance(names, list) else names if isinstance(names, tuple) else ())
    return {name: value for name, value in values.items() if name not in gone}


def _parted(delta: str) -> tuple[Row, str]:
    """The map at the begin of a delta, and its graph."""
    row, stop = _row("{" + delta, 0)
    return row, delta[stop - 1 :]


def _line(row: Row) -> str:
    return ston.write(row) + "\n"


def _row(text: str, start: int) -> tuple[Row, int]:
    """The map in the line at ``start``, and where the next line starts."""
    stop = text.find("\n", start)
    stop = len(text) if stop < 0 else stop
    try:
        row = ston.read(text[start:stop])
    except StonError as error:
        raise SessionCorrupt("The snapshot has a line that is no STON.") from error
    if not isinstance(row, dict):
        raise SessionCorrupt("The snapshot has a line that is no map.")
    return row, stop + 1
