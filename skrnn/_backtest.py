"""Forecasts from earlier cutoffs, by clones that have seen nothing later."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from skrnn._panel import read_panel, rows_of_index

__all__ = ["backtest"]


def backtest(
    forecaster: Any, X: Any, y: Any, *, n_windows: int, stride: int | None, refit: bool
) -> pd.DataFrame:
    """Return a long frame of forecasts; arguments as for the method of the forecaster."""
    for name, number in (("n_windows", n_windows), ("stride", stride)):
        if name == "stride" and number is None:
            continue
        if not isinstance(number, Integral) or isinstance(number, bool) or number < 1:
            raise ValueError(
                f"{name}: got {number!r}. Expected an integer of 1 or more. Pass {name}=3, say."
            )
    series_given, features = (X, None) if y is None else (y, X)
    index = getattr(series_given, "index", None)
    if not isinstance(index, pd.Index):
        index = getattr(features, "index", None)
    if not isinstance(index, pd.Index):
        index = pd.RangeIndex(len(series_given))
    is_pandas = isinstance(series_given, (pd.Series, pd.DataFrame))
    panel = read_panel(series_given, index=None if is_pandas else index)
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
    parts: list[pd.DataFrame] = []
    fitted: Any = None
    trained_to = -1
    for cutoff in cutoffs:
        before = positions <= cutoff
        if refit or fitted is None:
            fitted = clone(forecaster)
            fitted.fit(*_rows(series_given, features, before))
        else:
            between = before & (positions > trained_to)
            if between.any():
                newer = _rows(series_given, features, between)
                fitted.update(newer[-1], newer[0] if features is not None else None)
        trained_to = int(cutoff)
        has_past = np.isin(series_of_row, np.unique(series_of_row[before]))
        ahead = ~before & (positions <= cutoff + horizon) & has_past
        if not ahead.any():
            continue
        asked = _rows(series_given, features, ahead)
        predicted = np.asarray(fitted.predict(asked[0]), dtype=np.float64)
        parts.append(
            _long(panel, series_of_row[ahead], positions[ahead], int(cutoff), asked[-1], predicted)
        )
    return pd.concat(parts, ignore_index=True)


def _rows(series: Any, features: Any, chosen: np.ndarray) -> tuple[Any, ...]:
    """Return (X, y) or (y,) at the chosen rows."""
    given = (series,) if features is None else (features, series)
    return tuple(
        data[chosen] if isinstance(data, (pd.Series, pd.DataFrame)) else np.asarray(data)[chosen]
        for data in given
    )


def _long(
    panel: Any,
    series: np.ndarray,
    positions: np.ndarray,
    cutoff: int,
    actual: Any,
    predicted: np.ndarray,
) -> pd.DataFrame:
    if panel.layout.is_wide:
        n_rows = len(positions)
        series = np.tile(np.arange(panel.n_series), n_rows)
        positions = np.repeat(positions, panel.n_series)
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
