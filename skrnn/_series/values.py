"""From the containers a panel comes in to its numbers, its index and its layout."""

from __future__ import annotations

import numbers
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._input.containers import fill_masked
from skrnn._input.frames import with_plain_times
from skrnn._input.named_axes import SERIES
from skrnn._input.plain import as_array, to_plain
from skrnn._input.refusals import describe
from skrnn._series.calendar_codes import refuse_columns_of_calendar_codes
from skrnn._series.column_kinds import refuse_times_and_text
from skrnn._series.layout import Layout, float_dtype

__all__ = ["PanelValues", "read_values"]


@dataclass(frozen=True, eq=False)
class PanelValues:
    """What a container holds.

    Attributes
    ----------
    values : ndarray of float64, shape (n_rows,), or (n_rows, n_series) for a table
        The numbers; a table is what has no series in its index.
    index : Index of length n_rows
        Of the rows; 0, 1, ... for an array that came alone.
    ids : Index or None
        Series ids of a table; None where they stand in the index.
    layout : Layout
    """

    values: np.ndarray
    index: pd.Index
    ids: pd.Index | None
    layout: Layout


def read_values(y: Any, name: str, index: pd.Index | None) -> PanelValues:
    """Read the numbers of a Series, a DataFrame or an array; ``index`` is that of an array."""
    y = with_plain_times(y)
    refuse_times_and_text(y, name)
    if isinstance(y, pd.Series):
        found = _read_series(y, name)
    elif isinstance(y, pd.DataFrame):
        found = _read_frame(y, name)
    else:
        found = _read_array(y, name, index)
    if found.values.size == 0:
        raise ValueError(
            f"{name}: got {describe(y)}, without values. Expected at least one row of one series. "
            f"Check how {name} was filtered."
        )
    if found.values.ndim == 2:
        refuse_columns_of_calendar_codes(
            found.values,
            found.ids if isinstance(y, pd.DataFrame) else None,
            name=name,
            is_frame=isinstance(y, pd.DataFrame),
        )
    return found


def _read_series(y: pd.Series, name: str) -> PanelValues:
    is_panel = isinstance(y.index, pd.MultiIndex)
    layout = Layout(
        "series",
        is_panel,
        1,
        float_dtype([y.dtype]),
        label=y.name,
        level_names=tuple(y.index.names) if is_panel else None,
    )
    values = _column_values(y, name)
    if is_panel:
        return PanelValues(values, y.index, None, layout)
    ids = pd.Index([0 if y.name is None else y.name], tupleize_cols=False)
    return PanelValues(values[:, None], y.index, ids, layout)


def _read_frame(y: pd.DataFrame, name: str) -> PanelValues:
    if y.shape[1] == 0:
        raise ValueError(
            f"{name}: got a DataFrame without columns. Expected a column for each series. Select "
            "at least one."
        )
    if not y.columns.is_unique:
        twice = y.columns[y.columns.duplicated()][0]
        raise ValueError(
            f"{name}: got the column {twice!r} more than once, read as a table with a column for "
            "each series. Expected every series once. Rename or drop one of them."
        )
    is_panel = isinstance(y.index, pd.MultiIndex)
    layout = Layout(
        "frame",
        is_panel,
        2,
        float_dtype(list(y.dtypes)),
        columns=y.columns,
        level_names=tuple(y.index.names) if is_panel else None,
    )
    if not is_panel:
        return PanelValues(_table_values(y, name), y.index, y.columns, layout)
    if y.shape[1] > 1:
        raise ValueError(
            f"{name}: got a DataFrame with a MultiIndex and {y.shape[1]} columns, "
            f"{[str(column) for column in y.columns[:5]]}. Expected one column, the values of the "
            f"series. Select it, {name}[{y.columns[0]!r}]."
        )
    return PanelValues(_column_values(y.iloc[:, 0], name), y.index, None, layout)


