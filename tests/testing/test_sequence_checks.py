"""The sequence checks over skrnn's estimators, over one of our own making, and over broken ones."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.exceptions import NotFittedError
from sklearn.utils.validation import check_is_fitted

from skrnn import RNNClassifier, RNNLanguageModel, RNNRegressor, RNNTagger, RNNTranscriber
from tests import sequence_checks as all_checks
from tests.sequence_checks import (
    CONTAINERS,
    Case,
    applicable_checks,
    parametrize_with_sequence_checks,
    sequence_checks,
)

MEASUREMENTS = [name for name, container in CONTAINERS.items() if not container.tokens]
TOKENS = [name for name, container in CONTAINERS.items() if container.tokens]

TINY = {"hidden_size": 4, "max_epochs": 1, "batch_size": 32}


def _pairs() -> list[tuple[Any, str]]:
    pairs = []
    for kind in (RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber):
        pairs += [(kind(**TINY), name) for name in MEASUREMENTS]
        pairs += [(kind(**TINY, embedding_dim=3), name) for name in TOKENS]
    # The containers are read before any cell comes in: two of them are enough for the others.
    for cell in ("gru", "rnn"):
        pairs.append((RNNClassifier(**TINY, cell=cell, num_layers=2), "3d_padded"))
        pairs.append((RNNRegressor(**TINY, cell=cell, pooling="attention"), "ragged_list"))
    pairs.append((RNNTagger(**TINY, output_layer="crf"), "3d_padded"))
    pairs += [(RNNLanguageModel(**TINY), name) for name in TOKENS]
    return pairs


@parametrize_with_sequence_checks(_pairs())
def test_estimators_keep_scikit_learns_promises_on_sequences(estimator, container, check):
    check(estimator, container)


def test_every_check_that_can_apply_is_run():
    counts: dict[tuple[str, str], int] = {}
    names = set()
    for estimator, container, check in sequence_checks(_pairs()):
        key = (type(estimator).__name__, container)
        counts[key] = counts.get(key, 0) + 1
        names.add(check.__name__)
    total = sum(counts.values())
    print(f"\n{total} sequence checks, {len(names)} different ones:", counts)
    # A check that comes to apply to nothing, or a container that is lost, must not go unnoticed.
    kinds = ("RNNClassifier", "RNNRegressor", "RNNTagger", "RNNTranscriber")
    expected = {(kind, name) for kind in kinds for name in CONTAINERS}
    assert counts.keys() == expected | {("RNNLanguageModel", name) for name in TOKENS}
    assert names == {name for name in dir(all_checks) if name.startswith("check_")}
    assert total == 1524


# --------------------------------------------------------------------------------------
# learning: one promise that needs more than a tiny network
# --------------------------------------------------------------------------------------


@pytest.mark.parametrize("container", CONTAINERS)
def test_what_tells_the_classes_apart_is_learned_from_every_container(container):
    params = {"hidden_size": 8, "max_epochs": 15, "learning_rate": 0.03, "batch_size": 8}
    if CONTAINERS[container].tokens:
        params["embedding_dim"] = 4
    for kind, floor in ((RNNClassifier, 0.9), (RNNRegressor, 0.5), (RNNTagger, 0.9)):
        case = Case(kind(**params), container)
        assert case.fitted.score(case.X, case.y) > floor
    # an alignment is found later than a label
    params |= {"max_epochs": 60, "dropout": 0, "input_noise": 0.1}
    case = Case(RNNTranscriber(**params), container)
    assert case.fitted.score(case.X, case.y) > 0.9


# --------------------------------------------------------------------------------------
# the checks themselves: they take any estimator, and they notice what is wrong
# --------------------------------------------------------------------------------------


class NearestMean(ClassifierMixin, BaseEstimator):
    """Compares the mean timestep of a sample with that of each class, and counts the classes."""

    def __init__(self, shrinkage: float = 0.0) -> None:
        self.shrinkage = shrinkage

    def fit(self, X, y, sample_weight=None):
        y = np.asarray(y)
        if len(X) != len(y):
            raise ValueError(f"X has {len(X)} samples and y has {len(y)}")
        self.classes_ = np.unique(y)
        means = self._summaries(X)
        self.n_features_in_ = means.shape[1]
        weight = np.ones(len(y)) if sample_weight is None else np.asarray(sample_weight, float)
        if weight.shape != (len(y),):
            raise ValueError(f"sample_weight has shape {weight.shape}")
        self.centers_ = np.stack(
            [np.average(means[y == k], axis=0, weights=weight[y == k]) for k in self.classes_]
        )
        self.log_prior_ = np.log([weight[y == k].sum() for k in self.classes_])
        return self

    def predict(self, X):
        check_is_fitted(self)
        return self.classes_[self._scores(X).argmax(axis=1)]

    def predict_proba(self, X):
        scores = np.exp(self._scores(X))
        return scores / scores.sum(axis=1, keepdims=True)

    def _scores(self, X):
        check_is_fitted(self)
        means = self._summaries(X)
        if means.shape[1] != self.n_features_in_:
            raise ValueError(f"X has {means.shape[1]} features, not {self.n_features_in_}")
        return self.log_prior_ - ((means[:, None, :] - self.centers_) ** 2).sum(axis=2)

    def _summaries(self, X):
        if len(X) == 0:
            raise ValueError("X has no samples")
        means = np.stack([np.nanmean(x, axis=0) for x in X])
        if np.isinf(means).any():
            raise ValueError("X holds infinity")
        return means


@parametrize_with_sequence_checks(
    # a sample per row, features last: the containers that it reads.
    (NearestMean(), name)
    for name in ("3d", "3d_padded", "ragged_list", "object_array", "series_of_arrays")
)
def test_an_estimator_from_elsewhere_can_be_run_through_the_checks(estimator, container, check):
    check(estimator, container)


class OverwritesItsInput(NearestMean):
    def fit(self, X, y, sample_weight=None):
        X[0][0] = 0.0
        return super().fit(X, y, sample_weight)


class ReadsItsBatchMates(NearestMean):
    def _scores(self, X):
        scores = super()._scores(X)
        return scores - scores.mean(axis=0)


class DrawsFromGlobalState(NearestMean):
    def __init__(self, random_state=None):
        self.random_state = random_state

    def fit(self, X, y, sample_weight=None):
        super().fit(X, y, sample_weight)
        self.centers_ = self.centers_ + np.random.normal(size=self.centers_.shape)  # noqa: NPY002
        return self


class ReturnsPositions(NearestMean):
    def predict(self, X):
        return self._scores(X).argmax(axis=1)


class CountsItsCalls(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.n_calls_ = 0
        return super().fit(X, y, sample_weight)

    def predict(self, X):
        self.n_calls_ += 1
        return super().predict(X)


class ForgetsTheUnderscore(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.learned = True
        return super().fit(X, y, sample_weight)


class KeepsAFunction(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.link_ = lambda scores: scores
        return super().fit(X, y, sample_weight)


class ChangesItsParameters(NearestMean):
    def fit(self, X, y, sample_weight=None):
        self.shrinkage = float(len(y))
        return super().fit(X, y, sample_weight)


class AcceptsAnyWidth(NearestMean):
    def _scores(self, X):
        check_is_fitted(self)
        means = self._summaries(X)[:, :1]
        return -((means[:, None, :] - self.centers_[:, :1]) ** 2).sum(axis=2)


class IgnoresWeights(NearestMean):
    def fit(self, X, y, sample_weight=None):
        return super().fit(X, y)


class AddsUpFits(NearestMean):
    def fit(self, X, y, sample_weight=None):
        before = getattr(self, "centers_", 0.0)
        super().fit(X, y, sample_weight)
        self.centers_ = self.centers_ + before
        return self


class AnswersUnfitted(NearestMean):
    def predict_proba(self, X):
        try:
            return super().predict_proba(X)
        except NotFittedError:
            return np.zeros((len(X), 2))


@pytest.mark.parametrize(
    ("broken", "noticed_by"),
    [
        (OverwritesItsInput, "check_inputs_stay_as_they_were"),
        (OverwritesItsInput, "check_read_only_input_is_read"),
        (ReadsItsBatchMates, "check_other_samples_change_no_output"),
        (DrawsFromGlobalState, "check_same_random_state_same_bits"),
        (DrawsFromGlobalState, "check_fitting_again_gives_the_same"),
        (ReturnsPositions, "check_labels_of_every_type_are_given_back"),
        (CountsItsCalls, "check_outputs_leave_the_estimator_as_it_was"),
        (ForgetsTheUnderscore, "check_what_fit_learns_has_a_trailing_underscore"),
        (KeepsAFunction, "check_pickle_and_joblib_keep_every_output"),
        (ChangesItsParameters, "check_parameters_survive_clone_fit_and_set_params"),
        (AcceptsAnyWidth, "check_another_number_of_features_is_refused"),
        (IgnoresWeights, "check_a_weight_of_zero_is_no_sample"),
        (AddsUpFits, "check_fit_forgets_the_data_of_an_earlier_fit"),
        (AnswersUnfitted, "check_outputs_before_fit_are_refused"),
    ],
)
@pytest.mark.parametrize("container", ["3d", "ragged_list"])
def test_a_broken_promise_is_noticed(broken, noticed_by, container):
    checks = {check.__name__: check for check in applicable_checks(broken(), container)}
    # pickle says PicklingError or AttributeError, numpy that the array is read-only.
    with pytest.raises(Exception):  # noqa: B017
        checks[noticed_by](broken(), container)


def test_a_container_of_the_checks_holds_the_sequences_it_was_given():
    for container in CONTAINERS.values():
        X = container.build(container.sequences())
        lengths = {len(x) for x in container.sequences()}
        assert (len(lengths) > 1) == container.ragged
        assert len(X) == len(container.sequences())
        if isinstance(X, (pd.DataFrame, pd.Series)):
            assert not isinstance(X.index, pd.RangeIndex)
