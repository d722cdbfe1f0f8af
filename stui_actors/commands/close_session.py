"""Ends a session."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import SessionClosed, SessionNotFound, StorageError
from stui_actors.protocol.messages import Json


@parameters_of_command
class CloseSessionParameters:
    """What ``close_session`` takes."""

    delete: bool = optional("remove its files too, instead of keeping them until their retention ends", False)


@result_of_command
class CloseSessionResult:
    """What ``close_session`` answers."""

    session_id: str = required("the session's id")
    closed: bool = required("true")
    released: dict[str, Json] = required("objects, processes and bytes that were let go")


class CloseSession(Command):
    """End a session: stop what runs in it and let go of its workspace."""

    name: ClassVar[str] = "close_session"
    text: ClassVar[str] = "End a session: stop what runs in it and let go of its workspace."
    feature: ClassVar[str] = "session_persistence"
    changes_state: ClassVar[bool] = True
    parameters = CloseSessionParameters
    result = CloseSessionResult
    errors = (
        SessionClosed,
        SessionNotFound,
        StorageError,
    )

    async def run(self, context: Context, parameters: CloseSessionParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``CloseSessionResult``."""
        session = context.session
        released = await context.shelf.close(session, delete=parameters.delete)
        return {"session_id": session.id, "closed": True, "released": released}
