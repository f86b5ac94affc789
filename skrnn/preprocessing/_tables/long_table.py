"""A long table, one row per timestep, to ragged sequences."""

from __future__ import annotations

from collections.abc import Hashable
from typing import Any, Literal, overload

import numpy as np
import pandas as pd
from pandas.api import types

from skrnn._input.frames import column_to_array, is_number
from skrnn._input.plain import to_plain
from skrnn._input.written_dates import dates_of
from skrnn.typing import ColumnNames

_ROWS_NAMED = 3  # how many offending rows an error lists


@overload
def from_long(  # type: ignore[overload-overlap]  # None is a Hashable, too
    frame: pd.DataFrame | pd.Series,
    sample: Hashable,
    time: Hashable,
    features: ColumnNames | None = None,
    target: None = None,
    *,
    as_frames: Literal[False] = False,
) -> tuple[list[np.ndarray], pd.Index]: ...
@overload
def from_long(
    frame: pd.DataFrame | pd.Series,
    sample: Hashable,
    time: Hashable,
    features: ColumnNames | None = None,
    *,
    target: Hashable,
    as_frames: Literal[False] = False,
) -> tuple[list[np.ndarray], pd.Index, np.ndarray]: ...
@overload
def from_long(
    frame: pd.DataFrame | pd.Series,
    sample: Hashable,
    time: Hashable,
    features: ColumnNames | None = None,
    target: Hashable | None = None,
    *,
    as_frames: Literal[True],
) -> tuple[Any, ...]: ...
def from_long(
    frame: pd.DataFrame | pd.Series,
    sample: Hashable,
    time: Hashable,
    features: ColumnNames | None = None,
    target: Hashable | None = None,
    *,
    as_frames: bool = False,
) -> tuple[Any, ...]:
    """Turn a long table, one row for each timestep of each sample, into ragged sequences.

    Parameters
    ----------
    frame : DataFrame or Series
        The table, its rows in any order; also one of polars, pyarrow or another library. A Series
        needs sample and time in its MultiIndex.
    sample : str or other label
        Column, or index level, that says which sample a row belongs to.
    time : str or other label
        Column, or index level, of numbers, dates, periods or durations, by which the rows of a
        sample are sorted. It is not a feature, and its spacing is not used.
    features : str or other label, list of them, or None, default=None
        Columns of numbers. A list gives sequences of shape (T_i, n_features), in the list's order;
        a single label gives (T_i,). None takes all other columns, as a list.
    target : str or other label, or None, default=None
        Column with one and the same value in all rows of a sample, returned as ``y``.
    as_frames : bool, default=False
        Whether the sequences are DataFrames with the names of their columns, from which estimators
        learn the names and refuse others.

    Returns
    -------
    sequences : list of n_samples ndarrays of shape (T_i, n_features), or (T_i,); or of DataFrames
        New arrays, all of one dtype. NaN is kept: a missing value, or padding at the end.
    ids : Index of length n_samples
        Sample ids in the order of their first row in ``frame``, which is that of ``sequences``.
    y : ndarray of shape (n_samples,)
        Target of each sample. Only if ``target`` is given.

    Raises
    ------
    TypeError
        If ``frame`` is not a table.
    ValueError
        If columns are missing, features are not numbers, sample, time or target has missing
        values, a sample has two rows of the same time, or the target changes within a sample.

    See Also
    --------
    SequencePadder : Ragged sequences to one padded array.

    Examples
    --------
    >>> import pandas as pd
    >>> from skrnn.preprocessing import from_long
    >>> frame = pd.DataFrame(
    ...     {
    ...         "engine": ["b", "b", "a", "b"],
    ...         "hour": [2, 1, 1, 3],
    ...         "heat": [20.0, 10.0, 5.0, 30.0],
    ...     }
    ... )
    >>> sequences, ids = from_long(frame, sample="engine", time="hour")
    >>> list(ids)
    ['b', 'a']
    >>> sequences[0].tolist()
    [[10.0], [20.0], [30.0]]
    >>> sequences, ids = from_long(frame, sample="engine", time="hour", as_frames=True)
    >>> list(sequences[0].columns)
    ['heat']
    """
    frame = _as_frame(frame)
    sample_ids = _column(frame, sample, "sample")
    times = _column(frame, time, "time")
    _refuse_missing(sample_ids, "sample", sample)
    _refuse_missing(times, "time", time)
    values, columns = _feature_values(frame, features, {sample, time, target})

    sample_codes, ids = pd.factorize(sample_ids)
    time_codes, _ = pd.factorize(_sortable(times, time), sort=True)
    order = np.lexsort((time_codes, sample_codes))
    _refuse_duplicates(sample_codes, time_codes, order, sample_ids, times, (sample, time))

    lengths = np.bincount(sample_codes, minlength=len(ids))
    starts = np.cumsum(lengths) - lengths
    sequences: list[Any] = np.split(values[order], starts[1:])
    if as_frames:
        sequences = [pd.DataFrame(sequence, columns=columns) for sequence in sequences]
    ids = pd.Index(ids, name=sample)
    if target is None:
        return sequences, ids
    labels = _column(frame, target, "target")
    _refuse_missing(labels, "target", target)
    label_codes, _ = pd.factorize(labels)
    _refuse_changing_target(label_codes[order], starts, lengths, ids, target)
    return sequences, ids, labels.to_numpy()[order[starts]]


