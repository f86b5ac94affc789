"""Attention over very long sequences, a part of the timesteps at a time."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.linear_rows import linear
from skrnn._kernels.stretch_outputs import PooledStates
from skrnn._kernels.stretch_windows import window_of

__all__ = ["attend_in_parts"]

# Timesteps of all samples that are computed at once, and the fewest of a sample.
_STEPS, _FEWEST = 1 << 11, 1 << 6


def attend_in_parts(
    states: Tensor, lengths: Tensor | None, weight: Tensor, bias: Tensor, vector: Tensor
) -> Tensor:
    r"""Return the sum of states weighted by :math:`\mathrm{softmax}_t(v^\top \tanh(W h_t + b))`.

    Besides the states and their gradients no more is held than a number for each timestep.

    Parameters
    ----------
    states : Tensor of shape (n_samples, n_timesteps, width)
        0 past each length.
    lengths : Tensor of int64, shape (n_samples,), or None
        Valid timesteps of each sample; None when all are ``n_timesteps`` long.
    weight, bias, vector : Tensor of shape (width, width), (width,) and (1, width)

    Returns
    -------
    Tensor of shape (n_samples, width)
    """
    attended: Tensor = _Attention.apply(states, lengths, weight, bias, vector)
    return attended


def _scores(states: Tensor, weight: Tensor, bias: Tensor, vector: Tensor) -> Tensor:
    hidden = linear(states, weight, bias)
    # a product and a sum, as a row of a matrix product has other bits in another place.
    return (torch.tanh(hidden) * vector).sum(dim=2, keepdim=True)


def _normalised(scores: Tensor, lengths: Tensor | None) -> Tensor:
    """Return weights that sum to 1 over the valid timesteps."""
    if lengths is not None:
        valid = torch.arange(scores.shape[1]) < lengths[:, None]
        scores = torch.where(valid[..., None], scores, -torch.inf)
    return scores.softmax(dim=1)


def _parts(states: Tensor) -> Iterator[slice]:
    size = max(_FEWEST, _STEPS // len(states))
    for first in range(0, states.shape[1], size):
        yield slice(first, min(first + size, states.shape[1]))


class _Attention(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, states: Tensor, lengths: Tensor | None, *parameters: Tensor) -> Tensor:
        n_samples, n_timesteps, width = states.shape
        scores = states.new_empty((n_samples, n_timesteps, 1))
        for part in _parts(states):
            scores[:, part] = _scores(states[:, part], *parameters)
        weights = _normalised(scores, lengths)
        ctx.save_for_backward(states, weights, *parameters)
        ctx.lengths = lengths
        given = np.full(n_samples, n_timesteps) if lengths is None else lengths.numpy()
        pools = PooledStates(width, bidirectional=False)
        results = pools.begin(n_samples, n_timesteps, states.detach().numpy().dtype)
        for part in _parts(states):
            window = window_of(given, Stretch(part.start, part.stop), 0, width)
            weighted = (weights[:, part] * states[:, part]).detach().numpy()[window.samples]
            pools.take(window, weighted, results, in_order=True)
        # the mean times the number, as where all weighted states are pooled at once.
        means = torch.from_numpy((results.sums / given[:, None]).astype(results.sums.dtype))
        return means * (n_timesteps if lengths is None else lengths[:, None])

    @staticmethod
    def backward(ctx: Any, *d_outputs: Any) -> Any:
        states, weights, *parameters = ctx.saved_tensors
        d_sum = d_outputs[0][:, None]
        if torch.is_grad_enabled():
            # torch's own operations can be differentiated again.
            tensors = [tensor.view_as(tensor) for tensor in (states, *parameters)]
            scores = _scores(*tensors)
            output = (_normalised(scores, ctx.lengths) * tensors[0]).sum(dim=1, keepdim=True)
            d_states, *others = torch.autograd.grad(output, tensors, d_sum, create_graph=True)
            return d_states, None, *others
        d_weights = torch.empty_like(weights)
        for part in _parts(states):
            d_weights[:, part] = (states[:, part] * d_sum).sum(dim=2, keepdim=True)
        d_scores = weights * (d_weights - (weights * d_weights).sum(dim=1, keepdim=True))
        d_states = torch.empty_like(states)
        sums = [torch.zeros_like(parameter) for parameter in parameters]
        for part in _parts(states):
            with torch.enable_grad():
                leaves = [t.detach().requires_grad_() for t in (states[:, part], *parameters)]
                total = (_scores(*leaves) * d_scores[:, part]).sum()
                d_part, *gradients = torch.autograd.grad(total, leaves)
            d_states[:, part] = d_part + weights[:, part] * d_sum
            for so_far, gradient in zip(sums, gradients, strict=True):
                so_far += gradient
        return d_states, None, *sums
