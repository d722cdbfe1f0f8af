"""Bugs, planted from outside: a part of the server is swapped for one that is wrong. The simulation must find each."""

import re
from collections.abc import Callable
from itertools import count
from pathlib import Path

import msgspec
from attrs import evolve

from stui_actors.actors.storage import StorageActor, Work
from stui_actors.config import Settings
from stui_actors.errors import SessionNotFound
from stui_actors.protocol.messages import Reply, Request
from stui_actors.protocol.refusal import ReplyTo
from stui_actors.server import Server
from stui_actors.session.workspace import Workspace
from stui_actors.storage.disk import Disk
from stui_actors.storage.files import FileStore, as_storage_error
from stui_actors.storage.header import encode
from stui_actors.storage.names import generation_name
from stui_actors.storage.shelf import Shelf
from stui_actors.storage.store import Generation, Loaded, Save, SessionKey, StoredSession
from tests.doubles.disk_nodes import File
from tests.simulation.plan import Plan, flipped_plan_of, killed_plan_of
from tests.simulation.plants_of_deltas import FORGETFUL
from tests.simulation.plants_of_journal import PLANTS_OF_JOURNAL
from tests.simulation.process import Parts, ServerOfProcess, ServerProcess

CREATED = 1_767_268_800.0  # the time in the name of a file that is written again and again


class DiskWithBug:
    """Passes every call on; a planted bug overrides some."""

    def __init__(self, disk: Disk) -> None:
        self.disk = disk

    def __getattr__(self, name: str) -> object:
        return getattr(self.disk, name)

    def is_file(self, descriptor: int) -> bool:
        return isinstance(self.disk.open_files[descriptor].node, File)


class WithoutFileSync(DiskWithBug):
    def sync(self, descriptor: int) -> None:
        if not self.is_file(descriptor):
            self.disk.sync(descriptor)


class WithoutFolderSync(DiskWithBug):
    def sync(self, descriptor: int) -> None:
        if self.is_file(descriptor):
            self.disk.sync(descriptor)


class WithoutSyncIn(DiskWithBug):
    """What is opened under ``place`` is not synced."""

    place = ""

    def __init__(self, disk: Disk) -> None:
        super().__init__(disk)
        self.unsynced: set[int] = set()

    def create(self, path: str) -> int:
        return self._note(path, self.disk.create(path))

    def open_folder(self, path: str) -> int:
        return self._note(f"{path}/", self.disk.open_folder(path))

    def _note(self, path: str, descriptor: int) -> int:
        if re.search(self.place, path):
            self.unsynced.add(descriptor)
        else:
            self.unsynced.discard(descriptor)
        return descriptor

    def sync(self, descriptor: int) -> None:
        if descriptor not in self.unsynced:
            self.disk.sync(descriptor)


class WithoutJournalSync(WithoutSyncIn):
    """A change is acknowledged before the journal is synced."""

    place = r"/\.journal/."


class WithoutJournalFolderSync(WithoutSyncIn):
    """The journal's folder is not synced when a file of it was made."""

    place = r"/\.journal/$"


class WithoutCheckpointSync(WithoutSyncIn):
    """The journal is trimmed before the files that take its place are synced."""

    place = r"/\.incoming/."


class SyncsAgain(DiskWithBug):
    """After a failed fsync the same file is synced once more, and that is believed."""

    def sync(self, descriptor: int) -> None:
        try:
            self.disk.sync(descriptor)
        except OSError:
            self.disk.sync(descriptor)


class UnlinksFirst(DiskWithBug):
    """The older generations are gone before the folder that has the newest is synced."""

    def link(self, source: str, target: str) -> None:
        self.disk.link(source, target)
        folder, _, newest = target.rpartition("/")
        for name in self.disk.list_folder(folder):
            if name != newest:
                self.disk.unlink(f"{folder}/{name}")


