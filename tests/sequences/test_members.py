"""Several networks of different seeds answer together."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone

from skrnn import RNNClassifier, RNNRegressor
from skrnn._training.net import RecurrentNet
from tests.sequences.small_networks import TARGETS, TINY, X_NEW, X_VAL, Y_VAL, X, Y, scores

SETTINGS = TINY | {"n_members": 3}
LABELS = np.stack([Y, 1 - Y], axis=1) * (np.arange(len(Y))[:, None] % 3 > 0)
MAKES = {
    "classes": (RNNClassifier, Y),
    "labels": (RNNClassifier, LABELS),
    "numbers": (RNNRegressor, TARGETS),
}


@pytest.fixture(scope="module")
def models():
    return {kind: make(**SETTINGS).fit(X, y) for kind, (make, y) in MAKES.items()}


@pytest.fixture(params=MAKES)
def model(request, models):
    return models[request.param]


def of_member(model, number: int):
    """The same estimator with one of its networks alone."""
    alone = pickle.loads(pickle.dumps(model))
    alone.nets_ = [alone.nets_[number]]
    alone.net_ = alone.nets_[0]
    return alone


def test_answers_are_the_mean_of_different_members(model):
    each = [scores(of_member(model, number)) for number in range(3)]
    assert not np.array_equal(each[0], each[1])
    assert not np.array_equal(each[1], each[2])
    np.testing.assert_allclose(scores(model), np.mean(each, axis=0), rtol=1e-6)
    assert model.net_ is model.nets_[0]


def test_the_first_member_is_the_network_of_one_member(model):
    y = {make: y for make, y in MAKES.values()}[type(model)]
    if isinstance(model, RNNClassifier):
        y = LABELS if scores(model)[0].sum() != pytest.approx(1) else Y
    alone = clone(model).set_params(n_members=1).fit(X, y)
    np.testing.assert_array_equal(scores(of_member(model, 0)), scores(alone))
    assert alone.loss_curve_ == model.loss_curve_


def test_logarithms_of_probabilities_are_those_of_the_mean(models):
    for kind in ("classes", "labels"):
        logarithms = models[kind].predict_log_proba(X_NEW)
        np.testing.assert_allclose(np.exp(logarithms), models[kind].predict_proba(X_NEW))


def test_hidden_states_of_all_members_stand_side_by_side(model):
    states = model.transform(X_NEW)
    width = states.shape[1] // 3
    assert len(model.get_feature_names_out()) == 3 * width
    for number in range(3):
        alone = of_member(model, number).transform(X_NEW)
        np.testing.assert_array_equal(states[:, number * width : (number + 1) * width], alone)


def test_all_members_train_on(models):
    model = pickle.loads(pickle.dumps(models["classes"])).partial_fit(X, Y)
    for number in range(3):
        before, after = of_member(models["classes"], number), of_member(model, number)
        assert not np.array_equal(scores(before), scores(after))
    warm = RNNClassifier(**SETTINGS, warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match="n_members: got 2"):
        warm.set_params(n_members=2).fit(X, Y)


def test_each_member_stops_early_on_its_own():
    model = RNNClassifier(**SETTINGS | {"max_epochs": 40, "learning_rate": 0.1}, n_iter_no_change=2)
    model.fit(X, Y, X_val=X_VAL, y_val=1 - Y_VAL)
    assert all(net.kept_epoch_ < 40 for net in model.nets_)


def test_an_interruption_leaves_the_members_that_were_trained(monkeypatch):
    original, n_calls = RecurrentNet.partial_fit, []

    def interrupted(self, *args, **kwargs):
        n_calls.append(1)
        if len(n_calls) > 2:
            raise KeyboardInterrupt
        return original(self, *args, **kwargs)

    monkeypatch.setattr(RecurrentNet, "partial_fit", interrupted)
    model = RNNRegressor(**SETTINGS, linear_model=False)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, TARGETS)
    assert len(model.nets_) == 2
    assert np.isfinite(model.predict(X_NEW)).all()
    monkeypatch.undo()
    # What is missing is trained by the next fit that goes on.
    model.set_params(warm_start=True).fit(X, TARGETS)
    assert len(model.nets_) == 3
