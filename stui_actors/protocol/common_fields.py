"""The fields that belong to every request, in whatever dialect: whose it is, and for which session."""

from attrs import frozen

from stui_actors.protocol.messages import Json
from stui_actors.protocol.names import is_client_id
from stui_actors.protocol.refusal import invalid, mistyped

MAX_NAMED = 16  # unknown fields that warnings name one by one


@frozen
class CommonFields:
    """What every request may carry."""

    client_id: str | None
    session_id: str | None
    auth_token: str | None
    session_epoch: str | None


def take_common(parameters: dict[str, Json], prefix: str) -> CommonFields:
    """Take the common fields out of ``parameters``; raise Undecodable for a mistyped one. Null is as good as absent."""
    client_id = _take_text(parameters, "client_id", prefix)
    if client_id is not None and not is_client_id(client_id):
        rule = "must be 1 to 64 of `A-Z a-z 0-9 . _ @ : -`, the first a letter or digit"
        raise invalid(f"{prefix}client_id", rule)
    return CommonFields(
        client_id,
        _take_text(parameters, "session_id", prefix),
        _take_text(parameters, "auth_token", prefix),
        _take_text(parameters, "session_epoch", prefix),
    )


def _take_text(parameters: dict[str, Json], name: str, prefix: str) -> str | None:
    value = parameters.pop(name, None)
    if value is not None and type(value) is not str:
        raise mistyped(f"{prefix}{name}", "a text", value)
    return value


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
