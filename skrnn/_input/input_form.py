"""What X looked like in ``fit``, and the refusal of what looks different afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from skrnn._input.columns import Columns, column_labels
from skrnn._input.containers import is_ragged_container, to_container
from skrnn._input.jagged import RaggedRows
from skrnn._input.refusals import READ_AS

__all__ = ["InputForm", "InputFormMixin"]

_TABLE_READ_AS = f"is {READ_AS['table']}"


@dataclass(frozen=True, eq=False)
class InputForm:
    """The layout and the columns of the X that ``fit`` saw.

    A table's columns are timesteps, so a fitted table fixes their number; every other layout fixes
    the number of features only, and may be mixed with the others. Nested lists of equal length are
    a table in ``fit``, and of any length afterwards.

    Parameters
    ----------
    layout : {"table", "sequences", "ragged", "tokens"}
        How X was read.
    columns : Columns
        The columns of a table, else the features of a timestep.
    n_ids : int
        Token ids of each timestep; 0 for measurements.
    """

    layout: str
    columns: Columns
    n_ids: int = 0

    @classmethod
    def of(cls, X: Any, rows: RaggedRows, name: str = "X") -> InputForm:
        """Learn the form of X.

        Parameters
        ----------
        X : object
            What the user passed.
        rows : RaggedRows
            What it was read as.
        name : str
            The argument's name in error messages.
        """
        columns = Columns(rows.n_columns, rows.names)
        if rows.layout == "table":
            columns = _columns_of_table(X, rows, name)
        return cls(rows.layout, columns, _n_ids(rows) if rows.layout == "tokens" else 0)

    @property
    def n_features(self) -> int:
        """Features of a timestep."""
        return 1 if self.layout == "table" else self.columns.number

    def refuse_other(self, X: Any, rows: RaggedRows, *, name: str, owner: str) -> None:
        """Raise a ValueError unless X fits to what ``fit`` saw.

        Parameters
        ----------
        X, rows, name
            As for :meth:`of`.
        owner : str
            The name of the estimator's class.
        """
        if rows.layout == "tokens":
            if _n_ids(rows) != self.n_ids:
                remedy = "Fill up with 0, which is not a token id."
                given = to_container(X, name)
                if not is_ragged_container(given) and given.shape[1:] == (self.n_ids,):
                    remedy = f"One sample stands in a list: pass [{name}]."
                raise ValueError(
                    f"{name}: got {_n_ids(rows)} token id(s) for each timestep, while fit saw "
                    f"{self.n_ids}. Expected as many. {remedy}"
                )
            self._refuse_other_names(X, rows, name=name, owner=owner)
            return
        if rows.layout == "table" and self.layout == "table":
            # Lists of one length may be a few samples of ragged lists, which have no columns.
            may_be_ragged = isinstance(X, (list, tuple)) and rows.n_columns != self.columns.number
            if not may_be_ragged:
                found = _columns_of_table(X, rows, name)
                self.columns.refuse_other(
                    found, name=name, owner=owner, read_as=_TABLE_READ_AS, X=X
                )
            return
        n_features = 1 if rows.layout == "table" else rows.n_columns
        are_named = rows.names is not None and self.feature_names is not None
        if n_features != self.n_features and not are_named:
            raise ValueError(
                f"{name} has {n_features} features, but {owner} is expecting {self.n_features} "
                f"features as input. {name} is {READ_AS[rows.layout]}; fit saw "
                f"{READ_AS[self.layout]}. {self._remedy(X, rows, name)}"
            )
        if self._is_one_recording(X, rows):
            raise ValueError(
                f"{name}: got a table of one column, read as {rows.lengths.size} samples of one "
                f"timestep; fit saw {READ_AS[self.layout]}. Expected a 3-D array or a list of "
                f"sequences. Pass [{name}] if it is one recording, [[x] for x in np.ravel({name})] "
                "if every row is a sample."
            )
        self._refuse_other_names(X, rows, name=name, owner=owner)

    def _is_one_recording(self, X: Any, rows: RaggedRows) -> bool:
        """Whether X may be a single sample of one feature that lacks its list."""
        if self.layout == "table" or rows.layout != "table" or rows.n_columns != 1:
            return False
        # lists in a list may be samples of one timestep each, where fit saw such lists.
        return self.layout == "sequences" or not isinstance(X, (list, tuple))

    def _remedy(self, X: Any, rows: RaggedRows, name: str) -> str:
        """Return what to do with another number of features than in ``fit``."""
        n_features = self.n_features
        if rows.layout == "ragged" and column_labels(X) is not None:
            return f"Pass the {n_features} features that fit saw, or fit again."
        if rows.layout == "sequences":
            if np.shape(X)[1] == n_features:
                return f"Features before time need np.transpose({name}, (0, 2, 1))."
            return f"Pass the {n_features} features that fit saw, or fit again."
        if rows.layout == "table":
            n_rows = rows.lengths.size
            if rows.n_columns != n_features and n_rows == n_features:
                return (
                    "One recording stands in a list, time before features: pass "
                    f"[np.transpose({name})]."
                )
            if rows.n_columns != n_features:
                return (
                    f"Pass a 3-D array (n_samples, n_timesteps, {n_features}), or a list of "
                    f"sequences, each (n_timesteps, {n_features})."
                )
            return (
                f"If it is one recording, pass [{name}]; of several pass a 3-D array or a list of "
                "sequences."
            )
        if all(np.shape(x) == (n_features,) for x in X):
            return (
                f"If they are the timesteps of one recording, pass [np.asarray({name})]; of "
                "several pass a list of recordings."
            )
        if all(len(x) == n_features for x in X):
            return f"Samples with features before time need [np.transpose(x) for x in {name}]."
        return f"Pass the {n_features} features that fit saw, or fit again."

    @property
    def feature_names(self) -> np.ndarray | None:
        """Names of the features of a timestep; a table's columns are timesteps."""
        return None if self.layout == "table" else self.columns.names

    @property
    def feature_labels(self) -> list[str] | None:
        """What messages call the features: names or numbers; None for a single one unnamed."""
        if self.feature_names is not None:
            return [repr(str(name)) for name in self.feature_names]
        return [str(number) for number in range(self.n_features)] if self.n_features > 1 else None

    def _refuse_other_names(self, X: Any, rows: RaggedRows, *, name: str, owner: str) -> None:
        # the numbers of features have been compared, or are those of the names.
        n_features = 0 if self.feature_names is None else len(self.feature_names)
        n_found = n_features if rows.names is None else len(rows.names)
        Columns(n_features or n_found, self.feature_names).refuse_other(
            Columns(n_found, rows.names),
            name=name,
            owner=owner,
            read_as=f"is {READ_AS[rows.layout]}",
            X=X,
        )


def _columns_of_table(X: Any, rows: RaggedRows, name: str) -> Columns:
    return Columns.of(X, rows.n_columns, name=name, read_as=_TABLE_READ_AS)


def _n_ids(rows: RaggedRows) -> int:
    return 1 if rows.values.ndim == 1 else rows.values.shape[1]


class InputFormMixin:
    """Remembers the form of X in ``fit``, in scikit-learn's attributes too."""

    _form: InputForm
    n_features_in_: int
    feature_names_in_: np.ndarray
    input_layout_: str

    def _check_form(self, X: Any, rows: RaggedRows, *, reset: bool, name: str = "X") -> None:
        """Learn the form of X, with ``reset``, or refuse an X of another form."""
        if not reset:
            self._form.refuse_other(X, rows, name=name, owner=type(self).__name__)
            return
        self._form = InputForm.of(X, rows, name)
        self.input_layout_ = self._form.layout
        self.n_features_in_ = self._form.columns.number
        if self._form.columns.names is not None:
            self.feature_names_in_ = self._form.columns.names
        elif hasattr(self, "feature_names_in_"):
            del self.feature_names_in_
