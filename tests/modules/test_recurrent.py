"""The recurrent encoder is held against torch's own layers."""

from __future__ import annotations

import itertools
import math

import numpy as np
import pytest
import torch
from torch import nn

from skrnn._kernels.torch_recurrence import flip_within_length
from skrnn.modules import RecurrentEncoder
from skrnn.modules.recurrent import CELLS
from tests.modules.layers import HIDDEN, LENGTHS, N_FEATURES, every_stack, generator, inputs, seeded

TORCH_LAYERS = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}


def pair(cell, num_layers, bidirectional, dropout, dtype=torch.float64):
    """An encoder of ours and torch's own layer, without shared weights yet."""
    ours = RecurrentEncoder(
        N_FEATURES,
        HIDDEN,
        num_layers=num_layers,
        cell=cell,
        bidirectional=bidirectional,
        dropout=dropout,
    )
    theirs = TORCH_LAYERS[cell](
        N_FEATURES,
        HIDDEN,
        num_layers=num_layers,
        bidirectional=bidirectional,
        # torch warns about dropout that one layer has no place for.
        dropout=dropout if num_layers > 1 else 0.0,
        batch_first=True,
    )
    return seeded(ours, 1).to(dtype).eval(), seeded(theirs, 2).to(dtype).eval()


@every_stack
def test_a_state_dict_moves_from_torch_and_back(cell, num_layers, bidirectional, dropout):
    ours, theirs = pair(cell, num_layers, bidirectional, dropout)
    assert list(ours.state_dict()) == list(theirs.state_dict())
    given = {name: value.clone() for name, value in theirs.state_dict().items()}
    ours.load_state_dict(theirs.state_dict(), strict=True)
    seeded(theirs, 9)
    theirs.load_state_dict(ours.state_dict(), strict=True)
    for name, value in theirs.state_dict().items():
        torch.testing.assert_close(value, given[name], rtol=0, atol=0)


@every_stack
def test_equal_weights_give_torchs_outputs_on_every_sample_alone(
    cell, num_layers, bidirectional, dropout
):
    for dtype, tolerance in ((torch.float64, 1e-12), (torch.float32, 1e-6)):
        ours, theirs = pair(cell, num_layers, bidirectional, dropout, dtype)
        ours.load_state_dict(theirs.state_dict(), strict=True)
        x = inputs(dtype)
        whole = ours(x)
        ragged = ours(x, LENGTHS)
        torch.testing.assert_close(whole, theirs(x)[0], rtol=0, atol=tolerance)
        for i, length in enumerate(LENGTHS):
            alone = theirs(x[i : i + 1, :length])[0][0]
            torch.testing.assert_close(ragged[i, :length], alone, rtol=0, atol=tolerance)


@every_stack
def test_equal_weights_give_torchs_gradients(cell, num_layers, bidirectional, dropout):
    ours, theirs = pair(cell, num_layers, bidirectional, dropout)
    ours.load_state_dict(theirs.state_dict(), strict=True)
    our_x = inputs().requires_grad_()
    their_x = inputs().requires_grad_()
    # random weights in the sum, so that no gradient cancels by symmetry.
    factor = torch.randn(
        *our_x.shape[:2], ours.output_size, generator=generator(4), dtype=torch.float64
    )
    valid = (torch.arange(our_x.shape[1]) < LENGTHS[:, None])[..., None]
    (ours(our_x, LENGTHS) * factor * valid).sum().backward()
    for i, length in enumerate(LENGTHS):
        alone = theirs(their_x[i : i + 1, :length])[0][0]
        (alone * factor[i, :length]).sum().backward()
    torch.testing.assert_close(our_x.grad, their_x.grad, rtol=0, atol=1e-12)
    for name, parameter in theirs.named_parameters():
        torch.testing.assert_close(
            dict(ours.named_parameters())[name].grad, parameter.grad, rtol=0, atol=1e-11
        )


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_what_stands_behind_a_length_moves_no_valid_state_and_gets_no_gradient(cell):
    ours, _ = pair(cell, 2, True, 0.0)
    x = inputs()
    valid = (torch.arange(x.shape[1]) < LENGTHS[:, None])[..., None]
    junk = torch.where(valid, x, torch.full_like(x, 1e3)).requires_grad_()
    states = ours(junk, LENGTHS)
    expected = ours(torch.where(valid, x, 0.0), LENGTHS)
    torch.testing.assert_close(
        torch.where(valid, states, 0.0), torch.where(valid, expected, 0.0), rtol=0, atol=0
    )
    torch.where(valid, states, 0.0).sum().backward()
    assert (torch.where(valid, 0.0, junk.grad) == 0).all()


