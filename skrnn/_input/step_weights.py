"""Weights of single timesteps, or of samples, for labels of timesteps."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.containers import fill_masked
from skrnn._input.feature_columns import refuse_courses
from skrnn._input.numbers import read_numbers
from skrnn._input.plain import to_plain
from skrnn._input.weights import check_weights, read_sample_weight

__all__ = ["label_accuracy", "read_step_weight"]


def read_step_weight(
    sample_weight: Any, lengths: np.ndarray, name: str, given: np.ndarray | None = None
) -> np.ndarray | None:
    """Read a weight for each timestep; that of a sample is the weight of all its timesteps.

    Parameters
    ----------
    sample_weight : array-like of shape (n_samples,), list of (T_i,) arrays, array of shape \
            (n_samples, n_timesteps), or None
        Weights of 0 or more, not all 0. What stands after a sample's length is left out.
    lengths : ndarray of int64, shape (n_samples,)
        Valid timesteps of each sample.
    name : str
        The argument's name in error messages.
    given : ndarray of int64, shape (n_samples,), or None
        Lengths of the samples with their trailing all-NaN timesteps, to which weights may reach.

    Returns
    -------
    ndarray of float64, shape (sum of lengths,), or None
    """
    if sample_weight is None:
        return None
    if sparse.issparse(sample_weight):
        # refused as one weight for each sample is
        read_sample_weight(sample_weight, len(lengths), name)
    weight = fill_masked(to_plain(sample_weight, name))
    refuse_courses(weight, name, "Expected a weight for every sample, or for every timestep")
    if isinstance(weight, pd.DataFrame) or getattr(weight, "ndim", 1) == 2:
        rows = list(np.asarray(weight))
        is_padded = True
    elif isinstance(weight, (list, tuple, np.ndarray, pd.Series)) and any(map(_is_row, weight)):
        rows = list(weight)
        is_padded = False
    else:
        weight = read_sample_weight(weight, len(lengths), name)
        return None if weight is None else np.repeat(weight, lengths)
    kept = _cut_rows(rows, lengths, name, given, is_padded=is_padded)
    numbers = read_numbers(np.concatenate(kept), name, "numbers of 0 or more, one a timestep")
    check_weights(numbers, name)
    return numbers.astype(np.float64)


def _is_row(entry: Any) -> bool:
    return hasattr(entry, "__len__") and not isinstance(entry, (str, bytes))


def _cut_rows(
    rows: list[Any],
    lengths: np.ndarray,
    name: str,
    given: np.ndarray | None,
    *,
    is_padded: bool,
) -> list[np.ndarray]:
    if len(rows) != len(lengths):
        raise ValueError(
            f"{name}: got weights of timesteps for {len(rows)} samples. Expected them for the "
            f"{len(lengths)} samples of the labels. Pass one sequence of weights for each."
        )
    kept = []
    for sample, (row, length) in enumerate(zip(rows, lengths.tolist(), strict=True)):
        array = np.asarray(fill_masked(to_plain(row, name)))
        allowed = {length} if given is None else {length, int(given[sample])}
        fits = array.ndim == 1 and (len(array) in allowed or (is_padded and len(array) >= length))
        if not fits:
            got = f"{len(array)} weights" if array.ndim == 1 else f"weights of shape {array.shape}"
            raise ValueError(
                f"{name}: got {got} for sample {sample}, which has {length} timesteps. Expected a "
                "weight for every timestep, or one for every sample. Pass them as y, a list of "
                "sequences or a padded 2-D array."
            )
        kept.append(array[:length])
    return kept


def label_accuracy(
    is_right: np.ndarray, weight: np.ndarray | None, is_labelled: np.ndarray | None
) -> float:
    """Return the weighted share of the labelled timesteps that are right.

    Parameters
    ----------
    is_right : ndarray of bool, shape (n_timesteps,)
    weight : ndarray of float64, shape (n_timesteps,), or None
    is_labelled : ndarray of bool, shape (n_timesteps,), or None
        None if all are.
    """
    if is_labelled is not None:
        is_right = is_right[is_labelled]
        weight = None if weight is None else weight[is_labelled]
    if weight is not None and not weight.any():
        raise ValueError(
            "sample_weight: got 0 for every timestep that has a label. Expected a weight above 0 "
            "for at least one of them. Raise it, or pass None."
        )
    return float(np.average(is_right, weights=weight))
