"""Tables with one row for each sample, whose cells hold the course of one feature."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.frames import column_to_array
from skrnn._input.named_axes import SAMPLES
from skrnn._input.nested_lists import from_list_column, is_list_column
from skrnn._input.plain import to_plain

__all__ = ["holds_courses", "refuse_courses", "to_samples"]


def to_samples(X: Any, name: str) -> Any:
    """Turn X into plain objects, and a table whose cells hold sequences into a list of samples.

    Parameters
    ----------
    X : object
        Sequences in any container. A table of pandas, polars, Arrow or others may have a row for
        each sample and a column for each feature: its cells are lists, arrays or Series, the values
        of the feature at all timesteps. Such are the "nested" frames of sktime.
    name : str
        The argument's name in error messages.

    Returns
    -------
    list of arrays of shape (T_i, n_features), or what ``to_plain`` returns
    """
    plain = to_plain(X, name, SAMPLES)
    if not isinstance(plain, pd.DataFrame) or not holds_courses(plain):
        return plain
    return _read_courses(plain, name, X)


def holds_courses(X: Any) -> bool:
    """Whether X is a table of pandas whose cells hold sequences, and no timesteps of one sample."""
    if not isinstance(X, pd.DataFrame) or isinstance(X.columns, pd.MultiIndex):
        return False
    return any(_has_sequences(column) for _, column in X.items())


def refuse_courses(X: Any, name: str, expected: str) -> None:
    """Raise a ValueError for a table whose cells hold sequences, where one column is wanted."""
    if holds_courses(X):
        raise ValueError(
            f"{name}: got a table whose cells hold sequences. {expected}. Pass one column, such as "
            f"{name}[{X.columns[0]!r}]."
        )


def _has_sequences(column: pd.Series) -> bool:
    if is_list_column(column):
        return True
    if not isinstance(column.dtype, np.dtype) or column.dtype.kind != "O":
        return False
    # the first cell that is not missing tells.
    return next((_is_sequence(cell) for cell in column if not _is_missing(cell)), False)


def _is_sequence(cell: Any) -> bool:
    return (
        not isinstance(cell, (str, bytes, dict, set, frozenset))
        and hasattr(cell, "__len__")
        and getattr(cell, "ndim", 1) > 0
    )


def _is_missing(cell: Any) -> bool:
    return cell is None or cell is pd.NA or (isinstance(cell, float) and np.isnan(cell))


def _read_courses(frame: pd.DataFrame, name: str, given: Any) -> list[np.ndarray]:
    with_sequences = [_has_sequences(column) for _, column in frame.items()]
    if not all(with_sequences):
        other = frame.columns[with_sequences.index(False)]
        wanted = frame.columns[with_sequences].tolist()
        raise ValueError(
            f"{name}: got single values in the column {other!r}, beside columns whose cells hold "
            f"sequences. Expected a sequence in every cell, a column for each feature. "
            f"Pass {_selection(given, name, wanted)}."
        )
    columns = {label: _read_column(column, label, name, given) for label, column in frame.items()}
    first, *others = columns
    lengths = np.array([len(course) for course in columns[first]])
    for label in others:
        found = np.array([len(course) for course in columns[label]])
        if not np.array_equal(found, lengths):
            row = int(np.argmax(found != lengths))
            raise ValueError(
                f"{name}: got {found[row]} values in the column {label!r}, but {lengths[row]} in "
                f"{first!r}, in row {row}, whose cells are read as the features of one sample. "
                "Expected as many timesteps in every cell of a row. Fill the shorter sequence with "
                f"NaN, or pass one feature, {_selection(given, name, [first])}."
            )
    _refuse_other_times(frame, name)
    return [_stacked(courses) for courses in zip(*columns.values(), strict=True)]


def _read_column(column: pd.Series, label: Any, name: str, given: Any) -> list[np.ndarray]:
    cells = list(from_list_column(column)) if is_list_column(column) else column.tolist()
    return [_read_cell(cell, row, label, name, given) for row, cell in enumerate(cells)]


def _read_cell(cell: Any, row: int, label: Any, name: str, given: Any) -> np.ndarray:
    if isinstance(cell, np.ndarray) and cell.ndim == 1:
        return cell
    where = f"in row {row}, column {label!r}"
    if not _is_sequence(cell):
        ways = ("dropna", "drop_nulls", "drop_null")
        drop = next((f"{name}.{way}()" for way in ways if hasattr(given, way)), "it")
        remedy = f"Leave such rows out, {drop}, with their labels" if _is_missing(cell) else ""
        remedy = remedy or f"Put a list into the cell, {[cell]!r} for one timestep"
        raise ValueError(
            f"{name}: got {cell!r} {where}, whose other cells hold sequences. Expected a sequence "
            f"in every cell. {remedy}."
        )
    cell = to_plain(cell, f"{name}[{label!r}][{row}]")
    if isinstance(cell, pd.Series):
        return column_to_array(cell)
    if isinstance(cell, (list, tuple)) and any(map(_is_sequence, cell)):
        shape: tuple[int, ...] = (len(cell), max(len(step) for step in cell if _is_sequence(step)))
    else:
        array = np.asarray(cell)
        if array.ndim == 1:
            return array
        shape = array.shape
    raise ValueError(
        f"{name}: got a cell of shape {shape} {where}. Expected one value for each timestep in a "
        "cell, and a column for each feature. Pass the column alone if its cells hold all features "
        f"of a sample, {name}[{label!r}]."
    )


def _refuse_other_times(frame: pd.DataFrame, name: str) -> None:
    """Raise a ValueError if Series in the cells of a row belong to different times."""
    for row, cells in enumerate(zip(*(frame[label] for label in frame), strict=True)):
        indexed = [cell.index for cell in cells if isinstance(cell, pd.Series)]
        if any(not index.equals(indexed[0]) for index in indexed[1:]):
            raise ValueError(
                f"{name}: got Series with different indexes in the cells of row {row}, which are "
                "read as the features of one sample. Expected the values of the same timesteps in "
                f"every cell of a row. Pass {name}.map(np.asarray) if only their order counts."
            )


def _stacked(courses: tuple[np.ndarray, ...]) -> np.ndarray:
    """Put the features of a sample beside one another, in a type that holds them all."""
    try:
        dtype = np.result_type(*courses)
    except TypeError:  # numpy's, of dates and numbers
        dtype = np.dtype(object)
    sample = np.empty((len(courses[0]), len(courses)), dtype)
    for column, course in enumerate(courses):
        sample[:, column] = course
    return sample


def _selection(given: Any, name: str, labels: list[Any]) -> str:
    return f"{name}.select({labels})" if hasattr(given, "column_names") else f"{name}[{labels}]"
