"""Dropout and noise are drawn from generators of their own."""

from __future__ import annotations

import pytest
import torch

from skrnn.modules import (
    SeededDropout,
    SeededNoise,
    VariationalDropout,
)
from tests.modules.layers import generator

# --------------------------------------------------------------------------------------
# dropout
# --------------------------------------------------------------------------------------


def test_dropout_drops_the_share_p_and_keeps_the_expected_value():
    dropout = SeededDropout(0.3).train()
    dropout.generator = generator()
    y = dropout(torch.ones(200_000))
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 1 / 0.7]))
    # 0.3 of 200,000 draws has a standard deviation of 0.001.
    assert float((y == 0).double().mean()) == pytest.approx(0.3, abs=0.005)
    assert float(y.double().mean()) == pytest.approx(1.0, abs=0.01)


def test_dropout_is_the_identity_in_evaluation_and_for_p_zero():
    x = torch.randn(50, generator=generator())
    assert SeededDropout(0.9).eval()(x) is x
    assert SeededDropout(0.0).train()(x) is x


def test_dropout_draws_from_its_own_generator_alone():
    dropout = SeededDropout(0.5).train()
    before = torch.get_rng_state()
    dropout.generator = generator(1)
    first, second = dropout(torch.ones(100)), dropout(torch.ones(100))
    dropout.generator = generator(1)
    assert torch.equal(dropout(torch.ones(100)), first)
    assert not torch.equal(first, second)
    assert torch.equal(torch.get_rng_state(), before)


def test_dropout_scales_gradients_as_it_scales_values():
    dropout = SeededDropout(0.5).train()
    dropout.generator = generator()
    x = torch.ones(100, requires_grad=True)
    y = dropout(x)
    y.sum().backward()
    torch.testing.assert_close(x.grad, y.detach())


def test_variational_dropout_leaves_the_same_elements_out_at_all_timesteps():
    dropout = VariationalDropout(0.3).train()
    dropout.generator = generator()
    y = dropout(torch.ones(100, 7, 200))
    assert torch.equal(y, y[:, :1].expand_as(y))
    torch.testing.assert_close(y.unique(), torch.tensor([0.0, 1 / 0.7]))
    # 0.3 of 20,000 draws has a standard deviation of 0.0033.
    assert float((y == 0).double().mean()) == pytest.approx(0.3, abs=0.015)
    x = torch.randn(2, 3, 4, generator=generator())
    assert dropout.eval()(x) is x


# --------------------------------------------------------------------------------------
# noise
# --------------------------------------------------------------------------------------


def test_noise_has_the_asked_scale_and_leaves_padding_at_zero():
    noise = SeededNoise(0.2).train()
    noise.generator = generator()
    x = torch.zeros(2, 20_000, 2)
    added = noise(x, torch.tensor([20_000, 5]))
    assert float(added[0].std()) == pytest.approx(0.2, rel=0.02)
    assert abs(float(added[0].mean())) < 0.005
    assert (added[1, :5] != 0).all()
    assert (added[1, 5:] == 0).all()


def test_noise_is_drawn_in_training_from_its_own_generator_alone():
    x = torch.ones(1, 50, 1)
    assert SeededNoise(0.2).eval()(x) is x
    assert SeededNoise(0.0).train()(x) is x
    noise = SeededNoise(0.2).train()
    before = torch.get_rng_state()
    draws = []
    for seed in (1, 1, 2):
        noise.generator = generator(seed)
        draws.append(noise(x))
    assert torch.equal(draws[0], draws[1])
    assert not torch.equal(draws[0], draws[2])
    assert (x == 1).all()
    assert torch.equal(torch.get_rng_state(), before)
