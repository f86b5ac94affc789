"""Quantiles, intervals, paths and horizons of forecasts."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from skrnn import RNNForecaster
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import LOSSES, counts, noise, stacked, tiny, walk

POINT_LOSSES = LOSSES[:3]


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("horizon", [2, 11])
def test_quantiles_never_cross_and_come_as_they_were_asked_for(of_loss, loss, horizon):
    levels = [0.001, 0.025, 0.1, 0.3, 0.5, 0.51, 0.9, 0.999]
    rows = counts().index[1:].to_frame()[[]]
    for asked in (
        {"horizon": horizon},
        {"history": counts(33, 7), "horizon": horizon},
        {"X": rows},
    ):
        quantiles = of_loss(loss).predict_quantiles(levels, **asked)
        assert (np.diff(quantiles, axis=1) >= 0).all()
        mixed = of_loss(loss).predict_quantiles(levels[::-1], **asked)
        pd.testing.assert_frame_equal(mixed[levels], quantiles)
        one = of_loss(loss).predict_quantiles(0.3, **asked)
        pd.testing.assert_frame_equal(one, quantiles[[0.3]])


@pytest.mark.parametrize("loss", LOSSES)
def test_an_interval_is_made_of_two_quantiles_and_wider_with_more_coverage(of_loss, loss):
    fitted = of_loss(loss)
    interval = fitted.predict_interval(coverage=0.8)
    quantiles = fitted.predict_quantiles([0.1, 0.9])
    np.testing.assert_allclose(interval, quantiles)
    wider = fitted.predict_interval(coverage=0.95)
    assert (wider["lower"] <= interval["lower"]).all()
    assert (wider["upper"] >= interval["upper"]).all()
    assert ((wider["upper"] - wider["lower"]) > 0).all()


@pytest.mark.parametrize("loss", POINT_LOSSES)
@pytest.mark.parametrize("horizon", [4, 11])
def test_the_median_of_a_point_forecast_is_the_point(of_loss, loss, horizon):
    fitted = of_loss(loss)  # few windows: errors count in both directions.
    point = fitted.predict(horizon=horizon)
    median = fitted.predict_quantiles(0.5, horizon=horizon)[0.5]
    np.testing.assert_allclose(median, point, rtol=1e-9)
    interval = fitted.predict_interval(coverage=0.2, horizon=horizon)
    assert ((interval["lower"] <= point) & (point <= interval["upper"])).all()


def test_intervals_do_not_narrow_beyond_the_horizon(of_loss):
    interval = of_loss("mae").predict_interval(horizon=16)
    widths = (interval["upper"] - interval["lower"]).to_numpy().reshape(4, 4)
    assert (np.diff(widths, axis=0) > 0).all()


@pytest.mark.parametrize("loss", LOSSES)
def test_a_shorter_horizon_is_the_start_of_a_longer_one(of_loss, loss):
    fitted = of_loss(loss)
    whole = fitted.predict(horizon=14)
    assert np.isfinite(whole).all() and whole.index.freq == "D"
    for horizon in (1, 3, 4, 5, 8, 13):
        part = fitted.predict(horizon=horizon)
        pd.testing.assert_series_equal(part, whole[:horizon])


@pytest.mark.parametrize("decoder", ["segment", "direct", "recursive"])
def test_beyond_the_horizon_forecasts_are_read_as_if_they_had_been_observed(decoder):
    fitted = tiny(decoder=decoder).fit(walk(60))
    y = walk(40, 3)
    first = fitted.predict(history=y)
    second = fitted.predict(history=pd.concat([y, first]))
    together = fitted.predict(history=y, horizon=8)
    np.testing.assert_allclose(together, [*first, *second], rtol=1e-6)


def test_counts_are_forecast_as_counts(of_loss):
    fitted = of_loss("negative_binomial")
    assert (fitted.predict() > 0).all()
    for answer in (fitted.predict_quantiles([0.05, 0.5, 0.95]), fitted.sample_paths(20)):
        values = answer.to_numpy()
        assert (values >= 0).all() and (values == values.round()).all()


def test_rows_without_history_have_the_distribution_of_the_series(of_loss):
    rows = counts().index[:1].to_frame()[[]]
    quantiles = of_loss("mae").predict_quantiles([0.1, 0.9], rows)
    np.testing.assert_allclose(quantiles, [counts().quantile([0.1, 0.9])])
    paths = of_loss("mae").sample_paths(2000, rows).to_numpy()
    np.testing.assert_allclose(
        np.quantile(paths, [0.1, 0.5, 0.9]), counts().quantile([0.1, 0.5, 0.9]), atol=1
    )
    np.testing.assert_allclose(of_loss("mae").predict(rows), counts().mean())


@pytest.fixture(scope="module", params=[False, True], ids=["noise", "random walks"])
def of_noise(request):
    """Whether of random walks, and a forecaster of such series."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(seasonal_period=1, max_epochs=3, batch_size=64, hidden_size=6)
        return request.param, fitted.set_params(validation_fraction=0.3).fit(
            noise(40, 80, 0, request.param)
        )


