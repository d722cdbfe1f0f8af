"""What ``describe`` tells."""

from typing import Literal

import pytest

from stui_actors.commands import COMMANDS
from stui_actors.commands.description import description, type_text
from stui_actors.config import Settings
from stui_actors.errors import WIRE_ERRORS


def described():
    return description(COMMANDS, {"basic": {"access_granted": True, "required_tier": "free"}}, Settings())


def test_every_command_and_error_is_described():
    told = described()

    assert [command["name"] for command in told["commands"]] == [
        command.name for command in COMMANDS if command.is_built
    ]
    assert [error["name"] for error in told["error_types"]] == [error.error_type for error in WIRE_ERRORS]


def test_a_command_tells_its_parameters_with_type_and_default():
    ping = described()["commands"][0]

    assert ping["parameters"] == [
        {"name": "message", "type": "string | null", "required": False, "text": "a text that comes back"}
    ]
    assert ping["available"] is True


def test_a_command_outside_the_gates_is_not_available():
    assert next(each for each in described()["commands"] if each["name"] == "evaluate")["available"] is False


@pytest.mark.parametrize(
    ("hint", "text"),
    [
        (int, "integer"),
        (str | None, "string | null"),
        (list[str], "array of string"),
        (dict[str, object], "object"),
        (Literal["a", "b"], '"a" | "b"'),
    ],
)
def test_types_are_told_as_json_calls_them(hint, text):
    assert type_text(hint) == text
