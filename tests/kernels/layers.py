"""Layers of torch that the kernels are compared with."""

import torch
from torch import nn

TORCH = {"rnn": nn.RNN, "lstm": nn.LSTM, "gru": nn.GRU}
CELLS = sorted(TORCH)
TOLERANCE = {torch.float32: 3e-5, torch.float64: 1e-12}


def case(cell, n_samples, n_timesteps, n_features, n_units, dtype=torch.float64, seed=0):
    """A layer of torch, its weights, inputs and an initial state."""
    torch.manual_seed(seed)
    layer = TORCH[cell](n_features, n_units, batch_first=True, dtype=dtype)
    x = torch.randn(n_samples, n_timesteps, n_features, dtype=dtype, requires_grad=True)
    n_states = 2 if cell == "lstm" else 1
    state = tuple(
        torch.randn(n_samples, n_units, dtype=dtype, requires_grad=True) for _ in range(n_states)
    )
    return layer, list(layer.parameters()), x, state


def by_torch(layer, x, state):
    initial = tuple(part[None] for part in state)
    outputs, last = layer(x, initial if len(state) == 2 else initial[0])
    last = last if isinstance(last, tuple) else (last,)
    return outputs, tuple(part[0] for part in last)


def loss_of(outputs, state):
    """A number that depends on all outputs and states in different ways."""
    generator = torch.Generator().manual_seed(1)
    parts = [outputs, *state]
    return sum(
        (part * torch.randn(part.shape, generator=generator, dtype=part.dtype)).sum()
        for part in parts
    )
