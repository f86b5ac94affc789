"""Compiled steps of AdamW against torch's own."""

import copy
import math
import sys

import numpy as np
import pytest
import torch
from sklearn.base import clone
from skorch.callbacks import Callback, Freezer, LRScheduler, Unfreezer
from torch import nn

from skrnn import RNNClassifier
from skrnn._kernels import AdamWSteps, adamw, native

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
    gradients = [weight.grad for weight in weights]
    return [
        *weights,
        *gradients,
        *(one[key] for one in states for key in ("step", "exp_avg", "exp_avg_sq")),
    ]


@pytest.mark.slow
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("clip", [None, 0.5, 1e9])
@pytest.mark.parametrize("settings", [{}, {"weight_decay": 0.3, "betas": (0.5, 0.9), "eps": 1e-3}])
def test_steps_are_those_of_torch_and_both_take_turns(dtype, clip, settings):
    ours, theirs = (weights_and_optimizer(dtype, **settings) for _ in range(2))
    steps = AdamWSteps()
    for number in range(1, 30):
        for weights, optimizer in (ours, theirs):
            set_gradients(weights, number)
            # a schedule writes the rate into the group
            optimizer.param_groups[0]["lr"] = 0.1 / number
        if number % 10:
            assert steps.step(ours[1], clip)
        else:
            if clip is not None:
                nn.utils.clip_grad_norm_(ours[0], clip)
            ours[1].step()
        if clip is not None:
            nn.utils.clip_grad_norm_(theirs[0], clip)
        theirs[1].step()
        # gradients among them, which are clipped afterwards
        for one, other in zip(state_of(*ours), state_of(*theirs), strict=True):
            torch.testing.assert_close(one, other, rtol=TOLERANCE[dtype], atol=TOLERANCE[dtype])
    assert ours[1].state[ours[0][0]]["step"] == 30


def test_what_has_no_gradient_stays():
    weights, optimizer = weights_and_optimizer(shapes=[(4, 3), (4, 3)])
    before = weights[0].detach().clone()
    set_gradients(weights, 1)
    weights[0].grad = None
    others, of_others = weights_and_optimizer(shapes=[(4, 3), (4, 3)])
    set_gradients(others, 1)
    others[0].grad = None
    assert AdamWSteps().step(optimizer, 0.1)
    nn.utils.clip_grad_norm_(others, 0.1)
    of_others.step()
    assert torch.equal(weights[0], before)
    torch.testing.assert_close(weights[1], others[1])
    assert optimizer.state[weights[0]]["step"] == 1
    assert optimizer.state[weights[1]]["step"] == 2


def replace_memory(weights, optimizer):
    weights[4].data = weights[4].data.clone()
    optimizer.state[weights[3]]["exp_avg"].data = torch.full((37,), 0.5)


def replace_tensors(weights, optimizer):
    for weight in weights:
        optimizer.state[weight]["exp_avg"] = torch.zeros_like(weight)


def load_state(weights, optimizer):
    state = copy.deepcopy(optimizer.state_dict())
    state["param_groups"][0]["lr"] = 0.05
    optimizer.load_state_dict(state)


def change_options(weights, optimizer):
    optimizer.param_groups[0].update(betas=(0.5, 0.6), weight_decay=0.2)


@pytest.mark.parametrize(
    "change",
    [replace_memory, replace_tensors, load_state, change_options],
    ids=lambda c: c.__name__,
)
def test_what_changes_between_steps_is_seen_by_the_next(change):
    ours, theirs = (weights_and_optimizer() for _ in range(2))
    steps = AdamWSteps()
    for number in range(1, 5):
        if number == 3:
            old = [one.detach().view_as(one) for one in state_of(*ours)]
            contents = [one.clone() for one in old]
            change(*ours)
            change(*theirs)
            changed = {one.data_ptr() for one in state_of(*ours)}
        for weights, _ in (ours, theirs):
            set_gradients(weights, number)
        assert steps.step(ours[1], None)
        theirs[1].step()
        for one, other in zip(state_of(*ours), state_of(*theirs), strict=True):
            torch.testing.assert_close(one, other, rtol=2e-6, atol=2e-6)
    # memory that belongs to nobody any more, or to somebody else, is left alone
    for one, content in zip(old, contents, strict=True):
        assert one.data_ptr() in changed or torch.equal(one, content)


