"""Makes a session out of an exported one."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required
from stui_actors.commands.get_session_info import GetSessionInfoResult
from stui_actors.errors import InvalidRequest, SessionLimitExceeded, StorageError
from stui_actors.protocol.messages import Json


@parameters_of_command
class ImportSessionParameters:
    """What ``import_session`` takes."""

    data: str = required("STON text as ``export_session`` gave it")


class ImportSession(Command):
    """Make a session of this client out of what ``export_session`` gave."""

    name: ClassVar[str] = "import_session"
    text: ClassVar[str] = "Make a session of this client out of what ``export_session`` gave."
    feature: ClassVar[str] = "session_persistence"
    scope: ClassVar[str] = "client"
    changes_state: ClassVar[bool] = True
    parameters = ImportSessionParameters
    result = GetSessionInfoResult
    errors = (
        InvalidRequest,
        SessionLimitExceeded,
        StorageError,
    )

    async def run(self, context: Context, parameters: ImportSessionParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetSessionInfoResult``."""
        if context.is_anonymous:
            raise InvalidRequest("`parameters.client_id` is missing.", path="parameters.client_id")
        session = await context.shelf.import_session(parameters.data)
        return session.info(context.now())
