"""Fixed convolutions of sequences, pooled by the share of timesteps at which they are large.

A convolution has nine taps, six of weight -1 and three of weight 2, at distances of its dilation,
and reads the sum of some features. Its value at a timestep depends on that timestep and earlier
ones only; what would lie before the first timestep is read as 0.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from skrnn._kernels.product import compiled, in_wide_registers
from skrnn._kernels.threads import for_each

__all__ = ["N_TAPS", "FixedConvolutions", "convolution_values", "shares_above"]

N_TAPS = 9

# Sequences that a thread reads at a time.
_PIECE = 8


class FixedConvolutions(NamedTuple):
    """Which convolutions are computed, and what their values are compared with.

    Convolution ``i`` has the dilation ``dilations[i]``. It reads the sum of the features
    ``features[starts_of_features[i] : starts_of_features[i + 1]]``, and its values are compared
    with ``bounds[starts_of_bounds[i] : starts_of_bounds[i + 1]]``.

    Attributes
    ----------
    dilations : ndarray of int64, shape (n_convolutions,)
        Timesteps between two taps. Convolutions of the same features and dilation should stand
        beside each other: what they share is computed once.
    heavy_taps : ndarray of int64, shape (n_convolutions, 3)
        The taps of weight 2, counted backwards in time from 0 to 8.
    features, starts_of_features : ndarray of int64
    bounds : ndarray of float32, shape (n_shares,)
    starts_of_bounds : ndarray of int64, shape (n_convolutions + 1,)
    """

    dilations: np.ndarray
    heavy_taps: np.ndarray
    features: np.ndarray
    starts_of_features: np.ndarray
    bounds: np.ndarray
    starts_of_bounds: np.ndarray


def shares_above(
    values: np.ndarray, lengths: np.ndarray, convolutions: FixedConvolutions
) -> np.ndarray:
    """Return the share of the timesteps of each sequence at which a convolution is above a bound.

    Parameters
    ----------
    values : ndarray of float32 or float64, shape (sum of lengths, n_features)
        The sequences, one after the other.
    lengths : ndarray of int64, shape (n_samples,)
        Timesteps of each sequence, 1 or more.
    convolutions : FixedConvolutions

    Returns
    -------
    ndarray of float32, shape (n_samples, n_shares)
        Between 0 and 1. A row depends on its own sequence alone.

    References
    ----------
    Dempster, Schmidt and Webb (2021), "MiniRocket: A Very Fast (Almost) Deterministic Transform
    for Time Series Classification", KDD.
    """
    shares = np.empty((len(lengths), len(convolutions.bounds)), dtype=np.float32)
    starts = np.cumsum(lengths) - lengths

    def read(first: int) -> None:
        for row in range(first, min(first + _PIECE, len(lengths))):
            sequence = values[starts[row] : starts[row] + lengths[row]]
            columns = np.ascontiguousarray(sequence.T, dtype=np.float32)
            _shares_of_one(columns, *convolutions, shares[row])

    n_products = len(values) * (N_TAPS * len(convolutions.dilations) + len(convolutions.bounds))
    for_each(read, range(0, len(lengths), _PIECE), n_products)
    return shares


def convolution_values(
    sequence: np.ndarray, dilation: int, heavy_taps: np.ndarray, features: np.ndarray
) -> np.ndarray:
    """Return what one convolution gives at each timestep of a sequence.

    Parameters
    ----------
    sequence : ndarray of shape (n_timesteps, n_features)
    dilation : int
    heavy_taps : ndarray of int64, shape (3,)
    features : ndarray of int64
        The features whose sum is read.

    Returns
    -------
    ndarray of float32, shape (n_timesteps,)
    """
    columns = np.ascontiguousarray(sequence.T, dtype=np.float32)
    n_before = (N_TAPS - 1) * dilation
    signal = np.zeros(n_before + columns.shape[1], dtype=np.float32)
    shared, out = np.empty_like(columns[0]), np.empty_like(columns[0])
    _add_features(columns, features, signal[n_before:])
    _convolve_shared(signal, dilation, shared)
    _convolve(signal, dilation, heavy_taps, shared, out)
    return out


@compiled
def _shares_of_one(
    columns: np.ndarray,
    dilations: np.ndarray,
    heavy_taps: np.ndarray,
    features: np.ndarray,
    starts_of_features: np.ndarray,
    bounds: np.ndarray,
    starts_of_bounds: np.ndarray,
    shares: np.ndarray,
) -> None:
    """Write the shares of one sequence, whose features are the rows of ``columns``."""
    n_timesteps = columns.shape[1]
    longest = (N_TAPS - 1) * dilations.max()
    signal = np.zeros(longest + n_timesteps, dtype=np.float32)
    shared = np.empty(n_timesteps, dtype=np.float32)
    values = np.empty(n_timesteps, dtype=np.float32)
    for i in range(len(dilations)):
        own = features[starts_of_features[i] : starts_of_features[i + 1]]
        is_other_signal = i == 0
        if i > 0:
            before = features[starts_of_features[i - 1] : starts_of_features[i]]
            is_other_signal = len(own) != len(before)
            for j in range(len(own)):
                is_other_signal = is_other_signal or own[j] != before[j]
        if is_other_signal:
            _add_features(columns, own, signal[longest:])
        read = signal[longest - (N_TAPS - 1) * dilations[i] :]
        if is_other_signal or dilations[i] != dilations[i - 1]:
            _convolve_shared(read, dilations[i], shared)
        _convolve(read, dilations[i], heavy_taps[i], shared, values)
        for k in range(starts_of_bounds[i], starts_of_bounds[i + 1]):
            shares[k] = np.float32(_n_above(values, bounds[k])) / np.float32(n_timesteps)


@compiled
def _add_features(columns: np.ndarray, features: np.ndarray, out: np.ndarray) -> None:
    in_wide_registers()
    out[:] = columns[features[0]]
    for j in range(1, len(features)):
        column = columns[features[j]]
        for t in range(len(out)):
            out[t] += column[t]


@compiled
def _convolve_shared(signal: np.ndarray, dilation: int, out: np.ndarray) -> None:
    """Write the convolution with nine taps of weight -1; ``signal`` begins eight taps earlier."""
    in_wide_registers()
    out[:] = np.float32(0.0)
    for tap in range(N_TAPS):
        delayed = signal[(N_TAPS - 1 - tap) * dilation :]
        for t in range(len(out)):
            out[t] -= delayed[t]


@compiled
def _convolve(
    signal: np.ndarray, dilation: int, heavy_taps: np.ndarray, shared: np.ndarray, out: np.ndarray
) -> None:
    """Add 3 to the weights of three taps of what all convolutions of a dilation share."""
    in_wide_registers()
    first = signal[(N_TAPS - 1 - heavy_taps[0]) * dilation :]
    second = signal[(N_TAPS - 1 - heavy_taps[1]) * dilation :]
    third = signal[(N_TAPS - 1 - heavy_taps[2]) * dilation :]
    three = np.float32(3.0)
    for t in range(len(out)):
        out[t] = shared[t] + three * (first[t] + second[t] + third[t])


@compiled
def _n_above(values: np.ndarray, bound: float) -> int:
    in_wide_registers()
    n_above = np.int32(0)
    for t in range(len(values)):
        n_above += np.int32(values[t] > bound)
    return int(n_above)
