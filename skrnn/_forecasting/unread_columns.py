"""Columns that a forecast never reads, which the rows to forecast may leave out."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn._forecasting.features import FeatureTable
from skrnn._input.columns import column_labels

__all__ = ["with_unread_columns"]


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
    if column_labels(X) is not None or not isinstance(X, np.ndarray) or X.ndim != 2:
        return X
    for left_out in (table.past, unread):
        kept = [column not in left_out for column in table.columns]
        if X.shape[1] == sum(kept) < len(kept):
            completed = np.full((len(X), len(kept)), np.nan, dtype=np.result_type(X, np.float64))
            completed[:, kept] = X
            return completed
    return X


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
