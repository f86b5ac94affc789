"""With loss="mse" and the logarithm, point forecasts are means and not medians."""

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.optimize import minimize_scalar
from sklearn.metrics import mean_poisson_deviance

from skrnn import RNNForecaster
from skrnn._forecasting.networks import loss_of_networks
from skrnn.modules.forecast_outputs import (
    LOG_MEAN,
    ForecastLoss,
    drawn_towards,
    to_parameters,
    with_log_unit,
)
from tests.forecasting.references import double

SIGMA = 0.6
rng = np.random.default_rng(0)
LEVELS = 3 + rng.normal(size=30)
SALES = pd.DataFrame(np.exp(LEVELS + SIGMA * rng.normal(size=(120, 30))))
TRUE_MEAN = np.exp(LEVELS + SIGMA**2 / 2)
TINY = {
    "horizon": 6,
    "context_length": 18,
    "seasonal_period": 1,
    "hidden_size": 8,
    "max_epochs": 4,
    "batch_size": 64,
    "learning_rate": 0.03,
    "random_state": 0,
}

pytestmark = pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")


def fitted_with(**params):
    return RNNForecaster(**TINY | {"loss": "mse", "target_transform": "log"} | params).fit(SALES)


@pytest.fixture(scope="module")
def of_means():
    return fitted_with()


def ratio_to_the_mean(forecast):
    return (np.asarray(forecast) / TRUE_MEAN).mean()


def losses(log_mean, target, spread=1.0, unit=0.0, log_median=None):
    """Losses of single values, all on the scale of their windows but the unit."""
    log_median = target if log_median is None else log_median
    parts = np.broadcast_arrays(np.asarray(log_mean, dtype=float), log_median, spread, unit)
    output = torch.tensor(np.stack(parts, axis=-1)).reshape(-1, 1, 4)
    target = torch.tensor(np.broadcast_to(target, parts[0].shape).reshape(-1, 1))
    return ForecastLoss(LOG_MEAN)(output, target).numpy()


def test_the_forecast_is_the_mean(of_means):
    # that of the median would be 0.835.
    assert ratio_to_the_mean(of_means.predict()) == pytest.approx(1, abs=0.08)


def test_further_than_the_horizon_it_stays_the_mean(of_means):
    far = of_means.predict(horizon=15)
    pd.testing.assert_frame_equal(far[:6], of_means.predict())
    assert ratio_to_the_mean(far[6:]) == pytest.approx(1, abs=0.12)


def ratio_of_paths(fitted, statistic, horizon=None, n_paths=400):
    """The mean or median of the paths of each series, as a share of its point forecasts."""
    forecast = np.asarray(fitted.predict(horizon=horizon))
    paths = np.asarray(fitted.sample_paths(n_paths, horizon=horizon))
    return statistic(paths.reshape(len(forecast), n_paths, 30), axis=1).mean(0) / forecast.mean(0)


def test_paths_have_the_mean_that_is_forecast(of_means):
    ratio = ratio_of_paths(of_means, np.mean)
    assert ratio.mean() == pytest.approx(1, abs=0.02)
    # The paths of every series, up to chance.
    assert ratio == pytest.approx(np.ones(30), abs=0.08)


def test_further_than_the_horizon_paths_keep_that_mean(of_means):
    assert ratio_of_paths(of_means, np.mean, horizon=15).mean() == pytest.approx(1, abs=0.06)


def test_a_single_path_varies_and_has_that_mean_over_seeds(of_means):
    forecast = np.asarray(of_means.predict())
    seeds = [np.asarray(of_means.sample_paths(1, random_state=seed)) for seed in range(40)]
    paths = np.stack(seeds).reshape(40, 6, 30)
    assert (paths / forecast).mean() == pytest.approx(1, abs=0.06)
    assert (paths / forecast).std() > 0.4


def test_paths_stay_within_bounds():
    fitted = fitted_with(upper_bound=float(SALES.max(axis=None)), max_epochs=1)
    assert np.asarray(fitted.sample_paths(200)).max() <= SALES.max(axis=None)


@pytest.mark.parametrize("level", [0.1, 0.5, 0.9])
def test_paths_have_nearly_the_quantiles_of_the_values(of_means, level):
    paths = np.asarray(of_means.sample_paths(400)).reshape(6, 400, 30)
    came = np.exp(LEVELS + SIGMA * np.random.default_rng(3).normal(size=(400, 6, 30)))
    share = (came <= np.quantile(paths, level, axis=1)).mean()
    assert share == pytest.approx(level, abs=0.12)


def test_without_the_logarithm_paths_have_the_mean_that_is_forecast():
    fitted = fitted_with(target_transform=None)
    assert ratio_of_paths(fitted, np.mean).mean() == pytest.approx(1, abs=0.06)


@pytest.mark.parametrize(
    ("loss", "transform"),
    [
        ("mae", "log"),
        pytest.param("quantile", "log", marks=pytest.mark.slow),
        pytest.param("student_t", "log", marks=pytest.mark.slow),
        pytest.param("huber", "log", marks=pytest.mark.slow),
        pytest.param("mae", None, marks=pytest.mark.slow),
        pytest.param("quantile", None, marks=pytest.mark.slow),
        pytest.param("student_t", None, marks=pytest.mark.slow),
    ],
)
def test_for_other_losses_the_median_of_paths_is_the_forecast(loss, transform):
    fitted = fitted_with(loss=loss, target_transform=transform)
    # Their mean is 1.2 times it; 24 held-out steps of 30 series move medians by up to a tenth.
    assert ratio_of_paths(fitted, np.median).mean() == pytest.approx(1, abs=0.12)


