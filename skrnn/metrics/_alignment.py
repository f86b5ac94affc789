"""Predictions brought into the order of the truth."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.refusals import SERIES_READ_AS
from skrnn.metrics._series_table import SeriesTable, match_series, read_series

__all__ = ["align_predictions", "read_truth"]


def read_truth(y_true: Any) -> SeriesTable:
    """Read ``y_true``; refuse series of which nothing was observed."""
    table = read_series(y_true, "y_true")
    table.refuse_infinity()
    n_observed = np.bincount(table.series[~np.isnan(table.values)], minlength=len(table.ids))
    if not n_observed.all():
        is_unseen = n_observed == 0
        raise ValueError(
            f"y_true: got nothing but NaN for {table.name_series(int(is_unseen.argmax()))}, one of "
            f"{is_unseen.sum()} such series. Expected at least one observed value of every series. "
            "Leave these series out."
        )
    return table


def align_predictions(
    y_true: SeriesTable, predictions: Any, name: str, *, allow_infinity: bool = False
) -> np.ndarray:
    """Return the prediction for each row of ``y_true``; NaN at most where that is NaN as well.

    Rows are matched by series and time if both have an index, else by position.
    """
    table = read_series(predictions, name)
    if not allow_infinity:
        table.refuse_infinity()
    if y_true.times is None or table.times is None:
        values = _match_by_position(y_true, table)
        has_row = np.ones(len(values), dtype=bool)
    else:
        values, has_row = _match_by_index(y_true, table)
    is_missing = np.isnan(values) & ~np.isnan(y_true.values)
    if is_missing.any():
        row = int(is_missing.argmax())
        raise ValueError(
            f"{name}: got {'NaN' if has_row[row] else 'no row'} for {y_true.name_row(row)}, where "
            f"y_true is {y_true.values[row]:g}; {is_missing.sum()} of the {len(values)} rows of "
            f"y_true are without a prediction. Expected one for every observed value."
            f"{_compare_times(y_true, table)} To leave timesteps out of the metric, set them to "
            "NaN in y_true."
        )
    return values


def _match_by_position(y_true: SeriesTable, table: SeriesTable) -> np.ndarray:
    # What a scikit-learn regressor predicts for the rows of a panel is one long array.
    is_row_by_row = y_true.layout == "panel" and table.layout == "array" and len(table.ids) == 1
    if not is_row_by_row:
        match_series(y_true, table)
    n_true, n_predicted = y_true.lengths, table.lengths
    if is_row_by_row:
        n_true, n_predicted = n_true.sum(keepdims=True), n_predicted.sum(keepdims=True)
    if not np.array_equal(n_true, n_predicted):
        differs = int((n_true != n_predicted).argmax())
        raise ValueError(
            f"{table.name}: got {n_predicted[differs]} timesteps for {n_true[differs]} of y_true, "
            f"read as {SERIES_READ_AS[table.layout]}. Expected one prediction for each. Give both "
            "an index of times, or cut them to the same timesteps."
        )
    return table.values


def _match_by_index(y_true: SeriesTable, table: SeriesTable) -> tuple[np.ndarray, np.ndarray]:
    """Return the values in the rows of ``y_true``, NaN if there is none, and whether there is."""
    assert y_true.times is not None and table.times is not None
    series = match_series(y_true, table)[table.series]
    time = y_true.times.get_indexer(table.times)[table.time]
    n_times = len(y_true.times)
    keys = np.where((series < 0) | (time < 0), -1, series * n_times + time)
    true_keys = y_true.series * n_times + y_true.time
    order = np.argsort(true_keys)
    rows = order[np.searchsorted(true_keys[order], keys).clip(max=len(order) - 1)]
    is_found = true_keys[rows] == keys
    # A wide table has a cell for every series at every time, also where it says nothing.
    is_extra = ~is_found & ~np.isnan(table.values)
    if is_extra.any():
        row = int(is_extra.argmax())
        if is_found.any():
            remedy = f"Pass {table.name}.reindex_like(y_true), or select the rows of y_true."
        elif table.times.dtype != y_true.times.dtype:
            remedy = f"Convert one: they are of dtype {y_true.times.dtype} and {table.times.dtype}."
        else:
            remedy = "Predict the times of y_true, or pass arrays to match rows by position."
        raise ValueError(
            f"{table.name}: got a prediction for {table.name_row(row)}, which y_true does not "
            f"have; {is_extra.sum()} of its {len(keys)} rows are such. Expected the rows of "
            f"y_true.{_compare_times(y_true, table)} {remedy}"
        )
    values = np.full(len(true_keys), np.nan)
    has_row = np.zeros(len(true_keys), dtype=bool)
    values[rows[is_found]] = table.values[is_found]
    has_row[rows[is_found]] = True
    return values, has_row


def _compare_times(y_true: SeriesTable, table: SeriesTable) -> str:
    if y_true.times is None or table.times is None:
        return ""
    ranges = " and ".join(
        f"{name} from {times[0]} to {times[-1]}"
        for name, times in (("y_true goes", y_true.times), (table.name, table.times))
    )
    return f" {ranges}."
