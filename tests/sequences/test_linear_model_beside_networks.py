"""A linear model of random convolutions answers beside the network."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback

from skrnn import RNNClassifier, RNNRegressor
from skrnn._sequences import convolution_model, pooled
from skrnn._training.net import RecurrentNet
from tests.sequences.small_networks import TINY

SETTINGS = TINY | {"linear_model": True}


def make_shapes(n_samples: int, seed: int):
    """Noise of 40 to 60 timesteps, in which a short wave is hidden; how fast it is, is the class.

    The second feature is noise alone.
    """
    rng = np.random.default_rng(seed)
    y = rng.integers(3, size=n_samples)
    X = []
    for label in y:
        sequence = rng.normal(scale=0.3, size=(rng.integers(40, 61), 2))
        start = rng.integers(len(sequence) - 16)
        sequence[start : start + 16, 0] += np.sin(np.arange(16) * (0.8 + 0.7 * label))
        X.append(sequence)
    return X, y


X, Y = make_shapes(90, 0)
X_NEW, Y_NEW = make_shapes(90, 1)
MAKES = {
    "classes": RNNClassifier,
    "labels": RNNClassifier,
    "number": RNNRegressor,
    "numbers": RNNRegressor,
}


def targets_of(kind: str, y: np.ndarray) -> np.ndarray:
    """What each kind of estimator predicts of the class."""
    if kind == "labels":
        return np.stack([y > 0, y > 1], axis=1).astype(int)
    if kind == "numbers":
        return np.stack([y, y**2], axis=1).astype(float)
    return y.astype(float) if kind == "number" else y


def answers(model, X=X_NEW) -> np.ndarray:
    return model.predict_proba(X) if isinstance(model, RNNClassifier) else model.predict(X)


@pytest.fixture(scope="module")
def models():
    return {kind: make(**SETTINGS).fit(X, targets_of(kind, Y)) for kind, make in MAKES.items()}


@pytest.fixture(params=MAKES)
def model(request, models):
    return models[request.param]


@pytest.mark.parametrize("kind", MAKES)
def test_short_shapes_are_found_that_a_small_network_overlooks(kind, models):
    y, new = targets_of(kind, Y), targets_of(kind, Y_NEW)
    alone = MAKES[kind](**TINY, linear_model=False).fit(X, y)
    assert alone.network_weight_ == 1
    assert models[kind].network_weight_ < 0.3
    assert 1 - models[kind].score(X_NEW, new) < 0.5 * (1 - alone.score(X_NEW, new))


def test_probabilities_labels_and_logarithms_agree(models):
    probabilities = models["classes"].predict_proba(X_NEW)
    np.testing.assert_allclose(probabilities.sum(axis=1), 1)
    np.testing.assert_array_equal(models["classes"].predict(X_NEW), probabilities.argmax(axis=1))
    for kind in ("classes", "labels"):
        logarithms = models[kind].predict_log_proba(X_NEW)
        np.testing.assert_allclose(np.exp(logarithms), models[kind].predict_proba(X_NEW))
    labels = models["labels"].predict(X_NEW)
    np.testing.assert_array_equal(labels, models["labels"].predict_proba(X_NEW) > 0.5)


def test_answers_depend_on_no_other_sample_and_on_no_padding(model):
    together = answers(model)
    np.testing.assert_array_equal(answers(model, X_NEW[::-1])[::-1], together)
    np.testing.assert_array_equal(answers(model, X_NEW[7:8])[0], together[7])
    padded = np.full((2, 80, 2), np.nan)
    for row, sequence in zip(padded, X_NEW[:2], strict=True):
        row[: len(sequence)] = sequence
    np.testing.assert_array_equal(answers(model, padded), together[:2])


@pytest.mark.parametrize("kind", MAKES)
def test_another_fit_and_a_file_give_the_same_bits(kind, models):
    model = models[kind]
    again = clone(model).fit(X, targets_of(kind, Y))
    np.testing.assert_array_equal(answers(again), answers(model))
    assert again.network_weight_ == model.network_weight_
    np.testing.assert_array_equal(answers(pickle.loads(pickle.dumps(model))), answers(model))


def test_the_automatic_choice_wants_samples_and_timesteps_of_measurements():
    short = [sequence[:8] for sequence in X]
    tokens = [[2, 3, 2, 4, 5, 3, 2, 2, 3, 4], [4, 5, 4, 4, 3, 4, 5, 5, 4, 3]] * 10
    few = [0, 1, 2] * 5

    def has_linear_model(X, y, make=RNNClassifier, **settings):
        return hasattr(make(**TINY, **settings).fit(X, y), "linear_model_")

    assert has_linear_model(X, Y)
    assert has_linear_model(X, Y, RNNRegressor)
    assert not has_linear_model(short, Y)
    assert not has_linear_model(X[:15], few)
    assert not has_linear_model(X, Y, warm_start=True)
    assert has_linear_model(tokens, [0, 1] * 10, embedding_dim=2)
    assert not has_linear_model(tokens, [0.0, 1.0] * 10, RNNRegressor, embedding_dim=2)
    assert not has_linear_model(X, Y, RNNRegressor, loss="mae")
    assert has_linear_model(short, Y, linear_model=True)


@pytest.mark.parametrize(
    ("make", "settings", "message"),
    [
        (RNNClassifier, {"warm_start": True}, "warm_start=True trains on"),
        (RNNRegressor, {"loss": "huber"}, "loss='huber'"),
        (
            RNNRegressor,
            {"net_params": {"criterion": torch.nn.MSELoss}},
            "net_params has a criterion",
        ),
    ],
)
def test_where_convolutions_cannot_be_they_are_refused(make, settings, message):
    with pytest.raises(ValueError, match=message) as caught:
        make(**SETTINGS, **settings).fit(X, Y)
    assert "linear_model='auto'" in str(caught.value)
    make(**TINY, linear_model="auto", **settings)


def test_going_on_trains_the_network_alone(models):
    model = pickle.loads(pickle.dumps(models["classes"]))
    before, share = model.linear_model_, model.network_weight_
    model.partial_fit(X[:20], Y[:20])
    assert model.linear_model_ is before
    assert model.network_weight_ == share
    assert not np.array_equal(answers(model), answers(models["classes"]))
    fresh = RNNClassifier(**SETTINGS).partial_fit(X, Y, classes=[0, 1, 2])
    assert not hasattr(fresh, "linear_model_")
    assert fresh.network_weight_ == 1


def test_a_new_fit_forgets_the_convolutions_of_an_earlier_one(models):
    model = pickle.loads(pickle.dumps(models["classes"]))
    model.set_params(linear_model=False).fit(X, Y)
    assert not hasattr(model, "linear_model_")
    alone = RNNClassifier(**TINY, linear_model=False).fit(X, Y)
    np.testing.assert_array_equal(answers(model), answers(alone))


def test_validation_data_says_how_much_the_network_counts(monkeypatch):
    monkeypatch.setattr(pooled.PooledSequenceEstimator, "_share_on_trials", None)
    given = RNNClassifier(**SETTINGS).fit(X, Y, X_val=X_NEW, y_val=Y_NEW)
    assert given.network_weight_ < 0.3
    # Validation data of a single sample says little.
    little = RNNClassifier(**SETTINGS).fit(X, Y, X_val=X_NEW[:1], y_val=Y_NEW[:1])
    assert given.network_weight_ < little.network_weight_


def test_samples_of_a_group_are_left_out_together(monkeypatch):
    seen = []
    original = pooled.ConvolutionFit.outputs_of_left_out

    def kept(self, part):
        seen.append(part)
        return original(self, part)

    monkeypatch.setattr(pooled.ConvolutionFit, "outputs_of_left_out", kept)
    groups = np.arange(90) // 9
    RNNClassifier(**SETTINGS).fit(X, Y, groups=groups)
    assert len(seen) == 2
    for part in seen:
        assert len(part) == 9 * len(np.unique(groups[part]))


def test_repeats_do_not_make_the_linear_model_sure():
    # Labels mean nothing, but each sample stands here five times: four predict the fifth.
    rng = np.random.default_rng(0)
    X, y = np.repeat(rng.normal(size=(24, 30)), 5, axis=0), np.repeat(rng.integers(2, size=24), 5)
    groups, new = np.repeat(np.arange(24), 5), rng.normal(size=(50, 30))
    order = rng.permutation(120)

    def sureness(X, y, groups=None):
        model = RNNClassifier(**SETTINGS).fit(X, y, groups=groups)
        return np.abs(model.predict_proba(new) - 0.5).mean()

    scattered = sureness(X[order], y[order])
    assert sureness(X[order], y[order], groups[order]) < 0.7 * scattered
    # Repeats that are neighbours are left out together without being told.
    assert sureness(X, y) < 0.7 * scattered


def test_a_single_group_leaves_the_usual_share():
    model = RNNClassifier(**SETTINGS).fit(X, Y, groups=np.zeros(90))
    assert model.network_weight_ == pooled.USUAL_SHARE


def test_trials_call_nobody_back_and_print_nothing(capsys):
    epochs = []

    class Counts(Callback):
        def on_epoch_end(self, net, **kwargs):
            epochs.append(len(net.history))

    RNNClassifier(**SETTINGS, callbacks=[Counts()], verbose=1).fit(X, Y)
    assert len(epochs) == SETTINGS["max_epochs"]
    assert len(capsys.readouterr().out.strip().splitlines()) == SETTINGS["max_epochs"] + 2


def test_an_interrupted_trial_leaves_the_network_and_the_usual_share(monkeypatch):
    original, n_calls = RecurrentNet.partial_fit, []

    def interrupted(self, *args, **kwargs):
        n_calls.append(1)
        if len(n_calls) > 1:
            raise KeyboardInterrupt
        return original(self, *args, **kwargs)

    monkeypatch.setattr(RecurrentNet, "partial_fit", interrupted)
    model = RNNClassifier(**SETTINGS)
    with pytest.raises(KeyboardInterrupt):
        model.fit(X, Y)
    assert model.network_weight_ == pooled.USUAL_SHARE
    assert model.n_iter_ == SETTINGS["max_epochs"]
    np.testing.assert_allclose(model.predict_proba(X_NEW).sum(axis=1), 1)


def test_samples_of_weight_zero_do_not_exist():
    weight = np.ones(90)
    weight[60:] = 0
    some = RNNClassifier(**SETTINGS).fit(X[:60], Y[:60])
    weighted = RNNClassifier(**SETTINGS).fit(X, Y, sample_weight=weight)
    np.testing.assert_array_equal(answers(weighted), answers(some))


def test_class_weights_reach_the_linear_model():
    rng = np.random.default_rng(1)
    noise, y = rng.normal(size=(80, 30)), rng.integers(2, size=80)
    even = RNNClassifier(**SETTINGS).fit(noise, y)
    heavy = RNNClassifier(**SETTINGS, class_weight={1: 20.0}).fit(noise, y)
    new = rng.normal(size=(40, 30))
    assert heavy.predict_proba(new)[:, 1].mean() > even.predict_proba(new)[:, 1].mean() + 0.2


def test_many_samples_are_read_in_part(monkeypatch):
    monkeypatch.setattr(convolution_model, "_MOST_SAMPLES", 40)
    monkeypatch.setattr(convolution_model, "_FEW_SAMPLES", 30)
    monkeypatch.setattr(pooled, "_MOST_NUMBERS", 3000)
    model = RNNClassifier(**SETTINGS).fit(X, Y)
    assert model.linear_model_.weights.shape == (20 * 84, 3)
    assert model.score(X_NEW, Y_NEW) > 0.5


def test_missing_values_and_constant_features_are_read():
    holes = [sequence.copy() for sequence in X]
    for sequence in holes:
        sequence[3:6, 0] = np.nan
        sequence[:, 1] = 5.0
    model = RNNClassifier(**SETTINGS).fit(holes, Y)
    assert np.isfinite(model.predict_proba(holes)).all()
