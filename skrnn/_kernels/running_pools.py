"""Pooling of the states of a long sequence while they are computed, so that none is kept."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skrnn._kernels.product import compiled
from skrnn._kernels.vectors import add_to

__all__ = ["Pools", "pool_step", "pool_step_back"]


class Pools(NamedTuple):
    """What is known of the states so far, or the gradients of the final values.

    Arrays without rows mean "not requested".
    """

    sums: np.ndarray  # shape (n_samples, n_columns)
    largest: np.ndarray  # shape (n_samples, n_columns)
    where: np.ndarray  # int32, shape (n_samples, n_columns): the timestep of the largest state


@compiled
def pool_step(
    state: np.ndarray, sample: int, t: int, column: int, mirrored: bool, pools: Pools
) -> None:
    """Add the state of a sample's timestep t, of the units from ``column`` on.

    Of equally large states the one that stands first in the sequence counts, which a mirrored
    sequence reads last.
    """
    units = slice(column, column + len(state))
    largest, where, step = pools.largest[sample][units], pools.where[sample][units], np.int32(t)
    add_to(state, pools.sums[sample][units])
    # NaN counts as larger than any number, so that it reaches the result.
    if mirrored:
        for j in range(len(state)):
            is_larger = state[j] >= largest[j] or state[j] != state[j]
            where[j] = step if is_larger else where[j]
            largest[j] = state[j] if is_larger else largest[j]
    else:
        for j in range(len(state)):
            is_larger = state[j] > largest[j] or state[j] != state[j]
            where[j] = step if is_larger else where[j]
            largest[j] = state[j] if is_larger else largest[j]


@compiled
def pool_step_back(d_state: np.ndarray, sample: int, t: int, column: int, d_pools: Pools) -> None:
    """Add the gradients of the pools to that of the state of a sample's timestep t."""
    units = slice(column, column + len(d_state))
    d_largest, where = d_pools.largest[sample][units], d_pools.where[sample][units]
    step, zero = np.int32(t), d_state.dtype.type(0)
    add_to(d_pools.sums[sample][units], d_state)
    for j in range(len(d_state)):
        d_state[j] += d_largest[j] if where[j] == step else zero
