"""scikit-learn's cross-validation, curves and permutation tests over sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
import sklearn
from sklearn.base import clone
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    GroupKFold,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier
from skrnn.preprocessing import SequencePadder
from tests.sequences.pipelines import (
    CONTAINERS,
    CV,
    LABELS,
    N_SAMPLES,
    TINY,
    assert_probabilities,
    classifier,
    every_case,
    every_container,
    every_parallel_case,
    given,
    ragged_list,
)

# They train many networks: they are for the whole suite, not for every day.
pytestmark = pytest.mark.slow


def rows(X: Any, positions: np.ndarray) -> Any:
    """Select samples from any of the containers."""
    return [X[i] for i in positions] if isinstance(X, list) else X[positions]


def fold_by_fold(estimator, X, y, method: str, cv=CV, **fit_params) -> list[np.ndarray]:
    """Fit and predict every fold by hand: what cross-validation must agree with, bit for bit."""
    outputs = []
    for train, test in cv.split(np.zeros(len(y)), y):
        fitted = clone(estimator).fit(rows(X, train), y[train], **fit_params)
        outputs.append(getattr(fitted, method)(rows(X, test)))
    return outputs


# --------------------------------------------------------------------------------------
# cross-validation
# --------------------------------------------------------------------------------------


@every_case
def test_cross_validation_scores_and_returns_each_folds_model(case):
    X = given(case)
    result = cross_validate(
        classifier(case),
        X,
        LABELS,
        cv=CV,
        return_estimator=True,
        return_train_score=True,
        error_score="raise",
    )
    by_hand = fold_by_fold(classifier(case), X, LABELS, "predict_proba")
    for i, (train, test) in enumerate(CV.split(np.zeros(N_SAMPLES), LABELS)):
        model = result["estimator"][i]
        np.testing.assert_array_equal(model.predict_proba(rows(X, test)), by_hand[i])
        for name, part in (("train_score", train), ("test_score", test)):
            expected = accuracy_score(LABELS[part], model.predict(rows(X, part)))
            assert result[name][i] == expected
    assert result["test_score"].mean() > 0.7


@every_case
def test_cross_validated_predictions_are_those_of_each_fold(case):
    X = given(case)
    for method in ("predict", "predict_proba"):
        predicted = cross_val_predict(classifier(case), X, LABELS, cv=CV, method=method)
        by_hand = fold_by_fold(classifier(case), X, LABELS, method)
        for (_, test), expected in zip(CV.split(np.zeros(N_SAMPLES), LABELS), by_hand, strict=True):
            np.testing.assert_array_equal(predicted[test], expected)


@pytest.mark.slow
@every_parallel_case
def test_cross_validation_gives_the_same_bits_with_two_jobs(case):
    X = given(case)
    # drop-out and a validation split draw random numbers too.
    model = classifier(case, dropout=0.3, early_stopping=True, validation_fraction=0.2)
    probabilities = [
        cross_val_predict(model, X, LABELS, cv=CV, method="predict_proba", n_jobs=n_jobs)
        for n_jobs in (1, 2)
    ]
    np.testing.assert_array_equal(*probabilities)
    assert_probabilities(probabilities[0])
    results = [
        cross_validate(
            model,
            X,
            LABELS,
            cv=CV,
            return_train_score=True,
            return_estimator=True,
            error_score="raise",
            n_jobs=n_jobs,
        )
        for n_jobs in (1, 2)
    ]
    for name in ("train_score", "test_score"):
        np.testing.assert_array_equal(results[0][name], results[1][name])
    for one, two in zip(results[0]["estimator"], results[1]["estimator"], strict=True):
        assert one[-1].loss_curve_ == two[-1].loss_curve_


def test_groups_and_weights_reach_fit_and_score_by_routing():
    X = ragged_list()
    groups = np.arange(N_SAMPLES) // 3
    weight = np.random.default_rng(0).integers(1, 4, size=N_SAMPLES).astype(float)
    with sklearn.config_context(enable_metadata_routing=True):
        network = (
            RNNClassifier(**TINY, early_stopping=True, validation_fraction=0.3)
            .set_fit_request(sample_weight=True, groups=True)
            .set_score_request(sample_weight=True)
        )
        cv = GroupKFold(3)
        scores = cross_val_score(
            make_pipeline(SequencePadder(), network),
            X,
            LABELS,
            cv=cv,
            params={"groups": groups, "sample_weight": weight},
            error_score="raise",
        )
        without = cross_val_score(
            make_pipeline(SequencePadder(), clone(network).set_fit_request(sample_weight=False)),
            X,
            LABELS,
            cv=cv,
            params={"groups": groups, "sample_weight": weight},
            error_score="raise",
        )
    by_hand = []
    for train, test in cv.split(X, LABELS, groups):
        fitted = clone(network).fit(
            rows(X, train), LABELS[train], sample_weight=weight[train], groups=groups[train]
        )
        predicted = fitted.predict(rows(X, test))
        by_hand.append(accuracy_score(LABELS[test], predicted, sample_weight=weight[test]))
    np.testing.assert_array_equal(scores, by_hand)
    assert np.isfinite(without).all()


@every_container
def test_train_test_split_keeps_samples_and_labels_together(container):
    X = CONTAINERS[container]()
    X_train, X_test, y_train, y_test = train_test_split(X, LABELS, stratify=LABELS, random_state=0)
    model = RNNClassifier(**TINY).fit(X_train, y_train)
    assert len(X_train) + len(X_test) == N_SAMPLES
    assert model.score(X_test, y_test) > 0.6


# --------------------------------------------------------------------------------------
# curves
# --------------------------------------------------------------------------------------


def curve(case: str, n_jobs: int) -> Any:
    return learning_curve(
        classifier(case),
        given(case),
        LABELS,
        train_sizes=[0.5, 1.0],
        cv=CV,
        shuffle=True,
        random_state=0,
        error_score="raise",
        n_jobs=n_jobs,
    )


@every_case
def test_a_learning_curve_scores_every_size(case):
    sizes, train_scores, test_scores = curve(case, n_jobs=1)
    assert sizes.tolist() == [7, 15]
    assert train_scores.shape == test_scores.shape == (2, 2)
    assert np.isfinite(test_scores).all()


@pytest.mark.slow
@every_parallel_case
def test_a_learning_curve_has_the_same_scores_with_two_jobs(case):
    np.testing.assert_array_equal(curve(case, n_jobs=1)[2], curve(case, n_jobs=2)[2])


@pytest.mark.slow
@every_case
def test_a_validation_curve_is_a_cross_validation_for_each_value(case):
    X = given(case)
    _, test_scores = validation_curve(
        classifier(case),
        X,
        LABELS,
        param_name="rnnclassifier__hidden_size",
        param_range=[1, 4],
        cv=CV,
        error_score="raise",
    )
    for scores, hidden_size in zip(test_scores, [1, 4], strict=True):
        expected = cross_val_score(classifier(case, hidden_size=hidden_size), X, LABELS, cv=CV)
        np.testing.assert_array_equal(scores, expected)


@every_container
def test_a_permutation_test_finds_that_labels_matter(container):
    score, shuffled, p_value = permutation_test_score(
        RNNClassifier(**TINY),
        CONTAINERS[container](),
        LABELS,
        cv=CV,
        n_permutations=5,
        random_state=0,
    )
    assert score > shuffled.mean()
    assert p_value == (1 + (shuffled >= score).sum()) / 6
