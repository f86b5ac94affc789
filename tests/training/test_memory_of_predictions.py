"""Predictions are computed batch by batch: what they need at once has a limit."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
import torch

from skrnn import (
    RNNClassifier,
    RNNLanguageModel,
    RNNRegressor,
    RNNTagger,
    RNNTranscriber,
)
from skrnn._language import learning
from skrnn._training import batching
from skrnn._training.batching import is_mapped
from skrnn.inspection import _path_integral
from skrnn.modules import linear_chain
from skrnn.modules.tagging_model import TaggingModel
from skrnn.preprocessing import _sample_scale, _statistics
from tests.largest_tensor import LargestTensor

RNG = np.random.default_rng(0)
SETTINGS = {"hidden_size": 3, "max_epochs": 1, "random_state": 0}
X = RNG.normal(size=(60, 8, 2)).astype(np.float32)
X[5:20, 5:] = np.nan
X[30, 2, 0] = np.nan
Y = np.arange(60) % 2


@pytest.fixture(scope="module")
def models() -> dict[str, object]:
    words = [["a", "b"][label] for label in Y]
    return {
        "classifier": RNNClassifier(**SETTINGS).fit(X, Y),
        "regressor": RNNRegressor(bidirectional=True, **SETTINGS).fit(X, Y.astype(float)),
        "tagger": RNNTagger(**SETTINGS).fit(X, (np.nan_to_num(X[:, :, 0]) > 0).astype(int)),
        "chain": RNNTagger(output_layer="crf", **SETTINGS).fit(X, Y[:, None] * np.ones(8, int)),
        "transcriber": RNNTranscriber(**SETTINGS).fit(X, words),
    }


def _answers(model) -> list[np.ndarray]:
    proba = getattr(model, "predict_proba", model.predict)(X)
    return [*model.predict(X), *proba]


@pytest.mark.parametrize("name", ["classifier", "regressor", "tagger", "chain", "transcriber"])
def test_what_is_prepared_batch_by_batch_gives_the_same_bits(name, models, monkeypatch):
    whole = _answers(models[name])
    monkeypatch.setattr(batching, "_MANY_NUMBERS", 0)
    monkeypatch.setattr(batching, "_MAX_PREDICTION_ROWS", 7)
    for one, other in zip(whole, _answers(models[name]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_token_ids_prepared_batch_by_batch_give_the_same_bits(monkeypatch):
    ids = RNG.integers(1, 9, size=(20, 5))
    model = RNNClassifier(embedding_dim=3, **SETTINGS).fit(ids, Y[:20])
    whole = model.predict_proba(ids + 1)
    monkeypatch.setattr(batching, "_MANY_NUMBERS", 0)
    monkeypatch.setattr(batching, "_MAX_PREDICTION_ROWS", 7)
    np.testing.assert_array_equal(model.predict_proba(ids + 1), whole)


@pytest.mark.parametrize("name", ["tagger", "chain"])
@pytest.mark.parametrize("method", ["predict", "predict_proba"])
def test_a_tagger_holds_the_scores_of_a_batch_only(name, method, models, monkeypatch):
    rows = []
    decode = {"predict": "decode", "predict_proba": "probabilities"}[method]
    original = getattr(TaggingModel, decode)

    def counted(self, scores, lengths):
        rows.append(scores.size)
        return original(self, scores, lengths)

    monkeypatch.setattr(TaggingModel, decode, counted)
    monkeypatch.setattr(batching, "_MAX_OUTPUTS", 64)
    getattr(models[name], method)(X)
    assert len(rows) > 5
    assert max(rows) <= 64


def test_a_chain_of_many_labels_is_learned_in_little_memory():
    # each of 100 labels is followed by the next one: 10,000 pairs of labels at 240 timesteps.
    labels = (np.arange(8)[None] + np.arange(30)[:, None] * 10) % 100
    ids = labels + 1
    tagger = RNNTagger(
        output_layer="crf", hidden_size=8, embedding_dim=8, max_epochs=2, random_state=0
    )
    with LargestTensor() as largest:
        tagger.fit(ids, labels)
    assert largest.numel <= linear_chain._MOST_PAIRS["cpu"]
    assert np.isfinite(tagger.loss_curve_).all()


def test_the_next_token_is_chosen_without_the_probabilities_of_all(monkeypatch):
    prompts = ["a dog", "a", "a cat runs", "", "dog cat"]
    model = RNNLanguageModel(**SETTINGS).fit(["a dog runs", "a cat sleeps", "dogs run"])
    expected = model.next_tokens_[model.predict_next_proba(prompts).argmax(axis=1)]
    monkeypatch.setattr(learning, "_MOST_SCORES", 2 * model.n_tokens_)
    monkeypatch.setattr(type(model), "predict_next_proba", None)
    assert model.predict_next(prompts).tolist() == expected.tolist()


def test_the_points_of_a_path_are_passed_through_a_network_a_few_at_a_time(monkeypatch):
    n_steps = []

    def function(points):
        n_steps.append(points.shape[0] * points.shape[1])
        return (points**2).sum(dim=(1, 2))

    ends = torch.zeros(10, 1, dtype=torch.float64), torch.ones(10, 1, dtype=torch.float64)
    whole = _path_integral.integrate_gradients(function, *ends, 1e-9)
    monkeypatch.setattr(_path_integral, "_MOST_STEPS", 30)
    n_steps.clear()
    few = _path_integral.integrate_gradients(function, *ends, 1e-9)
    assert max(n_steps) == 30
    np.testing.assert_array_equal(few.gradient, whole.gradient)


# --------------------------------------------------------------------------------------
# files that are mapped into memory
# --------------------------------------------------------------------------------------


@pytest.fixture(params=[np.int16, pytest.param(np.float32, marks=pytest.mark.slow)])
def mapped(request, tmp_path) -> np.memmap:
    data = np.memmap(tmp_path / "x.bin", dtype=request.param, mode="w+", shape=(1000, 100, 10))
    data[:, :, :2] = 100 * RNG.normal(size=(1, 100, 2))
    data[::2, :, 2] = 1
    return np.memmap(tmp_path / "x.bin", dtype=request.param, mode="r", shape=data.shape)


# What a fit and predictions may take, in bytes, while what the network reads takes 4 MB in all, and
# that a number is missing, a byte for each. The shares of random convolutions, 5040 of a sample,
# stay in memory for a fit; and half a million numbers at a time are multiplied in double precision.
LIMITS = {False: (3e6, 2e6), True: (4 * 1000 * 5040 + 3 * 8 * 1000**2 + 16e6, 5e6)}


@pytest.mark.parametrize("linear_model", [False, True])
def test_a_mapped_file_is_read_batch_by_batch(linear_model, mapped, monkeypatch):
    monkeypatch.setattr(batching, "_MAX_PREDICTION_STEPS", 5000)
    monkeypatch.setattr(_statistics, "_CHUNK", 500)
    monkeypatch.setattr(_sample_scale, "_BLOCK", 500)
    labels = np.arange(1000) % 2
    model = RNNClassifier(batch_size=25, linear_model=linear_model, **SETTINGS)
    expected = model.fit(np.array(mapped), labels).predict_proba(np.array(mapped))
    peaks = []
    for call in (lambda: model.fit(mapped, labels), lambda: model.predict_proba(mapped)):
        tracemalloc.start()
        found = call()
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    np.testing.assert_array_equal(found, expected)
    assert peaks[0] < LIMITS[linear_model][0]
    assert peaks[1] < LIMITS[linear_model][1]


def test_what_is_mapped_is_told_from_what_is_in_memory(mapped):
    assert is_mapped(mapped)
    assert is_mapped(np.asarray(mapped).reshape(-1, 4))
    assert not is_mapped(np.array(mapped))
