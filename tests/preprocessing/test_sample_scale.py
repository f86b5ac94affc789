"""Samples whose scales differ by orders of magnitude."""

from __future__ import annotations

import numpy as np
import pytest

from skrnn import RNNClassifier
from skrnn._input.jagged import JaggedSequences
from skrnn.preprocessing._sample_scale import SampleScale, sample_mean_and_std
from skrnn.preprocessing._statistics import FeatureStatistics


def jagged(samples: list[np.ndarray]) -> JaggedSequences:
    lengths = np.array([len(x) for x in samples])
    return JaggedSequences(np.concatenate(samples), lengths)


def where_needed(sequences: JaggedSequences, scale: np.ndarray, sample_weight: np.ndarray | None):
    return SampleScale.where_needed(sample_mean_and_std(sequences)[1], scale, sample_weight)


def waves(n_samples: int, scales: np.ndarray, seed: int = 0):
    """Noisy waves of one or two periods, each of its own scale."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_samples) % 2
    time = np.linspace(0, 2 * np.pi, 20)
    X = [
        scale * (np.sin((1 + label) * time) + rng.normal(0, 0.3, 20))[:, None]
        for label, scale in zip(y, scales, strict=True)
    ]
    return X, y


SCALES = 10.0 ** np.random.default_rng(1).uniform(-4, 1, size=60)


def test_own_scales_are_learned_only_where_they_differ_by_orders_of_magnitude():
    X, _ = waves(60, SCALES)
    assert where_needed(jagged(X), np.ones(1), None) is not None
    X, _ = waves(60, np.ones(60))
    assert where_needed(jagged(X), np.ones(1), None) is None
    assert where_needed(jagged([np.zeros((3, 1))] * 4), np.ones(1), None) is None


def test_constant_samples_do_not_count_whatever_their_length_and_level():
    rng = np.random.default_rng(0)
    for n_timesteps in (4, 7, 30, 100):
        X = [rng.normal(size=(n_timesteps, 1)) for _ in range(30)]
        X += [np.full((n_timesteps, 1), level) for level in rng.normal(size=20).round(1)]
        assert where_needed(jagged(X), np.ones(1), None) is None


def test_moments_are_numpys_whatever_the_block():
    rng = np.random.default_rng(0)
    X = [rng.normal(3, 2, size=(n, 2)) for n in rng.integers(1, 40_000, size=8)]
    mean, std = sample_mean_and_std(jagged(X))
    np.testing.assert_allclose(mean, [x.mean(axis=0) for x in X])
    np.testing.assert_allclose(std, [x.std(axis=0) for x in X])


def test_the_shape_has_mean_0_and_deviation_1_in_every_sample_and_the_scale_is_constant():
    X, _ = waves(60, SCALES)
    scale = where_needed(jagged(X), np.ones(1), None)
    inputs = scale.inputs(jagged(X)).reshape(60, 20, 2)
    np.testing.assert_allclose(inputs[:, :, 0].mean(axis=1), 0, atol=1e-9)
    large = SCALES > 1e-2
    np.testing.assert_allclose(inputs[large][:, :, 0].std(axis=1), 1, rtol=1e-3)
    assert (inputs[:, :, 1] == inputs[:, :1, 1]).all()
    order = np.argsort([x.std() for x in X])
    assert (np.diff(inputs[order, 0, 1]) > 0).all()
    np.testing.assert_allclose(inputs[:, 0, 1].mean(), 0, atol=1e-9)


def test_a_weight_of_two_is_two_samples():
    X, _ = waves(60, SCALES)
    weight = np.arange(60) % 3 + 1
    weighted = where_needed(jagged(X), np.ones(1), weight.astype(float))
    repeated = where_needed(
        jagged([X[i] for i in np.repeat(np.arange(60), weight)]), np.ones(1), None
    )
    np.testing.assert_allclose(weighted.mean, repeated.mean)
    np.testing.assert_allclose(weighted.scale, repeated.scale)


def test_missing_values_and_constant_samples_give_finite_inputs():
    X, _ = waves(60, SCALES)
    X[3] = np.full((1, 1), 2.0)
    X[4] = np.full((5, 1), -1.0)
    X[5][2:9] = np.nan
    statistics = FeatureStatistics.from_sequences(
        jagged(X), None, standardize="auto", dtype="float32"
    )
    assert statistics.sample_scale is not None
    prepared = statistics.prepare(jagged(X))
    assert prepared.values.shape[1] == statistics.n_inputs == 4
    assert np.isfinite(prepared.values).all()


@pytest.mark.slow
@pytest.mark.parametrize("standardize", ["auto", True])
def test_small_samples_are_told_apart_only_with_their_own_scale(standardize):
    X, y = waves(60, SCALES)
    X_test, y_test = waves(60, SCALES[::-1], seed=2)
    classifier = RNNClassifier(
        hidden_size=16,
        max_epochs=60,
        standardize=standardize,
        linear_model=False,
        random_state=0,
    )
    accuracy = classifier.fit(X, y).score(X_test, y_test)
    assert accuracy > 0.9 if standardize == "auto" else accuracy < 0.85
