"""Number and names of the columns that ``fit`` saw, and the refusal of others."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.validation import column_names

__all__ = ["Columns"]

_NAMED = 5  # how many names a message lists


@dataclass(frozen=True)
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
        try:
            return cls(number, column_names(X))
        except TypeError as error:
            raise TypeError(
                f"{name}: {error}\n{name} {read_as}. Expected column names that are all strings, "
                "or none."
            ) from error

    @classmethod
    def of_features(cls, frame: pd.DataFrame | None) -> Columns:
        """Read the columns of features; names of which some are not strings are left out."""
        names = [] if frame is None else list(frame.columns)
        if not names or not all(isinstance(name, str) for name in names):
            return cls(len(names))
        return cls(len(names), np.asarray(names, dtype=object))

    def refuse_other(self, other: Columns, *, name: str, owner: str, read_as: str) -> None:
        """Raise a ValueError unless other columns have the same number, names and order.

        A name on one side only is a warning, as in scikit-learn, whose wording its checks want.

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
                self._refuse(_name_differences(self.names, other.names), name, read_as)
        if self.number != other.number:
            problem = (
                f"{name} has {other.number} features, but {owner} is expecting {self.number} "
                "features as input."
            )
            self._refuse(problem, name, read_as)

    def _refuse(self, problem: str, name: str, read_as: str) -> None:
        remedy = ""
        if self.names is not None:
            remedy = f" Pass {name}[list(estimator.feature_names_in_)]."
        raise ValueError(
            f"{name}: {problem}\n{name} {read_as}. Expected the columns that fit saw, in the same "
            f"order.{remedy}"
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
