"""Primitives of clocks and of the Transcript: what reaches the host, through the image's doors only."""

from collections.abc import Callable

from stui_actors.smalltalk.machine import FAIL, MACHINE
from stui_actors.smalltalk.objects import StString

UNIX_EPOCH = 2_177_452_800_000_000  # microseconds from the beginning of 1901 to that of 1970


def utc_microseconds(_: object) -> int:
    """Microseconds since the beginning of 1901, in Greenwich, by the image's clock."""
    return UNIX_EPOCH + int(MACHINE.image.clock.now() * 1_000_000)


def elapsed_microseconds(_: object) -> int:
    """Microseconds since an arbitrary moment; never goes back."""
    return int(MACHINE.image.clock.elapsed() * 1_000_000)


def append_to_transcript(stream: object, text: object) -> object:
    """Hand text to the client's transcript; the image cuts what is beyond the limit."""
    if isinstance(text, StString):
        MACHINE.image.transcribe(text.text())
    elif isinstance(text, str):
        MACHINE.image.transcribe(text)
    else:
        return FAIL
    return stream


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Time class.utcMicroseconds": utc_microseconds,
    "Time class.microsecondClockValue": elapsed_microseconds,
    "TranscriptStream.append:": append_to_transcript,
}
