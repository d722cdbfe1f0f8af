"""What clients may ask: one file per operation, and the list of them all."""

from stui_actors.commands.catalogue import COMMANDS, COMMANDS_BY_NAME

__all__ = ["COMMANDS", "COMMANDS_BY_NAME"]
