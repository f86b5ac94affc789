"""Importance of features and of stretches of the history, at the cutoffs of a backtest."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn.baselines import Drift, ExponentialSmoothing, LastValue, SeasonalNaive
from skrnn.inspection import (
    PermutationImportanceDisplay,
    forecast_importance,
    permutation_importance,
)

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")

TINY = {
    "hidden_size": 8,
    "max_epochs": 4,
    "learning_rate": 0.02,
    "validation_fraction": 0,
    "seasonal_period": 1,
    "context_length": 8,
    "calendar": None,
    "random_state": 0,
}
WEEK = np.array([1.0, 5.0, 2.0, 8.0])


def driven(n=160):
    rng = np.random.default_rng(0)
    index = pd.date_range("2024-01-01", periods=n, freq="D")
    X = pd.DataFrame(rng.normal(size=(n, 3)), index, ["unused", "drives", "past"])
    return X, 5 + 3 * X["drives"] + 0.1 * pd.Series(rng.normal(size=n), index)


def seasonal(n=60):
    return pd.Series(np.resize(WEEK, n) + np.random.default_rng(0).normal(size=n))


def test_the_feature_that_drives_a_series_ranks_first_and_an_unused_one_is_worth_nothing():
    X, y = driven()
    forecaster = RNNForecaster(2, **TINY, past_features=["past"])
    before = dict(forecaster.__dict__)
    result = forecast_importance(forecaster, X, y, n_windows=6, n_repeats=3, random_state=0)
    assert forecaster.__dict__ == before
    assert result.feature_names == ["unused", "drives", "past"]
    assert result.importances.shape == (3, 3)
    np.testing.assert_allclose(result.importances_mean, result.importances.mean(axis=1))
    np.testing.assert_allclose(result.importances_std, result.importances.std(axis=1))
    unused, drives, past = result.importances_mean
    assert drives > 1.0
    assert max(abs(unused), abs(past)) < 0.2 * drives


@pytest.mark.parametrize("refit", [False, True, 2])
def test_errors_are_those_of_the_backtest(refit):
    X, y = driven(80)
    panel = pd.concat({"a": y[:70], "b": 2 * y[10:]}, names=["series", "time"])
    features = pd.concat({"a": X[:70], "b": X[10:]}, names=["series", "time"])
    features["kind"] = np.repeat(["old", "new"], 70)
    forecaster = RNNForecaster(
        2, **{**TINY, "calendar": ["day_of_week"], "max_epochs": 1}, static_features=["kind"]
    )
    settings = {"n_windows": 3, "refit": refit}
    result = forecast_importance(
        forecaster, features, panel, n_repeats=1, random_state=0, **settings
    )
    frame = forecaster.backtest(features, panel, **settings)
    # Series a ends ten days earlier: it is no longer forecast.
    assert result.error == pytest.approx((frame["y"] - frame["prediction"]).abs().mean(), rel=1e-6)
    assert result.feature_names == ["unused", "drives", "past", "kind", "calendar"]


def test_only_the_last_season_matters_to_a_seasonal_naive_forecast():
    y = seasonal()
    baseline = SeasonalNaive(4, seasonal_period=4)
    result = forecast_importance(baseline, y, over="history", random_state=0)
    assert result.feature_names[:3] == ["1 to 4", "5 to 8", "9 to 12"]
    assert result.importances_mean[0] > 1.0
    assert (result.importances[1:] == 0).all()


def test_only_the_last_value_matters_to_a_naive_forecast():
    walk = pd.Series(np.random.default_rng(1).normal(size=60).cumsum())
    asked = {"over": "history", "n_segments": 999, "random_state": 0}
    result = forecast_importance(LastValue(2, seasonal_period=1), walk, **asked)
    assert result.feature_names[:2] == ["1 to 1", "2 to 2"]
    assert result.importances_mean[0] > 0.5
    assert (result.importances[1:] == 0).all()


def test_a_table_arrays_and_logarithms_can_be_asked_and_seeds_fix_the_answer():
    table = pd.DataFrame(
        {"a": np.exp(seasonal() / 9), "b": np.exp(seasonal()[::-1].to_numpy() / 9)}
    )
    settings = {**TINY, "max_epochs": 1, "seasonal_period": 4, "target_transform": "log"}
    asked = {"over": "history", "n_windows": 2, "n_repeats": 2, "random_state": 3}
    forecaster = RNNForecaster(4, **settings)
    result = forecast_importance(forecaster, table, **asked)
    again = forecast_importance(forecaster, table.to_numpy(), **asked)
    np.testing.assert_array_equal(result.importances, again.importances)
    frame = forecaster.backtest(table, n_windows=2, refit=False)
    assert result.error == pytest.approx((frame["y"] - frame["prediction"]).abs().mean(), rel=1e-6)
    display = PermutationImportanceDisplay(
        importances=result.importances, feature_names=result.feature_names
    )
    assert display.importances.shape == (2, 2)


def test_wrong_arguments_and_forecasters_are_refused_with_a_remedy():
    y = seasonal()
    with pytest.raises(ValueError, match=r"over: got 'time'.*Leave it out"):
        forecast_importance(LastValue(2), y, over="time")
    with pytest.raises(ValueError, match=r"over='history'"):
        forecast_importance(LastValue(2), y)
    with pytest.raises(ValueError, match="n_repeats"):
        forecast_importance(LastValue(2), y, over="history", n_repeats=0)
    with pytest.raises(TypeError, match="Drift"):
        forecast_importance(Drift(2), y, over="history")
    with pytest.raises(ValueError, match="n_windows"):
        forecast_importance(ExponentialSmoothing(2), y, over="history", n_windows=100)
    with pytest.raises(TypeError, match="forecast_importance"):
        permutation_importance(LastValue(2).fit(y), y.to_frame(), y)
