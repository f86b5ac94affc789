"""Requests that would take all memory, or hours, have limits."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.auto_settings import auto_context_length, auto_forecast_epochs
from tests.forecasting.series import tiny, walk

Y = walk(60)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("context_length", 10**9),
        ("context_length", 2**62),
        ("context_length", 10_001),
        ("horizon", 10**7),
        ("horizon", 1_001),
        ("segment_length", 10**9),
    ],
)
def test_windows_far_longer_than_the_series_are_refused(name, value):
    with pytest.raises(ValueError, match=rf"{name}: got {value}, .* has 60 timesteps.*Pass {name}"):
        tiny(**{name: value}).fit(Y)


@pytest.mark.parametrize("name", ["context_length", "horizon"])
def test_batches_that_take_too_much_memory_are_refused(name):
    y = np.zeros(1_000_000) + np.arange(1_000_000) % 4
    with pytest.raises(ValueError, match=r"context_length, horizon: .*or batch_size"):
        tiny(**{name: 3_000_000, "batch_size": 1024}).fit(y)


@pytest.mark.parametrize("value", [-1, 0, 2.0, 1e9, np.float64(3), "3", None, True, np.True_])
@pytest.mark.parametrize("name", ["horizon", "context_length", "segment_length"])
def test_numbers_of_timesteps_are_integers_of_one_or_more(name, value):
    with pytest.raises((ValueError, TypeError), match=name):
        tiny(**{name: value}).fit(Y)


@pytest.mark.parametrize("value", [-1, 0, 2.0, 2.5, "3", True, np.True_, 10**7])
def test_impossible_horizons_of_a_forecast_are_refused(base, value):
    for method in (base.predict, base.predict_quantiles, base.predict_interval, base.sample_paths):
        with pytest.raises((ValueError, TypeError), match="horizon"):
            method(horizon=value)


def test_seasons_far_longer_than_the_series_take_no_memory():
    fitted = tiny(seasonal_period=10**9, context_length="auto").fit(Y)
    assert fitted.context_length_ == 60 and len(fitted.predict()) == 4


def test_paths_that_take_too_much_memory_are_refused(of_loss):
    with pytest.raises(ValueError, match=r"n_paths: got 1000000000 for 4 timesteps"):
        of_loss("mae").sample_paths(10**9)


def test_cutoffs_before_the_start_take_no_memory():
    with pytest.raises(ValueError, match="n_windows: got 1000000000000"):
        tiny().backtest(Y, n_windows=10**12)


@pytest.mark.parametrize(
    ("periods", "horizon", "longest", "expected"),
    [
        ((24, 168), 24, 10_000, 336),
        ((1440, 10_080), 60, 10**6, 10_080),
        ((1440,), 60, 10**6, 4320),
        ((3600,), 1, 10**6, 4320),
        ((8640,), 1, 10**6, 8640),
        ((96,), 24, 10**6, 1344),
        ((86_400, 604_800), 60, 10**6, 10_080),
        ((86_400,), 60, 5_000, 5_000),
        ((1,), 20_000, 10**6, 20_000),
    ],
)
def test_the_automatic_context_is_at_most_a_week_of_minutes(periods, horizon, longest, expected):
    assert auto_context_length(periods, horizon, longest) == expected


@pytest.mark.parametrize(
    ("n_windows", "context_length", "expected"),
    [
        (100, 60, 12),
        (100_000, 60, 48),
        (100_000, 720, 48),
        (100_000, 2000, 20),
        (100_000, 4320, 10),
        (10**9, 60, 60),
    ],
)
def test_long_windows_get_fewer_epochs(n_windows, context_length, expected):
    assert auto_forecast_epochs(n_windows, context_length) == expected


# -- series that ended long ago --------------------------------------------------------------


@pytest.fixture(scope="module")
def ended():
    """Two columns, of which the second ended 140 timesteps ago, and a forecaster of them."""
    y = pd.DataFrame({"goes on": walk(200), "ended": walk(200, seed=1)})
    y.iloc[60:, 1] = np.nan
    fitted = tiny(horizon=1, seasonal_period=4).fit(y)
    return y, fitted, fitted.predict(horizon=5)


def test_a_forecast_across_a_long_gap_repeats_its_last_season(ended):
    y, fitted, forecast = ended
    through = fitted.predict(history=y.iloc[:60], horizon=100)["ended"]
    # The gap of 140 timesteps ends at the phase at which the first hundred end.
    np.testing.assert_allclose(forecast["ended"], np.tile(through[-4:], 2)[:5], rtol=1e-6)


def test_a_series_that_goes_on_is_forecast_beside_one_that_ended(ended):
    y, fitted, forecast = ended
    alone = fitted.predict(history=y.assign(ended=y["goes on"]), horizon=5)
    np.testing.assert_allclose(forecast["goes on"], alone["goes on"], rtol=1e-6)


def test_fitted_values_of_a_series_that_ended_are_finite(ended):
    y, fitted, _ = ended
    values = fitted.fitted_values()
    assert values.shape == y.shape and np.isfinite(values).all(axis=None)
