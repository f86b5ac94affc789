"""A pickled estimator holds its weights, and the optimizer's state only where training goes on."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest

from skrnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger

SETTINGS = {"hidden_size": 48, "max_epochs": 1, "random_state": 0}
X = np.random.default_rng(0).normal(size=(12, 3, 2))
Y = np.arange(12) % 2


def _n_bytes_of_weights(model) -> int:
    return sum(4 * parameter.numel() for parameter in model.net_.module_.parameters())


@pytest.mark.parametrize(
    "make",
    [
        lambda: RNNClassifier(**SETTINGS).fit(X, Y),
        lambda: RNNRegressor(cell="gru", **SETTINGS).fit(X, Y.astype(float)),
        lambda: RNNTagger(**SETTINGS).fit(X, [[0, 1, 1]] * 12),
        lambda: RNNLanguageModel(**SETTINGS).fit(["a dog", "a cat"]),
    ],
    ids=["classifier", "regressor", "tagger", "language model"],
)
def test_a_pickle_of_a_fit_is_little_larger_than_its_weights(make):
    model = make()
    assert len(pickle.dumps(model)) < 1.5 * _n_bytes_of_weights(model) + 20_000


@pytest.mark.parametrize("settings", [{}, {"warm_start": True}])
@pytest.mark.parametrize("store", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy])
def test_training_that_goes_on_is_stored_exactly(settings, store):
    model = RNNClassifier(**settings, **SETTINGS)
    model = model.fit(X, Y) if settings else model.partial_fit(X, Y, classes=[0, 1])
    stored = store(model)
    for one in (model, stored):
        one.fit(X, Y) if settings else one.partial_fit(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), stored.predict_proba(X))


def test_a_fit_that_was_stored_trains_on_as_well_as_one_that_was_not():
    rng = np.random.default_rng(1)
    data = rng.normal(size=(120, 4, 2))
    labels = (data[:, :, 0].sum(axis=1) > 0).astype(int)
    settings = {"hidden_size": 8, "max_epochs": 15, "learning_rate": 0.02, "random_state": 0}
    model = RNNClassifier(**settings).fit(data, labels)
    stored = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(model.predict_proba(data), stored.predict_proba(data))
    for one in (model, stored):
        for _ in range(3):
            one.partial_fit(data, labels)
        assert one.score(data, labels) > 0.9


def test_storing_changes_nothing_of_the_model_itself():
    models = [RNNClassifier(**SETTINGS).fit(X, Y) for _ in range(2)]
    pickle.dumps(models[0])
    copy.deepcopy(models[0])
    for model in models:
        model.partial_fit(X, Y)
    np.testing.assert_array_equal(models[0].predict_proba(X), models[1].predict_proba(X))
