"""Read the weights of the rows of y."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._forecasting.data import count_rows, index_of, index_of_rows, is_numbered
from skrnn._input.columns import column_labels
from skrnn._input.numbers import read_numbers
from skrnn._input.weights import check_weights, read_sample_weight
from skrnn._series.panel import Panel, rows_of_index

__all__ = ["read_row_weights"]

_NAME = "sample_weight"


def read_row_weights(sample_weight: Any, X: Any, y: Any, panel: Panel) -> np.ndarray | None:
    """Lay the weights of the rows of y on the steps of its panel.

    Parameters
    ----------
    sample_weight : array-like of shape (n_rows,), or of the shape of y, or None
        Weights, 0 or more. A pandas object has to have the index, and the columns, of y.
    X, y : object
        The arguments of ``fit``; X is the series if y is None.
    panel : Panel
        The series.

    Returns
    -------
    ndarray of shape (n_steps_total,), or None
        Their mean is 1 over the observed values with a weight above 0. None if all observed values
        have the same weight.

    Raises
    ------
    ValueError, TypeError
        If the weights do not fit y, or are not finite, negative, or all 0.
    """
    if sample_weight is None:
        return None
    X, y = (None, X) if y is None else (X, y)
    n_rows = count_rows(y)
    index = index_of(y) if X is None else index_of_rows(y, X, "y", "X")
    _refuse_other_labels(sample_weight, y, index)
    if _is_table(sample_weight):
        weight = _read_table(sample_weight, y)
    else:
        read = read_sample_weight(sample_weight, n_rows, _NAME)
        assert read is not None
        weight = read[:, None]
    series, positions = rows_of_index(
        pd.RangeIndex(n_rows) if index is None else index, panel=panel, name="y"
    )
    if not panel.layout.rows_are_panel:
        # A row of a table belongs to all series.
        series = np.arange(panel.n_series)
        positions = positions[:, None]
    else:
        weight = weight[:, 0]
    at = panel.row_of(series, positions)
    weights = np.zeros(len(panel.values))
    weights[at] = np.broadcast_to(weight, at.shape)
    observed = weights[~np.isnan(panel.values)]
    if not observed.any():
        raise ValueError(
            f"{_NAME}: got a weight of 0 for every observed value of y. Expected one above 0. "
            f"Leave {_NAME} out to weigh all alike."
        )
    if observed.min() == observed.max():
        return None
    return weights / observed[observed > 0].mean()


def _is_table(sample_weight: Any) -> bool:
    if sparse.issparse(sample_weight):
        return False  # refused where weights of rows are read
    try:
        return np.asarray(sample_weight).ndim == 2
    except ValueError:  # lists of different lengths, which their reader refuses
        return False


def _read_table(sample_weight: Any, y: Any) -> np.ndarray:
    shape = np.asarray(sample_weight).shape
    if shape != np.shape(y):
        raise ValueError(
            f"{_NAME}: got a table of shape {shape}, while y has shape {np.shape(y)}. Expected a "
            "weight for each row of y, or a table of the shape of y if that is a table. Sample "
            f"weights must be 1D array or scalar otherwise: pass one column of {_NAME}."
        )
    weight = read_numbers(sample_weight, _NAME, "numbers of 0 or more, one for each value of y")
    check_weights(weight, _NAME)
    return weight


def _refuse_other_labels(sample_weight: Any, y: Any, index: pd.Index | None) -> None:
    """Raise an error if weights have other rows or columns than y."""
    given = index_of(sample_weight)
    same_length = given is not None and index is not None and len(given) == len(index)
    if given is not None and index is not None and same_length and not is_numbered(given):
        is_same = np.asarray(given == index) if given.nlevels == index.nlevels else np.array([0])
        if not is_same.all():
            where = int(np.argmin(is_same))
            remedy = f"If they belong together row by row, pass {_NAME}.set_axis(y.index)."
            has_all = given.nlevels == index.nlevels and index.isin(given).all()
            if has_all and given.is_unique:
                remedy = f"Pass {_NAME}.loc[y.index]."
            raise ValueError(
                f"{_NAME}: got the row {given[where]} where y has {index[where]}. Expected the "
                f"rows of y in the same order. {remedy}"
            )
    columns, expected = column_labels(sample_weight), column_labels(y)
    if not _is_table(sample_weight) or columns is None or expected is None:
        return
    if len(columns) == len(expected) and list(columns) != list(expected):
        remedy = f"Pass {_NAME}.set_axis(y.columns, axis=1) if they have the same order."
        if set(columns) == set(expected):
            remedy = f"Pass {_NAME}[y.columns]."
        raise ValueError(
            f"{_NAME}: got the columns {list(columns)[:5]}. Expected those of y, "
            f"{list(expected)[:5]}. {remedy}"
        )
