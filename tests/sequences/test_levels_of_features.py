"""Adding a level to the features, or changing their unit, changes no answer."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn import RNNClassifier, RNNRegressor, RNNTagger, RNNTranscriber
from skrnn.preprocessing import SequenceScaler
from tests.conftest import pad

TINY = {"hidden_size": 4, "max_epochs": 2, "random_state": 0}
rng = np.random.default_rng(0)
# Whole numbers of 1/2**10, so that a level of 1e9 rounds nothing away.
X = [rng.integers(0, 2**10, size=(n, 2)) / 2**10 for n in rng.integers(5, 9, size=24)]
MEANS = np.array([x[:, 0].mean() for x in X])
CLASSES = np.where(MEANS > np.median(MEANS), "high", "low")
LABELS = [np.where(x[:, 0] > 0.5, "up", "down") for x in X]
TEXTS = ["".join("ab"[int(v > 0.5)] for v in x[::3, 0]) for x in X]

ESTIMATORS = {
    "classifier": (RNNClassifier(**TINY), CLASSES, "predict_proba"),
    "regressor": (RNNRegressor(**TINY), MEANS, "predict"),
    "tagger": (RNNTagger(**TINY), LABELS, "predict_proba"),
    "transcriber": (RNNTranscriber(**TINY, num_layers=1, segment_length=1), TEXTS, "predict_proba"),
}
# level, unit: counters, seconds since 1970, readings of a meter, prices in small units, volts
CHANGES = {
    "a counter": (1e9, 1.0),
    "seconds since 1970": (1.7e9, 1024.0),
    "a level in a small unit": (-1e3, 2.0**-20),
    "a tiny unit": (0.0, 2.0**-50),
}


def answers(estimator, y, method, samples):
    outputs = getattr(estimator.fit(samples, y), method)(samples)
    return np.concatenate([np.ravel(output) for output in outputs])


@pytest.fixture(scope="module")
def plain():
    return {name: answers(*case, X) for name, case in ESTIMATORS.items()}


@pytest.mark.parametrize("kind", ESTIMATORS)
@pytest.mark.parametrize("change", CHANGES)
def test_answers_stay_when_a_level_is_added_and_the_unit_changes(plain, kind, change):
    level, unit = CHANGES[change]
    moved = answers(*ESTIMATORS[kind], [level + unit * x for x in X])
    np.testing.assert_allclose(moved, plain[kind], rtol=0, atol=1e-5)


@pytest.mark.parametrize("standardize", [True, "robust"])
def test_whichever_statistics_are_taken(standardize):
    classifier = RNNClassifier(**TINY, standardize=standardize)
    low = answers(classifier, CLASSES, "predict_proba", X)
    high = answers(classifier, CLASSES, "predict_proba", [1e9 + 1024 * x for x in X])
    np.testing.assert_allclose(high, low, rtol=0, atol=1e-5)


def test_integers_are_read_to_all_their_digits(plain):
    counters = [10**9 + (x * 2**10).astype(np.int64) for x in X]
    moved = answers(*ESTIMATORS["classifier"], counters)
    np.testing.assert_allclose(moved, plain["classifier"], rtol=0, atol=1e-5)


def test_a_float32_level_of_a_thousand_is_read_to_all_its_digits(plain):
    moved = answers(*ESTIMATORS["classifier"], [(1e3 + x).astype(np.float32) for x in X])
    np.testing.assert_allclose(moved, plain["classifier"], rtol=0, atol=1e-5)


def test_samples_with_scales_of_their_own_keep_their_shape_at_a_level():
    # Every second sample is 1/1024 as large, so that the samples' own scales are inputs.
    scaled = [x * (1 if i % 2 else 2.0**-10) for i, x in enumerate(X)]
    low = RNNClassifier(**TINY).fit(scaled, CLASSES)
    assert low.statistics_.sample_scale is not None
    moved = [2.0**20 + x for x in scaled]
    high = RNNClassifier(**TINY).fit(moved, CLASSES)
    np.testing.assert_allclose(
        high.predict_proba(moved), low.predict_proba(scaled), rtol=0, atol=1e-5
    )


@pytest.mark.parametrize("level, unit", [(1e9, 1.0), (-1e6, 2.0**-10), (0.0, 1e-30)])
def test_targets_move_along_with_their_level_and_unit(plain, level, unit):
    moved = answers(RNNRegressor(**TINY), level + unit * MEANS, "predict", X)
    spread = np.ptp(MEANS)
    np.testing.assert_allclose(
        (moved - level) / unit, plain["regressor"], rtol=0, atol=1e-5 * spread
    )


@pytest.mark.parametrize("params", [{}, {"per_sample": True}, {"standardize": "robust"}])
@pytest.mark.parametrize("change", CHANGES)
def test_the_scaler_is_blind_to_level_and_unit(params, change):
    level, unit = CHANGES[change]
    scaler = SequenceScaler(**params)
    plain = pad(scaler.fit_transform(X))
    moved = pad(scaler.fit_transform([level + unit * x for x in X]))
    np.testing.assert_allclose(moved, plain, rtol=0, atol=1e-5)
