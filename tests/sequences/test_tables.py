"""scikit-learn's tools that want two dimensions, over tables of univariate sequences."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.feature_selection import SequentialFeatureSelector
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.multiclass import OneVsOneClassifier
from sklearn.multioutput import (
    ClassifierChain,
    RegressorChain,
)
from sklearn.semi_supervised import SelfTrainingClassifier

from skrnn import RNNClassifier, RNNRegressor
from tests.sequences.pipelines import (
    CV,
    LABELS,
    N_SAMPLES,
    TABLE,
    TARGETS,
    TINY,
    assert_probabilities,
)


def test_bagging_averages_networks_on_bootstrap_samples():
    bag = BaggingClassifier(RNNClassifier(**TINY), n_estimators=3, random_state=0)
    bag.fit(TABLE, LABELS)
    members = [member.predict_proba(TABLE) for member in bag.estimators_]
    np.testing.assert_allclose(bag.predict_proba(TABLE), np.mean(members, axis=0), rtol=1e-9)
    assert bag.score(TABLE, LABELS) > 0.8
    numbers = BaggingRegressor(RNNRegressor(**TINY), n_estimators=2, random_state=0)
    assert numbers.fit(TABLE, TARGETS).predict(TABLE).shape == (N_SAMPLES,)


@pytest.mark.slow
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
