"""Quantiles and paths of counts, which held-out windows calibrate."""

import numpy as np
import pytest

from skrnn._forecasting.count_errors import HeldOutCounts
from skrnn._forecasting.followed_windows import FollowedWindows
from skrnn.modules.forecast_outputs import quantiles_of

LEVELS = np.array([0.05, 0.3, 0.5, 0.8, 0.95])


def drawn(mean, dispersion, n_windows, seed=0, horizon=2, share=1.0):
    """Negative binomial counts, of which all but a share are 0."""
    rng = np.random.default_rng(seed)
    shape = (n_windows, horizon)
    rates = rng.gamma(1 / dispersion, dispersion * mean / share, size=shape)
    return np.where(rng.random(shape) < share, rng.poisson(rates), 0).astype(float)


def held_out(counts, mean, dispersion, n_apart=1000):
    said = np.broadcast_to([mean, dispersion], (*counts.shape, 2))
    return HeldOutCounts(np.array(said), counts, n_apart)


def paths_of(windows, mean, dispersion, n_paths=4000, n_steps=2):
    parameters = np.tile([mean, dispersion], (1, n_steps, 1))
    return windows.paths(parameters, ranks_of(windows, n_paths, n_steps, [0]))[0]


def ranks_of(windows, n_paths, n_steps, seeds):
    numbers = np.arange(len(windows.targets))
    followed = FollowedWindows(windows.ranks, numbers, numbers)
    rng = np.random.default_rng
    return np.stack([followed.draw(-1, n_paths, n_steps, rng(seed), rng(0)) for seed in seeds])


@pytest.mark.parametrize(("mean", "dispersion"), [(0.4, 2.0), (3.0, 0.5), (2000.0, 0.1)])
def test_a_right_distribution_stays(mean, dispersion):
    windows = held_out(drawn(mean, dispersion, 2000), mean, dispersion)
    assert windows.factor == pytest.approx(1, abs=0.15)
    np.testing.assert_allclose(windows.level(LEVELS), LEVELS, atol=0.02)


@pytest.mark.parametrize("said", [0.05, 3.0])
def test_a_wrong_dispersion_is_mended(said):
    windows = held_out(drawn(30.0, 0.5, 3000), 30.0, said)
    assert windows.factor == pytest.approx(0.5 / said, rel=0.1)
    low, high = windows.quantiles(np.tile([30.0, said], (1, 2, 1)), np.array([0.1, 0.9]), 2)[0, 0]
    later = drawn(30.0, 0.5, 3000, seed=1)
    assert np.mean((low <= later) & (later <= high)) == pytest.approx(0.8, abs=0.04)


def test_counts_of_another_distribution_have_calibrated_quantiles():
    # seven days in ten without, else about 100.
    windows = held_out(drawn(30.0, 0.1, 2000, share=0.3), 30.0, 1.0)
    quantiles = windows.quantiles(np.tile([30.0, 1.0], (1, 2, 1)), np.array([0.5, 0.9]), 2)[0, 0]
    later = drawn(30.0, 0.1, 4000, seed=1, share=0.3)
    assert quantiles[0] == 0
    assert np.mean(later <= quantiles[1]) == pytest.approx(0.9, abs=0.02)


@pytest.mark.parametrize("n_apart", [3, 1000])
@pytest.mark.parametrize("share", [1.0, 0.3])
@pytest.mark.parametrize("mean", [0.3, 40.0])
def test_paths_have_the_mean_that_is_forecast_and_are_counts(n_apart, share, mean):
    windows = held_out(drawn(mean, 0.5, 600, share=share), mean, 0.2, n_apart)
    for n_paths in (60, 5000):
        paths = paths_of(windows, mean, 0.2, n_paths)
        tolerance = 4 * paths.std() / np.sqrt(paths.size)
        assert paths.mean() == pytest.approx(mean, abs=0.03 * mean + tolerance)
        assert paths.min() >= 0
        np.testing.assert_array_equal(paths, paths.round())


def test_small_and_large_means_keep_theirs():
    means = np.repeat([[0.2], [50.0]], 600, axis=1).reshape(-1, 1)
    counts = np.concatenate([drawn(m, 0.3, 600, share=0.4) for m in (0.2, 50.0)])
    said = np.stack([np.tile(means, 2), np.full((1200, 2), 0.3)], axis=-1)
    windows = HeldOutCounts(said, counts, 1000)
    for mean in (0.2, 50.0):
        assert paths_of(windows, mean, 0.3).mean() == pytest.approx(mean, rel=0.1)


