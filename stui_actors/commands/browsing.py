"""What the commands that search the class library share: bounded answers that say when they were cut."""

from typing import cast

from stui_actors.commands.context import Context
from stui_actors.commands.limits import counted
from stui_actors.protocol.messages import Json

MAX_FOUND = 5000  # per answer: it must stay below the largest message


def bounded(limit: int, context: Context) -> int:
    """How many are answered where ``limit`` are asked for; raise InvalidRequest if that is below zero."""
    return counted(limit, MAX_FOUND, "limit", context)


def references(context: Context, found: list[dict[str, object]], most: int) -> list[Json]:
    """The first ``most`` of the methods found; a warning tells that there are more."""
    if len(found) > most:
        context.warnings.append(f"There are more than the {most} methods that are listed.")
    return cast("list[Json]", found[:most])
