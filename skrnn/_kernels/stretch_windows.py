"""The timesteps that one direction of a layer reads in a stretch, and copies from and to them."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skrnn._kernels.chunk import Stretch
from skrnn._kernels.product import compiled
from skrnn._kernels.running_pools import Pools, pool_step, pool_step_back
from skrnn._kernels.vectors import add_to, copy

__all__ = ["Window", "add_rows", "add_token_rows", "pool_window", "pool_window_back", "window_of"]


class Window(NamedTuple):
    """Timesteps of the samples that reach a stretch, in the order in which they are read."""

    samples: np.ndarray  # int64, shape (n_rows,)
    steps: np.ndarray  # int64, shape (n_rows, n_steps): where they stand in the sequences
    lengths: np.ndarray  # int64, shape (n_rows,): how many of them are valid, 1 or more
    first: int  # the first of them, counted in the order in which they are read
    mirrored: bool  # whether sequences are read from their last timestep to their first
    units: slice  # the direction's columns in a state of both directions

    @property
    def places(self) -> tuple[np.ndarray, np.ndarray]:
        """Index of the timesteps in an array of shape (n_samples, n_timesteps, ...)."""
        return self.samples[:, None], self.steps


def window_of(lengths: np.ndarray, stretch: Stretch, direction: int, n_units: int) -> Window:
    """Return the window of a stretch; a sequence's last timestep is repeated after its end."""
    samples = np.flatnonzero(lengths > stretch.first)
    reached = lengths[samples, None]
    steps = np.minimum(np.arange(*stretch), reached - 1)
    if direction == 1:
        steps = reached - 1 - steps
    valid = np.minimum(lengths[samples] - stretch.first, stretch.stop - stretch.first)
    units = slice(direction * n_units, (direction + 1) * n_units)
    return Window(samples, steps, valid, stretch.first, direction == 1, units)


@compiled
def add_rows(
    rows: np.ndarray,
    samples: np.ndarray,
    steps: np.ndarray,
    lengths: np.ndarray,
    add: bool,
    out: np.ndarray,
) -> None:
    """Add the valid rows of a window to their places, or put them there.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_steps, at least width)
    samples, steps, lengths
        Those of a :class:`Window`.
    add : bool
    out : ndarray of shape (n_samples, n_timesteps, width)
    """
    for i in range(len(samples)):
        for k in range(lengths[i]):
            if add:
                add_to(rows[i, k][: out.shape[2]], out[samples[i], steps[i, k]])
            else:
                copy(rows[i, k], out[samples[i], steps[i, k]])


@compiled
def add_token_rows(rows: np.ndarray, ids: np.ndarray, lengths: np.ndarray, out: np.ndarray) -> None:
    """Add the valid rows of a window to those of all their tokens.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_steps, width)
    ids : ndarray of int64, shape (n_rows, n_steps, n_ids)
    lengths : ndarray of int64, shape (n_rows,)
    out : ndarray of shape (n_tokens, width)
    """
    for i in range(len(rows)):
        for k in range(lengths[i]):
            for number in range(ids.shape[2]):
                add_to(rows[i, k], out[ids[i, k, number]])


@compiled
def pool_window(
    states: np.ndarray,
    samples: np.ndarray,
    lengths: np.ndarray,
    first: int,
    column: int,
    mirrored: bool,
    from_last: bool,
    pools: Pools,
) -> None:
    """Add the valid states of a window to pools.

    Parameters
    ----------
    states : ndarray of shape (n_rows, n_steps, n_units)
    samples, lengths, first
        Those of a :class:`Window`.
    column : int
        The direction's first column of the pools.
    mirrored : bool
        Of equally large states, whether the last one that is given counts.
    from_last : bool
        Whether to take the states from the last one to the first.
    pools : Pools
    """
    for i in range(len(samples)):
        for k in range(lengths[i]):
            step = lengths[i] - 1 - k if from_last else k
            pool_step(states[i, step], samples[i], first + step, column, mirrored, pools)


@compiled
def pool_window_back(
    samples: np.ndarray,
    lengths: np.ndarray,
    first: int,
    column: int,
    d_pools: Pools,
    d_states: np.ndarray,
) -> None:
    """Add the gradients of pools to those of the states of a window."""
    for i in range(len(samples)):
        for k in range(lengths[i]):
            pool_step_back(d_states[i, k], samples[i], first + k, column, d_pools)
