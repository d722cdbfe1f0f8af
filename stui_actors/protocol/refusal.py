"""What is known of a request that could not be read: enough to answer it."""

from attrs import frozen

from stui_actors.errors import InvalidRequest
from stui_actors.protocol.messages import Dialect, Json, RequestId

QUOTED = 64  # characters of the input that a message may repeat


@frozen
class ReplyTo:
    """Whom and how to answer: all that a refusal needs."""

    id: RequestId = None
    dialect: Dialect = Dialect.COMMAND
    client_id: str | None = None


class Undecodable(InvalidRequest):
    """A request that is no request. ``reply_to`` says what of it was understood."""

    reply_to: ReplyTo = ReplyTo()

    def answering(self, reply_to: ReplyTo) -> "Undecodable":
        """The same error, for a request of which more is known."""
        self.reply_to = reply_to
        return self


def invalid(path: str, fault: str) -> Undecodable:
    """The error for the field at ``path``; ``fault`` goes on where the path stood, as in ``must be text``."""
    return Undecodable(f"`{path}` {fault}.", path=path)


def mistyped(path: str, expected: str, value: Json) -> Undecodable:
    """The error for a field that holds something else than what is ``expected``."""
    return invalid(path, f"must be {expected}, not {kind_of(value)}{shown(value)}")


def kind_of(value: object) -> str:
    """The JSON type of a value, with its article."""
    return _KINDS.get(type(value), "something else")


def shown(value: object) -> str:
    """A scalar, quoted and bounded, with a blank before it; nothing for null, lists and objects."""
    if isinstance(value, str):
        return f" {quoted(value)}"
    if isinstance(value, bool | int | float):
        return f" {number_text(value)}"
    return ""


def quoted(text: str) -> str:
    """``text`` in quotes, escaped, at most 64 characters of it."""
    return repr(text) if len(text) <= QUOTED else repr(text[:QUOTED]) + "…"


def number_text(value: bool | int | float) -> str:
    """A number or truth value as JSON has it; one too long to show as its size in bits."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int) and value.bit_length() > QUOTED * 3:
        return f"of {value.bit_length()} bits"
    return repr(value)


_KINDS: dict[type, str] = {
    str: "the text",
    bool: "the truth value",
    int: "the integer",
    float: "the number",
    list: "a list",
    dict: "an object",
    type(None): "null",
}
