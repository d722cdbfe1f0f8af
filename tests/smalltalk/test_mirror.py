from collections.abc import Collection, Iterable
from pathlib import Path

import pytest
from attrs import evolve

import stui_actors.smalltalk
from stui_actors.errors import ClassNotFound, InvalidRequest, MethodNotFound
from stui_actors.smalltalk import references
from stui_actors.smalltalk.definitions import ClassDefinition, MethodDefinition
from stui_actors.smalltalk.mirror import Mirror, definition_text
from stui_actors.smalltalk.references import MentionIndex, mentions
from stui_actors.smalltalk.tonel import read_class_file

LIBRARY = Path(stui_actors.smalltalk.__file__).parent / "library"


class Shelf:
    """An image that is a shelf of definitions."""

    def __init__(self, *definitions: ClassDefinition, changed: Collection[str] = ()) -> None:
        self.definitions = {each.name: each for each in definitions}
        self.changed = changed

    def class_names(self) -> Iterable[str]:
        return self.definitions

    def mentions(self, source: str, selector: str) -> bool:
        return mentions(source, selector)

    def definition_of(self, name: str) -> ClassDefinition:
        if name not in self.definitions:
            raise ClassNotFound(f"There is no class {name!r}.")
        return self.definitions[name]

    def changed_classes(self) -> Collection[str]:
        return self.changed


def method(class_name: str, source: str, category: str = "", *, class_side: bool = False) -> MethodDefinition:
    return MethodDefinition(class_name, class_side, source.split(maxsplit=1)[0], category, source)


ROOT = ClassDefinition(name="Object", methods=(method("Object", "isNil ^ false", "testing"),), category="Kernel")
SHAPE = ClassDefinition(
    name="Shape",
    superclass="Object",
    instance_variables=("origin",),
    class_variables=("Count",),
    package="Demo",
    comment="I have a place.",
    methods=(
        method("Shape", 'area "How large." ^ self subclassResponsibility', "measuring"),
        method("Shape", "origin ^ origin", "accessing"),
        method("Shape", "draw ^ #(area (isNil))"),
        method("Shape", "new ^ super new initialize", "making", class_side=True),
    ),
)
CIRCLE = ClassDefinition(
    name="Circle",
    superclass="Shape",
    instance_variables=("radius",),
    category="Demo-Round",
    methods=(
        method("Circle", "area ^ radius * radius * 355 / 113", "measuring"),
        method("Circle", "twice ^ self area * 2"),
    ),
)


@pytest.fixture
def mirror() -> Mirror:
    return Mirror(Shelf(ROOT, SHAPE, CIRCLE, changed={"Circle"}))


def test_classes_are_listed_by_glob(mirror: Mirror) -> None:
    assert mirror.list_classes() == ["Circle", "Object", "Shape"]
    assert mirror.list_classes("*e") == ["Circle", "Shape"]
    assert mirror.list_classes("shape") == []
    assert mirror.list_classes(include_system=False) == ["Circle"]


def test_a_class_is_searched_by_a_part_of_its_name_whatever_the_case(mirror: Mirror) -> None:
    assert mirror.search_classes("AP") == ["Shape"]
    assert mirror.search_classes("?hape") == ["Shape"]
    assert mirror.search_classes("e") == ["Circle", "Object", "Shape"]


def test_a_pattern_is_no_regular_expression_and_is_bounded(mirror: Mirror) -> None:
    assert mirror.search_classes("S.*") == []
    assert mirror.list_classes("*" * 100 + "!") == []
    with pytest.raises(InvalidRequest):
        mirror.list_classes("*" * 201)


