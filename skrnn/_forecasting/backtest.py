"""Forecasts from earlier cutoffs, by clones that have seen nothing later."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from skrnn._forecasting.data import count_rows, index_of, index_of_rows, refuse_other_length
from skrnn._forecasting.features import as_feature_frame
from skrnn._series.panel import read_panel, rows_of_index
from skrnn._series.values import read_values

__all__ = ["backtest"]


def backtest(
    forecaster: Any, X: Any, y: Any, *, n_windows: int, stride: int | None, refit: bool
) -> pd.DataFrame:
    """Return a long frame of forecasts; the parameters are those of the method."""
    _check_arguments(n_windows, stride, refit)
    series_given, features = _with_times(X, y)
    index = series_given.index
    panel = read_panel(series_given)
    series_of_row, positions = rows_of_index(index, panel=panel, name="y")
    horizon = int(forecaster.horizon)
    stride = horizon if stride is None else int(stride)
    last = int(panel.last.max())
    cutoffs = last - horizon - stride * np.arange(n_windows - 1, -1, -1)
    if cutoffs[0] < int(panel.first.min()) + 3:
        raise ValueError(
            f"n_windows: got {n_windows} cutoffs, {stride} timesteps apart, before a horizon of "
            f"{horizon}, while the series have {last - int(panel.first.min()) + 1} timesteps. "
            "Expected at least four before the first cutoff. Lower n_windows or stride."
        )
    is_wide = panel.layout.is_wide
    first_seen = panel.last + 1 - panel.observed_lengths
    parts: list[pd.DataFrame] = []
    fitted: Any = None
    trained_to, columns = -1, np.arange(panel.n_series)
    for cutoff in cutoffs:
        # nothing can be learned from a series that has no value yet.
        has_begun = first_seen <= cutoff
        is_of_begun = has_begun.any() if is_wide else has_begun[series_of_row]
        before = is_of_begun & (positions <= cutoff)
        ahead = is_of_begun & (positions > cutoff) & (positions <= cutoff + horizon)
        if not ahead.any():
            continue
        if refit or fitted is None:
            columns = np.flatnonzero(has_begun)
            fitted = clone(forecaster)
            fitted.fit(*_rows(series_given, features, before, columns))
        elif (between := before & (positions > trained_to)).any():
            newer = _rows(series_given, features, between, columns)
            fitted.update(newer[-1], newer[0] if features is not None else None)
        trained_to = int(cutoff)
        asked = _rows(series_given, features, ahead, columns)
        predicted = np.asarray(fitted.predict(asked[0]), dtype=np.float64)
        series = columns if is_wide else series_of_row[ahead]
        parts.append(_long(panel, series, positions[ahead], trained_to, asked[-1], predicted))
    if not parts:
        raise ValueError(
            f"n_windows: got {n_windows} cutoffs, {stride} timesteps apart, of which none has a "
            f"series with values before it and rows within the horizon of {horizon} after it. "
            "Expected one at least. Lower n_windows or stride, or forecast a shorter horizon."
        )
    return pd.concat(parts, ignore_index=True)


def _check_arguments(n_windows: Any, stride: Any, refit: Any) -> None:
    for name, number in (("n_windows", n_windows), ("stride", stride)):
        if name == "stride" and number is None:
            continue
        if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
            raise ValueError(
                f"{name}: got {number!r}. Expected an integer of 1 or more. Pass {name}=3, say."
            )
    if not isinstance(refit, (bool, np.bool_)):
        raise TypeError(
            f"refit: got {refit!r}. Expected True or False. Pass False to train once, before the "
            "first cutoff."
        )


def _with_times(X: Any, y: Any) -> tuple[Any, pd.DataFrame | None]:
    """Return the series and the features as pandas objects of one index: rows are chosen by it."""
    series, features = (X, None) if y is None else (y, as_feature_frame(X, "X"))
    index = index_of(series)
    if features is not None:
        refuse_other_length(features, count_rows(series), "X", "y")
        index = index_of_rows(series, X, "y", "X")
        features = features if index is None else features.set_axis(index)
    if index_of(series) is None:
        values = read_values(series, "y", index).values
        series = pd.DataFrame(values, index=index)
        series = series[0] if values.ndim == 1 else series
    return series, features


def _rows(
    series: Any, features: pd.DataFrame | None, rows: np.ndarray, columns: np.ndarray
) -> tuple[Any, ...]:
    """Return (X, y) or (y,) at the chosen rows, and columns of a table of series."""
    is_table = isinstance(series, pd.DataFrame) and not isinstance(series.index, pd.MultiIndex)
    chosen = series.iloc[rows, columns] if is_table else series[rows]
    return (chosen,) if features is None else (features[rows], chosen)


def _long(
    panel: Any,
    series: np.ndarray,
    positions: np.ndarray,
    cutoff: int,
    actual: Any,
    predicted: np.ndarray,
) -> pd.DataFrame:
    if panel.layout.is_wide:
        n_columns = len(series)
        series = np.tile(series, len(positions))
        positions = np.repeat(positions, n_columns)
    actual = pd.DataFrame(actual).to_numpy(dtype=np.float64, na_value=np.nan)
    clock = panel.clock
    distinct, code = np.unique(positions, return_inverse=True)
    frame = pd.DataFrame(
        {
            "series": panel.ids.take(series),
            "cutoff": clock.index(np.array([cutoff])).repeat(len(series)),
            "time": clock.index(distinct).take(code),
            "y": actual.ravel(),
            "prediction": predicted.ravel(),
        }
    )
    return frame.sort_values(["series", "time"], kind="stable") if panel.layout.is_wide else frame
