"""Sample weights and class weights count as repetitions of samples."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn import RNNClassifier
from tests.sequences.small_networks import STRICT, TINY, X_NEW, N, X, Y, both, scores


def test_a_heavier_class_is_predicted_more_often():
    plain = RNNClassifier(**TINY).fit(X, Y).predict_proba(X_NEW)[:, 1]
    for heavy, sign in ((1, 1), (0, -1)):
        model = RNNClassifier(**TINY, class_weight={heavy: 30.0}).fit(X, Y)
        assert (sign * (model.predict_proba(X_NEW)[:, 1] - plain) > 0).all()


def test_balanced_weights_raise_the_rare_class():
    rare = np.concatenate([np.flatnonzero(Y == 0), np.flatnonzero(Y == 1)[:3]])
    X_rare, y_rare = [X[i] for i in rare], np.array(["often", "rare"])[Y[rare]]
    plain = RNNClassifier(**TINY).fit(X_rare, y_rare)
    balanced = RNNClassifier(**TINY, class_weight="balanced").fit(X_rare, y_rare)
    assert (balanced.predict_proba(X_NEW)[:, 1] > plain.predict_proba(X_NEW)[:, 1]).all()
    # n_samples / (n_classes * count), as scikit-learn defines it.
    by_hand = {"often": 19 / (2 * 16), "rare": 19 / (2 * 3)}
    given = RNNClassifier(**TINY, class_weight=by_hand).fit(X_rare, y_rare)
    np.testing.assert_allclose(scores(given), scores(balanced), atol=1e-6)


def test_class_weights_multiply_sample_weights():
    settings = STRICT | {"standardize": False}
    sample_weight = np.random.default_rng(0).random(N) + 0.1
    both_given = RNNClassifier(**settings, class_weight={0: 1.0, 1: 5.0})
    both_given.fit(X, Y, sample_weight=sample_weight)
    product = RNNClassifier(**settings).fit(X, Y, sample_weight * np.where(Y == 1, 5.0, 1.0))
    np.testing.assert_allclose(scores(both_given), scores(product), rtol=1e-9)


def with_missing(sequences):
    """Take out one value in every third sequence."""
    gaps = [x.copy() for x in sequences]
    for x in gaps[::3]:
        x[1, 0] = np.nan
    return gaps


@both
@pytest.mark.parametrize("spoil", [list, with_missing], ids=["complete", "missing values"])
def test_a_weight_of_zero_is_the_absence_of_the_sample(make, y, y_val, spoil):
    sequences = spoil(X)
    keep = np.random.default_rng(0).random(N) < 0.6
    # what is left out may be as odd as it likes.
    odd = [x if k else x * 1e3 for x, k in zip(sequences, keep, strict=True)]
    weighted = make(**STRICT).fit(odd, y, sample_weight=keep.astype(float))
    removed = make(**STRICT).fit([x for x, k in zip(sequences, keep, strict=True) if k], y[keep])
    np.testing.assert_allclose(scores(weighted), scores(removed), rtol=1e-9)


@both
@pytest.mark.parametrize("spoil", [list, with_missing], ids=["complete", "missing values"])
def test_whole_weights_are_repetitions(make, y, y_val, spoil):
    sequences = spoil(X)
    times = np.random.default_rng(0).integers(1, 4, size=N)
    order = np.repeat(np.arange(N), times)
    weighted = make(**STRICT).fit(sequences, y, sample_weight=times)
    repeated = make(**STRICT).fit([sequences[i] for i in order], y[order])
    np.testing.assert_allclose(scores(weighted), scores(repeated), rtol=1e-9)


@both
def test_equal_weights_are_no_weights(make, y, y_val):
    weighted = make(**STRICT).fit(X, y, sample_weight=np.full(N, 7.0))
    np.testing.assert_allclose(scores(weighted), scores(make(**STRICT).fit(X, y)), rtol=1e-9)
