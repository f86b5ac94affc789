"""The timesteps that rows of X request, before or after the cutoff."""

from __future__ import annotations

import datetime
from numbers import Real
from typing import Any

import numpy as np
import pandas as pd

from skrnn._forecasting.data import ForecastData, count_rows, has_row, index_of, is_numbered
from skrnn._forecasting.features import (
    FeatureRows,
    as_feature_frame,
    refuse_missing_rows,
    with_columns,
)
from skrnn._forecasting.requests import ForecastRequest, request_rows, write_rows
from skrnn._input.caller_warnings import warn_caller
from skrnn._input.integers import is_integer
from skrnn._input.named_axes import SERIES
from skrnn._input.plain import to_plain
from skrnn._input.refusals import describe
from skrnn._series.finer_rows import rows_on_known_grid
from skrnn._series.growth import with_room
from skrnn._series.panel import Panel
from skrnn.exceptions import LostIndexWarning

__all__ = ["refuse_missing_features", "request_of_rows"]


def request_of_rows(
    X: Any, data: ForecastData, columns: list[Any], horizon: int, *, is_history: bool
) -> tuple[ForecastRequest, FeatureRows | None]:
    """Read which timesteps X requests, and its features.

    Parameters
    ----------
    X : object
        What the user passed.
    data : ForecastData
        The known series and their features.
    columns : list of labels
        The features that ``fit`` saw; if there were none, only the index of X counts.
    horizon : int
        Timesteps that the networks forecast at once.
    is_history : bool
        Whether ``data`` is the past of other series than those of ``fit``.
    """
    panel = data.panel
    frame = with_columns(as_feature_frame(X, "X"), columns, "X") if columns else None
    index, series, positions = _requested_rows(X, frame, data)
    rows = None if frame is None else FeatureRows(frame, series, positions, is_request=True)
    _refuse_disorder(series, positions)
    _refuse_unknown_rows(data, series, positions, index, check_holes=not is_history)
    write = write_rows(panel, index)
    if panel.layout.is_wide:
        positions = np.repeat(positions, panel.n_series)
        series = np.tile(np.arange(panel.n_series), len(index))
    return request_rows(panel, series, positions, horizon, write), rows


def _requested_rows(
    X: Any, frame: pd.DataFrame | None, data: ForecastData
) -> tuple[pd.Index, np.ndarray, np.ndarray]:
    """Return the index of the rows, the number of each row's series, and its clock position."""
    panel = data.panel
    index = index_of(X)
    _refuse_no_rows(X)
    if isinstance(index, pd.MultiIndex) and panel.layout.is_wide:
        raise ValueError(
            f"X: got a MultiIndex with levels {list(index.names)}, while y has a column for each "
            "series. Expected an index of times only. Pass a row for each time, for example "
            "X.groupby(level=1).first()."
        )
    if index is not None and not (is_numbered(index) and panel.clock.kind != "integer"):
        series, positions = rows_on_known_grid(index, panel=panel, name="X")
        if frame is None or not is_numbered(index) or _are_as_in_training(frame, positions, data):
            return index, series, positions
        positions = panel.last[0] + 1 + np.arange(len(frame))
        _warn_of_lost_index("got rows numbered from 0 that are not those of fit", data)
        return panel.clock.index(positions), series, positions
    if panel.layout.rows_are_panel:
        raise ValueError(
            "X: got rows without series and time, for a panel. Expected a (series, time) "
            "MultiIndex. Keep the index through a Pipeline with set_output(transform='pandas')."
        )
    known = _equal_training_rows(X, frame, data)
    if known is not None and not _repeats(known[0]):
        positions = known[1]
    else:
        n_rows = count_rows(X, "X") if frame is None else len(frame)
        positions = panel.last[0] + 1 + np.arange(n_rows)
        if known is not None:
            _warn_of_lost_index(
                "got no index, and what equals the training rows, which repeat", data
            )
        elif panel.layout.container != "array":
            _warn_of_lost_index("got no time index, while y had one", data)
    index = panel.clock.index(positions) if index is None else index
    return index, np.zeros(len(positions), dtype=np.int64), positions


