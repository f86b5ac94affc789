"""Lists of lists as libraries of columns keep them: those of polars, Arrow and awkward."""

from __future__ import annotations

import sys
from typing import Any

import numpy as np
import pandas as pd

__all__ = ["from_awkward", "from_list_column", "is_list_column", "is_record_of_lists"]


def is_list_column(X: Any) -> bool:
    """Whether X is a column of pandas, polars or Arrow whose entries are lists in its own type."""
    if isinstance(X, pd.Series):
        arrow = getattr(X.dtype, "pyarrow_dtype", None)
        return arrow is not None and _is_arrow_list(arrow)
    polars, pyarrow = sys.modules.get("polars"), sys.modules.get("pyarrow")
    if polars is not None and isinstance(X, polars.Series):
        return isinstance(X.dtype, (polars.List, polars.Array))
    if pyarrow is not None and isinstance(X, (pyarrow.Array, pyarrow.ChunkedArray)):
        return _is_arrow_list(X.type)
    return False


def from_list_column(column: Any) -> Any:
    """Turn a column whose entries are lists into an array for each entry.

    Parameters
    ----------
    column : Series of polars or pandas, Array or ChunkedArray of pyarrow
        Of lists, or of lists of lists. Lists of structs become DataFrames, whose columns are the
        fields.

    Returns
    -------
    list of n_samples arrays or DataFrames, None for a missing entry; or one array, if the type of
    the column says that all entries are of one shape
    """
    if isinstance(column, pd.Series):
        column = column.array.__arrow_array__()  # type: ignore[attr-defined]
    if hasattr(column, "to_arrow"):
        return _from_polars(column)
    if hasattr(column, "combine_chunks"):
        column = column.combine_chunks()
    if hasattr(column, "to_numpy_ndarray"):
        return column.to_numpy_ndarray()
    # What an extension type is stored in has the same entries.
    column = getattr(column, "storage", column)
    return [_arrow_entry(entry.values) if entry.is_valid else None for entry in column]


def _stacked(rows: list[Any]) -> np.ndarray | list[Any]:
    """Stack timesteps to an array, NaN where one is missing; leave those of many lengths."""
    lengths = {len(row) for row in rows if row is not None}
    if len(lengths) != 1:
        return rows
    missing = np.full(lengths.pop(), np.nan)
    return np.stack([missing if row is None else row for row in rows])


def _from_polars(column: Any) -> np.ndarray | list[Any]:
    if hasattr(column.dtype, "shape") and not column.null_count():
        return column.to_numpy()
    return [None if entry is None else _polars_entry(entry) for entry in column]


def _polars_entry(entry: Any) -> Any:
    kind = entry.dtype
    if hasattr(kind, "fields"):
        fields = entry.struct.unnest()
        return pd.DataFrame({name: fields[name].to_numpy() for name in fields.columns})
    if not hasattr(kind, "inner"):
        return entry.to_numpy()
    if not entry.null_count():
        if hasattr(kind, "shape"):
            return entry.to_numpy()
        lengths = entry.list.len().to_numpy()
        is_flat = not kind.inner.is_nested()
        if is_flat and len(lengths) and lengths[0] and (lengths == lengths[0]).all():
            return entry.explode().to_numpy().reshape(len(entry), -1)
    return _stacked([None if row is None else row.to_numpy() for row in entry])


def _is_arrow_list(kind: Any) -> bool:
    from pyarrow import types

    kind = getattr(kind, "storage_type", kind)
    lists = ("list", "large_list", "fixed_size_list", "list_view", "large_list_view")
    return any(getattr(types, f"is_{name}")(kind) for name in lists)


def _arrow_entry(entry: Any) -> Any:
    from pyarrow import types

    kind = entry.type
    if types.is_struct(kind):
        values = zip(kind, entry.flatten(), strict=True)
        return pd.DataFrame({field.name: _arrow_entry(column) for field, column in values})
    if types.is_dictionary(kind):
        entry = entry.dictionary_decode()
    if not _is_arrow_list(kind):
        return entry.to_numpy(zero_copy_only=False)
    if not entry.null_count and not _is_arrow_list(kind.value_type):
        lengths = entry.value_lengths().to_numpy(zero_copy_only=False)
        if len(lengths) and lengths[0] and (lengths == lengths[0]).all():
            return entry.flatten().to_numpy(zero_copy_only=False).reshape(len(entry), -1)
    return _stacked([_arrow_entry(row.values) if row.is_valid else None for row in entry])


def is_record_of_lists(record: Any) -> bool:
    """Whether each field of a record of awkward is a list: the features of a sample."""
    return all(hasattr(record[field], "layout") for field in record.fields)


def from_awkward(X: Any) -> Any:
    """Turn an awkward array into an array, a DataFrame of its fields, or a list of its entries.

    A record of lists becomes a DataFrame.
    """
    import awkward

    if isinstance(X, awkward.Record):
        return _awkward_entry(X)
    fields = awkward.fields(X)
    if fields and X.ndim == 1 and any(X[field].ndim > 1 for field in fields):
        # A record holds a list for each feature: as records of the timesteps they are one list.
        X = awkward.zip({field: X[field] for field in fields}, depth_limit=2)
    if X.ndim == 1:
        return _awkward_entry(X)
    if X.layout.purelist_isregular and not fields:
        return awkward.to_numpy(X)
    return [None if entry is None else _awkward_entry(entry) for entry in X]


def _awkward_entry(entry: Any) -> Any:
    import awkward

    if awkward.fields(entry):
        return pd.DataFrame({field: _awkward_entry(entry[field]) for field in entry.fields})
    try:
        return awkward.to_numpy(entry)
    except ValueError:
        # What no array can hold is refused as lists of Python are.
        return awkward.to_list(entry)