def test_many_paths_are_spread_like_few():
    windows = held_out(drawn(5.0, 1.5, 600), 5.0, 1.0)
    parameters = np.tile([5.0, 1.0], (100, 2, 1))
    few = windows.paths(parameters, ranks_of(windows, 60, 2, range(100)))
    many = windows.paths(parameters[:1], ranks_of(windows, 8000, 2, [99]))
    levels = [0.1, 0.5, 0.9, 0.99]
    np.testing.assert_allclose(
        np.quantile(few, levels), np.quantile(many, levels), atol=1, rtol=0.1
    )


def test_a_few_counts_of_0_do_not_make_the_dispersion_infinite():
    windows = held_out(np.zeros((4, 3)), 0.9, 0.6, n_apart=2)
    assert 1 < windows.factor < 20
    assert paths_of(windows, 0.9, 0.6, n_steps=3).mean() == pytest.approx(0.9, rel=0.2)


def test_few_windows_hardly_move_a_level():
    counts = drawn(30.0, 0.1, 50, share=0.3)
    few, many = (held_out(counts, 30.0, 1.0, n_apart) for n_apart in (2, 1000))
    moved = [np.abs(windows.level(LEVELS) - LEVELS).max() for windows in (few, many)]
    assert moved[0] < 0.15 * moved[1]


def test_a_count_that_was_held_for_impossible_leaves_finite_quantiles():
    windows = held_out(np.full((40, 2), 1e6), 0.5, 0.01)
    parameters = np.tile([0.5, 0.01], (3, 2, 1))
    quantiles = windows.quantiles(parameters, np.array([0.001, *LEVELS, 0.999999]), 2)
    assert np.isfinite(quantiles).all() and (quantiles >= 0).all()
    assert (np.diff(quantiles, axis=-1) >= 0).all()
    assert np.isfinite(paths_of(windows, 0.5, 0.01)).all()


def test_missing_counts_are_left_out():
    counts = drawn(3.0, 0.5, 1000)
    whole = held_out(counts, 3.0, 0.5)
    counts[::7, 1] = np.nan
    part = held_out(counts, 3.0, 0.5)
    assert part.factor == pytest.approx(whole.factor, rel=0.1)
    assert np.isfinite(paths_of(part, 3.0, 0.5)).all()


def test_quantiles_of_new_windows_follow_their_own_distribution():
    windows = held_out(drawn(3.0, 0.5, 4000), 3.0, 0.5)
    parameters = np.array([[[2.0, 0.5], [200.0, 0.1]]])
    got = windows.quantiles(parameters, LEVELS, 2)
    expected = quantiles_of("negative_binomial", parameters, LEVELS)
    np.testing.assert_allclose(got, expected, atol=1, rtol=0.05)


def test_beyond_the_horizon_dispersions_grow_as_they_do_within_it():
    counts = drawn(20.0, 0.2, 500)
    for last, expected in ((0.2, [1, 1, 1]), (0.3, [1, 1.5, 2]), (0.1, [1, 1, 1])):
        said = np.broadcast_to([[20.0, 0.2], [20.0, last]], (500, 2, 2))
        windows = HeldOutCounts(np.array(said), counts, 500)
        parameters = np.tile([20.0, 0.2], (1, 6, 1))
        parameters[:, 2:, 1] = 0.001  # forecasts that were fed back do not vary.
        width = np.diff(windows.quantiles(parameters, np.array([0.1, 0.9]), 6))[0, ::2, 0]
        variance = np.sqrt(20 + 400 * 0.2 * windows.factor * np.array(expected))
        np.testing.assert_allclose(width / width[0], variance / variance[0], rtol=0.12)


def test_steps_of_a_path_depend_on_each_other_as_the_counts_did():
    # in half of the windows all counts are large.
    rng = np.random.default_rng(0)
    counts = rng.poisson(np.repeat(rng.choice([5.0, 35.0], size=(500, 1)), 2, axis=1)).astype(float)
    paths = paths_of(held_out(counts, 20.0, 0.5), 20.0, 0.5, n_steps=4)
    assert np.corrcoef(paths)[0, 1] > 0.7
    assert abs(np.corrcoef(paths)[1, 2]) < 0.1
