"""One table for every container of series, so that a metric is written once."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.numbers import LARGEST, read_numbers
from skrnn._input.refusals import SERIES_READ_AS
from skrnn._series.rows import read_levels

__all__ = ["SeriesTable", "match_series", "read_series"]

CONTAINERS = (
    "a 1-D array or Series, a 2-D array or wide DataFrame (a column for each series), or a panel "
    "with a (series, time) MultiIndex"
)
NUMBERS = "real numbers, NaN where one is missing"


@dataclass(frozen=True)
class SeriesTable:
    """Series laid end to end, a row for each timestep.

    Parameters
    ----------
    name : str
        The argument's name in error messages.
    layout : str
        The container it was read from, a key of ``SERIES_READ_AS``.
    ids : Index of length n_series
        Names of the series; counted from 0 where ``has_ids`` is False.
    series, time : ndarray of int, shape (n_rows,)
        Position of a row's series in ``ids``, and of its time in ``times``. Without times it is
        the number of the timestep in its series.
    times : Index or None
        The distinct times. None for arrays, whose rows have none.
    values : ndarray of float64, shape (n_rows,)
        For a panel in the order of its rows, otherwise one series after the other.
    """

    name: str
    layout: str
    ids: pd.Index
    series: np.ndarray
    times: pd.Index | None
    time: np.ndarray
    values: np.ndarray

    @property
    def has_ids(self) -> bool:
        return self.layout in ("wide", "panel")

    @property
    def lengths(self) -> np.ndarray:
        return np.bincount(self.series, minlength=len(self.ids))

    def name_series(self, position: int) -> str:
        return f"series {in_quotes(self.ids[position])}" if len(self.ids) > 1 else "the series"

    def name_row(self, row: int) -> str:
        time = f"timestep {self.time[row]}" if self.times is None else self.times[self.time[row]]
        return f"{time} of {self.name_series(self.series[row])}"

    def refuse_infinity(self) -> None:
        is_huge = np.abs(self.values) > LARGEST
        if is_huge.any():
            row = int(is_huge.argmax())
            raise ValueError(
                f"{self.name}: got {self.values[row]:g} at {self.name_row(row)}. Expected finite "
                f"numbers of magnitude up to {LARGEST:g}. Find out where it came from, often a "
                "division by 0 or the logarithm of 0."
            )


def read_series(y: Any, name: str) -> SeriesTable:
    """Read one or more series from any of the containers."""
    if y is None or isinstance(y, (str, bytes, Mapping, set)) or not hasattr(y, "__len__"):
        raise TypeError(
            f"{name}: got {'None' if y is None else 'a ' + type(y).__name__}. Expected "
            f"{CONTAINERS}. pd.DataFrame({name}) makes a wide table of a mapping."
        )
    if isinstance(y, (pd.Series, pd.DataFrame)):
        table = _read_pandas(y, name)
    elif isinstance(y, (list, tuple)) and len(y) and _is_collection(y[0]):
        table = _read_list(y, name)
    else:
        values = read_numbers(y, name, NUMBERS)
        if values.ndim not in (1, 2):
            raise ValueError(
                f"{name}: got an array of shape {values.shape}. Expected {CONTAINERS}. A trailing "
                f"axis of length 1 goes away with {name}[..., 0]."
            )
        columns = values if values.ndim == 2 else values[:, None]
        table = _from_columns(columns, name, "array", pd.RangeIndex(columns.shape[1]), None)
    if not len(table.values):
        raise ValueError(
            f"{name}: got {SERIES_READ_AS[table.layout]}, without any value. Expected at least one "
            "timestep of one series. Check how it was cut."
        )
    return table


def _is_collection(entry: Any) -> bool:
    return hasattr(entry, "__len__") and not isinstance(entry, (str, bytes))


def _from_columns(
    columns: np.ndarray, name: str, layout: str, ids: pd.Index, times: pd.Index | None
) -> SeriesTable:
    n_timesteps, n_series = columns.shape
    return SeriesTable(
        name=name,
        layout=layout,
        ids=ids,
        series=np.repeat(np.arange(n_series), n_timesteps),
        times=times,
        time=np.tile(np.arange(n_timesteps), n_series),
        values=columns.T.ravel(),
    )


def _read_list(y: Any, name: str) -> SeriesTable:
    if not all(isinstance(series, np.ndarray) and series.ndim == 1 for series in y):
        raise ValueError(
            f"{name}: got a list with entries of type {type(y[0]).__name__}, each of which could "
            f"be a timestep or a series. Expected {CONTAINERS}. Pass np.array({name}) if a row is "
            f"a timestep, [np.array(one) for one in {name}] if it is a series, "
            f"pd.concat({name}, keys=ids) for a list of pandas Series."
        )
    lengths = [len(series) for series in y]
    return SeriesTable(
        name=name,
        layout="list",
        ids=pd.RangeIndex(len(y)),
        series=np.repeat(np.arange(len(y)), lengths),
        times=None,
        time=np.concatenate([np.arange(length) for length in lengths]),
        values=np.concatenate([read_numbers(series, name, NUMBERS) for series in y]),
    )


def _read_pandas(y: Any, name: str) -> SeriesTable:
    values = read_numbers(y, name, NUMBERS)
    if isinstance(y.index, pd.MultiIndex):
        return _read_panel(y, values, name)
    _refuse_missing_times(y.index, name)
    if not y.index.is_unique:
        twice = y.index[y.index.duplicated()][0]
        raise ValueError(
            f"{name}: got the time {twice} more than once in the index. Expected each time once. "
            f"Give rows of several series a (series, time) MultiIndex, or drop the repeated ones."
        )
    if isinstance(y, pd.Series):
        return _from_columns(values[:, None], name, "series", pd.Index([y.name]), y.index)
    if not y.columns.is_unique:
        twice = y.columns[y.columns.duplicated()][0]
        raise ValueError(
            f"{name}: got the column {in_quotes(twice)} more than once. Expected a column for "
            "each series. Rename or drop one of them."
        )
    return _from_columns(values, name, "wide", y.columns, y.index)


def _read_panel(y: Any, values: np.ndarray, name: str) -> SeriesTable:
    if values.ndim == 2:
        if values.shape[1] != 1:
            raise ValueError(
                f"{name}: got a panel of {values.shape[1]} columns, {list(y.columns[:5])}. "
                f"Expected one column of values. Select it, {name}[column]."
            )
        values = values[:, 0]
    series, ids, times, time = read_levels(y.index, name)
    if not y.index.is_unique:
        first = int(y.index.duplicated().argmax())
        raise ValueError(
            f"{name}: got {times[time[first]]} of series {in_quotes(ids[series[first]])} more than "
            "once in the index. Expected each time once in a series. Drop the repeated rows, "
            f"{name}[~{name}.index.duplicated()]."
        )
    return SeriesTable(name, "panel", ids, series, times, time, values)


def _refuse_missing_times(times: pd.Index, name: str) -> None:
    if times.hasnans:
        raise ValueError(
            f"{name}: got a missing time in the index. Expected a time for every row. Drop these "
            f"rows, {name}[{name}.index.notna()]."
        )


def in_quotes(series_id: Hashable) -> str:
    return repr(series_id) if isinstance(series_id, str) else str(series_id)


def match_series(y_true: SeriesTable, other: SeriesTable) -> np.ndarray:
    """Return for each series of ``other`` its position in ``y_true``, -1 if it is not there.

    By id where both have ids, else by position. Every series of ``y_true`` is found.
    """
    if y_true.has_ids and other.has_ids:
        positions = y_true.ids.get_indexer(other.ids)
        missing = np.setdiff1d(np.arange(len(y_true.ids)), positions)
        if len(missing):
            raise ValueError(
                f"{other.name}: got no series {in_quotes(y_true.ids[missing[0]])}, one of "
                f"{len(missing)} that y_true has beyond it. Expected every series of y_true; "
                f"{other.name} has {len(other.ids)}, the first {in_quotes(other.ids[0])}. Check "
                "the ids, also whether they are numbers in one and text in the other."
            )
        return positions
    if len(y_true.ids) != len(other.ids):
        raise ValueError(
            f"{other.name}: got {len(other.ids)} series, read as "
            f"{SERIES_READ_AS[other.layout]}. Expected {len(y_true.ids)}, as in y_true, read as "
            f"{SERIES_READ_AS[y_true.layout]}. Pass both in the same container."
        )
    if len(y_true.ids) > 1 and "panel" in (y_true.layout, other.layout):
        raise ValueError(
            f"{other.name}: got {SERIES_READ_AS[other.layout]}, while y_true is "
            f"{SERIES_READ_AS[y_true.layout]}, so that nothing says which series belong together. "
            "Expected ids in both or in none. Pass both in the same container."
        )
    return np.arange(len(other.ids))
