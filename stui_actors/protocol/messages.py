"""What comes in and what goes out, as plain values; how they look on the wire is the dialects' matter.

Requests and replies are structs: one of each is made per message, and a frozen attrs class takes five times as long.
"""

from enum import Enum
from typing import TypeAlias

import msgspec

from stui_actors.errors import StuiError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
RequestId: TypeAlias = str | int | None


class Dialect(Enum):
    """How a message is spelt; a reply has its request's."""

    COMMAND = "command"
    ENVELOPE = "envelope"


class Request(msgspec.Struct, frozen=True):
    """One request, whatever its dialect. ``command`` is in snake_case; ``parameters`` lack what has a field here."""

    id: RequestId
    command: str
    parameters: dict[str, Json]
    dialect: Dialect = Dialect.COMMAND
    client_id: str | None = None
    session_id: str | None = None
    auth_token: str | None = None
    session_epoch: str | None = None
    version: str | None = None
    warnings: tuple[str, ...] = ()

    def __repr__(self) -> str:
        shown = [f"{name}={getattr(self, name)!r}" for name in self.__struct_fields__ if name != "auth_token"]
        return f"Request({', '.join(shown)})"


class Reply(msgspec.Struct, frozen=True):
    """The answer to one request: a result or an error, never both."""

    result: dict[str, Json] | None = None
    error: StuiError | None = None
    warnings: tuple[str, ...] = ()
    replayed: bool = False

    def warning(self, text: str) -> "Reply":
        """The same with one more warning."""
        return Reply(self.result, self.error, (*self.warnings, text), self.replayed)


class Event(msgspec.Struct, frozen=True, gc=False):
    """Something that happened in a session, told without being asked. ``timestamp`` in seconds since the epoch, UTC."""

    kind: str
    session_id: str
    seq: int
    data: dict[str, Json]
    timestamp: float
    request_id: RequestId = None