def test_a_class_is_browsed_with_its_own_things_only(mirror: Mirror) -> None:
    shown = mirror.browse_class("Shape")

    assert shown == {
        "class_info": {
            "name": "Shape",
            "superclass": "Object",
            "comment": "I have a place.",
            "package": "Demo",
            "is_system": True,
            "category": "",
            "definition": "Object << #Shape\n\tslots: { #origin };\n\tsharedVariables: { #Count };\n\tpackage: 'Demo'",
        },
        "instance_methods": ["area", "draw", "origin"],
        "class_methods": ["new"],
        "instance_vars": ["origin"],
        "class_vars": ["Count"],
    }
    assert mirror.class_info("Circle")["is_system"] is False


def test_a_definition_is_shown_as_pharo_shows_it() -> None:
    shown = definition_text(evolve(CIRCLE, type="variable", tag="Round", package="It's"))

    assert shown == (
        "Shape << #Circle\n\tlayout: VariableLayout;\n\tslots: { #radius };\n\ttag: 'Round';\n\tpackage: 'It''s'"
    )
    assert definition_text(ROOT).startswith("nil << #Object\n\tslots: {};")


def test_an_unknown_class_or_method_is_not_found(mirror: Mirror) -> None:
    with pytest.raises(ClassNotFound):
        mirror.browse_class("Zork")
    with pytest.raises(MethodNotFound, match="Shape class>>#area"):
        mirror.get_method("Shape", "area", is_class_method=True)


def test_a_method_is_shown_with_what_its_source_says(mirror: Mirror) -> None:
    assert mirror.get_method("Shape", "area") == {
        "name": "area",
        "source": 'area "How large." ^ self subclassResponsibility',
        "category": "measuring",
        "is_class_method": False,
        "arguments": [],
        "comment": "How large.",
    }
    assert mirror.get_method("Shape class", "new") == mirror.get_method("Shape", "new", is_class_method=True)
    assert mirror.method_code("Shape", "draw") == {
        "name": "draw",
        "category": "as yet unclassified",
        "source_code": "draw ^ #(area (isNil))",
        "line_count": 1,
    }


def test_categories_and_methods_are_listed_by_side(mirror: Mirror) -> None:
    assert mirror.method_categories("Shape") == [
        {"name": "accessing", "method_count": 1},
        {"name": "as yet unclassified", "method_count": 1},
        {"name": "measuring", "method_count": 1},
    ]
    assert mirror.method_categories("Shape", mode="Class") == [{"name": "making", "method_count": 1}]
    assert [each["name"] for each in mirror.method_list("Shape", mode="All")] == ["area", "draw", "origin", "new"]
    assert [each["name"] for each in mirror.method_list("Shape", category="measuring")] == ["area"]
    with pytest.raises(InvalidRequest):
        mirror.method_list("Shape", mode="Both")


def test_the_tree_hangs_subclasses_below_their_class(mirror: Mirror) -> None:
    circle = {"name": "Circle", "children": []}

    assert mirror.class_tree("Shape") == {"name": "Shape", "children": [circle]}
    assert mirror.class_tree()["name"] == "nil"
    assert mirror.class_tree("Object", depth=1) == {"name": "Object", "children": [{"name": "Shape", "children": []}]}


def test_a_line_of_thousand_subclasses_is_cut_and_not_recursed() -> None:
    line = [ClassDefinition(name=f"C{n}", superclass=f"C{n - 1}" if n else None) for n in range(1000)]
    node: object = Mirror(Shelf(*line)).class_tree()

    levels = 0
    while isinstance(node, dict) and node["children"]:
        node, levels = node["children"][0], levels + 1
    assert levels == 30
    assert len(Mirror(Shelf(*line)).superclasses("C999")) == 999


def names(references: list[dict[str, object]]) -> list[str]:
    return [
        f"{each['class_name']}{' class' * bool(each['is_class_method'])}>>{each['method_name']}" for each in references
    ]


