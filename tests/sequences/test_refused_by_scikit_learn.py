"""What scikit-learn itself refuses to do with sequences."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import (
    AdaBoostClassifier,
    AdaBoostRegressor,
    BaggingClassifier,
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
)
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.feature_selection import RFE, SequentialFeatureSelector
from sklearn.inspection import partial_dependence, permutation_importance
from sklearn.model_selection import KFold
from sklearn.multiclass import OneVsOneClassifier
from sklearn.multioutput import (
    ClassifierChain,
    RegressorChain,
)
from sklearn.semi_supervised import SelfTrainingClassifier

import skrnn
from skrnn import RNNClassifier, RNNRegressor
from tests.sequences.pipelines import (
    CONTAINERS,
    CV,
    LABELS,
    N_SAMPLES,
    TABLE,
    TARGETS,
    TINY,
    every_container,
)

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
