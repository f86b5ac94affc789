"""A linear model of tokens and pairs answers beside the network of token ids."""

from __future__ import annotations

import pickle

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from threadpoolctl import threadpool_limits

from skrnn import RNNClassifier, RNNRegressor
from skrnn._input.jagged import JaggedSequences
from skrnn._sequences import token_model
from skrnn._sequences.outcomes import ClassOutcomes
from skrnn._sequences.samples import Samples
from skrnn._sequences.token_model import TokenFit
from tests.sequences.small_networks import TINY

SETTINGS = {name: value for name, value in TINY.items() if name != "max_epochs"}
SETTINGS |= {"embedding_dim": 4, "max_epochs": 2, "learning_rate": 0.003}


def make_texts(n_samples: int, seed: int):
    """Ids from 2 to 40; one of the pairs 3 4, 4 5 and 5 3 stands somewhere and is the class."""
    rng = np.random.default_rng(seed)
    y, X = rng.integers(3, size=n_samples), []
    for label in y:
        ids = rng.integers(6, 41, size=rng.integers(5, 12))
        place = rng.integers(len(ids))
        X.append(np.insert(ids, place, [3 + label, 3 + (label + 1) % 3]).tolist())
    return X, y


X, Y = make_texts(150, 0)
X_NEW, Y_NEW = make_texts(100, 1)


def fit_tokens(X, y, left_out=(), weight=None, n_classes=3) -> TokenFit:
    lengths = np.array([len(row) for row in X])
    ids = JaggedSequences(np.concatenate(X), lengths)
    samples = Samples(ids, y)
    outcomes = ClassOutcomes(n_classes)
    return TokenFit(
        *(samples, y, weight, outcomes, lambda ids: ids),
        n_classes=n_classes,
        n_ids=50,
        left_out=list(left_out),
    )


def reference(X, y, weight=None):
    """scikit-learn's own words and pairs of words, and a function that predicts by them."""
    vectorizer = TfidfVectorizer(ngram_range=(1, 2), sublinear_tf=True, token_pattern=r"\d+")
    terms = vectorizer.fit_transform([" ".join(map(str, row)) for row in X])
    model = LogisticRegression(C=30, max_iter=1000).fit(terms, y, weight)
    return lambda X: model.predict_proba(
        vectorizer.transform([" ".join(map(str, row)) for row in X])
    )


@pytest.mark.parametrize("n_classes", [2, 3])
def test_it_is_logistic_regression_on_words_and_pairs(n_classes):
    y = Y % n_classes
    weight = np.random.default_rng(0).uniform(0.5, 2, size=len(y))
    fitted = fit_tokens(X, y, weight=weight, n_classes=n_classes)
    new = JaggedSequences(np.concatenate(X_NEW), np.array([len(row) for row in X_NEW]))
    found = ClassOutcomes(n_classes).predictions(fitted.model.outputs(new, lambda ids: ids))
    np.testing.assert_allclose(found, reference(X, y, weight)(X_NEW), atol=1e-3)


def test_scores_are_as_sure_as_they_are_right_for_what_is_left_out():
    noise = np.random.default_rng(5).integers(3, size=len(Y))
    part = np.arange(0, 150, 3)
    for y, is_useful in ((Y, True), (noise, False)):
        fitted = fit_tokens(X, y, [part])
        is_read, outputs = fitted.outputs_of_left_out(part)
        assert is_read.all()
        largest = ClassOutcomes(3).predictions(outputs).max(axis=1).mean()
        assert largest > 0.8 if is_useful else largest < 0.45


def test_a_class_that_is_left_out_whole_is_no_answer():
    fitted = fit_tokens(X, Y, [np.flatnonzero(Y == 2)])
    _, outputs = fitted.outputs_of_left_out(np.flatnonzero(Y == 2))
    assert (outputs.argmax(axis=1) != 2).all()
    only = fit_tokens(X, Y, [np.flatnonzero(Y > 0)])
    _, outputs = only.outputs_of_left_out(np.flatnonzero(Y > 0))
    assert (outputs.argmax(axis=1) == 0).all()


def test_hardly_two_samples_of_a_class_tell_nothing():
    y = np.arange(30) % 19
    fitted = fit_tokens(X[:30], y, n_classes=19)
    assert not fitted.model.weights.any()
    assert np.ptp(fitted.model.intercepts) == 0


def test_of_many_terms_the_most_frequent_are_read(monkeypatch):
    monkeypatch.setattr(token_model, "_MOST_WEIGHTS", 3 * 10)
    fitted = fit_tokens(X, Y)
    assert fitted.model.weights.shape == (3, 10)
    # 3, 4 and 5 stand in two thirds of the texts
    assert {3, 4, 5} <= set(fitted.model.codes.tolist())


@pytest.fixture(scope="module")
def model():
    return RNNClassifier(**SETTINGS).fit(X, Y)


def test_pairs_are_found_that_a_small_network_overlooks(model):
    alone = RNNClassifier(**SETTINGS, linear_model=False).fit(X, Y)
    assert model.network_weight_ < 0.3
    assert model.score(X_NEW, Y_NEW) > alone.score(X_NEW, Y_NEW) + 0.3


def test_answers_depend_on_no_other_text_and_read_unknown_tokens(model):
    together = model.predict_proba(X_NEW)
    np.testing.assert_array_equal(model.predict_proba(X_NEW[3:4])[0], together[3])
    np.testing.assert_array_equal(model.predict_proba(X_NEW[::-1])[::-1], together)
    assert np.isfinite(model.predict_proba([[999], [3, 999, 4]])).all()
    again = clone(model).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X_NEW), together)
    np.testing.assert_array_equal(pickle.loads(pickle.dumps(model)).predict_proba(X_NEW), together)


def test_several_ids_at_a_timestep_are_read():
    ids = [np.stack([row, [1 + token % 2 for token in row], [0] * len(row)], axis=1) for row in X]
    model = RNNClassifier(**SETTINGS).fit(ids, Y)
    assert model.score(ids, Y) > 0.9


def test_where_there_are_no_classes_the_network_answers_alone():
    labels = np.stack([Y > 0, Y > 1], axis=1).astype(int)
    for make, y in ((RNNClassifier, labels), (RNNRegressor, Y.astype(float))):
        assert make(**SETTINGS).fit(X, y).network_weight_ == 1
        with pytest.raises(ValueError, match="linear_model: got True, while X is read as token"):
            make(**SETTINGS, linear_model=True).fit(X, y)


def test_the_same_bits_whatever_the_threads(model):
    with threadpool_limits(1):
        again = clone(model).fit(X, Y)
    np.testing.assert_array_equal(again.predict_proba(X_NEW), model.predict_proba(X_NEW))