def test_quantiles_are_those_of_the_values(of_means):
    quantiles = of_means.predict_quantiles([0.1, 0.5, 0.9])
    for level, normal in ((0.1, -1.2816), (0.5, 0.0), (0.9, 1.2816)):
        expected = np.exp(LEVELS + SIGMA * normal)
        ratio = np.asarray(quantiles.xs(level, axis=1, level=0)) / expected
        assert ratio.mean() == pytest.approx(1, abs=0.2)


def test_the_fit_without_held_out_windows_also_forecasts_means():
    forecast = fitted_with(validation_fraction=0).predict()
    assert ratio_to_the_mean(forecast) == pytest.approx(1, abs=0.1)


def test_the_loss_is_scikit_learn_s_poisson_deviance_in_units_of_the_window():
    said, target = rng.normal(size=(2, 50)) * 3
    spread, unit = rng.uniform(0.05, 2, size=50), rng.normal(size=50)
    value, mean = np.exp(target * spread - unit), np.exp(said * spread - unit)
    expected = [
        mean_poisson_deviance([y], [m]) / s**2 for y, m, s in zip(value, mean, spread, strict=True)
    ]
    np.testing.assert_allclose(losses(said, target, spread, unit), expected, rtol=1e-7)
    # to which the squared error of the median is added.
    got = losses(said, target, spread, unit, log_median=target + 3)
    np.testing.assert_allclose(got, np.add(expected, 9), rtol=1e-7)


@pytest.mark.parametrize("spread", [1e-12, 1e-5])
def test_on_a_small_scale_the_loss_is_the_squared_error(spread):
    said, target = rng.normal(size=(2, 20))
    np.testing.assert_allclose(losses(said, target, spread), (said - target) ** 2, rtol=1e-4)


def test_the_smallest_loss_is_at_the_mean():
    logarithms = rng.normal(size=3000)
    best = minimize_scalar(
        lambda f: losses(np.full(3000, f), logarithms).mean(), (0, 1), options={"xtol": 1e-9}
    ).x
    assert best == pytest.approx(np.log(np.exp(logarithms).mean()), abs=1e-6)


@pytest.mark.parametrize("target", [1e9, -1e9])
def test_an_absurd_error_has_a_finite_loss_and_gradient(target):
    output = torch.tensor([[[0.0, 0.0, 50.0, 0.0]]], requires_grad=True)
    loss = ForecastLoss(LOG_MEAN)(output, torch.tensor([[target]]))
    loss.sum().backward()
    assert loss.isfinite().all() and output.grad.isfinite().all()


def test_the_unit_is_the_mean_of_the_observed_values_of_the_window():
    history = torch.tensor(rng.normal(size=(3, 8, 2)))
    history[:, :, 1] = 1.0
    history[1, 2:5, 1] = 0.0
    scale = torch.tensor([[2.0, 0.5], [1.0, 3.0], [0.0, 1.0]]).double()
    units = with_log_unit(scale, history)
    for window in range(3):
        observed = history[window, history[window, :, 1] == 1, 0]
        expected = torch.exp(observed * scale[window, 1]).mean().log()
        torch.testing.assert_close(units[window], torch.cat([scale[window], expected[None]]))


def test_the_mean_is_a_share_of_the_variance_of_the_window_above_the_median():
    center, raw = double([1.0, 2.0]), torch.ones((1, 2, 2)).double()
    raw[..., 1] = 30.125  # a share of 120, as far from 0 the function is a straight line.
    said = to_parameters(LOG_MEAN, center, raw, double([3.0, 0.1, 0.7]))
    expected = [center + 1 + 120 * 0.1 / 2, center + 1, 0 * center + 0.1, 0 * center + 0.7]
    torch.testing.assert_close(said, torch.stack(expected, dim=-1))


@pytest.mark.parametrize("weight", [0.0, 0.3, 1.0])
@pytest.mark.parametrize("spread", [1e-6, 0.5, 40.0])
def test_drawn_towards_a_simple_forecast_the_means_are_mixed(weight, spread):
    naive, first = double([1.0, -2.0, 0.5]), double([-1.0, 1.0, 0.5])
    said = torch.stack([first, first - 1, torch.full_like(first, spread), first], dim=-1)
    share = torch.tensor(weight, dtype=torch.float64)
    moved = drawn_towards(naive, LOG_MEAN, said, double([0.0, spread, 0.0]), share)
    # The simple forecast is one of medians, whose mean is as far away as that of the network, 1.
    means = ((weight, first), (1 - weight, naive + 1))
    parts = [share * torch.exp(part * spread) for share, part in means]
    torch.testing.assert_close(torch.exp(moved[..., 0] * spread), sum(parts), rtol=1e-9, atol=0)
    torch.testing.assert_close(moved[..., 1], weight * (first - 1) + (1 - weight) * naive)
    torch.testing.assert_close(moved[..., 2:], said[..., 2:])


@pytest.mark.parametrize(
    ("loss", "transform", "expected"),
    [
        ("mse", "log", LOG_MEAN),
        ("mse", None, "mse"),
        ("mae", "log", "mae"),
        ("huber", "log", "huber"),
        ("quantile", "log", "quantile"),
        ("student_t", "log", "student_t"),
    ],
)
def test_other_losses_are_minimised_as_they_are(loss, transform, expected):
    assert loss_of_networks(loss, transform) == expected
