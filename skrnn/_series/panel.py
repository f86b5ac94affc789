"""A panel of series, laid end to end on a common clock."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.numbers import LARGEST
from skrnn._series.clock import Clock, describe_times
from skrnn._series.layout import Layout
from skrnn._series.rows import Rows, describe_ids, read_levels, read_rows
from skrnn._series.values import read_values

__all__ = ["Panel", "read_panel", "refuse_wide_gaps", "rows_of_index"]

# More steps of the grid than these are no gaps between rows but a frequency that does not fit.
MAX_STEPS = 1_000_000
MAX_STEPS_PER_ROW = 100


@dataclass(frozen=True, eq=False)
class Panel:
    """Values of all series, each on every step of the clock from its first row to its last.

    Attributes
    ----------
    values : ndarray of float64, shape (n_steps_total,)
        Steps of series 0, then those of series 1, and so on. NaN where a value, or the whole row,
        is missing.
    starts : ndarray of int64, shape (n_series,)
        Where each series starts in ``values``.
    lengths : ndarray of int64, shape (n_series,)
        Steps of each series, at least 1.
    first : ndarray of int64, shape (n_series,)
        Clock position of the first step of each series.
    ids : Index of length n_series
        Series ids, in the order of their first rows.
    clock : Clock
        The times of the positions.
    layout : Layout
        How the series came.
    """

    values: np.ndarray
    starts: np.ndarray
    lengths: np.ndarray
    first: np.ndarray
    ids: pd.Index
    clock: Clock
    layout: Layout

    @property
    def n_series(self) -> int:
        """Number of series."""
        return len(self.starts)

    @cached_property
    def stops(self) -> np.ndarray:
        """Where each series ends in ``values``, exclusive."""
        return self.starts + self.lengths

    @cached_property
    def last(self) -> np.ndarray:
        """Clock position of the last step of each series."""
        return self.first + self.lengths - 1

    @cached_property
    def observed_lengths(self) -> np.ndarray:
        """Steps of each series from its first observed one on, 0 if there is none."""
        has_begun = np.logical_or.accumulate
        return np.array(
            [
                int(has_begun(~np.isnan(self.values[start:stop])).sum())
                for start, stop in zip(self.starts, self.stops, strict=True)
            ]
        )

    def row_of(self, series: Any, positions: Any) -> np.ndarray:
        """Return where in ``values`` a series' step stands, -1 if it has no such step.

        Parameters
        ----------
        series, positions : array of int, of shapes that broadcast
            Number of the series (-1: none), and clock position.
        """
        series, positions = np.asarray(series), np.asarray(positions)
        steps = positions - self.first[series]
        is_inside = (series >= 0) & (steps >= 0) & (steps < self.lengths[series])
        return np.where(is_inside, self.starts[series] + steps, -1)

    def series_of(self, rows: Any) -> np.ndarray:
        """Return the numbers of the series that rows of ``values`` belong to."""
        return np.searchsorted(self.starts, rows, side="right") - 1

    def positions_of(self, rows: Any) -> np.ndarray:
        """Return the clock positions of rows of ``values``."""
        series = self.series_of(rows)
        return np.asarray(self.first[series] + rows - self.starts[series])

    def future_container(
        self,
        values: np.ndarray,
        first_position: np.ndarray,
        columns: Sequence[Any] | None = None,
    ) -> Any:
        """Write forecasts in the form that y came in.

        Parameters
        ----------
        values : ndarray of shape (n_series, n_steps)
            Forecasts of all series. One more axis, ``n_columns``, if there are ``columns``.
        first_position : ndarray of int, shape (n_series,)
            Clock position of each series' first forecast; the same for all series of a table.
        columns : sequence of length n_columns, or None
            Names of several values for each series and step, such as quantiles.

        Returns
        -------
        Series, DataFrame or ndarray
            With the times of the forecasts as its index. A DataFrame if there are ``columns``:
            one for each of them; if y is a table, under each of them one for each series. An
            array has them as one more axis at its end.
        """
        positions = np.asarray(first_position)[:, None] + np.arange(values.shape[1])
        return self.layout.write(values, self.ids, positions, self.clock, columns)


def read_panel(
    y: Any,
    *,
    name: str = "y",
    clock: Clock | None = None,
    freq: Any = None,
    index: pd.Index | None = None,
    may_be_empty: bool = False,
) -> Panel:
    """Read one series or many.

    Parameters
    ----------
    y : Series, DataFrame or array
        A Series with a plain index, or a 1-D array or list, is one series. A DataFrame with a
        plain index, or a 2-D array (n_timesteps, n_series), has a column for each series. With a
        (series, time) MultiIndex, a Series or a DataFrame of one column has a row for each time of
        each series.
    name : str
        The argument's name in error messages.
    clock : Clock or None
        The grid that the times have to be on; None finds it.
    freq : str, pandas offset or None, default=None
        The frequency of the grid to be found, if it is known.
    index : Index or None
        Index of y, if y is an array.
    may_be_empty : bool, default=False
        Whether a series may be without any value.

    Returns
    -------
    Panel
        Shares no memory with y.

    Raises
    ------
    TypeError
        If y is none of these, or its index holds no times.
    ValueError
        If y is empty, its values are not real and finite, its times are out of order, repeated,
        missing or off the grid, or a series has no value at all.
    """
    found = read_values(y, name, index)
    values, index, ids, layout = found.values, found.index, found.ids, found.layout
    rows = read_rows(index, name=name, clock=clock, freq=freq)
    if ids is None:
        panel = _lay_rows(values, rows, layout, name)
    else:
        panel = _lay_table(values, rows, ids, layout, name)
    _refuse_too_large(panel, name)
    if not may_be_empty:
        _refuse_empty_series(panel, name)
    return panel


def rows_of_index(index: pd.Index, *, panel: Panel, name: str) -> tuple[np.ndarray, np.ndarray]:
    """Find the series and the clock position of each row of another index, in any order.

    Parameters
    ----------
    index : Index
        With (series, time) levels, or plain: then a row belongs to the one series, or to all the
        series of a table.
    panel : Panel
        Gives series ids and the clock.
    name : str
        The name of the argument that has this index.

    Returns
    -------
    series : ndarray of int64, shape (n_rows,)
        Number of the series, -1 if the panel has none of that id; 0 for a plain index.
    positions : ndarray of int64, shape (n_rows,)
        Clock position.
    """
    if not isinstance(index, pd.MultiIndex):
        if panel.layout.rows_are_panel:
            raise ValueError(
                f"{name}: got an index of times only, {type(index).__name__}. Expected a (series, "
                f"time) MultiIndex, which y has. Add the series to it, {name}.set_index([series, "
                "time])."
            )
        return np.zeros(len(index), dtype=np.int64), panel.clock.positions(index, name=name)
    if not panel.layout.rows_are_panel and not panel.layout.is_wide:
        raise ValueError(
            f"{name}: got a MultiIndex with levels {list(index.names)}. Expected an index of times "
            f"only, which y has. Take the rows of one series, {name}.xs({index[0][0]!r})."
        )
    series, ids, times, time_codes = read_levels(index, name)
    positions = panel.clock.positions(times, name=name, is_panel=True)
    return panel.ids.get_indexer(ids)[series], positions[time_codes]


def _lay_rows(values: np.ndarray, rows: Rows, layout: Layout, name: str) -> Panel:
    ids = rows.ids
    assert ids is not None
    n_series = len(ids)
    first = np.full(n_series, np.iinfo(np.int64).max)
    last = np.full(n_series, np.iinfo(np.int64).min)
    np.minimum.at(first, rows.series, rows.positions)
    np.maximum.at(last, rows.series, rows.positions)
    lengths = last - first + 1
    refuse_wide_gaps(lengths, len(values), rows.clock, name)
    starts = np.cumsum(lengths) - lengths
    flat = np.full(int(lengths.sum()), np.nan)
    flat[(starts - first)[rows.series] + rows.positions] = values
    return Panel(flat, starts, lengths, first, ids, rows.clock, layout)


def _lay_table(values: np.ndarray, rows: Rows, ids: pd.Index, layout: Layout, name: str) -> Panel:
    n_series = values.shape[1]
    first, last = int(rows.positions[0]), int(rows.positions[-1])
    length = last - first + 1
    lengths = np.full(n_series, length)
    refuse_wide_gaps(lengths[:1], len(values), rows.clock, name)
    table = np.full((n_series, length), np.nan)
    table[:, rows.positions - first] = values.T
    starts = np.arange(n_series) * length
    return Panel(table.ravel(), starts, lengths, np.full(n_series, first), ids, rows.clock, layout)


def refuse_wide_gaps(lengths: np.ndarray, n_rows: int, clock: Clock, name: str) -> None:
    """Raise an error if the steps between the rows are too many to be missing values."""
    n_steps = sum(int(length) % 2**64 for length in lengths)  # a length may have wrapped around
    if n_steps > max(MAX_STEPS, MAX_STEPS_PER_ROW * n_rows):
        raise ValueError(
            f"{name}: got {n_rows} rows on a grid of {n_steps} steps of frequency "
            f"{clock.freq_name!r}. Expected a value on most of the steps. Resample {name} to the "
            "frequency it has, or drop rows that lie far from the others."
        )


def _refuse_too_large(panel: Panel, name: str) -> None:
    is_too_large = np.abs(panel.values) > LARGEST
    if is_too_large.any():
        row = int(np.argmax(is_too_large))
        time = describe_times(panel.clock.index(panel.positions_of(np.array([row]))))
        value = panel.values[row]
        got = "infinity" if np.isinf(value) else f"a value of magnitude {abs(value):.3g}"
        which = describe_ids(panel.ids[[int(panel.series_of(row))]])
        usual = f"{name}.where({name}.abs() <= {LARGEST:g})"
        if panel.layout.container == "array":
            usual = f"np.where(np.abs({name}) <= {LARGEST:g}, {name}, np.nan)"
        raise ValueError(
            f"{name}: got {got} in series {which} at {time}. Expected finite numbers "
            f"up to {LARGEST:g}, NaN where one is missing. Replace it, {usual}."
        )


def _refuse_empty_series(panel: Panel, name: str) -> None:
    is_observed = np.logical_or.reduceat(~np.isnan(panel.values), panel.starts)
    if not is_observed.all():
        empty = panel.ids[~is_observed]
        remedy = f"Drop them, {name}.dropna(axis=1, how='all')."
        if panel.layout.rows_are_panel:
            remedy = f"Drop them, {name}.drop({empty[:20].tolist()!r}, level=0)."
        elif panel.n_series == 1:
            remedy = f"Check how {name} was read."
        raise ValueError(
            f"{name}: got {len(empty)} series without any value: {describe_ids(empty)}. Expected "
            f"at least one value in every series. {remedy}"
        )
