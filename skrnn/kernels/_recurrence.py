"""The compiled recurrences as functions of torch, with gradients."""

from __future__ import annotations

import os
from typing import Any

import torch
from torch import Tensor

from skrnn.kernels._run import RUNS

__all__ = ["can_run_fused", "run_fused", "run_in_torch"]


def can_run_fused(x: Tensor, weights: list[Tensor]) -> bool:
    """Whether the compiled recurrence takes over: on a CPU, in one floating point type.

    The environment variable ``SKRNN_FUSED=0`` leaves everything to torch.
    """
    return (
        os.environ.get("SKRNN_FUSED", "1") != "0"
        and all(one.device.type == "cpu" and one.dtype == x.dtype for one in (x, *weights))
        and x.dtype in (torch.float32, torch.float64)
        and 0 not in x.shape
    )


def run_fused(
    cell: str, x: Tensor, weights: list[Tensor], state: tuple[Tensor, ...]
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Run one layer in one direction.

    Parameters
    ----------
    cell : {"lstm", "gru", "rnn"}
        The recurrence.
    x : Tensor of shape (n_samples, n_timesteps, n_features)
        Inputs.
    weights : list of Tensor
        weight_ih, weight_hh, bias_ih and bias_hh, as torch has them.
    state : tuple of Tensor of shape (n_samples, n_units)
        Initial hidden state and, for an LSTM, cell state.

    Returns
    -------
    outputs : Tensor of shape (n_samples, n_timesteps, n_units)
        Hidden states after each timestep.
    state : tuple of Tensor of shape (n_samples, n_units)
        After the last timestep.
    """
    if cell == "lstm":
        outputs, last_cells = _FusedRecurrence.apply(cell, x, *weights, *state)
        return outputs, (outputs[:, -1], last_cells)
    outputs = _FusedRecurrence.apply(cell, x, *weights, *state)
    return outputs, (outputs[:, -1],)


def run_in_torch(
    cell: str, x: Tensor, weights: list[Tensor], state: tuple[Tensor, ...], *, training: bool
) -> tuple[Tensor, tuple[Tensor, ...]]:
    """Do the same by torch's own recurrences."""
    # torch wants an axis of layers and directions in front.
    initial = tuple(part[None] for part in state)
    # has_biases, num_layers, dropout, train, bidirectional, batch_first
    options = (True, 1, 0.0, training, False, True)
    if cell == "lstm":
        outputs, *last = torch.lstm(x, initial, weights, *options)
    else:
        run = torch.gru if cell == "gru" else torch.rnn_tanh
        outputs, *last = run(x, initial[0], weights, *options)
    return outputs, tuple(part[0] for part in last)


class _FusedRecurrence(torch.autograd.Function):
    """Outputs at all timesteps and, for an LSTM, the last cell state."""

    @staticmethod
    def forward(ctx: Any, cell: str, x: Tensor, *others: Tensor) -> Any:
        run = RUNS[cell](x, others[:4], others[4:])
        run.forward()
        ctx.run, ctx.cell = run, cell
        outputs = run.outputs
        # the outputs, too: they are the states that the way back needs, and torch then notices if
        # somebody changes them in between.
        ctx.save_for_backward(x, *others, outputs)
        return (outputs, run.last_cells) if cell == "lstm" else outputs

    @staticmethod
    def backward(ctx: Any, *d_outputs: Any) -> Any:
        *inputs, _ = ctx.saved_tensors
        if torch.is_grad_enabled():
            return (None, *_differentiable_gradients(ctx.cell, inputs, d_outputs))
        d_cells = d_outputs[1] if ctx.cell == "lstm" else None
        return (None, *ctx.run.backward(d_outputs[0], d_cells, needs_x=ctx.needs_input_grad[1]))


def _differentiable_gradients(
    cell: str, inputs: list[Tensor], d_outputs: tuple[Tensor, ...]
) -> list[Tensor | None]:
    """Return gradients that have gradients themselves, which torch's recurrences have."""
    x, *others = inputs
    outputs, state = run_in_torch(cell, x, others[:4], tuple(others[4:]), training=True)
    wanted = [one for one in inputs if one.requires_grad]
    found = iter(
        torch.autograd.grad(
            (outputs, *state[1:]), wanted, d_outputs, create_graph=True, allow_unused=True
        )
    )
    return [next(found) if one.requires_grad else None for one in inputs]
