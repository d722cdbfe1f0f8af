"""Proves who a client is."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import NoParameters, required, result_of_command
from stui_actors.errors import AuthenticationFailed, AuthenticationRequired
from stui_actors.protocol.messages import Json


@result_of_command
class AuthenticateResult:
    """What ``authenticate`` answers."""

    client_id: str = required("who it is")
    subscription_tier: str = required("the tier that its account has")
    features: list[str] = required("what the tier allows")
    expires_at: str | None = required("until when; null for ever")


class Authenticate(Command):
    """Prove who the client is; the connection counts as authenticated from then on."""

    name: ClassVar[str] = "authenticate"
    text: ClassVar[str] = "Prove who the client is; the connection counts as authenticated from then on."
    feature: ClassVar[str] = "basic"
    scope: ClassVar[str] = "client"
    parameters = NoParameters
    result = AuthenticateResult
    errors = (
        AuthenticationFailed,
        AuthenticationRequired,
    )

    async def run(self, context: Context, parameters: NoParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``AuthenticateResult``."""
        return await context.doorkeeper.authenticate(context.client_id, context.request.auth_token, context.connection)