@pytest.mark.parametrize(
    "key, wrong",
    [("step", "dtype"), ("exp_avg", "dtype"), ("exp_avg", "size"), ("exp_avg", "memory")],
)
def test_a_state_that_does_not_fit_is_left_to_torch(key, wrong):
    weights, optimizer = weights_and_optimizer()
    steps = AdamWSteps()
    set_gradients(weights, 1)
    assert steps.step(optimizer, None)
    before = [weight.detach().clone() for weight in weights]
    state = optimizer.state[weights[3]]
    if wrong == "memory":
        state[key].data = state[key][:3].clone()
    else:
        state[key] = state[key].double() if wrong == "dtype" else state[key][:3].clone()
    assert not steps.step(optimizer, None)
    assert all(map(torch.equal, before, weights))


def test_momentum_too_small_for_a_full_mantissa_ends_at_zero_where_that_saves_time():
    weights, optimizer = weights_and_optimizer()
    set_gradients(weights, 1, scale=0.0)
    optimizer.state[weights[3]]["exp_avg"].fill_(1e-39)
    assert AdamWSteps().step(optimizer, None)
    left = 0.0 if native._IS_X86 else 0.9e-39
    torch.testing.assert_close(
        optimizer.state[weights[3]]["exp_avg"], torch.full((37,), left), rtol=1e-5, atol=0
    )


@pytest.mark.parametrize("wrong", [math.nan, math.inf])
@pytest.mark.parametrize("clip", [None, 1.0])
def test_a_gradient_that_is_not_finite_shows_as_it_does_in_torch(wrong, clip):
    ours, theirs = (weights_and_optimizer() for _ in range(2))
    for weights, _ in (ours, theirs):
        set_gradients(weights, 1)
        weights[3].grad[5] = wrong
    assert AdamWSteps().step(ours[1], clip)
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
    adamw.make_step(*compiled, factors)
    adamw.make_step.py_func(*interpreted, factors)
    np.testing.assert_allclose(compiled, interpreted, rtol=10 * np.finfo(dtype).eps)
    np.testing.assert_allclose(compiled[1], dtype(0.7) * arrays[1], rtol=1e-6)
    total = (arrays[0].astype(float) ** 2).sum()
    assert adamw.sum_of_squares(arrays[0]) == pytest.approx(total, rel=1e-14)
    assert adamw.sum_of_squares.py_func(arrays[0]) == pytest.approx(total, rel=1e-14)


@pytest.mark.parametrize(
    "settings",
    [
        {"amsgrad": True},
        {"maximize": True},
        {"fused": False},
        {"fused": False, "foreach": True},
        {"lr": torch.tensor(0.1)},
        # beside it the roots of numbers count that are taken for 0
        {"eps": 1e-20},
    ],
)
def test_other_options_are_left_to_torch(settings):
    weights, optimizer = weights_and_optimizer(**settings)
    before = state_of(*weights_and_optimizer(**settings))
    assert not AdamWSteps().step(optimizer, 0.1)
    assert all(map(torch.equal, before, state_of(weights, optimizer)))


def test_first_steps_groups_and_weights_in_another_order_are_left_to_torch(monkeypatch):
    weights, optimizer = weights_and_optimizer()
    steps = AdamWSteps()
    assert steps.step(optimizer, None)
    assert not steps.step(torch.optim.AdamW(weights, fused=True), None)
    two = torch.optim.AdamW([{"params": weights[:2]}, {"params": weights[2:]}], fused=True)
    two.step()
    assert not steps.step(two, None)
    transposed = nn.Parameter(torch.randn(4, 3).t())
    transposed.grad = torch.ones(4, 3).t()
    odd = torch.optim.AdamW([transposed], fused=True)
    odd.step()
    assert not steps.step(odd, None)
    weights[4].grad = weights[4].grad.t().contiguous().t()
    assert not steps.step(optimizer, None)
    set_gradients(weights, 1)
    assert steps.step(optimizer, None)
    monkeypatch.setenv("SKRNN_FUSED", "0")
    assert not steps.step(optimizer, None)


def test_an_optimizer_somebody_watches_is_left_to_torch():
    _, optimizer = weights_and_optimizer()
    steps = AdamWSteps()
    module = sys.modules[torch.optim.Optimizer.__module__]
    for register in (
        optimizer.register_step_pre_hook,
        optimizer.register_step_post_hook,
        module.register_optimizer_step_pre_hook,
        module.register_optimizer_step_post_hook,
    ):
        handle = register(lambda *_: None)
        assert not steps.step(optimizer, None)
        handle.remove()
        assert steps.step(optimizer, None)
    optimizer.grad_scale = torch.tensor(2.0)
    assert not steps.step(optimizer, None)
    del optimizer.grad_scale
    torch.optim.lr_scheduler.StepLR(optimizer, 1)
    assert not steps.step(optimizer, None)


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


