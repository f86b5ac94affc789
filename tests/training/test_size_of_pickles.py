"""A fitted estimator holds its weights, and the optimizer's state only where training goes on."""

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


@pytest.mark.parametrize("begins", ["fit", "partial_fit"])
@pytest.mark.parametrize("goes_on", ["fit", "partial_fit"])
@pytest.mark.parametrize("store", [lambda m: pickle.loads(pickle.dumps(m)), copy.deepcopy])
def test_training_goes_on_in_a_copy_as_in_the_model_itself(begins, goes_on, store):
    model = RNNClassifier(warm_start=goes_on == "fit", **SETTINGS)
    model = model.fit(X, Y) if begins == "fit" else model.partial_fit(X, Y, classes=[0, 1])
    stored = store(model)
    for one in (model, stored):
        getattr(one, goes_on)(X, Y)
    np.testing.assert_array_equal(model.predict_proba(X), stored.predict_proba(X))


def test_a_fit_trains_on_with_a_new_optimizer():
    rng = np.random.default_rng(1)
    data = rng.normal(size=(120, 4, 2))
    labels = (data[:, :, 0].sum(axis=1) > 0).astype(int)
    settings = {"hidden_size": 8, "max_epochs": 15, "learning_rate": 0.02, "random_state": 0}
    model = RNNClassifier(**settings).fit(data, labels)
    for _ in range(3):
        model.partial_fit(data, labels)
    assert model.score(data, labels) > 0.9
