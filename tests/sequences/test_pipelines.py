"""The network as a transformer in a pipeline."""

from __future__ import annotations

import numpy as np
import sklearn
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer

from skrnn import RNNClassifier
from tests.sequences.pipelines import (
    CONTAINERS,
    LABELS,
    N_SAMPLES,
    TINY,
    classifier,
    every_case,
    every_container,
    given,
    ragged_list,
)


@every_case
def test_hidden_states_feed_another_model(case):
    X = given(case)
    pipe = Pipeline([*classifier(case).steps, ("linear", LogisticRegression())]).fit(X, LABELS)
    assert pipe.score(X, LABELS) > 0.7
    assert pipe["linear"].n_features_in_ == len(pipe[-2].get_feature_names_out())


@every_container
def test_hidden_states_stand_side_by_side_in_a_union(container):
    X = CONTAINERS[container]()
    union = FeatureUnion(
        [("a", RNNClassifier(**TINY)), ("b", RNNClassifier(**TINY, pooling="max"))]
    )
    states = union.fit_transform(X, LABELS)
    assert states.shape == (N_SAMPLES, len(union.get_feature_names_out()))


@every_case
def test_pandas_output_may_be_asked_of_the_whole_pipeline(case):
    X = given(case)
    expected = classifier(case).fit(X, LABELS).predict_proba(X)
    asked = classifier(case).set_output(transform="pandas").fit(X, LABELS)
    np.testing.assert_array_equal(asked.predict_proba(X), expected)
    assert asked.transform(X).shape[0] == N_SAMPLES
    assert list(asked.transform(X).columns) == list(asked[-1].get_feature_names_out())
    with sklearn.config_context(transform_output="pandas"):
        np.testing.assert_array_equal(classifier(case).fit(X, LABELS).predict_proba(X), expected)


def test_a_function_transformer_takes_sequences_through():
    X = ragged_list()
    passed_through = make_pipeline(FunctionTransformer(), RNNClassifier(**TINY)).fit(X, LABELS)
    np.testing.assert_array_equal(
        passed_through.predict_proba(X), RNNClassifier(**TINY).fit(X, LABELS).predict_proba(X)
    )
