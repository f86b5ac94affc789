"""Packed, nested and quantized tensors, and objects that hold no data, as X and as y."""

from __future__ import annotations

import warnings

import numpy as np
import pytest
import torch
from torch.nn.utils.rnn import pack_sequence

from skrnn import RNNClassifier, RNNForecaster, RNNLanguageModel, RNNTagger
from skrnn.inspection import permutation_importance
from skrnn.preprocessing import (
    LogMelSpectrogram,
    PerTimestep,
    SequencePadder,
    SequenceScaler,
    TokenEncoder,
    sliding_windows,
)

TINY = {"hidden_size": 2, "max_epochs": 2, "random_state": 0}
RNG = np.random.default_rng(0)
ARRAYS = [RNG.normal(size=(length, 2)) for length in (3, 5, 2, 4, 5, 1)]
TENSORS = [torch.from_numpy(x) for x in ARRAYS]
LABELS = [torch.from_numpy(np.arange(len(x)) % 2) for x in ARRAYS]
Y = [0, 1, 0, 1, 0, 1]
PACKED = pack_sequence(TENSORS, enforce_sorted=False)

with warnings.catch_warnings():
    warnings.simplefilter("ignore")  # these are to change, or to go, in torch
    NESTED = torch.nested.nested_tensor(TENSORS)
    QUANTIZED = torch.quantize_per_tensor(torch.randn(6, 4, 2), 0.1, 0, torch.qint8)

WRAPPED = {
    "packed": PACKED,
    "packed of gradients": pack_sequence(
        [x.clone().requires_grad_() for x in TENSORS], enforce_sorted=False
    ),
    "nested": NESTED,
    "jagged": torch.nested.nested_tensor(TENSORS, layout=torch.jagged),
}


@pytest.mark.parametrize("X", WRAPPED.values(), ids=WRAPPED.keys())
def test_all_sequences_are_read_in_the_order_of_the_caller(X):
    estimator = RNNClassifier(**TINY).fit(ARRAYS, Y)
    np.testing.assert_array_equal(estimator.predict_proba(X), estimator.predict_proba(ARRAYS))
    assert estimator.score(X, Y) == estimator.score(ARRAYS, Y)
    fitted = RNNClassifier(**TINY).fit(X, Y)
    np.testing.assert_array_equal(fitted.predict_proba(X), estimator.predict_proba(ARRAYS))


def test_a_sorted_pack_is_read_too():
    order = np.argsort([-len(x) for x in ARRAYS], kind="stable")
    packed = pack_sequence([TENSORS[i] for i in order])
    estimator = RNNClassifier(**TINY).fit(ARRAYS, Y)
    expected = estimator.predict_proba(ARRAYS)[order]
    np.testing.assert_allclose(estimator.predict_proba(packed), expected, rtol=1e-6)


def test_labels_of_timesteps_are_read_from_a_pack():
    labels = pack_sequence(LABELS, enforce_sorted=False)
    packed = RNNTagger(**TINY).fit(PACKED, labels)
    plain = RNNTagger(**TINY).fit(ARRAYS, LABELS)
    for one, other in zip(packed.predict(PACKED), plain.predict(ARRAYS), strict=True):
        np.testing.assert_array_equal(one, other)
    assert packed.score(PACKED, labels) == plain.score(ARRAYS, LABELS)


def test_token_ids_are_read_from_a_pack():
    ids = [torch.arange(2, 2 + n) for n in (3, 1, 2, 2)]
    packed = pack_sequence(ids, enforce_sorted=False)
    estimator = RNNClassifier(**TINY, embedding_dim=2).fit(ids, [0, 1, 0, 1])
    np.testing.assert_array_equal(estimator.predict_proba(packed), estimator.predict_proba(ids))
    model = RNNLanguageModel(**TINY).fit([x.numpy() for x in ids])
    assert model.score(packed) == model.score([x.numpy() for x in ids])


@pytest.mark.parametrize(
    "transformer", [SequencePadder(), SequenceScaler(), PerTimestep()], ids=lambda t: str(t)
)
def test_transformers_read_a_pack(transformer):
    found, expected = transformer.fit_transform(PACKED), transformer.fit_transform(ARRAYS)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


