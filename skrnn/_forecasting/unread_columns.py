"""Columns that a forecast never reads, which the rows to forecast may leave out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn._forecasting.data import count_rows, index_of
from skrnn._forecasting.features import FeatureTable, as_feature_frame
from skrnn._input.columns import column_labels

__all__ = ["rows_of_true_values", "with_unread_columns"]


def with_unread_columns(X: Any, table: FeatureTable) -> Any:
    """Return the rows to forecast with empty columns for those that are left out and not read.

    After the cutoff, features known up to the cutoff only are not read. Those that are constant
    in each series are known from the rows of ``fit``. Baselines read none at all.

    Parameters
    ----------
    X : object
        What was passed.
    table : FeatureTable
        The columns of ``fit``.

    Raises
    ------
    ValueError
        If the columns that are read have other names or another order.
    """
    unread = [*table.past, *table.static, *table.unread]
    if not unread or X is None:
        return X
    if isinstance(X, pd.DataFrame):
        return _completed_frame(X, table, unread)
    if column_labels(X) is not None:
        # a table of another library; a whole one is left to its reader.
        is_whole = set(table.columns) <= set(column_labels(X) or ())
        return X if is_whole else _completed_frame(as_feature_frame(X, "X"), table, unread)
    if isinstance(X, pd.Series):
        return X
    n_columns = _n_columns(X)
    for left_out in (table.past, unread):
        kept = [column not in left_out for column in table.columns]
        if n_columns == sum(kept) < len(kept):
            given = as_feature_frame(X, "X").to_numpy()
            dtype = np.result_type(given, np.float64)
            completed = np.full((len(given), len(kept)), np.nan, dtype=dtype)
            completed[:, kept] = given
            return completed
    return X


def rows_of_true_values(y: Any, table: FeatureTable) -> Any:
    """Return rows without columns at the times of true values; these as they are if X is read."""
    if table.future or not table.columns:
        return y
    index = index_of(y)
    return np.empty((count_rows(y), 0)) if index is None else pd.DataFrame(index=index)


def _n_columns(X: Any) -> int | None:
    """Return the columns of an array or of a list of rows, None for anything else."""
    if isinstance(X, np.ndarray):
        return X.shape[1] if X.ndim == 2 else None
    if isinstance(X, (list, tuple)) and X and all(isinstance(row, (list, tuple)) for row in X):
        widths = {len(row) for row in X}
        return widths.pop() if len(widths) == 1 else None
    return None


def _completed_frame(X: pd.DataFrame, table: FeatureTable, unread: list[Any]) -> pd.DataFrame:
    columns = table.columns
    missing = [column for column in columns if column not in X.columns]
    if not missing or not set(missing) <= set(unread):
        return X
    kept = [column for column in columns if column in X.columns]
    if list(X.columns) != kept:
        raise ValueError(
            f"X: got the columns {list(X.columns[:8])}. Expected those of fit that a forecast "
            f"reads, in the same order. Pass X[{kept!r}]."
        )
    return X.reindex(columns=pd.Index(columns, tupleize_cols=False))
