"""How a session comes to a connection: attached, taken over from another, or copied. One connection holds it at a time.

Each step that changes who holds a session is done without waiting, so that no two can do it at once; it is the last
one: a reply tells the epoch that it gave, and not that of who came next.
"""

from contextlib import suppress
from typing import TYPE_CHECKING

from attrs import define

from stui_actors.actors.job import Job
from stui_actors.actors.moving import move_here
from stui_actors.actors.session_worker import SessionWorker
from stui_actors.commands.context import OnConflict
from stui_actors.errors import (
    ResourceExhausted,
    SessionConflict,
    SessionLimitExceeded,
    StorageError,
    UnsupportedOperation,
)
from stui_actors.protocol.messages import Json
from stui_actors.session.session import Attachment, Session

if TYPE_CHECKING:
    from stui_actors.actors.desk import Desk


@define(eq=False)
class Attaching:
    """What one job does to attach its connection. ``worker``: the task of the session that it is for, if it has one."""

    desk: "Desk"
    worker: SessionWorker | None
    job: Job

    @property
    def connection(self) -> bytes:
        """The one that the job came over."""
        return self.job.addresses[0].connection

    def attach(self, session: Session, *, pushes_events: bool, epoch: str = "") -> None:
        """Attach ``session`` to the job's connection; raise SessionLimitExceeded."""
        if session.persistent:
            self.check_attached(session)
        held = session.attachment
        if held is not None and held.connection != self.connection and self.worker is not None:
            data: dict[str, Json] = {"session_epoch": held.epoch, "version": session.version}
            self.worker.tell("session_taken_over", data, self.job.request.id)
        epoch = epoch or self.desk.services.new_epoch()
        session.attach(self.connection, epoch, pushes_events=pushes_events, dialect=self.job.request.dialect)
        self.desk.services.door.bind(self.connection, self.desk.client_id, session.id)

    async def restore(self, session: Session, *, on_conflict: OnConflict, pushes_events: bool) -> Session:
        """Attach ``session``, or a copy of it; raise SessionConflict, SessionLimitExceeded, StorageError."""
        holder = self.living_holder(session)
        if holder is not None and on_conflict == "reject":
            raise self._conflict(session, holder)
        if on_conflict == "fork" and (holder is not None or self.desk.files.was_begun(self.job)):
            return await self._attached_copy(await self._copy_of(session), pushes_events=pushes_events)
        epoch = self.desk.services.new_epoch()
        try:
            session = await self._held(session, epoch, force=on_conflict == "takeover")
        except SessionConflict:
            if on_conflict != "fork":
                raise
            copy = await self._new_session(await self.desk.files.durable_text(session))
            return await self._attached_copy(copy, pushes_events=pushes_events)
        session = await self._numbered(session)
        await self._warn_of_stored(session)
        while session.persistent and session.held != epoch:  # the store was told of another attachment meanwhile
            session = await self._held(session, epoch)
        if session.closed:  # here meanwhile, or at the server that had it
            session.detach()
            self.desk.files.holding.release_detached(session)
            session.check_open()
        holder = self.living_holder(session)
        if holder is not None and on_conflict != "takeover":  # it came while the store was asked
            await self.desk.files.holding.hold(session, holder.epoch)
            raise self._conflict(session, holder)
        self.attach(session, pushes_events=pushes_events, epoch=epoch)
        return session

    async def _attached_copy(self, copy: Session, *, pushes_events: bool) -> Session:
        await self._warn_of_stored(copy)
        self.attach(copy, pushes_events=pushes_events)
        return copy

    async def _held(self, session: Session, epoch: str, *, force: bool = False) -> Session:
        """The session's newest state, once other servers of the same store shall know that it is attached here."""
        if not await self.desk.files.holding.hold(session, epoch, force=force) and self.worker is not None:
            await move_here(self.worker, self.job, epoch)
        return session if self.worker is None else self.worker.opened

    async def _numbered(self, session: Session) -> Session:
        """``session``, once who may lose it can be told so, under a number that no later server gives again."""
        held, worker = session.attachment, self.worker
        if worker is None or held is None or held.connection == self.connection or session.events.is_reserved:
            return session
        if worker.running is self.job:
            await self.desk.files.reserve_numbers(session)
            return session
        session.lag()
        with suppress(ResourceExhausted, StorageError):
            await worker.errands.durable()
        return worker.opened  # a rollback puts another in its place

    def living_holder(self, session: Session) -> Attachment | None:
        """The attachment of another connection that is alive, if the session has one."""
        held = session.attachment
        if held is None or held.connection == self.connection or not self.desk.presence.is_alive(held.connection):
            return None
        return held

    def _conflict(self, session: Session, holder: Attachment) -> SessionConflict:
        return SessionConflict(
            "The session is attached to another connection, which is alive.",
            session_epoch=session.epoch or "",
            version=session.version,
            silent_for=round(self.desk.presence.silent_for(holder.connection), 3),
            is_busy=self.worker is not None and self.worker.running not in (None, self.job),
            suggestion="Close the other terminal, or say what is to be done with `on_conflict`: takeover or fork.",
        )

    async def _copy_of(self, session: Session) -> Session:
        """A new session with all that ``session`` holds between two of its requests; the desk saves and starts it."""
        if self.worker is None or not session.persistent:
            raise UnsupportedOperation("Only a stored session can be forked.")
        files = self.desk.files
        if await files.holding.is_lost(session):  # what is here is older than what another server acknowledged
            return await self._new_session(await files.durable_text(session))
        return await self._new_session(await self.worker.errands.copy())

    async def _new_session(self, text: str) -> Session:
        self.check_attached(None)
        copy = await self.desk.files.import_text(text, self.job)
        copy.created_at = self.desk.services.now()
        self.job.created = copy
        return copy

    def check_attached(self, but: Session | None) -> None:
        """Raise SessionLimitExceeded if one more session of this client would be attached than may be."""
        most = self.desk.services.settings.session.max_sessions_per_client
        attached = sum(
            1
            for worker in self.desk.workers.values()
            if worker.session is not None and worker.session is not but and worker.session.attachment is not None
        )
        if attached >= most:
            raise SessionLimitExceeded(
                f"The client has {attached} attached sessions.", limit="max_sessions_per_client", value=most
            )

    async def _warn_of_stored(self, session: Session) -> None:
        """Say so where the client can make no more sessions."""
        if not session.persistent:
            return
        most = self.desk.services.settings.session.max_stored_sessions
        stored = {*await self.desk.files.stored_ids(), session.id}
        if len(stored) >= most:
            self.job.warnings.append(f"The client has {len(stored)} stored sessions; {most} are allowed. Delete some.")
