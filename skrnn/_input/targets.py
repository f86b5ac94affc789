"""Reading labels, targets, weights, groups and given token vectors."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from scipy import sparse

from skrnn._input.containers import fill_masked
from skrnn._input.numbers import LARGEST, read_numbers
from skrnn._input.plain import to_plain

__all__ = ["list_to_array", "read_targets", "target_to_array"]


def read_targets(y: Any, *, name: str = "y") -> np.ndarray:
    """Read regression targets as float64.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_outputs)
        Finite numbers.
    name : str
        The argument's name in error messages.

    Returns
    -------
    ndarray of float64, shape (n_samples,) or (n_samples, n_outputs)
    """
    from sklearn.utils.validation import column_or_1d

    y = read_numbers(
        target_to_array(y, name),
        name,
        "a finite number for every sample. For class labels use RNNClassifier",
    )
    if not np.isfinite(y).all():
        raise ValueError(
            f"{name}: Input {name} contains NaN or infinity. Expected a finite number for every "
            "sample. Drop the samples without a target from X and y."
        )
    if y.size and np.abs(y).max() > LARGEST:
        raise ValueError(
            f"{name}: got a target of magnitude {np.abs(y).max():.3g}. Expected magnitudes up to "
            f"{LARGEST:g}, whose squares float64 can hold. Divide by a power of ten."
        )
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    return y


def target_to_array(y: Any, name: str) -> np.ndarray:
    if y is None:
        raise ValueError(
            f"{name}: requires y to be passed, but the target y is None. Expected one target for "
            "each sample."
        )
    if sparse.issparse(y):
        raise TypeError(
            f"{name}: got a sparse {type(y).__name__}. Sparse targets are not supported. "
            f"Pass {name}.toarray()."
        )
    if isinstance(y, (str, bytes, Mapping, set, frozenset)):
        raise TypeError(
            f"{name}: got a {type(y).__name__}. Expected an array or list with one target for "
            "each sample."
        )
    y = fill_masked(to_plain(y, name))
    if isinstance(y, Iterable) and not hasattr(y, "__len__"):
        raise TypeError(
            f"{name}: got a {type(y).__name__}, which can be read only once. Expected an array or "
            f"list with one target for each sample. Pass list({name})."
        )
    if hasattr(y, "__array__"):
        array = np.asarray(y)
    else:
        try:
            array = list_to_array(list(y))
        except TypeError as error:
            raise TypeError(
                f"{name}: got a {type(y).__name__}. Expected an array or list with one target "
                "for each sample."
            ) from error
        except ValueError as error:
            raise ValueError(
                f"{name}: got a list whose entries have different lengths. Expected one target "
                "for each sample (RNNClassifier, RNNRegressor), or equally many for each."
            ) from error
    if array.ndim == 0 or array.ndim > 2:
        raise ValueError(
            f"{name}: got shape {array.shape}. Expected (n_samples,) or (n_samples, n_outputs). "
            "y should be a 1d array, got an array of a different number of dimensions instead."
        )
    if array.ndim == 2 and array.shape[1] == 0:
        raise ValueError(
            f"{name}: got shape {array.shape}, no target column. Expected at least one."
        )
    return array


def list_to_array(entries: list[Any]) -> np.ndarray:
    array = np.asarray(entries)
    if array.ndim == 1 and array.dtype.kind in "US":
        if not all(isinstance(entry, (str, bytes)) for entry in entries):
            # numpy has turned numbers, or NaN, among strings into strings.
            return np.array(entries, dtype=object)
    return array