def _as_frame(frame: Any) -> pd.DataFrame:
    if isinstance(frame, pd.Series):
        frame = frame.to_frame("value" if frame.name is None else frame.name)
    elif not isinstance(frame, pd.DataFrame):
        frame = to_plain(frame, "frame")
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(
            f"frame: got a {type(frame).__name__}. Expected a pandas DataFrame with a row for each "
            "timestep of each sample. Wrap it, pd.DataFrame(frame); samples that are arrays "
            "already need no long table."
        )
    if frame.shape[0] == 0:
        raise ValueError(
            "frame: got a table without rows. Expected at least one timestep of one sample. "
            "Check how the table was filtered."
        )
    twice = frame.columns[frame.columns.duplicated()]
    if len(twice):
        raise ValueError(
            f"frame: got the column {twice[0]!r} more than once. Expected every column once. "
            "Rename or drop one of them."
        )
    return frame


def _column(frame: pd.DataFrame, label: Any, name: str) -> pd.Series:
    if types.is_hashable(label) and label in frame.columns:
        return frame[label]
    if label is not None and label in frame.index.names:
        return pd.Series(frame.index.get_level_values(label), name=label)
    levels = [level for level in frame.index.names if level is not None]
    raise ValueError(
        f"{name}: got {label!r}, which is not in the table. Expected one of its columns "
        f"{_listed(frame.columns)} or index levels {_listed(levels)}. Check the spelling, or name "
        "the index level with frame.rename_axis."
    )


def _listed(labels: Any, limit: int = 10) -> str:
    labels = [str(label) for label in labels]
    return str(labels[:limit])[:-1] + (", ...]" if len(labels) > limit else "]")


def _refuse_missing(column: pd.Series, name: str, label: Hashable) -> None:
    is_missing = column.isna().to_numpy()
    if is_missing.any():
        raise ValueError(
            f"{name}: got {is_missing.sum()} missing value(s) in {label!r}, the first in row "
            f"{is_missing.argmax()}. Expected a value in every row. Drop these rows, "
            f"frame.dropna(subset=[{label!r}]), or fill them in."
        )


