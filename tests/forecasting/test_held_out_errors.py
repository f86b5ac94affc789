"""Errors on held-out windows, and the intervals and paths made of them."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from skrnn._forecasting.followed_windows import FollowedWindows
from skrnn._forecasting.residuals import HeldOutWindows


def held_out(errors: np.ndarray) -> HeldOutWindows:
    """Windows of point forecasts 0, of which these were the errors."""
    said = np.zeros((*errors.shape, 1))
    return HeldOutWindows("mae", said, errors)


def drawn(residuals: HeldOutWindows, n_paths: int, n_steps: int, seed: int = 1) -> np.ndarray:
    """Ranks of the paths of a series that the windows are not of."""
    numbers = np.arange(len(residuals.targets))
    rngs = np.random.default_rng(seed), np.random.default_rng(seed + 1)
    return FollowedWindows(residuals.ranks, numbers, numbers).draw(-1, n_paths, n_steps, *rngs)


def test_with_many_windows_a_quantile_moves_by_that_of_the_errors():
    rng = np.random.default_rng(0)
    errors = rng.gamma(2.0, size=(3000, 1))
    residuals = held_out(errors)
    for level in (0.05, 0.5, 0.9):
        expected = np.quantile(errors, level, method="weibull")
        assert residuals.correction(level)[0] == pytest.approx(expected, rel=1e-9)


def test_with_few_windows_errors_count_in_both_directions():
    errors = np.array([[1.0], [2.0], [3.0], [4.0]])
    residuals = held_out(errors)
    assert residuals.correction(0.5)[0] == pytest.approx(0.0)
    assert residuals.correction(0.1)[0] == pytest.approx(-residuals.correction(0.9)[0])
    # eight errors, -4 to 4: the ninth is above the last with probability 1/9.
    assert residuals.correction(8 / 9)[0] == pytest.approx(4.0)
    assert residuals.correction(0.99999)[0] == pytest.approx(4.0)


def test_errors_are_pooled_over_steps_in_units_of_each_step():
    rng = np.random.default_rng(0)
    growth = np.array([1.0, 2.0, 4.0])
    residuals = held_out(rng.normal(size=(4000, 3)) * growth)
    for level in (0.1, 0.975):
        expected = stats.norm.ppf(level) * growth
        np.testing.assert_allclose(residuals.correction(level), expected, rtol=0.05)


def test_the_next_error_is_below_a_quantile_as_often_as_it_says():
    # exchangeable errors, over many draws of a few held-out windows.
    rng = np.random.default_rng(0)
    below = []
    for _ in range(400):
        errors = rng.standard_t(3, size=(24, 1))
        below.append(rng.standard_t(3, size=200) <= held_out(errors[:23]).correction(0.9))
    assert np.mean(below) == pytest.approx(0.9, abs=0.015)


def test_missing_targets_are_left_out_of_the_errors():
    rng = np.random.default_rng(0)
    errors = rng.normal(size=(500, 3))
    errors[rng.random(errors.shape) < 0.4] = np.nan
    errors[:, 2] = np.nan
    errors = errors[~np.isnan(errors).all(axis=1)]
    residuals = held_out(errors)
    corrections = residuals.correction(0.9)
    assert np.isfinite(corrections).all()
    np.testing.assert_allclose(corrections, stats.norm.ppf(0.9), rtol=0.15)
    ranks = drawn(residuals, 9, 6)
    assert ((0 <= ranks) & (ranks < 1)).all()


def test_exact_forecasts_leave_no_width():
    residuals = held_out(np.zeros((30, 3)))
    quantiles = residuals.quantiles(np.zeros((2, 3, 1)), np.array([0.1, 0.9]), 3)
    np.testing.assert_array_equal(quantiles, 0.0)


def test_beyond_the_horizon_errors_of_blocks_add_like_independent_ones():
    rng = np.random.default_rng(0)
    residuals = held_out(rng.normal(size=(3000, 2)) * [1.0, 2.0])
    parameters = np.zeros((1, 7, 1))
    quantiles = residuals.quantiles(parameters, np.array([0.9]), 7)[0, :, 0]
    one, two = quantiles[:2]
    expected = [one, two]
    for block in (1, 2, 3):
        expected += [np.hypot(one, np.sqrt(block) * two), np.sqrt(block + 1) * two]
    np.testing.assert_allclose(quantiles, expected[:7])


def test_paths_run_along_the_ranks_of_one_held_out_window():
    # errors whose second step is minus the first.
    errors = np.random.default_rng(0).normal(size=(600, 1)) * [1.0, -1.0]
    residuals = held_out(errors)
    ranks = drawn(residuals, 500, 4)
    assert ((0 <= ranks) & (ranks < 1)).all()
    np.testing.assert_allclose(ranks[0] + ranks[1], 1.0, atol=0.03)
    np.testing.assert_allclose(ranks[2] + ranks[3], 1.0, atol=0.03)
    assert abs(np.corrcoef(ranks)[1, 2]) < 0.2


@pytest.mark.parametrize("n_windows", [7, 60, 2000])
def test_at_every_step_of_a_path_all_ranks_are_as_likely(n_windows):
    rng = np.random.default_rng(0)
    # steps that err on one side only, and more and more.
    residuals = held_out(rng.normal(size=(n_windows, 3)) * [1.0, 2.0, 3.0] + [0.0, 1.0, -4.0])
    ranks = drawn(residuals, 4000, 5)
    for step in range(5):
        assert stats.kstest(ranks[step], "uniform").pvalue > 1e-3


def test_paths_have_the_quantiles_of_each_step_and_go_on_where_a_block_ends():
    rng = np.random.default_rng(0)
    walks = rng.normal(size=(400, 4)).cumsum(axis=1)
    residuals = held_out(walks)
    parameters = np.zeros((1, 12, 1))
    ranks = drawn(residuals, 6000, 12)
    paths = residuals.paths(parameters, ranks[None])[0]
    levels = np.array([0.1, 0.5, 0.9])
    quantiles = residuals.quantiles(parameters, levels, 12)[0]
    np.testing.assert_allclose(np.quantile(paths, levels, axis=1).T, quantiles, atol=0.4)
    # of a random walk: the spread of what comes to a step is the same at every step.
    np.testing.assert_allclose(np.diff(paths, axis=0).std(axis=1), 1.0, atol=0.25)
    np.testing.assert_allclose(paths.std(axis=1), np.sqrt(np.arange(1, 13)), rtol=0.15)
