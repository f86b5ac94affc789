"""A padded tensor with its lengths, and labels of another form than those learned."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_sequence, pad_packed_sequence

from skrnn import RNNClassifier, RNNLanguageModel, RNNRegressor
from skrnn.preprocessing import LogMelSpectrogram, SequencePadder, SequenceScaler

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
X = [torch.arange(2.0 * n).reshape(n, 2) % 5 for n in (3, 4, 5, 3)]
Y = [0, 1, 0, 1]
CLASSES = np.array([0, 1, 2, 0])


@pytest.mark.parametrize("batch_first", [True, False])
@pytest.mark.parametrize(
    "read",
    [
        lambda X: RNNClassifier(**TINY).fit(X, Y).predict_proba(X),
        lambda X: RNNRegressor(**TINY).fit(X, Y).predict(X),
        lambda X: SequencePadder().fit_transform(X),
        lambda X: np.concatenate(SequenceScaler().fit_transform(X)),
    ],
    ids=["classifier", "regressor", "padder", "scaler"],
)
def test_a_padded_tensor_with_lengths_is_refused_with_code_that_makes_sequences(read, batch_first):
    pair = pad_packed_sequence(pack_sequence(X, enforce_sorted=False), batch_first=batch_first)
    with pytest.raises(TypeError, match=r"^X: got a pair of a padded tensor and le") as error:
        read(pair)
    sequences = eval(str(error.value).split("Pass ")[1].rstrip("."), {"X": pair})
    np.testing.assert_array_equal(read(sequences), read(X))


def test_two_samples_in_a_tuple_are_samples():
    assert RNNClassifier(**TINY).fit((X[0], X[1]), [0, 1]).n_features_in_ == 2


@pytest.mark.parametrize("method", ["score", "partial_fit"])
def test_one_hot_labels_after_a_fit_on_classes_are_refused_with_code_that_runs(method):
    model = RNNClassifier(**TINY).fit(X, CLASSES)
    one_hot = np.eye(3, dtype=int)[CLASSES]
    with pytest.raises(ValueError, match=r"y: got shape \(4, 3\).*np\.argmax\(y, axis=1\)"):
        getattr(model, method)(X, one_hot)
    getattr(model, method)(X, np.argmax(one_hot, axis=1))


def test_classes_after_a_fit_on_an_indicator_are_refused_with_code_that_runs():
    y = np.eye(3, dtype=int)[CLASSES] | [1, 0, 0]
    model = RNNClassifier(**TINY).fit(X, y)
    with pytest.raises(ValueError, match=r"np\.eye\(3, dtype=int\)\[y\]"):
        model.score(X, CLASSES)
    assert 0 <= model.score(X, np.eye(3, dtype=int)[CLASSES]) <= 1


def test_texts_and_bands_without_end_are_refused():
    model = RNNLanguageModel(**TINY).fit(["a b a c"] * 3)
    with pytest.raises(ValueError, match=r"n_samples: got 1000000000. Expected at most 100000"):
        model.generate("a", n_samples=10**9)
    with pytest.raises(ValueError, match="n_mels: got 10000000 bands"):
        LogMelSpectrogram(8000, n_mels=10**7).fit([np.zeros(4000)])
