"""One seed gives one result, whatever the threads and the global state."""

from __future__ import annotations

import pickle
import warnings
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import torch
from sklearn.base import clone

from skrnn import RNNForecaster
from skrnn.exceptions import SeasonalNaiveWarning
from tests.forecasting.series import TINY, features_of, tiny, walk, weights_of


@contextmanager
def torch_threads(n_threads: int):
    before = torch.get_num_threads()
    torch.set_num_threads(n_threads)
    try:
        yield
    finally:
        torch.set_num_threads(before)


def everything(**params) -> list[np.ndarray]:
    """Weights and answers of a fit that draws from its seed in every way there is."""
    y = walk(70)
    X = features_of(y.index)
    later = features_of(pd.date_range("2024-03-11", periods=9, name="day"))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = RNNForecaster(
            **TINY | {"validation_fraction": 0.2, "n_members": 2, "hidden_size": 48} | params
        ).fit(X, y)
    return [
        weights_of(fitted),
        fitted.predict(later),
        fitted.predict_quantiles([0.1, 0.7], later),
        fitted.sample_paths(3, later),
        fitted.fitted_values(),
        np.array([fitted.skill_]),
    ]


def is_equal(one, other) -> bool:
    return all(np.array_equal(a, b, equal_nan=True) for a, b in zip(one, other, strict=True))


@pytest.mark.parametrize("params", [{}, {"cell": "lstm", "early_stopping": True, "max_epochs": 2}])
def test_one_seed_gives_the_same_bits_whatever_the_threads_and_the_global_state(params):
    with torch_threads(1):
        expected = everything(**params)
    # NPY002 is about code that draws from the global state; here it must stay as it was.
    states = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
    with torch_threads(3):
        torch.manual_seed(99)
        np.random.seed(99)  # noqa: NPY002
        seeded = np.random.get_state()[1].copy(), torch.get_rng_state()  # noqa: NPY002
        got = everything(**params)
        assert np.array_equal(np.random.get_state()[1], seeded[0])  # noqa: NPY002
        assert torch.equal(torch.get_rng_state(), seeded[1])
        assert torch.get_num_threads() == 3
    assert is_equal(got, expected)
    del states


@pytest.mark.slow
def test_other_seeds_give_other_bits():
    assert not is_equal(everything(random_state=1)[:1], everything(random_state=2)[:1])
    assert not is_equal(everything(random_state=None)[:1], everything(random_state=None)[:1])


def test_a_random_state_is_advanced_by_each_fit():
    def two_fits():
        state = np.random.RandomState(5)
        forecaster = tiny(random_state=state)
        return [weights_of(forecaster.fit(walk(30))) for _ in range(2)]

    first = two_fits()
    assert not np.array_equal(*first)
    assert is_equal(two_fits(), first)


def test_a_pickled_forecaster_goes_on_as_the_first():
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SeasonalNaiveWarning)
        fitted = tiny(validation_fraction=0.2, n_members=2, warm_start=True).fit(walk(60))
    loaded = pickle.loads(pickle.dumps(fitted))
    for method in ("predict", "predict_quantiles", "predict_interval", "sample_paths"):
        np.testing.assert_array_equal(getattr(loaded, method)(), getattr(fitted, method)())
    more = walk(8, 4, start="2024-03-01")
    for forecaster in (loaded, fitted):
        forecaster.update(more, refit=True)
    np.testing.assert_array_equal(loaded.predict(), fitted.predict())
    assert not hasattr(clone(loaded), "net_")


def test_nothing_is_written_and_no_warning_filter_is_changed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    before = list(warnings.filters)
    tiny().fit(walk(40)).update(walk(4, start="2024-02-10")).predict()
    assert warnings.filters == before
    assert list(tmp_path.rglob("*")) == []
