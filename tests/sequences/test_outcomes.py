"""Two models are mixed in the share that makes what neither has seen most likely."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.metrics import log_loss

from skrnn._sequences.outcomes import (
    USUAL_SHARE,
    ClassOutcomes,
    LabelOutcomes,
    NumberOutcomes,
    mix,
)

RNG = np.random.default_rng(0)
N = 300
CLASSES = RNG.integers(3, size=N)
LABELS = RNG.integers(2, size=(N, 4))
NUMBERS = RNG.normal(size=(N, 2))
KINDS = {
    "classes": (ClassOutcomes(3), CLASSES, np.eye(3)[CLASSES]),
    "labels": (LabelOutcomes(), LABELS, LABELS),
    "numbers": (NumberOutcomes(), NUMBERS, NUMBERS),
}
kinds = pytest.mark.parametrize("kind", KINDS)


def outputs_near(exact: np.ndarray, noise: float) -> np.ndarray:
    return 2 * exact + noise * RNG.normal(size=exact.shape)


@kinds
def test_the_better_model_has_the_larger_share(kind):
    outcomes, targets, exact = KINDS[kind]
    good = outcomes.predictions(outputs_near(exact, 0.1 if kind != "numbers" else 0.0) / 1.0)
    if kind == "numbers":
        good = exact + 0.1 * RNG.normal(size=exact.shape)
    poor = outcomes.predictions(RNG.normal(size=exact.shape))
    assert outcomes.share(good, poor, targets, None) > 0.9
    assert outcomes.share(poor, good, targets, None) < 0.1


@kinds
def test_a_share_has_a_smaller_loss_than_its_neighbours(kind):
    outcomes, targets, exact = KINDS[kind]
    one = outcomes.predictions(outputs_near(exact, 1.5))
    other = outcomes.predictions(outputs_near(exact, 1.5))
    weight = RNG.uniform(0.5, 1.5, size=N)

    def loss(share):
        prior = USUAL_SHARE * np.log(share) + (1 - USUAL_SHARE) * np.log(1 - share)
        return outcomes.loss(mix(one, other, share), targets, weight) - 3 * prior

    share = outcomes.share(one, other, targets, weight)
    assert 0 < share < 1
    assert loss(share) <= min(loss(share - 0.02), loss(share + 0.02))


@kinds
def test_equal_models_get_the_usual_share(kind):
    outcomes, targets, exact = KINDS[kind]
    one = outcomes.predictions(outputs_near(exact, 1.0))
    assert outcomes.share(one, one, targets, None) == pytest.approx(USUAL_SHARE, abs=1e-4)


def test_losses_are_those_of_scikit_learn():
    probabilities = ClassOutcomes(3).predictions(RNG.normal(size=(N, 3)))
    weight = RNG.uniform(0.5, 1.5, size=N)
    expected = log_loss(CLASSES, probabilities, sample_weight=weight, normalize=False)
    assert ClassOutcomes(3).loss(probabilities, CLASSES, weight) == pytest.approx(expected)
    probabilities = LabelOutcomes().predictions(RNG.normal(size=(N, 4)))
    expected = np.mean(
        [log_loss(LABELS[:, j], probabilities[:, j], normalize=False) for j in range(4)]
    )
    assert LabelOutcomes().loss(probabilities, LABELS, None) == pytest.approx(expected)


def test_a_factor_makes_linear_outputs_as_sure_as_they_are_right():
    outcomes = ClassOutcomes(3)
    outputs = 0.1 * outputs_near(np.eye(3)[CLASSES], 1.0)
    factor = outcomes.factor(outputs, CLASSES, None)
    losses = [
        outcomes.loss(outcomes.predictions(scale * factor * outputs), CLASSES, None)
        for scale in (0.9, 1.0, 1.1)
    ]
    assert losses[1] == min(losses)
    assert NumberOutcomes().factor(outputs, NUMBERS, None) == 1.0


def test_an_impossible_class_has_a_large_finite_loss():
    certain = np.array([[1.0, 0.0, 0.0]])
    assert 100 < ClassOutcomes(3).loss(certain, np.array([1]), None) < 1000