def test_recordings_windows_and_inspection_read_a_pack():
    recordings = [RNG.normal(size=n) for n in (900, 1200)]
    packed = pack_sequence([torch.from_numpy(x) for x in recordings], enforce_sorted=False)
    mel = LogMelSpectrogram(8000)
    for one, other in zip(mel.fit_transform(packed), mel.fit_transform(recordings), strict=True):
        np.testing.assert_array_equal(one, other)
    long = [torch.from_numpy(RNG.normal(size=(n, 2))) for n in (4, 6)]
    windows, _ = sliding_windows(pack_sequence(long, enforce_sorted=False), context_length=2)
    np.testing.assert_array_equal(windows, sliding_windows(long, context_length=2)[0])
    estimator = RNNClassifier(**TINY).fit(ARRAYS, Y)
    found, expected = (
        permutation_importance(estimator, X, Y, n_repeats=2, random_state=0).importances
        for X in (PACKED, ARRAYS)
    )
    np.testing.assert_array_equal(found, expected)


def test_a_pack_is_neither_texts_nor_a_series():
    with pytest.raises((TypeError, ValueError), match=r"^X\[0\]: "):
        TokenEncoder().fit(PACKED)
    with pytest.raises((TypeError, ValueError), match=r"^y: "):
        RNNForecaster(1, **TINY).fit(PACKED)


def test_a_quantized_tensor_is_refused_with_code_that_runs():
    estimator = RNNClassifier(**TINY)
    for X in (QUANTIZED, list(QUANTIZED)):
        with pytest.raises(TypeError, match=r"got a quantized tensor.*\.dequantize\(\)"):
            estimator.fit(X, Y)
    estimator.fit(QUANTIZED.dequantize(), Y)


@pytest.mark.parametrize("kind", [np.ndarray, list, dict, str, torch.Tensor, RNNClassifier])
def test_a_class_is_refused_as_an_argument_of_any_name(kind):
    with pytest.raises(TypeError, match=f"^X: got the class {kind.__name__}"):
        RNNClassifier(**TINY).fit(kind, Y)
    with pytest.raises(TypeError, match=rf"^X\[1\]: got the class {kind.__name__}"):
        RNNClassifier(**TINY).fit([ARRAYS[0], kind], [0, 1])
    with pytest.raises(TypeError, match=f"^y: got the class {kind.__name__}"):
        RNNClassifier(**TINY).fit(ARRAYS, kind)
    with pytest.raises(TypeError, match=f"^y: got the class {kind.__name__}"):
        RNNTagger(**TINY).fit(ARRAYS, kind)
    with pytest.raises(TypeError, match=f"^sample_weight: got the class {kind.__name__}"):
        RNNClassifier(**TINY).fit(ARRAYS, Y, sample_weight=kind)


class Liar:
    def __len__(self) -> int:
        return 6

    def __getitem__(self, i):
        if i > 2:
            raise IndexError(i)
        return ARRAYS[i]


class Keyed:
    def __len__(self) -> int:
        return 2

    def __getitem__(self, key):
        return {"a": 1}[key]


@pytest.mark.parametrize("X", [Liar(), Keyed()], ids=["shorter than it says", "keyed"])
def test_a_sized_object_that_does_not_hold_what_it_says_is_refused(X):
    with pytest.raises(TypeError, match=r"^X: got a .* whose entries cannot be read"):
        RNNClassifier(**TINY).fit(X, Y)


class OnlyAnArray:
    def __init__(self, values) -> None:
        self._values = values

    def __array__(self, dtype=None, copy=None) -> np.ndarray:
        return self._values


def test_samples_that_are_only_arrays_are_read_by_every_estimator():
    X = [OnlyAnArray(x) for x in ARRAYS]
    labels = [OnlyAnArray(x.numpy()) for x in LABELS]
    RNNClassifier(**TINY).fit(X, Y)
    assert len(RNNTagger(**TINY).fit(X, LABELS).predict(X)) == len(X)
    RNNTagger(**TINY).fit(X, [np.asarray(x) for x in labels])


def in_itself() -> list:
    values: list = [1.0]
    values.append(values)
    return values


def only_itself() -> list:
    values: list = []
    values.append(values)
    return values


@pytest.mark.parametrize("make", [in_itself, only_itself])
@pytest.mark.parametrize("params", [{}, {"embedding_dim": 2}], ids=["numbers", "tokens"])
def test_lists_that_hold_themselves_are_refused(make, params):
    estimator = RNNClassifier(**TINY, **params)
    for X in (make(), [make(), make()]):
        with pytest.raises((TypeError, ValueError), match=r"^X"):
            estimator.fit(X, [0, 1][: len(X)])
    with pytest.raises((TypeError, ValueError), match=r"^y"):
        RNNClassifier(**TINY).fit(ARRAYS, make())
    with pytest.raises((TypeError, ValueError), match=r"^y"):
        RNNTagger(**TINY).fit(ARRAYS[:1], [make()])
