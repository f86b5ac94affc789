"""One very long sequence among short ones: what a fit and a prediction hold of its timesteps."""

import numpy as np
import pytest

from skrnn import RNNClassifier, RNNTagger, RNNTranscriber
from skrnn._kernels import layer, stretched_layer, stretched_stack
from tests.largest_tensor import LargestTensor

LENGTH, N_UNITS = 2600, 64
SETTINGS = {"hidden_size": N_UNITS, "max_epochs": 1, "batch_size": 10, "random_state": 0}


@pytest.fixture(autouse=True)
def in_stretches(monkeypatch):
    monkeypatch.setattr(stretched_layer, "_VERY_MANY_STEPS", 1000)
    monkeypatch.setattr(layer, "_MANY_STEPS", 512)
    monkeypatch.setattr(layer, "_MANY_BYTES", 0)
    monkeypatch.setattr(layer, "_STRETCH_BYTES", 1 << 18)
    monkeypatch.setattr(stretched_stack, "_ROWS", 1)


def data(kind):
    rng = np.random.default_rng(0)
    lengths = [9] * 9 + [LENGTH]
    if "tokens" in kind:
        X = [rng.integers(2, 50, size=length) for length in lengths]
    else:
        X = [rng.normal(size=(length, 2)).astype(np.float32) for length in lengths]
    if "transcriber" in kind:
        return X, ["ab"] * len(X)
    if "tagger" in kind:
        return X, [np.arange(length) % 3 for length in lengths]
    return X, np.arange(10) % 2


ESTIMATORS = {
    "tagger": RNNTagger(**SETTINGS),
    "transcriber": RNNTranscriber(segment_length=1, num_layers=1, **SETTINGS),
    "tagger of tokens": RNNTagger(embedding_dim=16, **SETTINGS),
    "classifier": RNNClassifier(segment_length=1, **SETTINGS),
    "segments": RNNClassifier(segment_length=2, **SETTINGS),
    "attention": RNNClassifier(segment_length=1, pooling="attention", **SETTINGS),
    "transcriber of two layers": RNNTranscriber(segment_length=2, num_layers=2, **SETTINGS),
    "two layers": RNNClassifier(segment_length=1, num_layers=2, **SETTINGS),
    "two layers of tokens": RNNClassifier(
        segment_length=1, embedding_dim=16, num_layers=2, **SETTINGS
    ),
    "classifier of tokens": RNNClassifier(segment_length=1, embedding_dim=16, **SETTINGS),
}


@pytest.mark.parametrize("kind", ESTIMATORS)
def test_the_states_of_one_very_long_sequence_are_not_held(kind):
    X, y = data(kind)
    estimator = ESTIMATORS[kind]
    # attention holds the states of a prediction.
    n_calls = 1 if kind == "attention" else 2
    for call in (lambda: estimator.fit(X, y), lambda: estimator.predict(X))[:n_calls]:
        with LargestTensor() as largest:
            call()
        # the states of both directions at all timesteps would be ten times as many.
        assert largest.numel < 2 * N_UNITS * LENGTH / 10