def test_dropout_between_layers_acts_in_training_only_and_only_below_the_last_layer():
    x = inputs(torch.float32)
    one = seeded(RecurrentEncoder(N_FEATURES, HIDDEN, num_layers=1, dropout=0.5)).train()
    torch.testing.assert_close(one(x), one.eval()(x))
    two = seeded(RecurrentEncoder(N_FEATURES, HIDDEN, num_layers=2, dropout=0.5)).train()
    two.between_layers.generator = generator()
    dropped = two(x)
    assert not torch.allclose(dropped, two.eval()(x))


def test_the_simple_recurrence_is_the_papers_formula():
    encoder = seeded(RecurrentEncoder(1, 1, cell="rnn"))
    w_ih, w_hh, b_ih, b_hh = (float(p.detach().reshape(())) for p in encoder.weights(0, 0))
    h1 = math.tanh(w_ih * 0.5 + b_ih + b_hh)
    h2 = math.tanh(w_ih * -2.0 + b_ih + w_hh * h1 + b_hh)
    states = encoder(torch.tensor([[[0.5], [-2.0]]]))
    np.testing.assert_allclose(states.detach().ravel(), [h1, h2], rtol=1e-5)


@pytest.mark.parametrize("cell", sorted(CELLS))
def test_a_recurrence_starts_orthogonal_in_every_gate_and_follows_the_generator(cell):
    encoder = RecurrentEncoder(N_FEATURES, 16, cell=cell, num_layers=2, bidirectional=True)
    encoder.reset_parameters(generator(5))
    for layer, direction in itertools.product(range(2), range(2)):
        _, recurrent, bias_ih, bias_hh = encoder.weights(layer, direction)
        for gate in recurrent.split(16):
            # keeps the length of every state it is applied to.
            torch.testing.assert_close(gate @ gate.T, torch.eye(16), rtol=0, atol=1e-5)
        bias = (bias_ih + bias_hh).split(16)
        expected = [float(cell == "lstm" and gate == 1) for gate in range(CELLS[cell])]
        # the LSTM's second gate forgets; a bias of 1 lets it start with remembering.
        assert [set(part.tolist()) for part in bias] == [{value} for value in expected]
    drawn = torch.cat([p.detach().ravel() for p in encoder.parameters()])
    encoder.reset_parameters(generator(5))
    again = torch.cat([p.detach().ravel() for p in encoder.parameters()])
    torch.testing.assert_close(drawn, again, rtol=0, atol=0)


def test_a_flip_reverses_valid_steps_and_leaves_padding_behind():
    x = torch.tensor([[1.0, 2.0, 3.0], [4.0, 5.0, 0.0], [6.0, 0.0, 0.0]])[..., None]
    lengths = torch.tensor([3, 2, 1])
    flipped = flip_within_length(x, lengths)
    assert flipped[..., 0].tolist() == [[3.0, 2.0, 1.0], [5.0, 4.0, 0.0], [6.0, 0.0, 0.0]]
    torch.testing.assert_close(flip_within_length(flipped, lengths), x)
    torch.testing.assert_close(flip_within_length(x, None), x.flip(1))
