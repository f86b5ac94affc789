"""How large the errors of each series are, and the intervals that follow from it."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.error_sizes import WindowSizes, learn_error_sizes
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import tiny

HORIZON = 4


def windows(true_sizes, n_windows: int, seed: int = 0, deviation: float = 0.3) -> WindowSizes:
    """Windows side by side, whose sizes scatter around those of their series."""
    true_sizes = np.asarray(true_sizes, dtype=float)
    logarithms = np.random.default_rng(seed).normal(size=(len(true_sizes), n_windows))
    sizes = true_sizes[:, None] * np.exp(deviation * logarithms)
    series = np.repeat(np.arange(len(true_sizes)), n_windows)
    return WindowSizes(sizes.ravel(), series, np.tile(HORIZON * np.arange(n_windows), len(sizes)))


NONE = WindowSizes(np.empty(0), np.empty(0, dtype=int), np.empty(0, dtype=int))


def test_with_many_windows_a_series_has_its_own_size():
    true_sizes = np.array([0.1, 1.0, 1.0, 10.0])
    factors = learn_error_sizes(windows(true_sizes, 60), NONE, 4, HORIZON)
    np.testing.assert_allclose(factors, true_sizes, rtol=0.15)


def test_sizes_that_differ_by_chance_are_left_alone():
    deviations = []
    for seed in range(20):
        factors = learn_error_sizes(windows(np.ones(30), 2, seed), NONE, 30, HORIZON)
        deviations.append(0.0 if np.isnan(factors).all() else np.log(factors).std())
    # The logarithms of the means of two windows deviate by 0.21.
    assert np.mean(deviations) < 0.06
    assert np.median(deviations) < 0.03


def test_few_windows_are_drawn_to_the_size_of_all_more_than_many_are():
    rng = np.random.default_rng(0)
    true_sizes = np.exp(rng.normal(scale=0.5, size=200))
    spread = []
    for n_windows in (2, 8, 60):
        factors = learn_error_sizes(windows(true_sizes, n_windows, 1, 0.6), NONE, 200, HORIZON)
        spread.append(np.log(factors).std())
        # Nearer to the truth than the means of the windows are.
        raw = windows(true_sizes, n_windows, 1, 0.6).sizes.reshape(200, -1).mean(axis=1)
        raw = np.log(raw) - np.log(raw).mean()
        truth = np.log(true_sizes) - np.log(true_sizes).mean()
        assert ((np.log(factors) - truth) ** 2).mean() <= ((raw - truth) ** 2).mean() + 1e-3
    assert spread[0] < spread[1] < spread[2]


def test_windows_that_overlap_count_as_little_as_they_cover():
    apart = windows(np.exp([-1.0, 0.0, 0.2, 1.0]), 3)
    overlapping = apart._replace(positions=apart.positions // HORIZON)
    wide, narrow = (
        np.abs(np.log(learn_error_sizes(one, NONE, 4, HORIZON))) for one in (apart, overlapping)
    )
    assert (narrow[[0, 3]] < wide[[0, 3]]).all()


def test_early_windows_tell_the_size_of_a_series_but_less_than_held_out_ones():
    held_out, early = windows([1.0, 1.0, 4.0, 4.0], 6), windows([1.0, 4.0, 1.0, 4.0], 6, 1)
    factors = learn_error_sizes(held_out, early, 4, HORIZON)
    assert factors[0] < factors[1] < factors[2] < factors[3]
    # A series without held-out windows has a size by its early ones.
    is_other = held_out.series != 3
    part = WindowSizes(*(one[is_other] for one in held_out))
    assert learn_error_sizes(part, early, 4, HORIZON)[3] > 1.5


def test_nothing_is_known_of_a_series_without_windows_or_with_exact_forecasts():
    one = windows([1.0, 3.0, 0.0], 20)
    factors = learn_error_sizes(one, NONE, 4, HORIZON)
    assert np.isfinite(factors).tolist() == [True, True, False, False]
    assert np.isnan(learn_error_sizes(windows([2.0], 20), NONE, 1, HORIZON)).all()
    assert np.isnan(learn_error_sizes(NONE, NONE, 3, HORIZON)).all()


def test_quantiles_are_as_far_from_the_median_as_the_size_says():
    rng = np.random.default_rng(0)
    sizes = np.repeat([1.0, 5.0], 600)
    errors = rng.normal(size=(1200, 2)) * sizes[:, None]
    residuals = HeldOutWindows("mae", np.zeros((1200, 2, 1)), errors, sizes)
    quantiles = residuals.quantiles(
        np.zeros((2, 2, 1)), np.array([0.1, 0.9]), 2, np.array([1.0, 5.0])
    )
    np.testing.assert_allclose(quantiles[0], [[-1.28, 1.28]] * 2, rtol=0.1)
    np.testing.assert_allclose(quantiles[1], 5 * quantiles[0])


def season_and_noise(deviations, n_timesteps: int, seed: int) -> pd.DataFrame:
    """Series of one season, around which they scatter more or less."""
    noise = np.random.default_rng(seed).normal(size=(n_timesteps, len(deviations)))
    season = 10 * np.sin(np.pi / 2 * np.arange(n_timesteps))
    return pd.DataFrame(season[:, None] + noise * deviations)


DEVIATIONS = np.array([0.2, 0.3, 1.0, 3.0])


@pytest.fixture(scope="module", params=["mae", "quantile"])
def fitted(request):
    """A forecaster of series of which some are harder."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        return tiny(loss=request.param, validation_fraction=0.4, max_epochs=4).fit(
            season_and_noise(DEVIATIONS, 160, 0)
        )


def test_intervals_of_a_series_are_as_wide_as_its_own_errors(fitted):
    interval = fitted.predict_interval(coverage=0.8)
    widths = (interval["upper"] - interval["lower"]).mean(axis=0).to_numpy()
    # The width of 0.8 of a normal distribution.
    np.testing.assert_allclose(widths / (2.56 * DEVIATIONS), 1.0, atol=0.45)


def test_paths_of_a_series_spread_as_its_quantiles(fitted):
    paths = fitted.sample_paths(1500)
    quantiles = fitted.predict_quantiles([0.1, 0.9])
    for series in paths.columns.levels[1]:
        found = paths.xs(series, axis=1, level=1).quantile([0.1, 0.9], axis=1).T.to_numpy()
        expected = quantiles.xs(series, axis=1, level=1).to_numpy()
        width = (expected[:, 1] - expected[:, 0]).mean()
        np.testing.assert_allclose(found, expected, atol=0.15 * width)


def test_other_series_have_the_errors_of_all(fitted):
    # Not those of a series of the fit that has the same name.
    other = fitted.predict_interval(history=season_and_noise(np.full(4, 0.3), 40, 2))
    widths = (other["upper"] - other["lower"]).mean(axis=0)
    assert widths.max() < 1.6 * widths.min()


def test_a_series_that_an_update_brings_has_the_errors_of_all():
    panel = season_and_noise(DEVIATIONS, 160, 0).T.stack()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.4).fit(panel)
    new = season_and_noise([0.3], 160, 5).rename(columns={0: "new"}).T.stack()
    before = fitted.predict_interval()
    expected = fitted.predict_interval(history=new)
    fitted.update(new)
    after = fitted.predict_interval()
    pd.testing.assert_frame_equal(after.loc[["new"]], expected, check_index_type=False)
    pd.testing.assert_frame_equal(after.loc[range(4)], before, check_index_type=False)