def test_implementors_and_senders_are_found_with_their_classes(mirror: Mirror) -> None:
    assert names(mirror.implementors_of("area")) == ["Circle>>area", "Shape>>area"]
    assert names(mirror.senders_of("area")) == ["Circle>>twice", "Shape>>draw"]
    assert names(mirror.senders_of("isNil")) == ["Shape>>draw"]
    assert names(mirror.senders_of("*")) == ["Circle>>area", "Circle>>twice"]
    assert names(mirror.senders_of("initialize")) == ["Shape class>>new"]
    assert names(mirror.search_methods("A", class_name="Shape", mode="Instance")) == ["Shape>>area", "Shape>>draw"]
    assert names(mirror.search_methods("*", limit=1)) == ["Circle>>area"]
    assert mirror.implementors_of("new")[0]["package"] == "Demo"


@pytest.mark.parametrize(
    ("source", "selector", "expected"),
    [
        ("foo ^ x at: 1 put: 2", "at:put:", True),
        ("foo ^ x at: 1 put: 2", "at:", False),
        ("foo ^ x at: (y put: 2)", "at:put:", False),
        ("at: a put: b ^ nil", "at:put:", False),
        ("foo ^ x bar; baz: 3; + 4", "baz:", True),
        ("foo ^ x bar; baz: 3; + 4", "+", True),
        ("foo ^ #(a (bar:)) , #+", "bar:", True),
        ("foo ^ x perform: #zork", "zork", True),
        ("foo 'zork' \"zork\" ^ zork", "zork", False),
        ("foo <primitive: #zork> ^ 1", "zork", True),
        ("foo ^ { [ :x | x zork ] }", "zork", True),
        ("foo ^ x Zork zorks", "zork", False),
        ("foo ^ ( zork", "zork", False),
        ("foo ^ a >= b", "=", False),
        ("foo a := b", "=", False),
        ("foo ^ a=b", "=", True),
        ("foo ^ a>-1", ">", True),
        ("foo ^ a - -1", "-", True),
        ("foo ^ 3-4", "-", True),
        ("foo ^ a inject: 0 into: #=", "=", True),
        ("foo ^ self bar", "self", False),
    ],
)
def test_a_method_mentions_what_it_sends_and_its_symbols(source: str, selector: str, expected: bool) -> None:
    assert mentions(source, selector) is expected


SOURCES = (
    "a ^ x at: 1 put: 2",
    "b ^ #at:put:",
    "c ^ 'at:put:'",
    "d ^ self zork",
    "e ^ )",
    "f ^ #nil",
    "g: at ^ at at: 3",
)


@pytest.mark.parametrize("selector", ["at:put:", "at:", "zork", "at", "nil"])
def test_an_index_says_at_any_time_what_a_search_says(selector: str) -> None:
    index = MentionIndex(SOURCES[:-1])
    expected = [mentions(each, selector) for each in SOURCES]
    while not index.run_slice():
        assert [index.mentions(each, selector) for each in SOURCES] == expected
    assert index.is_complete
    assert [index.mentions(each, selector) for each in SOURCES] == expected


def test_what_an_index_has_read_it_does_not_parse_again(monkeypatch: pytest.MonkeyPatch) -> None:
    index = MentionIndex(SOURCES)
    while not index.run_slice():
        pass

    def fail(source: str) -> object:
        raise AssertionError(source)

    monkeypatch.setattr(references, "parse_method", fail)
    assert [index.mentions(each, "at:put:") for each in SOURCES] == [True, True, *[False] * 5]


def test_the_library_can_be_browsed_whole() -> None:
    definitions = [read_class_file(path.read_text(encoding="utf-8")) for path in sorted(LIBRARY.glob("*.class.st"))]
    mirror = Mirror(Shelf(*definitions))

    assert "Object>>printString" in names(mirror.implementors_of("printString", limit=1000))
    assert "Object>>printOn:" in names(mirror.implementors_of("printOn:", limit=1000))
    assert len(mirror.senders_of("printOn:", limit=3)) == 3
    for name in mirror.list_classes():
        assert mirror.browse_class(name)["class_info"]["name"] == name  # type: ignore[index]  # a dict by contract
