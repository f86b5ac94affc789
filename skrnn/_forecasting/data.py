"""What a forecaster has seen: series, their features, and which rows were given."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._forecasting.features import FeatureRows, as_feature_frame, with_columns
from skrnn._input.columns import column_labels
from skrnn._input.frames import plain_times
from skrnn._input.named_axes import SERIES
from skrnn._input.plain import as_array, to_plain
from skrnn._input.refusals import describe
from skrnn._series.calendar_codes import refuse_calendar_codes
from skrnn._series.clock import Clock
from skrnn._series.finer_rows import code_of_all_rows
from skrnn._series.growth import appended, moved_rows
from skrnn._series.panel import Panel, read_panel, rows_of_index

__all__ = [
    "ForecastData",
    "count_rows",
    "grow",
    "has_row",
    "index_of",
    "index_of_rows",
    "is_numbered",
    "read_history",
    "read_training",
    "refuse_other_grid",
    "refuse_other_length",
    "refuse_swapped",
]

# A history of fewer steps does not show a frequency of its own.
_FEW_STEPS = 3


@dataclass
class ForecastData:
    """Series and their features.

    Parameters
    ----------
    panel : Panel
        The values as passed, before ``target_transform``.
    rows : list of FeatureRows
        Rows of X for any timesteps; empty if there are no features.
    given : ndarray of bool, shape (n_steps_total,)
        Whether a row was passed for each step of the panel's values, even if it held NaN.
    has_given_freq : bool, default=False
        Whether the frequency was a parameter, so that no other one is looked for in later rows.
    """

    panel: Panel
    rows: list[FeatureRows]
    given: np.ndarray
    has_given_freq: bool = False

    @property
    def cutoff(self) -> Any:
        """The last time; for a (series, time) panel a Series with that of each series."""
        panel = self.panel
        if panel.layout.rows_are_panel:
            return pd.Series(panel.clock.index(panel.last), index=panel.ids)
        return panel.clock.index(panel.last[:1])[0]

    @property
    def first_features(self) -> pd.DataFrame | None:
        """The features of the rows that ``fit`` saw; None without X."""
        return self.rows[0].frame if self.rows else None


def has_row(panel: Panel, series: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return which of a panel's values have one of these rows, shape (n_steps_total,).

    A row of a table belongs to all series.
    """
    if not panel.layout.rows_are_panel:
        series = np.arange(panel.n_series)[:, None]
    at = panel.row_of(series, positions)
    has_one = np.zeros(len(panel.values), dtype=bool)
    has_one[at[at >= 0]] = True
    return has_one


def index_of(data: Any) -> pd.Index | None:
    """Return the index of a pandas object, None for an array."""
    return plain_times(data.index) if isinstance(data, (pd.Series, pd.DataFrame)) else None


def is_numbered(index: pd.Index) -> bool:
    """Return whether an index is the one that pandas gives to rows without an index."""
    return isinstance(index, pd.RangeIndex) and index.start == 0 and index.step == 1


def count_rows(data: Any, name: str = "y") -> int:
    """Return the number of rows of anything that can be converted to an array."""
    plain = to_plain(data, name, SERIES)
    if getattr(plain, "shape", None):
        return int(plain.shape[0])
    is_list = isinstance(plain, (list, tuple))
    return len(plain) if is_list else len(np.atleast_1d(as_array(plain, name)))


def read_training(X: Any, y: Any, *, clock: Clock | None = None, freq: Any = None) -> ForecastData:
    """Read the arguments of ``fit``: X is the series if y is None, else their features.

    ``clock`` is the grid that the times have to be on; None finds it, of the frequency ``freq`` if
    that is given.
    """
    if y is None:
        frame, index = None, index_of(X)
        panel = read_panel(X, name="y", clock=clock, freq=freq)
        n_rows = count_rows(X)
    else:
        frame = as_feature_frame(X, "X")
        n_rows = count_rows(y)
        refuse_other_length(frame, n_rows, "X", "y", index_of(y))
        index = index_of_rows(y, X, "y", "X")
        panel = read_panel(y, name="y", index=index, clock=clock, freq=freq)
    if index is None:
        index = pd.RangeIndex(n_rows)
    series, positions = rows_of_index(index, panel=panel, name="y")
    given = has_row(panel, series, positions)
    rows = [] if frame is None else [FeatureRows(frame.copy(), series, positions)]
    return ForecastData(panel, rows, given, freq is not None)


