"""Inputs for samples whose scales differ by orders of magnitude.

One mean and one scale for all samples serve well as long as the samples are about equally large.
Electric currents of a kettle and of a phone charger are not: next to the kettle, the charger is a
flat line at 0, and no network can see its shape. Then each sample's own shape and scale are given
to the network beside the standardised values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skrnn._input.jagged import JaggedSequences

__all__ = ["SampleScale", "sample_mean_and_std"]

# Ratio of a large sample's standard deviation to a small one's from which own scales are used.
_LARGE_RATIO = 100.0

# Values that are converted at a time: few enough for the processor's cache.
_BLOCK = 1 << 16

# Standard deviations below this, in units of the feature's own, count as this.
_SHAPE_FLOOR = 1e-6
_LOG_FLOOR = 1e-5


def sample_mean_and_std(sequences: JaggedSequences) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each sample and feature over observed timesteps.

    Parameters
    ----------
    sequences : JaggedSequences
        NaN marks a missing value.

    Returns
    -------
    mean, std : ndarray of float64, shape (n_samples, n_features)
        The standard deviation of a constant sample is exactly 0.
    """
    shape = (len(sequences), sequences.values.shape[1])
    mean, std = np.empty(shape), np.empty(shape)
    # Blocks of whole samples, so that working copies in float64 stay small.
    ends = sequences.starts + sequences.lengths
    n_rows = max(1, _BLOCK // shape[1])
    first = 0
    while first < len(sequences):
        stop = int(np.searchsorted(ends, sequences.starts[first] + n_rows, side="right"))
        stop = max(stop, first + 1)
        start_row = sequences.starts[first]
        values = sequences.values[start_row : ends[stop - 1]].astype(np.float64)
        starts, lengths = sequences.starts[first:stop] - start_row, sequences.lengths[first:stop]
        missing = np.isnan(values)
        n_observed = lengths[:, None].astype(np.float64)
        if has_missing := bool(missing.any()):
            values[missing] = 0.0
            n_missing = np.add.reduceat(missing, starts, axis=0, dtype=np.float64)
            n_observed = np.maximum(n_observed - n_missing, 1)
        with np.errstate(over="ignore", under="ignore"):
            block_mean = np.add.reduceat(values, starts, axis=0) / n_observed
            values -= np.repeat(block_mean, lengths, axis=0)
            if has_missing:
                values[missing] = 0.0
            values *= values
            block_std = np.sqrt(np.add.reduceat(values, starts, axis=0) / n_observed)
        # A spread at the level of rounding is a constant sample, not a signal to be blown up.
        rounding = 10 * np.finfo(np.float64).eps * np.abs(block_mean)
        mean[first:stop] = block_mean
        std[first:stop] = np.where(block_std <= rounding, 0.0, block_std)
        first = stop
    return mean, std


@dataclass(frozen=True)
class SampleScale:
    """What ``fit`` learns about the samples' own scales.

    Parameters
    ----------
    mean, scale : ndarray of float64, shape (n_features,)
        Of the logarithm of the samples' standard deviations.
    """

    mean: np.ndarray
    scale: np.ndarray

    @classmethod
    def where_needed(
        cls, std: np.ndarray, scale: np.ndarray, sample_weight: np.ndarray | None
    ) -> SampleScale | None:
        """Learn the scales if they differ by orders of magnitude, else return None.

        For half of the features or more, the 90% quantile of the samples' standard deviations must
        be over 100 times the 10% quantile. Constant samples are left out. ``std`` is that of the
        samples, as :func:`sample_mean_and_std` returns it, and ``scale`` holds the features' own
        standard deviations, which the samples' are measured by.
        """
        std = std / scale
        weight = np.ones(len(std)) if sample_weight is None else sample_weight
        ratios = []
        for column in std.T:
            varying = column > 0
            if varying.any():
                # this kind of quantile makes a weight of 2 the same as two samples.
                small, large = np.quantile(
                    column[varying], [0.1, 0.9], weights=weight[varying], method="inverted_cdf"
                )
                ratios.append(large / small)
        if not ratios or np.median(ratios) <= _LARGE_RATIO:
            return None
        log_std = np.log(std + _LOG_FLOOR)
        mean = np.average(log_std, axis=0, weights=weight)
        spread = np.sqrt(np.average((log_std - mean) ** 2, axis=0, weights=weight))
        return cls(mean, np.where(spread > 0, spread, 1.0))

    def inputs(self, standardized: JaggedSequences) -> np.ndarray:
        """Return each sample's own shape, then its scale, shape (sum of lengths, 2 * n_features).

        The shape is the sample less its mean, over its standard deviation (NaN where missing); the
        scale is the standardised logarithm of that standard deviation.
        """
        mean, std = sample_mean_and_std(standardized)
        sample = standardized.sample_of_step
        shape = (standardized.values - mean[sample]) / (std + _SHAPE_FLOOR)[sample]
        scale = (np.log(std + _LOG_FLOOR) - self.mean) / self.scale
        return np.concatenate([shape, scale[sample]], axis=1)
