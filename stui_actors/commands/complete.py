"""Proposes how code may go on."""

from typing import ClassVar

from stui_actors.commands.browsing import bounded
from stui_actors.commands.command import Command
from stui_actors.commands.context import Context
from stui_actors.commands.fields import optional, parameters_of_command, required, result_of_command
from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Json
from stui_actors.smalltalk.completion import Completion, complete, complete_prefix


@parameters_of_command
class CompleteParameters:
    """What ``complete`` takes."""

    prefix: str | None = optional("the beginning of a name; else ``code`` and ``position``", None)
    code: str | None = optional("a source", None)
    position: int | None = optional("how many characters of it stand before the cursor; else all", None)
    limit: int = optional("at most so many", 50)


@result_of_command
class CompleteResult:
    """What ``complete`` answers."""

    items: list[dict[str, Json]] = required(
        "best first, each with text, kind (variable, class, selector, keyword) and detail (a variable's class, a "
        "class's package, who implements a selector, the whole selector of a keyword)"
    )
    replace_from: int = required("where in the source, or the prefix, what is replaced begins")
    replace_to: int = required("where it ends: the cursor")


class Complete(Command):
    """Propose names and messages that fit where the cursor is, also while an evaluation runs."""

    name: ClassVar[str] = "complete"
    text: ClassVar[str] = "Propose names and messages that fit where the cursor is, also while an evaluation runs."
    feature: ClassVar[str] = "evaluation"
    overtakes: ClassVar[bool] = True
    parameters = CompleteParameters
    result = CompleteResult
    errors = (InvalidRequest,)

    async def run(self, context: Context, parameters: CompleteParameters) -> dict[str, Json]:  # type: ignore[override]  # the codec gives each command its own class
        """Answer a ``CompleteResult``."""
        found = _completion(context, parameters)
        if found.is_cut:
            context.warnings.append(f"There is more than {parameters.limit} to propose; type more of it.")
        items: list[Json] = [{"text": each.text, "kind": each.kind, "detail": each.detail} for each in found.items]
        return {"items": items, "replace_from": found.start, "replace_to": found.stop}


def _completion(context: Context, parameters: CompleteParameters) -> Completion:
    image, limit = context.session.workspace.image, bounded(parameters.limit, context)
    if parameters.code is None:
        if parameters.prefix is None:
            raise InvalidRequest("`parameters.prefix` is missing, or `parameters.code`.", path="parameters.prefix")
        return complete_prefix(image, parameters.prefix, limit)
    length = len(parameters.code)
    position = length if parameters.position is None else parameters.position
    if not 0 <= position <= length:
        raise InvalidRequest(f"`parameters.position` must be from 0 to {length}.", path="parameters.position")
    if length > context.settings.evaluation.max_source_bytes:
        raise InvalidRequest("`parameters.code` is longer than a source may be.", path="parameters.code")
    return complete(image, parameters.code, position, limit)