def _sortable(times: pd.Series, label: Hashable) -> pd.Series:
    """Return times that sort in the order of time, which text does not: "10" before "9"."""
    if types.is_object_dtype(times.dtype):
        times = times.infer_objects()
    dtype = times.dtype
    is_number = types.is_numeric_dtype(dtype) and not types.is_bool_dtype(dtype)
    is_time = (
        types.is_datetime64_any_dtype(dtype)
        or types.is_timedelta64_dtype(dtype)
        or isinstance(dtype, pd.PeriodDtype)
        or (types.is_object_dtype(dtype) and types.infer_dtype(times) in {"date", "decimal"})
    )
    if (is_number and not types.is_complex_dtype(dtype)) or is_time:
        return times
    raise ValueError(
        f"time: got the column {label!r} of dtype {dtype}, by which the rows of a sample are to be "
        "sorted. Expected numbers, dates, periods or durations. Convert it, for example "
        f"frame.assign(**{{{label!r}: {dates_of(times, f'frame[{label!r}]')}}}); text sorts '10' "
        "before '9'."
    )


def _feature_values(
    frame: pd.DataFrame, features: Any, others: set[Any]
) -> tuple[np.ndarray, list[Any]]:
    """Return an array (n_rows, n_features), or (n_rows,) for a single label, and the labels."""
    is_single = features is not None and not isinstance(features, (list, pd.Index, np.ndarray))
    if features is None:
        columns = [column for column in frame.columns if column not in others]
    else:
        columns = [features] if is_single else list(features)
    if not columns:
        raise ValueError(
            "features: got no column besides sample, time and target. Expected at least one column "
            f"of numbers. The table has the columns {_listed(frame.columns)}; add the measurements."
        )
    numbers = [_column(frame, column, "features") for column in columns]
    wrong = [
        column
        for column, values in zip(columns, numbers, strict=True)
        if not is_number(values.dtype)
    ]
    if wrong:
        raise ValueError(
            f"features: got the columns {_listed(wrong)}, which are not real numbers, read as "
            "measurements. Expected real numbers, NaN where one is missing. Name the "
            "columns to use, features=[...], or convert these with pd.to_numeric or pd.get_dummies."
        )
    arrays = [_to_numbers(values) for values in numbers]
    return arrays[0].copy() if is_single else np.stack(arrays, axis=1), columns


def _to_numbers(values: pd.Series) -> np.ndarray:
    array = column_to_array(values)
    return array.astype(np.float32) if array.dtype == bool else array


def _refuse_duplicates(
    sample_codes: np.ndarray,
    time_codes: np.ndarray,
    order: np.ndarray,
    sample_ids: pd.Series,
    times: pd.Series,
    labels: tuple[Hashable, Hashable],
) -> None:
    before, after = order[:-1], order[1:]
    is_same = (sample_codes[before] == sample_codes[after]) & (
        time_codes[before] == time_codes[after]
    )
    if is_same.any():
        rows = after[is_same]
        named = ", ".join(
            f"({sample_ids.iloc[row]}, {times.iloc[row]})" for row in rows[:_ROWS_NAMED]
        )
        raise ValueError(
            f"frame: got {len(rows)} row(s) that repeat an earlier sample and time, "
            f"({labels[0]}, {labels[1]}) = {named}{', ...' if len(rows) > _ROWS_NAMED else ''}. "
            "Expected each time once in a sample. Drop them, frame.drop_duplicates, or join them, "
            f"frame.groupby([{labels[0]!r}, {labels[1]!r}]).mean()."
        )


def _refuse_changing_target(
    codes: np.ndarray, starts: np.ndarray, lengths: np.ndarray, ids: pd.Index, target: Hashable
) -> None:
    changes = codes != np.repeat(codes[starts], lengths)
    if changes.any():
        n_wrong = int(np.logical_or.reduceat(changes, starts).sum())
        first = ids[int(np.searchsorted(starts, changes.argmax(), side="right")) - 1]
        raise ValueError(
            f"target: got a column {target!r} that changes within {n_wrong} sample(s), the first "
            f"{first}. Expected one value for each sample. For a target at each timestep name it "
            f"in features, or reduce it first: frame[{target!r}] = "
            f"frame.groupby({ids.name!r})[{target!r}].transform('last')."
        )
