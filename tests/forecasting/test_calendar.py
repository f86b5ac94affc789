"""The calendar features say what the wall clock says."""

from __future__ import annotations

import datetime

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.calendar import CALENDAR_NAMES, calendar_features, calendar_names
from skrnn._series.clock import Clock


def calendar_by_hand(time: datetime.datetime) -> list[float]:
    """All calendar features of one time, with Python's own clock."""
    seconds = time.hour * 3600 + time.minute * 60 + time.second
    year = (time.timetuple().tm_yday - 1 + seconds / 86400) / 365.25
    days = [float(time.weekday() == day) for day in range(7)]

    def waves(share):
        return [
            wave(2 * np.pi * harmonic * share) for harmonic in (1, 2) for wave in (np.sin, np.cos)
        ]

    return [*waves(seconds / 86400), *days, *waves(year)]


@pytest.mark.parametrize(
    "times",
    [
        pd.date_range("2024-02-27 05:30", periods=70, freq="h"),
        pd.date_range("2023-12-25", periods=40),
        pd.date_range("2024-03-30 20:00", periods=20, freq="h", tz="Europe/Berlin"),
        pd.period_range("2024-02-27 05:00", periods=30, freq="h"),
        pd.period_range("2020-01", periods=30, freq="M"),
    ],
    ids=lambda times: f"{times.dtype} {times.freqstr}",
)
def test_the_calendar_says_what_the_wall_clock_says(times):
    clock = Clock.from_index(times, name="y")
    got = calendar_features(clock, 3, len(times) - 3, CALENDAR_NAMES)
    dates = times.to_timestamp() if isinstance(times, pd.PeriodIndex) else times
    expected = [calendar_by_hand(time.to_pydatetime()) for time in dates[3:]]
    np.testing.assert_allclose(got, expected, atol=1e-6)
    assert got.dtype == np.float32
    one = calendar_features(clock, 3, len(times) - 3, ("day_of_week",))
    np.testing.assert_array_equal(one, got[:, 4:11])
    assert calendar_features(clock, 0, 5, ()).shape == (5, 0)


def test_calendar_features_come_in_one_order_and_once():
    clock = Clock.from_index(pd.date_range("2024-01-01", periods=9), name="y")
    assert calendar_names(["time_of_year", "day_of_week"], clock, 9) == (
        "day_of_week",
        "time_of_year",
    )
    assert calendar_names(["day_of_week"] * 2, clock, 9) == ("day_of_week",)
    assert calendar_names("time_of_day", clock, 9) == ("time_of_day",)
    assert calendar_names(None, clock, 9) == ()
    numbers = Clock.from_index(pd.RangeIndex(9), name="y")
    assert calendar_names("auto", numbers, 9) == calendar_names([], numbers, 9) == ()
