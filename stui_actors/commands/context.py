"""What a running command can reach. The actors implement these; a command sees no more of them than this."""

from collections.abc import Callable, Iterable, Sequence
from typing import TYPE_CHECKING, Literal, Protocol

from attrs import define

from stui_actors.config import Settings
from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Json, Request, RequestId
from stui_actors.session.evaluation import Evaluation
from stui_actors.session.session import Durability, Session

if TYPE_CHECKING:
    from stui_actors.commands.command import Command

Status = Literal["ready", "draining", "overloaded"]
OnConflict = Literal["reject", "takeover", "fork"]


class ServerFacts(Protocol):
    """What is known of the server as a whole."""

    epoch: str
    started_at: float

    def status(self) -> Status:
        """Whether it serves, drains, or refuses."""

    def health(self) -> dict[str, Json]:
        """What failed and was started again, and how late the event loop is."""


class Directory(Protocol):
    """Who is here."""

    async def statistics(self) -> dict[str, Json]:
        """``total_sessions``, ``active_clients``, and totals since the start."""

    async def clients(self) -> list[dict[str, Json]]:
        """One row per client: client_id, connections, sessions, state, last_seen."""


class Doorkeeper(Protocol):
    """Who may do what."""

    async def authenticate(self, client_id: str, token: str | None, connection: bytes) -> dict[str, Json]:
        """client_id, subscription_tier, features, expires_at; the connection counts as authenticated from now on."""

    async def feature_access(self, request: Request, client_id: str, feature: str) -> dict[str, Json]:
        """feature, access_granted, subscription_tier, expires_at, reason."""

    async def gates(self, client_id: str | None) -> dict[str, dict[str, Json]]:
        """Per feature whether the asking client has it, and from which tier on it is to be had."""


class Shelf(Protocol):
    """The sessions of one client, in memory and on disk."""

    async def create(
        self,
        *,
        name: str,
        idle_limit: float | None,
        durability: Durability,
        client_info: dict[str, Json],
    ) -> Session:
        """Make a session; it is durable when its creation is answered."""

    async def import_session(self, data: str) -> Session:
        """Make a session out of what ``export`` gave."""

    async def listing(self) -> list[dict[str, Json]]:
        """``get_session_info`` of every session that is not closed, newest first."""

    async def attach(self, session: Session, *, pushes_events: bool) -> None:
        """Attach a new session to the connection of the request; raise SessionLimitExceeded."""

    async def restore(self, session: Session, *, on_conflict: OnConflict, pushes_events: bool) -> Session:
        """Attach a session, or a copy of it, to the connection of the request; answer which.

        Raise SessionConflict, SessionLimitExceeded, StorageError.
        """

    async def close(self, session: Session, *, delete: bool) -> dict[str, Json]:
        """Stop and unload a session; answer what was released."""

    async def export(self, session: Session) -> str:
        """The session as STON text, plain."""

    async def generations(self, session: Session) -> list[dict[str, Json]]:
        """The saved states: version, saved_at, size, reason; newest first."""

    async def roll_back(self, session: Session, version: int) -> Session:
        """Bring back the state that was saved as ``version``, as a new version."""

    async def checkpoint(self, session: Session) -> str:
        """The session as text, for ``undo``."""

    async def undo(self, session: Session, checkpoint: str) -> int:
        """Put the session back to what ``checkpoint`` answered; say how many of its processes ended by that."""

    async def wait_for(self, session: Session, request_id: RequestId, wait: float) -> dict[str, Json]:
        """The reply of an evaluation that was answered ``pending``."""

    def interrupt(self, session: Session, request_id: RequestId, process: int | None) -> dict[str, Json]:
        """Stop an evaluation, running or waiting, or processes that were forked."""

    async def wait_for_events(self, session: Session, after: int, wait: float) -> None:
        """Return once an event numbered above ``after`` is there, or ``wait`` seconds have passed."""


class Evaluator(Protocol):
    """Gives an evaluation its turns."""

    async def run(self, evaluation: Evaluation) -> None:
        """Return once the evaluation has its outcome."""


@define(eq=False)
class Context:
    """One request's view of the world."""

    request: Request
    client_id: str
    connection: bytes
    settings: Settings
    server: ServerFacts
    directory: Directory
    doorkeeper: Doorkeeper
    shelf: Shelf
    evaluator: Evaluator
    now: Callable[[], float]
    warnings: list[str]
    commands: "Iterable[Command]" = ()
    opened: Session | None = None
    is_anonymous: bool = False

    @property
    def session(self) -> Session:
        """The session that the request names or its connection is bound to."""
        if self.opened is None:
            raise missing_session()
        return self.opened


def missing_session() -> InvalidRequest:
    """The error for a request that needs a session, names none, and whose connection is bound to none."""
    return InvalidRequest(
        "`parameters.session_id` is missing.",
        path="parameters.session_id",
        suggestion="Name the session, or create or restore one on this connection first.",
    )


def page(rows: Sequence[dict[str, Json]], limit: int, offset: int = 0) -> list[dict[str, Json]]:
    """``limit`` rows from ``offset`` on."""
    return list(rows[offset : offset + limit])
