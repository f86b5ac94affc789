"""Series that are observed during a part of their cycle: shops, weekends, winters."""

from __future__ import annotations

import copy

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
    "a shop from 9 to 17": (lambda: at(hours(), "hour", *range(9, 18)), 9),
    "a shop whose closed hours are NaN": (
        lambda: hours().where(hours().index.hour.isin(range(9, 18))),
        24,
    ),
    "three hours of the day": (lambda: at(hours(), "hour", 9, 10, 11), 3),
    "hours of which many are missing": (
        lambda: at(hours(), "hour", *range(9, 18)).sample(frac=0.6, random_state=0).sort_index(),
        24,
    ),
    "two hours that are not neighbours": (lambda: at(hours(), "hour", 8, 9, 17), 24),
    "a night shift": (lambda: at(hours(), "hour", 22, 23, 0, 1, 2, 3), 6),
    "a shop on workdays": (
        lambda: at(at(hours(), "hour", *range(9, 18)), "day_of_week", *range(5)),
        9,
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
    assert 18 in find_periods(read_panel(shop))


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


# --------------------------------------------------------------------------------------
# hours without a frequency
# --------------------------------------------------------------------------------------

WORKDAYS = range(5)
NINE_TO_FIVE = range(9, 18)


def shop(days=WORKDAYS, open_hours=NINE_TO_FIVE, minute: int = 0, n_days: int = 60) -> pd.Series:
    index = pd.date_range(f"2024-01-01 00:{minute:02}", periods=24 * n_days, freq="h")
    y = seasonal(index, np.asarray(index.hour))
    return at(at(y, "hour", *open_hours), "day_of_week", *days)


SHOPS = {
    "workdays": (shop(), "2024-03-01 09:00"),
    "six days": (shop(range(6)), "2024-03-01 09:00"),
    "every day": (shop(range(7)), "2024-03-01 09:00"),
    "weekends": (shop([5, 6]), "2024-03-02 09:00"),
    "closed on Mondays": (shop(range(1, 7), n_days=63), "2024-03-05 09:00"),
    "at half past": (shop(minute=30), "2024-03-01 09:30"),
    "nights": (shop(range(7), [22, 23, 0, 1, 2, 3])[:-2], "2024-02-29 22:00"),
    "ends within a day": (shop()[:-4], "2024-02-29 14:00"),
    "with holidays": (
        shop()[lambda y: ~y.index.normalize().isin(pd.to_datetime(["2024-01-15", "2024-02-29"]))],
        "2024-02-29 09:00",
    ),
    "with single hours missing": (shop().drop(shop().index[[20, 21, 77, 200]]), "2024-03-01 09:00"),
    "of a time zone": (shop(range(7), n_days=100).tz_localize("Europe/Berlin"), "2024-04-10 09:00"),
    "one week and a day": (shop(n_days=8), "2024-01-09 09:00"),
}


@pytest.mark.parametrize("name", SHOPS)
def test_the_next_steps_are_the_next_open_hours(name):
    y, first = SHOPS[name]
    assert y.index.freq is None
    clock = read_panel(y).clock
    assert clock.freq_name == "cbh"
    positions = clock.positions(y.index, name="y")
    ahead = clock.index(positions[-1] + np.arange(1, 200))
    assert ahead[0] == pd.Timestamp(first, tz=y.index.tz)
    assert set(ahead.hour) <= set(y.index.hour)
    n_open = 6 if name == "nights" else 9
    assert len(ahead) / n_open - 1 <= len(set((ahead - pd.Timedelta("4h")).date))
    if name != "one week and a day":
        assert set((ahead - pd.Timedelta("4h")).day_of_week) == set(
            (y.index - pd.Timedelta("4h")).day_of_week
        )


@pytest.mark.parametrize("seed", range(3))
def test_opening_hours_are_numbered_as_pandas_lists_them(seed):
    rng = np.random.default_rng(seed)
    weekmask = "".join("01"[day] for day in np.r_[1, rng.integers(0, 2, size=6)])
    start = int(rng.integers(5, 12))
    freq = pd.offsets.CustomBusinessHour(
        start=f"{start:02}:00", end=f"{start + 8:02}:00", weekmask=weekmask
    )
    listed = pd.date_range("2024-01-01", periods=300, freq=freq)
    clock = read_panel(pd.Series(0.0, pd.DatetimeIndex(listed.to_numpy()))).clock
    assert type(clock.steps).__name__ == "OpeningHoursSteps"
    assert clock.positions(listed, name="y").tolist() == list(range(300))
    assert clock.index(np.arange(300)).equals(listed)
    before = clock.index(np.arange(-50, 0))
    assert clock.positions(before, name="y").tolist() == list(range(-50, 0))
    closed = clock.times_off(pd.date_range(listed[0], listed[-1], freq="h"), name="y")
    assert len(closed.intersection(listed)) == 0
    assert len(closed) + 300 == len(pd.date_range(listed[0], listed[-1], freq="h"))


@pytest.mark.parametrize(
    "y",
    [
        shop(range(7), range(24)),
        shop(range(7), range(22)),
        shop(n_days=4),
        shop().sample(frac=0.5, random_state=0).sort_index(),
        shop(range(7), [8, 9, 17]),
        shop().where(shop().index.hour == 9).asfreq("h"),
    ],
    ids=["all hours", "most hours", "few days", "half of it", "a break", "rows of all hours"],
)
def test_hours_with_gaps_stay_hours(y):
    assert read_panel(y.set_axis(pd.DatetimeIndex(y.index.to_numpy()))).clock.freq_name == "h"


@pytest.fixture(scope="module")
def of_a_shop():
    return tiny(horizon=9, seasonal_period="auto").fit(shop(n_days=30)[:-9])


def test_by_default_a_shop_is_forecast_when_it_is_open(of_a_shop):
    y = shop(n_days=30)
    forecast = of_a_shop.predict()
    assert of_a_shop.seasonal_period_ == 9
    assert forecast.index.equals(y.index[-9:])
    assert np.abs(forecast - y[-9:]).mean() < 1.5


def test_a_panel_of_shops_is_forecast_when_they_are_open():
    y = shop(n_days=30)
    panel = pd.concat({"a": y[:-9], "b": y[:-9] + 1}, names=["shop", "time"])
    assert tiny(horizon=9).fit(panel).predict()["b"].index.equals(y.index[-9:])


def test_hours_of_one_day_are_opening_hours_of_a_fitted_shop(of_a_shop):
    later = pd.date_range("2024-01-30 09:00", periods=9, freq="h")
    updated = copy.deepcopy(of_a_shop).update(pd.Series(50.0, later))
    assert updated.predict().index[0] == pd.Timestamp("2024-01-31 09:00")
    few_days = shop(n_days=40)[-30:-3]
    expected = few_days.index[-1] + pd.Timedelta("1h")
    assert of_a_shop.predict(history=few_days).index[0] == expected


def test_other_hours_are_refused_with_the_opening_hours(of_a_shop):
    evening = pd.date_range("2024-01-30 17:00", periods=3, freq="h")
    message = r"2 time\(s\) off the grid.*09:00 to 18:00 on Mon Tue Wed Thu Fri only"
    with pytest.raises(ValueError, match=message) as error:
        copy.deepcopy(of_a_shop).update(pd.Series(1.0, evening))
    assert "fit on y.asfreq('h')" in str(error.value)
    y = shop(n_days=30)
    forecast = tiny(horizon=9).fit(y.asfreq("h")).predict()
    assert forecast.index[0] == y.index[-1] + pd.Timedelta("1h")
