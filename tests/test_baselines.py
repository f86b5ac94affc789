"""Simple forecasts with the interface of the forecaster, held against pandas and formulas."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV
from sklearn.utils.estimator_checks import check_estimator

from skrnn.baselines import Drift, ExponentialSmoothing, LastValue, SeasonalNaive, WindowMean
from skrnn.datasets import load_air_passengers
from skrnn.inspection import BacktestDisplay, ForecastDisplay, permutation_importance
from skrnn.metrics import mase
from skrnn.model_selection import PanelTimeSeriesSplit
from tests.forecasting.series import features_of, stacked, tiny, walk
from tests.forecasting.test_checks import EXPECTED_FAILURES, FEWEST_CHECKS

KINDS = [LastValue, SeasonalNaive, Drift, WindowMean, ExponentialSmoothing]
each = pytest.mark.parametrize("kind", KINDS)


@pytest.fixture(scope="module")
def y():
    return load_air_passengers()


@pytest.fixture(scope="module")
def panel():
    return stacked({name: walk(60, seed) for seed, name in enumerate("abc")})


# -- what is forecast ----------------------------------------------------------------------


def test_the_last_season_is_the_series_shifted_by_a_season(y):
    forecast = SeasonalNaive(horizon=12).fit(y[:-12]).predict()
    pd.testing.assert_series_equal(forecast, y.shift(12)[-12:], check_freq=False)
    twice = SeasonalNaive(horizon=12).fit(y[:-24]).predict(horizon=24)
    assert twice.to_list() == y[-36:-24].to_list() * 2


def test_the_last_value_at_every_cutoff_is_the_series_shifted(panel):
    frame = LastValue(horizon=1).backtest(panel, n_windows=20)
    expected = panel.groupby(level=0).shift(1)
    found = frame.set_index(["series", "time"])["prediction"]
    np.testing.assert_array_equal(found, expected.loc[found.index])
    assert len(found) == 60


def test_the_mean_of_a_window_is_that_of_pandas(panel):
    frame = WindowMean(horizon=1, context_length=9).backtest(panel, n_windows=8, refit=False)
    expected = panel.groupby(level=0).rolling(9).mean().droplevel(0).groupby(level=0).shift(1)
    found = frame.set_index(["series", "time"])["prediction"]
    np.testing.assert_allclose(found, expected.loc[found.index], rtol=1e-12)


def test_a_mean_takes_a_season_or_ten_timesteps_by_itself(y):
    assert WindowMean().fit(y).predict().iloc[0] == pytest.approx(y[-12:].mean())
    assert WindowMean(seasonal_period=1).fit(y).predict().iloc[0] == pytest.approx(y[-10:].mean())


@given(st.lists(st.integers(-99, 99), min_size=2, max_size=12), st.integers(0, 3))
def test_drift_is_the_mean_change(values, n_missing):
    # What is missing before the first value is no part of the series.
    series = np.array([np.nan] * n_missing + values, dtype=float)
    forecast = Drift(horizon=4, seasonal_period=1, validation_fraction=0).fit(series).predict()
    expected = values[-1] + np.diff(values).mean() * np.arange(1, 5)
    np.testing.assert_allclose(forecast, expected, atol=1e-9)


def test_drift_is_the_random_walk_with_a_constant_of_statsmodels(y):
    arima = pytest.importorskip("statsmodels.tsa.arima.model")
    model = arima.ARIMA(y.to_numpy(), order=(0, 1, 0), trend="t")
    slope = np.diff(y).mean()
    with model.fix_params({"x1": slope}):
        expected = model.fit().forecast(6)
    np.testing.assert_allclose(Drift(horizon=6).fit(y).predict(), expected, rtol=1e-6)


def test_smoothing_is_the_forecast_that_networks_of_no_weight_give():
    # Networks compute in float32.
    y = walk(60)
    y.iloc[30] = 1e9
    forecaster = tiny(calendar=None).fit(y)
    forecaster._fitted.networks.set_weight(0.0)
    smoothed = ExponentialSmoothing(4, context_length=12, seasonal_period=4).fit(y)
    np.testing.assert_allclose(smoothed.predict(), forecaster.predict(), rtol=1e-5)


@each
def test_missing_values_are_no_forecast(kind, y):
    holes = y.astype(float)
    holes.iloc[[3, 50, -1, -13]] = np.nan
    assert np.isfinite(kind(horizon=14).fit(holes).predict()).all()


@each
def test_nothing_after_the_cutoff_is_read(kind, y):
    later = y.astype(float)
    later.iloc[-12:] *= 7
    frames = [
        kind(horizon=6, seasonal_period=12).fit(known).predict(y[-12:-6].to_frame()[[]])
        for known in (y[:-12], later[:-12])
    ]
    pd.testing.assert_series_equal(*frames)
    fitted = kind(horizon=6, seasonal_period=12).fit(later[:-12])
    rows = fitted.predict(history=y[:-12])
    pd.testing.assert_series_equal(rows, frames[0], check_freq=False)


@each
def test_bounds_hold(kind):
    y = pd.Series([9.0, 7.0, 8.0, 5.0, 4.0, 2.0, 1.0, 0.0] * 5)[:-1]
    with pytest.raises(ValueError, match=r"y: got 9\.0 in series 0 at 0, above upper_bound=4\.0"):
        kind(upper_bound=4).fit(y)
    free = kind(horizon=12, lower_bound=0, upper_bound=9, seasonal_period=8).fit(y)
    paths = free.sample_paths(20, random_state=0)
    assert paths.to_numpy().min() >= 0 and paths.to_numpy().max() <= 9


# -- the interface -------------------------------------------------------------------------


def test_the_skill_of_the_last_season_against_itself_is_nothing(panel, y):
    for series in (y, panel):
        forecaster = SeasonalNaive(horizon=4).fit(series)
        assert forecaster.skill_ == 0.0
    assert SeasonalNaive(horizon=12).fit(y[:-12]).score(y[-12:]) == 0.0


@each
def test_the_score_is_one_minus_the_ratio_of_errors(kind, y):
    known, later = y[:-12], y[-12:]
    forecaster = kind(horizon=12).fit(known)
    error = mase(later, forecaster.predict(), y_train=known, seasonal_period=12)
    naive = mase(later, y.shift(12)[-12:], y_train=known, seasonal_period=12)
    assert forecaster.score(later) == pytest.approx(1 - error / naive)


@each
def test_intervals_hold_the_share_of_values_that_they_say(kind):
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(120, 40)))
    forecaster = kind(horizon=5, seasonal_period=1).fit(table[:-5])
    interval = forecaster.predict_interval(coverage=0.8)
    is_inside = (interval["lower"] <= table[-5:]) & (table[-5:] <= interval["upper"])
    assert 0.7 < is_inside.to_numpy().mean() < 0.9
    quantiles = forecaster.predict_quantiles([0.1, 0.9])
    np.testing.assert_allclose(quantiles.to_numpy(), interval.to_numpy(), atol=1e-12)


@each
def test_paths_are_the_seed_s(kind, y):
    forecaster = kind(horizon=3, random_state=0).fit(y)
    pd.testing.assert_frame_equal(
        forecaster.sample_paths(9), clone(forecaster).fit(y).sample_paths(9)
    )
    assert not forecaster.sample_paths(9).equals(forecaster.sample_paths(9, random_state=1))


@each
def test_a_search_over_a_panel_works(kind, panel):
    X = pd.concat({name: features_of(walk(60).index) for name in "abc"})
    cv = PanelTimeSeriesSplit(2, test_size=4)
    search = GridSearchCV(kind(), {"horizon": [2, 4]}, cv=cv, error_score="raise")
    search.fit(X, panel)
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()
    assert len(search.predict(None)) == 3 * search.best_params_["horizon"]


@each
def test_features_change_nothing_and_need_not_be_known(kind):
    y = walk(40)
    X = features_of(y.index).assign(kind="text")
    known = kind(horizon=4).fit(X[:-4], y[:-4])
    alone = kind(horizon=4).fit(y[:-4])
    assert known.n_features_in_ == 3 and alone.n_features_in_ == 0
    for rows in (None, X[-4:], X[-4:][["plan"]], X[-4:][[]]):
        pd.testing.assert_series_equal(known.predict(rows), alone.predict(), check_freq=False)
    with pytest.raises(ValueError, match=r"X: got the columns \['other'"):
        known.predict(X[-4:].rename(columns={"plan": "other"}))


@each
def test_update_is_a_fit_on_everything(kind, panel):
    days = panel.index.get_level_values("day")
    early = kind(horizon=4, random_state=0).fit(panel[days < "2024-02-20"])
    period, skill = early.seasonal_period_, early.skill_
    newer = panel[days >= "2024-02-20"]
    moved = pickle.loads(pickle.dumps(early)).update(newer)
    assert (moved.seasonal_period_, moved.skill_) == (period, skill)
    refitted = early.update(newer, refit=True)
    whole = kind(horizon=4, random_state=0).fit(panel)
    # Smoothing takes a longer context of longer series, when it is fitted again.
    for one in (refitted,) if kind is ExponentialSmoothing else (moved, refitted):
        pd.testing.assert_series_equal(one.predict(), whole.predict())
    pd.testing.assert_frame_equal(refitted.predict_interval(), whole.predict_interval())
    with pytest.raises(TypeError, match=r"refit: got 1\. Expected True or False"):
        early.update(newer, refit=1)


@each
def test_an_error_leaves_the_forecaster_as_it_was(kind, y):
    forecaster = kind(horizon=3).fit(y)
    before = forecaster.predict()
    with pytest.raises(ValueError, match="y: got"):
        forecaster.fit(y * np.nan)
    pd.testing.assert_series_equal(forecaster.predict(), before)


@each
def test_one_value_is_enough_for_a_forecast_but_not_for_an_interval(kind):
    forecaster = kind(horizon=2).fit([5.0])
    assert forecaster.predict().tolist() == [5.0, 5.0]
    assert np.isnan(forecaster.skill_)
    with pytest.raises(ValueError, match="y: got series too short to hold out windows"):
        forecaster.predict_interval()


@each
def test_it_is_not_fitted_before_fit(kind):
    for ask in ("predict", "score", "predict_interval", "fitted_values", "sample_paths", "update"):
        with pytest.raises(NotFittedError):
            getattr(kind(), ask)()


@each
def test_displays_draw_it(kind, y):
    pytest.importorskip("matplotlib")
    forecaster = kind(horizon=6).fit(y[:-6])
    display = ForecastDisplay.from_estimator(forecaster, y_true=y)
    forecast = display.forecast["passengers"]
    np.testing.assert_array_equal(forecast, forecaster.predict())
    backtests = BacktestDisplay.from_estimator(kind(horizon=6), y, n_windows=2).forecasts
    latest = max(backtests["passengers"])
    np.testing.assert_array_equal(backtests["passengers"][latest], forecast)
    article = "an" if kind is ExponentialSmoothing else "a"
    with pytest.raises(TypeError, match=f"got {article} {kind.__name__}, whose input is not"):
        permutation_importance(forecaster, y[-6:].to_frame(), y[-6:])


@each
@pytest.mark.parametrize(
    ("params", "message"),
    [
        ({"horizon": 0}, "horizon"),
        ({"horizon": True}, "horizon: got True, a bool"),
        ({"seasonal_period": (7, 0)}, r"seasonal_period: got \(7, 0\)"),
        ({"lower_bound": 2, "upper_bound": 1}, "lower_bound: got 2 with upper_bound=1"),
        ({"validation_fraction": 1}, "validation_fraction"),
        ({"horizon": 10**6}, "horizon: got 1000000, while the longest series has"),
    ],
)
def test_parameters_out_of_range_are_refused(kind, params, message, y):
    with pytest.raises((ValueError, TypeError), match=message):
        kind(**params).fit(y)


@pytest.mark.parametrize("kind", [WindowMean, ExponentialSmoothing])
def test_a_context_out_of_range_is_refused(kind, y):
    for context_length in (0, 10**6, "all"):
        with pytest.raises(ValueError, match="context_length"):
            kind(context_length=context_length).fit(y)


# Features are read for their times only, so that whatever stands in them is fine.
UNREAD = {"check_dtype_object": "what stands in features that are not read may be anything"}


@pytest.mark.slow
@each
def test_every_check_of_scikit_learn_passes_but_where_rows_being_time_forbids_it(kind):
    results = check_estimator(
        kind(), expected_failed_checks=EXPECTED_FAILURES | UNREAD, on_skip=None, on_fail=None
    )
    assert [(r["check_name"], r["exception"]) for r in results if r["status"] == "failed"] == []
    names = {r["check_name"] for r in results if r["status"] == "xfail"}
    assert names <= {*EXPECTED_FAILURES, *UNREAD}
    assert len(results) >= FEWEST_CHECKS
