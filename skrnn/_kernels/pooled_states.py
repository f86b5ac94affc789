"""Pooling over time, each of the forward and the backward pass in one pass over the states."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.buffers import empty
from skrnn._kernels.layer import check_lengths
from skrnn._kernels.product import compiled

__all__ = ["pool", "pool_back", "pool_fused"]


def pool_fused(states: Tensor, lengths: Tensor | None, *, bidirectional: bool) -> Tensor:
    """Return last state, mean and maximum of each sample's valid timesteps.

    Parameters
    ----------
    states : Tensor of shape (n_samples, n_timesteps, n_units)
        On the CPU.
    lengths : Tensor of int64, shape (n_samples,), or None
        Valid timesteps of each sample; None when all are ``n_timesteps`` long.
    bidirectional : bool
        Whether the second half of the units is of a backward direction: its last state is the one
        at the first timestep.

    Returns
    -------
    Tensor of shape (n_samples, 3, n_units)
        If several states are equally large, the gradient of the maximum goes to the first one.
    """
    pooled: Tensor = _Pooling.apply(states, lengths, bidirectional)
    return pooled


class _Pooling(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, lengths: Tensor | None, bidirectional: bool) -> Tensor:
        n_samples, n_timesteps, n_units = ctx.shape = states.shape
        check_lengths(lengths, n_samples, n_timesteps)
        ctx.lengths = np.full(n_samples, n_timesteps)
        if lengths is not None:
            ctx.lengths = lengths.contiguous().numpy()
        ctx.n_forward = n_units // 2 if bidirectional else n_units
        values = states.detach().contiguous().numpy()
        pooled = np.zeros((n_samples, 3, n_units), values.dtype)
        ctx.where = np.zeros((n_samples, n_units), np.int32)
        pool(values, ctx.lengths, ctx.n_forward, pooled, ctx.where)
        return torch.from_numpy(pooled)

    @staticmethod
    def backward(ctx: Any, d_pooled: Any) -> Any:
        if torch.is_grad_enabled():
            return _spread_in_torch(ctx, d_pooled), None, None
        gradient = d_pooled.contiguous().numpy()
        d_states = empty(ctx.shape, gradient.dtype)
        pool_back(gradient, ctx.lengths, ctx.n_forward, ctx.where, d_states)
        return torch.from_numpy(d_states), None, None


def _spread_in_torch(ctx: Any, d_pooled: Tensor) -> Tensor:
    """Compute what :func:`pool_back` does by operations that can be differentiated again."""
    last, mean, largest = (part[:, None] for part in d_pooled.unbind(1))
    lengths = torch.from_numpy(ctx.lengths)[:, None, None]
    steps, units = torch.arange(ctx.shape[1])[:, None], torch.arange(ctx.shape[2])
    last_steps = torch.where(units < ctx.n_forward, lengths - 1, 0)
    spread = torch.where(steps == last_steps, last, 0.0)
    spread = spread + torch.where(steps < lengths, mean / lengths, 0.0)
    return spread + torch.where(steps == torch.from_numpy(ctx.where)[:, None], largest, 0.0)


@compiled
def pool(
    states: np.ndarray,
    lengths: np.ndarray,
    n_forward: int,
    pooled: np.ndarray,
    where: np.ndarray,
) -> None:
    """Pool the states of all samples.

    Parameters
    ----------
    states : ndarray of shape (n_samples, n_timesteps, n_units)
    lengths : ndarray of int64, shape (n_samples,)
    n_forward : int
        Units whose last state is the one at the last timestep; for the others it is the first.
    pooled : ndarray of shape (n_samples, 3, n_units)
        Filled in: last state, mean and maximum.
    where : ndarray of int32, shape (n_samples, n_units)
        Filled in: the timestep of the maximum.
    """
    n_units = states.shape[2]
    for sample in range(len(states)):
        last, mean, largest = pooled[sample, 0], pooled[sample, 1], pooled[sample, 2]
        steps = where[sample]
        first_state, last_state = states[sample, 0], states[sample, lengths[sample] - 1]
        for j in range(n_units):
            last[j] = last_state[j] if j < n_forward else first_state[j]
        for j in range(n_units):
            mean[j], largest[j], steps[j] = first_state[j], first_state[j], 0
        for t in range(1, lengths[sample]):
            state, step = states[sample, t], np.int32(t)
            for j in range(n_units):
                mean[j] += state[j]
            for j in range(n_units):
                # NaN counts as larger than any number, so that it reaches the result.
                is_larger = state[j] > largest[j] or state[j] != state[j]
                steps[j] = step if is_larger else steps[j]
                largest[j] = state[j] if is_larger else largest[j]
        for j in range(n_units):
            mean[j] /= lengths[sample]


@compiled
def pool_back(
    d_pooled: np.ndarray,
    lengths: np.ndarray,
    n_forward: int,
    where: np.ndarray,
    d_states: np.ndarray,
) -> None:
    """Fill in ``d_states``, the gradient of the states; it is 0 past the lengths.

    Other parameters are those of :func:`pool`, which fills in ``where``.
    """
    n_timesteps, n_units = d_states.shape[1:]
    for sample in range(len(d_states)):
        last, mean, largest = d_pooled[sample, 0], d_pooled[sample, 1], d_pooled[sample, 2]
        steps, length = where[sample], lengths[sample]
        for t in range(n_timesteps):
            d_state, step = d_states[sample, t], np.int32(t)
            if t >= length:
                for j in range(n_units):
                    d_state[j] = 0
                continue
            share = mean.dtype.type(1) / mean.dtype.type(length)
            for j in range(n_units):
                d_state[j] = mean[j] * share + (largest[j] if steps[j] == step else 0)
        first_state, last_state = d_states[sample, 0], d_states[sample, length - 1]
        for j in range(n_units):
            if j < n_forward:
                last_state[j] += last[j]
            else:
                first_state[j] += last[j]