class OverwritesInPlace(FileStore):
    """There is one file per session, written anew each time."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        with as_storage_error("The session cannot be saved"):
            return self._overwrite(key, body, Generation(1, saved_at, 0, reason, self.epoch, version))

    def _overwrite(self, key: SessionKey, body: str, generation: Generation) -> Generation:
        client, session = self.tree.home(key)
        for names in ((client,), (client, session)):
            self.tree.make(*names)
            self.tree.sync(*names[:-1])
        path = self.tree.path(client, session, generation_name(client, 1, CREATED).text)
        descriptor = self.disk.open_lock(path)
        self.disk.truncate(descriptor)
        self.tree.write_all(descriptor, encode(key, generation, body, 1 << 20))
        self.disk.sync(descriptor)
        self.disk.close(descriptor)
        self.tree.sync(client, session)
        return generation


class ForgetsExecuted(FileStore):
    """The replies are not saved beside the state."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        bare = re.sub(r"'executed':\[.*?\],'forgotten'", "'executed':[],'forgotten'", body, count=1, flags=re.S)
        assert bare.count("'executed':[]") == 1
        return super().save(key, bare, version=version, reason=reason, saved_at=saved_at)


class ReusesNumbers(FileStore):
    """The number of a session's last save is given again after a restart."""

    def _last_number(self, key: SessionKey, shelf: Shelf) -> int:
        is_known = shelf.last is not None
        last = super()._last_number(key, shelf)
        if not is_known and last:
            shelf.last = last = last - 1
        return last


class SaysNothing(FileStore):
    """What was passed over is not told."""

    def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        return evolve(super().load(key, number), recovered_from=())


class SkipsIntervals(FileStore):
    """What may lag is never saved of its own."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        if reason == "interval":
            return Generation(1, saved_at, len(body), reason, self.epoch, version)
        return super().save(key, body, version=version, reason=reason, saved_at=saved_at)


class SkipsWakes(FileStore):
    """That a session came back into memory, and tells events again, is never saved of its own."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        if reason == "wake":
            return Generation(1, saved_at, len(body), reason, self.epoch, version)
        return super().save(key, body, version=version, reason=reason, saved_at=saved_at)


