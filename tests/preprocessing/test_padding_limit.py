"""One long sequence among many short ones is not padded for without a word."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.preprocessing import SequencePadder, TokenEncoder, _padding_limit

TEXTS = ["a dog runs"] * 6 + ["a cat sleeps"] * 6 + ["dog " * 50]
SEQUENCES = [np.ones((3, 2))] * 12 + [np.ones((60, 2))]


@pytest.fixture
def small_limit(monkeypatch):
    monkeypatch.setattr(_padding_limit, "_MANY", 500)
    monkeypatch.setattr(_padding_limit, "_TIMES", 5)


def test_two_thousand_texts_and_a_book_take_the_memory_of_their_words():
    texts = ["one two three"] * 2000 + ["word " * 50_000]
    encoder = TokenEncoder().fit(texts)
    tracemalloc.start()
    ids = encoder.transform(texts)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert [len(row) for row in ids] == [3] * 2000 + [50_000]
    # padded it would be 800 MB.
    assert peak < 2e7
    assert encoder.transform(texts[:10]).shape == (10, 50_000)


def test_a_list_of_ids_has_the_ids_of_the_padded_array(small_limit):
    padded = TokenEncoder(output="padded").fit_transform(TEXTS)
    assert padded.shape == (13, 50)
    ragged = TokenEncoder().fit_transform(TEXTS)
    assert isinstance(ragged, list)
    for row, ids in zip(padded, ragged, strict=True):
        np.testing.assert_array_equal(row[: len(ids)], ids)
        assert not row[len(ids) :].any()
    assert TokenEncoder().fit(TEXTS).inverse_transform(ragged)[0] == ["a", "dog", "runs"]


@pytest.mark.parametrize(
    "settings",
    [{"output": "padded"}, {"max_length": 50}, {"max_length": 4}, {"max_length": 4, "min_df": 2}],
)
def test_who_says_how_long_gets_an_array(settings, small_limit):
    assert isinstance(TokenEncoder(**settings).fit_transform(TEXTS), np.ndarray)


def test_ragged_is_ragged_whatever_the_lengths():
    ids = TokenEncoder(output="ragged", max_length=2, affix_length=1).fit_transform(TEXTS)
    assert [row.shape for row in ids] == [(2, 4)] * 13


def test_texts_of_similar_length_are_padded(small_limit):
    ids = TokenEncoder().fit_transform(["a dog runs far"] * 200)
    assert ids.shape == (200, 4)


def test_a_pipeline_reads_both_alike(small_limit):
    def proba(output):
        model = RNNClassifier(embedding_dim=3, hidden_size=3, max_epochs=2, random_state=0)
        pipeline = make_pipeline(TokenEncoder(output=output), model)
        return pipeline.fit(TEXTS, np.arange(13) % 2).predict_proba(TEXTS)

    np.testing.assert_array_equal(proba("auto"), proba("padded"))


@pytest.mark.parametrize("call", ["fit_transform", "transform"])
def test_a_padder_refuses_what_is_padding_for_the_most_part(call, small_limit):
    padder = SequencePadder().fit(SEQUENCES[:12])
    with pytest.raises(ValueError, match="max_length: got None, while 13 sequences"):
        getattr(padder, call)(SEQUENCES)


def test_the_remedies_of_the_refusal_run(small_limit):
    with pytest.raises(ValueError, match=r"max_length=3, the median, .* max_length=60 to pad"):
        SequencePadder().fit_transform(SEQUENCES)
    assert SequencePadder(max_length=3).fit_transform(SEQUENCES).shape == (13, 3, 2)
    assert SequencePadder(max_length=60).fit_transform(SEQUENCES).shape == (13, 60, 2)
    RNNClassifier(hidden_size=2, max_epochs=1).fit(SEQUENCES, np.arange(13) % 2)


def test_a_padder_pads_what_is_small_or_full():
    assert SequencePadder().fit_transform(SEQUENCES).shape == (13, 60, 2)
    assert not _padding_limit.pads_too_much(np.full(10_000, 5000), 5000, 3)
    assert _padding_limit.pads_too_much(np.r_[np.full(1000, 20), 400_000], 400_000)
