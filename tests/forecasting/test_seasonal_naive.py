"""The seasonal naive forecast, the skill against it, and the seasons that frequencies suggest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import mean_absolute_error

from skrnn._forecasting.seasonality import (
    candidate_periods,
    last_observed_row,
    mean_skill,
    seasonal_naive,
)
from skrnn._series.clock import Clock
from skrnn._series.panel import read_panel
from tests.forecasting.references import NAN


def naive_by_a_loop(values, cutoff, horizon, period):
    """Of one series: the latest value observed a whole number of seasons before each step."""
    forecast = []
    for step in range(1, horizon + 1):
        row = cutoff + step
        while row > cutoff:
            row -= period
        while row >= 0 and np.isnan(values[row]):
            row -= period
        if row < 0:
            known = [value for value in values[: cutoff + 1] if not np.isnan(value)]
            forecast.append(known[-1] if known else np.nan)
        else:
            forecast.append(values[row])
    return forecast


@given(
    st.lists(
        st.lists(st.sampled_from([NAN, 1.0, 2.0, 3.0, 4.0]), min_size=1, max_size=12),
        min_size=1,
        max_size=3,
    ),
    st.integers(1, 5),
    st.integers(1, 13),
)
def test_the_seasonal_naive_forecast_is_that_of_a_loop(series, period, horizon):
    series = [[*values, 9.0] for values in series]
    index = [(name, row) for name, values in enumerate(series) for row in range(len(values))]
    panel = read_panel(
        pd.Series(np.concatenate(series), pd.MultiIndex.from_tuples(index, names=["s", "t"]))
    )
    numbers = np.repeat(np.arange(panel.n_series), panel.lengths)
    cutoffs = np.arange(len(panel.values))
    got = seasonal_naive(panel, numbers, cutoffs, horizon, period)
    expected = [
        naive_by_a_loop(series[number], cutoff - panel.starts[number], horizon, period)
        for number, cutoff in zip(numbers, cutoffs, strict=True)
    ]
    np.testing.assert_array_equal(got, expected)


def test_the_last_observed_row_is_that_of_a_forward_fill():
    values = np.random.default_rng(0).normal(size=50)
    values[np.random.default_rng(1).random(50) < 0.6] = np.nan
    values[0] = np.nan
    rows = pd.Series(np.where(np.isnan(values), np.nan, np.arange(50.0))).ffill().fillna(-1)
    np.testing.assert_array_equal(last_observed_row(values), rows)


def test_the_skill_is_the_mean_over_series_of_one_less_the_ratio_of_errors():
    rng = np.random.default_rng(0)
    actual, forecast, naive = rng.normal(size=(3, 6, 4))
    actual[2, 1] = np.nan
    series = np.repeat([[0], [0], [2], [2], [2], [5]], 4, axis=1)
    skills = []
    for number in (0, 2, 5):
        rows = (series == number) & ~np.isnan(actual)
        error, base = (mean_absolute_error(actual[rows], one[rows]) for one in (forecast, naive))
        skills.append(1 - error / base)
    assert mean_skill(actual, forecast, naive, series) == pytest.approx(np.mean(skills))


@pytest.mark.parametrize(("error", "skill"), [(0.0, 1.0), (0.5, 0.0)])
def test_where_the_naive_forecast_is_exact_only_exact_forecasts_have_skill(error, skill):
    actual = np.arange(4.0)
    assert mean_skill(actual, actual + error, actual, np.zeros(4, dtype=int)) == skill


@pytest.mark.parametrize(
    ("freq", "expected"),
    [
        ("min", [1440, 10080]),
        ("30min", [48, 336]),
        ("h", [24, 168]),
        ("6h", [4, 28]),
        ("D", [7]),
        ("B", [5]),
        ("W", [52]),
        ("MS", [12]),
        ("ME", [12]),
        ("QS", [4]),
        ("YE", []),
        ("3D", []),
    ],
)
def test_the_frequency_suggests_days_weeks_and_years(freq, expected):
    times = pd.date_range("2024-01-01", periods=30, freq=freq)
    assert candidate_periods(Clock.from_index(times, name="y")) == expected
    if freq not in ("MS", "QS", "ME", "YE", "3D", "B"):
        periods = times.to_period(freq)
        assert candidate_periods(Clock.from_index(periods, name="y")) == expected