def _warn_of_lost_index(problem: str, data: ForecastData) -> None:
    warn_caller(
        f"X: {problem}. It is read as the timesteps right after the cutoff, {data.cutoff}. Give it "
        "the index of those timesteps; a transformer that drops the index keeps it after "
        "set_output(transform='pandas') on the pipeline.",
        LostIndexWarning,
    )


def _are_as_in_training(frame: pd.DataFrame, positions: np.ndarray, data: ForecastData) -> bool:
    """Return whether rows numbered from 0 may be read by their numbers.

    They may, unless they have the numbers of the first rows of ``fit`` and other features.
    """
    known = data.rows[0]
    n_rows = len(frame)
    if n_rows > len(known.frame) or not np.array_equal(known.positions[:n_rows], positions):
        return True
    return _are_close(frame.to_numpy(), known.frame.to_numpy()[:n_rows], known.frame.to_numpy())


def _are_close(values: np.ndarray, known: np.ndarray, all_known: np.ndarray) -> bool:
    """Return whether features are equal up to rounding, which some transformers change later."""
    try:
        values, known = values.astype(np.float64), known.astype(np.float64)
        spread = np.ptp(np.nan_to_num(all_known.astype(np.float64)), axis=0)
    except (TypeError, ValueError):
        return bool(np.array_equal(values, known))
    return bool(np.isclose(values, known, rtol=0.0, atol=1e-6 * spread, equal_nan=True).all())


def _refuse_no_rows(X: Any) -> None:
    plain = to_plain(X, "X", SERIES)
    if isinstance(X, pd.Index) or _holds_times(X):
        raise TypeError(
            f"X: got times as {describe(X)}. Expected a table with a row for each timestep to "
            "forecast, with the times as its index. Pass pd.DataFrame(index=pd.Index(X))."
        )
    is_table = isinstance(plain, (list, tuple)) or getattr(plain, "ndim", 0) > 0
    if not is_table:
        remedy = ""
        if is_integer(X):
            remedy = f"Pass horizon={X} for that many timesteps."
        elif isinstance(X, Real) and not isinstance(X, bool):
            remedy = f"Pass a share of coverage by name, coverage={X}."
        raise TypeError(
            f"X: got {describe(X)}. Expected a table with a row for each timestep to forecast, or "
            f"None for those after the cutoff. {remedy or 'Pass a DataFrame whose index is time.'}"
        )
    if count_rows(X, "X") == 0:
        raise ValueError(
            f"X: got {describe(X)}, 0 sample(s) (timesteps). Expected at least one row to "
            "forecast. Check how X was filtered."
        )


def _holds_times(X: Any) -> bool:
    """Return whether X is a list of times in place of rows."""
    if isinstance(X, (pd.Series, pd.DataFrame)):
        return False
    if hasattr(X, "dtype"):
        return getattr(X.dtype, "kind", "") == "M"
    times = (pd.Period, datetime.date, np.datetime64)
    return isinstance(X, (list, tuple)) and len(X) > 0 and isinstance(X[0], times)


def _equal_training_rows(
    X: Any, frame: pd.DataFrame | None, data: ForecastData
) -> tuple[np.ndarray, np.ndarray] | None:
    """Return values and positions of the rows of ``fit`` if X, without times, equals them.

    This is how the training score of arrays, which have no times, finds the training rows. If
    ``fit`` saw an array of series without features, X is compared with the series themselves.
    """
    panel = data.panel
    if frame is not None:
        known, positions = data.rows[0].frame.to_numpy(), data.rows[0].positions
        values = frame.to_numpy()
    elif panel.layout.container == "array" and not data.rows:
        known = panel.values.reshape(panel.n_series, -1).T
        positions = panel.first[0] + np.arange(len(known))
        try:
            values = np.asarray(to_plain(X, "X", SERIES))
        except (TypeError, ValueError):
            return None  # lists of different lengths, or of what holds no numbers
        values = values[:, None] if values.ndim == 1 else values
    else:
        return None
    if values.shape != known.shape:
        return None
    return (known, positions) if _are_close(values, known, known) else None


