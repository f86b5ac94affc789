"""scikit-learn's own tools over pipelines of sequences: what they return, and what they refuse.

Each tool runs over pipelines with the package's transformers, on a 3-D array, on ragged sequences
in a list and in an object array, and on texts. ``error_score="raise"`` throughout: a search must
not hide an error behind NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import sklearn
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.decomposition import PCA
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.frozen import FrozenEstimator
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score
from sklearn.model_selection import (
    FixedThresholdClassifier,
    GridSearchCV,
    GroupKFold,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
    StratifiedKFold,
    TunedThresholdClassifierCV,
    cross_val_predict,
    cross_val_score,
    cross_validate,
    learning_curve,
    permutation_test_score,
    train_test_split,
    validation_curve,
)
from sklearn.multiclass import OneVsOneClassifier, OneVsRestClassifier, OutputCodeClassifier
from sklearn.multioutput import (
    ClassifierChain,
    MultiOutputClassifier,
    MultiOutputRegressor,
    RegressorChain,
)
from sklearn.pipeline import FeatureUnion, Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler
from sklearn.semi_supervised import SelfTrainingClassifier

import skrnn
from skrnn import RNNClassifier, RNNRegressor
from skrnn.preprocessing import PerTimestep, SequencePadder, SequenceScaler, TokenEncoder

N_SAMPLES = 30
# Enough updates to beat chance in two epochs, so that an assertion on a score means something.
TINY = {
    "hidden_size": 4,
    "bidirectional": False,
    "max_epochs": 2,
    "batch_size": 5,
    "learning_rate": 0.1,
    "random_state": 0,
}
CV = StratifiedKFold(2)


# --------------------------------------------------------------------------------------
# the data, in every container
# --------------------------------------------------------------------------------------


def _sequences() -> list[np.ndarray]:
    rng = np.random.default_rng(0)
    levels = np.where(np.arange(N_SAMPLES) % 2, 1.5, -1.5)
    return [rng.normal(level, 1.0, size=(rng.integers(3, 8), 2)) for level in levels]


SEQUENCES = _sequences()
LABELS = np.array(["down", "up"])[np.arange(N_SAMPLES) % 2]
TARGETS = np.array([10 + 3 * x.mean() for x in SEQUENCES])
TABLE = np.random.default_rng(1).normal(size=(N_SAMPLES, 5)) + 2 * (LABELS == "up")[:, None]
TEXTS = [f"it goes {label} and {label} " + "again " * (i % 4) for i, label in enumerate(LABELS)]


def padded() -> np.ndarray:
    array = np.full((N_SAMPLES, max(map(len, SEQUENCES)), 2), np.nan)
    for row, x in zip(array, SEQUENCES, strict=True):
        row[: len(x)] = x
    return array


def object_array() -> np.ndarray:
    array = np.empty(N_SAMPLES, dtype=object)
    array[:] = SEQUENCES
    return array


def ragged_list() -> list[np.ndarray]:
    return list(SEQUENCES)


CONTAINERS = {"3-D array": padded, "list": ragged_list, "object array": object_array}
every_container = pytest.mark.parametrize("container", CONTAINERS)


# --------------------------------------------------------------------------------------
# the pipelines
# --------------------------------------------------------------------------------------

# What stands before the estimator, and what it is given.
CASES: dict[str, tuple[Callable[[], list[Any]], Callable[[], Any]]] = {
    "3-D array, scaled and PCA": (
        lambda: [SequenceScaler(), PerTimestep(PCA(n_components=1))],
        padded,
    ),
    "list, padded": (lambda: [SequencePadder()], ragged_list),
    "object array, PCA and scaled": (
        lambda: [PerTimestep(PCA(n_components=2)), SequenceScaler(per_sample=False)],
        object_array,
    ),
    "texts, encoded": (lambda: [TokenEncoder()], lambda: TEXTS),
}
every_case = pytest.mark.parametrize("case", CASES)
# The cases that differ in what travels to a worker process.
PARALLEL_CASES = ["3-D array, scaled and PCA", "list, padded"]
every_parallel_case = pytest.mark.parametrize("case", PARALLEL_CASES)


def given(case: str) -> Any:
    return CASES[case][1]()


def pipeline(case: str, estimator: type, **params: Any) -> Pipeline:
    settings = TINY | params
    if case.startswith("texts"):
        # few epochs are too few for the dropout that texts get by default.
        settings = {"embedding_dim": 16, "dropout": 0.0} | settings
    return make_pipeline(*CASES[case][0](), estimator(**settings))


def classifier(case: str, **params: Any) -> Pipeline:
    return pipeline(case, RNNClassifier, **params)


def regressor(case: str, **params: Any) -> Pipeline:
    return pipeline(case, RNNRegressor, **params)


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


def assert_probabilities(probabilities: np.ndarray, n_classes: int = 2) -> None:
    assert probabilities.shape == (N_SAMPLES, n_classes)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)


# --------------------------------------------------------------------------------------
# searches
# --------------------------------------------------------------------------------------


def grid_search(estimator, name, n_jobs=None):
    grid = {f"{name}__hidden_size": [1, 4], f"{name}__cell": ["lstm", "gru"]}
    return GridSearchCV(estimator, grid, cv=CV, error_score="raise", n_jobs=n_jobs)


def randomized_search(estimator, name, n_jobs=None):
    distribution = {f"{name}__learning_rate": loguniform(0.05, 0.2)}
    return RandomizedSearchCV(
        estimator,
        distribution,
        n_iter=3,
        cv=CV,
        random_state=0,
        error_score="raise",
        n_jobs=n_jobs,
    )


def halving_search(estimator, name, n_jobs=None):
    return HalvingGridSearchCV(
        estimator,
        {f"{name}__learning_rate": [1e-4, 1e-3, 0.1, 0.2]},
        resource=f"{name}__max_epochs",
        min_resources=1,
        max_resources=4,
        factor=2,
        cv=CV,
        random_state=0,
        error_score="raise",
        n_jobs=n_jobs,
    )


SEARCHES = {
    "grid": grid_search,
    "randomized": randomized_search,
    "halving": halving_search,
}
every_search = pytest.mark.parametrize("search", SEARCHES.values(), ids=SEARCHES.keys())


@every_search
@every_case
def test_a_search_finds_the_best_score_and_refits_what_it_found(search, case):
    X = given(case)
    found = search(classifier(case), "rnnclassifier").fit(X, LABELS)
    scores = found.cv_results_["mean_test_score"]
    last = found.cv_results_.get("iter", np.zeros(len(scores)))
    assert np.isfinite(scores).all()
    assert found.best_score_ == scores[last == last.max()].max()
    assert found.best_score_ > 0.7
    anew = clone(found.estimator).set_params(**found.best_params_).fit(X, LABELS)
    np.testing.assert_array_equal(found.predict_proba(X), anew.predict_proba(X))
    assert set(found.predict(X)) <= {"down", "up"}


@every_search
def test_a_search_over_a_regressor_scores_and_refits(search):
    X = ragged_list()
    found = search(make_pipeline(SequenceScaler(), RNNRegressor(**TINY)), "rnnregressor")
    found.set_params(cv=KFold(2)).fit(X, TARGETS)
    assert np.isfinite(found.cv_results_["mean_test_score"]).all()
    assert found.predict(X).shape == (N_SAMPLES,)


@every_search
@every_parallel_case
def test_two_jobs_find_the_same_bits_as_one(search, case):
    X = given(case)
    one, two = (
        search(classifier(case), "rnnclassifier", n_jobs=n_jobs).fit(X, LABELS) for n_jobs in (1, 2)
    )
    assert one.best_params_ == two.best_params_
    for key, value in one.cv_results_.items():
        if key.endswith("test_score"):
            np.testing.assert_array_equal(value, two.cv_results_[key], err_msg=key)
    np.testing.assert_array_equal(one.predict_proba(X), two.predict_proba(X))


@every_container
def test_halving_over_epochs_trains_the_survivors_longer(container):
    X = CONTAINERS[container]()
    search = HalvingGridSearchCV(
        RNNClassifier(**TINY),
        {"learning_rate": [1e-3, 0.01, 0.05, 0.1]},
        resource="max_epochs",
        min_resources=1,
        max_resources=4,
        factor=2,
        cv=CV,
        random_state=0,
        error_score="raise",
    ).fit(X, LABELS)
    assert search.n_resources_ == [1, 2, 4]
    assert search.n_candidates_ == [4, 2, 1]
    assert search.best_params_["max_epochs"] == 4
    assert search.best_estimator_.n_iter_ == 4


def test_a_search_with_early_stopping_writes_nothing(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    estimator = RNNClassifier(**TINY, early_stopping=True, validation_fraction=0.2)
    search = GridSearchCV(estimator, {"hidden_size": [2, 4]}, cv=CV, error_score="raise")
    search.fit(ragged_list(), LABELS)
    assert all("valid_loss" in epoch for epoch in search.best_estimator_.history_)
    assert list(tmp_path.iterdir()) == []


def test_a_search_tunes_transformer_and_network_together():
    pipe = make_pipeline(PerTimestep(PCA()), RNNClassifier(**TINY))
    grid = {"pertimestep__transformer__n_components": [1, 2], "rnnclassifier__pooling": ["last"]}
    search = GridSearchCV(pipe, grid, cv=CV, error_score="raise").fit(ragged_list(), LABELS)
    n_components = search.best_params_["pertimestep__transformer__n_components"]
    assert search.best_estimator_[-1].n_features_in_ == n_components


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


@every_case
def test_a_learning_curve_scores_every_size_with_one_job_and_with_two(case):
    n_jobs_to_try = (1, 2) if case in PARALLEL_CASES else (1,)
    curves = [
        learning_curve(
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
        for n_jobs in n_jobs_to_try
    ]
    sizes, train_scores, test_scores = curves[0]
    assert sizes.tolist() == [7, 15]
    assert train_scores.shape == test_scores.shape == (2, 2)
    assert np.isfinite(test_scores).all()
    for other in curves[1:]:
        np.testing.assert_array_equal(other[2], test_scores)


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


# --------------------------------------------------------------------------------------
# the network as a transformer
# --------------------------------------------------------------------------------------


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


# --------------------------------------------------------------------------------------
# tables: everything that wants two dimensions
# --------------------------------------------------------------------------------------


def test_bagging_averages_networks_on_bootstrap_samples():
    bag = BaggingClassifier(RNNClassifier(**TINY), n_estimators=3, random_state=0)
    bag.fit(TABLE, LABELS)
    members = [member.predict_proba(TABLE) for member in bag.estimators_]
    np.testing.assert_allclose(bag.predict_proba(TABLE), np.mean(members, axis=0), rtol=1e-9)
    assert bag.score(TABLE, LABELS) > 0.8
    numbers = BaggingRegressor(RNNRegressor(**TINY), n_estimators=2, random_state=0)
    assert numbers.fit(TABLE, TARGETS).predict(TABLE).shape == (N_SAMPLES,)


def test_bagging_gives_the_same_bits_with_two_jobs():
    one, two = (
        BaggingClassifier(RNNClassifier(**TINY), n_estimators=2, random_state=0, n_jobs=n_jobs)
        .fit(TABLE, LABELS)
        .predict_proba(TABLE)
        for n_jobs in (1, 2)
    )
    np.testing.assert_array_equal(one, two)


def test_boosting_weighs_the_samples_of_each_round():
    boosted = AdaBoostClassifier(RNNClassifier(**TINY), n_estimators=2, random_state=0)
    boosted.fit(TABLE, LABELS)
    assert_probabilities(boosted.predict_proba(TABLE))
    assert boosted.score(TABLE, LABELS) > 0.8
    numbers = AdaBoostRegressor(RNNRegressor(**TINY), n_estimators=2, random_state=0)
    assert np.isfinite(numbers.fit(TABLE, TARGETS).predict(TABLE)).all()


def test_a_stack_passes_a_table_through():
    stack = StackingClassifier([("a", RNNClassifier(**TINY))], cv=CV, passthrough=True)
    stack.fit(TABLE, LABELS)
    assert stack.final_estimator_.n_features_in_ == 1 + TABLE.shape[1]


def test_permutation_importance_finds_the_only_timestep_that_matters():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(60, 3))
    labels = (table[:, 2] > 0).astype(int)
    # only the last state can tell timesteps apart in two epochs.
    network = RNNClassifier(**(TINY | {"max_epochs": 20}), pooling="last")
    result = permutation_importance(
        network.fit(table, labels), table, labels, n_repeats=3, random_state=0
    )
    assert result.importances_mean.argmax() == 2


def test_other_tools_for_tables_take_a_table():
    three = np.arange(N_SAMPLES) % 3
    network, numbers = RNNClassifier(**TINY), RNNRegressor(**TINY)
    assert set(OneVsOneClassifier(network).fit(TABLE, three).predict(TABLE)) <= {0, 1, 2}
    up = (LABELS == "up").astype(int)
    chain = ClassifierChain(network).fit(TABLE, np.column_stack([up, 1 - up]))
    assert chain.predict(TABLE).shape == (N_SAMPLES, 2)
    chained = RegressorChain(numbers).fit(TABLE, np.column_stack([TARGETS, -TARGETS]))
    assert chained.predict(TABLE).shape == (N_SAMPLES, 2)
    half = np.where(np.arange(N_SAMPLES) < 8, -1, up)
    assert set(SelfTrainingClassifier(network).fit(TABLE, half).predict(TABLE)) <= {0, 1}
    selector = SequentialFeatureSelector(network, n_features_to_select=2, cv=CV)
    assert selector.fit_transform(TABLE, LABELS).shape == (N_SAMPLES, 2)
    average = partial_dependence(numbers.fit(TABLE, TARGETS), TABLE, [0], grid_resolution=4)
    assert average["average"].shape == (1, 4)


# --------------------------------------------------------------------------------------
# what scikit-learn itself refuses
# --------------------------------------------------------------------------------------

# The guide lists these. Each refuses 3-D arrays with padding, lists of sequences and object arrays
# by itself: the error comes from no line of this package.
REFUSED_BY_SKLEARN: dict[str, Callable[[Any], Any]] = {
    "BaggingClassifier": lambda X: BaggingClassifier(RNNClassifier(**TINY)).fit(X, LABELS),
    "BaggingRegressor": lambda X: BaggingRegressor(RNNRegressor(**TINY)).fit(X, TARGETS),
    "AdaBoostClassifier": lambda X: AdaBoostClassifier(RNNClassifier(**TINY)).fit(X, LABELS),
    "AdaBoostRegressor": lambda X: AdaBoostRegressor(RNNRegressor(**TINY)).fit(X, TARGETS),
    "StackingClassifier(passthrough=True)": lambda X: StackingClassifier(
        [("a", RNNClassifier(**TINY))], cv=CV, passthrough=True
    ).fit(X, LABELS),
    "StackingRegressor(passthrough=True)": lambda X: StackingRegressor(
        [("a", RNNRegressor(**TINY))], cv=KFold(2), passthrough=True
    ).fit(X, TARGETS),
    "OneVsOneClassifier": lambda X: OneVsOneClassifier(RNNClassifier(**TINY)).fit(X, LABELS),
    "ClassifierChain": lambda X: ClassifierChain(RNNClassifier(**TINY)).fit(
        X, np.column_stack([LABELS == "up", LABELS == "down"]).astype(int)
    ),
    "RegressorChain": lambda X: RegressorChain(RNNRegressor(**TINY)).fit(
        X, np.column_stack([TARGETS, TARGETS])
    ),
    "SelfTrainingClassifier": lambda X: SelfTrainingClassifier(RNNClassifier(**TINY)).fit(
        X, np.where(np.arange(N_SAMPLES) < 8, -1, LABELS == "up")
    ),
    "RFE": lambda X: RFE(RNNClassifier(**TINY)).fit(X, LABELS),
    "SequentialFeatureSelector": lambda X: SequentialFeatureSelector(
        RNNClassifier(**TINY), cv=CV
    ).fit(X, LABELS),
    "permutation_importance": lambda X: permutation_importance(
        RNNClassifier(**TINY).fit(X, LABELS), X, LABELS
    ),
    "partial_dependence": lambda X: partial_dependence(
        RNNRegressor(**TINY).fit(X, TARGETS), X, [0]
    ),
    "ColumnTransformer": lambda X: ColumnTransformer([("a", RNNClassifier(**TINY), [0])]).fit(
        X, LABELS
    ),
}


@every_container
@pytest.mark.parametrize("refused", REFUSED_BY_SKLEARN.values(), ids=REFUSED_BY_SKLEARN.keys())
def test_scikit_learn_itself_refuses_sequences(refused, container):
    # IndexError: some index the second axis before they look how many there are.
    with pytest.raises((ValueError, IndexError)) as caught:
        refused(CONTAINERS[container]())
    ours = Path(skrnn.__file__).parent
    raised_in = Path(str(caught.traceback[-1].path))
    assert ours not in raised_in.parents, f"{raised_in} refused, not scikit-learn"


def test_adaboost_takes_a_3d_array_as_long_as_nothing_is_missing():
    full = np.random.default_rng(0).normal(size=(N_SAMPLES, 4, 2))
    full += np.where(LABELS == "up", 1.0, -1.0)[:, None, None]
    boosted = AdaBoostClassifier(RNNClassifier(**TINY), n_estimators=2, random_state=0)
    assert boosted.fit(full, LABELS).score(full, LABELS) > 0.8


def test_recursive_elimination_needs_importances_that_a_network_does_not_have():
    with pytest.raises(ValueError, match="feature_importances_"):
        RFE(RNNClassifier(**TINY)).fit(TABLE, LABELS)