def read_history(
    data: ForecastData, history: Any, X_history: Any, columns: list[Any]
) -> ForecastData:
    """Read the past of other series.

    Parameters
    ----------
    data : ForecastData
        What ``fit`` has seen. It is returned if ``history`` is None.
    history, X_history : object
        What the user passed.
    columns : list of labels
        The features of ``fit``, which the history needs as well.
    """
    if history is None:
        if X_history is not None:
            raise ValueError(
                "X_history: got features without history. Expected the features of the rows of "
                "history. Also pass history, or pass features of the future as X."
            )
        return data
    frame = _read_later_features(
        X_history, history, columns, name="X_history", series_name="history"
    )
    index = index_of(history)
    if frame is not None:
        index = index_of_rows(history, X_history, "history", "X_history")
    clock = data.panel.clock
    if index is not None and clock.kind == "integer":
        _refuse_dates_after_numbers(index, data, "history")
    is_on_grid = index is not None and (data.has_given_freq or _is_on_grid_with_gaps(index, clock))
    panel = read_panel(history, name="history", index=index, clock=clock if is_on_grid else None)
    if index is not None and _guess_is_too_fine(panel.clock, clock, index):
        panel = read_panel(history, name="history", index=index, clock=clock)
    refuse_other_grid(panel, clock, "history")
    index = pd.RangeIndex(count_rows(history, "history")) if index is None else index
    series, positions = rows_of_index(index, panel=panel, name="history")
    given = has_row(panel, series, positions)
    rows = [] if frame is None else [FeatureRows(frame.copy(), series, positions, "X_history")]
    return ForecastData(panel, rows, given)


def grow(data: ForecastData, y: Any, X: Any, columns: list[Any]) -> ForecastData:
    """Append newer timesteps; ``columns`` are the features of ``fit``, which they need as well."""
    clock = data.panel.clock
    n_rows = count_rows(y)
    frame = _read_later_features(X, y, columns, name="X", series_name="y")
    index = index_of_rows(y, X, "y", "X")
    is_without_times = index is None or (index_of(y) is None and is_numbered(index))
    if is_without_times and not data.panel.layout.rows_are_panel:
        # Rows without times are those right after the cutoff.
        index = clock.index(data.panel.last[0] + 1 + np.arange(n_rows))
    elif index is not None and clock.kind == "integer":
        _refuse_dates_after_numbers(index, data, "y")
    # A series may have ended while the others go on.
    more = read_panel(y, name="y", clock=clock, index=index, may_be_empty=True)
    panel = appended(data.panel, more)
    index = pd.RangeIndex(n_rows) if index is None else index
    series, positions = rows_of_index(index, panel=panel, name="y")
    given = has_row(panel, series, positions)
    given[moved_rows(data.panel, panel)] |= data.given
    newer = [] if frame is None else [FeatureRows(frame.copy(), series, positions)]
    return ForecastData(panel, [*data.rows, *newer], given, data.has_given_freq)


def refuse_swapped(X: Any, y: Any, data: ForecastData) -> None:
    """Raise an error if the series stand in the place of the features, and features in theirs."""
    if X is None or isinstance(X, (str, bytes)):
        return
    try:
        n_dims = [np.ndim(table) for table in (X, y)]
    except ValueError:  # lists of different lengths, which their readers refuse
        return
    is_swapped = n_dims == [1, 2]
    if n_dims == [2, 2]:
        frame = data.first_features
        features = [] if frame is None else list(frame.columns)
        series = list(data.panel.ids)
        found = [column_labels(table) for table in (X, y)]
        if found == [None, None]:
            n_columns = [np.shape(table)[1] for table in (X, y)]
            is_swapped = n_columns == [len(series), len(features)] != n_columns[::-1]
        else:
            is_swapped = found == [series, features] != found[::-1]
    if is_swapped:
        raise ValueError(
            f"X: got the series, {describe(X)}, and the features as y. Expected the features "
            "first, as in fit. Swap the arguments, update(X, y)."
        )


def _refuse_dates_after_numbers(index: pd.Index, data: ForecastData, name: str) -> None:
    times = index.get_level_values(-1)
    if types.is_integer_dtype(times.dtype) and not times.hasnans and len(times):
        last = int(data.panel.clock.index(data.panel.last).max())
        is_panel = isinstance(index, pd.MultiIndex)
        refuse_calendar_codes(times, name=name, is_panel=is_panel, known_until=last)


def _read_later_features(
    X: Any, series: Any, columns: list[Any], *, name: str, series_name: str
) -> pd.DataFrame | None:
    """Read features of newer rows or of other series; None if ``fit`` saw no features."""
    if not columns:
        if X is not None and as_feature_frame(X, name).shape[1]:
            raise ValueError(
                f"{name}: got features, while fit saw none. Expected None. Leave {name} out, or "
                "fit with features."
            )
        return None
    if X is None:
        remedy = "Pass them, update(X, y)." if name == "X" else f"Pass them as {name}."
        raise ValueError(
            f"{name}: got None, while fit saw the features {columns[:5]}. Expected these features "
            f"for each row of {series_name}. {remedy}"
        )
    frame = as_feature_frame(X, name)
    refuse_other_length(frame, count_rows(series), name, series_name, index_of(series))
    return with_columns(frame, columns, name)


