"""What comes in and what goes out, as plain values; how they look on the wire is the dialects' matter."""

from enum import Enum
from typing import TypeAlias

from attrs import field, frozen

from stui_actors.errors import StuiError

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
RequestId: TypeAlias = str | int | None


class Dialect(Enum):
    """How a message is spelt; a reply has its request's."""

    COMMAND = "command"
    ENVELOPE = "envelope"


@frozen
class Request:
    """One request, whatever its dialect. ``command`` is in snake_case; ``parameters`` lack what has a field here."""

    id: RequestId
    command: str
    parameters: dict[str, Json]
    dialect: Dialect = Dialect.COMMAND
    client_id: str | None = None
    session_id: str | None = None
    auth_token: str | None = field(default=None, repr=False)
    session_epoch: str | None = None
    version: str | None = None
    warnings: tuple[str, ...] = ()


@frozen
class Reply:
    """The answer to one request: a result or an error, never both."""

    result: dict[str, Json] | None = None
    error: StuiError | None = None
    warnings: tuple[str, ...] = ()
    replayed: bool = False


@frozen
class Event:
    """Something that happened in a session, told without being asked. ``timestamp`` in seconds since the epoch, UTC."""

    kind: str
    session_id: str
    seq: int
    data: dict[str, Json]
    timestamp: float
    request_id: RequestId = None
