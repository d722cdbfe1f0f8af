"""What one user owns: a workspace, its history, its events, what the client keeps, and what was executed for it."""

from collections.abc import Collection, Iterable
from typing import Literal

from attrs import define, field

from stui_actors.config import Settings
from stui_actors.errors import SessionClosed, SessionConflict, SessionNotFound
from stui_actors.protocol.messages import Dialect, Json
from stui_actors.protocol.times import iso_time
from stui_actors.session.delta import Changes, Written
from stui_actors.session.events import EventStream
from stui_actors.session.executed import ExecutedRequests
from stui_actors.session.history import History
from stui_actors.session.sections import RareSections
from stui_actors.session.state import ClientState
from stui_actors.session.workspace import Workspace

NOT_FOUND = "The client has no session of this id."  # the same words for a foreign one as for an unknown one
Durability = Literal["strict", "relaxed"]


@define
class Statistics:
    """What a session did since it was created."""

    requests: int = 0
    evaluations: int = 0
    errors: int = 0
    restores: int = 0

    def as_json(self) -> dict[str, Json]:
        """The counters by name."""
        return {
            "requests": self.requests,
            "evaluations": self.evaluations,
            "errors": self.errors,
            "restores": self.restores,
        }


@define
class Attachment:
    """The one connection that a session is attached to; ``epoch`` is new at each attach.

    ``was_contested``: it was taken from another connection that was still there, and may write on.
    """

    connection: bytes
    epoch: str
    pushes_events: bool = False
    dialect: Dialect = Dialect.COMMAND
    was_contested: bool = False


