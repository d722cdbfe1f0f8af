"""How the log looks: text on a terminal, JSON lines elsewhere. Escapes what comes from outside, and stems floods."""

import logging
import os
import sys
from collections.abc import Callable
from contextlib import suppress
from time import monotonic
from typing import TextIO, cast

import structlog
from attrs import define, field
from structlog.typing import EventDict, Processor, WrappedLogger

from stui_actors.config import LogSettings

MAX_TEXT = 512  # characters of one value: more of it helps nobody, and a client may have made it
MAX_TRACEBACK = 20_000
FLOOD_WINDOW = 10.0  # seconds
NEVER_STEMMED = "not saved"  # each names work that is lost, once per client, and nothing comes after it
FLOOD_LIMIT = 20  # lines of one kind within it; how many more there were is told by the next one


def configure_log(settings: LogSettings, stream: TextIO | None = None) -> None:
    """Set the log up, on stderr unless told otherwise."""
    out = stream if stream is not None else sys.stderr
    as_text = settings.format == "text" or (settings.format == "auto" and out.isatty())
    structlog.configure(
        processors=[
            structlog.stdlib.add_log_level,
            Floodgate(),
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            escape,
            *_rendering(as_text, out),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(getattr(logging, settings.level.upper())),
        logger_factory=structlog.WriteLoggerFactory(cast(TextIO, Unbreakable(out))),
        cache_logger_on_first_use=False,
    )


@define(eq=False)
class Unbreakable:
    """A stream whose reader may leave, or whose disk may be full: what cannot be written is lost, and nobody falls."""

    stream: TextIO

    def write(self, text: str) -> None:
        """Write, if that can be done."""
        with suppress(OSError, ValueError):  # ValueError: it was closed
            self.stream.write(text)

    def flush(self) -> None:
        """Flush, if that can be done."""
        with suppress(OSError, ValueError):
            self.stream.flush()


def _rendering(as_text: bool, out: TextIO) -> list[Processor]:
    if not as_text:
        return [structlog.processors.JSONRenderer(sort_keys=False, ensure_ascii=True)]
    colours = out.isatty() and not os.environ.get("NO_COLOR")
    return [structlog.dev.ConsoleRenderer(colors=colours, pad_event_to=0)]


@define(eq=False)
class Floodgate:
    """Drops lines of one kind beyond so many in so many seconds."""

    clock: Callable[[], float] = monotonic
    _windows: dict[str, tuple[float, int]] = field(factory=dict)

    def __call__(self, logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
        """Let the line through, or drop it."""
        kind, now = str(line.get("event", "")), self.clock()
        if kind == NEVER_STEMMED:
            return line
        began, lines = self._windows.get(kind, (now, 0))
        if now - began >= FLOOD_WINDOW:
            if lines > FLOOD_LIMIT:
                line["suppressed"] = lines - FLOOD_LIMIT
            began, lines = now, 0
        self._windows[kind] = (began, lines + 1)
        if lines >= FLOOD_LIMIT:
            raise structlog.DropEvent
        return line


def escape(logger: WrappedLogger, method: str, line: EventDict) -> EventDict:
    """Make every value harmless for a terminal and for who reads lines: bounded, no control characters, ids as hex."""
    for key, value in line.items():
        if isinstance(value, bytes):
            line[key] = value[:MAX_TEXT].hex()
        elif isinstance(value, str):
            line[key] = _traceback(value) if key == "exception" else printable(value, MAX_TEXT)
    return line


def printable(text: str, most: int) -> str:
    """``text`` with everything escaped that is not to be seen, and cut."""
    shown = text if text.isprintable() else "".join(_shown(each) for each in text[:most])
    return shown if len(shown) <= most else shown[:most] + "…"


def _shown(character: str) -> str:
    return character if character.isprintable() else character.encode("unicode_escape").decode("ascii")


def _traceback(text: str) -> str:
    return "\n".join(printable(each, MAX_TEXT) for each in text[-MAX_TRACEBACK:].splitlines())
