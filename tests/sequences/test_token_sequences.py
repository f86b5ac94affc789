"""Sequences of token ids, and vectors that are given for them."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn import RNNClassifier, RNNRegressor, RNNTagger
from tests.sequences.small_networks import TINY, TOKENS, N, Y, scores, weights


def embedding(model) -> np.ndarray:
    return weights(model)["tokens.weight"]


def test_given_vectors_are_where_training_starts():
    vectors = np.random.default_rng(0).normal(size=(8, 3))
    before = vectors.copy()
    for dim in (None, 3):
        model = RNNClassifier(
            **TINY | {"learning_rate": 1e-30}, embedding_weights=vectors, embedding_dim=dim
        ).fit(TOKENS, Y)
        np.testing.assert_allclose(embedding(model)[1:], vectors[1:], rtol=1e-6)
        assert (embedding(model)[0] == 0).all()
    np.testing.assert_array_equal(vectors, before)
    trained = RNNClassifier(**TINY, embedding_weights=vectors).fit(TOKENS, Y)
    moved = np.abs(embedding(trained) - vectors).max(axis=1) > 1e-2
    assert moved[[2, 3, 4, 5]].all()


def test_a_token_with_a_given_vector_is_known_without_being_seen_in_training():
    vectors = np.random.default_rng(0).normal(size=(8, 3))
    given_vectors = RNNClassifier(**TINY, embedding_weights=vectors).fit(TOKENS, Y)
    learned = RNNClassifier(**TINY, embedding_dim=3).fit(TOKENS, Y)
    unseen = [[6, 6], [7, 7], [1, 1]]
    assert len(np.unique(scores(given_vectors, unseen)[:, 0])) == 3
    assert len(np.unique(scores(learned, unseen)[:, 0])) == 1


def test_an_id_beyond_every_known_one_is_read_as_unknown():
    vectors = np.random.default_rng(0).normal(size=(6, 3))
    for params in ({"embedding_weights": vectors}, {"embedding_dim": 3}):
        model = RNNClassifier(**TINY, **params).fit(TOKENS, Y)
        known = scores(model, [[2, 1, 3]])
        np.testing.assert_array_equal(scores(model, [[2, 10**6, 3]]), known)
        assert not np.array_equal(scores(model, [[2, 4, 3]]), known)


@pytest.mark.parametrize("make", [RNNClassifier, RNNRegressor, RNNTagger])
def test_ids_may_be_huge_and_far_apart(make):
    # 10**9 rows of vectors would be 12 GB
    numbers = np.array([0, 1, 40, 41, 10**9, 2 * 10**9])
    far_apart = [numbers[ids] for ids in TOKENS]
    y = [np.asarray(ids) % 2 for ids in TOKENS] if make is RNNTagger else Y
    model = make(**TINY, embedding_dim=3).fit(TOKENS, y)
    other = make(**TINY, embedding_dim=3).fit(far_apart, y)
    assert other.token_ids_.tolist() == numbers.tolist()
    answers = [model.predict(TOKENS), other.predict(far_apart)]
    for one, two in zip(*answers, strict=True):
        np.testing.assert_array_equal(one, two)
    # between those of the fit, and above
    for unseen in (39, 10**9 - 1, 2 * 10**9 + 1):
        (one,), (two,) = other.predict([[40, unseen]]), other.predict([[40, 1]])
        np.testing.assert_array_equal(one, two)


def test_padded_and_ragged_tokens_are_the_same_tokens():
    padded = np.zeros((N, 6), dtype=np.int64)
    for row, ids in zip(padded, TOKENS, strict=True):
        row[: len(ids)] = ids
    model = RNNClassifier(**TINY, embedding_dim=4).fit(TOKENS, Y)
    other = RNNClassifier(**TINY, embedding_dim=4).fit(padded, Y)
    np.testing.assert_array_equal(scores(model, TOKENS), scores(other, padded))
    assert model.score(TOKENS, Y) > 0.9
