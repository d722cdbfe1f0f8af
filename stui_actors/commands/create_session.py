"""Makes a session."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import mapping, optional, parameters_of_command, required, result_of_command
from stui_actors.commands.limits import capabilities_for, capped_timeout, limits_of, session_name
from stui_actors.errors import InvalidRequest, SessionLimitExceeded, StorageError
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time
from stui_actors.session.session import Durability, Session


@parameters_of_command
class CreateSessionParameters:
    """What ``create_session`` takes."""

    client_id: str | None = optional("whose session it will be; also accepted at the top of the request", None)
    client_info: dict[str, Json] = mapping("anything the client wants kept: platform, version, capabilities")
    name: str = optional("a name for people, at most 200 characters", "")
    timeout: float | None = optional("seconds of idleness after which a detached session leaves memory", None)
    durability: Durability = optional(
        "``strict``: each change is on disk before it is answered; ``relaxed``: it may lag", "strict"
    )
    events: bool = optional("push the session's events to this connection (DEALER only)", False)


@result_of_command
class CreateSessionResult:
    """What ``create_session`` answers."""

    session_id: str = required("the session's id, a secret")
    client_id: str = required("whose session it is")
    created_at: str = required("when it was created")
    expires_at: str = required("when it expires, if nobody uses it")
    timeout: float = required("seconds of idleness after which a detached session leaves memory")
    is_active: bool = required("true")
    capabilities: list[str] = required(
        "what the server can do, and of what the client can do that which the server knows"
    )
    client_isolation: str = required("``enabled``")
    max_concurrent_clients: int = required("how many clients the server takes")
    limits: dict[str, Json] = required("the limits of a session and its evaluations")
    server_epoch: str = required("new at each start")
    session_epoch: str = required("new at each attach")


class CreateSession(Command):
    """Make a session with a workspace of its own, and attach this connection to it."""

    name: ClassVar[str] = "create_session"
    text: ClassVar[str] = "Make a session with a workspace of its own, and attach this connection to it."
    feature: ClassVar[str] = "session_persistence"
    scope: ClassVar[str] = "client"
    changes_state: ClassVar[bool] = True
    parameters = CreateSessionParameters
    result = CreateSessionResult
    errors = (
        InvalidRequest,
        SessionLimitExceeded,
        StorageError,
    )

    async def run(self, context: Context, parameters: CreateSessionParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``CreateSessionResult``."""
        if context.is_anonymous:
            raise InvalidRequest("`parameters.client_id` is missing.", path="parameters.client_id")
        session = await context.shelf.create(
            name=session_name(parameters.name),
            idle_limit=capped_timeout(parameters.timeout, context),
            durability=parameters.durability,
            client_info=parameters.client_info,
        )
        await context.shelf.attach(session, pushes_events=parameters.events)
        return created(session, context)


def created(session: Session, context: Context) -> dict[str, Json]:
    """The answer to a creation."""
    return {
        "session_id": session.id,
        "client_id": session.client_id,
        "created_at": iso_time(session.created_at),
        "expires_at": iso_time(session.last_used + session.retention),
        "timeout": session.timeout,
        "is_active": True,
        "capabilities": capabilities_for(session.client_info),
        "client_isolation": "enabled",
        "max_concurrent_clients": context.settings.server.max_clients,
        "limits": limits_of(context.settings),
        "server_epoch": context.server.epoch,
        "session_epoch": session.epoch or "",
    }
