"""Classes and methods of a workspace as maps, and what changed of them since an earlier text.

A delta tells of methods, comments and categories, and of classes that are new. It cannot tell of a class that is gone,
or has another shape: instances in the texts before it are read as the last text says.
"""

from collections.abc import Mapping

from attrs import evolve, frozen

from stui_actors.errors import StuiError
from stui_actors.session.snapshot_heap import Heap
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.parser import parse_selector

Row = dict[str, object]

TEXTS = ("name", "kind", "type", "traits", "class_traits", "package", "category", "tag", "comment")
LISTS = ("instance_variables", "class_variables", "class_instance_variables", "pools")
TRAIT_VARIABLES = "trait_variables"  # a list that older snapshots lack


def row_of(definition: ClassDefinition) -> Row:
    """A class as a map."""
    row: Row = {name: getattr(definition, name) for name in TEXTS}
    row |= {name: list(getattr(definition, name)) for name in LISTS}
    row |= {"superclass": definition.superclass, TRAIT_VARIABLES: list(definition.trait_variables)}
    row["methods"] = [
        [each.is_class_side, each.category, each.source, *([each.origin] if each.origin else [])]
        for each in definition.methods
    ]
    return row


def definition_of(row: Row) -> ClassDefinition:
    """What ``row_of`` gave; raise KeyError, TypeError, ValueError or AttributeError."""
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


@frozen(eq=False)
class Frame:
    """Classes and methods of a workspace at one time. ``own``: what stands for each class that the client defined."""

    definitions: Mapping[str, ClassDefinition]
    removed: tuple[tuple[str, bool, str], ...]
    told: tuple[tuple[str, str | None, str | None], ...]
    own: tuple[object, ...]

    @classmethod
    def of(cls, heap: Heap) -> "Frame":
        """Those of a workspace as it is."""
        definitions = {each.name: each for each in heap.definitions()}
        return cls(definitions, tuple(heap.removed_methods()), tuple(heap.told_anew()), tuple(heap.own_classes()))

    def changes_since(self, before: "Frame") -> Row | None:
        """What a delta says of them; None where only a whole text will do."""
        changed = [each for name, each in self.definitions.items() if before.definitions.get(name) != each]
        if not self._holds(before) or not all(
            _can_be_told(before.definitions.get(each.name), each) for each in changed
        ):
            return None
        told: Row = {"classes": [row_of(each) for each in changed]} if changed else {}
        if self.removed != before.removed:
            told["removed"] = [list(each) for each in self.removed]
        if self.told != before.told:
            told["told"] = [list(each) for each in self.told]
        return told

    def _holds(self, before: "Frame") -> bool:
        """Whether all classes that were there still are, and the same."""
        present = frozenset(map(id, self.own))
        return before.definitions.keys() <= self.definitions.keys() and present.issuperset(map(id, before.own))


def _can_be_told(before: ClassDefinition | None, now: ClassDefinition) -> bool:
    """Whether instances in earlier texts are read the same with ``now``."""
    if before is None:
        before = evolve(now, **NO_VARIABLES) if now.kind == "extension" else now  # type: ignore[arg-type]  # these are lists
    return _shape(before) == _shape(now)


def _shape(definition: ClassDefinition) -> ClassDefinition:
    """All but what says nothing of its instances."""
    return evolve(definition, methods=(), comment="", category="", package="", tag="")


NO_VARIABLES = dict.fromkeys((*LISTS, TRAIT_VARIABLES), ())
