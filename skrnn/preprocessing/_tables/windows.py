"""Long series to windows of fixed length and the values after them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from numpy.lib.stride_tricks import sliding_window_view

from skrnn._input.columns import SampleColumns, column_labels
from skrnn._input.frames import is_number
from skrnn._input.integers import check_integer
from skrnn._input.measurements import read_measurements
from skrnn._input.named_axes import SAMPLE, SAMPLES, is_data_array, with_axes
from skrnn._input.plain import as_array, to_plain
from skrnn.typing import SeriesLike


@overload
def sliding_windows(
    X: SeriesLike,
    y: SeriesLike | None = None,
    *,
    context_length: int,
    horizon: int = 1,
    stride: int = 1,
    as_frames: Literal[False] = False,
) -> tuple[np.ndarray, np.ndarray]: ...
@overload
def sliding_windows(
    X: SeriesLike,
    y: SeriesLike | None = None,
    *,
    context_length: int,
    horizon: int = 1,
    stride: int = 1,
    as_frames: Literal[True],
) -> tuple[list[pd.DataFrame], np.ndarray]: ...
def sliding_windows(
    X: SeriesLike,
    y: SeriesLike | None = None,
    *,
    context_length: int,
    horizon: int = 1,
    stride: int = 1,
    as_frames: bool = False,
) -> tuple[Any, np.ndarray]:
    """Cut long series into windows, each with the values that follow it.

    Parameters
    ----------
    X : array-like of shape (n_timesteps,) or (n_timesteps, n_features), or list of them
        One long series, rows in the order of time, or a list of series (or a 3-D array of shape
        (n_series, n_timesteps, n_features)). A list of numbers is one series. Timesteps at the
        end that are NaN in every feature are padding.
    y : array-like of shape (n_timesteps,) or (n_timesteps, n_outputs), list of them, or None, \
            default=None
        Targets at the timesteps of X, of any dtype; for a list of series a list. None takes the
        targets from X itself.
    context_length : int
        Number of timesteps in a window, at least 1: the history an estimator sees.
    horizon : int, default=1
        Number of timesteps after the window whose values are the target, at least 0. 0 takes y at
        the window's last timestep, for targets such as remaining useful life or a state, and
        needs y.
    stride : int, default=1
        Timesteps from the start of a window to that of the next one, at least 1. 1 uses every
        position; raising it gives fewer windows that overlap less.
    as_frames : bool, default=False
        Whether the windows are DataFrames that carry the names of the columns of X, so that
        estimators learn the names and refuse others. Needs an X with names.

    Returns
    -------
    windows : ndarray of shape (n_windows, context_length, n_features), or list of n_windows \
            DataFrames
        The windows of the first series in the order of time, then those of the second. No window
        spans two series. For one series it is a read-only view that needs no memory of its own.
    targets : ndarray of shape (n_windows, horizon), or (n_windows, horizon, n_outputs)
        Targets of each window, without the last axis if y (or X, if y is None) has one value per
        timestep. For a horizon of 0 or 1 the horizon axis is left out: ``(n_windows,)`` or
        ``(n_windows, n_outputs)``, as regressors expect y.

    Raises
    ------
    TypeError
        If an argument is of a type that is not read.
    ValueError
        If a series is shorter than ``context_length + horizon``, y does not fit X, or a number is
        out of its range.

    See Also
    --------
    skrnn.RNNRegressor : Learns the targets from the windows.

    Notes
    -----
    Neighbouring windows share timesteps, so a shuffled split lets the test windows leak into the
    training data. ``sklearn.model_selection.TimeSeriesSplit(gap=...)`` keeps those of one series
    apart, with a gap of ``(context_length + horizon) / stride`` windows, rounded up.

    Missing values are passed on. A window of two or more features that begins with a timestep
    without any observed value is refused by the estimators, so fill long gaps first.

    Examples
    --------
    >>> import numpy as np
    >>> from skrnn.preprocessing import sliding_windows
    >>> windows, targets = sliding_windows(np.arange(6.0), context_length=3, horizon=2)
    >>> windows[:, :, 0]
    array([[0., 1., 2.],
           [1., 2., 3.]])
    >>> targets
    array([[3., 4.],
           [4., 5.]])
    """
    check_integer(context_length, "context_length", at_least=1, meaning="a number of timesteps")
    check_integer(horizon, "horizon", at_least=0, meaning="a number of timesteps")
    check_integer(stride, "stride", at_least=1, meaning="a number of timesteps")
    if y is None and horizon == 0:
        raise ValueError(
            "horizon: got 0 without y, so that nothing would be left to predict. Expected at least "
            "1. Pass y for its value at the last timestep of each window, or raise horizon."
        )
    labels = _labels_of(X) if as_frames else None
    X, y = (to_plain(one, name, _axes_of(one)) for one, name in ((X, "X"), (y, "y")))
    is_single = _is_one_series(X)
    series, n_given = _read_series(X, is_single)
    outputs = _values_to_predict(series) if y is None else _read_outputs(y, n_given, is_single)
    n_timesteps = [len(values) for values in series]
    _refuse_short(n_timesteps, context_length, horizon, is_single)
    # y may be longer: X's padding at the end is no timestep.
    outputs = [values[:n] for values, n in zip(outputs, n_timesteps, strict=True)]

    first_target = context_length if horizon else context_length - 1
    windows = [
        _windows_of(values[: len(values) - horizon], context_length, stride) for values in series
    ]
    targets = [_windows_of(values[first_target:], max(horizon, 1), stride) for values in outputs]
    if horizon < 2:
        targets = [values[:, 0] for values in targets]
    joined = _joined(windows)
    if labels is None:
        return joined, _joined(targets)
    return [pd.DataFrame(window, columns=labels) for window in joined], _joined(targets)


def _axes_of(X: Any) -> tuple[str, ...]:
    return SAMPLES if is_data_array(X) and X.ndim == 3 else SAMPLE


def _labels_of(X: Any) -> list[Any]:
    """Return the labels of the columns of a series, or of the first of several."""
    first = X[0] if isinstance(X, (list, tuple)) and len(X) else X
    labels = column_labels(with_axes(first, "X", _axes_of(first)))
    if labels is None:
        raise ValueError(
            f"as_frames: got True, but X is a {type(first).__name__} without names of columns. "
            "Expected a table that carries them. Pass as_frames=False, or a DataFrame."
        )
    return labels


def _windows_of(values: np.ndarray, length: int, stride: int) -> np.ndarray:
    """Return a view of shape (n_windows, length, ...) of values of shape (n_timesteps, ...)."""
    return np.moveaxis(sliding_window_view(values, length, axis=0), -1, 1)[::stride]


def _joined(parts: list[np.ndarray]) -> np.ndarray:
    return parts[0] if len(parts) == 1 else np.concatenate(parts)


def _is_one_series(X: Any) -> bool:
    if X is None or isinstance(X, (str, bytes, Mapping, set)) or not hasattr(X, "__len__"):
        remedy = "Pass one of these."
        if isinstance(X, Mapping):
            remedy = "Pass list(X.values()), if each value is a series."
        elif isinstance(X, Iterator):
            remedy = "Pass list(X)."
        raise TypeError(
            f"X: got {'None' if X is None else 'a ' + type(X).__name__}. Expected one series, "
            f"(n_timesteps,) or (n_timesteps, n_features), or a list of series. {remedy}"
        )
    if isinstance(X, pd.DataFrame):
        return True
    if isinstance(X, (list, tuple)):
        if len(X) == 0:
            raise ValueError(
                "X: got an empty list. Expected at least one series, (n_timesteps,) or "
                "(n_timesteps, n_features). Check how the list was filtered."
            )
        return np.isscalar(X[0]) or X[0] is None
    shape = np.shape(X)
    if len(shape) == 1:
        is_nested = isinstance(X, (np.ndarray, pd.Series)) and X.dtype == object and len(X)
        return not (is_nested and np.ndim(np.asarray(X, dtype=object)[0]) > 0)
    if len(shape) in (2, 3) and shape[0]:
        return len(shape) == 2
    raise ValueError(
        f"X: got a {type(X).__name__} of shape {shape}. Expected one series, (n_timesteps,) or "
        "(n_timesteps, n_features), or (n_series, n_timesteps, n_features). Flatten what comes "
        "after the time axis into features, X.reshape(len(X), -1) for one series; leave out what "
        "is empty."
    )


def _read_series(X: Any, is_single: bool) -> tuple[list[np.ndarray], list[int]]:
    """Return each series, (n_timesteps, n_features) without padding, and the lengths given."""
    series = [X] if is_single else list(X)
    names = ["X"] if is_single else [f"X[{i}]" for i in range(len(series))]
    plain = [to_plain(one, name, SAMPLE) for one, name in zip(series, names, strict=True)]
    values = [_read_one(one, name) for one, name in zip(plain, names, strict=True)]
    _refuse_other_columns(series, "X")
    for i, one in enumerate(values):
        if one.shape[1] != values[0].shape[1]:
            raise ValueError(
                f"X: got {values[0].shape[1]} feature(s) in series 0 but {one.shape[1]} in series "
                f"{i}, read as a list of series. Expected the same number in every one. Take those "
                f"that all have, [np.asarray(x)[:, :{min(map(_n_features, values))}] for x in X]."
            )
    return values, [len(one) for one in plain]


def _n_features(values: np.ndarray) -> int:
    return values.shape[1]


def _refuse_other_columns(series: Any, name: str) -> None:
    """Raise a ValueError if one series has other columns than another one."""
    columns = SampleColumns(name)
    for position, one in enumerate(series):
        columns.add(one, position)


def _read_one(series: Any, name: str) -> np.ndarray:
    index = getattr(series, "index", None)
    if isinstance(index, pd.MultiIndex):
        raise ValueError(
            f"{name}: got a table with a MultiIndex, read as one series. Expected one series, or a "
            "list of them. Split it first, skrnn.preprocessing.from_long(...)."
        )
    is_time = isinstance(index, (pd.DatetimeIndex, pd.PeriodIndex))
    if is_time and not series.index.is_monotonic_increasing:
        raise ValueError(
            f"{name}: got rows that are not in the order of their times, read as one series. "
            f"Expected increasing times. Sort them, {name}.sort_index()."
        )
    if isinstance(series, pd.DataFrame):
        wrong = [str(c) for c in series if not is_number(series[c].dtype)]
        if wrong:
            raise ValueError(
                f"{name}: got the columns {wrong[:5]}, which are not numbers, read as features of "
                f"one series. Expected numbers. Leave them out, {name}.select_dtypes('number')."
            )
    # A list of numbers must not be read as a table of one row.
    one = as_array(series, name) if isinstance(series, (list, tuple)) else series
    return read_measurements([one], name=name, warn_on_tokens=False).values


def _values_to_predict(series: list[np.ndarray]) -> list[np.ndarray]:
    return [values[:, 0] if values.shape[1] == 1 else values for values in series]


def _read_outputs(y: Any, n_given: list[int], is_single: bool) -> list[np.ndarray]:
    entries = [y] if is_single else y
    if not is_single and (not hasattr(y, "__len__") or len(y) != len(n_given)):
        got = f"{len(y)} entries" if hasattr(y, "__len__") else f"a {type(y).__name__}"
        raise ValueError(
            f"y: got {got} for {len(n_given)} series in X. Expected a list with the targets of "
            "each series. Pass one array of length n_timesteps for every series."
        )
    _refuse_other_columns(entries, "y")
    outputs = []
    for i, (entry, n_timesteps) in enumerate(zip(entries, n_given, strict=True)):
        name = "y" if is_single else f"y[{i}]"
        values = as_array(to_plain(entry, name, SAMPLE), name)
        if values.ndim not in (1, 2) or len(values) != n_timesteps:
            raise ValueError(
                f"{name}: got shape {values.shape} beside {n_timesteps} timesteps of X. Expected "
                f"({n_timesteps},) or ({n_timesteps}, n_outputs), a target for each timestep. "
                "Repeat a target that belongs to the whole series, np.full(n_timesteps, target)."
            )
        outputs.append(values[:, 0] if values.ndim == 2 and values.shape[1] == 1 else values)
    return outputs


def _refuse_short(
    n_timesteps: list[int], context_length: int, horizon: int, is_single: bool
) -> None:
    n_needed = context_length + horizon
    short = [i for i, n in enumerate(n_timesteps) if n < n_needed]
    if not short:
        return
    if is_single:
        got = f"a series of {n_timesteps[0]} timesteps"
        remedy = "Lower context_length or horizon."
    else:
        named = ", ".join(f"series {i} has {n_timesteps[i]}" for i in short[:5])
        got = f"{len(short)} series too short ({named}{', ...' if len(short) > 5 else ''})"
        remedy = f"Lower context_length or horizon, or keep [x for x in X if len(x) >= {n_needed}]."
    raise ValueError(
        f"X: got {got}. Expected at least {n_needed} timesteps, context_length={context_length} "
        f"for one window and horizon={horizon} after it. {remedy}"
    )
