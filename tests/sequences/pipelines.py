"""Data in every container, and pipelines over it, for scikit-learn's own tools.

Each tool runs over pipelines with the package's transformers, on a 3-D array, on ragged sequences
in a list and in an object array, and on texts. ``error_score="raise"`` throughout: a search must
not hide an error behind NaN.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from sklearn.decomposition import PCA
from sklearn.experimental import enable_halving_search_cv  # noqa: F401  (makes the next import work)
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import Pipeline, make_pipeline

from skrnn import RNNClassifier
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


def assert_probabilities(probabilities: np.ndarray, n_classes: int = 2) -> None:
    assert probabilities.shape == (N_SAMPLES, n_classes)
    assert (probabilities >= 0).all()
    np.testing.assert_allclose(probabilities.sum(axis=1), 1, rtol=1e-6)
