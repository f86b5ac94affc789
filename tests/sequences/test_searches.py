"""scikit-learn's searches over pipelines of sequences."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import loguniform
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.model_selection import (
    GridSearchCV,
    HalvingGridSearchCV,
    KFold,
    RandomizedSearchCV,
)
from sklearn.pipeline import make_pipeline

from skrnn import RNNClassifier, RNNRegressor
from skrnn.preprocessing import PerTimestep, SequenceScaler
from tests.sequences.pipelines import (
    CONTAINERS,
    CV,
    LABELS,
    N_SAMPLES,
    TARGETS,
    TINY,
    classifier,
    every_case,
    every_container,
    every_parallel_case,
    given,
    ragged_list,
)


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


@pytest.mark.slow
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


@pytest.mark.slow
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


@pytest.mark.slow
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
