"""skrnn's own estimators and transformers pass every check, on every container that they read."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.preprocessing import StandardScaler

from skrnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger, RNNTranscriber
from skrnn.preprocessing import PerTimestep, SequencePadder, SequenceScaler, TimeDifferences
from skrnn.testing import parametrize_with_sequence_checks
from skrnn.testing._case import Case, read_kind
from skrnn.testing._input_containers import CONTAINERS
from skrnn.testing._suite import CHECKS, applicable_checks

TINY = {"hidden_size": 4, "max_epochs": 1, "batch_size": 32}
MEASUREMENTS = ["sequences", "tables"]
KINDS = (RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber)


def _every_estimator() -> list[tuple[Any, Any]]:
    pairs: list[tuple[Any, Any]] = [(RNNLanguageModel(**TINY), "tokens")]
    for kind in KINDS:
        pairs.append((kind(**TINY), MEASUREMENTS))
        pairs.append((kind(**TINY, embedding_dim=3), "tokens"))
    # Containers are read before any cell comes in: one of them is enough for the others.
    for cell in ("gru", "rnn"):
        pairs.append((RNNClassifier(**TINY, cell=cell, num_layers=2), "3d_padded"))
        pairs.append((RNNRegressor(**TINY, cell=cell, pooling="attention"), "ragged_list"))
    pairs.append((RNNTagger(**TINY, output_layer="crf"), "3d_padded"))
    for transformer in (SequencePadder(), SequenceScaler(), TimeDifferences()):
        pairs.append((transformer, "sequences"))
    pairs.append((PerTimestep(StandardScaler()), "sequences"))
    return pairs


@pytest.mark.slow
@parametrize_with_sequence_checks(_every_estimator())
def test_every_check_passes(estimator, check):
    check(estimator)


@pytest.mark.slow
@parametrize_with_sequence_checks(
    [(kind(**TINY), "3d_padded") for kind in KINDS]
    + [(RNNClassifier(**TINY, embedding_dim=3), "tokens_ragged")]
)
def test_every_check_passes_on_one_container(estimator, check):
    check(estimator)


def test_every_container_and_every_check_is_run():
    found = [
        (type(estimator).__name__, check)
        for estimator, containers in _every_estimator()
        for check in applicable_checks(estimator, containers, None)
    ]
    # A check that comes to apply to nothing must not go unnoticed.
    assert {check.name for _, check in found} == set(CHECKS)
    for kind in KINDS:
        containers = {check.container for name, check in found if name == kind.__name__}
        assert containers == set(CONTAINERS)


@pytest.mark.slow
@pytest.mark.parametrize("container", CONTAINERS)
def test_what_tells_the_classes_apart_is_learned_from_every_container(container):
    params = {"hidden_size": 8, "max_epochs": 15, "learning_rate": 0.03, "batch_size": 8}
    if CONTAINERS[container].tokens:
        params["embedding_dim"] = 4
    for kind, floor in ((RNNClassifier, 0.9), (RNNRegressor, 0.5), (RNNTagger, 0.9)):
        assert _training_score(kind(**params), container) > floor
    # an alignment is found later than a label
    params |= {"max_epochs": 60, "dropout": 0, "input_noise": 0.1}
    assert _training_score(RNNTranscriber(**params), container) > 0.9


def _training_score(estimator, container: str) -> float:
    case = Case(estimator, CONTAINERS[container], read_kind(estimator, None))
    return case.fitted.score(case.X, case.y)


@pytest.mark.parametrize(("container", "n_features"), [("tokens_padded", 8), ("tokens_ragged", 1)])
def test_token_ids_are_columns_of_an_array_and_one_feature_of_a_list(container, n_features):
    case = Case(RNNClassifier(**TINY, embedding_dim=3), CONTAINERS[container], "classifier")
    assert case.fitted.n_features_in_ == n_features
