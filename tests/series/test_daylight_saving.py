"""Steps across daylight saving."""

import numpy as np
import pandas as pd
import pytest

from tests.series.times import clock_of, dates, positions_of, without_freq

ZONES = ["Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kolkata", "UTC"]


@pytest.mark.parametrize("tz", ZONES)
@pytest.mark.parametrize("start", ["2024-03-01", "2024-09-25"])  # the clocks go on, and back
@pytest.mark.parametrize("freq", ["h", "15min", "D", "B", "W-SUN", "MS"])
def test_steps_are_right_across_daylight_saving(tz, start, freq):
    index = dates(freq, 24 * 60, start, tz=tz) if freq in ("h", "15min") else dates(freq, 60, start)
    index = index if index.tz else index.tz_localize(tz)
    part = without_freq(index[: len(index) // 2])
    clock = clock_of(part)
    assert clock.freq_name == freq
    assert positions_of(clock, index) == list(range(len(index)))
    future = clock.index(np.arange(len(index)))
    assert future.equals(index)
    assert str(future.tz) == tz


def test_hours_are_counted_in_utc_and_days_on_the_wall_clock():
    hours = dates("h", 24, "2024-03-30", tz="Europe/Berlin")
    next_hours = clock_of(hours).index(24 + np.arange(23))
    assert next_hours[-1] == pd.Timestamp("2024-03-31 23:00", tz="Europe/Berlin")
    days = dates("D", 2, "2024-03-30", tz="Europe/Berlin")
    assert clock_of(days).index(np.array([2]))[0] == pd.Timestamp("2024-04-01", tz="Europe/Berlin")
    assert (days[1] + pd.Timedelta("23h")) == clock_of(days).index(np.array([2]))[0]


@pytest.mark.parametrize("freq", ["D", "W-SUN"])
def test_a_midnight_that_daylight_saving_skips_is_the_first_time_after_it(freq):
    # In São Paulo 4 November 2018, a Sunday, began at one o'clock.
    index = dates(freq, 20, "2018-10-21").tz_localize(
        "America/Sao_Paulo", nonexistent="shift_forward"
    )
    clock = clock_of(index)
    assert positions_of(clock, index) == list(range(20))
    assert clock.index(np.arange(20)).equals(index)
    assert 1 in index.hour


def test_of_a_time_that_daylight_saving_repeats_either_one_is_on_the_grid():
    days = dates("D", 3, "2024-10-26 02:30")
    clock = clock_of(days.tz_localize("Europe/Berlin", ambiguous=np.ones(3, dtype=bool)))
    for is_first in (True, False):
        index = days.tz_localize("Europe/Berlin", ambiguous=np.full(3, is_first))
        assert positions_of(clock, index) == [0, 1, 2]
    assert clock.index(np.arange(3)).tz_localize(None).equals(days)


def test_times_of_another_zone_are_the_same_times():
    index = dates("h", 48, "2024-03-30", tz="Europe/Berlin")
    assert positions_of(clock_of(index), index.tz_convert("UTC")) == list(range(48))
    days = dates("D", 48, "2024-03-01", tz="Europe/Berlin")
    for tz in ("Asia/Tokyo", "America/New_York"):
        assert positions_of(clock_of(days), days.tz_convert(tz)) == list(range(48))


def test_times_kept_on_the_wall_clock_get_a_remedy():
    index = without_freq(dates("12h", 20, "2024-03-25").tz_localize("Europe/Berlin"))
    clock = clock_of(index)
    with pytest.raises(ValueError, match=r"counted in UTC.*tz_localize\(None\)"):
        clock.positions(index, name="y")