def _repeats(values: np.ndarray) -> bool:
    """Return whether rows are a whole number of cycles: then later rows may well equal them."""
    rows = pd.DataFrame(values)
    codes = rows.groupby(list(rows.columns), dropna=False, sort=False).ngroup().to_numpy()
    periods = [period for period in range(1, len(rows) // 2 + 1) if len(rows) % period == 0]
    return any((codes[period:] == codes[:-period]).all() for period in periods)


def _refuse_disorder(series: np.ndarray, positions: np.ndarray) -> None:
    order = np.argsort(series, kind="stable")
    is_same = np.diff(series[order]) == 0
    if (np.diff(positions[order])[is_same] <= 0).any():
        remedy = "Sort them, X.sort_index(); a search over shuffled rows needs TimeSeriesSplit."
        if pd.DataFrame({"series": series, "position": positions}).duplicated().any():
            remedy = "Keep one row for each time, X[~X.index.duplicated()].sort_index()."
        raise ValueError(
            "X: got rows whose times do not increase. Expected rows in the order of time, each "
            f"time once. {remedy}"
        )


def _refuse_unknown_rows(
    data: ForecastData,
    series: np.ndarray,
    positions: np.ndarray,
    index: pd.Index,
    *,
    check_holes: bool,
) -> None:
    panel = data.panel
    if (series < 0).any():
        unknown = index.get_level_values(0)[series < 0].unique()
        raise ValueError(
            f"X: got {len(unknown)} series that fit has not seen, {list(unknown[:3])}. Expected "
            "series of the training data. Pass their past as history; if they have none, call "
            "predict_new_series(X) of an RNNForecaster. To cross-validate a panel take "
            "skrnn.model_selection.PanelTimeSeriesSplit, as a row-wise TimeSeriesSplit puts whole "
            "series into the test fold."
        )
    is_before = positions < panel.first[series]
    was_given = np.ones(len(series), dtype=bool)
    inside = (positions <= panel.last[series]) & ~is_before
    if check_holes:
        was_given[inside] = data.given[panel.row_of(series[inside], positions[inside])]
    wrong = np.flatnonzero(is_before | ~was_given)
    if len(wrong):
        raise ValueError(
            f"X: got {len(wrong)} row(s) from before the cutoff that were not in the training "
            f"data, the first is {index[wrong[0]]}. Expected rows after the training data, or "
            "rows of it. A forecaster learns from the past only: cross-validate with "
            "TimeSeriesSplit (PanelTimeSeriesSplit for a panel), not with KFold or shuffling, and "
            "leave n_samples out of a halving search."
        )


def refuse_missing_features(request: ForecastRequest, data: ForecastData) -> None:
    """Raise an error if a timestep between the cutoff and the last forecast has no features."""
    panel = data.panel
    n_ahead = int(np.max(request.positions - panel.last[request.series], initial=0))
    if n_ahead == 0:
        return
    roomy = with_room(panel, n_ahead)
    has_features = np.zeros(len(roomy.values), dtype=bool)
    for rows in data.rows:
        has_features |= has_row(roomy, rows.series, rows.positions)
    # The network also reads the features of the steps between the cutoff and the first request.
    last_requested = panel.last.copy()
    np.maximum.at(last_requested, request.series, request.positions)
    steps = _steps_between(roomy, panel.last, last_requested)
    refuse_missing_rows(has_features, roomy, steps, "X")


def _steps_between(panel: Panel, after: np.ndarray, last: np.ndarray) -> np.ndarray:
    """Return the rows of the values after position ``after`` of their series, up to ``last``."""
    positions = panel.positions_of(np.arange(len(panel.values)))
    is_between = positions > np.repeat(after, panel.lengths)
    return np.flatnonzero(is_between & (positions <= np.repeat(last, panel.lengths)))
