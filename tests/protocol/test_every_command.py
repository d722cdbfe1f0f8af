"""Every parameter of every command with a value of every JSON type: taken where it fits, else refused by its path."""

from typing import get_args, get_type_hints

import attrs
import pytest

from stui_actors.errors import InvalidRequest
from stui_actors.protocol.structuring import structure_parameters

from .wire import SAMPLES, requests_with_each_type

COMMANDS = pytest.importorskip("stui_actors.commands", exc_type=ImportError).COMMANDS
KINDS = {str: ["text", "empty text"], int: ["integer", "negative"], bool: ["true"], type(None): ["null"]}
KINDS[float] = ["integer", "negative", "number", "whole number"]


def fitting(hint, *, needed=True):
    """The kinds of samples that a type takes, told from the annotation alone; null where it may be left out."""
    if not needed:
        return ["null", *fitting(hint)]
    if hint in KINDS:
        return KINDS[hint]
    text = str(hint)
    if text.startswith("dict["):
        return ["object", "empty object"]
    if text.startswith("list["):
        return ["empty list", "list"] if "int" in text else ["empty list"]
    if text.startswith("typing.Literal["):
        return [kind for kind, value in SAMPLES.items() if value in get_args(hint)]
    return [kind for part in get_args(hint) for kind in fitting(part)]


def good_parameters(parameters_class):
    """One fitting value for each field that must be there."""
    hints = get_type_hints(parameters_class)
    needed = [each for each in attrs.fields(parameters_class) if each.default is attrs.NOTHING]
    return {each.name: SAMPLES[fitting(hints[each.name])[0]] for each in needed}


CASES = [
    pytest.param(command, name, kind, request, id=f"{command.name}.{name}: {kind}")
    for command in COMMANDS
    for name, kind, _, request in requests_with_each_type(command.parameters, good_parameters(command.parameters))
]


@pytest.mark.parametrize(("command", "name", "kind", "request_"), CASES)
def test_a_field_takes_its_type_and_nothing_else(command, name, kind, request_):
    hint = get_type_hints(command.parameters)[name]
    needed = attrs.fields_dict(command.parameters)[name].default is attrs.NOTHING

    if kind in fitting(hint, needed=needed):
        structure_parameters(command.parameters, request_)
        return

    with pytest.raises(InvalidRequest) as refused:
        structure_parameters(command.parameters, request_)
    assert refused.value.details["path"].startswith(f"parameters.{name}")
