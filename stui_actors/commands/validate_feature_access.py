"""Tells whether a client may use a feature."""

from typing import ClassVar

from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import parameters_of_command, required, result_of_command
from stui_actors.protocol.messages import Json


@parameters_of_command
class ValidateFeatureAccessParameters:
    """What ``validate_feature_access`` takes."""

    feature: str = required("the feature's name")


@result_of_command
class ValidateFeatureAccessResult:
    """What ``validate_feature_access`` answers."""

    feature: str = required("the feature's name")
    access_granted: bool = required("whether it may")
    subscription_tier: str = required("the client's tier")
    expires_at: str | None = required("until when the grant holds; null for ever")
    reason: str = required("why, in a sentence")


class ValidateFeatureAccess(Command):
    """Tell whether the client may use a feature, and why not."""

    name: ClassVar[str] = "validate_feature_access"
    text: ClassVar[str] = "Tell whether the client may use a feature, and why not."
    feature: ClassVar[str] = "basic"
    scope: ClassVar[str] = "client"
    parameters = ValidateFeatureAccessParameters
    result = ValidateFeatureAccessResult

    async def run(self, context: Context, parameters: ValidateFeatureAccessParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``ValidateFeatureAccessResult``."""
        return await context.doorkeeper.feature_access(context.request, context.client_id, parameters.feature)
