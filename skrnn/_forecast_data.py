"""What a forecaster has seen: series, the features beside them, and which rows there were."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skrnn._forecast_features import FeatureRows, as_feature_frame
from skrnn._panel import Panel, read_panel, rows_of_index
from skrnn._panel_growth import appended, moved_rows
from skrnn._validation import check_features

__all__ = ["ForecastData", "grow", "index_of", "is_numbered", "read_history", "read_training"]


@dataclass
class ForecastData:
    """Series and the rows of features beside them.

    Parameters
    ----------
    panel : Panel
        As it came, not transformed.
    rows : list of FeatureRows
        Rows of X, of any timesteps.
    given : ndarray of bool, shape (n_steps_total,)
        Whether a row was given for each step of the panel's values, if only with NaN.
    """

    panel: Panel
    rows: list[FeatureRows]
    given: np.ndarray

    @property
    def cutoff(self) -> Any:
        """The last time; for a (series, time) panel a Series with that of each series."""
        panel = self.panel
        if panel.layout.rows_are_panel:
            return pd.Series(panel.clock.index(panel.last), index=panel.ids)
        return panel.clock.index(panel.last[:1])[0]

    def steps_of(self, series: np.ndarray, positions: np.ndarray) -> np.ndarray:
        """Return where rows stand in the panel's values; rows of a table, for all series."""
        return steps_of(self.panel, series, positions)


def steps_of(panel: Panel, series: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return where rows stand in a panel's values, -1 for nowhere; of a table, for all series."""
    if panel.layout.rows_are_panel:
        return panel.row_of(series, positions)
    return panel.row_of(np.arange(panel.n_series)[:, None], positions).ravel()


def index_of(data: Any) -> pd.Index | None:
    """Return the index of a pandas object, None for an array."""
    return data.index if isinstance(data, (pd.Series, pd.DataFrame)) else None


def is_numbered(index: pd.Index) -> bool:
    """Whether an index is what pandas gives rows without one."""
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1


def read_training(estimator: Any, X: Any, y: Any) -> ForecastData:
    """Read what ``fit`` was given, and set ``n_features_in_`` and ``feature_names_in_``."""
    if y is None:
        frame, index = None, index_of(X)
        panel = read_panel(X, name="y")
        n_rows = len(X)
    else:
        frame = as_feature_frame(X, "X")
        index = index_of(y)
        X_index = index_of(X)
        panel = read_panel(y, name="y", index=X_index if index is None else None)
        n_rows = len(y)
        _refuse_other_length(frame, n_rows, "X", "y")
        if index is None:
            index = X_index
        elif X_index is not None and not is_numbered(X_index):
            _refuse_other_rows(X_index, index)
    check_features(estimator, frame, reset=True)
    if index is None:
        index = pd.RangeIndex(n_rows)
    series, positions = rows_of_index(index, panel=panel, name="y")
    given = np.zeros(len(panel.values), dtype=bool)
    given[steps_of(panel, series, positions)] = True
    rows = [] if frame is None else [FeatureRows(frame.copy(), series, positions)]
    return ForecastData(panel, rows, given)


def read_history(
    estimator: Any, data: ForecastData, history: Any, X_history: Any, columns: list[Any]
) -> ForecastData:
    """Read the past of other series; ``columns`` are the features it needs.

    Without ``history``, what ``fit`` has seen is returned.
    """
    if history is None:
        if X_history is not None:
            raise ValueError(
                "X_history: got it without history. Expected the features of the rows of history. "
                "Pass history too, or features of the future as X."
            )
        return data
    panel = read_panel(history, name="history")
    clock = data.panel.clock
    if not clock.same_grid(panel.clock):
        raise ValueError(
            f"history: got times of frequency {panel.clock.freq_name!r}. Expected the grid of "
            f"frequency {clock.freq_name!r} that fit saw. Resample it, "
            f"history.asfreq({clock.freq_name!r})."
        )
    index = index_of(history)
    index = pd.RangeIndex(len(history)) if index is None else index
    series, positions = rows_of_index(index, panel=panel, name="history")
    given = np.zeros(len(panel.values), dtype=bool)
    given[steps_of(panel, series, positions)] = True
    if not columns:
        return ForecastData(panel, [], given)
    if X_history is None:
        raise ValueError(
            f"X_history: got None, while fit saw the features {columns[:5]}. Expected them for "
            "each row of history. Pass them."
        )
    frame = as_feature_frame(X_history, "X_history")
    check_features(estimator, frame, reset=False)
    _refuse_other_length(frame, len(index), "X_history", "history")
    return ForecastData(panel, [FeatureRows(frame.copy(), series, positions)], given)


def grow(estimator: Any, data: ForecastData, y: Any, X: Any, columns: list[Any]) -> ForecastData:
    """Append newer timesteps; ``columns`` are the features they need."""
    clock = data.panel.clock
    index = index_of(y)
    if index is None and not data.panel.layout.rows_are_panel:
        # rows without times come right after the cutoff.
        index = clock.index(data.panel.last[0] + 1 + np.arange(len(y)))
        more = read_panel(y, name="y", clock=clock, index=index)
    else:
        more = read_panel(y, name="y", clock=clock)
    panel = appended(data.panel, more)
    index = index_of(y) if index is None else index
    assert index is not None
    series, positions = rows_of_index(index, panel=panel, name="y")
    given = np.zeros(len(panel.values), dtype=bool)
    given[moved_rows(data.panel, panel)] = data.given
    given[steps_of(panel, series, positions)] = True
    if estimator.n_features_in_ == 0:
        return ForecastData(panel, data.rows, given)
    if X is None:
        raise ValueError(
            f"X: got None, while fit saw the features {columns[:5]}. Expected them for each row of "
            "y. Pass them."
        )
    frame = as_feature_frame(X, "X")
    check_features(estimator, frame, reset=False)
    _refuse_other_length(frame, len(y), "X", "y")
    rows = [*data.rows, FeatureRows(frame.copy(), series, positions)]
    return ForecastData(panel, rows, given)


def _refuse_other_length(frame: pd.DataFrame, n_rows: int, name: str, other: str) -> None:
    if len(frame) != n_rows:
        raise ValueError(
            f"{name}: got {len(frame)} rows beside {n_rows} rows of {other}. Expected one row for "
            "each. Found input variables with inconsistent numbers of samples: "
            f"[{len(frame)}, {n_rows}]. Pass {name}.loc[{other}.index], say."
        )


def _refuse_other_rows(X_index: pd.Index, y_index: pd.Index) -> None:
    if not X_index.equals(y_index):
        where = int(np.argmax(~(X_index == y_index)))
        raise ValueError(
            f"X: got the row {X_index[where]} where y has {y_index[where]}. Expected the rows of y "
            "in the same order. Pass X.loc[y.index]."
        )
