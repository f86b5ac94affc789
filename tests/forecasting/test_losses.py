"""Losses, and the quantiles that they learn, against those of others."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy import stats
from sklearn.metrics import mean_pinball_loss
from torch import nn

from skrnn.modules.forecast_outputs import (
    FORECAST_LOSSES,
    QUANTILE_LEVELS,
    ForecastLoss,
    drawn_towards,
    n_parameters,
    quantiles_of,
    to_parameters,
)
from tests.forecasting.references import NAN, double


def output_of(loss: str, seed=0):
    """What a network says of 5 windows of 4 steps, as the loss reads it, and level and scale."""
    generator = torch.Generator().manual_seed(seed)
    center = torch.randn((5, 4), generator=generator, dtype=torch.float64)
    raw = torch.randn((5, 4, n_parameters(loss)), generator=generator, dtype=torch.float64)
    scale = torch.rand((5, 2), generator=generator, dtype=torch.float64) * 10 + 5
    return to_parameters(loss, center, raw, scale), center, raw, scale


def observed_loss(loss, output, target):
    got = ForecastLoss(loss)(output, target)
    return got, ~target.isnan()


@pytest.fixture
def target():
    target = torch.randn((5, 4), generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    target[1, 2] = target[3, :] = NAN
    return target


@pytest.mark.parametrize("loss", ["mae", "mse", "huber"])
def test_losses_of_points_are_means_over_observed_steps(loss, target):
    output, center, raw, _ = output_of(loss)
    torch.testing.assert_close(output[..., 0], center + raw[..., 0])
    got = ForecastLoss(loss)(output, target)
    reference = {"mae": nn.L1Loss(), "mse": nn.MSELoss(), "huber": nn.HuberLoss()}[loss]
    for window in range(5):
        steps = ~target[window].isnan()
        if not steps.any():
            assert got[window] == 0
            continue
        expected = reference(output[window, steps, 0], target[window, steps])
        torch.testing.assert_close(got[window], expected)


def test_the_quantile_loss_is_scikit_learn_s_pinball_loss(target):
    output, *_ = output_of("quantile")
    got = ForecastLoss("quantile")(output, target)
    for window in (0, 1, 2, 4):
        steps = ~target[window].isnan()
        expected = np.mean(
            [
                mean_pinball_loss(target[window, steps], output[window, steps, n], alpha=level)
                for n, level in enumerate(QUANTILE_LEVELS)
            ]
        )
        assert float(got[window]) == pytest.approx(expected)


def test_quantiles_of_the_network_increase_and_have_the_forecast_in_the_middle():
    output, center, raw, _ = output_of("quantile")
    assert (output.diff(dim=-1) > 0).all()
    torch.testing.assert_close(output[..., 3], center + raw[..., 3])


def test_the_student_t_loss_is_torch_s_negative_log_density(target):
    output, center, raw, _ = output_of("student_t")
    location, width, degrees = output.unbind(-1)
    torch.testing.assert_close(location, center + raw[..., 0])
    assert (width > 0).all() and (degrees > 2).all()
    density = torch.distributions.StudentT(degrees, location, width)
    expected = -density.log_prob(target.nan_to_num())
    got = ForecastLoss("student_t")(output, target)
    for window in (0, 1, 2, 4):
        steps = ~target[window].isnan()
        torch.testing.assert_close(got[window], expected[window, steps].mean())


def test_the_negative_binomial_loss_is_torch_s_negative_log_probability(target):
    output, *_, scale = output_of("negative_binomial")
    mean, dispersion = output[..., 0], output[..., 1]
    assert (mean > 0).all() and (dispersion > 0).all()
    level, spread = scale[:, :1], scale[:, 1:]
    counts = torch.poisson(torch.full((5, 4), 6.0)).double().where(~target.isnan(), NAN)
    got = ForecastLoss("negative_binomial")(output, (counts - level) / spread)
    probability = torch.distributions.NegativeBinomial(
        1 / dispersion, logits=(dispersion * mean).log()
    )
    torch.testing.assert_close(probability.mean, mean)
    expected = -probability.log_prob(counts.nan_to_num())
    for window in (0, 1, 2, 4):
        steps = ~target[window].isnan()
        torch.testing.assert_close(got[window], expected[window, steps].mean())


def test_the_mean_of_counts_is_the_forecast_itself_where_that_is_large():
    center = torch.full((1, 3), 2.0, dtype=torch.float64)
    raw = torch.zeros((1, 3, 2), dtype=torch.float64)
    output = to_parameters("negative_binomial", center, raw, double([1e4, 1e2]))
    torch.testing.assert_close(
        output[..., 0], torch.full((1, 3), 1e4 + 2e2).double(), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("loss", FORECAST_LOSSES)
def test_a_forecast_drawn_towards_another_moves_and_keeps_its_spread(loss):
    output, *_, scale = output_of(loss)
    naive = torch.linspace(-1, 1, 20, dtype=torch.float64).reshape(5, 4)
    middle = 3 if loss == "quantile" else 0
    target = naive
    if loss == "negative_binomial":
        target = (naive * scale[:, 1:] + scale[:, :1]).clamp(min=1e-4)
    for weight in (0.0, 0.3, 1.0):
        moved = drawn_towards(naive, loss, output, scale, torch.tensor(weight).double())
        expected = weight * output[..., middle] + (1 - weight) * target
        torch.testing.assert_close(moved[..., middle], expected)
        if loss == "quantile":
            torch.testing.assert_close(moved.diff(dim=-1), output.diff(dim=-1))
        else:
            torch.testing.assert_close(moved[..., 1:], output[..., 1:])


LEVELS = np.array([0.01, 0.1, 0.5, 0.7, 0.99])


def test_quantiles_of_distributions_are_scipy_s():
    student = output_of("student_t")[0].numpy()
    expected = stats.t(student[..., [2]], student[..., [0]], student[..., [1]]).ppf(LEVELS)
    np.testing.assert_allclose(quantiles_of("student_t", student, LEVELS), expected)
    counts = output_of("negative_binomial")[0].numpy()
    got = quantiles_of("negative_binomial", counts, LEVELS)
    mean, dispersion = counts[..., [0]], counts[..., [1]]
    size = 1 / dispersion
    # the smallest count whose probability reaches the level.
    below, at = (stats.nbinom(size, size / (size + mean)).cdf(got + n) for n in (-1, 0))
    assert (at >= LEVELS - 1e-9).all() and (below < LEVELS).all()


def test_quantiles_between_the_learned_ones_lie_on_a_normal_curve_if_those_do():
    normal = stats.norm(3.0, 2.0)
    learned = np.tile(normal.ppf(QUANTILE_LEVELS), (2, 3, 1))
    got = quantiles_of("quantile", learned, LEVELS)
    np.testing.assert_allclose(got, np.broadcast_to(normal.ppf(LEVELS), (2, 3, 5)))
    got = quantiles_of("quantile", learned, np.array(QUANTILE_LEVELS))
    np.testing.assert_allclose(got, learned)


def test_all_quantiles_of_a_point_are_the_point():
    for loss in ("mae", "mse", "huber"):
        points = np.arange(6.0).reshape(2, 3, 1)
        got = quantiles_of(loss, points, LEVELS)
        np.testing.assert_array_equal(got, np.repeat(points, 5, axis=-1))
