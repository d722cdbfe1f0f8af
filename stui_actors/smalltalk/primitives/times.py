"""Primitives of clocks: the host's, through the machine, so that a simulation can have its own."""

from collections.abc import Callable

from stui_actors.smalltalk.machine import MACHINE

UNIX_EPOCH = 2_177_452_800_000_000  # microseconds from the beginning of 1901 to that of 1970


def utc_microseconds(_: object) -> int:
    """Microseconds since the beginning of 1901, in Greenwich."""
    return UNIX_EPOCH + int(MACHINE.wall() * 1_000_000)


def elapsed_microseconds(_: object) -> int:
    """Microseconds since an arbitrary moment; never goes back."""
    return int(MACHINE.monotonic() * 1_000_000)


PRIMITIVES: dict[str, Callable[..., object]] = {
    "Time class.utcMicroseconds": utc_microseconds,
    "Time class.microsecondClockValue": elapsed_microseconds,
}
