"""Exponential smoothing in one pass, against statsmodels and its own properties."""

import numpy as np
import pytest
from statsmodels.tsa.holtwinters import ExponentialSmoothing, Holt, SimpleExpSmoothing

from skrnn._kernels import smoothing
from skrnn._kernels.threads import kernel_threads

rng = np.random.default_rng(0)
SEASON = np.array([3.0, -1.0, -4.0, 2.0])


def forecast(*series, period=1, horizon=6, **params):
    """Forecast after the last value of each series; histories before their first are missing."""
    histories = np.full((len(series), max(len(values) for values in series)), np.nan)
    for history, values in zip(histories, series, strict=True):
        history[len(history) - len(values) :] = values
    return smoothing.smoothing_forecasts(histories, period=period, horizon=horizon, **params)


def one_model(values, model, *, period=1, horizon=6, n_plain=1):
    """Forecast by a single model: family, gains of level, trend, season, damping, line's share."""
    found = np.full((1, 2, horizon), np.nan)
    models = np.array(model, dtype=np.float64).reshape(-1, 6).T.copy()
    smoothing._smooth(values[None], models, n_plain, period, 0.0, found)
    return found[0]


def seasonal(n, level=50.0, slope=0.0):
    return level + slope * np.arange(n) + np.resize(SEASON, n)


# --------------------------------------------------------------------- against statsmodels


@pytest.mark.parametrize("gain", [0.5, 0.7, 1.0])
def test_simple_exponential_smoothing(gain):
    y = rng.normal(size=40).cumsum()
    peer = SimpleExpSmoothing(y, initialization_method="known", initial_level=y[0])
    expected = peer.fit(smoothing_level=gain, optimized=False).forecast(6)
    np.testing.assert_allclose(one_model(y, (0, gain, 0, 0, 1, 0))[0], expected, rtol=1e-9)


@pytest.mark.parametrize(("gain", "trend", "damping"), [(0.5, 0.15, 0.85), (0.85, 0.4, 0.95)])
def test_damped_trends(gain, trend, damping):
    y = rng.normal(size=40).cumsum()
    slope = (y[4] - y[0]) / 4
    peer = Holt(
        y,
        damped_trend=True,
        initialization_method="known",
        initial_level=y[0] - slope,
        initial_trend=slope,
    )
    settings = {"smoothing_level": gain, "smoothing_trend": trend, "damping_trend": damping}
    expected = peer.fit(**settings, optimized=False).forecast(6)
    found = one_model(y, (1, gain, trend, 0, damping, 0))[1]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


@pytest.mark.parametrize("gain", [0.5, 0.85])
def test_damped_trends_with_a_season(gain):
    y = seasonal(60) + rng.normal(size=60).cumsum()
    means = y[:4].mean(), y[4:8].mean()
    slope = (means[1] - means[0]) / 4
    line = slope * (np.arange(4) - 1.5)
    profile = (y[:4] - means[0] - line + y[4:8] - means[1] - line) / 2
    peer = ExponentialSmoothing(
        y,
        trend="add",
        damped_trend=True,
        seasonal="add",
        seasonal_periods=4,
        initialization_method="known",
        initial_level=means[0] - slope * 2.5,
        initial_trend=slope,
        initial_seasonal=profile,
    )
    expected = peer.fit(
        smoothing_level=gain,
        smoothing_trend=0.15,
        damping_trend=0.95,
        smoothing_seasonal=0.4 * (1 - gain),
        optimized=False,
    ).forecast(3)  # its fourth step does not know the last value
    found = one_model(y, (1, gain, 0.15, 0.4, 0.95, 0), period=4, n_plain=0, horizon=3)[1]
    np.testing.assert_allclose(found, expected, rtol=1e-9)


def test_a_theta_line_adds_a_share_of_the_straight_line():
    y = rng.normal(size=50).cumsum()
    slope = np.polyfit(np.arange(50), y, 1)[0]
    found = one_model(y, (0, 1.0, 0, 0, 1, 0.5))[0]
    np.testing.assert_allclose(found, y[-1] + 0.5 * slope * np.arange(1, 7), rtol=1e-9)


# -------------------------------------------------------------------------------- properties


def test_histories_do_not_change_one_another():
    series = [seasonal(n) + rng.normal(size=n).cumsum() for n in (9, 50, 23)]
    together = forecast(*series, period=4)
    alone = np.concatenate([forecast(values, period=4) for values in series])
    np.testing.assert_array_equal(together, alone)


def test_the_number_of_threads_changes_no_bits():
    series = [rng.normal(size=100).cumsum() for _ in range(200)]
    one = forecast(*series, period=12)
    with kernel_threads(4):
        np.testing.assert_array_equal(forecast(*series, period=12), one)


@pytest.mark.parametrize(("level", "unit"), [(1e6, 1.0), (0.0, 1e-6), (-300.0, 1e5)])
def test_forecasts_follow_level_and_unit(level, unit):
    y = seasonal(60) + rng.normal(size=60)
    expected = forecast(y, period=4) * unit + level
    np.testing.assert_allclose(forecast(y * unit + level, period=4), expected, rtol=1e-6)


@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize("n", [1, 2, 3, 5, 8, 30])
def test_a_constant_series_stays_constant(n, period):
    np.testing.assert_allclose(forecast(np.full(n, 7.0), period=period), 7.0, rtol=1e-12)


def test_a_season_goes_on():
    expected = np.resize(SEASON, 46)[40:] + 50
    np.testing.assert_allclose(forecast(seasonal(40), period=4)[0], [expected] * 2, atol=1e-6)


def test_a_straight_line_goes_on():
    theta, damped = forecast(2.0 * np.arange(60))[0]
    expected = 2.0 * np.arange(60, 66)
    np.testing.assert_allclose(theta, expected, rtol=1e-3)
    assert (np.diff(damped) > 0).all()
    assert (damped < expected).all()


@pytest.mark.parametrize("period", [1, 4])
@pytest.mark.parametrize("missing", [[0], [1, 2], [0, 1, 2, 3], [5, 6, 7, 8], [58, 59]])
def test_missing_values_are_passed_over(missing, period):
    y = seasonal(60) if period > 1 else np.full(60, 50.0)
    y[missing] = np.nan
    found = forecast(y, period=period)
    expected = 50 + (np.resize(SEASON, 66)[60:] if period > 1 else np.zeros(6))
    np.testing.assert_allclose(found[0], [expected] * 2, atol=0.05)


def test_a_history_without_a_value_has_no_forecast():
    found = forecast([np.nan, np.nan], [np.nan, 3.0])
    assert np.isnan(found[0]).all()
    np.testing.assert_array_equal(found[1], np.full((2, 6), 3.0))


def test_values_that_are_too_close_together_are_not_forecast():
    y = np.concatenate([np.full(10, 5.0), [7.0], np.full(5, 5.0)])
    histories = [y[:n] for n in range(1, 17)]
    found = forecast(*histories, least_range=2.0)
    np.testing.assert_array_equal(np.isnan(found[:, 0, 0]), np.arange(16) < 10)


def test_a_change_of_level_is_followed():
    y = np.concatenate([50 + rng.normal(size=40), 1e5 + rng.normal(size=40)])
    np.testing.assert_allclose(forecast(y)[0, 1], 1e5, rtol=0.05)


def test_no_histories():
    assert smoothing.smoothing_forecasts(np.empty((0, 5)), period=1, horizon=2).shape == (0, 2, 2)
