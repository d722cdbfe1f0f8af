"""What the actors say to each other, and what a client's actor can ask of the others. Values and interfaces only."""

from collections.abc import Callable
from typing import NamedTuple, Protocol, TypeAlias

from attrs import define, field, frozen

from stui_actors.actors.wakes import Wakes
from stui_actors.commands.context import Directory, Doorkeeper, ServerFacts
from stui_actors.config import Settings
from stui_actors.protocol.codec import Codec
from stui_actors.protocol.messages import Request
from stui_actors.session.facts import StoredFacts
from stui_actors.session.surroundings import Surroundings
from stui_actors.session.workspace import Workspace
from stui_actors.smalltalk.library import Library
from stui_actors.storage.store import Body, Generation, Loaded, SessionKey, StoredSession
from stui_actors.transport.address import Address

__all__ = ["Address", "Arrived", "ClientMessage", "ConnectionGone", "Drain", "Lost", "Services", "Sweep"]

# What a client's mailbox holds


class Arrived(NamedTuple):
    """A message for this client. ``bound_session``: this client's session last attached over the same connection."""

    address: Address
    payload: bytes
    bound_session: str | None = None


@frozen
class ConnectionGone:
    """A connection over which this client was spoken to is gone."""

    connection: bytes


@frozen
class Drain:
    """Save what is not saved, and end; whatever comes afterwards starts the client anew."""


@frozen
class Sweep:
    """Let go what was idle for too long."""


@frozen
class Lost:
    """Another server took this session of the client's, or deleted it; if it was not taken back since."""

    session_id: str


ClientMessage: TypeAlias = Arrived | ConnectionGone | Drain | Sweep | Lost

# What a client's actor asks of the others


class Door(Protocol):
    """The way out, as a client's actor sees it. Nothing here waits, and nothing raises for a peer that is gone."""

    def send(self, address: Address, payload: bytes, *, after: float = 0.0) -> None:
        """Send the reply of the message that came from ``address``, ``after`` so many seconds."""

    def push(self, connection: bytes, payload: bytes) -> None:
        """Send what nobody asked for; dropped if the peer is gone, or too slow for events."""

    def bind(self, connection: bytes, client_id: str, session_id: str) -> None:
        """From now on what comes over ``connection`` without a name is for this client and session."""

    def unbind(self, connection: bytes, session_id: str) -> None:
        """Forget what ``connection`` was bound to, if that is this session."""


class Storage(Protocol):
    """The stored sessions. Each method raises what the store raises: StorageError, SessionCorrupt, SessionNotFound."""

    @property
    def keeps_deltas(self) -> bool:
        """Whether a save may say only what changed since an earlier one."""

    async def save(self, key: SessionKey, body: Body, *, version: int, reason: str, extends: int = 0) -> Generation:
        """Return once ``body``, or a later state of the session, is durable; ``extends``: as the store's."""

    async def load(self, key: SessionKey, number: int | None = None) -> Loaded:
        """The newest valid generation, or the one numbered ``number``."""

    async def glance(self, key: SessionKey) -> Loaded:
        """``load``, for who only lists the session: no sync is waited for."""

    async def history(self, key: SessionKey) -> list[Generation]:
        """The kept generations, newest first."""

    async def delete(self, key: SessionKey) -> None:
        """Remove the session whole."""

    async def was_deleted(self, client_id: str, mark: str, since: float) -> bool:
        """Whether a session of the client with this mark in its id was deleted at ``since`` or later."""

    async def sessions_of(self, client_id: str) -> list[StoredSession]:
        """What is stored of one client, in no order."""

    def note_facts(self, key: SessionKey, number: int, facts: StoredFacts) -> None:
        """Remember what generation ``number`` of a session says of it. Never waits."""

    def facts_of(self, stored: StoredSession) -> StoredFacts | None:
        """What the newest generation says of its session, if that is remembered. Never waits."""

    @property
    def is_shared(self) -> bool:
        """Whether other servers have the store open too."""

    async def claim(self, key: SessionKey, mark: str) -> bool:
        """Note that the request with this mark got this session; False where another server gave it another one."""

    async def hold(self, key: SessionKey, attachment: str, *, force: bool) -> bool:
        """Note that the session is attached here; what it answers and raises as the store's."""

    async def is_lost(self, key: SessionKey) -> bool:
        """Whether the session that was loaded here is another server's since, or deleted by one."""

    def release_soon(self, key: SessionKey, attachment: str) -> None:
        """Note that an attachment has ended; never waits."""

    def owner_of(self, session_id: str) -> str | None:
        """Whose session it is; None for one that is not stored. Never waits."""

    def trusts_clock(self) -> bool:
        """Whether the time of day was not set lately, so that a session may be called expired."""


class Registry(Directory, Protocol):
    """Who is here, and what a client tells about itself."""

    def note(self, client_id: str, *, sessions: int, attached: int, processes: int = 0) -> None:
        """Tell how many sessions of a client are in memory, how many of them attached, and how many processes they run.

        Never waits.
        """


class Auth(Doorkeeper, Protocol):
    """Who may do what."""

    async def check(self, request: Request, client_id: str, connection: bytes, command: str) -> None:
        """Return if the request may be done.

        Raise AuthenticationRequired, AuthenticationFailed, PermissionDenied, RateLimited.
        """


class Runnable(Protocol):
    """Something that needs the CPU for longer than one may keep it."""

    def run_slice(self) -> bool:
        """Run for a turn; true once it has ended."""


class Cpu(Protocol):
    """Turns on the one CPU."""

    async def run(self, runnable: Runnable, client_id: str) -> None:
        """Return once ``runnable`` has ended; what its slices raise is raised here."""


class Departures(Protocol):
    """Where workspaces go when their sessions have left memory."""

    def post(self, workspace: Workspace) -> None:
        """Take over a workspace that nobody will ask again; never waits."""


@define(eq=False)
class Services:
    """All that a client's actor can reach. One object, shared by all clients.

    ``now`` is the time of day in seconds. ``new_epoch`` names an attachment, ``new_incarnation`` the start of a
    workspace, both never twice.
    """

    settings: Settings
    codec: Codec
    door: Door
    storage: Storage
    registry: Registry
    auth: Auth
    cpu: Cpu
    departures: Departures
    wakes: Wakes
    facts: ServerFacts
    library: Library
    now: Callable[[], float]
    new_session_id: Callable[[], str]
    new_epoch: Callable[[], str]
    new_incarnation: Callable[[], str]
    surroundings: Surroundings = field(factory=Surroundings)
    make_workspace: type[Workspace] = Workspace
