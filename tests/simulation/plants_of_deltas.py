"""Bugs planted in the engine's deltas: what changed in a workspace is written wrong, and missing after a recovery."""

from collections.abc import Iterator, Sequence
from copy import copy
from itertools import pairwise

from attrs import define, fields

from stui_actors.session.snapshot_catalogue import Names
from stui_actors.session.snapshot_definitions import Row
from stui_actors.session.snapshot_delta import Fingerprint, Found, Told, Values
from stui_actors.session.snapshot_known import Known, RememberingWriter
from stui_actors.session.snapshot_prints import Block, Changes, has_entries
from stui_actors.session.snapshot_shapes import Part
from stui_actors.session.snapshot_text import file_among
from stui_actors.session.workspace import Workspace


@define(eq=False)
class WithoutPart(Fingerprint):
    """A delta does not have one of its parts."""

    dropped = ""

    def _roots(self, now: Values, told: Told) -> list[Part]:
        return [part for part in super()._roots(now, told) if part[0] != self.dropped]


class DropsSplices(WithoutPart):
    """What was added to lists and tables, and taken from them, is not told."""

    dropped = "#splices:"


class DropsTexts(WithoutPart):
    """What was changed within a string is not told."""

    dropped = "#texts:"


class MissesEntries(Fingerprint):
    """Another value under a key that was there is not told."""

    def _written(self, now: Values, found: Found, redefined: Row) -> Iterator[str]:
        return super()._written(now, [(block, self._told(block, changes)) for block, changes in found], redefined)

    def _told(self, block: Block, changes: Changes) -> Changes:
        told: Changes = {}
        for index, splices in changes.items():
            is_table = has_entries(block.objects[index])
            kept = [each for each in splices if each.removed != len(each.added)] if is_table else splices
            if kept or not splices:
                told[index] = kept
        return told


class MissesStores(Fingerprint):
    """What instance variables hold since is not told."""

    def _written(self, now: Values, found: Found, redefined: Row) -> Iterator[str]:
        told = [(block, {} if block.kind.getters and not block.is_of_cells else each) for block, each in found]
        return super()._written(now, told, redefined)


class LosesIdentity(Fingerprint):
    """A variable that got an object that another one has is told to hold a copy of it."""

    def _roots(self, now: Values, told: Told) -> list[Part]:
        return [(label, self._copied(value)) for label, value in super()._roots(now, told)]

    def _copied(self, value: object) -> object:
        if not isinstance(value, Names):
            return value
        known = self.known.number
        return Names({name: copy(each) if known(id(each)) > 0 else each for name, each in value.entries.items()})


@define(eq=False)
class KnownTwice(Known):
    """Two new objects of a delta, of one class, get one number: that of the first."""

    def learning(self, graph: RememberingWriter, values: Sequence[object]) -> Iterator[str]:
        yield from super().learning(graph, values)
        for one, other in pairwise(values):
            if one.__class__ is other.__class__:
                file_among(self._later, [(id(other), self.number(id(one)))])


@define(eq=False)
class GivesNumbersTwice(Fingerprint):
    """Deltas may call two objects by one number."""

    def __attrs_post_init__(self) -> None:
        self.known = KnownTwice(*(getattr(self.known, each.name) for each in fields(Known)))


def _comparing(kind: type[Fingerprint]) -> type[Workspace]:
    class WorkspaceWithBug(Workspace):
        """Goes on from each whole text with a fingerprint that has the bug."""

        def _noting(self, slices: Iterator[str | Fingerprint]) -> Iterator[str]:
            yield from super()._noting(slices)
            if self.fingerprint is not None:
                self.fingerprint = kind(*(getattr(self.fingerprint, each.name) for each in fields(Fingerprint)))

    return WorkspaceWithBug


FORGETFUL = {
    "splice dropped": _comparing(DropsSplices),
    "changed string missed": _comparing(DropsTexts),
    "changed entry missed": _comparing(MissesEntries),
    "changed instance missed": _comparing(MissesStores),
    "identity lost": _comparing(LosesIdentity),
    "number given twice": _comparing(GivesNumbersTwice),
}
