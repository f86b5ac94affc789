"""Small data and small networks that several chapters are tested on."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from skorch.callbacks import Callback

from skrnn import RNNClassifier, RNNRegressor

# A single direction and few units: a fit takes some 20 milliseconds.
TINY: dict[str, Any] = {
    "hidden_size": 4,
    "bidirectional": False,
    "max_epochs": 3,
    "batch_size": 8,
    "learning_rate": 0.05,
    "random_state": 0,
}
# One batch of everything in double precision and nothing random: what is equal on paper is then
# equal to rounding.
STRICT = TINY | {
    "batch_size": 10**6,
    "dropout": 0.0,
    "input_noise": 0.0,
    "dtype": "float64",
    "early_stopping": False,
    "segment_length": 1,
}
N = 32


def make_data(n_samples: int = N, seed: int = 0):
    """Ragged sequences of two features with a large offset; their level tells class and target."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    X = [10 + rng.normal(2.0 * label - 1.0, 0.7, size=(rng.integers(3, 8), 2)) for label in y]
    return X, y, np.array([x.mean() for x in X])


X, Y, TARGETS = make_data()
X_VAL, Y_VAL, TARGETS_VAL = make_data(12, seed=1)
X_NEW, _, _ = make_data(10, seed=2)
TOKENS = [[2, 3, 2], [4, 5, 4, 4]] * (N // 2)
ESTIMATORS = {
    "classifier": (RNNClassifier, Y, Y_VAL),
    "regressor": (RNNRegressor, TARGETS, TARGETS_VAL),
}
both = pytest.mark.parametrize(("make", "y", "y_val"), ESTIMATORS.values(), ids=ESTIMATORS.keys())


def scores(model, X=X_NEW) -> np.ndarray:
    """Whatever a model predicts as numbers."""
    return model.predict_proba(X) if isinstance(model, RNNClassifier) else model.predict(X)


def weights(model) -> dict[str, np.ndarray]:
    return {k: v.numpy().copy() for k, v in model.net_.module_.state_dict().items()}


class Watcher(Callback):
    """Keep what the training loop hands to callbacks at the end of an epoch."""

    def on_epoch_end(self, net, dataset_train=None, dataset_valid=None, **kwargs):
        self.train = dataset_train.X
        self.valid = None if dataset_valid is None else dataset_valid.X


def watched(model):
    return next(c for _, c in model.net_.callbacks_ if isinstance(c, Watcher))


CONSTANT = TINY | {"learning_rate_schedule": "constant", "early_stopping": False}
