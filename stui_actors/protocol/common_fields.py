"""The fields that belong to every request, in whatever dialect: whose it is, and for which session."""

from stui_actors.protocol.messages import Json
from stui_actors.protocol.names import is_client_id
from stui_actors.protocol.refusal import invalid, mistyped

MAX_NAMED = 16  # unknown fields that warnings name one by one


Common = tuple[str | None, str | None, str | None, str | None]
COMMON = ("client_id", "session_id", "auth_token", "session_epoch")


def take_common(parameters: dict[str, Json], prefix: str) -> Common:
    """Take the common fields out of ``parameters``, in the order of ``COMMON``. Null is as good as absent.

    Raise Undecodable for a mistyped one, and for a client id that can't be one.
    """
    client_id = _text(parameters.pop("client_id", None), "client_id", prefix)
    session_id = _text(parameters.pop("session_id", None), "session_id", prefix)
    auth_token = _text(parameters.pop("auth_token", None), "auth_token", prefix)
    session_epoch = _text(parameters.pop("session_epoch", None), "session_epoch", prefix)
    if client_id is not None and not is_client_id(client_id):
        rule = "must be 1 to 64 of `A-Z a-z 0-9 . _ @ : -`, the first a letter or digit"
        raise invalid(f"{prefix}client_id", rule)
    return client_id, session_id, auth_token, session_epoch


def _text(value: Json, name: str, prefix: str) -> str | None:
    if value is None or type(value) is str:
        return value
    raise mistyped(prefix + name, "a text", value)


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
