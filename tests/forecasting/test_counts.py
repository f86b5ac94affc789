"""With loss="negative_binomial", forecasts are means, and so are the means of paths."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import torch

from skrnn import RNNForecaster
from skrnn._forecasting.anchors import level_and_scale_of_counts, mean_anchors, n_anchors
from skrnn._forecasting.auto_settings import auto_context_length
from skrnn.inspection import integrated_gradients
from skrnn.modules.forecast_outputs import to_parameters
from tests.forecasting.references import NAN, double

HORIZON, LENGTH, N_NEW = 6, 140, 150
WEEK = np.array([0.6, 0.7, 0.8, 1.0, 1.3, 1.8, 0.8]) / 1.0
# Mean, share of days with sales, dispersion of their number, whether days of the week differ.
KINDS = {
    "two days in three without": (1.29, 1 / 3, 0.0, False),
    "large, mostly none": (30.0, 0.3, 0.3, False),
    "large, with a week": (100.0, 1.0, 0.1, True),
    "more varied": (1.29, 1 / 3, 0.5, False),
    "most days none, with a week": (1.29, 1 / 3, 0.0, True),
    "small": (0.3, 1.0, 0.0, False),
    "rare": (0.4, 0.15, 0.0, False),
}
N_QUICK = 2

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")


def drawn(kind, n_timesteps, n_series, seed):
    """Counts, shape (n_timesteps, n_series), and their true means."""
    mean, share, dispersion, has_week = KINDS[kind]
    rng = np.random.default_rng(seed)
    week = WEEK / WEEK.mean() if has_week else np.ones(7)
    means = mean * week[np.arange(n_timesteps) % 7]
    shape = (n_timesteps, n_series)
    rates = np.broadcast_to(means[:, None] / share, shape)
    if dispersion:
        rates = rng.gamma(1 / dispersion, dispersion * rates)
    sold = np.where(rng.random(shape) < share, rng.poisson(rates), 0)
    index = pd.date_range("2024-01-01", periods=n_timesteps)
    return pd.DataFrame(sold.astype(float), index), means


def fitted_to(y, **params):
    tiny = {"hidden_size": 8, "max_epochs": 2, "random_state": 0}
    return RNNForecaster(HORIZON, loss="negative_binomial", **tiny | params).fit(y)


@pytest.fixture(
    scope="module",
    params=[
        pytest.param(kind, marks=[] if number < N_QUICK else pytest.mark.slow)
        for number, kind in enumerate(KINDS)
    ],
)
def of_kind(request):
    """A forecaster of 20 series; 150 new series of the kind and their means."""
    fitted = fitted_to(drawn(request.param, LENGTH, 12, 0)[0])
    return fitted, *drawn(request.param, LENGTH + 3 * HORIZON, N_NEW, 1)


def test_the_forecast_is_the_mean(of_kind):
    fitted, new, means = of_kind
    forecast = np.asarray(fitted.predict(history=new[:LENGTH]))
    true = means[LENGTH : LENGTH + HORIZON]
    assert forecast.mean() == pytest.approx(true.mean(), rel=0.1)


def test_the_mean_of_paths_is_the_forecast(of_kind):
    fitted, new, _ = of_kind
    paths = np.asarray(fitted.sample_paths(100, history=new[:LENGTH]))
    forecast = np.asarray(fitted.predict(history=new[:LENGTH]))
    assert paths.mean() == pytest.approx(forecast.mean(), rel=0.06)
    assert paths.min() >= 0
    np.testing.assert_array_equal(paths, paths.round())


def test_further_than_the_horizon_both_stay_the_mean(of_kind):
    fitted, new, means = of_kind
    asked = {"history": new.iloc[:LENGTH, :40], "horizon": 3 * HORIZON}
    forecast = np.asarray(fitted.predict(**asked))[HORIZON:]
    paths = np.asarray(fitted.sample_paths(60, **asked))[HORIZON:]
    assert forecast.mean() == pytest.approx(means[LENGTH + HORIZON :].mean(), rel=0.2)
    assert paths.mean() == pytest.approx(forecast.mean(), rel=0.1)


@pytest.mark.parametrize("level", [0.25, 0.5, 0.75, 0.9])
def test_a_quantile_has_its_share_of_counts_below_it(of_kind, level):
    fitted, new, _ = of_kind
    quantile = np.asarray(fitted.predict_quantiles(level, history=new[:LENGTH]))
    came = np.asarray(new[LENGTH : LENGTH + HORIZON])
    assert (came < quantile).mean() < level + 0.04
    assert (came <= quantile).mean() > level - 0.04


@pytest.mark.slow
def test_a_single_series_is_not_forecast_by_its_last_values():
    y, _ = drawn("two days in three without", 300, 1, 0)
    fitted = fitted_to(y[0], max_epochs=8)
    new, _ = drawn("two days in three without", LENGTH, 100, 1)
    forecast = np.asarray(fitted.predict(history=new))
    # The mean of a hundred days is off by 0.25 by chance.
    assert np.sqrt(np.mean((forecast - 1.29) ** 2)) < 0.4
    paths = np.asarray(fitted.sample_paths(100, history=new))
    assert paths.mean() == pytest.approx(forecast.mean(), rel=0.06)


def test_a_closed_day_of_the_week_is_forecast_as_none():
    y, _ = drawn("large, with a week", 140, 10, 0)
    y.iloc[6::7] = 0.0
    forecast = fitted_to(y[:-2], max_epochs=4).predict()
    is_closed = forecast.index.day_of_week == 6
    assert forecast[is_closed].max(axis=None) < 10
    assert forecast[~is_closed].min(axis=None) > 40


def test_series_without_any_sales_have_small_means():
    y, _ = drawn("small", 60, 10, 0)
    y[3] = 0.0
    forecast = fitted_to(y).predict()
    assert 0 < forecast[3].max() < 0.05
    assert fitted_to(0 * y).predict().max(axis=None) < 0.05


# -- level, anchors and factor --------------------------------------------------------------


def test_the_level_of_counts_is_the_mean_of_all_that_were_observed():
    level, scale = level_and_scale_of_counts(double([0, 3, NAN, 0, 1], [2, 2, 2, 2, NAN]))
    torch.testing.assert_close(level, double([1.0], [2.0]))
    torch.testing.assert_close(scale, double([np.sqrt(1.5)], [2.0]))


def test_counts_of_0_have_the_mean_of_half_a_count():
    level, scale = level_and_scale_of_counts(double([0, 0, NAN, 0, 0]))
    assert level.item() == scale.item() == 0.125


def test_the_anchors_are_means_of_the_window_and_of_places_in_the_season():
    deviations = double([9, 1, -2, NAN, 3, NAN, NAN])
    got = mean_anchors(deviations, 4, 3)
    torch.testing.assert_close(got, double([[0, 0, 0, 0], [2, -2, 0, 2]]))
    torch.testing.assert_close(mean_anchors(deviations, 2, 1), double([[0, 0]]))


def test_counts_have_more_anchors():
    assert n_anchors((1,), is_count=True) == n_anchors((1,)) + 1
    assert n_anchors((7, 365), is_count=True) == n_anchors((7, 365)) + 2


def test_a_window_of_counts_has_a_hundred_timesteps_or_half_of_the_series():
    assert auto_context_length((1,), 6, 1000, is_count=True) == 100
    assert auto_context_length((1,), 6, 60, is_count=True) == 30
    assert auto_context_length((24,), 6, 1000, is_count=True) == 336
    assert auto_context_length((1,), 6, 1000) == 60


def test_untrained_the_mean_is_the_mixture_of_the_anchors_and_never_negative():
    center, scale = double([0.0, -4.0, 2.0]), double([3.0, 2.0])
    said = to_parameters("negative_binomial", center, torch.zeros(1, 3, 2).double(), scale)
    torch.testing.assert_close(said[..., 0], center.new_tensor([[3.0, 0.0, 7.0]]) + 1e-4)


def test_what_each_count_adds_to_a_forecast_sums_to_it():
    y = drawn("large, with a week", 80, 1, 0)[0][0]
    fitted = fitted_to(y)
    found = integrated_gradients(fitted, y, target=2)
    assert found.output == pytest.approx(fitted.predict().iloc[2], rel=1e-4)
    total = found.attributions["attribution"].sum()
    assert total == pytest.approx(found.output - found.baseline_output, abs=0.1)
