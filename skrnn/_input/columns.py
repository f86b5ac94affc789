"""Number and names of the columns that ``fit`` saw, and the refusal of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.named_axes import SAMPLE, is_data_array, is_dataset, with_axes
from skrnn._input.refusals import READ_AS, problem

__all__ = ["Columns", "SampleColumns", "column_labels"]

_NAMED = 5  # how many names a message lists
_LEARNED = "list(estimator.feature_names_in_)"

# What has no names of columns; asked first, because most samples are one of these.
_NAMELESS = (np.ndarray, list, tuple, str, bytes, pd.Series, pd.Index, sparse.sparray)


def column_labels(X: Any) -> list[Any] | None:
    """Return the labels of the columns of a table of any library, or None if it has none.

    Parameters
    ----------
    X : object
        A DataFrame of pandas, polars or another library, a table or record batch of pyarrow, an
        awkward array of records, a Dataset of xarray, or a DataArray, whose columns are its last
        axis.
    """
    if isinstance(X, _NAMELESS) or isinstance(X, type):
        return None
    if isinstance(X, pd.DataFrame):
        return list(X.columns)
    if is_data_array(X):
        is_named = X.ndim > 1 and X.dims[-1] in X.coords
        return X.coords[X.dims[-1]].values.tolist() if is_named else None
    if is_dataset(X):
        return list(X.data_vars)
    # pyarrow's tables, whose `columns` are the values; other tables; awkward's records
    ways = (getattr(X, way, None) for way in ("column_names", "columns", "fields"))
    labels = next((found for found in ways if isinstance(found, (list, tuple, pd.Index))), ())
    return list(labels) or None


def _names(labels: list[Any] | None, name: str, read_as: str, remedy: str) -> np.ndarray | None:
    """Return labels if they are all strings, None if none is one.

    Raises
    ------
    TypeError
        If some are strings and others are not.
    """
    are_strings = [isinstance(label, str) for label in labels or []]
    if not any(are_strings):
        return None
    if not all(are_strings):
        kinds = sorted({type(label).__qualname__ for label in labels or []})
        raise TypeError(
            f"{name}: Feature names are only supported if all input features have string names, "
            f"but your input has {kinds} as feature name / column name types.\n{name} {read_as}. "
            f"Expected column names that are all strings, or none. Make strings of them: {remedy}"
        )
    return np.asarray(labels, dtype=object)


@dataclass(frozen=True, eq=False)
class Columns:
    """The columns of a table, or the features of a timestep.

    Parameters
    ----------
    number : int
        What scikit-learn calls ``n_features_in_``.
    names : ndarray of str objects, shape (number,), or None
        What scikit-learn calls ``feature_names_in_``; None without names that are all strings.
    """

    number: int
    names: np.ndarray | None = None

    @classmethod
    def of(cls, X: Any, number: int, *, name: str = "X", read_as: str) -> Columns:
        """Read the names of the columns of X, if it has any.

        Raises
        ------
        TypeError
            If some names are strings and others are not.
        """
        as_strings = f"a DataFrame's by {name}.rename(columns=str)."
        names = _names(column_labels(with_axes(X, name)), name, read_as, as_strings)
        return cls(number, names if names is not None and len(names) == number else None)

    @classmethod
    def of_features(cls, frame: pd.DataFrame | None) -> Columns:
        """Read the columns of features; names of which some are not strings are left out."""
        names = [] if frame is None else list(frame.columns)
        if not names or not all(isinstance(name, str) for name in names):
            return cls(len(names))
        return cls(len(names), np.asarray(names, dtype=object))

    def refuse_other(
        self,
        other: Columns,
        *,
        name: str,
        owner: str,
        read_as: str,
        X: Any = None,
        may_be_dummies: bool = False,
    ) -> None:
        """Raise a ValueError unless other columns have the same number, names and order.

        If only one side has names, warn as scikit-learn does; its checks expect this wording.

        Parameters
        ----------
        other : Columns
            What was passed now.
        name : str
            The argument's name in messages.
        owner : str
            The name of the estimator's class.
        read_as : str
            How the argument is read, "is read as ...".
        X : object
            What was passed, for the remedy; None for a DataFrame.
        may_be_dummies : bool, default=False
            Whether columns that are missing may be those of categories that do not occur.
        """
        if self.names is None and other.names is not None:
            warn_caller(
                f"{name} has feature names, but {owner} was fitted without feature names",
                UserWarning,
            )
        elif self.names is not None and other.names is None:
            warn_caller(
                f"{name} does not have valid feature names, but {owner} was fitted with feature "
                "names",
                UserWarning,
            )
        elif self.names is not None and other.names is not None:
            if not np.array_equal(self.names, other.names):
                problem = _name_differences(self.names, other.names)
                can_select = set(self.names) <= set(other.names)
                are_missing = may_be_dummies and not can_select and hasattr(X, "reindex")
                zeros = f"{name}.reindex(columns={_LEARNED}, fill_value=0)" if are_missing else ""
                self._refuse(problem, name, read_as, X, can_select=can_select, zeros=zeros)
        if self.number != other.number:
            problem = (
                f"{name} has {other.number} features, but {owner} is expecting {self.number} "
                "features as input."
            )
            self._refuse(problem, name, read_as, X, can_select=False)

    def _refuse(
        self,
        problem: str,
        name: str,
        read_as: str,
        X: Any,
        *,
        can_select: bool,
        zeros: str = "",
    ) -> None:
        remedy = ""
        if can_select:
            remedy = f" Pass {_selection(X, name)}."
        elif self.names is not None:
            remedy = (
                " Add the columns that are missing, or name them as in fit, "
                "estimator.feature_names_in_; to use other columns, fit again."
            )
            remedy += f" Dummies of categories that do not occur are zeros, {zeros}." * bool(zeros)
        raise ValueError(
            f"{name}: {problem}\n{name} {read_as}. Expected the columns that fit saw, in the same "
            f"order.{remedy}"
        )


def _selection(X: Any, name: str) -> str:
    """Return the code that takes the columns of ``fit``, in its order, from X or its samples."""
    if X is None or is_data_array(X) or column_labels(X) is not None:
        return _taken(X, name, _LEARNED)
    sample = next((x for x in X if is_data_array(x) or column_labels(x) is not None), None)
    if name == "x":
        # the one sample that is inspected; it stands in a list of our own.
        return _taken(sample, name, _LEARNED)
    return f"[{_taken(sample, 'x', _LEARNED)} for x in {name}]"


def _taken(table: Any, name: str, labels: str) -> str:
    """Return the code that takes columns, in the order of the code for their labels."""
    if is_data_array(table):
        return f"{name}.sel({{{_named_axis(table)!r}: {labels}}})"
    way = ".select({})" if hasattr(table, "column_names") else "[{}]"
    return name + way.format(labels)


def _named_axis(table: Any) -> Any:
    named = [axis for axis in table.dims if axis in table.coords]
    return next(axis for axis in named[::-1] if isinstance(table.coords[axis].values[0], str))


class SampleColumns:
    """The labels of the columns of the samples of one X, which must agree.

    Parameters
    ----------
    name : str
        The argument's name in error messages.
    layout : str
        How X is read.
    """

    def __init__(self, name: str, layout: str = "ragged") -> None:
        self._name = name
        self._layout = layout
        self._first: tuple[int, list[Any]] | None = None
        self._seen: Any = None
        self._nameless: int | None = None

    def add(self, sample: Any, position: int) -> None:
        """Look at a sample.

        Raises
        ------
        ValueError
            If its labels are others than those of an earlier sample.
        """
        # Frames that were cut from one share their columns, and most are pandas'.
        seen = sample.columns if isinstance(sample, pd.DataFrame) else None
        if seen is not None and seen is self._seen:
            return
        labels = column_labels(with_axes(sample, f"{self._name}[{position}]", SAMPLE))
        if labels is None:
            self._nameless = position if self._nameless is None else self._nameless
        elif self._first is None:
            self._first, self._seen = (position, labels), seen
        elif labels != self._first[1]:
            self._refuse(sample, labels, position)

    def names(self) -> np.ndarray | None:
        """Return the names that are all strings, and warn if some samples have none.

        Raises
        ------
        TypeError
            If some are strings and others are not.
        """
        if self._first is None:
            return None
        first, labels = self._first
        as_strings = f"those of DataFrames by [x.rename(columns=str) for x in {self._name}]."
        names = _names(labels, self._name, f"is {READ_AS[self._layout]}", as_strings)
        if names is not None and self._nameless is not None:
            warn_caller(
                f"{self._name} has feature names in sample {first}, but sample {self._nameless} "
                "does not have valid feature names: its features are taken to be in the same order",
                UserWarning,
            )
        return names

    def _refuse(self, sample: Any, labels: list[Any], position: int) -> None:
        # By position alone, a feature would silently be taken for another.
        assert self._first is not None
        first, expected = self._first
        name = self._name
        if is_data_array(sample):
            taken = f"coords[{_named_axis(sample)!r}].values"
        else:
            ways = ("column_names", "columns", "data_vars", "fields")
            taken = next(way for way in ways if hasattr(sample, way))
        labels_of_first = f"{name}[{first}].{taken}"
        if taken in ("columns", "data_vars"):
            labels_of_first = f"list({labels_of_first})"
        remedy = f"Pass [{_taken(sample, 'x', labels_of_first)} for x in {name}]"
        if not set(expected) <= set(labels):
            remedy = f"Give every sample the columns of {name}[{first}]"
        raise ValueError(
            problem(
                name,
                f"a {type(sample).__name__} with the columns {labels[:_NAMED]} at position "
                f"{position}, but {expected[:_NAMED]} at position {first}",
                READ_AS[self._layout],
                "the same columns in the same order in every sample",
                f"{remedy}, or pass arrays, [np.asarray(x) for x in {name}], if only the positions "
                "count.",
            )
        )


def _name_differences(expected: np.ndarray, found: np.ndarray) -> str:
    unseen, missing = sorted(set(found) - set(expected)), sorted(set(expected) - set(found))
    lines = ["The feature names should match those that were passed during fit."]
    for title, names in (
        ("Feature names unseen at fit time:", unseen),
        ("Feature names seen at fit time, yet now missing:", missing),
    ):
        if names:
            lines += [title, *(f"- {name}" for name in names[:_NAMED])]
            lines += ["- ..."] if len(names) > _NAMED else []
    if not unseen and not missing:
        lines.append("Feature names must be in the same order as they were in fit.")
    return "\n".join(lines)
