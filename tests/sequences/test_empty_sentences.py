"""Sentences without a word: no label belongs to them; other estimators read an unknown word."""

from __future__ import annotations

import copy
import pickle

import numpy as np
import pytest
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier, RNNTagger
from skrnn.preprocessing import TokenEncoder

TINY = {"hidden_size": 2, "max_epochs": 1, "random_state": 0}
WORDS = [["a", "b"], ["b"], ["b", "a", "a"]] * 2
TAGS = [["x", "y"], ["y"], ["y", "x", "x"]] * 2


def tagger_of(**settings):
    encoder = TokenEncoder(analyzer=None, **settings)
    return make_pipeline(encoder, RNNTagger(embedding_dim=2, **TINY))


@pytest.mark.parametrize(
    "settings", [{}, {"affix_length": 2}, {"max_length": 2}, {"output": "ragged"}]
)
def test_they_are_refused_in_predict_with_a_remedy_that_runs(settings):
    words, tags = WORDS, TAGS
    if "max_length" in settings:
        words, tags = [one[:2] for one in WORDS], [one[:2] for one in TAGS]
    pipeline = tagger_of(**settings).fit(words, tags)
    X = [["a"], [], ["b", "never met"], []]
    said = r"X: got 2 sample\(s\) without a single token, the first at position 1.*\[x for x in X"
    for method in (pipeline.predict, pipeline.predict_proba, pipeline.predict_log_proba):
        with pytest.raises(ValueError, match=said):
            method(X)
    with pytest.raises(ValueError, match=said):
        pipeline.score(X, [["x"], ["x"], ["x", "y"], ["x"]])
    assert [len(one) for one in pipeline.predict([x for x in X if len(x)])] == [1, 2]


@pytest.mark.parametrize("labels", [[], ["x"]])
def test_they_are_refused_in_fit_and_validation_data(labels):
    words, tags = [*WORDS, []], [*TAGS, labels]
    with pytest.raises(ValueError, match=r"X: got 1 sample.* at position 6"):
        tagger_of().fit(words, tags)
    encoder = TokenEncoder(analyzer=None).fit(WORDS)
    ids, val = encoder.transform(WORDS), encoder.transform(words)
    tagger = RNNTagger(embedding_dim=2, **TINY)
    with pytest.raises(ValueError, match="X_val: got 1 sample"):
        tagger.fit(ids, TAGS, X_val=val, y_val=tags)
    with pytest.raises(ValueError, match="X: got 1 sample"):
        tagger.partial_fit(val, tags, classes=["x", "y"])


def test_texts_and_lists_of_ids_are_no_exception():
    pipeline = make_pipeline(TokenEncoder(), RNNTagger(embedding_dim=2, **TINY))
    pipeline.fit([" ".join(words) for words in WORDS], TAGS)
    with pytest.raises(ValueError, match=r"X: got 1 sample.* at position 0"):
        pipeline.predict(["  ", "a b"])
    tagger = RNNTagger(embedding_dim=2, **TINY).fit([[2, 3], [3]], [["x", "y"], ["y"]])
    with pytest.raises(ValueError, match="Drop empty samples"):
        tagger.predict([[2], []])
    with pytest.raises(ValueError, match="Leave it out"):
        tagger.predict(np.array([[2], [0]]))


def test_other_estimators_read_one_unknown_word():
    encoder = TokenEncoder(analyzer=None).fit(WORDS)
    ids = encoder.transform([[], ["a"]])
    assert ids.tolist() == [[1, 0, 0], [2, 0, 0]]
    pipeline = make_pipeline(encoder, RNNClassifier(embedding_dim=2, **TINY)).fit(WORDS, [0, 1] * 3)
    np.testing.assert_array_equal(
        pipeline.predict_proba([[]]), pipeline.predict_proba([["never met"]])
    )
    # an unknown word is a word, with a label of its own.
    assert len(tagger_of().fit(WORDS, TAGS).predict([["never met"]])[0]) == 1


def test_only_the_encoded_texts_themselves_are_marked():
    encoder = TokenEncoder(analyzer=None).fit(WORDS)
    tagger = RNNTagger(embedding_dim=2, **TINY).fit(encoder.transform(WORDS), TAGS)
    ids = encoder.transform([["a"], [], ["b"]])
    for part in (ids[[0, 2]], ids[::2], copy.copy(ids)[:1], pickle.loads(pickle.dumps(ids))[:1]):
        assert len(tagger.predict(part)) == len(part)
    assert type(encoder.transform(WORDS)) is np.ndarray
