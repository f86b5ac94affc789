"""Clones and pickles of a forecaster."""

from __future__ import annotations

import pickle
from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)

from tests.forecasting.folds import CASES, FEATURES, Y, tiny


def test_a_clone_has_the_parameters_and_nothing_learned():
    callbacks: list[Any] = []
    estimator = tiny(past_features=["heat"], callbacks=callbacks).fit(FEATURES, Y)
    copied = clone(estimator)
    assert copied.get_params() == estimator.get_params()
    assert vars(copied).keys() == estimator.get_params().keys()
    assert estimator.past_features == ["heat"] and estimator.callbacks is callbacks


def test_set_params_counts_in_the_next_fit():
    estimator = tiny().fit(Y).set_params(hidden_size=5, horizon=2)
    assert estimator.get_params()["hidden_size"] == 5
    assert len(estimator.fit(Y).predict()) == 2
    weights = estimator.net_.module_.state_dict()
    assert any(5 in weight.shape for weight in weights.values())
    with pytest.raises(ValueError, match="Invalid parameter 'hidden'"):
        estimator.set_params(hidden=3)


@pytest.mark.filterwarnings("ignore::skrnn.exceptions.SeasonalNaiveWarning")
@pytest.mark.parametrize("case", ["Series", "features, wide frame", "arrays", "features, panel"])
def test_a_pickled_forecaster_forecasts_the_same_bits(case):
    X = CASES[case][0]
    fitted = tiny(validation_fraction=0.2)
    fitted.fit(*(data for data in CASES[case] if data is not None))
    loaded = pickle.loads(pickle.dumps(fitted))
    np.testing.assert_array_equal(loaded.predict(X), fitted.predict(X))
    np.testing.assert_array_equal(
        loaded.predict_quantiles([0.1, 0.9], X), fitted.predict_quantiles([0.1, 0.9], X)
    )
    np.testing.assert_array_equal(loaded.sample_paths(3, X), fitted.sample_paths(3, X))
