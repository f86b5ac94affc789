"""Weights of single timesteps and of classes, for a tagger."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_validate
from sklearn.pipeline import make_pipeline

from skrnn import RNNTagger
from skrnn.metrics import token_accuracy_score
from skrnn.preprocessing import SequenceScaler
from tests.sequences.small_networks import STRICT as STRICT_OF_SAMPLES

# A tagger does not fold timesteps.
STRICT = {name: value for name, value in STRICT_OF_SAMPLES.items() if name != "segment_length"}
both_layers = pytest.mark.parametrize("output_layer", ["softmax", "crf"])
RNG = np.random.default_rng(0)
LENGTHS = [5, 3, 6, 4, 7, 2, 5, 4, 1]
CODES = [RNG.choice(3, size=length, p=[0.6, 0.3, 0.1]) for length in LENGTHS]
X = [RNG.normal(2.0 * code[:, None], 1.0, size=(len(code), 2)) for code in CODES]
Y = [np.array(["O", "a", "b"])[code] for code in CODES]
WEIGHT = [RNG.uniform(0.2, 3.0, size=length) for length in LENGTHS]


def joined(tagger) -> np.ndarray:
    return np.concatenate(tagger.predict_proba(X))


@both_layers
def test_equal_weights_in_a_sample_are_the_weight_of_the_sample(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer)
    of_sample = np.linspace(0, 2, len(X))
    expected = joined(clone(tagger).fit(X, Y, sample_weight=of_sample))
    ragged = [np.full(length, w) for length, w in zip(LENGTHS, of_sample, strict=True)]
    padded = np.full((len(X), 9), np.nan)
    for row, w in zip(padded, ragged, strict=True):
        row[: len(w)] = w
    objects = np.empty(len(X), dtype=object)
    objects[:] = ragged
    lists = [one.tolist() for one in ragged]
    for weight in (ragged, lists, tuple(lists), objects, pd.Series(objects), padded):
        got = joined(clone(tagger).fit(X, Y, sample_weight=weight))
        np.testing.assert_array_equal(got, expected)
    got = joined(clone(tagger).fit(X, Y, sample_weight=pd.DataFrame(padded)))
    np.testing.assert_array_equal(got, expected)


def test_the_loss_is_the_weighted_mean_of_the_timesteps():
    tagger = RNNTagger(**(STRICT | {"max_epochs": 1}), warm_start=True)
    before = tagger.fit(X, Y).predict_proba(X)
    tagger.fit(X, Y, sample_weight=WEIGHT)
    losses = [-np.log(p[np.arange(len(c)), c]) for p, c in zip(before, CODES, strict=True)]
    expected = np.average(np.concatenate(losses), weights=np.concatenate(WEIGHT))
    assert tagger.loss_curve_[-1] == pytest.approx(expected, rel=1e-9)


@both_layers
def test_only_proportions_of_weights_matter(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer)
    expected = joined(clone(tagger).fit(X, Y, sample_weight=WEIGHT))
    scaled = joined(clone(tagger).fit(X, Y, sample_weight=[7 * w for w in WEIGHT]))
    np.testing.assert_allclose(scaled, expected, rtol=1e-8)
    assert np.abs(joined(clone(tagger).fit(X, Y)) - expected).max() > 1e-4
    nearly_equal = [1 + 1e-12 * w for w in WEIGHT]
    got = joined(clone(tagger).fit(X, Y, sample_weight=nearly_equal))
    np.testing.assert_allclose(got, joined(clone(tagger).fit(X, Y)), rtol=1e-8)


@both_layers
def test_weights_of_classes_are_weights_of_their_timesteps(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer)
    given = {"a": 2.0, "b": 5.0}
    weight = [np.array([1.0, 2.0, 5.0])[code] for code in CODES]
    by_class = clone(tagger).set_params(class_weight=given, standardize=False).fit(X, Y)
    by_step = clone(tagger).set_params(standardize=False).fit(X, Y, sample_weight=weight)
    np.testing.assert_allclose(joined(by_class), joined(by_step), rtol=1e-8)
    counts = np.bincount(np.concatenate(CODES))
    balanced = dict(zip(["O", "a", "b"], counts.sum() / (3 * counts), strict=True))
    got = clone(tagger).set_params(class_weight="balanced").fit(X, Y)
    expected = clone(tagger).set_params(class_weight=balanced).fit(X, Y)
    np.testing.assert_array_equal(joined(got), joined(expected))
    # frequencies are those of the timesteps that count.
    marked = [[None if t == 0 and len(row) > 1 else one for t, one in enumerate(row)] for row in Y]
    kept = np.concatenate([code[len(code) > 1 :] for code in CODES])
    counts = np.bincount(kept)
    balanced = dict(zip(["O", "a", "b"], counts.sum() / (3 * counts), strict=True))
    got = clone(tagger).set_params(class_weight="balanced").fit(X, marked)
    expected = clone(tagger).set_params(class_weight=balanced).fit(X, marked)
    np.testing.assert_array_equal(joined(got), joined(expected))


@both_layers
def test_a_label_of_weight_zero_counts_as_none(output_layer):
    tagger = RNNTagger(**STRICT, output_layer=output_layer)
    without = [[None if one == "b" else one for one in row] for row in Y]
    got = clone(tagger).set_params(class_weight={"b": 0.0}, standardize=False).fit(X, Y)
    assert got.classes_.tolist() == ["O", "a", "b"]
    stepped = clone(tagger).set_params(standardize=False)
    stepped.partial_fit(X, without, classes=["O", "a", "b"])
    assert got.loss_curve_[0] == pytest.approx(stepped.loss_curve_[0], rel=1e-9)


@pytest.mark.slow
@both_layers
def test_a_heavier_label_is_found_more_often(output_layer):
    rng = np.random.default_rng(3)
    code = [(rng.random(8) < 0.1).astype(int) for _ in range(60)]
    x = [rng.normal(1.5 * c[:, None], 1.0, size=(8, 1)) for c in code]
    settings = STRICT | {"max_epochs": 20, "batch_size": 16, "dtype": "float32"}
    tagger = RNNTagger(**settings, output_layer=output_layer)
    found = [
        np.mean(np.concatenate(clone(tagger).set_params(class_weight=w).fit(x, code).predict(x)))
        for w in (None, "balanced")
    ]
    assert found[1] > found[0] + 0.05


def test_scores_weigh_timesteps():
    tagger = RNNTagger(**STRICT).fit(X, Y)
    predicted = tagger.predict(X)
    right = np.concatenate([p == row for p, row in zip(predicted, Y, strict=True)])
    expected = np.average(right, weights=np.concatenate(WEIGHT))
    assert tagger.score(X, Y, sample_weight=WEIGHT) == pytest.approx(expected)
    assert token_accuracy_score(Y, predicted, sample_weight=WEIGHT) == pytest.approx(expected)
    # weights may reach to the all-NaN timesteps at the end, as labels may.
    longer = [np.concatenate([x, np.full((2, 2), np.nan)]) for x in X]
    given = [np.append(w, [9.0, np.nan]) for w in WEIGHT]
    assert tagger.score(longer, Y, sample_weight=given) == pytest.approx(expected)
    with pytest.raises(ValueError, match="sample_weight: got 0 for every timestep that has"):
        token_accuracy_score([["a", None]], [["a", "b"]], sample_weight=[[0.0, 1.0]])
    with pytest.raises(ValueError, match="sample_weight: got 0 for every timestep that has"):
        tagger.fit([X[0]], [["a", "b", None, None, None]], sample_weight=[[0, 0, 1, 1, 1]])


def test_searches_and_cross_validation_cut_weights_with_the_samples():
    pipeline = make_pipeline(SequenceScaler(), RNNTagger(**STRICT))
    search = GridSearchCV(
        pipeline, {"rnntagger__class_weight": [None, "balanced"]}, cv=2, error_score="raise"
    ).fit(X, Y, rnntagger__sample_weight=WEIGHT)
    assert 0 < search.best_score_ <= 1
    with sklearn.config_context(enable_metadata_routing=True):
        tagger = RNNTagger(**STRICT).set_fit_request(sample_weight=True)
        tagger.set_score_request(sample_weight=True)
        got = cross_validate(
            tagger, X, Y, cv=2, params={"sample_weight": WEIGHT}, error_score="raise"
        )
    assert np.isfinite(got["test_score"]).all()


def test_training_that_goes_on_keeps_the_weights_of_classes():
    tagger = RNNTagger(**STRICT, class_weight="balanced", warm_start=True).fit(X, Y)
    with pytest.raises(ValueError, match=r"class_weight: got None, while training goes on"):
        tagger.set_params(class_weight=None).fit(X, Y)
    with pytest.raises(ValueError, match=r"class_weight: got .* no sample of y counts"):
        RNNTagger(**STRICT, class_weight={"a": 0.0, "O": 0.0}).partial_fit(
            X[:1], [["O", "a", "O", "O", "a"]], classes=["O", "a", "b"]
        )
