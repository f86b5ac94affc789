"""Compiled steps of AdamW against torch's own."""

import math
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback, LRScheduler
from torch import nn

from skrnn import RNNClassifier
from skrnn.kernels import AdamWSteps, _adamw

# a number alone, few and many; whole vectors, and some left over
SHAPES = [(), (1,), (3, 2), (37,), (24, 8)]
TOLERANCE = {torch.float32: 2e-6, torch.float64: 1e-14}


def weights_and_optimizer(dtype=torch.float32, shapes=SHAPES, **settings):
    """Weights with gradients, and an optimizer that has made one step."""
    generator = torch.Generator().manual_seed(0)
    weights = [
        nn.Parameter(torch.randn(shape, generator=generator, dtype=dtype)) for shape in shapes
    ]
    optimizer = torch.optim.AdamW(weights, **({"fused": True} | settings))
    set_gradients(weights, 0)
    optimizer.step()
    return weights, optimizer


def set_gradients(weights, seed, scale=1.0):
    generator = torch.Generator().manual_seed(seed)
    for weight in weights:
        draws = torch.randn(weight.shape, generator=generator, dtype=weight.dtype)
        weight.grad = scale * draws


def state_of(weights, optimizer):
    states = [optimizer.state[weight] for weight in weights]
    return [*weights, *(one[key] for one in states for key in ("step", "exp_avg", "exp_avg_sq"))]


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("clip", [None, 0.5, 1e9])
@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.3, "betas": (0.5, 0.9), "eps": 1e-3}])
def test_steps_are_those_of_torch_and_both_take_turns(dtype, clip, settings):
    ours, theirs = (weights_and_optimizer(dtype, **settings) for _ in range(2))
    steps = AdamWSteps.of(ours[1])
    for number in range(1, 30):
        for weights, optimizer in (ours, theirs):
            set_gradients(weights, number)
            # a schedule writes the rate into the group
            optimizer.param_groups[0]["lr"] = 0.1 / number
        if number % 10:
            steps.step(clip)
        else:
            if clip is not None:
                nn.utils.clip_grad_norm_(ours[0], clip)
            ours[1].step()
        if clip is not None:
            nn.utils.clip_grad_norm_(theirs[0], clip)
        theirs[1].step()
        for one, other in zip(state_of(*ours), state_of(*theirs), strict=True):
            torch.testing.assert_close(one, other, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert ours[1].state[ours[0][0]]["step"] == 30


def test_what_has_no_gradient_stays_and_others_may_lie_in_any_order():
    weights, optimizer = weights_and_optimizer(shapes=[(4, 3), (4, 3)])
    before = weights[0].detach().clone()
    set_gradients(weights, 1)
    weights[0].grad, weights[1].grad = None, weights[1].grad.t().contiguous().t()
    others, of_others = weights_and_optimizer(shapes=[(4, 3), (4, 3)])
    set_gradients(others, 1)
    AdamWSteps.of(optimizer).step(0.1)
    others[0].grad = None
    nn.utils.clip_grad_norm_(others, 0.1)
    of_others.step()
    assert torch.equal(weights[0], before)
    torch.testing.assert_close(weights[1], others[1])
    assert optimizer.state[weights[0]]["step"] == 1
    assert optimizer.state[weights[1]]["step"] == 2


def test_steps_go_on_where_a_weight_lies_now():
    weights, optimizer = weights_and_optimizer()
    steps = AdamWSteps.of(optimizer)
    old = weights[4].data
    weights[4].data = old.clone()
    steps.step(None)
    assert not torch.equal(weights[4], old)


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize("clip", [None, 1.0])
def test_a_gradient_that_is_not_finite_shows_as_it_does_in_torch(wrong, clip):
    ours, theirs = (weights_and_optimizer() for _ in range(2))
    for weights, _ in (ours, theirs):
        set_gradients(weights, 1)
        weights[3].grad[5] = wrong
    AdamWSteps.of(ours[1]).step(clip)
    if clip is not None:
        nn.utils.clip_grad_norm_(theirs[0], clip)
    theirs[1].step()
    for one, other in zip(ours[0], theirs[0], strict=True):
        assert torch.equal(one.isfinite(), other.isfinite())
    assert not ours[0][3].isfinite().all()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_source_in_python_does_what_was_compiled(dtype):
    rng = np.random.default_rng(0)
    arrays = rng.normal(size=(4, 11)).astype(dtype)
    arrays[3] **= 2
    compiled, interpreted = arrays.copy(), arrays.copy()
    factors = (0.7, 0.9, 0.999, 0.01, 0.5, 1e-8, 0.99)
    _adamw.make_step(*compiled, factors)
    _adamw.make_step.py_func(*interpreted, factors)
    np.testing.assert_allclose(compiled, interpreted, rtol=10 * np.finfo(dtype).eps)
    assert np.array_equal(compiled[1], arrays[1])
    total = (arrays[0].astype(float) ** 2).sum()
    assert _adamw.sum_of_squares(arrays[0]) == pytest.approx(total, rel=1e-14)
    assert _adamw.sum_of_squares.py_func(arrays[0]) == pytest.approx(total, rel=1e-14)


class OwnAdamW(torch.optim.AdamW):
    """Somebody's own optimizer."""


@pytest.mark.parametrize(
    "settings",
    [
        {"amsgrad": True},
        {"maximize": True},
        {"fused": False},
        {"fused": False, "foreach": True},
        {"lr": torch.tensor(0.1)},
    ],
)
def test_other_options_are_left_to_torch(settings):
    _, optimizer = weights_and_optimizer(**settings)
    assert AdamWSteps.of(optimizer) is None


def test_other_optimizers_weights_and_a_first_step_are_left_to_torch(monkeypatch):
    weights, optimizer = weights_and_optimizer()
    assert isinstance(AdamWSteps.of(optimizer), AdamWSteps)
    assert AdamWSteps.of(torch.optim.SGD(weights)) is None
    assert AdamWSteps.of(torch.optim.AdamW(weights, fused=True)) is None
    own = OwnAdamW(weights, fused=True)
    own.step()
    assert AdamWSteps.of(own) is None
    two = torch.optim.AdamW([{"params": weights[:2]}, {"params": weights[2:]}], fused=True)
    two.step()
    assert AdamWSteps.of(two) is None
    transposed = nn.Parameter(torch.randn(4, 3).t())
    transposed.grad = torch.ones(3, 4)
    odd = torch.optim.AdamW([transposed], fused=True)
    odd.step()
    assert AdamWSteps.of(odd) is None
    monkeypatch.setenv("SKRNN_FUSED", "0")
    assert AdamWSteps.of(optimizer) is None


def test_an_optimizer_somebody_watches_is_left_to_torch():
    _, optimizer = weights_and_optimizer()
    module = sys.modules[torch.optim.Optimizer.__module__]
    for register in (
        optimizer.register_step_pre_hook,
        optimizer.register_step_post_hook,
        module.register_optimizer_step_pre_hook,
        module.register_optimizer_step_post_hook,
    ):
        handle = register(lambda *_: None)
        assert AdamWSteps.of(optimizer) is None
        handle.remove()
        assert AdamWSteps.of(optimizer) is not None
    torch.optim.lr_scheduler.StepLR(optimizer, 1)
    assert AdamWSteps.of(optimizer) is None


# -- in training -------------------------------------------------------------------------


@pytest.fixture(scope="module")
def data():
    rng = np.random.default_rng(0)
    X = rng.normal(size=(60, 7, 2)).astype(np.float32)
    return X, (X.mean(axis=(1, 2)) > 0).astype(int)


@pytest.fixture(scope="module")
def network():
    return RNNClassifier(cell="gru", hidden_size=4, max_epochs=4, batch_size=16, random_state=0)


def chances_of(estimator, data):
    return clone(estimator).fit(*data).predict_proba(data[0])


class Listener(Callback):
    """Hears of every batch, and has the optimizer tell it of every step."""

    def __init__(self, hooks=False):
        self.hooks = hooks
        self.gradients_, self.n_steps_ = [], []

    def on_train_begin(self, net, **_):
        if self.hooks:
            net.optimizer_.register_step_post_hook(lambda *_: self.n_steps_.append(1))

    def on_epoch_begin(self, net, **_):
        # what a callback loads takes the place of what the optimizer had
        if net.optimizer_.state:
            net.optimizer_.load_state_dict(net.optimizer_.state_dict())


class BatchListener(Listener):
    """The same, with gradients."""

    def on_grad_computed(self, net, **_):
        self.gradients_.append(float(net.module_.head.weight.grad.abs().sum()))


def test_most_steps_of_a_fit_are_compiled(data, network, monkeypatch):
    calls = []
    step = AdamWSteps.step
    monkeypatch.setattr(
        AdamWSteps, "step", lambda self, clip: (calls.append(clip), step(self, clip))
    )
    clone(network).set_params(gradient_clip=0.5).fit(*data)
    # 4 batches in each of 4 epochs, and the first step of all is torch's
    assert calls == [0.5] * 15


@pytest.mark.parametrize("clip", [None, 0.05])
def test_compiled_steps_train_as_torch_does(data, network, clip, monkeypatch):
    estimator = clone(network).set_params(gradient_clip=clip)
    found = chances_of(estimator, data)
    monkeypatch.setattr(AdamWSteps, "of", classmethod(lambda cls, optimizer: None))
    np.testing.assert_allclose(found, chances_of(estimator, data), rtol=1e-3, atol=1e-5)


def test_who_listens_to_batches_changes_no_bit_of_a_fit(data, network):
    expected = chances_of(network, data)
    listener = BatchListener()
    estimator = clone(network).set_params(callbacks=[listener])
    assert np.array_equal(chances_of(estimator, data), expected)
    assert np.array_equal(
        chances_of(clone(network).set_params(callbacks=[Listener()]), data), expected
    )


@pytest.mark.parametrize("kind", [Listener, BatchListener])
def test_a_callbacks_hook_hears_of_every_step(data, network, kind):
    fitted = clone(network).set_params(callbacks=[("hears", kind(hooks=True))]).fit(*data)
    listener = dict(fitted.net_.callbacks_)["hears"]
    assert len(listener.n_steps_) == 16
    assert len(listener.gradients_) == (16 if kind is BatchListener else 0)


def test_a_schedule_of_torch_counts_the_steps(data, network):
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.5)
    estimator = clone(network).set_params(
        callbacks=[schedule], learning_rate_schedule="constant", learning_rate=0.01
    )
    # torch would warn of a schedule that moves on before the first step; warnings are errors here
    rates = [one["learning_rate"] for one in estimator.fit(*data).net_.history]
    assert rates[-1] < rates[0]
