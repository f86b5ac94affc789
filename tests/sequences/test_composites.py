"""Classifiers made of classifiers and regressors made of regressors, over sequences."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.frozen import FrozenEstimator
from sklearn.model_selection import (
    FixedThresholdClassifier,
    KFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
)
from sklearn.multiclass import OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    MultiOutputClassifier,
    MultiOutputRegressor,
)
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import StandardScaler

from skrnn import RNNClassifier, RNNRegressor
from tests.sequences.pipelines import (
    CASES,
    CONTAINERS,
    CV,
    LABELS,
    N_SAMPLES,
    TARGETS,
    TINY,
    assert_probabilities,
    classifier,
    every_case,
    every_container,
    every_parallel_case,
    given,
    pipeline,
    ragged_list,
)


def regressor(case: str, **params: Any) -> Pipeline:
    return pipeline(case, RNNRegressor, **params)


# --------------------------------------------------------------------------------------
# classifiers made of classifiers
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("ensemble", [True, False])
@every_case
def test_calibration_gives_probabilities_of_the_same_classes(case, ensemble):
    X = given(case)
    calibrated = CalibratedClassifierCV(classifier(case), cv=CV, ensemble=ensemble)
    calibrated.fit(X, LABELS)
    assert calibrated.classes_.tolist() == ["down", "up"]
    assert len(calibrated.calibrated_classifiers_) == (2 if ensemble else 1)
    assert_probabilities(calibrated.predict_proba(X))
    assert calibrated.score(X, LABELS) > 0.7


def test_a_fitted_network_is_calibrated_as_it_is():
    X = ragged_list()
    network = RNNClassifier(**TINY).fit(X, LABELS)
    before = network.predict_proba(X)
    calibrated = CalibratedClassifierCV(FrozenEstimator(network)).fit(X, LABELS)
    assert_probabilities(calibrated.predict_proba(X))
    np.testing.assert_array_equal(network.predict_proba(X), before)


@pytest.mark.slow
@every_case
def test_a_tuned_threshold_decides_the_label(case):
    X = given(case)
    tuned = TunedThresholdClassifierCV(
        classifier(case), cv=CV, scoring="balanced_accuracy", thresholds=20
    ).fit(X, LABELS)
    probability_up = tuned.estimator_.predict_proba(X)[:, 1]
    expected = np.where(probability_up >= tuned.best_threshold_, "up", "down")
    assert 0 <= tuned.best_threshold_ <= 1
    np.testing.assert_array_equal(tuned.predict(X), expected)


@every_container
def test_a_fixed_threshold_moves_the_decision(container):
    X = CONTAINERS[container]()
    n_up = [
        (FixedThresholdClassifier(RNNClassifier(**TINY), threshold=t).fit(X, LABELS).predict(X))
        .tolist()
        .count("up")
        for t in (0.0, 1.1)
    ]
    assert n_up == [N_SAMPLES, 0]


@every_case
def test_a_soft_vote_is_the_mean_of_its_members(case):
    X = given(case)
    vote = VotingClassifier(
        [("a", classifier(case)), ("b", classifier(case, cell="gru"))], voting="soft"
    ).fit(X, LABELS)
    members = [member.predict_proba(X) for member in vote.estimators_]
    np.testing.assert_allclose(vote.predict_proba(X), np.mean(members, axis=0), rtol=1e-12)
    assert set(vote.predict(X)) <= {"down", "up"}


@pytest.mark.slow
@every_case
def test_a_stack_learns_from_out_of_fold_probabilities(case):
    X = given(case)
    stack = StackingClassifier(
        [("a", classifier(case)), ("b", classifier(case, cell="gru"))], cv=CV
    ).fit(X, LABELS)
    # of two classes one column for each member is enough.
    assert stack.transform(X).shape == (N_SAMPLES, 2)
    np.testing.assert_array_equal(
        stack.transform(X)[:, 0], stack.estimators_[0].predict_proba(X)[:, 1]
    )
    assert_probabilities(stack.predict_proba(X))
    assert stack.score(X, LABELS) > 0.7


COMPOSITES = {
    "CalibratedClassifierCV": lambda c, j: CalibratedClassifierCV(c, cv=CV, n_jobs=j),
    "TunedThresholdClassifierCV": lambda c, j: TunedThresholdClassifierCV(c, cv=CV, n_jobs=j),
    "VotingClassifier": lambda c, j: VotingClassifier(
        [("a", c), ("b", clone(c))], voting="soft", n_jobs=j
    ),
    "StackingClassifier": lambda c, j: StackingClassifier(
        [("a", c), ("b", clone(c))], cv=CV, n_jobs=j
    ),
    "OneVsRestClassifier": lambda c, j: OneVsRestClassifier(c, n_jobs=j),
}


@pytest.mark.slow
@every_parallel_case
@pytest.mark.parametrize("make", COMPOSITES.values(), ids=COMPOSITES.keys())
def test_composites_give_the_same_bits_with_two_jobs(make, case):
    X = given(case)
    one, two = (make(classifier(case), n).fit(X, LABELS) for n in (1, 2))
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


@every_case
def test_one_network_for_each_class_agrees_with_its_parts(case):
    X = given(case)
    labels = np.array(["a", "b", "c"])[np.arange(N_SAMPLES) % 3]
    model = OneVsRestClassifier(classifier(case)).fit(X, labels)
    assert model.classes_.tolist() == ["a", "b", "c"]
    assert_probabilities(model.predict_proba(X), n_classes=3)
    scores = np.column_stack([part.predict_proba(X)[:, 1] for part in model.estimators_])
    np.testing.assert_array_equal(model.predict(X), model.classes_[scores.argmax(axis=1)])


@every_container
def test_several_outputs_get_a_network_each(container):
    X = CONTAINERS[container]()
    both = np.column_stack([LABELS, np.roll(LABELS, 1)])
    model = MultiOutputClassifier(RNNClassifier(**TINY)).fit(X, both)
    alone = RNNClassifier(**TINY).fit(X, both[:, 1])
    assert model.predict(X).shape == both.shape
    np.testing.assert_array_equal(model.predict(X)[:, 1], alone.predict(X))
    numbers = np.column_stack([TARGETS, -TARGETS])
    predicted = MultiOutputRegressor(RNNRegressor(**TINY)).fit(X, numbers).predict(X)
    np.testing.assert_array_equal(predicted[:, 0], RNNRegressor(**TINY).fit(X, TARGETS).predict(X))


@pytest.mark.slow
@every_container
def test_an_output_code_predicts_the_classes(container):
    X = CONTAINERS[container]()
    labels = np.arange(N_SAMPLES) % 3
    model = OutputCodeClassifier(RNNClassifier(**TINY), code_size=3, random_state=1)
    assert set(model.fit(X, labels).predict(X)) <= {0, 1, 2}


# --------------------------------------------------------------------------------------
# regressors made of regressors
# --------------------------------------------------------------------------------------

REGRESSION_CASES = [case for case in CASES if not case.startswith("texts")]
every_regression_case = pytest.mark.parametrize("case", REGRESSION_CASES)


@every_regression_case
def test_a_transformed_target_is_learned_on_one_scale_and_predicted_on_the_other(case):
    X = given(case)
    model = TransformedTargetRegressor(regressor(case), func=np.log, inverse_func=np.exp)
    model.fit(X, TARGETS)
    by_hand = np.exp(regressor(case).fit(X, np.log(TARGETS)).predict(X))
    np.testing.assert_array_equal(model.predict(X), by_hand)
    assert (model.predict(X) > 0).all()


@every_regression_case
def test_a_voting_regressor_is_the_mean_of_its_members(case):
    X = given(case)
    members = [("a", regressor(case)), ("b", regressor(case, cell="gru"))]
    vote = VotingRegressor(members).fit(X, TARGETS)
    expected = np.mean([model.predict(X) for model in vote.estimators_], axis=0)
    np.testing.assert_allclose(vote.predict(X), expected, rtol=1e-12)


@every_regression_case
def test_a_stacked_regressor_reads_its_members_predictions(case):
    X = given(case)
    stack = StackingRegressor([("a", regressor(case))], cv=KFold(2)).fit(X, TARGETS)
    np.testing.assert_array_equal(stack.transform(X)[:, 0], stack.estimators_[0].predict(X))
    assert stack.final_estimator_.n_features_in_ == 1


@pytest.mark.slow
def test_composite_regressors_give_the_same_bits_with_two_jobs():
    X = ragged_list()
    members = [("a", regressor("list, padded")), ("b", regressor("list, padded", cell="gru"))]
    for make in (VotingRegressor, StackingRegressor):
        one, two = (make(members, n_jobs=n).fit(X, TARGETS).predict(X) for n in (1, 2))
        np.testing.assert_array_equal(one, two)
    target = TransformedTargetRegressor(regressor("list, padded"), transformer=StandardScaler())
    one, two = (
        cross_val_predict(target, X, TARGETS, cv=KFold(2), n_jobs=n_jobs) for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one, two)
