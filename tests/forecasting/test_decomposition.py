"""The parts of a forecast add up to it, and each is what its name says."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn._forecasting.smoothed_median import smoothed_median
from skrnn.baselines import LastValue
from skrnn.datasets import load_air_passengers
from tests.forecasting.series import tiny, walk

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

TINY = {"hidden_size": 2, "max_epochs": 1, "batch_size": 1024, "random_state": 0}
SEASON = {"seasonal_period": 12, "context_length": 60}
Y = load_air_passengers()


def wide():
    return pd.DataFrame({"air": Y, "sea": 700 - Y})


def difference(parts, forecast):
    if parts.columns.nlevels > 1:
        return np.abs(parts.T.groupby(level=1).sum().T - forecast).max().max()
    return np.abs(parts.sum(axis=1) - forecast).max()


@pytest.fixture(scope="module")
def fitted():
    return RNNForecaster(4, **TINY, **SEASON).fit(Y)


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"target_transform": "log", "validation_fraction": 0},
        {"target_transform": "log", "loss": "mse", "validation_fraction": 0},
        {"loss": "quantile", "n_members": 2, "validation_fraction": 0},
        {"n_members": 3, "learning_rate": 0.05, "validation_fraction": 0},
        {"loss": "negative_binomial", "validation_fraction": 0},
        {"decoder": "recursive", "validation_fraction": 0},
    ],
)
def test_parts_add_up_to_the_forecast_also_past_the_horizon(settings):
    forecaster = RNNForecaster(4, **TINY, **SEASON, **settings).fit(wide())
    for horizon in (3, 4, 10):
        parts, forecast = forecaster.decompose(horizon=horizon), forecaster.predict(horizon=horizon)
        assert parts.index.equals(forecast.index)
        assert difference(parts, forecast) < 1e-9


def test_untrained_networks_mix_the_simple_forecasts_equally_and_add_nothing():
    settings = {**TINY, "learning_rate": 1e-12, "validation_fraction": 0}
    forecaster = RNNForecaster(4, **settings, **SEASON).fit(Y)
    parts, weight = forecaster.decompose(), forecaster.network_weight_
    values = Y.to_numpy()
    level = values[-12:].mean()
    seasons = values[-48:].reshape(4, 12)
    profile = (seasons - seasons.mean(axis=1, keepdims=True)).mean(axis=0)
    expected = {
        "level": np.full(4, level),
        "last_value": np.full(4, weight / 3 * (values[-1] - level)),
        "last_season_12": weight / 3 * (values[-12:-8] - level),
        "season_profile_12": weight / 3 * (values[-1] - level + profile[:4] - profile[-1]),
        "smoothing": (1 - weight)
        * (smoothed_median(values[None, -60:].astype(float), horizon=4, period=12)[0] - level),
        "network": np.zeros(4),
    }
    assert weight == 0.5
    assert parts.columns.to_list() == list(expected)
    np.testing.assert_allclose(parts, pd.DataFrame(expected, index=parts.index), atol=1e-3)


def test_what_the_networks_add_is_what_their_outputs_add(fitted):
    added = []

    def listen(module, inputs, numbers):
        added.append(numbers[..., -1].numpy())

    network = fitted.net_.module_
    handle = network.decode.register_forward_hook(listen)
    parts = fitted.decompose()
    handle.remove()
    scale = Y[-60:].std(ddof=0)
    expected = fitted.network_weight_ * scale * added[0][0]
    np.testing.assert_allclose(parts["network"], expected, rtol=1e-3, atol=1e-3)


def test_without_a_season_the_level_is_the_last_value():
    y = pd.Series(np.random.default_rng(0).normal(size=60).cumsum())
    forecaster = RNNForecaster(2, **TINY, seasonal_period=1, validation_fraction=0).fit(y)
    parts = forecaster.decompose()
    assert parts.columns.to_list() == ["level", "last_value", "smoothing", "network"]
    assert (parts["level"] == y.iloc[-1]).all()
    assert (parts["last_value"] == 0).all()


def test_bounds_are_a_part_of_their_own():
    y = pd.Series(np.arange(60.0))
    settings = {**TINY, "seasonal_period": 1, "validation_fraction": 0}
    free = RNNForecaster(4, **settings).fit(y)
    bounded = RNNForecaster(4, **settings, upper_bound=60.0).fit(y)
    parts, forecast = bounded.decompose(), free.predict()
    assert forecast.max() > 60
    np.testing.assert_allclose(parts["bounds"], np.minimum(60.0 - forecast, 0.0), atol=1e-9)
    np.testing.assert_allclose(parts.drop(columns="bounds"), free.decompose(), atol=1e-9)


def test_fitted_values_of_a_panel_have_parts_and_steps_without_history_their_mean(fitted):
    panel = pd.concat({"one": Y[:80], "two": Y[40:]}, names=["line", "month"])
    forecaster = RNNForecaster(4, **TINY, **SEASON, validation_fraction=0).fit(panel)
    parts = forecaster.decompose(panel.to_frame()[[]])
    assert difference(parts, forecaster.fitted_values()) < 1e-9
    first = parts.loc["one"].iloc[0]
    assert first["level"] == pytest.approx(Y[:80].mean())
    assert (first.drop("level") == 0).all()


def test_known_features_other_histories_and_arrays_have_parts():
    X = pd.DataFrame({"promo": np.arange(len(Y)) % 2.0}, index=Y.index)
    forecaster = RNNForecaster(4, **TINY, **SEASON, validation_fraction=0).fit(X[:-4], Y[:-4])
    assert difference(forecaster.decompose(X[-4:]), forecaster.predict(X[-4:])) < 1e-9
    values = RNNForecaster(4, **TINY, **SEASON, validation_fraction=0).fit(Y.to_numpy())
    other = 2.0 * Y.to_numpy()[:-10]
    parts = values.decompose(history=other)
    assert isinstance(parts, np.ndarray)
    np.testing.assert_allclose(parts.sum(axis=1), values.predict(history=other))


def test_a_baseline_has_no_parts():
    assert not hasattr(LastValue(), "decompose")


def test_days_that_are_always_zero_have_no_parts():
    days = pd.date_range("2024-01-01", periods=140)
    sold = 20 + np.random.default_rng(0).normal(size=140)
    y = pd.Series(np.where(days.day_of_week == 6, 0.0, sold), days)
    forecaster = RNNForecaster(5, **TINY, seasonal_period=7, validation_fraction=0).fit(y)
    parts = forecaster.decompose(horizon=17)
    assert difference(parts, forecaster.predict(horizon=17)) < 1e-9
    is_sunday = parts.index.day_of_week == 6
    assert (parts[is_sunday] == 0).all().all()
    assert (parts["level"][~is_sunday] > 10).all()


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"horizon": 0}, "horizon: got 0"),
        ({"horizon": 2, "X": [[1.0]]}, "horizon: got 2 with X"),
        ({"history": [np.nan, np.nan]}, "history: "),
    ],
)
def test_what_predict_refuses_has_no_parts(request_, message):
    fitted = tiny(calendar=None).fit(walk(60))
    with pytest.raises(ValueError, match=message):
        fitted.decompose(**request_)
