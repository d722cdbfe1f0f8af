"""Bugs planted in the journal: how it is written, and how it is read after a crash."""

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from attrs import define, evolve

from stui_actors.errors import SessionCorrupt, SessionNotFound, StuiError
from stui_actors.storage.entries import Entry
from stui_actors.storage.frames import Home, Record
from stui_actors.storage.header import DamagedError, read_header
from stui_actors.storage.journal import Journal, Place
from stui_actors.storage.journaled import JournaledStore
from stui_actors.storage.recovery import Recovery
from stui_actors.storage.store import Generation, Save, SessionKey
from tests.simulation.disk import SimulatedLock
from tests.simulation.process import Parts, ServerProcess

CHANGED_VARIABLES = re.compile(r"(?<=Stui_Changed\{#variables:Stui_Names\{).*?(?=\},#)", re.DOTALL)


class ForgetsDeletions(JournaledStore):
    """Which request had made a session is forgotten when that is deleted."""

    def was_deleted(self, client_id: str, mark: str, since: float) -> bool:
        return False


@define(eq=False)
class SyncsBehind(Journal):
    """A batch is acknowledged once it is written; its sync comes with the next one."""

    is_behind: bool = False

    def append(self, generations: Sequence[tuple[Home, bytes]]) -> list[Place]:
        disk, real = self.tree.disk, self.tree
        if self.is_behind and self._active is not None:
            disk.sync(self._active.descriptor)
        self.tree = evolve(real, disk=_WithoutSync(disk))
        try:
            return super().append(generations)
        finally:
            self.tree, self.is_behind = real, True


class _WithoutSync:
    def __init__(self, disk: object) -> None:
        self.disk = disk

    def __getattr__(self, name: str) -> object:
        return getattr(self.disk, name)

    def sync(self, descriptor: int) -> None:
        """Not now."""


class AcknowledgesEarly(JournaledStore):
    def _journal_of(self, epoch: str) -> Journal:
        return SyncsBehind(self.tree, epoch, self.new_key)


class BelievesAll(Journal):
    """A record is whole if its first line is."""

    def records_in(self, name: str, data: bytes) -> Iterator[Record]:
        return (each if each.header is None else evolve(each, problem="") for each in super().records_in(name, data))


class TakesTornForWhole(JournaledStore):
    """The last record, of which a power cut left a part, is taken for whole."""

    def _journal_of(self, epoch: str) -> Journal:
        return BelievesAll(self.tree, epoch, self.new_key)

    def _own_body_of(self, key: SessionKey, entry: Entry) -> str | None:
        try:
            data = self._journal.read(entry.place)
            return data[read_header(data).size :].decode("utf-8", "replace")
        except (DamagedError, FileNotFoundError):
            return super()._own_body_of(key, entry)


class OverlooksDamage(Recovery):
    """A damaged record is as if it had never been."""

    def _put_aside(self) -> None:
        self._damaged.clear()


class BridgesGaps(JournaledStore):
    """A change that comes after a damaged record is put upon the state before that."""

    def _recovery(self) -> Recovery:
        return OverlooksDamage(self.tree, self._journal, self._entries, self.settings, self.now)

    def _body_of(self, key: SessionKey, entries: Mapping[int, Entry], number: int) -> str | None:
        entry = entries[number]
        if not entry.extends or entry.extends in entries:
            return super()._body_of(key, entries, number)
        before = max((each for each in entries if each < number), default=0)
        own = self._own_body_of(key, entry)
        try:
            base = self._body_of(key, entries, before) if before else super(JournaledStore, self).load(key).body
        except (SessionNotFound, SessionCorrupt):
            return super()._body_of(key, entries, number)
        return None if own is None or base is None else base + own


class KnowsNoneDeleted(Recovery):
    def _deleted(self) -> frozenset[str]:
        return frozenset()


class ReplaysDeleted(JournaledStore):
    """The records of a deleted session are replayed with the others."""

    def _recovery(self) -> Recovery:
        return KnowsNoneDeleted(self.tree, self._journal, self._entries, self.settings, self.now)


class MissesChanges(JournaledStore):
    """A delta does not have the objects that variables hold since."""

    def save_all(self, saves: Sequence[Save]) -> list[Generation | StuiError]:
        return super().save_all([each._replace(body=CHANGED_VARIABLES.sub("", each.text)) for each in saves])


def _stored_by(store: type[JournaledStore]) -> Parts:
    def make(process: ServerProcess) -> JournaledStore:
        return store(
            Path("/data"),
            process.machine.settings.storage,
            disk=process.disk_seen(),
            now=process.wall_clock,
            process_id=lambda: 1000 + process.number,
            new_key=lambda: f"{process.number:016x}",
            new_guard=SimulatedLock,
        )

    return Parts(store=make)


PLANTS_OF_JOURNAL = {
    "creation forgotten": _stored_by(ForgetsDeletions),
    "group commit acknowledged early": _stored_by(AcknowledgesEarly),
    "torn record taken for whole": _stored_by(TakesTornForWhole),
    "gap in the journal passed over": _stored_by(BridgesGaps),
    "changed object missed": _stored_by(MissesChanges),
    "deleted session replayed": _stored_by(ReplaysDeleted),
}
