"""Counts sessions and clients."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.protocol.messages import Json


@result_of_command
class GetSessionStatisticsResult:
    """What ``get_session_statistics`` answers."""

    total_sessions: int = required("sessions in the store")
    active_clients: int = required("clients that are here now")
    max_sessions_per_client: int = required("attached at the same time")
    default_timeout: float = required("seconds of idleness after which a detached session leaves memory")
    cleanup_interval: float = required("seconds between two sweeps for expired sessions")
    totals: dict[str, Json] = required("counters since the server's start")


class GetSessionStatistics(Command):
    """Count the sessions and clients of the server."""

    name: ClassVar[str] = "get_session_statistics"
    text: ClassVar[str] = "Count the sessions and clients of the server."
    feature: ClassVar[str] = "basic"
    scope: ClassVar[str] = "client"
    parameters = NoParameters
    result = GetSessionStatisticsResult

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``GetSessionStatisticsResult``."""
        bounds = context.settings.session
        statistics = await context.directory.statistics()
        return {
            "max_sessions_per_client": bounds.max_sessions_per_client,
            "default_timeout": bounds.timeout,
            "cleanup_interval": bounds.cleanup_interval,
            **statistics,
        }
