"""Gives a session another name."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required
from stui_actors.commands.get_session_info import GetSessionInfoResult
from stui_actors.commands.limits import session_name
from stui_actors.errors import InvalidRequest, SessionNotFound, StorageError
from stui_actors.protocol.messages import Json


@parameters_of_command
class RenameSessionParameters:
    """What ``rename_session`` takes."""

    name: str = required("the new name, at most 200 characters")


class RenameSession(Command):
    """Give a session another name."""

    name: ClassVar[str] = "rename_session"
    text: ClassVar[str] = "Give a session another name."
    feature: ClassVar[str] = "session_persistence"
    changes_state: ClassVar[bool] = True
    parameters = RenameSessionParameters
    result = GetSessionInfoResult
    errors = (
        InvalidRequest,
        SessionNotFound,
        StorageError,
    )

    async def run(self, context: Context, parameters: RenameSessionParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetSessionInfoResult``."""
        session = context.session
        session.name = session_name(parameters.name)
        session.changed(context.now(), ())
        return session.info(context.now())
