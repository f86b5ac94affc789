"""How the series of a panel came, and forecasts written back in that form."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._clock import Clock

__all__ = ["Layout", "float_dtype", "with_first_level"]


@dataclass(frozen=True, eq=False)
class Layout:
    """The container that y came in, as far as a forecast in the same form needs it.

    Attributes
    ----------
    container : {"series", "frame", "array"}
        Series or list of numbers is "array" when it came without an index.
    rows_are_panel : bool
        Whether a row belongs to one series at one time; else a row is a time of all series.
    n_dims : {1, 2}
        Dimensions of the container.
    label : label or None
        Name of a Series, or the one column of a panel's frame.
    columns : Index or None
        Columns of a frame.
    level_names : tuple of 2 labels, or None
        Names of a panel's index levels.
    dtype : dtype
        Of the forecasts.
    """

    container: Literal["series", "frame", "array"]
    rows_are_panel: bool
    n_dims: int
    dtype: Any
    label: Any = None
    columns: pd.Index | None = None
    level_names: tuple[Any, Any] | None = None

    @property
    def is_wide(self) -> bool:
        """Whether a row holds the values of all series at one time."""
        return self.n_dims == 2 and not self.rows_are_panel

    def write(self, values: Any, ids: pd.Index, positions: Any, clock: Clock) -> Any:
        """Return values as a container of this layout.

        Parameters
        ----------
        values : ndarray of shape (n_series, n_steps), or list of ndarrays of shape (n_steps_i,)
            Forecasts of the series in ``ids``; a third axis makes a column of each of its entries.
        ids : Index of length n_series
            The series that are written.
        positions : ndarray of shape (n_series, n_steps), or list of ndarrays of shape (n_steps_i,)
            Clock positions of the values.
        clock : Clock
            Gives the times of the positions.
        """
        if self.is_wide:
            table = np.stack(list(values), axis=1)  # (n_steps, n_series)
            if self.container == "array":
                return table.astype(self.dtype)
            index = clock.index(_shared_positions(positions))
            return pd.DataFrame(table, index=index, columns=ids, dtype=self.dtype)
        column = np.concatenate(list(values))
        if self.container == "array":
            column = column.astype(self.dtype)
            return column if self.n_dims == 1 else column[:, None]
        index = self._row_index(ids, positions, clock)
        if self.container == "series":
            return pd.Series(column, index=index, name=self.label, dtype=self.dtype)
        return pd.DataFrame(column[:, None], index=index, columns=self.columns, dtype=self.dtype)

    def write_columns(
        self, values: np.ndarray, names: Sequence[Any], ids: pd.Index, positions: Any, clock: Clock
    ) -> Any:
        """Return several values for each series and time, such as quantiles.

        Parameters
        ----------
        values : ndarray of shape (n_series, n_steps, n_columns)
            Values of the series in ``ids``.
        names : sequence of length n_columns
            What the columns are called.
        ids, positions, clock
            As for :meth:`write`.
        """
        if self.is_wide:
            table = values.transpose(1, 2, 0)  # (n_steps, n_columns, n_series)
            if self.container == "array":
                return table.transpose(0, 2, 1).astype(self.dtype)
            index = clock.index(_shared_positions(positions))
            return pd.DataFrame(
                table.reshape(len(table), -1),
                index=index,
                columns=with_first_level(names, ids),
                dtype=self.dtype,
            )
        table = values.reshape(-1, values.shape[2])
        if self.container == "array":
            table = table.astype(self.dtype)
            return table if self.n_dims == 1 else table[:, None]
        index = self._row_index(ids, positions, clock)
        return pd.DataFrame(table, index=index, columns=pd.Index(list(names)), dtype=self.dtype)

    def _row_index(self, ids: pd.Index, positions: Any, clock: Clock) -> pd.Index:
        if not self.rows_are_panel:
            return clock.index(np.concatenate(list(positions)))
        distinct, time_codes = np.unique(np.concatenate(list(positions)), return_inverse=True)
        lengths = [len(of_series) for of_series in positions]
        return pd.MultiIndex(
            levels=[ids, clock.index(distinct)],
            codes=[np.repeat(np.arange(len(ids)), lengths), time_codes],
            names=self.level_names,
        )


def _shared_positions(positions: Any) -> np.ndarray:
    first = np.asarray(positions[0])
    if any(not np.array_equal(first, others) for others in positions):
        raise ValueError("positions: got different ones for the series of one table.")
    return first


def with_first_level(names: Sequence[Any], ids: pd.Index) -> pd.MultiIndex:
    """Return the column names of a table with a column for each name and series."""
    n_names, n_ids = len(names), len(ids)
    first = pd.Index(list(names)).repeat(n_ids)
    levels = [ids.get_level_values(level) for level in range(ids.nlevels)]
    return pd.MultiIndex.from_arrays(
        [first, *(level[np.tile(np.arange(n_ids), n_names)] for level in levels)],
        names=[None, *ids.names],
    )


def float_dtype(dtypes: Sequence[Any]) -> Any:
    """Return the dtype of forecasts of values of these dtypes: theirs, if it is one of floats."""
    dtype = dtypes[0]
    if all(other == dtype for other in dtypes[1:]):
        is_nullable = types.is_extension_array_dtype(dtype) and not isinstance(
            dtype, pd.SparseDtype
        )
        if dtype == np.float32 or (is_nullable and types.is_float_dtype(dtype)):
            return dtype
    return np.dtype(np.float64)