def _is_on_grid_with_gaps(index: pd.Index, clock: Clock) -> bool:
    """Return whether rows are on the grid of fit, whatever grid they would show by themselves.

    They are if there are few of them or their distances have no common divisor. The rows of a
    coarser grid, such as weeks for days, are probably a mistake, and so is another ``freq``.
    """
    times = index.get_level_values(-1) if isinstance(index, pd.MultiIndex) else index
    if getattr(index, "freq", None) is not None and not isinstance(index, pd.PeriodIndex):
        return False
    is_panel = isinstance(index, pd.MultiIndex)
    series = pd.factorize(index.get_level_values(0))[0] if is_panel else np.zeros(len(index), int)
    n_steps = int(np.bincount(series[series >= 0], minlength=1).max()) - 1
    if n_steps == 0:
        return True
    try:
        positions = clock.positions(times, name="history")
    except (TypeError, ValueError):
        return False
    order = np.lexsort((positions, series))
    differences = np.diff(positions[order])[np.diff(series[order]) == 0]
    return n_steps < _FEW_STEPS or int(np.gcd.reduce(differences)) == 1


def _guess_is_too_fine(guess: Clock, expected: Clock, index: pd.Index) -> bool:
    """Return whether all times lie on the expected grid, which is coarser than the guessed one.

    A few business days with a gap look like calendar days.
    """
    if guess.kind != "datetime" or expected.kind != "datetime" or guess.tz != expected.tz:
        return False
    if guess.seconds_per_step >= expected.seconds_per_step:
        return False
    times = index.get_level_values(-1) if isinstance(index, pd.MultiIndex) else index
    try:
        expected.positions(times, name="history")
    except ValueError:
        return False
    return True


def refuse_other_grid(panel: Panel, expected: Clock, name: str) -> None:
    """Raise an error unless the panel of an argument has the times of a clock."""
    clock = panel.clock
    if expected.same_grid(clock):
        return
    # Times of another kind, zone or grid raise more specific errors here.
    expected.positions(clock.index(np.arange(2)), name=name, is_panel=panel.layout.rows_are_panel)
    raise ValueError(
        f"{name}: got times of frequency {clock.freq_name!r}. Expected the grid of frequency "
        f"{expected.freq_name!r} that fit saw. If rows are missing, add them, {name} = "
        f"{code_of_all_rows(name, expected, panel.layout)}."
    )


def index_of_rows(y: Any, X: Any, name: str, X_name: str) -> pd.Index | None:
    """Return the index of y, or that of X if y has none; they must not differ."""
    index, X_index = index_of(y), index_of(X)
    if index is None:
        return X_index
    if X_index is None or is_numbered(X_index) or len(X_index) != len(index):
        return index
    is_same = np.asarray(X_index == index)
    if is_same.all():
        return index
    where = int(np.argmin(is_same))
    remedy = f"If they belong together row by row, pass {X_name}.set_axis({name}.index)."
    if X_index.is_unique and _holds_all(X_index, index):
        remedy = f"Pass {X_name}.loc[{name}.index]."
    raise ValueError(
        f"{X_name}: got the row {X_index[where]} where {name} has {index[where]}. Expected the "
        f"rows of {name} in the same order. {remedy}"
    )


def _holds_all(index: pd.Index, wanted: pd.Index) -> bool:
    return index.nlevels == wanted.nlevels and bool(wanted.isin(index).all())


def refuse_other_length(
    frame: pd.DataFrame, n_rows: int, name: str, other: str, index: pd.Index | None
) -> None:
    """Raise an error unless features have one row for each row of the series with an index."""
    if len(frame) != n_rows:
        remedy = f"Pass the same timesteps of {name} and {other}."
        if index is not None and not is_numbered(frame.index) and frame.index.is_unique:
            if _holds_all(frame.index, index):
                remedy = f"Pass {name}.loc[{other}.index]."
            elif index.nlevels == frame.index.nlevels:
                remedy = (
                    f"Pass {name}.reindex({other}.index), in which rows that {name} lacks are "
                    "missing values."
                )
        raise ValueError(
            f"{name}: got {len(frame)} rows for {n_rows} rows of {other}. Expected one row for "
            "each. Found input variables with inconsistent numbers of samples: "
            f"[{len(frame)}, {n_rows}]. {remedy}"
        )
