"""The stored sessions of one client: made, loaded, saved, listed. The only way from an actor to the storage actor."""

import re
from contextlib import suppress
from math import inf

import trio
from attrs import define, evolve, field

from stui_actors.actors.holding import Holding
from stui_actors.actors.job import Job
from stui_actors.actors.messages import Services
from stui_actors.errors import (
    InvalidRequest,
    ResourceExhausted,
    SessionConflict,
    SessionCorrupt,
    SessionExpired,
    SessionLimitExceeded,
    SessionNotFound,
    StuiError,
)
from stui_actors.logs import log
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time
from stui_actors.session.delta import Changes, Written, can_be_told, change_line, delta_text, text_after, text_read
from stui_actors.session.events import SEQUENCE_GAP
from stui_actors.session.executed import ExecutedRequests
from stui_actors.session.facts import StoredFacts, facts_in, facts_of
from stui_actors.session.record import read_record, restore, write_record
from stui_actors.session.session import NOT_FOUND, Durability, Session, new_session
from stui_actors.session.workspace import Workspace, Writing
from stui_actors.storage.store import Loaded, SessionKey, StoredSession

ANONYMOUS_SESSION = "anonymous"  # the one session of an anonymous client; never stored
SESSION_ID = re.compile(r"[A-Za-z0-9_-]{16,64}")
LISTED = 64  # sessions between two checkpoints: half a millisecond
MAX_WORDS = 10  # about damaged generations: a session with more of them has other troubles
JOINED_AT_ONCE = 1_000_000  # characters; longer texts go to the store in pieces
MAX_UNSAVED = 100  # new sessions of a client whose save failed: as many as it may have at all
FINAL_REASONS = frozenset(("shutdown", "sleep", "close_session"))  # nothing happens to a session after such a save


