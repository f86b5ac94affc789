"""Between a long table of many series and the panel that forecasters read."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, overload

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._input.frames import plain_times
from skrnn._input.written_dates import dates_of
from skrnn.preprocessing._tables.long_table import (
    _as_frame,
    _column,
    _refuse_duplicates,
    _refuse_missing,
)

# Id of a series that has no other: in a forecast of one series only.
_ONLY_SERIES = 0
_INTERVAL = {"lower", "upper"}


@overload
def panel_from_long(  # type: ignore[overload-overlap]  # None is a Hashable, too
    frame: pd.DataFrame,
    *,
    series: Hashable = "unique_id",
    time: Hashable = "ds",
    target: list[Any] | pd.Index | np.ndarray | None,
) -> pd.DataFrame: ...
@overload
def panel_from_long(
    frame: pd.DataFrame,
    *,
    series: Hashable = "unique_id",
    time: Hashable = "ds",
    target: Hashable = "y",
) -> pd.Series: ...
def panel_from_long(
    frame: pd.DataFrame,
    *,
    series: Hashable = "unique_id",
    time: Hashable = "ds",
    target: Any = "y",
) -> Any:
    """Turn a long table, one row for each time of each series, into a panel.

    Parameters
    ----------
    frame : DataFrame
        The table, its rows in any order.
    series : str or other label, default="unique_id"
        Column, or index level, that says which series a row belongs to.
    time : str or other label, default="ds"
        Column, or index level, of dates, periods or integers.
    target : str or other label, list of them, or None, default="y"
        Column of the values to forecast. A list selects several columns, for example features;
        None takes all columns but ``series`` and ``time``.

    Returns
    -------
    panel : Series, or DataFrame for a list or None
        Copied values with a (series, time) MultiIndex. Series stand in the order of their first
        rows in ``frame``, the rows of each one in the order of time.

    Raises
    ------
    TypeError
        If ``frame`` is not a pandas object.
    ValueError
        If columns are missing, the time column holds no times, a series or a time is missing, or a
        series has two rows of the same time.

    See Also
    --------
    panel_to_long : The way back.
    from_long : A long table to ragged sequences, for classifiers and regressors.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrnn.preprocessing import panel_from_long
    >>> frame = pd.DataFrame(
    ...     {
    ...         "unique_id": ["web", "web", "shop"],
    ...         "ds": pd.to_datetime(["2024-01-02", "2024-01-01", "2024-01-01"]),
    ...         "y": [7.0, 5.0, 3.0],
    ...     }
    ... )
    >>> panel_from_long(frame)
    unique_id  ds
    web        2024-01-01    5.0
               2024-01-02    7.0
    shop       2024-01-01    3.0
    Name: y, dtype: float64
    """
    if series == time:
        raise ValueError(
            f"time: got {time!r}, which is the column of the series, too. Expected another one. "
            "Pass the column that holds the times."
        )
    frame = _as_frame(frame)
    ids, times = _column(frame, series, "series"), _column(frame, time, "time")
    _refuse_missing(ids, "series", series)
    _refuse_missing(times, "time", time)
    times = _as_times(times, time)
    series_codes, _ = pd.factorize(ids)
    time_codes, _ = pd.factorize(times, sort=True)
    order = np.lexsort((time_codes, series_codes))
    _refuse_duplicates(series_codes, time_codes, order, ids, times, (series, time))
    index = pd.MultiIndex.from_arrays(
        [pd.Index(ids).take(order), pd.Index(times).take(order)], names=[series, time]
    )
    if target is None:
        target = [column for column in frame.columns if column not in (series, time)]
    if not isinstance(target, (list, pd.Index, np.ndarray)):
        values = _column(frame, target, "target")
        return pd.Series(values.array.take(order), index=index, name=target)
    columns = {column: _column(frame, column, "target").array.take(order) for column in target}
    return pd.DataFrame(columns, index=index, columns=pd.Index(list(target), tupleize_cols=False))


def panel_to_long(
    forecast: pd.Series | pd.DataFrame,
    *,
    series: Hashable = "unique_id",
    time: Hashable = "ds",
    target: Hashable = "y",
) -> pd.DataFrame:
    """Turn a panel or a forecast into a long table with plain columns.

    Parameters
    ----------
    forecast : Series or DataFrame
        A panel, or what a forecaster's ``predict``, ``predict_quantiles`` or ``predict_interval``
        returned: a Series, a table with a column for each series, or rows with a (series, time)
        MultiIndex. Columns named by floats from 0 to 1, or ``"lower"`` and ``"upper"``, are the
        quantiles or the interval of one series.
    series : str or other label, default="unique_id"
        What the column of the series ids is to be called. The id is 0 where there is one series
        only, without an id in the index or the columns, and a tuple of the labels where the columns
        of a table have several levels.
    time : str or other label, default="ds"
        What the column of the times is to be called.
    target : str or other label, default="y"
        What the column of the values is to be called. Quantiles, bounds of an interval, and the
        columns of a frame with a MultiIndex of more than one column keep their own names.

    Returns
    -------
    frame : DataFrame
        A row for each time of each series, the series one below another, and a new RangeIndex.

    Raises
    ------
    TypeError
        If ``forecast`` is not a pandas object.
    ValueError
        If the index has more levels than (series, time), or two columns have one label.

    See Also
    --------
    panel_from_long : The way back.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrnn.preprocessing import panel_to_long
    >>> days = pd.date_range("2024-01-01", periods=2)
    >>> panel_to_long(pd.DataFrame({"shop": [3.0, 4.0], "web": [5.0, 7.0]}, index=days))
      unique_id         ds    y
    0      shop 2024-01-01  3.0
    1      shop 2024-01-02  4.0
    2       web 2024-01-01  5.0
    3       web 2024-01-02  7.0
    """
    if not isinstance(forecast, (pd.Series, pd.DataFrame)):
        raise TypeError(
            f"forecast: got a {type(forecast).__name__}. Expected a pandas Series or DataFrame, as "
            "forecasters return for pandas input. Wrap it, pd.Series(forecast, index=times)."
        )
    frame = forecast.to_frame(target) if isinstance(forecast, pd.Series) else forecast
    if isinstance(frame.index, pd.MultiIndex):
        if frame.index.nlevels != 2:
            raise ValueError(
                f"forecast: got a MultiIndex with {frame.index.nlevels} levels, "
                f"{list(frame.index.names)}. Expected (series, time). Join the levels of the "
                "series into one."
            )
        ids, times = (frame.index.get_level_values(level) for level in (0, 1))
        values = {
            target if frame.shape[1] == 1 else column: frame.iloc[:, i].array
            for i, column in enumerate(frame.columns)
        }
    elif isinstance(forecast, pd.Series) or _are_quantiles(frame.columns):
        ids, times = pd.Index([_ONLY_SERIES]).repeat(len(frame)), frame.index
        values = {column: frame[column].array for column in frame.columns}
    else:
        ids, times, values = _stack(frame, target)
    labels = [series, time, *values]
    twice = [label for label in labels if labels.count(label) > 1]
    if twice:
        raise ValueError(
            f"series, time, target: got the label {twice[0]!r} for more than one column of the "
            "long table. Expected different ones. Pass another of them, target='value', say."
        )
    long = {series: ids, time: times, **values}
    return pd.DataFrame({label: pd.Series(column) for label, column in long.items()})


def _as_times(times: pd.Series, label: Hashable) -> pd.Series:
    times = plain_times(times)
    dtype = times.dtype
    if isinstance(dtype, pd.PeriodDtype) or types.is_datetime64_any_dtype(dtype):
        return times
    if types.is_integer_dtype(dtype):
        return times.astype(np.int64)
    dates = dates_of(times, f"frame[{label!r}]")
    raise ValueError(
        f"time: got the column {label!r} of dtype {dtype}, read as times. Expected dates, periods "
        f"or integers. Convert it, frame.assign(**{{{label!r}: {dates}}})."
    )


def _are_quantiles(columns: pd.Index) -> bool:
    if columns.nlevels > 1:
        return False
    return set(columns) <= _INTERVAL or (
        types.is_float_dtype(columns.dtype) and bool(((columns >= 0) & (columns <= 1)).all())
    )


def _names_values(columns: pd.MultiIndex) -> bool:
    """Return whether the first level names several values of each series, as forecasters write it.

    Quantiles, bounds and the numbers of sampled paths do; otherwise all levels name the series.
    """
    first = columns.unique(level=0)
    are_paths = columns.names[0] is None and first.equals(pd.RangeIndex(len(first)))
    return are_paths or _are_quantiles(first)


def _stack(frame: pd.DataFrame, target: Hashable) -> tuple[pd.Index, pd.Index, dict[Any, Any]]:
    """Put the series of a table one below another, under each of its first column labels."""
    columns = frame.columns
    if not columns.is_unique:
        raise ValueError(
            f"forecast: got the column {columns[columns.duplicated()][0]!r} more than once. "
            "Expected every series once. Rename or drop one of them."
        )
    if not isinstance(columns, pd.MultiIndex) or not _names_values(columns):
        parts, ids = {target: frame}, columns
    else:
        # Under every label the same series, in any order.
        ids = columns.droplevel(0).unique()
        parts = {label: frame[label].reindex(columns=ids) for label in columns.unique(level=0)}
    values = {
        label: pd.concat([part.iloc[:, i] for i in range(len(ids))], ignore_index=True).array
        for label, part in parts.items()
    }
    rows = np.tile(np.arange(len(frame)), len(ids))
    if isinstance(ids, pd.MultiIndex):
        ids = ids.to_flat_index()
    return ids.repeat(len(frame)), frame.index[rows], values
