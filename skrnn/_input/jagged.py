"""The jagged store: observed timesteps of all samples laid end to end, plus lengths."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

import numpy as np

__all__ = ["JaggedSequences", "RaggedRows", "rows_of"]


def rows_of(samples: np.ndarray, starts: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Positions of all timesteps of the given samples, in their order.

    Parameters
    ----------
    samples : ndarray of int64, shape (n_chosen,)
    starts, lengths : ndarray of int64, shape (n_samples,)
        Position of the first timestep, and number of timesteps, of every sample.
    """
    lengths = lengths[samples]
    shift = starts[samples] - (np.cumsum(lengths) - lengths)
    return np.arange(lengths.sum()) + np.repeat(shift, lengths)


@dataclass(frozen=True)
class JaggedSequences:
    """Sequences of different lengths without padding.

    Parameters
    ----------
    values : ndarray of shape (sum of lengths, n_features); for token ids (sum of lengths,), or \
            (sum of lengths, n_ids)
        The timesteps of sample 0, then those of sample 1, and so on.
    lengths : ndarray of int64, shape (n_samples,)
        Number of timesteps of each sample, at least 1.
    """

    values: np.ndarray
    lengths: np.ndarray

    @classmethod
    def from_rows(cls, rows: RaggedRows) -> JaggedSequences:
        """Wrap what a reader returned."""
        return cls(rows.values, rows.lengths)

    def __len__(self) -> int:
        return len(self.lengths)

    @cached_property
    def starts(self) -> np.ndarray:
        """Position in ``values`` of each sample's first timestep, shape (n_samples,)."""
        return np.cumsum(self.lengths) - self.lengths

    @cached_property
    def sample_of_step(self) -> np.ndarray:
        """The sample that each row of ``values`` belongs to, shape (sum of lengths,)."""
        return np.repeat(np.arange(len(self)), self.lengths)

    @cached_property
    def ranges(self) -> tuple[np.ndarray, np.ndarray]:
        """The least and the largest value of each sample, NaN left out where there are others.

        Both have the shape (n_samples, n_features) and the type of ``values``.
        """
        if self.is_ragged:
            starts = self.starts
            return np.fmin.reduceat(self.values, starts), np.fmax.reduceat(self.values, starts)
        # ten times as fast
        values = self.values.reshape(len(self), -1, *self.values.shape[1:])
        return np.fmin.reduce(values, axis=1), np.fmax.reduce(values, axis=1)

    @property
    def is_ragged(self) -> bool:
        """Whether two samples differ in length."""
        return bool((self.lengths != self.lengths[0]).any())

    def rows_of(self, samples: np.ndarray) -> np.ndarray:
        """Positions in ``values`` of all timesteps of the given samples, in their order."""
        return rows_of(samples, self.starts, self.lengths)

    def take(self, samples: np.ndarray) -> JaggedSequences:
        """Return the given samples, in the given order."""
        return JaggedSequences(self.values[self.rows_of(samples)], self.lengths[samples])

    def split(self) -> list[np.ndarray]:
        """Return one array of shape (T_i, n_features) for each sample, as views."""
        return np.split(self.values, self.starts[1:])

    def pad(self, width: int | None = None, fill: float = np.nan) -> np.ndarray:
        """Return an array of shape (n_samples, width, ...) with ``fill`` behind each sequence."""
        width = int(self.lengths.max()) if width is None else width
        shape = (len(self), width, *self.values.shape[1:])
        dtype = self.values.dtype
        if np.isnan(fill) and dtype.kind != "f":
            dtype = np.dtype(np.float64)
        padded = np.full(shape, fill, dtype=dtype)
        valid = np.arange(width) < self.lengths[:, None]
        padded[valid] = self.values
        return padded


class RaggedRows(NamedTuple):
    """Observed timesteps of all samples laid end to end.

    Attributes
    ----------
    values : ndarray of shape (sum of lengths, n_features); for token ids (sum of lengths,), or \
            (sum of lengths, n_ids)
        Timesteps of sample 0, then those of sample 1, and so on. NaN marks a missing value.
    lengths : ndarray of int64, shape (n_samples,)
        Number of valid timesteps of each sample, at least 1.
    layout : {"table", "sequences", "ragged", "tokens"}
        How the container was read.
    n_columns : int
        What scikit-learn calls ``n_features_in_``: columns of a table, else the last axis.
    names : ndarray of str objects, shape (n_columns,), or None
        Names of the features of a timestep, if the samples carry them; None for a table, whose
        columns are timesteps.
    n_timesteps : int
        The time axis of a table or a 3-D array, padding included; 0 for any other layout.
    """

    values: np.ndarray
    lengths: np.ndarray
    layout: str
    n_columns: int
    names: np.ndarray | None = None
    n_timesteps: int = 0
