"""Inputs for samples whose scales differ by orders of magnitude.

One mean and one scale for all samples serve well as long as the samples are about equally large.
Electric currents of a kettle and of a phone charger are not: next to the kettle, the charger is a
flat line at 0, and no network can see its shape. Then each sample's own shape and scale are given
to the network beside the standardised values.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from skrnn._sequences import JaggedSequences

__all__ = ["SampleScale"]

# Ratio of a large sample's standard deviation to a small one's from which own scales are used.
_LARGE_RATIO = 100.0

# Standard deviations below this, in units of the feature's own, count as this.
_SHAPE_FLOOR = 1e-6
_LOG_FLOOR = 1e-5


def _sample_mean_and_std(sequences: JaggedSequences) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of each sample and feature over observed timesteps."""
    values, starts = sequences.values.astype(np.float64), sequences.starts
    observed = ~np.isnan(values)
    count = np.maximum(np.add.reduceat(observed, starts, axis=0, dtype=np.int64), 1)
    values = np.where(observed, values, 0.0)
    mean = np.add.reduceat(values, starts, axis=0) / count
    deviation = np.where(observed, values - mean[sequences.sample_of_step], 0.0)
    return mean, np.sqrt(np.add.reduceat(deviation**2, starts, axis=0) / count)


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
        cls, standardized: JaggedSequences, sample_weight: np.ndarray | None
    ) -> SampleScale | None:
        """Learn the scales if they differ by orders of magnitude, else return None.

        For half of the features or more, the 90% quantile of the samples' standard deviations must
        be over 100 times the 10% quantile. Constant samples are left out.
        """
        _, std = _sample_mean_and_std(standardized)
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
        scale = np.sqrt(np.average((log_std - mean) ** 2, axis=0, weights=weight))
        return cls(mean, np.where(scale > 0, scale, 1.0))

    def inputs(self, standardized: JaggedSequences) -> np.ndarray:
        """Return each sample's own shape, then its scale, shape (sum of lengths, 2 * n_features).

        The shape is the sample less its mean, over its standard deviation (NaN where missing); the
        scale is the standardised logarithm of that standard deviation.
        """
        mean, std = _sample_mean_and_std(standardized)
        sample = standardized.sample_of_step
        shape = (standardized.values - mean[sample]) / (std + _SHAPE_FLOOR)[sample]
        scale = (np.log(std + _LOG_FLOOR) - self.mean) / self.scale
        return np.concatenate([shape, scale[sample]], axis=1)
