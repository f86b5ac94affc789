"""One long sequence costs what its own timesteps cost, in training and in prediction."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from skorch.callbacks import Callback

from skrnn import RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber
from skrnn._training import batching
from skrnn._training.batching import TrainingData, parts_of_batch, prediction_batches
from skrnn._training.timestep_data import TimestepData

RNG = np.random.default_rng(0)
LENGTHS = np.r_[np.full(40, 4), 900]
X = [RNG.normal(size=(length, 2)).astype(np.float32) for length in LENGTHS]
Y = np.array([int(x.mean() > 0) for x in X])
# for taggers, whose chains pass every timestep several times.
TAGGED = [x[:150] for x in X]
LABELS = [(x[:, 0] > 0).astype(int) for x in TAGGED]
SETTINGS = {"hidden_size": 3, "max_epochs": 2, "batch_size": 16, "random_state": 0}
# noise and dropout would draw other numbers for parts than for the whole.
EXACT = SETTINGS | {"dropout": 0.0, "input_noise": 0.0}

LBFGS = {"net_params": {"optimizer": torch.optim.LBFGS}, "max_epochs": 1}


def _padded(lengths: np.ndarray, parts: list[np.ndarray]) -> int:
    return sum(len(part) * int(lengths[part].max()) for part in parts)


@given(st.lists(st.integers(1, 100_000), min_size=1, max_size=60).map(np.array))
def test_padding_at_most_doubles_a_batch_that_is_not_small(lengths):
    parts = parts_of_batch(lengths)
    assert sorted(np.concatenate(parts).tolist()) == list(range(len(lengths)))
    assert _padded(lengths, parts) <= 2 * lengths.sum() + batching._FEW_STEPS
    for part in parts:
        assert len(part) == 1 or len(part) * lengths[part].max() <= batching._MAX_TRAINING_STEPS


@pytest.mark.parametrize(
    "lengths",
    [[7], [5] * 64, [900] + [1] * 8, list(range(1000, 1200)), [4000, 3000] * 50],
)
def test_a_batch_without_an_outlier_stays_whole_and_in_its_order(lengths):
    (whole,) = parts_of_batch(np.array(lengths))
    assert whole.tolist() == list(range(len(lengths)))


def test_equally_long_sequences_of_many_timesteps_are_computed_in_parts():
    parts = parts_of_batch(np.full(10, 200_000))
    assert [len(part) for part in parts] == [2] * 5


def test_the_prediction_of_an_outlier_takes_no_others_along():
    lengths = np.r_[np.full(300, 20), 10_000]
    parts = [samples[:n_valid] for samples, n_valid in prediction_batches(lengths, 1)]
    assert sorted(np.concatenate(parts).tolist()) == list(range(301))
    assert _padded(lengths, parts) <= 2 * lengths.sum()


def _fit_counting(monkeypatch, make, kind: type = TrainingData) -> list[int]:
    """Fit, and return the padded timesteps that the network is fed."""
    fed = []
    gather = kind.batch

    def batch(self, numbers, samples=None):
        found = gather(self, numbers, samples)
        fed.append(found.inputs[0].shape[0] * found.inputs[0].shape[1])
        return found

    monkeypatch.setattr(kind, "batch", batch)
    monkeypatch.setattr(batching, "_FEW_STEPS", 128)
    make()
    return fed


@pytest.mark.parametrize(
    "make",
    [
        lambda: RNNClassifier(**SETTINGS).fit(X, Y),
        lambda: RNNRegressor(cell="gru", bidirectional=True, **SETTINGS).fit(X, Y.astype(float)),
        lambda: RNNClassifier(pooling=("mean", "attention"), **SETTINGS).fit(
            X, Y, X_val=X, y_val=Y
        ),
        lambda: RNNClassifier(embedding_dim=3, **SETTINGS).fit(
            [np.arange(2, 2 + length) for length in LENGTHS], Y
        ),
        lambda: RNNTranscriber(**SETTINGS).fit(X, ["a", "b"] * 20 + ["ab"]),
    ],
    ids=["classifier", "regressor", "validation data", "tokens", "transcriber"],
)
def test_what_a_network_is_fed_follows_the_timesteps(make, monkeypatch):
    fed = _fit_counting(monkeypatch, make)
    # the outlier by itself, or in a prediction with one other.
    assert max(fed) in (900, 1800)
    assert sorted(set(fed) - {900, 1800})[-1] <= 128


def test_a_tagger_is_fed_what_its_timesteps_are(monkeypatch):
    tagger = RNNTagger(output_layer="crf", **SETTINGS)
    labels = [x[:, 0] > 0 for x in X]
    fed = _fit_counting(monkeypatch, lambda: tagger.fit(X, labels), TimestepData)
    assert max(fed) == 900
    assert [len(labels) for labels in tagger.predict(X)] == LENGTHS.tolist()


@pytest.mark.parametrize(
    "make",
    [
        lambda: RNNClassifier(**EXACT).fit(X, Y),
        lambda: RNNClassifier(**EXACT).fit(X, Y, sample_weight=np.arange(1.0, 42.0)),
        lambda: RNNClassifier(**EXACT | LBFGS).fit(X, Y),
        lambda: RNNClassifier(**EXACT, class_weight="balanced", cell="gru").fit(X, Y),
        lambda: RNNRegressor(bidirectional=True, **EXACT).fit(X, Y.astype(float)),
        lambda: RNNClassifier(**EXACT, net_params={"criterion": torch.nn.CrossEntropyLoss}).fit(
            X, Y
        ),
    ],
    ids=["plain", "weights", "LBFGS", "class weights", "regressor", "mean criterion"],
)
def test_parts_add_up_to_the_update_of_the_whole_batch(make, monkeypatch):
    whole = make()
    monkeypatch.setattr(batching, "_FEW_STEPS", 128)
    in_parts = make()
    np.testing.assert_allclose(in_parts.loss_curve_, whole.loss_curve_, rtol=1e-5)
    np.testing.assert_allclose(in_parts.transform(X), whole.transform(X), atol=2e-5)


def _some_labelled() -> list[np.ndarray]:
    labels = [np.where(RNG.random(len(one)) < 0.3, None, one) for one in LABELS]
    labels[1][:] = None
    return labels


@pytest.mark.parametrize("output_layer", ["softmax", "crf"])
@pytest.mark.parametrize(
    ("given", "params"),
    [
        ({}, {}),
        ({"sample_weight": np.arange(1.0, 42.0)}, {}),
        ({"sample_weight": [np.arange(1.0, n + 1) for n in map(len, TAGGED)]}, {}),
        ({"y": _some_labelled()}, {}),
        ({}, {"class_weight": {0: 1.0, 1: 3.0}}),
    ],
    ids=["plain", "weights", "weights of timesteps", "some labels", "class weights"],
)
def test_parts_of_a_taggers_batch_add_up_to_the_update_of_the_whole(
    output_layer, given, params, monkeypatch
):
    def fit() -> RNNTagger:
        tagger = RNNTagger(**EXACT | params, output_layer=output_layer, dtype="float64")
        return tagger.fit(TAGGED, **{"y": LABELS} | given)

    whole = fit()
    monkeypatch.setattr(batching, "_FEW_STEPS", 128)
    in_parts = fit()
    np.testing.assert_allclose(in_parts.loss_curve_, whole.loss_curve_, rtol=1e-10)
    found, expected = (np.concatenate(model.predict_proba(TAGGED)) for model in (in_parts, whole))
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_the_loss_of_a_taggers_parts_is_the_mean_over_all_timesteps(monkeypatch):
    monkeypatch.setattr(batching, "_FEW_STEPS", 128)
    settings = EXACT | {"max_epochs": 1, "batch_size": 41, "dtype": "float64"}
    tagger = RNNTagger(**settings).fit(TAGGED, LABELS)
    # the loss is that of the first weights, the mean over all timesteps.
    start = RNNTagger(**settings, learning_rate=1e-12, weight_decay=0.0).fit(TAGGED, LABELS)
    probability = np.concatenate(start.predict_proba(TAGGED))
    labels = np.concatenate(LABELS)
    expected = -np.log(probability[np.arange(len(labels)), labels]).mean()
    np.testing.assert_allclose(tagger.loss_curve_[0], expected, rtol=1e-9)


class _Listener(Callback):
    """Keeps what a callback is told of batches."""

    def on_train_begin(self, net, X=None, y=None, **kwargs):
        self.begun, self.ended, self.n_gradients = [], [], 0

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        self.begun.append(len(batch[1]))

    def on_grad_computed(self, net, named_parameters, batch=None, **kwargs):
        self.n_gradients += 1

    def on_batch_end(self, net, batch=None, loss=None, y_pred=None, **kwargs):
        expected = torch.nn.functional.cross_entropy(y_pred, batch[1])
        self.ended.append((loss.item(), expected.item()))


def test_callbacks_hear_of_whole_batches(monkeypatch):
    monkeypatch.setattr(batching, "_FEW_STEPS", 128)
    model = RNNClassifier(**EXACT, callbacks=[("listener", _Listener())]).fit(X, Y)
    listener = dict(model.net_.callbacks_)["listener"]
    assert sorted(listener.begun) == [13] * 2 + [14] * 4
    assert listener.n_gradients == 6
    loss, of_outputs = np.array(listener.ended).T
    np.testing.assert_allclose(loss, of_outputs, rtol=1e-5)
