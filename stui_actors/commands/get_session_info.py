"""Tells of one session."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.errors import SessionNotFound
from stui_actors.protocol.messages import Json


@result_of_command
class GetSessionInfoResult:
    """What ``get_session_info`` answers."""

    session_id: str = required("the session's id")
    client_id: str = required("whose session it is")
    name: str = required("its name, empty if none was given")
    created_at: str = required("when it was created")
    last_modified: str = required("when it last changed")
    timeout: float = required("seconds of idleness after which a detached session leaves memory")
    is_active: bool = required("false once closed")
    is_expired: bool = required("true past its retention")
    time_until_expiry: float = required("seconds until it expires, if nobody uses it")
    version: int = required("grows with each change")
    state: str = required("attached, detached or sleeping")
    size_bytes: int = required("its size on disk")
    statistics: dict[str, Json] = required("counters since it was created")


class GetSessionInfo(Command):
    """Tell of one session."""

    name: ClassVar[str] = "get_session_info"
    text: ClassVar[str] = "Tell of one session."
    feature: ClassVar[str] = "session_persistence"
    parameters = NoParameters
    result = GetSessionInfoResult
    errors = (SessionNotFound,)

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetSessionInfoResult``."""
        return context.session.info(context.now())
