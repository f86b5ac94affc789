"""scikit-learn's cross_val_predict of sequences whose labels it cannot number."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import clone
from sklearn.metrics import make_scorer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_validate
from sklearn.pipeline import Pipeline

from skrnn import RNNTagger, RNNTranscriber
from skrnn.metrics import token_accuracy_score
from skrnn.preprocessing import SequenceScaler, TokenEncoder

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
TEXTS = [["the", "cat", "sat"], ["a", "dog"], ["a", "cat", "sat", "up"], ["the", "dog"]]
TAGS = [["D", "N", "V"], ["D", "N"], ["D", "N", "V", "P"], ["D", "N"]]
CV = KFold(2)
PIPELINE = Pipeline([("ids", TokenEncoder()), ("tagger", RNNTagger(embedding_dim=3, **TINY))])


def as_objects(samples):
    objects = np.empty(len(samples), dtype=object)
    objects[:] = samples
    return objects


@pytest.fixture(scope="module")
def expected():
    out = {"predict": [None] * 4, "predict_proba": [None] * 4, "predict_log_proba": [None] * 4}
    for train, test in CV.split(TEXTS):
        fitted = clone(PIPELINE).fit([TEXTS[i] for i in train], [TAGS[i] for i in train])
        for method, rows in out.items():
            for i, row in zip(test, getattr(fitted, method)([TEXTS[i] for i in test]), strict=True):
                rows[i] = row
    return out


Y = {
    "lists": TAGS,
    "tuples": tuple(map(tuple, TAGS)),
    "objects": as_objects(TAGS),
    "Series": pd.Series(TAGS),
    "arrays": [np.array(row) for row in TAGS],
    "padded": np.array([row + [""] * (4 - len(row)) for row in TAGS]),
}


@pytest.mark.parametrize("y", Y.values(), ids=Y)
@pytest.mark.parametrize("name", ["y", "tagger__y"])
def test_labels_of_any_container_reach_the_tagger_of_a_pipeline(expected, y, name):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        got = cross_val_predict(PIPELINE, TEXTS, params={name: y}, cv=CV, method="predict_proba")
    assert got.shape == (4,)
    for one, other in zip(got, expected["predict_proba"], strict=True):
        np.testing.assert_array_equal(one, other)


@pytest.mark.parametrize("method", ["predict", "predict_log_proba"])
def test_every_method_takes_labels_by_the_name_of_the_step(expected, method):
    got = cross_val_predict(
        PIPELINE, as_objects(TEXTS), params={"tagger__y": TAGS}, cv=CV, method=method
    )
    for one, other in zip(got, expected[method], strict=True):
        np.testing.assert_array_equal(one, other)


def test_labels_reach_the_tagger_under_metadata_routing(expected):
    with config_context(enable_metadata_routing=True):
        got = cross_val_predict(PIPELINE, TEXTS, TAGS, cv=CV)
    for one, other in zip(got, expected["predict"], strict=True):
        np.testing.assert_array_equal(one, other)


def test_validation_and_searches_take_ragged_labels_as_y():
    scoring = make_scorer(token_accuracy_score)
    scores = cross_validate(PIPELINE, TEXTS, TAGS, cv=CV, scoring=scoring, error_score="raise")
    own = cross_validate(PIPELINE, TEXTS, TAGS, cv=CV, error_score="raise")
    np.testing.assert_array_equal(scores["test_score"], own["test_score"])
    search = GridSearchCV(PIPELINE, {"tagger__hidden_size": [1, 2]}, cv=CV, error_score="raise")
    assert [len(row) for row in search.fit(TEXTS, TAGS).predict_proba(TEXTS)] == [3, 2, 4, 2]


def test_transcripts_reach_the_transcriber_of_a_pipeline():
    X = [np.arange(6.0 + i)[:, None] for i in range(4)]
    model = RNNTranscriber(segment_length=1, **TINY)
    pipeline = Pipeline([("scale", SequenceScaler()), ("writer", model)])
    got = cross_val_predict(
        pipeline, X, params={"writer__y": ["ab", "ba", "ab", "ba"]}, cv=CV, method="predict_proba"
    )
    assert [one.shape for one in got] == [(6 + i, 3) for i in range(4)]


def test_two_different_y_are_refused():
    with pytest.raises(TypeError, match="multiple values for argument 'y'"):
        PIPELINE.fit(TEXTS, TAGS, tagger__y=TAGS)
