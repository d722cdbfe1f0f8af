import pytest

from stui_actors import ston
from stui_actors.errors import SessionCorrupt
from stui_actors.session.snapshot_reading import GraphReader
from stui_actors.session.snapshot_scalars import AT_ONCE
from stui_actors.session.snapshot_shapes import (
    Stub,
)
from stui_actors.session.snapshot_text import (
    LINE,
    LONG,
    RECENT,
    RUN,
    SLICE,
)
from stui_actors.ston import StonObject, StonSymbol
from tests.session.graph_world import Pair, Table, Words, read, same_graph, shapes, write


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ([1, None, True, "at:put:", 2.5, "two words"], "[[1,nil,true,#at:put:,2.5,#'two words']]"),
        (Pair(1, None), "[Pair{#left:1}]"),
        (Pair(None, None), "[Pair{}]"),
        (Words("it's\n"), "['it\\'s\\n']"),
        (bytearray(b"\x00\xff"), "[ByteArray['00ff']]"),
        (Table([(1, None), ("a", [2])]), "[{1:nil,#a:[2]}]"),
        ([float("inf"), []], "[[Float[#infinity],[]]]"),
    ],
)
def test_ordinary_objects_are_plain_ston(value: object, text: str) -> None:
    written = write(value).replace("\n", "")

    assert written == text.replace("#at:put:", "#'at:put:'")


def test_pharos_numbering_leads_back_to_what_was_meant() -> None:
    inner = Pair(1, [])
    value = [Words("alone"), inner, bytearray(b"x"), inner, inner.right]

    read_by_pharo = ston.read(write(value))

    assert isinstance(read_by_pharo, list)
    alone, pair, _, again, empty = read_by_pharo[0]
    assert alone == "alone"
    assert isinstance(pair, StonObject)
    assert pair is again
    assert pair.content == {StonSymbol("left"): 1, StonSymbol("right"): empty}


def test_strings_keep_their_identity() -> None:
    shared, alike = Words("abc"), Words("abc")

    one, two, three = read(write([shared, shared, alike]))

    assert one is two
    assert one is not three
    assert one.text == three.text == "abc"


def test_references_stay_right_when_a_string_before_them_turns_out_to_be_shared() -> None:
    shared, pair = Words("abc"), Pair()
    value = [Words("x"), shared, pair, Words("y"), pair, float("nan"), pair, shared, [pair]]

    assert same_graph(value, read(write(value)))


def test_cycles_come_back_as_cycles() -> None:
    ring = Pair()
    ring.left, ring.right = ring, [ring]

    again = read(write(ring))

    assert again.left is again
    assert again.right[0] is again


def test_a_list_of_twenty_thousand_links_is_written_and_read_without_recursion() -> None:
    chain = None
    for number in range(20_000):
        chain = Pair(number, chain)

    slices: list[str] = []
    again, count = read(write(chain, slices)), 0
    assert len(slices) > 3 * 20_000 // SLICE  # two parts and the end of each link
    while again is not None:
        again, count = again.right, count + 1
    assert count == 20_000


def test_what_is_met_again_after_very_many_others_is_known() -> None:
    words = [Words(str(number)) for number in range(2 * RECENT)]
    pairs = [Pair(each, number) for number, each in enumerate(words)]
    value = [pairs, words[::3], pairs[::-1]]

    first, some, back = read(write(value))

    assert all(one is other for one, other in zip(first[::-1], back, strict=True))
    assert all(each is first[3 * number].left for number, each in enumerate(some))
    assert [(each.left.text, each.right) for each in first] == [(str(n), n) for n in range(2 * RECENT)]


def test_the_writer_lets_go_of_many_objects_piece_by_piece() -> None:
    slices: list[str] = []

    write([Pair() for _ in range(3 * RECENT)], slices)

    last = max(number for number, text in enumerate(slices) if text)
    assert len(slices) - last > RECENT // SLICE


def test_the_writer_pauses_between_slices_and_the_reader_too() -> None:
    slices: list[str] = []
    text = write([Pair(number) for number in range(20_000)], slices)
    reader = GraphReader(lambda opening: shapes([])[opening], Words)

    assert slices.count("") > 20
    assert max(map(len, slices)) < 20_000
    assert sum(1 for _ in reader.slices(text)) > 10


def test_what_has_no_shape_becomes_a_stub_that_is_listed() -> None:
    lost: list[str] = []

    again = read(write([Pair(object(), Stub("a running Process")), 1]), lost)

    assert again[0].left is None
    assert lost == ["a object", "a running Process"]


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, AT_ONCE + 1, 3 * SLICE])
@pytest.mark.parametrize(
    "odd", [7, None, True, "at:", 2.5, float("-inf"), 10**5000, -(10**18)], ids=lambda odd: type(odd).__name__
)
def test_a_list_of_numbers_is_written_alike_whatever_is_among_them(count: int, odd: object) -> None:
    again = Pair()
    numbers: list[object] = [*range(count), odd, odd]

    text = write([numbers, again, again, Table([(1, odd), (odd, 2)])])

    first, one, other, entries = read(text)
    assert first == numbers
    assert one is other
    assert entries.entries == [(1, odd), (odd, 2)]
    written = ",".join(map(str, range(count)))
    assert text.replace("\n", "").startswith(f"[[[{written}{',' if count else ''}")


def test_the_same_graph_is_written_alike_each_time() -> None:
    words = Words("abc")
    value = [[words, Pair(number, words), Words(str(number)), float("nan")] for number in range(SLICE)]

    assert write(value) == write(value)


def test_lines_stay_short_where_objects_are_written_whole() -> None:
    value = [[10**30 + number] * AT_ONCE for number in range(10 * LINE)]

    assert max(map(len, write(value).splitlines())) < 2 * LONG


def test_strings_shared_in_any_order_are_numbered_in_theirs() -> None:
    words = [Words(str(number)) for number in range(3 * RUN)]
    mixed = [words[number * 7919 % len(words)] for number in range(len(words))]

    pair = Pair(1, [])

    first, second, one, other = read(write([words, mixed, pair, pair]))

    assert [each.text for each in first] == [str(number) for number in range(3 * RUN)]
    assert all(each is first[number * 7919 % len(first)] for number, each in enumerate(second))
    assert one is other
    assert one.left == 1


def test_integers_beyond_pythons_limit_are_written_and_read() -> None:
    value = [10**20_000, -(10**20_000) - 7, 10**18, -(10**18)]

    assert read(write(value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[",
        "]",
        "[[1]",
        "[1]]",
        "[1] [2]",
        "[1}",
        "[Zork{}]",
        "[@0]",
        "[@2]",
        "[@99999999999999999999]",
        "[zork]",
        "[Pair{#left}]",
        "[Pair{#zork:1}]",
        "[Pair{1:1}]",
        "[ByteArray['zz']]",
        "[ByteArray[1]]",
        "[ByteArray[]]",
        "[Float[#zork]]",
        "['abc]",
        "[#]",
        "[1e999]",
        "[?]",
        "[__import__('os')]",
        "[Stui_String[]]",
        "[Stui_Stub[1,2]]",
        "[{1}]",
        "['\\q']",
    ],
)
def test_a_tampered_snapshot_is_refused(text: str) -> None:
    with pytest.raises(SessionCorrupt):
        read(text)