@define(eq=False)
class Session:
    """One session. Times in seconds since the epoch; ``version`` grows with each change that the client can see.

    ``unsaved``: a change is not yet on disk. ``notes``: how much was noted that may wait, of history, replies and
    attachments; ``notes_saved`` of it is on disk. ``former``: connections that are still there and were attached once.
    """

    id: str
    client_id: str
    workspace: Workspace
    history: History
    events: EventStream
    executed: ExecutedRequests
    created_at: float
    last_used: float
    last_modified: float
    timeout: float
    retention: float
    name: str = ""
    durability: Durability = "strict"
    version: int = 1
    closed: bool = False
    deleted: bool = False
    is_outdated: bool = False  # another server had it when it was read here, or since
    held: str | None = None  # the epoch of the attachment that other servers of the same store know of
    persistent: bool = True
    client_info: dict[str, Json] = field(factory=dict)
    state: ClientState = field(factory=ClientState)
    statistics: Statistics = field(factory=Statistics)
    attachment: Attachment | None = None
    former: set[bytes] = field(factory=set)
    epoch: str | None = None
    size_bytes: int = 0
    unsaved: bool = False
    notes: int = 0
    notes_saved: int = 0
    is_warned: bool = False
    changes: Changes = field(factory=Changes)
    written: Written | None = None
    rare: RareSections = field(factory=RareSections)
    recovered_from: tuple[str, ...] = ()
    not_restored: tuple[str, ...] = ()

    def touch(self, now: float) -> None:
        """Note that the session was used."""
        self.last_used = now
        self.is_warned = False

    @property
    def lagging(self) -> bool:
        """Whether something is not on disk that may wait."""
        return self.notes > self.notes_saved

    @property
    def is_owed_a_save(self) -> bool:
        """Whether the store is to hold something of it that it does not."""
        return self.persistent and not self.deleted and (self.unsaved or self.lagging)

    def lag(self) -> None:
        """Note something that may wait; while a state is on its way to disk, it is for the next one."""
        self.notes += 1

    def changed(self, now: float, names: Collection[str] | None = None) -> None:
        """Note a change that the client can see: the version grows, and must be durable before it is told of.

        ``names``: the workspace's variables that were assigned, where no more of the workspace can have changed.
        """
        self.version += 1
        self.changes.whole = self.changes.whole or names is None
        self.changes.names.update(names or ())
        self.unsaved = True
        self.last_modified = now

    def must_be_written_whole(self) -> None:
        """What was to be written may be lost."""
        self.written, self.changes.whole = None, True
        self.workspace.forget_written()

    def attach(self, connection: bytes, epoch: str, *, pushes_events: bool, dialect: Dialect) -> None:
        """Attach to ``connection``: what was remembered within the last attach only is forgotten."""
        held = self.attachment
        again = held is not None and held.connection == connection and held.was_contested
        self.let_go()
        self.former.discard(connection)
        self.attachment = Attachment(connection, epoch, pushes_events, dialect, again or bool(self.former))
        self.epoch = epoch
        self.executed.forget_short_ids()
        self.lag()  # the time of its last use goes to disk, so that its retention counts from here

    def know_of(self, held: str, attached: str, *, is_elsewhere: bool) -> None:
        """Know what the store does: the attachment for which it is held here, and the last one that there was anywhere.

        A state that was saved before that does not tell it.
        """
        self.held, self.is_outdated = held or None, is_elsewhere
        if attached and attached != self.epoch:
            self.epoch = attached
            self.executed.forget_short_ids()

    def detach(self) -> None:
        """Let go of the connection; the session lives on."""
        self.attachment = None

    def let_go(self) -> None:
        """Detach from a connection that is still there: it may come back, and must not write beside the next one."""
        if self.attachment is not None:
            self.former.add(self.attachment.connection)
            self.attachment = None

    def detach_from(self, connection: bytes) -> None:
        """Forget ``connection``, which is gone."""
        self.former.discard(connection)
        if self.attachment is not None and self.attachment.connection == connection:
            self.attachment = None

    def take_place_of(self, later: "Session", now: float) -> None:
        """Go on where ``later`` was: this earlier state becomes the newest version of the same session."""
        self.version = later.version
        self.take_attachment_of(later)
        self.executed, self.events, self.statistics = later.executed, later.events, later.statistics
        self.size_bytes = later.size_bytes
        self.touch(now)
        self.changed(now)

    def take_attachment_of(self, other: "Session") -> None:
        """Be attached as ``other`` is, which this one replaces."""
        self.attachment, self.epoch, self.former = other.attachment, other.epoch, other.former
        self.held = other.held

    def check_newest(self) -> None:
        """Raise SessionConflict if another server had the session since this was read: saved, it would undo that."""
        if self.is_outdated:
            raise SessionConflict("Another server has had the session since.", suggestion="Restore the session.")

    def check_open(self) -> None:
        """Raise SessionClosed if it is, and SessionNotFound where nothing of it is left."""
        if self.deleted:
            raise SessionNotFound(NOT_FOUND)
        if self.closed:
            raise SessionClosed("The session has been closed.")

    def check_epoch(self, epoch: str | None) -> None:
        """Raise SessionConflict if the session was attached elsewhere since ``epoch``."""
        if epoch is not None and epoch != self.epoch:
            raise SessionConflict(
                "The session has been attached elsewhere since.", session_epoch=self.epoch or "", version=self.version
            )

    def check_writer(self, connections: Iterable[bytes]) -> None:
        """Raise SessionConflict if those who ask for a change over ``connections`` have lost the session to another.

        Who is attached may write. Where nobody took the session from anybody, who never was may write too: a client
        that got no reply comes again over another connection.
        """
        held = self.attachment
        if held is None or held.connection in connections:
            return
        if held.was_contested or not self.former.isdisjoint(connections):
            raise SessionConflict(
                "The session was taken over by another connection.",
                session_epoch=self.epoch or "",
                version=self.version,
                suggestion="Restore the session with `on_conflict` takeover to write again.",
            )

    def check_version(self, base_version: int | None) -> None:
        """Raise SessionConflict if the session changed since ``base_version``."""
        if base_version is not None and base_version != self.version:
            raise SessionConflict(
                f"The session is at version {self.version}, not {base_version}.", version=self.version
            )

    def is_expired(self, now: float) -> bool:
        """True if nobody used the session within its retention."""
        return now - self.last_used > self.retention

    def info(self, now: float) -> dict[str, Json]:
        """What ``get_session_info`` answers."""
        return {
            "session_id": self.id,
            "client_id": self.client_id,
            "name": self.name,
            "created_at": iso_time(self.created_at),
            "last_modified": iso_time(self.last_modified),
            "timeout": self.timeout,
            "is_active": not self.closed,
            "is_expired": self.is_expired(now),
            "time_until_expiry": max(0.0, round(self.last_used + self.retention - now, 3)),
            "version": self.version,
            "state": "attached" if self.attachment is not None else "detached",
            "size_bytes": self.size_bytes,
            "statistics": self.statistics.as_json(),
        }


def new_session(
    session_id: str,
    client_id: str,
    workspace: Workspace,
    settings: Settings,
    now: float,
    *,
    idle_limit: float | None = None,
) -> Session:
    """A session as it is on its first day."""
    bounds = settings.session
    return Session(
        id=session_id,
        client_id=client_id,
        workspace=workspace,
        history=History(bounds.max_history),
        events=EventStream(session_id, bounds.max_events, bounds.max_event_bytes),
        executed=ExecutedRequests(bounds.dedup_window, bounds.dedup_retention),
        created_at=now,
        last_used=now,
        last_modified=now,
        timeout=bounds.timeout if idle_limit is None else idle_limit,
        retention=bounds.retention,
    )
