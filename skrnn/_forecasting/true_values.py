"""The true values that a forecast is scored against."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn._forecasting.data import index_of, is_numbered
from skrnn._forecasting.requests import ForecastRequest
from skrnn._series.panel import Panel, rows_of_index
from skrnn._series.values import read_values

__all__ = ["read_true_values"]


def read_true_values(y: Any, request: ForecastRequest, panel: Panel) -> np.ndarray:
    """Read the true value of each requested timestep, shape (n_values,), NaN where missing.

    Parameters
    ----------
    y : object
        What the user passed: one row for each row of X.
    request : ForecastRequest
        The timesteps.
    panel : Panel
        The series of the fit.

    Raises
    ------
    ValueError
        If y has other rows, times or series than the request, or holds infinity.
    """
    if panel.layout.is_wide and isinstance(y, pd.DataFrame):
        y = _in_order_of_series(y, panel)
    n_columns = panel.n_series if panel.layout.is_wide else 1
    values = read_values(y, "y", None).values
    values = values.reshape(len(values), -1)
    n_rows = request.positions.size // n_columns
    if values.shape != (n_rows, n_columns):
        raise ValueError(
            f"y: got {len(values)} row(s) of {values.shape[1]} value(s) for {n_rows} row(s) of "
            f"X. Expected one row of {n_columns} value(s) for each. Pass the same rows of both, "
            "with a column for each series that fit saw."
        )
    if np.isinf(values).any():
        raise ValueError(
            "y: got infinity. Expected finite numbers, NaN where one is missing. Replace it, "
            "np.where(np.isfinite(y), y, np.nan) for an array, y.where(y.abs() < np.inf) for a "
            "Series or a DataFrame."
        )
    index = index_of(y)
    if index is not None and not is_numbered(index):
        series, positions = rows_of_index(index, panel=panel, name="y")
        series = request.series if panel.layout.is_wide else series
        is_same = np.repeat(positions, n_columns) == request.positions
        if not (is_same & (series == request.series)).all():
            raise ValueError(
                "y: got other times than X. Expected the same rows in the same order. Pass the "
                "rows that both have, in the order of X."
            )
    return values.ravel()


def _in_order_of_series(y: pd.DataFrame, panel: Panel) -> pd.DataFrame:
    ids = panel.ids
    if panel.layout.container == "array" or y.columns.equals(ids):
        return y
    if len(y.columns) != len(ids) or not y.columns.isin(ids).all():
        raise ValueError(
            f"y: got the series {list(y.columns[:5])}. Expected those of fit, {list(ids[:5])}. "
            "Pass the same columns."
        )
    return y[list(ids)]