@pytest.mark.parametrize("coverage", [0.5, 0.8, 0.95])
def test_intervals_hold_the_share_of_new_values_that_they_claim(of_noise, coverage):
    is_walk, fitted = of_noise
    new = noise(700, 44, 1, is_walk)
    interval = fitted.predict_interval(history=new[:40], coverage=coverage)
    actual = new[40:]
    is_inside = (interval["lower"] <= actual) & (actual <= interval["upper"])
    assert abs(is_inside.to_numpy().mean() - coverage) < 0.04
    # not in the mean only: at every step.
    assert (is_inside.mean(axis=1) - coverage).abs().max() < 0.06
    # and as many errors are up as are down.
    assert abs((actual < interval["lower"]).to_numpy().mean() - (1 - coverage) / 2) < 0.04


def test_paths_spread_as_the_quantiles_say(of_noise):
    _, fitted = of_noise
    new = noise(3, 40, 2)
    paths = fitted.sample_paths(4000, history=new, horizon=10)
    levels = [0.05, 0.25, 0.5, 0.75, 0.95]
    quantiles = fitted.predict_quantiles(levels, history=new, horizon=10)
    for series in new.columns:
        of_series = paths.xs(series, axis=1, level=1)
        width = quantiles[0.95][series] - quantiles[0.05][series]
        for level in levels:
            away = of_series.quantile(level, axis=1) - quantiles[level][series]
            assert (away.abs() < 0.08 * width).all()


def test_steps_of_a_path_err_together_as_they_did_on_held_out_windows(of_noise):
    is_walk, fitted = of_noise
    new = noise(400, 44, 3, is_walk)
    errors = (new[40:] - fitted.predict(history=new[:40])).T.to_numpy()
    expected = np.corrcoef(errors.T)
    paths = fitted.sample_paths(2000, history=new[[0]][:40]).to_numpy()
    np.testing.assert_allclose(np.corrcoef(paths), expected, atol=0.2)
    assert (expected[0, 1] > 0.6) == is_walk


def test_paths_of_one_seed_are_the_same_and_of_another_are_not(of_loss):
    fitted = of_loss("mae")
    expected = fitted.sample_paths(4, random_state=3)
    pd.testing.assert_frame_equal(fitted.sample_paths(4, random_state=3), expected)
    assert not np.allclose(fitted.sample_paths(4, random_state=4), expected)
    pd.testing.assert_frame_equal(fitted.sample_paths(4), fitted.sample_paths(4))
    state = np.random.RandomState(0)
    first = fitted.sample_paths(4, random_state=state)
    assert not np.allclose(fitted.sample_paths(4, random_state=state), first)
    state = np.random.RandomState(0)
    pd.testing.assert_frame_equal(fitted.sample_paths(4, random_state=state), first)


def test_without_a_season_the_error_of_a_random_walk_grows_with_the_step():
    horizon = 8
    walks = noise(60, 90, 0, integrate=True)
    fitted = RNNForecaster(
        horizon=horizon, hidden_size=16, max_epochs=6, validation_fraction=0, random_state=0
    ).fit(walks)
    assert fitted.seasonal_period_ == 1
    new = noise(1000, 60 + horizon, 1, integrate=True)
    errors = (fitted.predict(history=new[:60]) - new[60:]).abs().mean(axis=1).to_numpy()
    one_step = np.abs(np.diff(new, axis=0)).mean()
    assert abs(errors[0] / one_step - 1) < 0.15
    assert (np.diff(errors) > 0).all()
    # errors of a random walk grow with the square root of the step.
    np.testing.assert_allclose(errors / one_step, np.sqrt(np.arange(1, 9)), rtol=0.15)


def test_paths_of_a_series_do_not_depend_on_the_others():
    panel = stacked({"a": walk(60, 1), "b": walk(60, 2), "c": walk(50, 3)})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2, calendar=None).fit(panel)
    together = fitted.sample_paths(5, history=panel)
    for name in "abc":
        alone = fitted.sample_paths(5, history=panel.loc[[name]])
        np.testing.assert_array_equal(together.loc[[name]], alone)
    said = together - fitted.predict(history=panel).to_numpy()[:, None]
    assert not np.allclose(said.loc["a"], said.loc["b"])


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
def test_a_share_to_hold_out_that_is_set_after_fit_waits_for_the_next_fit():
    fitted = tiny(validation_fraction=0).fit(walk(40)).set_params(validation_fraction=0.2)
    with pytest.raises(ValueError, match=r"validation_fraction: got 0, so fit held out no windows"):
        fitted.predict_interval()
    assert np.isfinite(fitted.fit(walk(40)).predict_interval()).all(axis=None)