def _read_array(y: Any, name: str, index: pd.Index | None) -> PanelValues:
    array = _as_array(y, name)
    if index is None:
        index = pd.RangeIndex(len(array))
    elif len(index) != len(array):
        raise ValueError(
            f"{name}: got {len(array)} rows beside an index of {len(index)} rows. Expected one row "
            f"for each row of X. Pass X and {name} of the same rows."
        )
    is_panel = isinstance(index, pd.MultiIndex)
    if is_panel and array.ndim == 2 and array.shape[1] != 1:
        raise ValueError(
            f"{name}: got an array of shape {array.shape} beside rows with (series, time) levels. "
            f"Expected one value for each row. Pass one column of it, {name}[:, 0]."
        )
    layout = Layout(
        "array",
        is_panel,
        array.ndim,
        float_dtype([array.dtype]),
        level_names=tuple(index.names) if is_panel else None,
    )
    values = _real_numbers(array, name, "")
    if is_panel:
        return PanelValues(values.reshape(len(array)), index, None, layout)
    values = values[:, None] if values.ndim == 1 else values
    return PanelValues(values, index, pd.RangeIndex(values.shape[1]), layout)


def _as_array(y: Any, name: str) -> np.ndarray:
    array = None
    if y is not None and not isinstance(y, (str, bytes, Mapping, set, frozenset)):
        try:
            array = as_array(fill_masked(to_plain(y, name, SERIES)), name)
        except ValueError:
            pass  # lists of different lengths
    if array is None or array.ndim not in (1, 2):
        remedy = "Pass one of these."
        if isinstance(y, (list, tuple)):
            # of different lengths
            remedy = f"Pass pd.concat([pd.Series(one) for one in {name}], axis=1)."
        elif isinstance(y, Mapping):
            remedy = f"Pass pd.DataFrame({name}) for a mapping of series of one length."
        elif isinstance(y, Iterator):
            remedy = f"Pass list({name})."
        raise TypeError(
            f"{name}: got {'None' if y is None else 'a ' + describe(y)}. Expected a pandas Series, "
            "a DataFrame with a column for each series, a Series with a (series, time) MultiIndex, "
            f"or an array (n_timesteps,) or (n_timesteps, n_series). {remedy}"
        )
    return array


def _table_values(frame: pd.DataFrame, name: str) -> np.ndarray:
    if all(isinstance(dtype, np.dtype) and dtype.kind in "iuf" for dtype in frame.dtypes):
        return frame.to_numpy(dtype=np.float64)
    columns = [
        _column_values(column, name, f" in the column {label!r}") for label, column in frame.items()
    ]
    return np.stack(columns, axis=1)


def _column_values(column: pd.Series, name: str, where: str = "") -> np.ndarray:
    dtype = column.dtype
    if isinstance(dtype, np.dtype):
        return _real_numbers(column.to_numpy(), name, where)
    is_number = types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)
    if not is_number or types.is_complex_dtype(dtype):
        _refuse_values(f"dtype {dtype}", dtype.kind, name, where)
    return column.to_numpy(dtype=np.float64, na_value=np.nan)


def _real_numbers(array: np.ndarray, name: str, where: str) -> np.ndarray:
    """Return the array as float64."""
    if array.dtype.kind == "O":
        _refuse_other_objects(array, name, where)
        try:
            return np.where(pd.isna(array), np.nan, array).astype(np.float64)
        except OverflowError:
            raise ValueError(
                f"{name}: got an integer{where} that float64 cannot hold. Expected finite numbers, "
                "NaN where one is missing. Divide by a power of ten."
            ) from None
    if array.dtype.kind not in "biuf":
        _refuse_values(f"dtype {array.dtype}", array.dtype.kind, name, where)
    return array.astype(np.float64)


def _refuse_other_objects(array: np.ndarray, name: str, where: str) -> None:
    # None and pd.NA, which pandas keeps as objects, are missing values.
    for kind in {type(value) for value in array.ravel()} - {type(None), type(pd.NA)}:
        if not issubclass(kind, (numbers.Real, np.bool_)):
            _refuse_values(f"dtype object that are of type {kind.__name__}", "O", name, where)


def _refuse_values(got: str, kind: str, name: str, where: str) -> None:
    if kind == "c":
        remedy = f"Forecast the two parts one by one, np.real({name}) and np.imag({name})."
    elif kind == "m":
        remedy = f"Pass a duration as a number, {name} / np.timedelta64(1, 's') for seconds."
    elif kind == "M":
        remedy = "Times belong into the index: pd.read_csv has index_col and parse_dates."
    else:
        remedy = (
            f"Convert them, {name}.astype(float), if all are numbers. Dates belong into the index: "
            "pd.read_csv has index_col, parse_dates and decimal."
        )
    raise ValueError(
        f"{name}: got values of {got}{where}. Expected real numbers, NaN where one is missing. "
        f"{remedy}"
    )
