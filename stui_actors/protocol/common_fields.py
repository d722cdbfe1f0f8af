"""The fields that belong to every request, in whatever dialect: whose it is, and for which session."""

from stui_actors.protocol.messages import Json
from stui_actors.protocol.names import is_client_id
from stui_actors.protocol.refusal import invalid, mistyped

MAX_NAMED = 16  # unknown fields that warnings name one by one


Common = tuple[str | None, str | None, str | None, str | None]
COMMON = ("client_id", "session_id", "auth_token", "session_epoch")


def take_common(parameters: dict[str, Json], prefix: str) -> Common:
    """Take the common fields out of ``parameters``, in the order of ``COMMON``. Null is as good as absent.

    Raise Undecodable for a mistyped one, for a client id that can't be one, and for an empty session id.
    """
    take = parameters.pop
    common = take("client_id", None), take("session_id", None), take("auth_token", None), take("session_epoch", None)
    for value in common:
        if value is not None and type(value) is not str:
            raise mistyped(prefix + COMMON[common.index(value)], "a text", value)
    client_id = common[0]
    if client_id is not None and not is_client_id(client_id):  # type: ignore[arg-type]  # the loop has looked at it
        rule = "must be 1 to 64 of `A-Z a-z 0-9 . _ @ : -`, the first a letter or digit"
        raise invalid(f"{prefix}client_id", rule)
    if common[1] == "":  # as good as absent it would lead to another workspace, maybe one that nobody keeps
        raise invalid(f"{prefix}session_id", "is empty")
    return common  # type: ignore[return-value]  # texts or nothing, as the loop has found


def merged(outer: dict[str, Json], inner: dict[str, Json], prefix: str) -> dict[str, Json]:
    """Fields of two places as one; raise Undecodable where both have one and they differ."""
    for name, value in inner.items():
        if value is None and name in outer:
            continue
        if outer.setdefault(name, value) == value:
            continue
        if outer[name] is not None:
            raise invalid(f"{prefix}{name[:64]}", "stands in two places with two values")
        outer[name] = value
    return outer


def unknown_fields(names: list[str], prefix: str) -> tuple[str, ...]:
    """The warnings for fields that nobody reads: some by name, the rest by number."""
    named = [f"`{prefix}{name[:64]}` is unknown and was ignored" for name in names[:MAX_NAMED]]
    if len(names) > MAX_NAMED:
        named.append(f"{len(names) - MAX_NAMED} more unknown fields were ignored")
    return tuple(named)
