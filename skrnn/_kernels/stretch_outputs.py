"""What becomes of the states of a layer that is run in stretches of time: pools, or scores."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from skrnn._kernels.linear_rows import product_of_rows
from skrnn._kernels.packing import pack_forward
from skrnn._kernels.pooled_states import pool_fused
from skrnn._kernels.product import multiply, padded_width
from skrnn._kernels.running_pools import Pools
from skrnn._kernels.stretch_inputs import HeldMask
from skrnn._kernels.stretch_windows import Window, add_rows, pool_window, pool_window_back

__all__ = ["MappedStates", "PooledStates"]


class PooledStates:
    """Last state, mean and maximum over time, as :func:`pool_fused` returns them.

    Parameters
    ----------
    width : int
        Columns of a state, those of both directions together.
    bidirectional : bool
    """

    is_joint, keeps_results, reads_states = False, True, False

    def __init__(self, width: int, *, bidirectional: bool) -> None:
        self.tensors: list[Tensor] = []
        self._width, self._bidirectional = width, bidirectional

    def begin(self, n_samples: int, n_timesteps: int, dtype: np.dtype) -> Pools:
        """Return pools of nothing."""
        sums = np.zeros((n_samples, self._width), dtype)
        return Pools(sums, np.full_like(sums, -np.inf), np.zeros(sums.shape, np.int32))

    def take(self, window: Window, states: np.ndarray, results: Pools, *, in_order: bool) -> None:
        """Pool the states of a window."""
        column, from_last = window.units.start, in_order and window.mirrored
        # Of equal maxima the first in time counts, which a mirrored sequence reads last.
        last_counts = window.mirrored and not in_order
        pool_window(
            *(states, window.samples, window.steps, window.lengths, column),
            *(last_counts, from_last, results),
        )

    def finish(self, results: Pools, last: np.ndarray, lengths: np.ndarray) -> Tensor:
        """Return the pools, shape (n_samples, 3, width)."""
        means = (results.sums / lengths[:, None]).astype(last.dtype)
        return torch.from_numpy(np.stack([last, means, results.largest], axis=1))

    def begin_back(
        self, results: Pools, d_output: Tensor, lengths: np.ndarray
    ) -> tuple[Pools, np.ndarray]:
        """Return the gradients of sums and maxima, and those of the last states."""
        d_last, d_means, d_largest = d_output.unbind(1)
        shares = 1 / torch.from_numpy(lengths).to(d_output.dtype)
        d_sums = (d_means * shares[:, None]).numpy()
        return Pools(d_sums, d_largest.contiguous().numpy(), results.where), d_last.numpy()

    def back(
        self, window: Window, states: np.ndarray, d_results: Pools, sums: list[np.ndarray]
    ) -> np.ndarray:
        """Return the gradients of a window's states."""
        n_units = window.units.stop - window.units.start
        d_states = np.zeros((*window.steps.shape, n_units), d_results.sums.dtype)
        pool_window_back(
            *(window.samples, window.steps, window.lengths, window.units.start),
            *(d_results, d_states),
        )
        return d_states

    def whole(self, states: Tensor, lengths: Tensor | None, *tensors: Tensor) -> Tensor:
        """Return the pools of all states."""
        return pool_fused(states, lengths, bidirectional=self._bidirectional)


class MappedStates:
    """A linear map of each state, such as the scores of labels.

    The columns of a direction are multiplied by themselves, and added to what the other direction
    has given: the states of both directions at a timestep need not be known together.

    Parameters
    ----------
    weight : Tensor of shape (n_outputs, width)
    bias : Tensor of shape (n_outputs,)
    mask : HeldMask or None
        What the states are multiplied by before.
    """

    is_joint, keeps_results, reads_states = False, False, True

    def __init__(self, weight: Tensor, bias: Tensor, mask: HeldMask | None) -> None:
        self.tensors = [weight, bias]
        self._weight = weight.detach().contiguous().numpy()
        self._bias, self._mask = bias.detach().numpy(), mask

    def begin(self, n_samples: int, n_timesteps: int, dtype: np.dtype) -> np.ndarray:
        """Return the biases, shape (n_samples, n_timesteps, n_outputs)."""
        return np.tile(self._bias, (n_samples, n_timesteps, 1))

    def _masked(self, window: Window, states: np.ndarray) -> np.ndarray:
        if self._mask is None:
            return states
        return states * self._mask.read(window.places)[..., window.units]

    def take(
        self, window: Window, states: np.ndarray, results: np.ndarray, *, in_order: bool
    ) -> None:
        """Add the map of a window's states."""
        n_outputs = len(self._weight)
        width = padded_width(n_outputs, states.itemsize)
        packed = pack_forward(np.ascontiguousarray(self._weight[:, window.units]), 1, width)[0]
        outputs = np.zeros((*window.steps.shape, width), states.dtype)
        outputs[..., :n_outputs] = results[window.places]
        rows = self._masked(window, states).reshape(-1, len(packed))
        # a sum goes on where the other direction has ended: the same bits as of one product.
        multiply(rows[:, :], packed, outputs.reshape(-1, width), True)
        add_rows(outputs, window.samples, window.steps, window.lengths, False, results)

    def finish(self, results: np.ndarray, last: np.ndarray, lengths: np.ndarray) -> Tensor:
        """Return the outputs, shape (n_samples, n_timesteps, n_outputs)."""
        return torch.from_numpy(results)

    def begin_back(
        self, results: None, d_output: Tensor, lengths: np.ndarray
    ) -> tuple[np.ndarray, None]:
        """Return the gradients of the outputs."""
        return d_output.contiguous().numpy(), None

    def back(
        self, window: Window, states: np.ndarray, d_results: np.ndarray, sums: list[np.ndarray]
    ) -> np.ndarray:
        """Return the gradients of a window's states."""
        d_outputs = d_results[window.places]
        d_outputs[np.arange(d_outputs.shape[1]) >= window.lengths[:, None]] = 0
        rows = d_outputs.reshape(-1, d_outputs.shape[2])
        masked = self._masked(window, states).reshape(len(rows), -1)
        sums[0][:, window.units] += product_of_rows(rows.T, masked).numpy()
        if not window.mirrored:
            sums[1] += rows.sum(axis=0)
        weight = np.ascontiguousarray(self._weight[:, window.units])
        d_states = product_of_rows(rows, weight).numpy().reshape(states.shape)
        return self._masked(window, d_states)

    def whole(self, states: Tensor, lengths: Tensor | None, *tensors: Tensor) -> Tensor:
        """Return the map of all states."""
        if self._mask is not None:
            states = states * self._mask.whole()
        weight, bias = tensors
        return torch.nn.functional.linear(states, weight, bias)
