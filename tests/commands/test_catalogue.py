"""The list of commands, and what each says of itself."""

import importlib
import pkgutil

import attrs
import pytest

import stui_actors.commands
from stui_actors.commands import COMMANDS, COMMANDS_BY_NAME
from stui_actors.commands.command import Command
from stui_actors.errors import WIRE_ERRORS

by_name = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


def test_every_command_that_has_a_file_is_in_the_list():
    found = set()
    for module in pkgutil.iter_modules(stui_actors.commands.__path__):
        members = vars(importlib.import_module(f"stui_actors.commands.{module.name}")).values()
        classes = [each for each in members if isinstance(each, type) and issubclass(each, Command)]
        found |= set(classes) - {Command}

    assert found == {type(command) for command in COMMANDS}


def test_names_are_unique():
    assert len(COMMANDS_BY_NAME) == len(COMMANDS)


@by_name
def test_a_command_stands_in_the_file_of_its_name(command):
    assert type(command).__module__ == f"stui_actors.commands.{command.name}"


@by_name
def test_a_command_says_what_it_does_and_takes_and_answers(command):
    assert command.text.endswith(".")
    for cls in (command.parameters, command.result):
        for field in attrs.fields(cls):
            assert field.metadata["text"], f"{cls.__name__}.{field.name}"


@by_name
def test_the_classes_of_a_command_have_only_the_methods_that_somebody_calls(command):
    """Each method that attrs makes is compiled at every start."""
    made = {"__init__", "__repr__", "__eq__", "__hash__"}

    assert made & vars(command.parameters).keys() == {"__init__"}
    assert not made & vars(command.result).keys()


@by_name
def test_a_command_names_errors_that_exist(command):
    assert set(command.errors) <= set(WIRE_ERRORS)


@by_name
def test_a_command_has_a_known_scope(command):
    assert command.scope in ("server", "client", "session")


@by_name
def test_only_session_commands_overtake_and_they_change_nothing(command):
    if command.overtakes:
        assert not command.changes_state
