"""Which generations stay: the last ones, then one of each hour, then one of each day.

Hours and days count only if something was saved in them. So the clock cannot age anything: set a year forward,
it thins no more than it would have.
"""

from collections.abc import Iterable

from attrs import frozen

from stui_actors.config import StorageSettings

HOUR, DAY = 3600, 86400  # seconds


@frozen
class Saved:
    """What thinning looks at."""

    number: int
    saved_at: float


def superfluous(generations: Iterable[Saved], settings: StorageSettings) -> frozenset[int]:
    """The numbers of the generations that need not be kept."""
    newest_first = sorted(generations, key=lambda each: each.number, reverse=True)
    kept = {each.number for each in newest_first[: max(settings.keep_generations, 1)]}
    kept |= _newest_of_each(newest_first, HOUR, settings.keep_hourly)
    kept |= _newest_of_each(newest_first, DAY, settings.keep_daily)
    return frozenset(each.number for each in newest_first) - kept


def _newest_of_each(newest_first: list[Saved], seconds: int, most: int) -> set[int]:
    kept: dict[int, int] = {}
    for each in newest_first:
        kept.setdefault(int(each.saved_at // seconds), each.number)
    return set(list(kept.values())[:most])
