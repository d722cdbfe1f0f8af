"""Long collections are compared, told and noted in short steps, and what is told of them is what changed."""

import gc
from collections.abc import Iterable, Iterator
from itertools import chain

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.config import EvaluationSettings
from stui_actors.session import snapshot_long
from stui_actors.session.snapshot_long import Joined, LongBlock, blocks_of
from stui_actors.session.snapshot_prints import MOST_CONTENT, PIECE, Block, Content, Kind, Splice
from stui_actors.session.workspace import Workspace, Writing
from stui_actors.smalltalk.library import Library
from tests.session.chain import Chain

MOST_YOUNG = 6 * snapshot_long.AGING  # elements of lists that were made lately
Edit = tuple[int, int, list[int]]


class Watched(list[object]):
    """Knows the longest part that was asked for."""

    longest = 0

    def __getitem__(self, place: object) -> object:  # type: ignore[override]  # as the list does
        found = super().__getitem__(place)  # type: ignore[index]
        self.longest = max(self.longest, len(found) if isinstance(place, slice) else 1)  # type: ignore[arg-type]
        return found


@pytest.fixture(scope="module")
def library() -> Library:
    return Library()


@pytest.fixture
def chained(library: Library) -> Chain:
    return Chain(library)


def content_of(value: object) -> Content:
    assert isinstance(value, list)
    return value


KIND = Kind(list, content_of=content_of)


def long_block(value: list[object]) -> LongBlock:
    block = LongBlock(KIND, [value])
    for _ in block.taking():
        pass
    return block


def changes(block: LongBlock) -> list[Splice] | None:
    """What is told of a block's object, and noted; None where nothing changed."""
    if not any(places for places in block.changed()):
        return None
    splices = [each for each in block.splicing(0) if each is not None]
    for _ in block.updating({0: splices}):
        pass
    return splices


def edited(before: list[object], splices: Iterable[Splice]) -> list[object]:
    after = before.copy()
    for each in splices:
        after[each.start : each.start + each.removed] = each.added
    return after


@settings(max_examples=40, deadline=None)
@given(
    st.integers(0, 40),
    st.lists(st.tuples(st.integers(0, 40), st.integers(0, 9), st.lists(st.integers(0, 3), max_size=12))),
)
def test_splices_of_a_long_list_lead_from_what_it_was_to_what_it_is(length: int, edits: list[Edit]) -> None:
    with pytest.MonkeyPatch.context() as shorter:
        shorter.setattr(snapshot_long, "PIECE", 4)
        shorter.setattr(snapshot_long, "SHORT", 3)
        value: list[object] = list(range(length))
        block = long_block(value)
        for start, removed, added in edits:
            before = value.copy()
            value[start : start + removed] = added

            splices = changes(block)

            assert edited(before, splices or []) == value
            assert (splices is None) == (before == value)
            assert list(chain.from_iterable(block.pieces)) == value
            assert changes(block) is None
            assert block.length == len(value)


@pytest.mark.parametrize("place", [0, 5 * PIECE, 10 * PIECE])
def test_no_step_looks_at_more_than_a_piece(place: int) -> None:
    value = Watched(range(10 * PIECE + 1))
    block = long_block(value)
    value[place] = None

    told = [each for each in changes(block) or () if each.removed or each.added]
    assert told == [Splice(place, 1, [None])]
    assert value.longest <= PIECE


@given(st.lists(st.lists(st.integers(), max_size=3), max_size=5), st.integers(0, 16), st.integers(0, 16))
def test_joined_pieces_are_cut_as_one_list(pieces: list[list[object]], start: int, stop: int) -> None:
    whole = list(chain.from_iterable(pieces))
    joined = Joined(pieces)

    assert joined[start:stop] == whole[start:stop]
    assert [*joined] == whole


def test_changes_far_apart_in_a_long_collection_are_told_alone(chained: Chain) -> None:
    whole = chained.run("x := (1 to: 40000) collect: [ :n | n ]. y := (1 to: 20000) asOrderedCollection")

    delta = chained.run("x at: 1 put: 7. x at: 20000 put: 8. x at: 40000 put: x. y at: 1 put: 0; add: 4; at: 2 put: 0")

    assert "@" in delta
    assert len(delta) < len(whole) / 2
    assert len(chained.run("x at: 1 put: 3. x at: 40000 put: 3. y at: 1 put: 1. y at: 20000 put: 9")) < 300


def test_a_collection_that_grows_long_is_compared_in_pieces_from_then_on(chained: Chain) -> None:
    chained.run("x := OrderedCollection new. d := IdentityDictionary new")
    chained.run("1 to: 17000 do: [ :n | x add: n. d at: n put: n ]")
    chained.run("x at: 3 put: nil. d at: 9 put: nil")
    chained.run("x add: 1")

    assert chained.fingerprint is not None
    blocks = chained.fingerprint.blocks
    assert sum(isinstance(each, LongBlock) for each in blocks) == 2
    assert not any(each.has_outgrown for each in blocks)


def test_a_long_collection_stands_alone_in_its_block() -> None:
    values: list[object] = [[1], list(range(MOST_CONTENT + 1)), [2]]

    blocks = [each for each in blocks_of(KIND, values) if each is not None]

    assert sorted((type(each).__name__, len(each.objects)) for each in blocks) == [("Block", 2), ("LongBlock", 1)]
    assert isinstance(blocks[0], Block)


def young_elements() -> int:
    """How much is held by lists that the next collections look at."""
    return sum(len(each) for age in (0, 1) for each in gc.get_objects(generation=age) if type(each) is list)


@pytest.fixture
def _no_collections() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


@pytest.mark.usefixtures("_no_collections")
def test_what_is_noted_of_many_objects_grows_old_while_it_is_little(library: Library) -> None:
    workspace = Workspace("session", library, EvaluationSettings(), "1")
    workspace.image.evaluate("x := (1 to: 50000) collect: [ :n | n @ n ]")
    writing = workspace.remembered_writing({}, 1000)
    gc.collect()

    most = max(young_elements() for turn in turns(writing) if turn % 100 == 0)

    assert workspace.fingerprint is not None
    assert most < MOST_YOUNG


def turns(writing: Writing) -> Iterator[int]:
    turn = 0
    while not writing.run_slice():
        yield turn
        turn += 1


def test_what_was_known_of_a_workspace_goes_in_short_turns(library: Library) -> None:
    workspace = Workspace("session", library, EvaluationSettings(), "1")
    workspace.image.evaluate("x := (1 to: 20000) collect: [ :n | n @ n ]")
    list(turns(workspace.remembered_writing({}, 1000)))
    assert workspace.fingerprint is not None
    blocks = workspace.fingerprint.blocks
    count = len(blocks)

    assert len(list(workspace.forgetting_written())) >= count > 20
    assert workspace.fingerprint is None
    assert not blocks
