"""Paths of several series depend on each other as their errors did on held-out windows."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from skrnn._forecasting.followed_windows import FollowedWindows
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import tiny

N_SERIES = 10


def with_common_shock(n_timesteps: int, seed: int, is_count: bool = False) -> pd.DataFrame:
    """Series of which each value is a season, a shock of all and a smaller one of its own."""
    rng = np.random.default_rng(seed)
    values = rng.normal(size=(n_timesteps, 1)) + 0.4 * rng.normal(size=(n_timesteps, N_SERIES))
    values += 3 * np.sin(np.pi / 2 * np.arange(n_timesteps))[:, None]
    if is_count:
        values = rng.poisson(20 * np.exp(0.5 * values))
    return pd.DataFrame(values.astype(float), columns=[f"shop {i}" for i in range(N_SERIES)])


def fitted_to(y, **params):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        return tiny(validation_fraction=0.4, **params).fit(y)


@pytest.fixture(scope="module")
def fitted():
    return fitted_to(with_common_shock(200, 0))


def sums(paths: pd.DataFrame) -> pd.DataFrame:
    return paths.T.groupby(level=0).sum().T


def test_intervals_of_a_sum_hold_as_often_as_those_of_its_series():
    y = with_common_shock(300, 2)
    fitted = fitted_to(y[:200])
    of_sum, of_series = [], []
    for cutoff in range(200, 300, 4):
        future = y[cutoff : cutoff + 4]
        low, high = sums(fitted.sample_paths(200)).quantile([0.1, 0.9], axis=1).to_numpy()
        actual = future.sum(axis=1)
        of_sum.append((low <= actual) & (actual <= high))
        interval = fitted.predict_interval(coverage=0.8)
        of_series.append((interval["lower"] <= future) & (future <= interval["upper"]))
        fitted.update(future)
    # Drawn independently, the sums would be inside a third of the time.
    assert np.mean(of_sum) == pytest.approx(0.8, abs=0.1)
    assert np.mean(of_sum) == pytest.approx(np.mean(of_series), abs=0.06)


def test_paths_of_series_with_a_common_shock_go_together(fitted):
    paths = fitted.sample_paths(500)
    step = paths.iloc[1].unstack()
    assert step.corr().to_numpy()[np.triu_indices(N_SERIES, 1)].mean() > 0.6


def test_every_series_keeps_its_quantiles(fitted):
    paths = fitted.sample_paths(3000)
    levels = [0.1, 0.5, 0.9]
    quantiles = fitted.predict_quantiles(levels)
    for name in ("shop 0", "shop 7"):
        found = paths.xs(name, axis=1, level=1).quantile(levels, axis=1).T
        expected = quantiles.xs(name, axis=1, level=1)
        width = (expected[0.9] - expected[0.1]).mean()
        np.testing.assert_allclose(found, expected, atol=0.06 * width)


def test_counts_go_together_too():
    fitted = fitted_to(with_common_shock(160, 0, is_count=True), loss="negative_binomial")
    step = fitted.sample_paths(500).iloc[1].unstack()
    assert step.corr().to_numpy()[np.triu_indices(N_SERIES, 1)].mean() > 0.5


def test_a_path_does_not_depend_on_the_other_series_asked_for():
    panel = with_common_shock(120, 0).iloc[:, :3].T.stack()
    fitted = fitted_to(panel)
    one, far = (
        pd.DataFrame(index=pd.MultiIndex.from_product([names, steps]))
        for names, steps in ((["shop 1"], range(120, 124)), (["shop 0", "shop 1"], range(120, 131)))
    )
    alone, together = fitted.sample_paths(20, one), fitted.sample_paths(20, far)
    np.testing.assert_allclose(together.loc[alone.index], alone)


def test_other_series_are_drawn_independently(fitted):
    other = with_common_shock(60, 5)
    step = fitted.sample_paths(400, history=other).iloc[1].unstack()
    assert np.abs(step.corr().to_numpy()[np.triu_indices(N_SERIES, 1)]).mean() < 0.1


def draws(series, positions, ranks, asked, seed=0, n_paths=4000):
    followed = FollowedWindows(lambda windows: ranks[windows], series, positions)
    rngs = np.random.default_rng([seed, asked]), np.random.default_rng(seed)
    return followed.draw(asked, n_paths, 1, *rngs)[0]


def test_series_with_few_cutoffs_in_common_share_those_they_have():
    # The second series has every other cutoff of the first, and the third other cutoffs.
    series = np.repeat([0, 1, 2], [40, 20, 20])
    positions = np.concatenate([np.arange(40), 2 * np.arange(20), 100 + np.arange(20)])
    ranks = positions.astype(float)[:, None] % 100
    first, second, third = (draws(series, positions, ranks, asked) for asked in range(3))
    assert np.corrcoef(first, second)[0, 1] > 0.2
    assert abs(np.corrcoef(first, third)[0, 1]) < 0.06
    for of_series in (first, second, third):
        assert of_series.mean() == pytest.approx(0.5, abs=0.02)
        assert of_series.std() == pytest.approx(12**-0.5, abs=0.01)


def test_a_series_with_few_windows_follows_those_of_all():
    series, positions = np.repeat([0, 1], [40, 3]), np.r_[:40, :3]
    ranks = positions.astype(float)[:, None]
    assert abs(np.corrcoef(*(draws(series, positions, ranks, one) for one in (0, 1)))[0, 1]) < 0.06
