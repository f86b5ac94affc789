"""Tables and columns of polars, Arrow and others, read through narwhals, as those of pandas."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._input.nested_lists import from_list_column, is_list_column

__all__ = ["column_to_array", "is_number", "plain_times", "to_pandas", "with_plain_times"]


def to_pandas(X: Any, name: str) -> Any:
    """Turn a table or a column of another library into a DataFrame or Series of pandas.

    Anything else comes back as it is.

    Parameters
    ----------
    X : object
        A DataFrame or Series of polars, a table, record batch or array of pyarrow, or whatever else
        narwhals knows.
    name : str
        The argument's name in error messages.

    Raises
    ------
    TypeError
        If the table is only a query that has not been run.
    """
    import narwhals.stable.v2 as narwhals

    found = narwhals.from_native(_as_known(X), pass_through=True, allow_series=True)
    if isinstance(found, narwhals.LazyFrame):
        native = narwhals.to_native(found)
        own = next((way for way in ("collect", "compute") if hasattr(native, way)), None)
        remedy = f"x.{own}()" if own else "narwhals.from_native(x).collect()"
        one, _, is_sample = name.partition("[")
        remedy = f"[{remedy} for x in {one}]" if is_sample else remedy.replace("x", name, 1)
        raise TypeError(
            f"{name}: got a {type(native).__name__}, a query that has not been run. Expected a "
            f"table of values. Pass {remedy}."
        )
    if isinstance(found, narwhals.DataFrame):
        frame = pd.DataFrame(dict(enumerate(map(_to_series, found.iter_columns()))))
        frame.columns = pd.Index(found.columns, dtype=object)
        return frame
    return _to_series(found) if isinstance(found, narwhals.Series) else X


def _as_known(X: Any) -> Any:
    """Turn what narwhals does not read of Arrow into what it does."""
    pyarrow = sys.modules.get("pyarrow")
    if pyarrow is None:
        return X
    if isinstance(X, pyarrow.RecordBatch):
        return pyarrow.Table.from_batches([X])
    return pyarrow.chunked_array([X]) if isinstance(X, pyarrow.Array) else X


def _to_series(column: Any) -> pd.Series:
    import narwhals.stable.v2 as narwhals

    kind, name = column.dtype, column.name
    native = narwhals.to_native(column)
    if is_list_column(native):
        return pd.Series(list(from_list_column(native)), dtype=object, name=name)
    if hasattr(native, "combine_chunks") and hasattr(native.type, "index_type"):
        # Arrow's dictionaries hold values of any type, and narwhals takes them all for text.
        decoded = native.cast(native.type.value_type)
        return _to_series(narwhals.from_native(decoded, series_only=True)).rename(name)
    if kind == narwhals.Struct:
        return pd.Series(column.to_list(), dtype=object, name=name)
    if kind in (narwhals.Categorical, narwhals.Enum):
        column = column.cast(narwhals.String)
    elif kind in (narwhals.Decimal, narwhals.Unknown) or (
        # Each library would give these another type, and some would lose what is missing.
        (kind == narwhals.Boolean or kind.is_integer()) and column.null_count()
    ):
        column = column.cast(narwhals.Float64)
    elif isinstance(kind, narwhals.Datetime) and kind.time_zone is not None:
        times = column.dt.convert_time_zone("UTC").to_numpy()
        return pd.Series(times, name=name).dt.tz_localize("UTC").dt.tz_convert(kind.time_zone)
    return pd.Series(column.to_numpy(), name=name)


def is_number(dtype: Any) -> bool:
    """Whether a column of pandas holds real numbers or booleans, of numpy, pandas or Arrow."""
    # pandas counts numpy's booleans and its own among the numbers, but not those of Arrow.
    is_numeric = types.is_numeric_dtype(dtype) or types.is_bool_dtype(dtype)
    return is_numeric and not types.is_complex_dtype(dtype)


def column_to_array(values: pd.Series) -> np.ndarray:
    """Return a column in numpy's type for its numbers, float64 with NaN where one is missing."""
    dtype = values.dtype
    if isinstance(dtype, np.dtype) or not is_number(dtype):
        return values.to_numpy()
    kind: Any = np.dtype(getattr(dtype, "numpy_dtype", object))
    if kind.kind in "biu" and not values.hasnans:
        return values.to_numpy(dtype=kind)
    return values.to_numpy(dtype=kind if kind.kind == "f" else np.float64, na_value=np.nan)


def plain_times(times: Any) -> Any:
    """Return times in Arrow's types in those of pandas; anything else as it is.

    Parameters
    ----------
    times : Series or Index
        The last level of a MultiIndex holds the times.
    """
    if isinstance(times, pd.MultiIndex):
        level = times.levels[-1]
        plain = plain_times(level)
        return times if plain is level else times.set_levels(plain, level=-1)
    if not isinstance(times.dtype, pd.ArrowDtype) or not types.is_datetime64_any_dtype(times.dtype):
        return times
    kind = times.dtype.pyarrow_dtype
    if getattr(kind, "tz", None) is None:
        return pd.to_datetime(times.astype(object))
    return times.astype(f"datetime64[{kind.unit}, {kind.tz}]")


def with_plain_times(table: Any) -> Any:
    """Return a Series or DataFrame of pandas whose index holds no times in Arrow's types."""
    if not isinstance(table, (pd.Series, pd.DataFrame)):
        return table
    index = plain_times(table.index)
    return table if index is table.index else table.set_axis(index, axis=0)
