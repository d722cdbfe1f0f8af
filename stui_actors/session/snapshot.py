"""Writes a workspace as text and reads it back: classes, variables, all objects reachable, identity, blocks.

The first line is a map that says what follows: a line for each class that the client defined or changed, with the
sources of its methods, then the graph of objects (``snapshot_text``). All of it is STON; names that begin with
``Stui_`` are what STON itself has no notation for. Nothing here runs Smalltalk code: hashed collections are hashed when
somebody first asks them, and methods compiled when somebody first sends them.
"""

from collections.abc import Iterator, Mapping

from attrs import define, field

from stui_actors import ston
from stui_actors.errors import SessionCorrupt, StuiError
from stui_actors.session.snapshot_blocks import INTERNAL, Captured
from stui_actors.session.snapshot_catalogue import Catalogue, Names
from stui_actors.session.snapshot_heap import Heap
from stui_actors.session.snapshot_image import ImageHeap
from stui_actors.session.snapshot_objects import literal
from stui_actors.session.snapshot_shapes import variables
from stui_actors.session.snapshot_text import GraphReader, GraphWriter
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.image import Image
from stui_actors.smalltalk.objects import StString
from stui_actors.smalltalk.parser import parse_selector
from stui_actors.ston import StonError

FORMAT = 1
ROOT = "Stui_Workspace{"

Row = dict[str, object]


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
        definitions = list(self.heap.definitions()) if self.with_classes else []
        removed = [list(each) for each in self.heap.removed_methods()] if self.with_classes else []
        told = [list(each) for each in self.heap.told_anew()] if self.with_classes else []
        globals_ = list(self.heap.global_names()) if self.with_classes else []
        declared: Row = {"globals": globals_, "variables": list(self.heap.variables)}
        declared["lost"] = list(self.heap.left_behind()) if self.with_classes else []
        yield _line({"format": FORMAT, "classes": len(definitions), "removed": removed, "told": told, **declared})
        for definition in definitions:
            yield _line(_row_of(definition))
        captured = Captured()
        catalogue = Catalogue(self.heap, [], captured)
        writer = GraphWriter(catalogue.shape_of, StString, literal)
        root = variables([*((f"#{name}:", value) for name, value in self.roots.items()), ("#captured:", captured)])
        yield from writer.slices(root, ROOT)


@define(eq=False)
class SnapshotReader:
    """Reads a snapshot into an image. ``objects`` and ``not_restored`` are there once all slices are done."""

    text: str
    heap: Heap
    objects: dict[str, object] = field(factory=dict)
    not_restored: list[str] = field(factory=list)

    @classmethod
    def of_image(cls, text: str, image: Image) -> "SnapshotReader":
        """Read what ``SnapshotWriter.of_image`` wrote, into a fresh image."""
        return cls(text, ImageHeap(image))

    @classmethod
    def of_variables(cls, text: str, image: Image) -> "SnapshotReader":
        """Read what ``SnapshotWriter.of_variables`` wrote: add its variables to those that are there."""
        return cls(text, ImageHeap(image))

    def slices(self) -> Iterator[None]:
        """Read, yielding now and then. Raise SessionCorrupt, before any variable is set, if it is no snapshot."""
        if not self.text or self.text.isspace():
            return  # the workspace of a session that was never used
        header, rest = _row(self.text, 0)
        if header.get("format") != FORMAT:
            raise SessionCorrupt(f"The snapshot has the format {str(header.get('format'))[:20]}, not {FORMAT}.")
        declared = self._declare(header)
        try:
            yield from self._read(header, rest)
        except SessionCorrupt:
            for name in declared:
                self.heap.variables.pop(name, None)
            raise

    def _declare(self, header: Row) -> list[str]:
        """Let there be the names that code may mean; answer those of variables that are new."""
        for name in _strings(header.get("globals")):
            self.heap.declare_global(name)
        new = [name for name in _strings(header.get("variables")) if name not in self.heap.variables]
        self.heap.variables.update(dict.fromkeys(new))
        return new

    def _read(self, header: Row, rest: int) -> Iterator[None]:
        count = header.get("classes")
        for _ in range(count if isinstance(count, int) else 0):
            row, rest = _row(self.text, rest)
            self._load(row)
            yield
        self._remove(header.get("removed"))
        self._tell(header.get("told"))
        self.not_restored += _strings(header.get("lost"))
        catalogue = Catalogue(self.heap, self.not_restored, Captured())
        internal = frozenset((*INTERNAL, Names, dict, type(self.heap.dead_home())))
        reader = GraphReader(catalogue.shape_named, StString, internal)
        yield from reader.slices(self.text, rest)
        self._install(reader.root[0])

    def _load(self, row: Row) -> None:
        try:
            definition = _definition_of(row)
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

    def _install(self, root: object) -> None:
        if not isinstance(root, dict):
            raise SessionCorrupt("The snapshot is not that of a workspace.")
        variables, state, objects = (_names(root.get(name, Names({}))) for name in ("variables", "state", "objects"))
        places = {place: _values(_names(values)) for place, values in state.items()}
        variables, objects = _values(variables), _values(objects)
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


def _names(value: object) -> dict[str, object]:
    if not isinstance(value, Names):
        raise SessionCorrupt("The snapshot's parts are not what they should be.")
    return dict(value.entries)


def _values(names: dict[str, object]) -> dict[str, object]:
    if any(isinstance(value, Names) for value in names.values()):
        raise SessionCorrupt("The snapshot's values are not what they should be.")
    return names


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


TEXTS = ("name", "kind", "type", "traits", "class_traits", "package", "category", "tag", "comment")
LISTS = ("instance_variables", "class_variables", "class_instance_variables", "pools")
TRAIT_VARIABLES = "trait_variables"  # a list that older snapshots lack


def _row_of(definition: ClassDefinition) -> Row:
    row: Row = {name: getattr(definition, name) for name in TEXTS}
    row |= {name: list(getattr(definition, name)) for name in LISTS}
    row |= {"superclass": definition.superclass, TRAIT_VARIABLES: list(definition.trait_variables)}
    row["methods"] = [
        [each.is_class_side, each.category, each.source, *([each.origin] if each.origin else [])]
        for each in definition.methods
    ]
    return row


def _definition_of(row: Row) -> ClassDefinition:
    texts = {name: _text(row[name]) for name in TEXTS}
    lists = {name: tuple(map(_text, _list(row[name]))) for name in LISTS}
    superclass = row["superclass"]
    if not all(map(str.isidentifier, (texts["name"], *(name for names in lists.values() for name in names)))):
        raise ValueError(row["name"])
    methods = tuple(_method_of(texts["name"], _list(each)) for each in _list(row["methods"]))
    return ClassDefinition(
        superclass=None if superclass is None else _text(superclass),
        methods=methods,
        trait_variables=tuple(map(_text, _list(row.get(TRAIT_VARIABLES, [])))),
        **texts,  # type: ignore[arg-type]  # the fields that TEXTS names are texts
        **lists,  # type: ignore[arg-type]  # and those of LISTS tuples
    )


def _method_of(class_name: str, row: list[object]) -> MethodDefinition:
    class_side, category, source, *origin = row
    try:
        selector = parse_selector(_text(source))
    except StuiError as error:
        raise ValueError(source) from error
    taken_from = _text(origin[0]) if origin else ""
    return MethodDefinition(class_name, class_side is True, selector, _text(category), _text(source), origin=taken_from)


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(value)
    return value


def _list(value: object) -> list[object]:
    if not isinstance(value, list):
        raise TypeError(value)
    return value
