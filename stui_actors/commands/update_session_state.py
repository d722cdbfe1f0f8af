"""Changes the state that a client keeps in its session."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import InvalidRequest, ResourceExhausted, SessionConflict, StorageError
from stui_actors.protocol.messages import Json
from stui_actors.protocol.times import iso_time
from stui_actors.session.session import Session
from stui_actors.session.state import FIELDS


@parameters_of_command
class UpdateSessionStateParameters:
    """What ``update_session_state`` takes."""

    state_data: dict[str, Json] | None = optional(
        "merged into ``session_state`` by top-level key; null removes a key", None
    )
    workspace_context: dict[str, Json] | None = optional("replaces the stored one", None)
    object_registry: dict[str, Json] | None = optional("replaces the stored one", None)
    inspector_state: dict[str, Json] | None = optional("replaces the stored one", None)
    preferences: dict[str, Json] | None = optional("replaces the stored one", None)
    capabilities: list[str] | None = optional("replaces the stored ones", None)
    base_version: int | None = optional("refuse with SessionConflict unless the session is at this version", None)


@result_of_command
class UpdateSessionStateResult:
    """What ``update_session_state`` answers."""

    session_id: str = required("the session's id")
    version: int = required("the session's version after the change")
    last_modified: str = required("when it changed")
    session_state: dict[str, Json] = required("the state after the change")
    update_successful: bool = required("true")


class UpdateSessionState(Command):
    """Change the state that the client keeps in its session for itself."""

    name: ClassVar[str] = "update_session_state"
    text: ClassVar[str] = "Change the state that the client keeps in its session for itself."
    feature: ClassVar[str] = "session_persistence"
    changes_state: ClassVar[bool] = True
    parameters = UpdateSessionStateParameters
    result = UpdateSessionStateResult
    errors = (
        InvalidRequest,
        SessionConflict,
        ResourceExhausted,
        StorageError,
    )

    async def run(self, context: Context, parameters: UpdateSessionStateParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``UpdateSessionStateResult``."""
        session = context.session
        session.check_version(parameters.base_version)
        if not change(session, parameters):
            raise InvalidRequest("Nothing to change: `parameters.state_data` is missing.", path="parameters.state_data")
        session.changed(context.now(), ())
        return {
            "session_id": session.id,
            "version": session.version,
            "last_modified": iso_time(session.last_modified),
            "session_state": session.state.session_state,
            "update_successful": True,
        }


def change(session: Session, parameters: UpdateSessionStateParameters) -> bool:
    """Do what the parameters say; false where they say nothing."""
    state = session.state
    given = {name: value for name in FIELDS[1:] if (value := getattr(parameters, name)) is not None}
    for name, value in given.items():
        state.replace(name, value)
    if parameters.capabilities is not None:
        state.capabilities = list(parameters.capabilities)
    if parameters.state_data is not None:
        state.merge(parameters.state_data)
    return bool(given) or parameters.capabilities is not None or parameters.state_data is not None
