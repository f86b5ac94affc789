"""Forecasts move along with the level and the unit of the series and of their features."""

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster, RNNRegressor

N = 120
MONTHS = pd.date_range("2010-01-01", periods=N, freq="MS")
rng = np.random.default_rng(0)
# A whole number of 1/2**20, so that a level of 1e9 rounds little away.
SEASON = np.round((np.sin(np.arange(N) * np.pi / 6) + 0.1 * rng.normal(size=N)) * 2**20) / 2**20
TINY = {"horizon": 6, "hidden_size": 4, "max_epochs": 2, "random_state": 0}

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning"),
]


def forecast_of(values, **params) -> np.ndarray:
    forecaster = RNNForecaster(**TINY, **params).fit(pd.Series(values, index=MONTHS))
    return np.column_stack([forecaster.predict(), forecaster.predict_interval()])


@pytest.fixture(scope="module")
def plain():
    return forecast_of(SEASON)


@pytest.mark.parametrize(
    ("level", "unit"),
    [(1e9, 1.0), (1e9, 100.0), (-1e9, 1.0), (2e6, 22.0), (1e6, 0.01), (0.0, 1e-14), (0.0, 1e12)],
)
def test_a_forecast_moves_along_with_level_and_unit(plain, level, unit):
    moved = (forecast_of(level + unit * SEASON) - level) / unit
    np.testing.assert_allclose(moved, plain, rtol=0, atol=2e-5)


def test_the_stocks_of_a_panel_are_forecast_alike():
    values = {"low": SEASON, "stock": 2e6 + 11 * SEASON, "counter": 1e9 + SEASON}
    forecast = RNNForecaster(**TINY).fit(pd.DataFrame(values, index=MONTHS)).predict()
    low = forecast["low"]
    np.testing.assert_allclose((forecast["stock"] - 2e6) / 11, low, rtol=0, atol=2e-5)
    np.testing.assert_allclose(forecast["counter"] - 1e9, low, rtol=0, atol=2e-5)


@pytest.mark.slow
@pytest.mark.parametrize("role", [{}, {"past_features": "x"}])
@pytest.mark.parametrize("level", [1.7e9, 1e10])
def test_a_feature_of_a_high_level_is_read_to_all_its_digits(role, level):
    ahead = pd.date_range(MONTHS[-1], periods=7, freq="MS")[1:]
    y = pd.Series(np.roll(SEASON, 3), index=MONTHS)
    forecasts = []
    for shift in (0.0, level):
        X = pd.DataFrame({"x": SEASON + shift}, index=MONTHS)
        later = pd.DataFrame({"x": SEASON[:6] + shift}, index=ahead)
        forecasts.append(RNNForecaster(**TINY, **role).fit(X, y).predict(later))
    np.testing.assert_allclose(forecasts[1], forecasts[0], rtol=0, atol=2e-5)


def test_a_static_feature_of_a_high_level_tells_series_apart():
    index = pd.MultiIndex.from_product([["a", "b"], MONTHS])
    y = pd.Series(np.concatenate([SEASON, SEASON[::-1]]), index=index)
    forecasts = []
    for level in (0.0, 1e12):
        X = pd.DataFrame({"size": level + np.repeat([0.0, 1.0], N)}, index=index)
        forecaster = RNNForecaster(**TINY, static_features="size").fit(X, y)
        forecasts.append(forecaster.predict())
    np.testing.assert_allclose(forecasts[1], forecasts[0], rtol=0, atol=2e-5)


def test_a_window_that_is_constant_but_for_rounding_is_flat():
    values = np.where(np.arange(N) % 2, 0.1 + 0.2, 0.3)
    assert np.ptp(values) > 0
    np.testing.assert_allclose(forecast_of(values)[:, 0], 0.3, atol=0.1)


def test_sequences_of_a_high_level_are_read_to_all_their_digits():
    X = rng.integers(0, 2**10, size=(40, 8, 2)) / 2**10
    y = X[:, :, 0].mean(axis=1)
    params = {"hidden_size": 4, "max_epochs": 3, "random_state": 0}
    low = RNNRegressor(**params).fit(X, y).predict(X)
    high = RNNRegressor(**params).fit(X + 1e9, y).predict(X + 1e9)
    np.testing.assert_allclose(high, low, rtol=0, atol=1e-5)