class EpochListener(Callback):
    """Hears of epochs alone; with ``hooks`` the optimizer tells it of every step."""

    def __init__(self, hooks=False):
        self.hooks = hooks
        self.norms_, self.n_steps_ = [], []

    def on_train_begin(self, net, **_):
        if self.hooks:
            net.optimizer_.register_step_post_hook(lambda *_: self.n_steps_.append(1))


class BatchListener(EpochListener):
    """Hears of batches, too, and of what is left of their gradients."""

    def on_batch_end(self, net, training, **_):
        if training:
            squares = [float((one.grad**2).sum()) for one in net.module_.parameters()]
            self.norms_.append(math.sqrt(sum(squares)))


class Meddler(Callback):
    """Loads other moments and another rate into the optimizer, before a batch or its step."""

    def __init__(self, when):
        self.when = when

    def meddle(self, net):
        if net.optimizer_.state:
            load_state(None, net.optimizer_)

    def on_batch_begin(self, net, training, **_):
        if training and self.when == "batch":
            self.meddle(net)

    def on_grad_computed(self, net, **_):
        if self.when == "gradient":
            self.meddle(net)


@pytest.fixture
def torch_alone(monkeypatch):
    """Call it, and all steps are torch's."""
    return lambda: monkeypatch.setattr(AdamWSteps, "step", lambda *_: False)


def test_most_steps_of_a_fit_are_compiled(data, network, monkeypatch):
    answers = []
    step = AdamWSteps.step

    def noted(self, *arguments):
        answers.append(step(self, *arguments))
        return answers[-1]

    monkeypatch.setattr(AdamWSteps, "step", noted)
    clone(network).fit(*data)
    # 4 batches in each of 4 epochs, and the first step of all is torch's
    assert answers == [False] + [True] * 15


@pytest.mark.parametrize(
    "settings",
    [
        {"gradient_clip": None},
        {"gradient_clip": 0.05},
        {"callbacks": [Meddler("batch")]},
        {"callbacks": [Meddler("gradient")]},
        {"callbacks": [Freezer("encoder*")]},
        {"callbacks": [Unfreezer("encoder*", at=3)]},
    ],
    ids=["plain", "clip", "batch", "gradient", "frozen", "unfrozen"],
)
def test_compiled_steps_train_as_torch_does(data, network, settings, torch_alone):
    estimator = clone(network).set_params(**settings)
    found = chances_of(estimator, data)
    torch_alone()
    np.testing.assert_allclose(found, chances_of(estimator, data), rtol=1e-4, atol=1e-6)


def test_who_listens_changes_no_bit_of_a_fit(data, network):
    expected = chances_of(network, data)
    for listener in (EpochListener(), BatchListener()):
        estimator = clone(network).set_params(callbacks=[listener])
        assert np.array_equal(chances_of(estimator, data), expected)


def test_who_looks_at_gradients_after_an_update_sees_them_clipped(data, network):
    estimator = clone(network).set_params(
        gradient_clip=0.01, callbacks=[("hears", BatchListener())]
    )
    norms = dict(estimator.fit(*data).net_.callbacks_)["hears"].norms_
    np.testing.assert_allclose(norms, [0.01] * 16, rtol=1e-3)


@pytest.mark.parametrize("kind", [EpochListener, BatchListener])
def test_a_callbacks_hook_hears_of_every_step(data, network, kind):
    fitted = clone(network).set_params(callbacks=[("hears", kind(hooks=True))]).fit(*data)
    assert len(dict(fitted.net_.callbacks_)["hears"].n_steps_) == 16


def test_a_schedule_of_torch_counts_the_steps(data, network):
    schedule = LRScheduler("StepLR", step_size=1, gamma=0.5)
    estimator = clone(network).set_params(
        callbacks=[schedule], learning_rate_schedule="constant", learning_rate=0.01
    )
    # torch would warn of a schedule that moves on before the first step; warnings are errors here
    rates = [one["learning_rate"] for one in estimator.fit(*data).net_.history]
    assert rates[-1] < rates[0]
