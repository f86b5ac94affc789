"""Logarithms of probabilities: those of ``predict_proba``, and finite where it is rounded to 0."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier, RNNTagger, RNNTranscriber
from skrnn.preprocessing import SequencePadder, SequenceScaler
from tests.sequences.small_networks import TINY, X_NEW, X, Y

SHORT = TINY | {"max_epochs": 1}
TAGS = [np.arange(len(x)) % 2 for x in X]
TARGETS = {
    "two classes": Y,
    "three classes": np.array(["c", "a", "b"])[np.arange(len(X)) % 3],
    "multilabel": np.column_stack([Y, 1 - Y, np.ones_like(Y)]),
}


def make_sure(model, weight=1e5):
    """Let the scores of a fitted network lie far apart."""
    with torch.no_grad():
        model.net_.module_.head.weight.mul_(weight)
    return model


def joined(output) -> np.ndarray:
    return np.concatenate(output) if output.dtype == object else output


def assert_logarithms(model, samples=X_NEW):
    probabilities = joined(model.predict_proba(samples))
    got = joined(model.predict_log_proba(samples))
    assert got.dtype == np.float64
    # a number near the smallest one has few digits.
    is_positive = probabilities > 1e-300
    np.testing.assert_allclose(got[is_positive], np.log(probabilities[is_positive]), atol=1e-12)
    assert np.isfinite(got).all() and (got <= 0).all()


@pytest.mark.parametrize("y", TARGETS.values(), ids=TARGETS.keys())
def test_a_classifiers_are_the_logarithms_also_where_it_is_very_sure(y):
    model = RNNClassifier(**SHORT).fit(X, y)
    assert_logarithms(model)
    assert_logarithms(make_sure(model))
    assert (model.predict_proba(X_NEW) == 0).any()


@pytest.mark.parametrize("output_layer", ["softmax", "crf"])
def test_a_taggers_are_ragged_like_its_probabilities(output_layer):
    model = RNNTagger(**SHORT, output_layer=output_layer).fit(X, TAGS)
    got = model.predict_log_proba(X_NEW)
    assert got.dtype == object
    assert [one.shape for one in got] == [(len(x), 2) for x in X_NEW]
    assert_logarithms(model)
    assert_logarithms(make_sure(model))
    assert (joined(model.predict_proba(X_NEW)) == 0).any()


def test_a_transcribers_have_a_row_for_every_step():
    model = RNNTranscriber(**SHORT, segment_length=1).fit(X, ["ab"] * len(X))
    assert [one.shape for one in model.predict_log_proba(X_NEW)] == [
        one.shape for one in model.predict_proba(X_NEW)
    ]
    assert_logarithms(model)


def test_pipelines_searches_and_cross_validation_have_them_too():
    pipeline = make_pipeline(SequenceScaler(), RNNClassifier(**SHORT))
    assert_logarithms(pipeline.fit(X, Y))
    search = GridSearchCV(pipeline, {"rnnclassifier__hidden_size": [2, 3]}, cv=2)
    assert_logarithms(search.fit(X, Y))
    held_out = [
        cross_val_predict(pipeline, X, Y, cv=2, method=method)
        for method in ("predict_proba", "predict_log_proba")
    ]
    np.testing.assert_allclose(np.exp(held_out[1]), held_out[0], rtol=1e-12)


def as_objects(arrays):
    objects = np.empty(len(arrays), dtype=object)
    objects[:] = arrays
    return objects


@pytest.mark.parametrize("method", ["predict_proba", "predict_log_proba", "predict"])
def test_cross_validation_has_those_of_a_tagger_if_labels_are_parameters_of_fit(method):
    tagger = RNNTagger(**SHORT)
    expected = [None] * len(X)
    for train, test in KFold(2).split(X):
        fitted = clone(tagger).fit([X[i] for i in train], [TAGS[i] for i in train])
        for i, output in zip(test, getattr(fitted, method)([X[i] for i in test]), strict=True):
            expected[i] = output
    padded = np.array([[*row, *[-1] * (9 - len(row))] for row in TAGS])
    for samples, y in ((X, TAGS), (as_objects(X), as_objects(TAGS)), (X, padded)):
        for model in (tagger, make_pipeline(SequencePadder(), tagger)):
            got = cross_val_predict(model, samples, cv=2, params={"y": y}, method=method)
            assert got.shape == (len(X),) and got.dtype == object
            for one, other in zip(got, expected, strict=True):
                np.testing.assert_array_equal(one, other)
