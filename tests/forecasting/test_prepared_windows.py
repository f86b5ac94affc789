"""Windows made ready: gaps filled, levels, scales and anchors, against numbers worked by hand."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from skrnn._forecasting.anchors import anchor_forecasts, fill_gaps, level_and_scale, n_anchors
from tests.forecasting.references import NAN, double


@pytest.mark.parametrize(
    ("period", "history", "expected"),
    [
        # a season before, then a season after
        (3, [1, 2, NAN, NAN, 5, 6, 7, NAN, 9], [1, 2, 6, 1, 5, 6, 7, 5, 9]),
        # two seasons before and after; a phase without any value takes its neighbour's
        (3, [NAN, NAN, NAN, 4, NAN, 6, NAN, NAN, NAN], [4, 4, 6, 4, 4, 6, 4, 4, 6]),
        # a part of a season in front
        (4, [NAN, 2, 3, 4, 5, NAN], [5, 2, 3, 4, 5, 2]),
        # without seasons the value before, or the first one
        (1, [NAN, NAN, 3, NAN, 5, NAN], [3, 3, 3, 3, 5, 5]),
        # a season as long as the window says nothing of it
        (4, [NAN, 2, NAN, 4], [2, 2, 2, 4]),
        (2, [1, 2, 3], [1, 2, 3]),
    ],
)
def test_gaps_are_filled_from_seasons_before_and_after_and_else_from_neighbours(
    period, history, expected
):
    before = double(history)
    filled = fill_gaps(before, period)
    np.testing.assert_array_equal(filled[0], expected)
    np.testing.assert_array_equal(before[0], history)  # what is passed stays


@pytest.mark.parametrize("period", [1, 3, 4])
def test_level_is_the_mean_of_the_last_season_and_scale_the_standard_deviation(period):
    rng = np.random.default_rng(0)
    history = rng.normal(5, 3, size=(6, 11))
    history[rng.random(size=history.shape) < 0.3] = np.nan
    history[:, 4] = rng.normal(size=6)
    table = torch.from_numpy(history)
    filled = fill_gaps(table, period)
    level, scale = level_and_scale(table, filled, period)
    np.testing.assert_allclose(level[:, 0], filled[:, -period:].mean(1))
    np.testing.assert_allclose(scale[:, 0], np.nanstd(history, axis=1))


@pytest.mark.parametrize(
    ("history", "level", "scale"),
    [
        ([0, 0, 0, 0], 0, 1),
        ([7, 7, 7, 7], 7, 7),
        ([-1e12, -1e12, -1e12], -1e12, 1e12),
        ([NAN, NAN, 3], 3, 3),
        # differences of the size of rounding
        ([1, 1, 1 + 1e-15], 1, 1),
    ],
)
def test_a_flat_window_has_its_own_size_for_scale(history, level, scale):
    table = double(history)
    got_level, got_scale = level_and_scale(table, fill_gaps(table, 1), 1)
    assert float(got_level) == pytest.approx(level)
    assert float(got_scale) == pytest.approx(scale)


def test_small_differences_beside_a_large_level_keep_their_scale():
    # their squares alone would lose what tells them apart.
    table = double([1e5, 1e5 + 4, 1e5 + 4, 1e5])
    level, scale = level_and_scale(table, table, 1)
    assert float(level) == 1e5 and float(scale) == pytest.approx(2, rel=1e-9)


def test_anchors_worked_by_hand():
    # two seasons of three; the profile is the mean of [-1, 0, 1] and [1, 4, -5] less their means.
    filled = double([9, 1, 2, 3, 11, 14, 5])
    anchors = anchor_forecasts(filled, 4, (3,))
    assert anchors.shape == (1, 3, 4)
    np.testing.assert_allclose(anchors[0, 0], [5, 5, 5, 5])
    np.testing.assert_allclose(anchors[0, 1], [11, 14, 5, 11])
    profile = np.array([(-1 + 1) / 2, (0 + 4) / 2, (1 - 5) / 2])
    np.testing.assert_allclose(anchors[0, 2], 5 + profile[[0, 1, 2, 0]] - profile[2])


@pytest.mark.parametrize("periods", [(1,), (4,), (4, 12), (3, 1)])
@pytest.mark.parametrize("horizon", [1, 4, 15])
def test_anchors_are_the_last_value_the_last_seasons_and_the_moved_profiles(periods, horizon):
    filled = np.random.default_rng(0).normal(size=(5, 26))
    anchors = anchor_forecasts(torch.from_numpy(filled), horizon, periods).numpy()
    expected = [np.repeat(filled[:, -1:], horizon, axis=1)]
    for period in periods:
        if period == 1:
            continue
        n_seasons = min(4, 26 // period)
        repeated, moved = np.empty((5, horizon)), np.empty((5, horizon))
        for window in range(5):
            seasons = [
                filled[window, 26 - (n + 1) * period : 26 - n * period] for n in range(n_seasons)
            ]
            profile = np.mean([season - season.mean() for season in seasons], axis=0)
            for step in range(horizon):
                repeated[window, step] = seasons[0][step % period]
                moved[window, step] = (
                    filled[window, -1] + profile[step % period] - profile[period - 1]
                )
        expected += [repeated, moved]
    np.testing.assert_allclose(anchors, np.stack(expected, axis=1))
    assert n_anchors(periods) == anchors.shape[1]
