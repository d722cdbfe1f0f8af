"""What is written is read back the same: values, sharing, cycles."""

from fractions import Fraction
from pathlib import Path

import pytest
from attrs import frozen
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors import ston
from stui_actors.ston import Association, ScaledDecimal, StonKey, StonObject, StonSymbol

SAME = settings(derandomize=True, deadline=None)  # the same examples in every run
PHARO_FILES = Path(__file__).parents[3] / "shared" / "ston"

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False)
    | st.text()
    | st.builds(StonSymbol, st.text())
    | st.fractions()
    | st.builds(ScaledDecimal, st.fractions(), st.integers(0, 50))
)
plain_keys = st.none() | st.integers() | st.text() | st.builds(StonSymbol, st.text())
keys = plain_keys | st.builds(StonKey, st.booleans() | st.floats(allow_nan=False) | st.fractions())
class_names = st.from_regex(r"[A-Z][A-Za-z0-9_]{0,9}", fullmatch=True).filter(
    lambda name: name not in ("Float", "Association")
)


def containers(inner: st.SearchStrategy[object]) -> st.SearchStrategy[object]:
    arrays, entries = st.lists(inner, max_size=4), st.dictionaries(keys, inner, max_size=4)
    return (
        arrays | entries | st.builds(StonObject, class_names, arrays | entries) | st.builds(Association, inner, inner)
    )


values = st.recursive(scalars, containers, max_leaves=30)


@SAME
@given(st.dictionaries(st.text() | plain_keys, scalars | st.just(float("nan")) | st.lists(st.none(), max_size=1)))
def test_a_map_of_scalars_is_written_as_it_would_be_within_something_else(entries: dict[object, object]) -> None:
    assert ston.write([entries]) == f"[{ston.write(entries)}]"
    assert ston.write([entries], pretty=True).replace("\t", "").replace("\n", "")[1:-1].strip() == (
        ston.write(entries, pretty=True).replace("\t", "").replace("\n", "")
    )


def shape(value: object) -> object:
    """``value`` as plain tuples that compare by content; what occurs again becomes the number of its first place."""
    places: dict[int, int] = {}

    def walk(item: object) -> object:
        if isinstance(item, (list, dict, StonObject, Association)):
            if id(item) in places:
                return ("again", places[id(item)])
            places[id(item)] = len(places)
        match item:
            case list():
                return ("list", *map(walk, item))
            case dict():
                return ("dict", *((walk(key), walk(each)) for key, each in item.items()))
            case StonObject():
                content = item.content
                inner = (
                    map(walk, content)
                    if isinstance(content, list)
                    else ((walk(k), walk(v)) for k, v in content.items())
                )
                return (item.class_name, type(content).__name__, *inner)
            case Association():
                return ("association", walk(item.key), walk(item.value))
            case StonKey():
                return ("key", walk(item.value))
        return (type(item).__name__, repr(item))

    return walk(value)


@frozen
class Refused:
    position: int


def read_or_position(text: str) -> object:
    try:
        return ston.read(text)
    except ston.StonError as error:
        return Refused(error.position)


@SAME
@given(values)
def test_every_value_is_read_back_as_it_was_written(value: object) -> None:
    text = ston.write(value)
    assert shape(ston.read(text)) == shape(value)
    assert ston.write(ston.read(text)) == text


@SAME
@given(values)
def test_pretty_text_reads_as_the_compact_one(value: object) -> None:
    assert ston.write(ston.read(ston.write(value, pretty=True))) == ston.write(value)


@SAME
@given(values)
def test_compact_text_is_one_line_that_can_be_encoded(value: object) -> None:
    text = ston.write(value)
    assert not set("\n\r\0") & set(text)
    text.encode()


@SAME
@given(
    st.lists(
        st.tuples(st.sampled_from(["list", "dict", "object", "association"]), st.lists(st.integers(0, 9), max_size=3)),
        min_size=1,
        max_size=10,
    )
)
def test_any_graph_keeps_its_sharing_and_its_cycles(plan: list[tuple[str, list[int]]]) -> None:
    made = {"list": list, "dict": dict, "object": lambda: StonObject("Node", []), "association": Association}
    nodes = [made[kind]() for kind, _ in plan]
    for node, (_, links) in zip(nodes, plan, strict=True):
        targets = [nodes[link % len(nodes)] for link in links]
        match node:
            case list():
                node.extend(targets)
            case dict():
                node.update(enumerate(targets))
            case StonObject():
                node.content = targets
            case Association():
                node.key, node.value = len(targets), targets[0] if targets else None
    assert shape(ston.read(ston.write(nodes))) == shape(nodes)


@SAME
@given(st.text(alphabet="[]{}:,'\"\\#@-/*>1aA e\n"))
def test_any_text_is_read_or_refused_and_nothing_else(text: str) -> None:
    value = read_or_position(text)
    if isinstance(value, Refused):
        assert 1 <= value.position <= len(text) + 1
    else:
        assert shape(ston.read(ston.write(value))) == shape(value)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1e16, "1.0e+16"),
        (Fraction(2), "2/1"),
        (ScaledDecimal(Fraction(1, 3), 2), "1/3s2"),
        (Association(StonSymbol("a"), "b"), "#a:'b'"),
        (StonSymbol("at:put:"), "#'at:put:'"),
        (StonSymbol(""), "#''"),
        ("\x00\x7f\ud800", "'\\u0000\\u007F\\uD800'"),
        ([float("inf"), float("-inf")], "[Float[#infinity],Float[#negativeInfinity]]"),
        (StonObject("Point", {StonSymbol("x"): 1}), "Point{#x:1}"),
    ],
)
def test_a_value_is_spelt_as_pharo_reads_it(value: object, text: str) -> None:
    assert ston.write(value) == text


def test_an_association_that_is_a_key_is_written_as_an_object() -> None:
    assert ston.write({Association(1, 2): 3}) == "{Association{#key:1,#value:2}:3}"


def test_pretty_text_has_a_part_on_each_line() -> None:
    assert ston.write(StonObject("Foo", {StonSymbol("a"): [1, 2], StonSymbol("b"): []}), pretty=True) == (
        "Foo {\n\t#a : [\n\t\t1,\n\t\t2\n\t],\n\t#b : [ ]\n}"
    )


def test_what_has_no_ston_form_is_refused() -> None:
    with pytest.raises(TypeError, match="no STON for a set"):
        ston.write([1, set()])


def test_an_integer_of_any_size_comes_back() -> None:
    value = -(7**300_000)
    assert ston.read(ston.write(value)) == value


def test_a_nest_of_thirty_thousand_is_written_and_read() -> None:
    value: object = []
    for _ in range(30_000):
        value = [value]
    assert ston.write(ston.read(ston.write(value))) == ston.write(value)


@pytest.mark.skipif(not PHARO_FILES.is_dir(), reason="the folder with Pharo's STON files is not there")
def test_pharos_own_files_come_back_whole() -> None:
    files = sorted(PHARO_FILES.glob("*.ston"))
    assert files
    for file in files:
        value = ston.read(file.read_text())
        assert isinstance(value, StonObject), file.name
        for pretty in (False, True):
            assert shape(ston.read(ston.write(value, pretty=pretty))) == shape(value), file.name


@pytest.mark.parametrize("key", ["name", "it's", "", "two\nlines", "k" * 32, "k" * 33, "\\" * 40])
def test_a_key_of_any_length_and_spelling_is_written_as_it_is_read(key):
    for _ in range(2):  # the second time from memory, where the key is a short one
        assert ston.read(ston.write({key: [{key: 1}]})) == {key: [{key: 1}]}
