"""The scale of a series: how far its values are from those one season before."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._series.clock import Clock
from skrnn.metrics._series_table import SeriesTable, match_series, read_series

__all__ = ["seasonal_scale"]


def seasonal_scale(
    y_true: SeriesTable, y_train: Any, seasonal_period: int, *, power: int
) -> np.ndarray:
    """Return the mean of ``abs(y[t] - y[t - seasonal_period]) ** power`` of each series.

    Parameters
    ----------
    y_true : SeriesTable
        Its series are scaled.
    y_train : object
        What the user passed; it may hold more series.
    seasonal_period : int
        In timesteps of the time grid: a row that is missing counts as one.
    power : {1, 2}
        Of the differences.

    Returns
    -------
    ndarray of shape (n_series,)
        Positive, in the order of ``y_true.ids``.
    """
    table = read_series(y_train, "y_train")
    table.refuse_infinity()
    series = match_series(y_true, table)[table.series]
    rows = np.flatnonzero(series >= 0)
    series, values = series[rows], table.values[rows]
    position = _grid_positions(table)[rows]

    # Keys of two series are further apart than the lag, so that no difference spans them.
    position = position - position.min()
    lag = min(seasonal_period, position.max() + 1)
    keys = series * (position.max() + lag + 1) + position
    order = np.argsort(keys)
    keys, series, values = keys[order], series[order], values[order]
    before = np.searchsorted(keys, keys - lag)
    differences = np.where(keys[before] == keys - lag, values - values[before], np.nan)
    is_observed = ~np.isnan(differences)
    n_series = len(y_true.ids)
    n_differences = np.bincount(series[is_observed], minlength=n_series)
    if not n_differences.all():
        short = int((n_differences == 0).argmax())
        n_timesteps = (series == short).sum()
        raise ValueError(
            f"y_train: got {n_timesteps} timesteps of {y_true.name_series(short)}, no two observed "
            f"ones {seasonal_period} apart, as for {(n_differences == 0).sum()} series. Expected "
            f"more than seasonal_period={seasonal_period} timesteps. Lower seasonal_period, or "
            "leave these series out."
        )
    sums = np.bincount(
        series[is_observed], np.abs(differences[is_observed]) ** power, minlength=n_series
    )
    if not sums.all():
        constant = int((sums == 0).argmax())
        raise ValueError(
            f"y_train: got values of {y_true.name_series(constant)} that all equal the one "
            f"seasonal_period={seasonal_period} timesteps before, as for {(sums == 0).sum()} "
            "series. Expected some that differ: with a scale of 0 the metric has no value. Leave "
            "these series out, or use a metric without a scale, such as smape."
        )
    return sums / n_differences


def _grid_positions(table: SeriesTable) -> np.ndarray:
    """Return the place of each row on the time grid of all series."""
    if table.times is None:
        return table.time
    if table.layout == "panel":
        times = table.times.take(table.time)
        clock = Clock.from_index(times, name=table.name, series_of_row=table.series)
        return clock.positions(times, name=table.name)
    clock = Clock.from_index(table.times, name=table.name)
    return clock.positions(table.times, name=table.name)[table.time]
