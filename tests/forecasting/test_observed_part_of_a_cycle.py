"""Series that are observed during a part of their cycle: shops, weekends, winters."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.seasonality import find_periods
from skrnn._series.panel import read_panel
from tests.forecasting.series import tiny

OPEN = pd.offsets.CustomBusinessHour(start="10:00", end="17:00")
WEEK = np.array([0.0, 3.0, -3.0, 1.0, 5.0, -4.0, 4.0])


def seasonal(index: pd.DatetimeIndex, phase: np.ndarray, noise: float = 0.5) -> pd.Series:
    rng = np.random.default_rng(0)
    profile = 3 * rng.normal(size=int(phase.max()) + 1)
    return pd.Series(50 + profile[phase] + noise * rng.normal(size=len(index)), index)


def hours(n_days: int = 40) -> pd.Series:
    index = pd.date_range("2024-01-01", periods=24 * n_days, freq="h")
    return seasonal(index, np.asarray(index.hour))


def days(n_days: int = 300) -> pd.Series:
    index = pd.date_range("2023-01-01", periods=n_days)
    noise = np.random.default_rng(1).normal(size=n_days)
    return pd.Series(WEEK[index.day_of_week] + 0.5 * noise, index)


def months() -> pd.Series:
    index = pd.date_range("2010-01-01", periods=120, freq="MS")
    return seasonal(index, np.asarray(index.month))


def weeks() -> pd.Series:
    index = pd.date_range("2012-01-01", periods=52 * 8, freq="W")
    year = 2 * np.pi * np.asarray(index.day_of_year) / 365.25
    return pd.Series(10 * np.cos(2 * year), index)


def opening_hours(freq: pd.offsets.BaseOffset = OPEN, n_days: int = 60) -> pd.Series:
    index = pd.date_range("2024-01-01 10:00", periods=7 * n_days, freq=freq)
    return seasonal(index, np.arange(len(index)) % 7)


def at(y: pd.Series, name: str, *values: int) -> pd.Series:
    return y[getattr(y.index, name).isin(values)]


CASES = {
    "a shop from 9 to 17": (lambda: at(hours(), "hour", *range(9, 18)), 24),
    "a shop whose closed hours are NaN": (
        lambda: hours().where(hours().index.hour.isin(range(9, 18))),
        24,
    ),
    "three hours of the day": (lambda: at(hours(), "hour", 9, 10, 11), 24),
    "two hours that are not neighbours": (lambda: at(hours(), "hour", 8, 9, 17), 24),
    "a night shift": (lambda: at(hours(), "hour", 22, 23, 0, 1, 2, 3), 24),
    "a shop on workdays": (
        lambda: at(at(hours(), "hour", *range(9, 18)), "day_of_week", *range(5)),
        24,
    ),
    "rows numbered": (
        lambda: hours().where(hours().index.hour.isin(range(9, 18))).reset_index(drop=True)[9:],
        24,
    ),
    "weekends": (lambda: at(days(), "day_of_week", 5, 6), 7),
    "long weekends": (lambda: at(days(), "day_of_week", 5, 6, 0), 7),
    "winter months": (lambda: at(months(), "month", 11, 12, 1, 2, 3), 12),
    "two months": (lambda: at(months(), "month", 1, 2), 12),
    "winter weeks": (lambda: at(weeks(), "month", 11, 12, 1, 2, 3), 52),
    "weeks in winters of days": (lambda: at(days(800), "month", 11, 12, 1, 2), 7),
}


@pytest.mark.parametrize("name", list(CASES))
def test_a_season_is_found_in_the_part_that_is_observed(name):
    series, period = CASES[name]
    assert find_periods(read_panel(series()))[0] == period


def test_a_shop_on_two_days_has_a_week():
    shop = at(at(hours(), "hour", *range(9, 18)), "day_of_week", 5, 6)
    shop = shop + WEEK[shop.index.day_of_week]
    assert 168 in find_periods(read_panel(shop))


@pytest.mark.parametrize("integrate", [False, True])
def test_a_part_of_no_cycle_has_no_season(integrate):
    rng = np.random.default_rng(2)
    n_found = 0
    for part in [lambda y: at(y, "hour", *range(9, 18)), lambda y: at(y, "hour", 3, 4)] * 10:
        noise = rng.normal(size=720)
        index = pd.date_range("2024-01-01", periods=720, freq="h")
        y = part(pd.Series(noise.cumsum() if integrate else noise, index))
        n_found += find_periods(read_panel(y)) != (1,)
    assert n_found <= 3


@pytest.mark.parametrize(
    ("freq", "period"),
    [
        (OPEN, 7),
        (pd.offsets.BusinessHour(start="10:00", end="17:00"), 7),
        (pd.offsets.CustomBusinessDay(weekmask="Mon Tue Wed Thu"), 4),
        (pd.offsets.CustomBusinessDay(weekmask="Mon Wed Thu Fri Sat", holidays=["2024-03-01"]), 5),
    ],
)
def test_seasons_are_counted_in_opening_hours_and_days(freq, period):
    y = opening_hours(freq)
    if isinstance(freq, pd.offsets.CustomBusinessDay):
        y = 0 * y + WEEK[y.index.day_of_week]
    assert find_periods(read_panel(y))[0] == period


def test_a_panel_of_opening_hours_goes_on_when_the_shop_opens():
    y = opening_hours()
    panel = pd.concat({"a": y, "b": y + 1}, names=["shop", "time"])
    forecaster = tiny(horizon=7, seasonal_period="auto").fit(panel)
    forecast = forecaster.predict()
    assert forecaster.seasonal_period_ == 7
    expected = pd.date_range(y.index[-1], periods=8, freq=OPEN)[1:]
    for shop in "ab":
        assert forecast[shop].index.equals(expected)


def test_a_part_of_a_panel_of_opening_hours_keeps_its_grid():
    y = opening_hours()
    panel = pd.concat({"a": y, "b": y + 1}, names=["shop", "time"])
    assert read_panel(panel.groupby(level=0).head(100)).clock.freq_name == "cbh"
