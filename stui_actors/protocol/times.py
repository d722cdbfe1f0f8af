"""Times on the wire: ISO 8601, UTC, milliseconds, ``Z``."""

from datetime import UTC, datetime
from functools import lru_cache


def iso_time(seconds: float) -> str:
    """``seconds`` since the epoch as ``2026-01-01T12:00:00.000Z``."""
    return _iso_millisecond(int(seconds * 1000))


@lru_cache(maxsize=64)  # of the milliseconds of a busy server each is asked for many times
def _iso_millisecond(milliseconds: int) -> str:
    second, rest = divmod(milliseconds, 1000)
    return f"{_iso_second(second)}.{rest:03d}Z"


@lru_cache(maxsize=64)
def _iso_second(second: int) -> str:
    return datetime.fromtimestamp(second, UTC).strftime("%Y-%m-%dT%H:%M:%S")


def seconds_of(text: str) -> float:
    """Seconds since the epoch of a time on the wire; raise ValueError for what is none."""
    return datetime.fromisoformat(text).timestamp()
