"""What ``describe`` tells, made from the commands, errors and settings themselves."""

from collections.abc import Iterable
from enum import Enum
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

import attrs

from stui_actors import __version__
from stui_actors.commands.command import Command
from stui_actors.commands.limits import limits_of
from stui_actors.config import Settings
from stui_actors.errors import WIRE_ERRORS, StuiError
from stui_actors.protocol.messages import Json

PROTOCOL_VERSIONS = ("1.0.0",)
NAMES = {
    str: "string",
    int: "integer",
    float: "number",
    bool: "boolean",
    NoneType: "null",
    dict: "object",
    list: "array",
}


def description(commands: Iterable[Command], gates: dict[str, dict[str, Json]], settings: Settings) -> dict[str, Json]:
    """The whole description, for a client that has the features that ``gates`` says."""
    return {
        "server": {"name": "stui_actors", "version": __version__},
        "protocol_versions": list(PROTOCOL_VERSIONS),
        "commands": [command_description(each, gates, settings) for each in commands if each.is_built],
        "error_types": [error_description(each) for each in WIRE_ERRORS],
        "features": dict(gates),
        "limits": limits_of(settings),
    }


def command_description(command: Command, gates: dict[str, dict[str, Json]], settings: Settings) -> dict[str, Json]:
    """One command's row. ``limited``: how many requests a second, all commands together; null without a limit."""
    gate = gates.get(command.feature, {})
    return {
        "name": command.name,
        "text": command.text,
        "parameters": list(fields_description(command.parameters)),
        "result": list(fields_description(command.result)),
        "errors": [error.error_type for error in command.errors],
        "feature": command.feature,
        "changes_state": command.changes_state,
        "available": gate.get("access_granted", False),
        "gated": gate.get("required_tier"),
        "limited": settings.auth.rate_limit or None,
    }


def fields_description(cls: type[attrs.AttrsInstance]) -> list[dict[str, Json]]:
    """The fields of parameters or of a result."""
    hints = get_type_hints(cls)
    return [field_description(each, hints[each.name]) for each in attrs.fields(cls)]


def field_description(attribute: "attrs.Attribute[Any]", hint: object) -> dict[str, Json]:
    """One field: name, type, whether it must be there, text, and its default if it has a plain one."""
    row: dict[str, Json] = {
        "name": attribute.name,
        "type": type_text(hint),
        "required": attribute.default is attrs.NOTHING,
        "text": str(attribute.metadata["text"]),
    }
    if isinstance(attribute.default, str | int | float):
        row["default"] = attribute.default
    return row


def type_text(hint: object) -> str:
    """A type as a reader of JSON calls it, the allowed values included."""
    if isinstance(hint, TypeVar):
        return "any"
    origin = get_origin(hint)
    if origin is Literal:
        return " | ".join(f'"{value}"' for value in get_args(hint))
    if origin in (Union, UnionType):
        return " | ".join(type_text(part) for part in get_args(hint))
    if origin is list:
        return f"array of {type_text(get_args(hint)[0])}"
    if isinstance(hint, type) and issubclass(hint, Enum):
        return " | ".join(f'"{each.value}"' for each in hint)
    kind = origin or hint
    return NAMES.get(kind, "any") if isinstance(kind, type) else "any"


def error_description(error: type[StuiError]) -> dict[str, Json]:
    """One error type's row."""
    return {
        "name": error.error_type,
        "text": (error.__doc__ or "").split("\n\n")[0].strip(),
        "retryable": error.retryable,
        "envelope_code": error.envelope_code,
        "suggestion": error.suggestion,
    }
