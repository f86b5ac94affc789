"""Agreement between arguments, and with what an estimator was fitted on.

This is the only module that touches scikit-learn's private API.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

import numpy as np
import pandas as pd
from sklearn.base import _fit_context
from sklearn.utils._param_validation import (
    HasMethods,
    Interval,
    Options,
    StrOptions,
    validate_parameter_constraints,
)
from sklearn.utils.validation import _get_feature_names, validate_data

from skrnn._input.refusals import READ_AS

__all__ = [
    "HasMethods",
    "Interval",
    "Options",
    "StrOptions",
    "check_features",
    "check_same_n_samples",
    "column_names",
    "validate_parameter_constraints",
    "validated_fit",
]

P = ParamSpec("P")
Result = TypeVar("Result")


def validated_fit(
    *, prefer_skip_nested_validation: bool
) -> Callable[[Callable[P, Result]], Callable[P, Result]]:
    """Return scikit-learn's decorator of ``fit``, which checks ``_parameter_constraints`` first.

    The decorated method keeps its type.
    """
    decorator: Any = _fit_context(prefer_skip_nested_validation=prefer_skip_nested_validation)
    return decorator


def column_names(X: Any) -> np.ndarray | None:
    """Return the names of a table's columns if they are all strings, else None.

    Raises
    ------
    TypeError
        If some names are strings and others are not.
    """
    return _get_feature_names(X)


def check_features(
    estimator: Any, frame: pd.DataFrame | None, *, reset: bool, name: str = "X"
) -> None:
    """Set or check the columns of features beside series; there may be none.

    Parameters
    ----------
    estimator : estimator instance
        Gains or holds ``n_features_in_`` and ``feature_names_in_``.
    frame : DataFrame or None
        The features; None if the series came alone.
    reset : bool
        True in ``fit``, False in ``predict``.
    name : str
        The argument's name in error messages.
    """
    names = None if frame is None else frame.columns
    has_names = names is not None and len(names) and all(isinstance(name, str) for name in names)
    if reset and not has_names:
        estimator.n_features_in_ = 0 if names is None else len(names)
        if hasattr(estimator, "feature_names_in_"):
            del estimator.feature_names_in_
        return
    n_features = 0 if names is None else len(names)
    table = frame if has_names else np.broadcast_to(0.0, (1, n_features))
    read_as = "is read as features, a column each"
    _check_columns(estimator, table, name, reset=reset, read_as=read_as)


def _check_columns(
    estimator: Any,
    table: Any,
    name: str,
    *,
    reset: bool,
    read_as: str = f"is {READ_AS['table']}",
) -> None:
    """Let scikit-learn set or check names and number of columns; say which argument is wrong."""
    try:
        validate_data(estimator, table, skip_check_array=True, reset=reset)
    except (TypeError, ValueError) as error:
        expected = "column names that are all strings, or none"
        if not reset:
            expected = "the columns that fit saw, in the same order"
        remedy = ""
        if hasattr(estimator, "feature_names_in_"):
            remedy = f" Pass {name}[list(estimator.feature_names_in_)]."
        raise type(error)(
            f"{name}: {str(error).strip()}\n{name} {read_as}. Expected {expected}.{remedy}"
        ) from error


def check_same_n_samples(n_samples: int, other: int, name: str, other_name: str) -> None:
    """Raise a ValueError unless two arguments have the same number of samples."""
    if n_samples != other:
        raise ValueError(
            f"{other_name}: got {other} samples while {name} has {n_samples}. Expected one entry "
            f"of {other_name} for each sample of {name}. Found input variables with inconsistent "
            f"numbers of samples: [{n_samples}, {other}]. If {name} has time before samples, swap "
            "the axes: samples come first."
        )
