"""Read sample weights and groups: one entry for each sample."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.containers import fill_masked
from skrnn._input.numbers import LARGEST, read_numbers
from skrnn._input.plain import to_plain
from skrnn._input.targets import list_to_array

__all__ = ["check_weights", "read_groups", "read_sample_weight"]


def read_sample_weight(sample_weight: Any, n_samples: int, name: str) -> np.ndarray | None:
    """Read sample weights as float64; None stays None.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), number or None
        Weights of 0 or more, not all 0. A weight of 0 removes the sample.
    n_samples : int
        The number of samples in X.
    name : str
        The argument's name in error messages.

    Returns
    -------
    ndarray of float64, shape (n_samples,), or None
    """
    if sample_weight is None:
        return None
    if sparse.issparse(sample_weight):
        raise TypeError(
            f"{name}: got a sparse {type(sample_weight).__name__}. Expected {n_samples} numbers of "
            f"0 or more. Pass {name}.toarray().ravel()."
        )
    weight = read_numbers(sample_weight, name, f"{n_samples} numbers of 0 or more")
    if weight.ndim > 1:
        raise ValueError(
            f"{name}: got an array of shape {weight.shape}. Sample weights must be 1D array or "
            f"scalar. Expected shape ({n_samples},)."
        )
    if weight.ndim == 1 and weight.shape[0] != n_samples:
        raise ValueError(
            f"{name}: got {weight.shape[0]} weights for {n_samples} samples. Expected shape "
            f"({n_samples},), one weight for each sample of X."
        )
    check_weights(weight, name)
    return np.full(n_samples, float(weight)) if weight.ndim == 0 else weight


def check_weights(weight: np.ndarray, name: str) -> None:
    """Refuse weights that are not finite, negative, all 0 or huge."""
    if not np.isfinite(weight).all():
        raise ValueError(
            f"{name}: got NaN or infinity among the weights. Expected finite numbers of 0 or more. "
            "Use 0 to leave a sample out."
        )
    if (weight < 0).any():
        raise ValueError(
            f"{name}: got the negative weight {weight.min()}. Expected weights of 0 or more. "
            "Use 0 to leave a sample out."
        )
    if not (weight > 0).any():
        raise ValueError(
            f"{name}: got only zeros, which leave every sample out. Expected at least one weight "
            "above 0. Sample weights must contain at least one non-zero number."
        )
    if weight.max() > LARGEST:
        raise ValueError(
            f"{name}: got the weight {weight.max():.3g}. Expected weights up to {LARGEST:g}. Only "
            "their proportions matter: divide them all by the largest."
        )


def read_groups(groups: Any, n_samples: int) -> np.ndarray | None:
    """Read group labels of shape (n_samples,); None stays None."""
    if groups is None:
        return None
    remedy = "Pass groups=None if samples do not belong together."
    if sparse.issparse(groups) or isinstance(groups, (str, bytes, Mapping, set, frozenset)):
        raise TypeError(
            f"groups: got a {type(groups).__name__}. Expected an array or list of shape "
            f"({n_samples},), one group label for each sample of X. {remedy}"
        )
    groups = fill_masked(to_plain(groups, "groups"))
    try:
        array = np.asarray(groups) if hasattr(groups, "__array__") else list_to_array(list(groups))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"groups: got a {type(groups).__name__} that is not a list of labels ({error}). "
            f"Expected shape ({n_samples},), one group label for each sample of X. {remedy}"
        ) from error
    if array.shape != (n_samples,):
        raise ValueError(
            f"groups: got shape {array.shape}. Expected ({n_samples},), one group label for each "
            f"sample of X. {remedy}"
        )
    if array.dtype.kind == "V":
        raise TypeError(
            f"groups: got records with the fields {list(array.dtype.names or ())}. Expected one "
            "label for each sample. Pass one of the fields."
        )
    if bool(np.any(pd.isna(array))):
        raise ValueError(
            "groups: got missing labels (None or NaN). Expected a group for every sample. Give a "
            "sample that belongs to nothing a group of its own."
        )
    try:
        np.unique(array)
    except TypeError as error:
        raise TypeError(
            "groups: got labels of mixed types, which have no order. Expected labels of one type. "
            "Convert them, for example [str(group) for group in groups]."
        ) from error
    return array
