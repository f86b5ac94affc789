"""An estimator that a user derives from ours keeps the parts in step."""

from __future__ import annotations

import numpy as np
from sklearn.metrics import accuracy_score, r2_score

from skrnn import RNNClassifier, RNNRegressor
from tests.conftest import make_ragged

TINY = {"hidden_size": 4, "max_epochs": 2, "random_state": 0}
X, Y = make_ragged(30)


def test_a_regressor_that_changes_its_predictions_is_scored_by_them():
    class Clipped(RNNRegressor):
        def predict(self, X):
            return np.clip(super().predict(X), 0.0, 0.5)

    y = Y + np.linspace(0, 1, len(Y))
    fitted = Clipped(**TINY).fit(X, y)
    assert fitted.score(X, y) == r2_score(y, fitted.predict(X))


def test_a_classifier_that_changes_its_predictions_is_scored_by_them():
    class Contrary(RNNClassifier):
        def predict(self, X):
            return 1 - super().predict(X)

    fitted = Contrary(**TINY).fit(X, Y)
    assert fitted.score(X, Y) == accuracy_score(Y, fitted.predict(X))
