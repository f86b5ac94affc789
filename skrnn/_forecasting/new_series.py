"""Forecasts of series without a past, from those of the series that resemble them."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn._forecasting.features import as_feature_frame
from skrnn._forecasting.fitted import FittedForecaster
from skrnn._input.refusals import describe
from skrnn._series.panel import Panel

__all__ = ["forecast_new_series"]

# Series that stand for a new one: so many in the order of the panel, and so many of those with the
# nearest numbers as static features.
_MOST_SERIES, _NEAREST = 200, 10
# The quantiles of each of them that make the distribution of a new one.
_LEVELS = (np.arange(50) + 0.5) / 50


def forecast_new_series(
    fitted: FittedForecaster, X: Any, levels: np.ndarray | None
) -> pd.Series | pd.DataFrame:
    """Return the median of the forecasts of similar series, or quantiles of their mixture.

    Parameters
    ----------
    fitted : FittedForecaster
        Of a panel.
    X : DataFrame
        Rows to forecast, with a (series, time) MultiIndex and the features of the new series.
    levels : ndarray of shape (n_levels,), or None
        Levels of quantiles; None for a point forecast.
    """
    panel = fitted.data.panel
    frame = _read_rows(X, panel)
    absent = [column for column in fitted.features.future if column not in frame]
    if absent:
        raise ValueError(
            f"X: got no column {absent[0]!r}, a feature that fit saw. Expected the features known "
            f"in advance, {fitted.features.future}, in each row. Add the column."
        )
    static = _static_of_series(fitted)
    unread = [*fitted.features.static, *fitted.features.past]
    known = frame.drop(columns=[column for column in unread if column in frame])
    ids = frame.index.get_level_values(0)
    answers = np.empty((len(frame), 1 if levels is None else len(levels)))
    for label in ids.unique():
        rows = np.flatnonzero(ids == label)
        similar = panel.ids[_similar_series(frame.iloc[rows], static, fitted)]
        times = frame.index[rows].get_level_values(1)
        index = pd.MultiIndex.from_product([similar, times], names=frame.index.names)
        stacked = pd.concat([known.iloc[rows]] * len(similar)).set_axis(index)
        request, data = fitted.request(stacked, None, None, None)
        if levels is None:
            forecasts = fitted.values(request, data).reshape(len(similar), len(rows))
            answers[rows, 0] = np.median(forecasts, axis=0)
            continue
        quantiles = fitted.quantiles(request, data, _LEVELS)
        pooled = quantiles.reshape(len(similar), len(rows), -1).swapaxes(0, 1)
        answers[rows] = np.quantile(pooled.reshape(len(rows), -1), levels, axis=1).T
    if levels is None:
        return pd.Series(answers[:, 0], index=frame.index)
    return pd.DataFrame(answers, index=frame.index, columns=list(levels))


def _read_rows(X: Any, panel: Panel) -> pd.DataFrame:
    """Return the rows as a DataFrame.

    Raises
    ------
    ValueError
        If they are not rows of new series after the cutoff.
    """
    if not panel.layout.rows_are_panel:
        raise ValueError(
            "X: got new series, while y was no panel with a (series, time) MultiIndex, whose rows "
            "could name one. Expected such a panel in fit. Fit with y.unstack() of a table, or "
            "pass the past of new series as history."
        )
    frame = as_feature_frame(X, "X")
    if not isinstance(frame.index, pd.MultiIndex) or not len(frame):
        raise ValueError(
            f"X: got {describe(X)}. Expected a table with a (series, time) MultiIndex and a row "
            "for each timestep to forecast. Pass pd.DataFrame(index=pd.MultiIndex.from_product("
            "[['new'], times])), with the features as columns."
        )
    ids = frame.index.get_level_values(0).unique()
    old = ids[ids.isin(panel.ids)]
    if len(old):
        raise ValueError(
            f"X: got the series {old[0]!r}, which fit has seen. Expected new series. Forecast it "
            f"by predict, and pass X.drop({list(old[:5])}, level=0) here."
        )
    cutoff = panel.clock.index(np.array([panel.last.max()]))[0]
    times = frame.index.get_level_values(1)
    if (times <= cutoff).any():
        raise ValueError(
            f"X: got the time {times.min()}, which is not after the cutoff, {cutoff}. Expected "
            "later times. Leave these rows out; if the series has a past, pass it to predict as "
            "history."
        )
    return frame


def _static_of_series(fitted: FittedForecaster) -> pd.DataFrame:
    """Return the static features of each series that goes up to the last cutoff."""
    panel, columns = fitted.data.panel, fitted.features.static
    numbers = np.flatnonzero(panel.last == panel.last.max())
    static = pd.DataFrame(index=np.arange(panel.n_series), columns=columns, dtype=object)
    for rows in fitted.data.rows:
        is_known = rows.series >= 0
        first = rows.frame.loc[is_known, columns].groupby(rows.series[is_known]).first()
        static = static.fillna(first.astype(object))
    return static.loc[numbers]


def _similar_series(
    rows: pd.DataFrame, static: pd.DataFrame, fitted: FittedForecaster
) -> np.ndarray:
    """Return the numbers of the series that stand for a new one.

    They have the same categories; of those with the same, the nearest in numbers. What is missing
    in the new series, or what no series shares, counts for nothing.
    """
    table = fitted.features
    distance = np.zeros(len(static))
    has_numbers = False
    for column in table.static:
        values = rows[column].dropna() if column in rows else rows.iloc[:0, 0]
        if not len(values):
            continue
        if column in table.categories:
            is_same = (static[column] == values.iloc[0]).to_numpy()
            if is_same.any():
                static, distance = static[is_same], distance[is_same]
        else:
            has_numbers = True
            gap = (static[column].astype(float) - float(values.iloc[0])) / table.scale[column]
            distance = distance + (gap.fillna(0.0) ** 2).to_numpy()
    numbers = static.index.to_numpy()
    if has_numbers:
        return np.sort(numbers[np.argsort(distance, kind="stable")[:_NEAREST]])
    if len(numbers) > _MOST_SERIES:
        numbers = numbers[np.linspace(0, len(numbers) - 1, _MOST_SERIES).astype(np.int64)]
    return numbers
