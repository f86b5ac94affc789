"""Statistics of the observed timesteps, and the inputs a network is fed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from skrnn._input.jagged import JaggedSequences
from skrnn.preprocessing._sample_scale import SampleScale

__all__ = ["FeatureStatistics", "fill_missing", "weighted_mean_and_scale"]

# Rows that are converted at a time, so that float64 working copies stay small.
_CHUNK = 1 << 16

# Inputs beyond this many standard deviations are cut off, so that no product with a weight leaves
# the range of float32 and turns into NaN.
_LIMIT = 1e12


def weighted_mean_and_scale(
    values: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each column, leaving NaN out.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        NaN marks a missing value.
    weight : ndarray of shape (n_rows,) or None
        Weights of 0 or more.

    Returns
    -------
    mean, scale : ndarray of float64, shape (n_columns,)
        A column without an observed value has mean 0 and scale 1; a constant one has scale 1.
    """
    counted = ~np.isnan(values)
    if weight is not None:
        counted &= weight[:, None] > 0
    first = values[counted.argmax(axis=0), np.arange(values.shape[1])]
    # Sums are taken over distances from a value of the column: they are exactly 0 for a constant
    # column, and a large mean takes no digits from them.
    origin = np.where(counted.any(axis=0), first, 0.0).astype(np.float64)
    total = np.zeros(values.shape[1])
    distances = np.zeros(values.shape[1])
    squares = np.zeros(values.shape[1])

    def chunks() -> Iterator[tuple[np.ndarray, np.ndarray]]:
        for start in range(0, len(values), _CHUNK):
            part = slice(start, start + _CHUNK)
            w = counted[part] if weight is None else counted[part] * weight[part, None]
            yield np.where(counted[part], values[part] - origin, 0.0), w

    # Numbers near the end of the range overflow to a scale that is replaced below.
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for rows, w in chunks():
            total += w.sum(axis=0)
            distances += (w * rows).sum(axis=0)
        safe_total = np.where(total > 0, total, 1.0)
        mean_distance = distances / safe_total
        # A second pass over deviations: the one-pass formula cancels.
        for rows, w in chunks():
            squares += (w * (rows - mean_distance) ** 2).sum(axis=0)
        scale = np.sqrt(squares / safe_total)
        mean = origin + mean_distance
    mean[~np.isfinite(mean)] = 0.0
    # A spread at the level of rounding is a constant column, not a signal to be blown up.
    constant = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
    scale[constant | (scale == 0) | ~np.isfinite(scale)] = 1.0
    return mean, scale


def fill_missing(sequences: JaggedSequences) -> np.ndarray:
    """Carry the last observed value forward within each sample and feature.

    Before the first observed value stands 0, the mean of a standardised feature.

    Parameters
    ----------
    sequences : JaggedSequences
        Standardised values, NaN where missing.

    Returns
    -------
    ndarray of the shape of ``sequences.values``, without NaN
    """
    values = sequences.values
    missing = np.isnan(values)
    position = np.arange(len(values))[:, None]
    last_observed = np.where(missing, -1, position)
    np.maximum.accumulate(last_observed, axis=0, out=last_observed)
    first_of_sample = sequences.starts[sequences.sample_of_step][:, None]
    known = last_observed >= first_of_sample
    filled = np.take_along_axis(values, np.maximum(last_observed, 0), axis=0)
    return np.where(known, filled, 0.0).astype(values.dtype)


@dataclass(frozen=True)
class FeatureStatistics:
    """What ``fit`` learns about the inputs, and how it prepares them.

    Parameters
    ----------
    mean, scale : ndarray of float64, shape (n_features,)
        Subtracted from, and divided out of, each feature.
    has_missing : bool
        Whether the training data had missing values: then the network also sees, for each
        feature, whether it was observed.
    sample_scale : SampleScale or None
        How each sample's own shape and scale become inputs too; None leaves them out.
    dtype : str
        Name of the floating point type of the prepared inputs.
    """

    mean: np.ndarray
    scale: np.ndarray
    has_missing: bool
    sample_scale: SampleScale | None = None
    dtype: str = "float32"

    @classmethod
    def from_sequences(
        cls,
        sequences: JaggedSequences,
        sample_weight: np.ndarray | None,
        *,
        standardize: bool | str,
        dtype: str,
    ) -> FeatureStatistics:
        """Learn the statistics over the observed timesteps.

        ``standardize="auto"`` also looks whether the samples' own scales are needed.
        """
        values = sequences.values
        n_features = values.shape[1]
        has_missing = values.dtype.kind == "f" and bool(np.isnan(values).any())
        mean, scale = np.zeros(n_features), np.ones(n_features)
        if standardize:
            weight = None if sample_weight is None else sample_weight[sequences.sample_of_step]
            mean, scale = weighted_mean_and_scale(values, weight)
        statistics = cls(mean, scale, has_missing, None, dtype)
        if standardize != "auto":
            return statistics
        needed = SampleScale.where_needed(sequences, scale, sample_weight)
        return replace(statistics, sample_scale=needed)

    @property
    def n_inputs(self) -> int:
        """Number of inputs of the network at each timestep."""
        per_feature = 1 + 2 * (self.sample_scale is not None) + self.has_missing
        return len(self.mean) * per_feature

    @property
    def n_mask_inputs(self) -> int:
        """How many of the inputs, at the end, say whether a feature was observed."""
        return len(self.mean) if self.has_missing else 0

    def prepare(self, sequences: JaggedSequences) -> JaggedSequences:
        """Return standardised inputs without NaN, shape (sum of lengths, n_inputs)."""
        if self.sample_scale is None:
            inputs = self._standardize(sequences, self.dtype).values
        else:
            standardized = self._standardize(sequences, "float64")
            own = self.sample_scale.inputs(standardized)
            inputs = np.concatenate([standardized.values, own], axis=1).astype(self.dtype)
        missing = np.isnan(inputs)
        if missing.any():
            inputs = fill_missing(JaggedSequences(inputs, sequences.lengths))
        if self.has_missing:
            observed = ~missing[:, : len(self.mean)]
            inputs = np.concatenate([inputs, observed.astype(self.dtype)], axis=1)
        return JaggedSequences(inputs, sequences.lengths)

    def _standardize(self, sequences: JaggedSequences, dtype: str) -> JaggedSequences:
        values = sequences.values
        standardized = np.empty(values.shape, dtype=dtype)
        for start in range(0, len(values), _CHUNK):
            rows = values[start : start + _CHUNK].astype(np.float64)
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                scaled = (rows - self.mean) / self.scale
            standardized[start : start + _CHUNK] = np.clip(scaled, -_LIMIT, _LIMIT)
        return JaggedSequences(standardized, sequences.lengths)
