"""The optimizer that estimators use is torch's AdamW, and imports less."""

import copy
import pickle
import subprocess
import sys

import pytest
import torch
from torch import nn

from skrnn import RNNClassifier
from skrnn._training.optimizer import EagerAdamW
from tests.conftest import make_ragged

SETTINGS = {"lr": 0.03, "weight_decay": 0.2, "betas": (0.8, 0.95)}
TINY = {"hidden_size": 4, "max_epochs": 2, "batch_size": 16, "random_state": 0}


def optimizer_of(kind, **settings):
    generator = torch.Generator().manual_seed(0)
    weights = [nn.Parameter(torch.randn(shape, generator=generator)) for shape in ((3, 2), (5,))]
    return kind(weights, **SETTINGS | settings)


def weights_of(optimizer):
    return optimizer.param_groups[0]["params"]


def set_gradients(optimizer, seed):
    generator = torch.Generator().manual_seed(seed)
    for weight in weights_of(optimizer):
        weight.grad = torch.randn(weight.shape, generator=generator)


def equal(one, other):
    return all(map(torch.equal, weights_of(one), weights_of(other)))


@pytest.mark.parametrize("settings", [{}, {"fused": True}, {"foreach": True}, {"amsgrad": True}])
def test_its_steps_have_the_bits_of_torch(settings):
    ours, theirs = (optimizer_of(kind, **settings) for kind in (EagerAdamW, torch.optim.AdamW))
    for number in range(5):
        for optimizer in (ours, theirs):
            optimizer.zero_grad()
            assert weights_of(optimizer)[0].grad is None
            set_gradients(optimizer, number)
            optimizer.step()
    assert equal(ours, theirs)
    assert all(weight.requires_grad and weight.is_leaf for weight in weights_of(ours))


def test_a_closure_computes_its_gradients_though_the_step_records_none():
    optimizer = optimizer_of(EagerAdamW)

    def closure():
        assert torch.is_grad_enabled()
        optimizer.zero_grad()
        loss = sum((weight**2).sum() for weight in weights_of(optimizer))
        loss.backward()
        return loss

    first = optimizer.step(closure)
    assert optimizer.step(closure) < first
    assert torch.is_grad_enabled()


def test_hooks_hear_of_each_step_once():
    optimizer, heard = optimizer_of(EagerAdamW), []
    # torch wraps the step of a class when its first instance is made.
    optimizer_of(torch.optim.AdamW), optimizer_of(EagerAdamW)
    optimizer.register_step_pre_hook(lambda *_: heard.append("before"))
    optimizer.register_step_post_hook(lambda *_: heard.append("after"))
    set_gradients(optimizer, 0)
    optimizer.step()
    assert heard == ["before", "after"]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda one: pickle.loads(pickle.dumps(one))])
def test_a_copy_goes_on_as_the_original(copied):
    optimizer = optimizer_of(EagerAdamW)
    set_gradients(optimizer, 0)
    optimizer.step()
    other = copied(optimizer)
    for one in (optimizer, other):
        set_gradients(one, 1)
        one.step()
    assert type(other) is EagerAdamW and equal(optimizer, other)


def test_its_state_is_exchanged_with_torch():
    ours, theirs = optimizer_of(EagerAdamW), optimizer_of(torch.optim.AdamW, lr=1.0)
    set_gradients(ours, 0)
    ours.step()
    with torch.no_grad():
        for weight, other in zip(weights_of(theirs), weights_of(ours), strict=True):
            weight.copy_(other)
    # torch takes over the tensors of a state, not their values.
    theirs.load_state_dict(copy.deepcopy(ours.state_dict()))
    ours.load_state_dict(copy.deepcopy(theirs.state_dict()))
    for one in (ours, theirs):
        set_gradients(one, 1)
        one.step()
    assert equal(ours, theirs)


def test_estimators_learn_the_same_with_it_and_with_that_of_torch():
    X, y = make_ragged(40)
    params = {"optimizer": torch.optim.AdamW}
    ours = RNNClassifier(**TINY).fit(X, y)
    theirs = RNNClassifier(**TINY, net_params=params).fit(X, y)
    assert type(ours.net_.optimizer_) is EagerAdamW
    assert type(theirs.net_.optimizer_) is torch.optim.AdamW
    assert theirs.net_.optimizer_.defaults == ours.net_.optimizer_.defaults
    assert (ours.predict_proba(X) == theirs.predict_proba(X)).all()


FIRST_FITS = """
import sys
import warnings
import numpy as np
from skrnn import (
    RNNClassifier, RNNForecaster, RNNLanguageModel, RNNRegressor, RNNTagger, RNNTranscriber
)

warnings.simplefilter("ignore")
X = np.random.default_rng(0).normal(size=(30, 12, 3))
y = np.arange(30) % 2
tokens = np.arange(180).reshape(30, 6) % 7 + 1
tags = [np.arange(12) % 2] * 30
series = np.sin(np.arange(120.0))
texts = ["the cat sat on the mat"] * 30
tiny = {"hidden_size": 4, "max_epochs": 1, "random_state": 0}

FITS = {
    "classifier": lambda: RNNClassifier(**tiny).fit(X, y).predict(X),
    "early stopping": lambda: RNNClassifier(**tiny, early_stopping=True).fit(X, y),
    "float64": lambda: RNNClassifier(**tiny, dtype="float64").fit(X, y),
    "warm start": lambda: RNNClassifier(**tiny, warm_start=True).fit(X, y).fit(X, y),
    "tokens": lambda: RNNClassifier(**tiny, embedding_dim=3).fit(tokens, y),
    "segments": lambda: RNNClassifier(**tiny, segment_length=3).fit(X, y),
    "regressor": lambda: RNNRegressor(**tiny).fit(X, y).predict(X),
    "tagger": lambda: RNNTagger(**tiny).fit(list(X), tags).predict(list(X)),
    "segment decoder": lambda: RNNForecaster(3, **tiny, decoder="segment").fit(series).predict(),
    "direct decoder": lambda: RNNForecaster(3, **tiny, decoder="direct").fit(series).predict(),
    "recursive decoder": lambda: RNNForecaster(3, **tiny, decoder="recursive").fit(series),
    "language model": lambda: RNNLanguageModel(**tiny).fit(texts).perplexity(texts),
    "transcriber": lambda: RNNTranscriber(**tiny).fit(list(X), ["ab", "ba"] * 15),
}
for name, fit in FITS.items():
    fit()
    for module in ("torch._dynamo", "sympy"):
        if module in sys.modules:
            sys.exit(f"{name}: its fit imports {module}")
"""


@pytest.mark.slow
@pytest.mark.parametrize("fused", ["1", "0"])
def test_a_fit_imports_neither_torchs_compiler_nor_sympy(fused, monkeypatch):
    # either takes longer to import than a small fit takes.
    monkeypatch.setenv("SKRNN_FUSED", fused)
    ended = subprocess.run(
        [sys.executable, "-c", FIRST_FITS], capture_output=True, text=True, timeout=300
    )
    assert ended.returncode == 0, ended.stderr
