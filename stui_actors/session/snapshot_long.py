"""Collections too long to be looked at in one step: what each held, in pieces that are compared one by one."""

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from itertools import accumulate
from typing import overload

from attrs import define, field

from stui_actors.aging import age
from stui_actors.session.snapshot_prints import (
    BLOCK,
    MOST_CONTENT,
    PIECE,
    Block,
    Changes,
    Content,
    Everything,
    Kind,
    Splice,
    has_entries,
    is_general,
    same,
    same_entries,
    spliced,
)

SHORT = 512  # elements, of which all from the first to the last that changed are told
AGING = 16_000  # objects, or elements, after which what is known of them is taken for old


@define(eq=False)
class LongBlock(Block):
    """One object whose content is long; its pieces have any length."""

    pieces: list[list[object]] = field(init=False, factory=list)

    def __attrs_post_init__(self) -> None:
        self.columns = []  # what has content has none

    def _now(self) -> Content:
        assert self.kind.content_of is not None, "it is long"
        return self.kind.content_of(self.objects[0])

    @property
    def length(self) -> int:
        """How many elements it held."""
        return sum(map(len, self.pieces))

    @property
    def bytes_held(self) -> int:
        """About how much memory the comparison takes."""
        return 8 * (1 + self.length)

    @property
    def has_outgrown(self) -> bool:
        """False: no content is too long for it."""
        return False

    def taking(self) -> Iterator[None]:
        """Note what it holds now, piece by piece."""
        now = self._now()
        self.pieces = []
        for start in range(0, len(now) or 1, PIECE):
            self.pieces.append(list(now[start : start + PIECE]))
            if start:
                age()
            yield

    def forgetting(self) -> Iterator[None]:
        """Let go of all, in steps; it is of no use then."""
        while self.pieces:
            self.pieces.pop()
            yield

    def changed(self) -> Iterator[set[int]]:
        """Sets with the place of the object, if it holds something else now; empty ones now and then."""
        now = self._now()
        if len(now) != self.length:
            yield {0}
            return
        for _, piece, here in self._aligned(now):
            if not same(piece, here):
                yield {0}
                return
            yield set()

    def _aligned(self, now: Content) -> Iterator[tuple[int, list[object], Content]]:
        """Where each piece starts, what it was, and what stands there now."""
        starts = accumulate(map(len, self.pieces), initial=0)
        return ((start, piece, now[start : start + len(piece)]) for start, piece in zip(starts, self.pieces))  # noqa: B905  # one start more

    def splicing(self, index: int) -> Iterator[Splice | None]:
        """How its content became what it is now: a splice for each SHORT part that differs, one where its length does.

        None now and then; nothing else where it cannot be told so: what has changed are its variables.
        """
        now = self._now()
        if isinstance(self.kind.content_of, Everything) or is_general(now) or is_general(self.pieces[0]):
            return
        is_same = same_entries if has_entries(self.objects[0]) else same
        if len(now) != self.length:
            yield from spliced(Joined(self.pieces), now, is_same)
            return
        for start, piece, here in self._aligned(now):
            if not same(piece, here):
                yield from _splices(start, piece, here, is_same)
            yield None

    def updating(self, changes: Changes) -> Iterator[None]:
        """What it holds now is written, with these splices."""
        for splices in changes.values():
            if not splices or has_entries(self.objects[0]):  # equal entries may be others now
                yield from self.taking()
            else:
                for each in splices:
                    self._replace(each)
                    yield

    def _replace(self, splice: Splice) -> None:
        starts = list(accumulate(map(len, self.pieces), initial=0))
        end = splice.start + splice.removed
        first = min(bisect_right(starts, splice.start), len(self.pieces)) - 1
        last = max(bisect_left(starts, end), first + 1)
        piece = self.pieces[first]  # in its place: a new list is young, and looked at by the next collections
        piece[splice.start - starts[first] :] = [*splice.added, *self.pieces[last - 1][end - starts[last - 1] :]]
        del self.pieces[first + 1 : last]
        if len(piece) > 2 * PIECE:  # not sooner: else each element put before others made a piece
            self.pieces[first : first + 1] = [piece[at : at + PIECE] for at in range(0, len(piece), PIECE)]


def _splices(
    start: int, before: Content, now: Content, is_same: Callable[[Content, Content], bool]
) -> Iterator[Splice]:
    """A splice for each part that differs of what stands at ``start``."""
    for at in range(0, len(before), SHORT):
        for each in spliced(before[at : at + SHORT], now[at : at + SHORT], is_same):
            if each is not None:
                yield Splice(start + at + each.start, each.removed, each.added)


class Joined(Sequence[object]):
    """Pieces as one content."""

    def __init__(self, pieces: list[list[object]]) -> None:
        self.pieces = pieces
        self.starts = list(accumulate(map(len, pieces), initial=0))

    def __len__(self) -> int:
        return self.starts[-1]

    @overload
    def __getitem__(self, place: int) -> object: ...
    @overload
    def __getitem__(self, place: slice) -> Sequence[object]: ...
    def __getitem__(self, place: int | slice) -> object:
        if isinstance(place, int):
            return self[place : place + 1][0]
        start, stop, _ = place.indices(len(self))
        found: list[object] = []
        for number in range(bisect_right(self.starts, start) - 1, bisect_left(self.starts, stop)):
            at = self.starts[number]
            found += self.pieces[number][max(start - at, 0) : stop - at]
        return found


def blocks_of(kind: Kind, values: list[object]) -> Iterator[Block | None]:
    """``values`` in blocks that can be compared in short steps; None now and then."""
    taken: list[object] = []
    content = 0
    for done, value in enumerate(values, 1):
        if done % AGING == 0:
            age()
            yield None
        length = 0 if kind.content_of is None else len(kind.content_of(value))
        if length > MOST_CONTENT:
            long = LongBlock(kind, [value])
            yield from long.taking()
            yield long
            continue
        if taken and (len(taken) == BLOCK or content + length > MOST_CONTENT):
            yield Block(kind, taken)
            taken, content = [], 0
        taken.append(value)
        content += length
    if taken:
        yield Block(kind, taken)
