"""A place of the season that is always 0 is forecast as 0; zeros that chance explains are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.closed_phases import closed_phases
from tests.forecasting.series import tiny

WEEK = np.array([6.0, 8.0, 9.0, 10.0, 14.0, 18.0, 0.0])


def shop(n_days=90, seed=0):
    """Counts of days that begin on a Monday; the shop is closed on Sundays."""
    days = pd.date_range("2024-01-01", periods=n_days)
    counts = np.random.default_rng(seed).poisson(WEEK[np.arange(n_days) % 7])
    return pd.Series(counts.astype(float), days)


def closed(values, period):
    return closed_phases(np.array([values], dtype=float), period)[0].tolist()


def test_a_place_that_is_always_zero_is_closed():
    assert closed([5, 3, 0, 4, 2, 0, 7, 1, 0], 3) == [False, False, True]
    # the first place is that of the timestep after the history.
    assert closed([3, 0, 4, 2, 0, 7, 1, 0, 6], 3) == [False, True, False]


@pytest.mark.parametrize(
    ("why", "values", "period"),
    [
        ("twice is too few", [5, 3, 0, 4, 2, 0], 3),
        ("no season", [0, 0, 0, 1, 0, 0], 1),
        ("all are zero", [0] * 9, 3),
        ("it was open once", [5, 3, 0, 4, 2, 1, 7, 1, 0, 5, 5, 0], 3),
        ("others are zero as often", [0, 3, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0], 3),
        ("nothing was observed there", [5, 3, np.nan] * 3, 3),
    ],
)
def test_other_places_are_open(why, values, period):
    assert not any(closed(values, period)), why


def test_missing_values_do_not_open_a_place():
    assert closed([5, 3, 0, 4, 2, np.nan, 7, 1, 0, 2, 2, 0], 3) == [False, False, True]


def test_nights_are_closed_though_most_hours_are_zero():
    day = np.r_[np.zeros(15), np.arange(1, 10)]
    assert closed(np.tile(day, 14), 24) == [True] * 15 + [False] * 9


@pytest.mark.parametrize("loss", ["mae", "quantile", "student_t", "negative_binomial"])
def test_closed_days_are_forecast_as_zero(loss):
    y = shop()
    fitted = tiny(
        **{"horizon": 7, "seasonal_period": 7, "context_length": 42, "loss": loss},
        **{"validation_fraction": 0.3, "calendar": None},
    ).fit(y)
    forecast = fitted.predict(horizon=21)  # also where forecasts are fed back
    is_sunday = forecast.index.day_of_week == 6
    assert is_sunday.sum() == 3
    assert (forecast[is_sunday] == 0).all()
    assert (forecast[~is_sunday] > 0).all()
    interval = fitted.predict_interval(coverage=0.9)
    assert (interval[interval.index.day_of_week == 6] == 0).all(axis=None)
    assert (interval["upper"] > interval["lower"])[interval.index.day_of_week != 6].all()
    paths = fitted.sample_paths(20)
    assert (paths[paths.index.day_of_week == 6] == 0).all(axis=None)


def test_a_sunday_that_was_open_is_forecast_again():
    y = shop()
    fitted = tiny(horizon=7, seasonal_period=7, context_length=42, calendar=None).fit(y)
    opened = y.copy()
    opened.iloc[np.flatnonzero(y.index.day_of_week == 6)[-1]] = 5.0
    forecast = fitted.predict(history=opened)
    assert (forecast[forecast.index.day_of_week == 6] != 0).all()


def test_the_parts_of_a_closed_day_are_zero():
    fitted = tiny(horizon=7, seasonal_period=7, context_length=42, calendar=None).fit(shop())
    parts = fitted.decompose(horizon=21)
    assert (parts[parts.index.day_of_week == 6] == 0).all(axis=None)
    np.testing.assert_allclose(parts.sum(axis=1), fitted.predict(horizon=21), atol=1e-9)
