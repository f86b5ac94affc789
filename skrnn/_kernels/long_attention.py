"""Attention over very long sequences, a part of the timesteps at a time.

A prediction holds the states and weighs them in parts; training holds no states either.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.linear_rows import linear, product_of_rows
from skrnn._kernels.running_pools import Pools
from skrnn._kernels.stretch_outputs import PooledStates
from skrnn._kernels.stretch_windows import Window, window_of

__all__ = ["AttendedStates", "attend_in_parts"]

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


class _Attended(NamedTuple):
    """What is known of the states so far, or the gradients of the final values."""

    pools: Pools
    largest: np.ndarray  # shape (n_samples,): the largest score
    totals: np.ndarray  # shape (n_samples,): sums of exp(score - largest)
    sums: np.ndarray  # shape (n_samples, width): sums of states, weighted by that
    shared: np.ndarray  # shape (n_samples,): of a gradient, what all scores of a sample lose


class AttendedStates:
    """Last state, mean, maximum and attention over time, of states that are not held.

    Parameters
    ----------
    weight, bias, vector : Tensor of shape (width, width), (width,) and (1, width)
        As of :func:`attend_in_parts`.
    bidirectional : bool

    References
    ----------
    Milakov and Gimelshein (2018), "Online Normalizer Calculation for Softmax".
    """

    is_joint, keeps_results, reads_states = True, True, True

    def __init__(
        self, weight: Tensor, bias: Tensor, vector: Tensor, *, bidirectional: bool
    ) -> None:
        self.tensors = [weight, bias, vector]
        self._parameters = [tensor.detach() for tensor in self.tensors]
        self._pooled = PooledStates(len(bias), bidirectional=bidirectional)

    def begin(self, n_samples: int, n_timesteps: int, dtype: np.dtype) -> _Attended:
        """Return what is known of nothing."""
        pools = self._pooled.begin(n_samples, n_timesteps, dtype)
        largest, totals = np.full(n_samples, -np.inf, dtype), np.zeros(n_samples, dtype)
        return _Attended(pools, largest, totals, np.zeros_like(pools.sums), totals)

    def _scores(self, window: Window, states: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return activations, and the scores of the states: -inf of those that are not valid."""
        weight, bias, vector = self._parameters
        hidden = torch.tanh(linear(torch.from_numpy(states), weight, bias))
        scores = (hidden * vector).sum(dim=2).numpy()
        scores[np.arange(scores.shape[1]) >= window.lengths[:, None]] = -np.inf
        return hidden.numpy(), scores

    def take(
        self, window: Window, states: np.ndarray, results: _Attended, *, in_order: bool
    ) -> None:
        """Add the states of a window."""
        self._pooled.take(window, states, results.pools, in_order=in_order)
        with torch.no_grad():
            _, scores = self._scores(window, states)
        before = results.largest.copy()
        np.maximum.at(results.largest, window.samples, scores.max(axis=1))
        factors = np.exp(before - results.largest)
        weights = np.exp(scores - results.largest[window.samples, None])
        results.totals[:] *= factors
        np.add.at(results.totals, window.samples, weights.sum(axis=1))
        results.sums[:] *= factors[:, None]
        np.add.at(results.sums, window.samples, np.einsum("nt,ntw->nw", weights, states))

    def finish(self, results: _Attended, last: np.ndarray, lengths: np.ndarray) -> Tensor:
        """Return pools and attention, shape (n_samples, 4, width)."""
        pooled = self._pooled.finish(results.pools, last, lengths)
        attended = torch.from_numpy(results.sums / results.totals[:, None])
        return torch.cat([pooled, attended[:, None]], dim=1)

    def begin_back(
        self, results: _Attended, d_output: Tensor, lengths: np.ndarray
    ) -> tuple[_Attended, np.ndarray]:
        """Return the gradients of pools and attention, and those of the last states."""
        d_pools, d_last = self._pooled.begin_back(results.pools, d_output[:, :3], lengths)
        d_attended = d_output[:, 3].contiguous().numpy()
        shared = (d_attended * results.sums).sum(axis=1) / results.totals
        return results._replace(pools=d_pools, sums=d_attended, shared=shared), d_last

    def back(
        self, window: Window, states: np.ndarray, d_results: _Attended, sums: list[np.ndarray]
    ) -> np.ndarray:
        """Return the gradients of a window's states."""
        d_states = self._pooled.back(window, states, d_results.pools, [])
        largest, totals, d_attended, shared = (part[window.samples] for part in d_results[1:])
        weight, _, vector = (parameter.numpy() for parameter in self._parameters)
        with torch.no_grad():
            hidden, scores = self._scores(window, states)
        weights = np.exp(scores - largest[:, None]) / totals[:, None]
        d_weights = np.einsum("ntw,nw->nt", states, d_attended)
        d_scores = (weights * (d_weights - shared[:, None]))[..., None]
        d_hidden = (d_scores * vector * (1 - hidden**2)).reshape(-1, len(weight))
        sums[0] += product_of_rows(d_hidden.T, states.reshape(d_hidden.shape)).numpy()
        sums[1] += d_hidden.sum(axis=0)
        sums[2] += (d_scores * hidden).sum(axis=(0, 1))
        d_states += weights[..., None] * d_attended[:, None]
        d_states += product_of_rows(d_hidden, weight).numpy().reshape(states.shape)
        return d_states

    def whole(self, states: Tensor, lengths: Tensor | None, *tensors: Tensor) -> Tensor:
        """Return pools and attention of all states."""
        weights = _normalised(_scores(states, *tensors), lengths)
        pooled = self._pooled.whole(states, lengths)
        return torch.cat([pooled, (weights * states).sum(dim=1, keepdim=True)], dim=1)
