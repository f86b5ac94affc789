"""Parts of sequences exchanged between samples, in the container that they came in."""

from __future__ import annotations

from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.columns import column_labels
from skrnn._input.containers import is_ragged_container, object_array, to_container
from skrnn._input.feature_columns import to_samples
from skrnn._input.jagged import JaggedSequences
from skrnn._input.measurements import read_measurements
from skrnn._input.named_axes import SAMPLE, is_data_array, with_axes
from skrnn._input.numbers import sample_to_array
from skrnn._input.tokens import read_tokens

__all__ = ["CourseExchange"]


class CourseExchange:
    """Samples that take over parts of one another.

    A timestep of a sample takes the value that another sample has at the same point of its own
    course: a tenth of the way from its first timestep to its last, say. Nothing is interpolated.
    Missing values and padding stay where they are: where the other sample has none, its nearest
    observed value is taken, and where it has none at all, the sample keeps its own.

    Parameters
    ----------
    X : sequences
        In any container that an estimator reads.
    reads_tokens : bool
        Whether they are token ids.
    """

    def __init__(self, X: Any, *, reads_tokens: bool) -> None:
        if reads_tokens:
            rows = read_tokens(X, allow_several=True)
        else:
            rows = read_measurements(X, warn_on_tokens=False)
        values = rows.values[:, None] if rows.values.ndim == 1 else rows.values
        self.sequences = JaggedSequences(values, rows.lengths)
        X = with_axes(X, "X")
        self._X = X if is_data_array(X) else to_samples(X, "X")
        self._names = rows.names
        if rows.names is not None and rows.layout == "ragged" and column_labels(X) is not None:
            # a table with a row for each sample, whose names each sample carries from here on
            self._X = [_named(sample, rows.names) for sample in self._X]

    def __len__(self) -> int:
        return len(self.sequences)

    @property
    def feature_names(self) -> list[Any]:
        """Names of the features, if the samples carry them, else numbers from 0."""
        if self._names is not None:
            return self._names.tolist()
        labels = None if self._is_table else column_labels(next(iter(self._X)))
        return list(range(self.sequences.values.shape[1])) if labels is None else labels

    def segments(self, n_segments: int) -> np.ndarray:
        """Return the number of its segment, equally long parts of a course, for each row."""
        lengths = self.sequences.lengths[self.sequences.sample_of_step]
        # at the middle of a timestep
        return (2 * self._step + 1) * n_segments // (2 * lengths)

    def exchanged(
        self, order: np.ndarray, *, feature: int | None = None, rows: np.ndarray | None = None
    ) -> Any:
        """Return the samples with a part of each taken from another one.

        Parameters
        ----------
        order : ndarray of int, shape (n_samples,)
            The sample that each one takes from.
        feature : int or None
            The feature that is taken; None takes all.
        rows : ndarray of bool, shape (sum of lengths,), or None
            Timesteps at which something is taken; None takes from all.

        Returns
        -------
        sequences
            In the container that they came in.
        """
        sequences = self.sequences
        own, other = sequences.sample_of_step, order[sequences.sample_of_step]
        lengths = sequences.lengths
        step = (2 * self._step + 1) * lengths[other] // (2 * lengths[own])
        taken_from = sequences.starts[other] + step
        values = sequences.values.copy()
        columns = range(values.shape[1]) if feature is None else [feature]
        for column in columns:
            source = taken_from
            is_taken = np.ones(len(values), dtype=bool) if rows is None else rows.copy()
            if self._missing is not None:
                source = self._nearest_observed[taken_from, column]
                is_taken &= ~self._missing[:, column] & (source >= 0)
            values[is_taken, column] = sequences.values[source[is_taken], column]
        return self._like_given(values)

    @cached_property
    def _step(self) -> np.ndarray:
        sequences = self.sequences
        return np.arange(len(sequences.values)) - sequences.starts[sequences.sample_of_step]

    @cached_property
    def _missing(self) -> np.ndarray | None:
        values = self.sequences.values
        missing = np.isnan(values) if values.dtype.kind == "f" else None
        return missing if missing is not None and missing.any() else None

    @cached_property
    def _nearest_observed(self) -> np.ndarray:
        """The nearest row with a value in the same sample, -1 without any, of each value."""
        assert self._missing is not None
        sequences = self.sequences
        position = np.arange(len(sequences.values))[:, None]
        first = sequences.starts[sequences.sample_of_step][:, None]
        stop = first + sequences.lengths[sequences.sample_of_step][:, None]
        n_rows = len(position)
        before = np.maximum.accumulate(np.where(self._missing, -1, position), axis=0)
        after = np.where(self._missing, n_rows, position)[::-1]
        after = np.minimum.accumulate(after, axis=0)[::-1]
        is_before, is_after = before >= first, after < stop
        is_nearer = position - before <= after - position
        nearest = np.where(is_before & (is_nearer | ~is_after), before, after)
        return np.where(is_before | is_after, nearest, -1)

    # -- the container ---------------------------------------------------------------------

    @cached_property
    def _is_table(self) -> bool:
        return not is_ragged_container(to_container(self._X, "X"))

    def _like_given(self, values: np.ndarray) -> Any:
        X, sequences = self._X, self.sequences
        if self._is_table:
            array = np.array(to_container(X, "X"))
            if array.dtype.kind not in "iuf":
                array = array.astype(values.dtype)
            is_valid = np.arange(array.shape[1]) < sequences.lengths[:, None]
            array[is_valid] = values if array.ndim == 3 else values[:, 0]
            return _like(X, array)
        samples = [
            _with_values(sample, part)
            for sample, part in zip(
                X, JaggedSequences(values, sequences.lengths).split(), strict=True
            )
        ]
        if not isinstance(X, (np.ndarray, pd.Series)):
            return samples
        objects = object_array(samples)
        return objects if isinstance(X, np.ndarray) else pd.Series(objects, index=X.index)


def _named(sample: Any, names: np.ndarray) -> Any:
    return pd.DataFrame(sample, columns=names) if column_labels(sample) is None else sample


def _with_values(sample: Any, values: np.ndarray) -> Any:
    """Return a copy of a sample with new values up to its length."""
    array = np.array(sample_to_array(sample, "X", "", "ragged"))
    array[: len(values)] = values if array.ndim == 2 else values[:, 0]
    return _like(sample, array)


def _like(given: Any, array: np.ndarray) -> Any:
    """Put an array into the container of a table, with its names, or of a Series."""
    if isinstance(given, pd.DataFrame):
        return pd.DataFrame(array, index=given.index, columns=given.columns)
    if isinstance(given, pd.Series):
        return pd.Series(array, index=given.index)
    if array.ndim == 3:
        return given.copy(data=array) if is_data_array(given) else array
    labels = column_labels(with_axes(given, "X", SAMPLE))
    return array if labels is None else pd.DataFrame(array, columns=labels)
