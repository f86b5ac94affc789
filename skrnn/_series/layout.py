"""How the series of a panel came, and forecasts written back in that form."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._series.clock import Clock

__all__ = ["Layout", "float_dtype"]


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
    level_names: tuple[Hashable, ...] | None = None

    @property
    def is_wide(self) -> bool:
        """Whether a row holds the values of all series at one time."""
        return self.n_dims == 2 and not self.rows_are_panel

    def write(
        self,
        values: Any,
        ids: pd.Index,
        positions: Any,
        clock: Clock,
        columns: Sequence[Any] | None = None,
    ) -> Any:
        """Return values of series as a container of this layout.

        Parameters
        ----------
        values : ndarray of shape (n_series, n_steps), or list of ndarrays of shape (n_steps_i,)
            Forecasts of the series in ``ids``. One more axis, ``n_columns``, if there are
            ``columns``.
        ids : Index of length n_series
            The series that are written.
        positions : ndarray of shape (n_series, n_steps), or list of ndarrays of shape (n_steps_i,)
            Clock positions of the values; the same for all series of a table.
        clock : Clock
            Gives the times of the positions.
        columns : sequence of length n_columns, or None
            Names of several values for each series and time, such as quantiles.
        """
        index = self.row_index(ids, positions, clock)
        rows = np.stack(list(values), axis=1) if self.is_wide else np.concatenate(list(values))
        return self.write_rows(rows, index, ids, columns)

    def write_rows(
        self,
        values: np.ndarray,
        index: pd.Index,
        ids: pd.Index,
        columns: Sequence[Any] | None = None,
    ) -> Any:
        """Return the values of rows as a container of this layout.

        Parameters
        ----------
        values : ndarray of shape (n_rows,), or (n_rows, n_series) for a table
            One more axis, ``n_columns``, if there are ``columns``.
        index : Index of length n_rows
            Of the rows.
        ids, columns
            As for :meth:`write`. A table with ``columns`` has a column for each series under
            each of them, an array one more axis.
        """
        bits = np.finfo(getattr(self.dtype, "numpy_dtype", self.dtype))
        if bits.bits < 64:  # a forecast may grow beyond the values it began with
            values = np.clip(values, bits.min, bits.max)
        if self.container == "array":
            values = values.astype(self.dtype)
            return values[:, None] if self.n_dims == 2 and not self.is_wide else values
        if self.container == "series" and columns is None:
            return pd.Series(values, index=index, name=self.label, dtype=self.dtype)
        if self.is_wide and columns is not None:
            names: Any = _with_first_level(columns, ids)
            values = values.transpose(0, 2, 1).reshape(len(values), -1)
        elif self.is_wide:
            names = ids
        elif columns is not None:
            names = pd.Index(list(columns))
        else:
            names, values = self.columns, values[:, None]
        return pd.DataFrame(values, index=index, columns=names, dtype=self.dtype)

    def row_index(self, ids: pd.Index, positions: Any, clock: Clock) -> pd.Index:
        """Return the index of rows; the arguments are those of :meth:`write`."""
        if not self.rows_are_panel:
            return clock.index(_shared_positions(positions))
        distinct, time_codes = np.unique(np.concatenate(list(positions)), return_inverse=True)
        lengths = [len(steps) for steps in positions]
        return pd.MultiIndex(
            levels=[ids, clock.index(distinct)],  # type: ignore[list-item]  # stubs ask for lists
            codes=[np.repeat(np.arange(len(ids)), lengths), time_codes],  # type: ignore[list-item]
            names=self.level_names,
        )


def _shared_positions(positions: Any) -> np.ndarray:
    first = np.asarray(positions[0])
    if any(not np.array_equal(first, others) for others in positions):
        raise ValueError("positions: got different ones for the series of one table.")
    return first


def _with_first_level(names: Sequence[Any], ids: pd.Index) -> pd.MultiIndex:
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
