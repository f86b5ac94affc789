"""The linear model is scikit-learn's, and what is left out is predicted as by another fit."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from skrnn._sequences.ridge import RidgePath

RNG = np.random.default_rng(0)
SHAPES = {"more samples": (40, 12), "more features": (25, 70), "as many": (20, 20)}


@pytest.fixture(params=SHAPES, ids=SHAPES.get)
def data(request):
    n_samples, n_features = SHAPES[request.param]
    features = RNG.random((n_samples, n_features)).astype(np.float32)
    targets = features[:, :2] - features[:, 2:4] + 0.1 * RNG.normal(size=(n_samples, 2))
    return features, targets, RNG.uniform(0.2, 3.0, size=n_samples)


def fit(features, targets, weight, penalty):
    # scikit-learn's penalty is compared with the sum of the weights; ours are 1 in the mean.
    return Ridge(alpha=penalty).fit(features, targets, sample_weight=weight)


def standardized(features, weight):
    return StandardScaler().fit(features.astype(np.float64), sample_weight=weight)


@pytest.mark.parametrize("is_weighted", [False, True])
@pytest.mark.parametrize("penalty", [0.01, 3.0])
def test_coefficients_and_left_out_samples_are_those_of_scikit_learn(data, is_weighted, penalty):
    features, targets, weight = data
    weight = weight if is_weighted else None
    path = RidgePath(features, targets, weight)
    mean_weight = np.ones(len(features)) if weight is None else weight / weight.mean()
    scaled = standardized(features, weight).transform(features.astype(np.float64))

    weights, intercepts = path.coefficients(penalty)
    expected = fit(scaled, targets, mean_weight, penalty).predict(scaled)
    np.testing.assert_allclose(features @ weights + intercepts, expected, atol=1e-8)

    for part in (np.array([3]), np.array([1, 5, 9, 17])):
        rest = np.setdiff1d(np.arange(len(features)), part)
        model = fit(scaled[rest], targets[rest], mean_weight[rest], penalty)
        expected = model.predict(scaled[part])
        np.testing.assert_allclose(path.leave_out(penalty, part), expected, atol=1e-6)
        if len(part) == 1:
            np.testing.assert_allclose(path.leave_one_out(penalty)[part], expected, atol=1e-6)


def test_constant_features_predict_the_mean_of_the_others():
    targets = RNG.normal(size=(10, 1))
    path = RidgePath(np.full((10, 3), 0.25, dtype=np.float32), targets)
    weights, intercepts = path.coefficients(1.0)
    np.testing.assert_allclose(weights, 0, atol=1e-15)
    np.testing.assert_allclose(intercepts, targets.mean(axis=0))
    others = (targets.sum() - targets) / 9
    np.testing.assert_allclose(path.leave_one_out(1.0), others)