@define(eq=False)
class SessionFiles:
    """Sessions of one client on their way to and from the store."""

    client_id: str
    services: Services
    is_anonymous: bool = False
    _unsaved_ids: dict[str, str] = field(factory=dict)
    holding: Holding = field(init=False)

    def __attrs_post_init__(self) -> None:
        self.holding = Holding(self.client_id, self.services)

    def now(self) -> float:
        """Seconds since the epoch."""
        return self.services.now()

    def key(self, session_id: str) -> SessionKey:
        """What the store calls a session of this client."""
        return SessionKey(self.client_id, session_id)

    # Making

    async def create(self, job: Job, *, name: str, idle_limit: float | None, durability: Durability) -> Session:
        """A new, empty session that remembers which request made it; not yet saved."""
        await self._check_stored()
        session_id = self._new_id(job)
        workspace = self._workspace(session_id)
        session = new_session(
            session_id, self.client_id, workspace, self.services.settings, self.now(), idle_limit=idle_limit
        )
        session.name, session.durability = name, durability
        session.unsaved = True
        return session

    def _new_id(self, job: Job) -> str:
        """An id for a session: the same again where this request's session could not be saved.

        Its file may be there nevertheless: under another id it would be a second session, found after the next start.
        """
        mark = job.creation_mark
        return self._unsaved_ids.pop(mark, "") or self.services.new_session_id() + mark

    def was_begun(self, job: Job) -> bool:
        """Whether this request made a session before that could not be saved: its file may be there nevertheless."""
        return job.creation_mark in self._unsaved_ids

    def note_unsaved(self, job: Job, session: Session) -> None:
        """Remember the id of a new session that could not be saved, for the repeats of the request that made it."""
        mark = job.creation_mark
        if mark:
            self._unsaved_ids[mark] = session.id
        while len(self._unsaved_ids) > MAX_UNSAVED:
            del self._unsaved_ids[next(iter(self._unsaved_ids))]

    def anonymous(self, session_id: str) -> Session:
        """A session that is never stored."""
        workspace = self._workspace(session_id)
        session = new_session(session_id, self.client_id, workspace, self.services.settings, self.now())
        session.persistent = False
        return session

    def _workspace(self, session_id: str) -> Workspace:
        services = self.services
        return services.make_workspace(
            session_id, services.library, services.settings.evaluation, self.incarnation(), services.surroundings
        )

    def incarnation(self) -> str:
        """What tells object ids of this start of the server from those of any other."""
        return self.services.new_incarnation()

    async def _check_stored(self) -> None:
        most = self.services.settings.session.max_stored_sessions
        stored = len(await self.services.storage.sessions_of(self.client_id))
        if stored >= most:
            raise SessionLimitExceeded(
                f"The client has {stored} stored sessions.", limit="max_stored_sessions", value=most
            )

    # Loading

    async def load(self, session_id: str) -> Session:
        """The session as it was last saved; raise SessionNotFound, SessionExpired, SessionCorrupt, StorageError.

        An anonymous client's one session is made on first touch, and never saved; it has no other.
        """
        if self.is_anonymous and session_id == ANONYMOUS_SESSION:
            return self.anonymous(session_id)
        if self.is_anonymous or SESSION_ID.fullmatch(session_id) is None:
            raise SessionNotFound(NOT_FOUND)
        try:
            loaded = await self.services.storage.load(self.key(session_id))
        except SessionNotFound:
            raise self._not_found(session_id) from None
        goes_on = self.services.storage.keeps_deltas and not loaded.recovered_from
        compared_from = self.services.settings.session.compared_from if goes_on else inf
        session = await self._own_session_of(loaded.body, compared_from)
        self._note_written(session, loaded)
        if loaded.recovered_from:
            words = dict.fromkeys((*session.recovered_from, *loaded.recovered_from))
            session.recovered_from = tuple(words)[-MAX_WORDS:]
            session.lag()  # the word must outlive the session's sleep
            session.events.skip_to(session.events.next_seq + SEQUENCE_GAP)  # the lost state had given numbers
        session.size_bytes = loaded.generation.size
        session.know_of(loaded.held, loaded.attached, is_elsewhere=loaded.is_elsewhere)
        if session.is_expired(self.now()) and self.services.storage.trusts_clock():
            raise SessionExpired("The session was not used within its retention.")
        return session

    def _note_written(self, session: Session, loaded: Loaded) -> None:
        """Let the next save say only what changed since ``loaded``; what was passed over is not gone on from."""
        if not loaded.recovered_from:
            session.written = text_read(loaded.body, loaded.generation.number, session)
            session.changes = Changes(whole=False)

    def _not_found(self, session_id: str) -> SessionNotFound:
        """The refusal; the log alone tells a foreign session from an unknown one, in the same time."""
        owner = self.services.storage.owner_of(session_id)
        log.warning("session refused", client=self.client_id, session=session_id[:8], is_foreign=owner is not None)
        return SessionNotFound(NOT_FOUND)

    async def _session_of(self, body: str, compared_from: float = inf) -> Session:
        """The session of a body; where the workspace is ``compared_from`` long, ``changes_writing`` goes on from it."""
        record = read_record(body)
        workspace = self._workspace(str(record.section("session").get("id")))
        await self.services.cpu.run(workspace.reading(record.workspace, compared_from), self.client_id)
        session = restore(record, workspace, self.services.settings)
        session.not_restored = workspace.not_restored
        return session

    async def _own_session_of(self, body: str, compared_from: float = inf) -> Session:
        session = await self._session_of(body, compared_from)
        if session.client_id != self.client_id:
            raise SessionCorrupt("The session's file names another client.")
        return session

    async def durable_state_of(self, session: Session) -> Session:
        """The last saved state of a session whose present one cannot be kept.

        Where another server may have saved it since, the next save is refused: it must not follow what was read here.
        """
        if self.services.storage.is_shared:
            durable = await self._own_session_of(await self.durable_text(session))
        else:
            durable = await self.load(session.id)
        durable.take_attachment_of(session)
        durable.events, durable.executed = session.events, session.executed
        durable.must_be_written_whole()  # those two are later than its text
        durable.lag()
        return durable

    async def earlier_state(self, session: Session, text: str) -> Session:
        """The session as ``text_of`` wrote it a moment ago; what is not in the text is as it is now."""
        earlier = await self._own_session_of(text)
        earlier.take_attachment_of(session)
        earlier.events, earlier.executed = session.events, session.executed
        earlier.persistent, earlier.size_bytes = session.persistent, session.size_bytes
        earlier.unsaved = session.unsaved
        earlier.lag()
        return earlier

    async def at_version(self, session: Session, version: int) -> Session:
        """A session as it was saved as ``version``; raise InvalidRequest where that is not kept."""
        for generation in await self.services.storage.history(self.key(session.id)):
            if generation.version == version:
                with suppress(SessionNotFound):  # thinned out since
                    loaded = await self.services.storage.load(self.key(session.id), generation.number)
                    return await self._own_session_of(loaded.body)
        raise InvalidRequest(
            f"The session has no saved version {version}.",
            suggestion="`session_history` lists the versions.",
            path="parameters.version",
        )

    # Saving

    async def save(self, session: Session, reason: str) -> None:
        """Return once the session's present state is durable; raise what kept it from that."""
        session.check_newest()
        version, notes, held, is_saved = session.version, session.notes, session.workspace.held(), False
        facts = facts_of(session) if reason in FINAL_REASONS else None
        changes, session.changes = session.changes, Changes(whole=False)
        try:
            texts, parts = await self._texts_of(session, changes, held, final=reason in FINAL_REASONS)
            session.executed.settle()
            self._check_size(texts.size)
            body = "".join(parts) if sum(map(len, parts)) <= JOINED_AT_ONCE else parts
            extends = texts.number if texts.deltas else 0
            session.events.saving(is_final=facts is not None)
            generation = await self.services.storage.save(
                self.key(session.id), body, version=version, reason=reason, extends=extends
            )
            is_saved = True
        except SessionConflict:
            session.is_outdated = True
            session.events.refused()
            raise
        finally:
            if not is_saved:  # what changed meanwhile is not known
                session.must_be_written_whole()
        session.unsaved, session.notes_saved = False, notes
        session.events.saved(is_final=facts is not None)
        texts.number, session.written = generation.number, texts
        session.size_bytes = generation.size if not extends else session.size_bytes + generation.size
        if facts is not None:
            size = session.size_bytes
            self.services.storage.note_facts(self.key(session.id), generation.number, evolve(facts, size=size))

    async def reserve_numbers(self, session: Session) -> None:
        """See that the saved state tells that numbers of events may have been given after it, as far as it can be."""
        if session.persistent and not session.events.is_reserved:
            session.lag()
            with suppress(StuiError):
                await self.save(session, "wake")

    async def _texts_of(
        self, session: Session, changes: Changes, held: dict[str, object], *, final: bool
    ) -> tuple[Written, tuple[str, ...]]:
        """What is to be written, in parts, and all that there will be then: what changed, else the whole."""
        keeps_deltas, bounds = self.services.storage.keeps_deltas, self.services.settings.session
        if keeps_deltas and can_be_told(session):
            parts = await self._delta_of(session, changes, held, final=final)
            texts = text_after(session.written, session, held, sum(map(len, parts)))
            if parts and texts.size <= bounds.max_session_bytes:
                return texts, parts
        if keeps_deltas and not final:
            writing = session.workspace.remembered_writing(held, bounds.compared_from)
        else:
            writing = session.workspace.last_writing()
        parts = await self._parts_of(session, writing, final=final)
        return text_after(None, session, held, sum(map(len, parts))), parts

    async def _delta_of(
        self, session: Session, changes: Changes, held: dict[str, object], *, final: bool
    ) -> tuple[str, ...]:
        """What changed since the last save; nothing where that cannot be told."""
        delta = delta_text(session, changes, held, final=final)
        if delta is not None:
            return (delta,)
        writing = session.workspace.changes_writing(held)
        if writing is None:
            return ()
        await self.services.cpu.run(writing, self.client_id)
        return (change_line(session, {}, final=final), *writing.parts) if writing.is_possible else ()

    def _check_size(self, size: int) -> None:
        most = self.services.settings.session.max_session_bytes
        if size > most:
            raise ResourceExhausted(
                f"The session would take {size} bytes on disk; it is back at its last saved state.",
                limit="size",
                value=most,
            )

    async def text_of(self, session: Session, *, final: bool) -> str:
        """The session's body, consistent as of now; its workspace is written in turns."""
        return "".join(await self._parts_of(session, session.workspace.writing(), final=final))

    async def _parts_of(self, session: Session, writing: Writing, *, final: bool) -> tuple[str, ...]:
        """The same, not yet joined."""
        await self.services.cpu.run(writing, self.client_id)
        return write_record(session, final=final), *writing.parts

    async def durable_text(self, session: Session) -> str:
        """The last saved state of a session, which may be another server's; what is in memory here stays as old."""
        key = self.key(session.id)
        newest = (await self.services.storage.history(key))[:1]
        if not newest:
            raise SessionNotFound(NOT_FOUND)
        return (await self.services.storage.load(key, newest[0].number)).body

    async def durable_replies(self, session: Session) -> ExecutedRequests:
        """What was executed for the session, as it was last saved, here or by another server."""
        return (await self._own_session_of(await self.durable_text(session))).executed

    async def delete(self, session_id: str) -> None:
        """Remove a session's files."""
        await self.services.storage.delete(self.key(session_id))

    def let_go(self, session: Session) -> None:
        """Nothing of a session that has left memory runs any more, nor is it asked again."""
        session.workspace.abandon()
        self.services.departures.post(session.workspace)

    # Telling

    async def stored_ids(self) -> list[str]:
        """The ids of all stored sessions of the client, closed ones included."""
        return [stored.key.session_id for stored in await self.services.storage.sessions_of(self.client_id)]

    async def was_deleted(self, mark: str) -> bool:
        """Whether the session that a request with this mark made was deleted, no longer ago than is remembered."""
        storage, retention = self.services.storage, self.services.settings.session.dedup_retention
        since = self.now() - retention if storage.trusts_clock() else -inf
        return await storage.was_deleted(self.client_id, mark, since)

    async def listing(self, in_memory: dict[str, Session]) -> list[dict[str, Json]]:
        """``get_session_info`` of all sessions that are not closed, newest first."""
        rows = [session.info(self.now()) for session in in_memory.values() if not session.closed]
        retention = self.services.settings.session.retention
        for number, stored in enumerate(await self.services.storage.sessions_of(self.client_id), 1):
            if stored.key.session_id not in in_memory:
                facts = await self._facts_of(stored)
                if facts is not None and not facts.closed:
                    rows.append(facts.info(stored.key.session_id, self.client_id, retention, self.now()))
            if number % LISTED == 0:
                await trio.lowlevel.checkpoint()
        return sorted(rows, key=lambda row: str(row["created_at"]), reverse=True)

    async def _facts_of(self, stored: StoredSession) -> StoredFacts | None:
        """What a session's newest state says of it: remembered, or else read; None where it cannot be read."""
        facts = self.services.storage.facts_of(stored)
        if facts is not None:
            return facts
        try:
            loaded = await self.services.storage.glance(stored.key)
            facts = facts_in(loaded.body, loaded.generation.size)
        except (SessionCorrupt, SessionNotFound):
            return None
        if not loaded.recovered_from:
            self.services.storage.note_facts(stored.key, loaded.generation.number, facts)
        return facts

    async def generations(self, session: Session) -> list[dict[str, Json]]:
        """The saved states, newest first."""
        return [
            {
                "version": each.version,
                "saved_at": iso_time(each.saved_at),
                "size": each.size,
                "reason": each.reason,
            }
            for each in await self.services.storage.history(self.key(session.id))
        ]

    async def import_text(self, data: str, job: Job) -> Session:
        """A new session of this client with the content of an exported one."""
        await self._check_stored()
        try:
            session = await self._session_of(data)
        except SessionCorrupt as error:
            raise InvalidRequest(
                f"`parameters.data` is no exported session: {error.message}", path="parameters.data"
            ) from error
        session.id = session.workspace.session_id = self._new_id(job)
        session.events.session_id = session.id
        session.events.skip_to(session.events.next_seq)  # what happened is the other one's
        session.client_id = self.client_id
        session.closed, session.epoch = False, None
        session.touch(self.now())
        session.changed(self.now())
        return session
