"""What is kept: the last ones, one of each hour, one of each day."""

from hypothesis import given, settings
from hypothesis import strategies as st

from stui_actors.config import StorageSettings
from stui_actors.storage.thinning import DAY, HOUR, Saved, superfluous

SAME = settings(derandomize=True, deadline=None)  # the same examples in every run
SETTINGS = StorageSettings()
START = 1_767_225_600.0  # midnight


def kept(times: list[float]) -> list[int]:
    saved = [Saved(number, at) for number, at in enumerate(times, 1)]
    drop = superfluous(saved, SETTINGS)
    return [each.number for each in saved if each.number not in drop]


def kept_after_each_save(times: list[float]) -> list[Saved]:
    saved: list[Saved] = []
    for number, at in enumerate(times, 1):
        saved.append(Saved(number, at))
        drop = superfluous(saved, SETTINGS)
        saved = [each for each in saved if each.number not in drop]
    return saved


def test_of_many_within_an_hour_the_last_five_stay() -> None:
    assert kept([START + n for n in range(100)]) == [96, 97, 98, 99, 100]


def test_of_each_hour_its_last_one_stays() -> None:
    assert kept([START + n * HOUR / 2 for n in range(24)]) == [2, 4, 6, 8, 10, 12, 14, 16, 18, 20, 21, 22, 23, 24]


def test_after_two_years_of_hourly_saves_a_day_and_a_month_are_left() -> None:
    saved = kept_after_each_save([START + n * HOUR for n in range(2 * 365 * 24)])
    assert len(saved) == SETTINGS.keep_hourly + SETTINGS.keep_daily - 1
    days = {int(each.saved_at // DAY) for each in saved}
    assert len(days) == SETTINGS.keep_daily


def test_a_clock_that_jumps_a_year_costs_no_more_than_any_save() -> None:
    times = [START + n * HOUR for n in range(100)]
    before = kept_after_each_save(times)
    after = kept_after_each_save([*times, times[-1] + 365 * DAY])
    assert len(before) - 1 <= len(after)


@SAME
@given(st.lists(st.floats(0, 10**10), max_size=200))
def test_the_newest_are_never_superfluous_whatever_their_times(times: list[float]) -> None:
    numbers = range(1, len(times) + 1)
    assert set(numbers[-SETTINGS.keep_generations :]) <= set(kept(times))


def test_the_newest_stays_even_where_none_is_to_be_kept() -> None:
    none = StorageSettings(keep_generations=0, keep_hourly=0, keep_daily=0)
    assert superfluous([Saved(1, 0), Saved(2, 0)], none) == {1}
