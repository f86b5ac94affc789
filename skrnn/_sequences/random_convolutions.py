"""Which fixed convolutions a fit draws, and the features that they make of sequences."""

from __future__ import annotations

from itertools import combinations

import numpy as np

from skrnn import _kernels
from skrnn._input.jagged import JaggedSequences

__all__ = ["draw_convolutions"]

# Every choice of three of the nine taps.
_HEAVY_TAPS = np.array(list(combinations(range(9), 3)))

# Most dilations, and most features whose sum one convolution reads.
_MOST_DILATIONS = 32
_MOST_FEATURES = 9

# Values of a convolution that a bound is chosen from.
_N_VALUES = 1024

_GOLDEN_RATIO = (1 + np.sqrt(5)) / 2


def draw_convolutions(
    sequences: JaggedSequences, n_per_choice: int, rng: np.random.Generator
) -> _kernels.FixedConvolutions:
    """Draw convolutions whose reach goes from nine timesteps to the length of most sequences.

    Parameters
    ----------
    sequences : JaggedSequences
        What the convolutions will read, standardised; half of them have 9 timesteps or more.
    n_per_choice : int
        Bounds for each of the 84 choices of heavy taps, spread over the dilations.
    rng : numpy.random.Generator
        Source of the features that a convolution reads, and of the sequences that its bounds are
        quantiles of.
    """
    n_bounds_of, dilations = _dilations(float(np.median(sequences.lengths)), n_per_choice)
    n_convolutions = len(dilations) * len(_HEAVY_TAPS)
    n_bounds = np.repeat(n_bounds_of, len(_HEAVY_TAPS))
    features = _draw_features(n_convolutions, sequences.values.shape[1], rng)
    drawn = _kernels.FixedConvolutions(
        dilations=np.repeat(dilations, len(_HEAVY_TAPS)),
        heavy_taps=np.tile(_HEAVY_TAPS, (len(dilations), 1)),
        features=np.concatenate(features),
        starts_of_features=_starts([len(some) for some in features]),
        bounds=np.empty(n_bounds.sum(), dtype=np.float32),
        starts_of_bounds=_starts(n_bounds),
    )
    # A sequence of low discrepancy: any few of its numbers in a row are spread over (0, 1).
    places = np.arange(1, len(drawn.bounds) + 1) * _GOLDEN_RATIO % 1
    of_sample = rng.integers(len(sequences), size=n_convolutions)
    for i in np.argsort(of_sample, kind="stable"):
        first = sequences.starts[of_sample[i]]
        values = _kernels.convolution_values(
            sequences.values[first : first + sequences.lengths[of_sample[i]]],
            int(drawn.dilations[i]),
            drawn.heavy_taps[i],
            features[i],
        )
        part = slice(drawn.starts_of_bounds[i], drawn.starts_of_bounds[i + 1])
        # of a long sequence, some timesteps are enough
        some = values[:: -(-len(values) // _N_VALUES)]
        drawn.bounds[part] = np.quantile(some, places[part])
    return drawn


def _dilations(length: float, n_per_choice: int) -> tuple[np.ndarray, np.ndarray]:
    """Return how many bounds each dilation has, and the dilations, evenly spaced in logarithms."""
    largest = np.log2(max(1.0, (length - 1) / (_kernels.N_TAPS - 1)))
    steps = np.linspace(0, largest, min(n_per_choice, _MOST_DILATIONS))
    dilations, counts = np.unique((2**steps).astype(np.int64), return_counts=True)
    # the largest remainders first, so that all add up to n_per_choice
    shares = counts * n_per_choice / counts.sum()
    n_bounds = np.floor(shares).astype(np.int64)
    order = np.argsort(n_bounds - shares, kind="stable")
    n_bounds[order[: n_per_choice - n_bounds.sum()]] += 1
    return n_bounds, dilations


def _draw_features(n: int, n_features: int, rng: np.random.Generator) -> list[np.ndarray]:
    """Draw which features each convolution reads: one more often than two, and so on."""
    most = np.log2(min(n_features, _MOST_FEATURES) + 1)
    sizes = np.floor(2 ** (rng.random(n) * most)).astype(np.int64)
    return [np.sort(rng.choice(n_features, size=size, replace=False)) for size in sizes]


def _starts(sizes: np.ndarray | list[int]) -> np.ndarray:
    return np.concatenate([[0], np.cumsum(sizes)]).astype(np.int64)
