"""How a step of training is taken: learning rate, gradient clipping and weight decay."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from skrnn import RNNClassifier
from skrnn._training.schedules import SCHEDULES, schedule_factor
from tests.sequences.small_networks import STRICT, TINY, X, Y, weights


def flat_weights(model) -> np.ndarray:
    return np.concatenate([w.ravel() for w in weights(model).values()]).astype(np.float64)


def test_the_schedules_have_their_shapes():
    progress = np.linspace(0, 1, 301)
    curves = {name: [schedule_factor(name, p) for p in progress] for name in SCHEDULES}
    assert set(curves["constant"]) == {1.0}
    assert curves["cosine"][0] == pytest.approx(1)
    assert (np.diff(curves["cosine"]) < 0).all()
    one_cycle = np.array(curves["one_cycle"])
    peak = one_cycle.argmax()
    assert 0 < progress[peak] < 0.5
    assert one_cycle[peak] == pytest.approx(1)
    assert (np.diff(one_cycle[: peak + 1]) > 0).all()
    assert (np.diff(one_cycle[peak:]) < 0).all()
    for name in ("cosine", "one_cycle"):
        assert 0 < curves[name][-1] < 0.001


@pytest.mark.parametrize("schedule", SCHEDULES)
def test_the_history_tells_the_learning_rate(schedule):
    settings = TINY | {"max_epochs": 10}
    model = RNNClassifier(**settings, learning_rate_schedule=schedule).fit(X, Y)
    rates = np.array([epoch["learning_rate"] for epoch in model.history_])
    assert (rates <= TINY["learning_rate"] * (1 + 1e-12)).all()
    if schedule == "constant":
        assert (rates == TINY["learning_rate"]).all()
    else:
        assert rates[-1] < 0.1 * rates.max()


def one_step(**changes):
    """Make one update of plain gradient descent with a learning rate of 1."""
    settings = STRICT | {
        "max_epochs": 1,
        "learning_rate": 1.0,
        "learning_rate_schedule": "constant",
        "weight_decay": 0.0,
        "net_params": {"optimizer": torch.optim.SGD},
    }
    return flat_weights(RNNClassifier(**(settings | changes)).fit(X, Y))


def test_a_step_is_no_longer_than_the_gradient_is_clipped_to():
    start = one_step(learning_rate=1e-30)
    unclipped = np.linalg.norm(one_step(gradient_clip=None) - start)
    for clip in (1e-3, 1e-2):
        assert unclipped > clip
        step = np.linalg.norm(one_step(gradient_clip=clip) - start)
        np.testing.assert_allclose(step, clip, rtol=1e-3)
    generous = np.linalg.norm(one_step(gradient_clip=1e6) - start)
    np.testing.assert_allclose(generous, unclipped, rtol=1e-9)


def test_weight_decay_shrinks_the_weights():
    norms = [
        np.linalg.norm(flat_weights(RNNClassifier(**TINY, weight_decay=decay).fit(X, Y)))
        for decay in (0.0, 1.0, 10.0)
    ]
    assert norms[0] > norms[1] > norms[2]
