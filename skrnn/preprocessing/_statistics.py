"""Statistics of the observed timesteps, and the inputs a network is fed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from skrnn._input.jagged import JaggedSequences
from skrnn.preprocessing._sample_scale import SampleScale, sample_mean_and_std
from skrnn.preprocessing._usual_scale import UsualScale

__all__ = [
    "FeatureStatistics",
    "bounds_of_others",
    "fill_missing",
    "weighted_mean_and_scale",
    "weighted_median_and_iqr",
]

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
    all_count = weight is None and bool(counted.all())
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
            rows = values[part] - origin
            yield rows if all_count else np.where(counted[part], rows, 0.0), w

    def weighted_sum(rows: np.ndarray, w: np.ndarray) -> np.ndarray:
        return (rows if all_count else w * rows).sum(axis=0)

    # Numbers near the end of the range overflow to a scale that is replaced below.
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        for rows, w in chunks():
            total += w.sum(axis=0)
            distances += weighted_sum(rows, w)
        safe_total = np.where(total > 0, total, 1.0)
        mean_distance = distances / safe_total
        # A second pass over deviations: the one-pass formula cancels.
        for rows, w in chunks():
            squares += weighted_sum((rows - mean_distance) ** 2, w)
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


def weighted_median_and_iqr(
    values: np.ndarray, weight: np.ndarray | None
) -> tuple[np.ndarray, np.ndarray]:
    """Return median and interquartile range of each column, leaving NaN out.

    Without weights they are those of scikit-learn's RobustScaler. With weights a quartile is the
    smallest value that a quarter of the weight does not exceed. Parameters and returned arrays are
    as in :func:`weighted_mean_and_scale`; where the middle half of a column is constant, the scale
    is the standard deviation.
    """
    median, scale = np.zeros(values.shape[1]), np.ones(values.shape[1])
    for j, column in enumerate(values.T):
        counted = ~np.isnan(column)
        if weight is not None:
            counted &= weight > 0
        if not counted.any():
            continue
        observed = column[counted].astype(np.float64)
        quartiles = np.array([0.25, 0.5, 0.75])
        if weight is None:
            low, median[j], high = np.quantile(observed, quartiles)
        else:
            low, median[j], high = np.quantile(
                observed, quartiles, weights=weight[counted], method="inverted_cdf"
            )
        scale[j] = high - low
        if scale[j] <= 10 * np.finfo(np.float64).eps * np.abs(median[j]):
            scale[j] = weighted_mean_and_scale(
                observed[:, None], None if weight is None else weight[counted]
            )[1][0]
    return median, scale


def bounds_of_others(values: np.ndarray, is_large: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the smallest and the largest of the values that are not large.

    Parameters
    ----------
    values : ndarray of shape (n_rows, n_columns)
        NaN marks a missing value.
    is_large : ndarray of bool, shape (n_rows, n_columns)
        Which values are not to count. A column without any is not bounded.
    """
    low, high = np.full(values.shape[1], -np.inf), np.full(values.shape[1], np.inf)
    for j in np.flatnonzero(is_large.any(axis=0)):
        others = values[~is_large[:, j], j]
        low[j], high[j] = np.fmin.reduce(others), np.fmax.reduce(others)
    return low, high


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
    usual : UsualScale or None
        Which samples are of another unit or scale than the training data.
    bounds : tuple of two ndarrays of float64, shape (n_features,), or None
        Smallest and largest value that the network reads of each feature; values beyond are cut
        off. None if no sample of the training data was of another scale.
    """

    mean: np.ndarray
    scale: np.ndarray
    has_missing: bool
    sample_scale: SampleScale | None = None
    dtype: str = "float32"
    usual: UsualScale | None = None
    bounds: tuple[np.ndarray, np.ndarray] | None = None

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

        ``standardize="auto"`` also looks whether the samples' own scales are needed, and leaves
        samples of another scale out of mean and scale.
        """
        values = sequences.values
        n_features = values.shape[1]
        has_missing = values.dtype.kind == "f" and bool(np.isnan(values).any())
        mean, scale = np.zeros(n_features), np.ones(n_features)
        of_samples = sample_mean_and_std(sequences)
        usual, bounds = UsualScale.learn(sequences, of_samples), None
        weight = None if sample_weight is None else sample_weight[sequences.sample_of_step]
        if standardize == "auto":
            is_large = usual.large_values(sequences)
            if is_large is not None:
                bounds = bounds_of_others(values, is_large)
                values = np.where(is_large, np.nan, values)
        if standardize == "robust":
            mean, scale = weighted_median_and_iqr(values, weight)
        elif standardize:
            mean, scale = weighted_mean_and_scale(values, weight)
        statistics = cls(mean, scale, has_missing, None, dtype, usual, bounds)
        if standardize != "auto":
            return statistics
        needed = SampleScale.where_needed(of_samples[1], scale, sample_weight)
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
            if self.bounds is not None:
                rows = np.clip(rows, *self.bounds)
            with np.errstate(over="ignore", under="ignore", invalid="ignore"):
                scaled = (rows - self.mean) / self.scale
            standardized[start : start + _CHUNK] = np.clip(scaled, -_LIMIT, _LIMIT)
        return JaggedSequences(standardized, sequences.lengths)
