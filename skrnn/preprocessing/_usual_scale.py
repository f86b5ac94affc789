"""How large the values of samples usually are, and which samples are of another unit or scale.

A few recordings in another unit, such as mm/s2 among m/s2 or degrees Fahrenheit among Celsius, can
dominate the standard deviation of a feature, which then hides the differences between all others.
They are told from large samples of a wide distribution by a gap: the few lie about as far beyond
the largest of the rest as the largest of the rest lies beyond the median, or farther, measured in
logarithms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Self

import numpy as np

from skrnn._input.jagged import JaggedSequences
from skrnn.preprocessing._sample_scale import sample_mean_and_std

__all__ = ["UsualScale", "largest_usual"]

# At most this share of the samples is taken for the few; more is a part of the distribution.
_FEW = 0.1

# Smallest ratio between the few and the rest. An action that few samples show may be six times as
# large as what all others do, and at the end of a wide distribution neighbours differ by five.
_GAP = 10.0

# The gap, in units of the distance from the median to the largest of the rest. The latter is
# uncertain with few samples, hence what is added for them.
_N_SPANS = 0.8
_N_UNCERTAIN = 20

# With fewer values than this, no gap between them says anything.
_FEWEST_VALUES = 50

# Data after fit may differ more from the training data than parts of these from one another: bounds
# are this many times as wide.
_LATER = 3.0

# A sample of another unit is large at half of its timesteps at least; one with a peak is not.
_MOST_TIMESTEPS = 0.5

# Values that are converted at a time.
_CHUNK = 1 << 16

# Values that a median is taken from.
_N_MEDIAN = 1 << 14

# Distances below this share of the level are rounding.
_ROUNDING = 10 * np.finfo(np.float64).eps

# A sample is small as a whole if it is small in this share of its features.
_MOST_FEATURES = 0.5


def largest_usual(sizes: np.ndarray) -> np.ndarray:
    """Return for each column the size from which on an entry is no longer one of the rest.

    Parameters
    ----------
    sizes : ndarray of shape (n, n_columns)
        0 or more; NaN marks what was not observed.

    Returns
    -------
    ndarray of shape (n_columns,)
        Infinite where the median is 0: then there is no usual size.
    """
    limits = np.full(sizes.shape[1], np.inf)
    for j, column in enumerate(sizes.T):
        observed = column[~np.isnan(column)]
        if len(observed):
            limits[j] = _limit(observed, float(np.median(observed)))
    return limits


def _limit(sizes: np.ndarray, median: float, n_sizes: int | None = None) -> float:
    """Return the limit of one column, without NaN; ``sizes`` may hold its largest ones only."""
    if not median > 0:
        return np.inf
    n_sizes = len(sizes) if n_sizes is None else n_sizes
    # all but the first of these may be the few
    n_last = min(int(_FEW * n_sizes) + 1, len(sizes))
    tail = np.sort(np.partition(sizes, len(sizes) - n_last)[-n_last:])
    n_spans = _N_SPANS + _N_UNCERTAIN / n_sizes
    with np.errstate(over="ignore"):
        # the size from which on others would be the few, if the rest ended here
        limits = tail * np.maximum(_GAP, np.maximum(tail / median, 1.0) ** n_spans)
    ends = np.flatnonzero(tail[1:] > limits[:-1])
    return float(limits[ends[0]] if len(ends) else limits[-1])


@dataclass(frozen=True)
class UsualScale:
    """The usual size of samples and of single values, for each feature.

    Parameters
    ----------
    centre : ndarray of float64, shape (n_features,)
        Median of the samples' means.
    largest, smallest : ndarray of float64, shape (n_features,)
        Bounds of the root mean square distance from ``centre``, and of the standard deviation, of
        a sample.
    middle : ndarray of float64, shape (n_features,)
        Median of the values.
    largest_distance : ndarray of float64, shape (n_features,)
        Bound of the distance of a single value from ``middle``.
    magnitude : ndarray of float64, shape (n_features,)
        Median of the samples' root mean squares.
    n_samples : int
        How many samples this was learned from.

    Attributes
    ----------
    lowest, highest : ndarray of float64, shape (n_features,)
        Later samples whose values all lie between these are not large.
    """

    centre: np.ndarray
    largest: np.ndarray
    smallest: np.ndarray
    middle: np.ndarray
    largest_distance: np.ndarray
    magnitude: np.ndarray
    n_samples: int
    lowest: np.ndarray = field(init=False)
    highest: np.ndarray = field(init=False)

    def __post_init__(self) -> None:
        distances = (_LATER * self.largest_distance, _LATER * self.largest)
        lowest = np.maximum(self.middle - distances[0], self.centre - distances[1])
        highest = np.minimum(self.middle + distances[0], self.centre + distances[1])
        object.__setattr__(self, "lowest", lowest)
        object.__setattr__(self, "highest", highest)

    @classmethod
    def learn(
        cls,
        sequences: JaggedSequences,
        of_samples: tuple[np.ndarray, np.ndarray] | None = None,
        *,
        are_targets: bool = False,
    ) -> Self:
        """Learn from the samples of the training data.

        ``of_samples`` is what :func:`sample_mean_and_std` returns of them, if it is known already.
        A target may be the same in most samples, such as 0 and 1, where a single one of another
        unit moves all predictions. In a feature that mostly rests, small and large movements are
        both usual.
        """
        mean, std = _observed_mean_and_std(sequences, of_samples)
        centre = _medians(mean)
        with np.errstate(over="ignore", divide="ignore"):
            size = _size(mean, std, centre)
            largest = largest_usual(_away_from_the_centre(size) if are_targets else size)
            inverse = np.where(std > 0, 1 / std, 0.0)
            smallest = 1 / largest_usual(inverse)
        middle, farthest = _usual_values(sequences, size <= largest)
        magnitude = _medians(np.hypot(mean, std))
        return cls(centre, largest, smallest, middle, farthest, magnitude, len(sequences))

    @property
    def knows_others(self) -> bool:
        """Whether there were enough samples to judge those of another data set."""
        return self.n_samples >= _N_UNCERTAIN

    def unusual(self, sequences: JaggedSequences, *, is_fit: bool) -> np.ndarray:
        """Return which samples are of another scale, bool of shape (n_samples, n_features).

        Parameters
        ----------
        sequences : JaggedSequences
            The samples.
        is_fit : bool
            Whether the scale was learned from these samples.
        """
        lowest, highest = _ranges(sequences)
        # no sample has a smaller standard deviation than one that is constant but for two values
        least_std = (highest - lowest) / np.sqrt(2 * sequences.lengths[:, None])
        is_still = least_std < self.smallest
        if not is_fit:
            # a sample that is predicted by itself has no time for more
            seen = is_still | (lowest < self.lowest) | (highest > self.highest)
            if not seen.any():
                return seen
        factor = 1.0 if is_fit else _LATER
        found = self._has_a_far_value(lowest, highest, factor)
        far = np.fmax(highest - self.centre, self.centre - lowest) > factor * self.largest
        if far.any() or is_still.any():
            mean, std = _observed_mean_and_std(sequences)
            found |= self._are_large(sequences, mean, std, factor)
            # A recording at rest varies little, but keeps its level.
            is_low = np.hypot(mean, std) < self.magnitude / _GAP
            small = (std > 0) & (std < self.smallest) & is_low
            # The quietest of many features may be a still one; a recording in another unit is
            # small in most of those that have a usual size.
            share = small.sum(axis=1) / max(1, np.count_nonzero(self.smallest))
            found |= small & (share >= _MOST_FEATURES)[:, None]
        return found

    def large_values(self, sequences: JaggedSequences) -> np.ndarray | None:
        """Return which values are too large themselves, or of samples that are, None for none.

        A bool array of the shape of ``sequences.values``. In every feature that has a usual scale
        most values are not among them.
        """
        lowest, highest = _ranges(sequences)
        has_a_far_value = self._has_a_far_value(lowest, highest).any()
        # no root mean square is above the largest distance, which takes less time to find
        far = np.fmax(highest - self.centre, self.centre - lowest) > self.largest
        if not has_a_far_value and not far.any():
            return None
        mean, std = _observed_mean_and_std(sequences)
        is_large = self._are_large(sequences, mean, std)
        if not has_a_far_value and not is_large.any():
            return None
        distance = np.abs(sequences.values.astype(np.float64) - self.middle)
        return is_large[sequences.sample_of_step] | (distance > self.largest_distance)

    def _are_large(
        self, sequences: JaggedSequences, mean: np.ndarray, std: np.ndarray, factor: float = 1.0
    ) -> np.ndarray:
        """Return which samples are too large as a whole, bool of shape (n_samples, n_features)."""
        found = _size(mean, std, self.centre) > factor * self.largest
        if not found.any():
            return found
        distance = np.abs(sequences.values.astype(np.float64) - self.centre)
        n_far = np.add.reduceat(distance > factor * self.largest / 2, sequences.starts, axis=0)
        return found & (n_far >= _MOST_TIMESTEPS * sequences.lengths[:, None])

    def _has_a_far_value(
        self, lowest: np.ndarray, highest: np.ndarray, factor: float = 1.0
    ) -> np.ndarray:
        distance = np.fmax(highest - self.middle, self.middle - lowest)
        return distance > factor * self.largest_distance


def _observed_mean_and_std(
    sequences: JaggedSequences, of_samples: tuple[np.ndarray, np.ndarray] | None = None
) -> tuple[np.ndarray, np.ndarray]:
    """Return mean and standard deviation of samples, NaN where nothing was observed."""
    mean, std = sample_mean_and_std(sequences) if of_samples is None else of_samples
    values = sequences.values
    if values.dtype.kind == "f":
        never = np.logical_and.reduceat(np.isnan(values), sequences.starts, axis=0)
        if never.any():
            mean, std = np.where(never, np.nan, mean), np.where(never, np.nan, std)
    return mean, std


def _size(mean: np.ndarray, std: np.ndarray, centre: np.ndarray) -> np.ndarray:
    """Return the root mean square distance of samples from the centre, 0 if it is rounding."""
    size = np.hypot(mean - centre, std)
    return np.where(size > _ROUNDING * np.abs(centre), size, size * 0)


def _away_from_the_centre(sizes: np.ndarray) -> np.ndarray:
    """Return sizes of which most are above 0, so that there is a usual one.

    Samples at the centre, if they are most, are left out (NaN) where the others are enough to tell
    what is usual among them.
    """
    sizes = sizes.copy()
    for column in sizes.T:
        is_away = column > 0
        n_away, n_observed = np.count_nonzero(is_away), np.count_nonzero(~np.isnan(column))
        if _N_UNCERTAIN <= n_away <= n_observed / 2:
            column[~is_away] = np.nan
    return sizes


def _medians(values: np.ndarray) -> np.ndarray:
    """Return the median of each column, 0 where nothing was observed."""
    observed = [column[~np.isnan(column)] for column in values.T]
    return np.array([np.median(column) if len(column) else 0.0 for column in observed])


def _ranges(sequences: JaggedSequences) -> tuple[np.ndarray, np.ndarray]:
    """Return the least and the largest value of each sample, shape (n_samples, n_features)."""
    lowest, highest = sequences.ranges
    return lowest.astype(np.float64), highest.astype(np.float64)


def _usual_values(sequences: JaggedSequences, usual: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the median of the values and the bound of their distance from it.

    Parameters
    ----------
    sequences : JaggedSequences
        The training data.
    usual : ndarray of bool, shape (n_samples, n_features)
        The samples whose values count.
    """
    n_features = usual.shape[1]
    lowest, highest = _ranges(sequences)
    is_complete = sequences.values.dtype.kind != "f" or not np.isnan(sequences.values).any()
    middle, limits = np.zeros(n_features), np.full(n_features, np.inf)
    for j in range(n_features):
        stride = max(1, len(sequences.values) // _N_MEDIAN)
        # The median of all would take long, and the bound needs no better one.
        drawn = np.concatenate(list(_usual_parts(sequences, usual, j, stride)))
        if len(drawn) < _FEWEST_VALUES:
            continue
        middle[j] = np.median(drawn)
        distance = np.abs(drawn - middle[j])
        median, cut = np.quantile(distance, [0.5, 1 - 2 * _FEW])
        if median <= _ROUNDING * np.abs(middle[j]):
            continue
        counted = usual[:, j]
        largest = np.fmax(highest[counted, j] - middle[j], middle[j] - lowest[counted, j]).max()
        if is_complete and largest <= _GAP * cut:
            # no gap is among the largest distances, so the largest alone decides.
            n_values, far = int(sequences.lengths[counted].sum()), np.array([largest])
        else:
            n_values, far = _far_distances(_usual_parts(sequences, usual, j), middle[j], cut)
        limits[j] = _limit(far, float(median), n_values)
    return middle, limits


def _far_distances(
    parts: Iterator[np.ndarray], middle: float, cut: float
) -> tuple[int, np.ndarray]:
    """Return how many values there are, and the distances from the middle above a cut."""
    n_values, far = 0, [np.array([cut])]
    for part in parts:
        distance = np.abs(part - middle)
        far.append(distance[distance > cut])
        n_values += len(part)
    return n_values, np.concatenate(far)


def _usual_parts(
    sequences: JaggedSequences, usual: np.ndarray, feature: int, stride: int = 1
) -> Iterator[np.ndarray]:
    """Yield every so many observed values of a feature, part by part, of the samples that count."""
    values = sequences.values
    counts = None if usual[:, feature].all() else usual[sequences.sample_of_step, feature]
    for start in range(0, len(values), _CHUNK * stride):
        rows = slice(start, start + _CHUNK * stride, stride)
        part = values[rows, feature].astype(np.float64)
        observed = ~np.isnan(part) if counts is None else counts[rows] & ~np.isnan(part)
        yield part[observed]
