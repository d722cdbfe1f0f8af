"""Where the server's parts write their lines. structlog is loaded by the first one.

It brings rich and asyncio with it, which take as long to load as half of the commands; whoever sets the log up loads
it too.
"""

from importlib import import_module
from typing import Literal

Level = Literal["info", "warning", "error"]


class Log:
    """Lines with an event and named values."""

    __slots__ = ()

    def info(self, event: str, **values: object) -> None:
        """What is worth knowing later."""
        _write("info", event, values)

    def warning(self, event: str, **values: object) -> None:
        """What somebody should look at."""
        _write("warning", event, values)

    def error(self, event: str, **values: object) -> None:
        """What went wrong."""
        _write("error", event, values)


def _write(level: Level, event: str, values: dict[str, object]) -> None:
    logger = import_module("structlog").get_logger()  # each time anew: it may have been set up meanwhile
    getattr(logger, level)(event, **values)


log = Log()
