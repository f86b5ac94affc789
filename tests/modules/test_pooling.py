"""Pooling of states over time, by hand."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from skrnn.modules import (
    RecurrentEncoder,
    SequencePooling,
)
from skrnn.modules.pooling import POOLINGS
from tests.modules.layers import HIDDEN, LENGTHS, N_FEATURES, every_stack, generator, seeded

# Two samples of width 2; the second is one step long, and junk stands behind it.
STATES = torch.tensor(
    [[[1.0, -4.0], [3.0, 0.0], [2.0, -2.0]], [[5.0, 7.0], [99.0, 99.0], [-99.0, 9.0]]]
)
STATE_LENGTHS = torch.tensor([3, 1])


@pytest.mark.parametrize(
    ("method", "expected"),
    [
        ("last", [[2.0, -2.0], [5.0, 7.0]]),
        ("mean", [[2.0, -2.0], [5.0, 7.0]]),
        ("max", [[3.0, 0.0], [5.0, 7.0]]),
    ],
)
def test_pooling_by_hand(method, expected):
    pooling = SequencePooling((method,), 2, bidirectional=False)
    torch.testing.assert_close(pooling(STATES, STATE_LENGTHS), torch.tensor(expected))
    torch.testing.assert_close(pooling(STATES[:1]), torch.tensor(expected[:1]))


def test_last_of_a_bidirectional_state_takes_the_backward_half_from_the_first_step():
    pooling = SequencePooling(("last",), 2, bidirectional=True)
    expected = torch.tensor([[2.0, -4.0], [5.0, 7.0]])
    torch.testing.assert_close(pooling(STATES, STATE_LENGTHS), expected)
    torch.testing.assert_close(pooling(STATES[:1]), expected[:1])


def test_attention_by_hand():
    pooling = SequencePooling(("attention",), 1, bidirectional=False)
    with torch.no_grad():
        pooling.attention_hidden.weight.fill_(1.0)
        pooling.attention_hidden.bias.fill_(0.0)
        pooling.attention_score.weight.fill_(2.0)
    states = torch.tensor([[[0.0], [1.0], [50.0]]])
    # softmax of 2 tanh(0) and 2 tanh(1) over the two valid steps; the junk step has weight 0.
    share = math.exp(2 * math.tanh(1)) / (1 + math.exp(2 * math.tanh(1)))
    pooled = pooling(states, torch.tensor([2]))
    np.testing.assert_allclose(float(pooled.detach()), share, rtol=1e-6)
    valid = torch.tensor([[[True], [True], [False]]])
    weights = pooling.attention_weights(states, valid).detach().ravel()
    np.testing.assert_allclose(weights, [1 - share, share, 0.0], rtol=1e-6)


def test_several_poolings_are_concatenated_in_the_given_order():
    pooling = SequencePooling(("max", "last", "mean"), 2, bidirectional=False)
    assert pooling.output_size == 6
    torch.testing.assert_close(
        pooling(STATES, STATE_LENGTHS),
        torch.tensor([[3.0, 0.0, 2.0, -2.0, 2.0, -2.0], [5.0, 7.0, 5.0, 7.0, 5.0, 7.0]]),
    )


def test_last_states_are_pooled_without_the_others_and_other_poolings_ask_for_them():
    last = torch.ones(2, 2)
    assert torch.equal(SequencePooling(("last",), 2, bidirectional=False)(None, None, last), last)
    pooling = SequencePooling(("last", "max"), 2, bidirectional=False)
    assert pooling.reads_states
    with pytest.raises(ValueError, match=r"states: got None.*'max'"):
        pooling(None, None, last)


@every_stack
def test_last_states_of_a_stack_are_those_beside_the_others(
    cell, num_layers, bidirectional, dropout
):
    encoder = seeded(
        RecurrentEncoder(
            *(N_FEATURES, HIDDEN),
            num_layers=num_layers,
            cell=cell,
            bidirectional=bidirectional,
            dropout=dropout,
        )
    ).eval()
    x = torch.randn(len(LENGTHS), 7, N_FEATURES, generator=generator())
    for lengths in (None, LENGTHS):
        assert torch.equal(encoder.last_states(x, lengths), encoder.encode(x, lengths)[1])


@pytest.mark.parametrize("method", POOLINGS)
def test_padding_behind_a_state_never_gets_a_gradient(method):
    pooling = seeded(SequencePooling((method,), 2, bidirectional=True))
    states = STATES.clone().requires_grad_()
    pooling(states, STATE_LENGTHS).sum().backward()
    assert (states.grad[1, 1:] == 0).all()
    assert (states.grad[0] != 0).any()
