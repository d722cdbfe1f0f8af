"""Brings an earlier state of a session back."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required
from stui_actors.commands.restore_session import RestoreSessionResult, restored
from stui_actors.errors import InvalidRequest, SessionNotFound, StorageError
from stui_actors.protocol.messages import Json


@parameters_of_command
class RollbackSessionParameters:
    """What ``rollback_session`` takes."""

    version: int = required("a version that ``session_history`` lists")


class RollbackSession(Command):
    """Bring back the state that was saved as ``version``; it becomes the newest one."""

    name: ClassVar[str] = "rollback_session"
    text: ClassVar[str] = "Bring back the state that was saved as ``version``; it becomes the newest one."
    feature: ClassVar[str] = "session_persistence"
    changes_state: ClassVar[bool] = True
    parameters = RollbackSessionParameters
    result = RestoreSessionResult
    errors = (
        InvalidRequest,
        SessionNotFound,
        StorageError,
    )

    async def run(self, context: Context, parameters: RollbackSessionParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``RestoreSessionResult``."""
        session = await context.shelf.roll_back(context.session, parameters.version)
        return restored(session, context)