class OpensAgain(FileStore):
    """That a session was closed is not saved."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        opened = body.replace("'closed':true", "'closed':false", 1)
        return super().save(key, opened, version=version, reason=reason, saved_at=saved_at)


class StorageWithBug:
    """Passes every call on; a planted bug overrides some."""

    def __init__(self, storage: StorageActor) -> None:
        self.storage = storage

    def __getattr__(self, name: str) -> object:
        return getattr(self.storage, name)


class AnswersEarly(StorageWithBug):
    """A save is said to be done once it waits for its turn."""

    keeps_deltas = False

    async def save(self, key: SessionKey, body: str, *, version: int, reason: str, extends: int = 0) -> Generation:
        storage, now = self.storage, self.storage.now()
        generation = Generation(1, now, len(body), reason, "", version)
        storage._queue(key, Work(state=Save(key, body, version, reason, now, extends)))
        storage.index.put(StoredSession(key, generation))
        return generation


class LooksAtNobody(StorageWithBug):
    """A session is found by its id, whoever asks."""

    async def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        try:
            return await self.storage.load(key, number)
        except SessionNotFound:
            owner = self.storage.index.owner_of(key.session_id)
            if owner is None:
                raise
            loaded = await self.storage.load(SessionKey(owner, key.session_id), number)
            return evolve(loaded, body=loaded.body.replace(f"'client_id':'{owner}'", f"'client_id':'{key.client_id}'"))


class BelievesTheClock(StorageWithBug):
    """A session expires by the time of day, whoever set it."""

    def trusts_clock(self) -> bool:
        return True


class ForgetsTheWord(FileStore):
    """That it fell back is told by the first load only, and not saved."""

    def save(self, key: SessionKey, body: str, *, version: int, reason: str, saved_at: float) -> Generation:
        bare = re.sub(r"'recovered_from':\[.*?\],'history_next'", "'recovered_from':[],'history_next'", body, count=1)
        return super().save(key, bare, version=version, reason=reason, saved_at=saved_at)


class BelievesAnyEpoch:
    """What an older attachment sends is done."""

    def __init__(self, server: Server) -> None:
        self.codec = server.codec

    def __getattr__(self, name: str) -> object:
        return getattr(self.codec, name)

    def decode(self, payload: bytes) -> Request:
        return msgspec.structs.replace(self.codec.decode(payload), session_epoch=None)


class HidesLosses:
    """That events are gone is not told."""

    def __init__(self, server: Server) -> None:
        self.codec = server.services.codec

    def __getattr__(self, name: str) -> object:
        return getattr(self.codec, name)

    def encode_reply(self, to: Request | ReplyTo, reply: Reply, *, client_id: str | None, now: float) -> bytes:
        told = {key: value for key, value in (reply.result or {}).items() if key != "events_lost"}
        result = None if reply.result is None else told
        return self.codec.encode_reply(to, msgspec.structs.replace(reply, result=result), client_id=client_id, now=now)


def _stored_by(store: type[FileStore]) -> Parts:
    def make(process: ServerProcess) -> FileStore:
        return store(
            Path("/data"),
            process.machine.settings.storage,
            disk=process.disk_seen(),
            now=process.wall_clock,
            process_id=lambda: 1000 + process.number,
        )

    return Parts(store=make)


def _serving(change: Callable[[Server], None]) -> Parts:
    class ServerWithBug(ServerOfProcess):
        def __attrs_post_init__(self) -> None:
            super().__attrs_post_init__()
            change(self)

    return Parts(server=ServerWithBug)


def _with_storage(storage: type[StorageWithBug]) -> Parts:
    def change(server: Server) -> None:
        server.services.storage = storage(server.storage)

    return _serving(change)


def _with_any_epoch(server: Server) -> None:
    server.services.codec = BelievesAnyEpoch(server)


def _with_hidden_losses(server: Server) -> None:
    server.services.codec = HidesLosses(server)


def _with_counted_epochs(server: Server) -> None:
    """Attachments are numbered from 1 at each start."""
    numbers = count(1)
    server.services.new_epoch = lambda: f"{next(numbers):016x}"


def _with_workspace(workspace: type[Workspace]) -> Parts:
    def change(server: Server) -> None:
        server.services.make_workspace = workspace

    return _serving(change)


def _window_of_one(settings: Settings) -> Settings:
    return evolve(settings, session=evolve(settings.session, dedup_window=1))


PLANTS = {
    "no file fsync": Parts(disk=WithoutFileSync),
    "no folder fsync": Parts(disk=WithoutFolderSync),
    "overwrite in place": _stored_by(OverwritesInPlace),
    "early acknowledgement": _with_storage(AnswersEarly),
    "dedupe not durable": _stored_by(ForgetsExecuted),
    "dedupe window of one": Parts(settings=_window_of_one),
    "generation reuse": _stored_by(ReusesNumbers),
    "retry of a failed fsync": Parts(disk=SyncsAgain),
    "unlink before folder fsync": Parts(store=_stored_by(FileStore).store, disk=UnlinksFirst),
    "missing client check": _with_storage(LooksAtNobody),
    "fallback unsaid": _stored_by(SaysNothing),
    "clock believed": _with_storage(BelievesTheClock),
    "word of a fallback not saved": _stored_by(ForgetsTheWord),
    "relaxed never saved": _stored_by(SkipsIntervals),
    "close not saved": _stored_by(OpensAgain),
    "journal not synced": Parts(disk=WithoutJournalSync),
    "journal's folder not synced": Parts(disk=WithoutJournalFolderSync),
    "journal trimmed too early": Parts(disk=WithoutCheckpointSync),
    "stale epoch accepted": _serving(_with_any_epoch),
    "event number given again": _stored_by(SkipsWakes),
    "lost events unsaid": _serving(_with_hidden_losses),
    "epochs given again": _serving(_with_counted_epochs),
    **PLANTS_OF_JOURNAL,
    **{bug: _with_workspace(workspace) for bug, workspace in FORGETFUL.items()},
}
PLANS: dict[str, Callable[[int], Plan]] = {  # of those that the plans of all seeds find too seldom
    "word of a fallback not saved": flipped_plan_of,
    "event number given again": killed_plan_of,
    "deleted session replayed": killed_plan_of,
}
