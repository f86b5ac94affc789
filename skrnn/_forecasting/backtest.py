"""Forecasts from earlier cutoffs, by clones trained on the timesteps up to each cutoff."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd
from sklearn.base import clone

from skrnn._forecasting.data import count_rows, index_of, index_of_rows, refuse_other_length
from skrnn._forecasting.features import as_feature_frame
from skrnn._forecasting.fitted import fitted_forecaster
from skrnn._input.integers import check_integer, is_integer
from skrnn._input.refusals import describe_value
from skrnn._series.panel import Panel, read_panel, rows_of_index
from skrnn._series.values import read_values

__all__ = ["BacktestStep", "backtest", "steps_of_backtest"]


def backtest(
    forecaster: Any,
    X: Any,
    y: Any,
    *,
    n_windows: int,
    stride: int | None,
    refit: bool | int,
    coverage: float | Sequence[float] | None,
    freeze_settings: bool,
) -> pd.DataFrame:
    """Return a long frame of forecasts; the parameters are those of the method."""
    coverages = _read_coverages(coverage)
    parts: list[pd.DataFrame] = []
    for step in steps_of_backtest(
        forecaster,
        X,
        y,
        n_windows=n_windows,
        stride=stride,
        refit=refit,
        freeze_settings=freeze_settings,
        keeps_errors=bool(coverages),
    ):
        forecast = np.asarray(step.fitted.predict(step.rows), dtype=np.float64)
        part = _long_frame(step, forecast)
        if coverages:
            levels = [level for one in coverages for level in ((1 - one) / 2, (1 + one) / 2)]
            ends = np.asarray(step.fitted.predict_quantiles(levels, step.rows), dtype=np.float64)
            # A table of series has under each level a column for each of them.
            ends = ends.reshape(len(ends), len(levels), -1).swapaxes(1, 2)
            names = [f"{end}_{one:g}" for one in coverages for end in ("lower", "upper")]
            part[names] = ends.reshape(-1, len(levels))[part.index]
        parts.append(part)
    return pd.concat(parts, ignore_index=True)


@dataclass(frozen=True, eq=False)
class BacktestStep:
    """One cutoff of a backtest.

    Parameters
    ----------
    fitted : WindowForecaster
        A clone that has seen everything up to the cutoff, and nothing later.
    rows : object
        Rows to forecast, as ``predict`` takes them.
    actual : object
        Their true values.
    panel : Panel
        All series, in full.
    series : ndarray of int64
        The series of each row; of a table its columns.
    positions : ndarray of int64, shape (n_rows,)
        Clock position of each row.
    cutoff : int
        Clock position of the cutoff.
    """

    fitted: Any
    rows: Any
    actual: Any
    panel: Panel
    series: np.ndarray
    positions: np.ndarray
    cutoff: int


def steps_of_backtest(
    forecaster: Any,
    X: Any,
    y: Any,
    *,
    n_windows: int,
    stride: int | None,
    refit: bool | int,
    freeze_settings: bool = False,
    keeps_errors: bool = True,
) -> Iterator[BacktestStep]:
    """Yield the cutoffs one after another; the parameters are those of the method.

    A clone that is kept is the same object in several steps, and moves on with the next one.
    """
    horizon = int(forecaster.horizon)
    n_windows, stride, n_kept = _check_arguments(n_windows, stride, refit, horizon)
    if not isinstance(freeze_settings, (bool, np.bool_)):
        raise TypeError(
            f"freeze_settings: got {freeze_settings!r}. Expected True or False. Pass True to keep "
            "the settings that the first clone finds."
        )
    series_given, features = _with_times(X, y)
    index = series_given.index
    panel = read_panel(series_given, freq=forecaster.freq)
    cutoffs = _cutoffs(panel, horizon, n_windows, stride)
    series_of_row, positions = rows_of_index(index, panel=panel, name="y")
    is_wide = panel.layout.is_wide
    first_observed = panel.last + 1 - panel.observed_lengths
    fitted: Any = None
    n_steps, trained_to, columns = 0, -1, np.arange(panel.n_series)
    for cutoff in cutoffs:
        # A series without a value up to the cutoff cannot be learned from.
        has_begun = first_observed <= cutoff
        is_usable = has_begun.any() if is_wide else has_begun[series_of_row]
        is_past = is_usable & (positions <= cutoff)
        is_future = is_usable & (positions > cutoff) & (positions <= cutoff + horizon)
        if not is_future.any():
            continue
        if n_steps % n_kept == 0:
            columns = np.flatnonzero(has_begun)
            fitted = clone(forecaster)
            # Early rows alone may show another frequency than all of them.
            fitted._clock = panel.clock  # noqa: SLF001, of an object made here
            fitted.fit(*_rows(series_given, features, is_past, columns))
            if not keeps_errors:
                # Updates would forecast every window again, for intervals that nothing asks for.
                fitted._fitted = replace(fitted_forecaster(fitted), residuals=None)  # noqa: SLF001
            if freeze_settings and not n_steps:
                forecaster = clone(forecaster).set_params(**_found_settings(fitted))
        elif (is_newer := is_past & (positions > trained_to)).any():
            newer = _rows(series_given, features, is_newer, columns)
            # Without the warnings of an update: a backtest shows its errors.
            fitted._update(*newer if len(newer) == 2 else (newer[0], None), refit=False)  # noqa: SLF001
        trained_to = int(cutoff)
        n_steps += 1
        future = _rows(series_given, features, is_future, columns)
        series = columns if is_wide else series_of_row[is_future]
        yield BacktestStep(
            *(fitted, future[0], future[-1], panel, series, positions[is_future], trained_to)
        )
    if not n_steps:
        raise ValueError(
            f"n_windows: got {n_windows} cutoffs, {stride} timesteps apart, none of which has a "
            f"series with values before it and rows within the horizon of {horizon} after it. "
            "Expected at least one. Lower n_windows or stride, or forecast a shorter horizon."
        )


def _found_settings(fitted: Any) -> dict[str, Any]:
    """Return the parameters that were "auto" with what a fit has found for them."""
    periods = fitted_forecaster(fitted).networks.shape.periods
    calendar = fitted_forecaster(fitted).features.calendar
    found = {
        "calendar": list(calendar) or None,
        "seasonal_period": periods if len(periods) > 1 else periods[0],
        **{
            name: getattr(fitted, f"{name}_")
            for name in ("context_length", "segment_length")
            if hasattr(fitted, f"{name}_")
        },
    }
    given = fitted.get_params(deep=False)
    is_auto = {name: isinstance(value, str) and value == "auto" for name, value in given.items()}
    return {name: value for name, value in found.items() if is_auto.get(name)}


def _check_arguments(n_windows: Any, stride: Any, refit: Any, horizon: int) -> tuple[int, int, int]:
    """Return the number of windows, the stride, and for how many windows a clone is kept."""
    n_windows = check_integer(n_windows, "n_windows", at_least=1)
    stride = horizon if stride is None else check_integer(stride, "stride", at_least=1)
    if isinstance(refit, (bool, np.bool_)):
        return n_windows, stride, 1 if refit else n_windows
    if not is_integer(refit, at_least=1):
        raise TypeError(
            f"refit: got {refit!r}. Expected True or False, or a number of windows, 1 or more. "
            "Pass True to train before every cutoff, False to train once, before the first."
        )
    return n_windows, stride, int(refit)


def _read_coverages(coverage: Any) -> list[float]:
    """Return the shares of values that intervals are to contain, none for None."""
    if coverage is None:
        return []
    given = [coverage] if isinstance(coverage, Real) else coverage
    is_list = isinstance(given, (Sequence, np.ndarray)) and not isinstance(given, str)
    shares = list(given) if is_list else []
    is_valid = shares and all(isinstance(one, Real) and 0 < float(one) < 1 for one in shares)
    if not is_valid or len(set(shares)) < len(shares):
        raise ValueError(
            f"coverage: got {describe_value(coverage)}. Expected None, a fraction between 0 and 1, "
            "or different ones, the shares of values inside the intervals. Pass [0.8, 0.95] for 80 "
            "and 95 percent."
        )
    return [float(one) for one in shares]


def _cutoffs(panel: Panel, horizon: int, n_windows: int, stride: int) -> np.ndarray:
    """Return increasing clock positions; the last is a horizon before the end of the panel."""
    first, last = int(panel.first.min()), int(panel.last.max())
    if last - horizon - stride * (n_windows - 1) < first + 3:
        raise ValueError(
            f"n_windows: got {n_windows} cutoffs, {stride} timesteps apart, before a horizon of "
            f"{horizon}, while the series have {last - first + 1} timesteps. "
            "Expected at least four before the first cutoff. Lower n_windows or stride."
        )
    return last - horizon - stride * np.arange(n_windows - 1, -1, -1)


def _with_times(X: Any, y: Any) -> tuple[Any, pd.DataFrame | None]:
    """Return the series and the features as pandas objects with a common index."""
    series, features = (X, None) if y is None else (y, as_feature_frame(X, "X"))
    index = index_of(series)
    if features is not None:
        refuse_other_length(features, count_rows(series), "X", "y", index_of(series))
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
    """Return (X, y) or (y,) at the chosen rows; of a table of series the chosen columns."""
    is_table = isinstance(series, pd.DataFrame) and not isinstance(series.index, pd.MultiIndex)
    chosen = series.iloc[rows, columns] if is_table else series[rows]
    return (chosen,) if features is None else (features[rows], chosen)


def _long_frame(step: BacktestStep, forecast: np.ndarray) -> pd.DataFrame:
    """Return a row for each forecast timestep: series, cutoff, time, true value and forecast."""
    panel, series, positions = step.panel, step.series, step.positions
    if panel.layout.is_wide:
        n_columns = len(series)
        series = np.tile(series, len(positions))
        positions = np.repeat(positions, n_columns)
    actual = pd.DataFrame(step.actual).to_numpy(dtype=np.float64, na_value=np.nan)
    clock = panel.clock
    distinct, code = np.unique(positions, return_inverse=True)
    frame = pd.DataFrame(
        {
            "series": panel.ids.take(series),
            "cutoff": clock.index(np.array([step.cutoff])).repeat(len(series)),
            "time": clock.index(distinct).take(code),
            "y": actual.ravel(),
            "prediction": forecast.ravel(),
        }
    )
    return frame.sort_values(["series", "time"], kind="stable") if panel.layout.is_wide else frame
