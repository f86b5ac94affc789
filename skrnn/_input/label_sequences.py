"""Reading a label for every timestep."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.containers import fill_masked, object_array
from skrnn._input.feature_columns import refuse_courses, to_samples
from skrnn._input.labels import read_labels
from skrnn._input.named_axes import SAMPLE
from skrnn._input.plain import to_plain
from skrnn._input.targets import list_to_array
from skrnn._input.validation import check_same_n_samples

__all__ = [
    "as_label_arrays",
    "given_lengths",
    "join_labels",
    "join_some_labels",
    "read_label_sequences",
    "split_labels",
]

_EXPECTED = (
    "Expected a list of label sequences, one label for each timestep, or a padded 2-D array "
    "(n_samples, n_timesteps)."
)


def read_label_sequences(
    y: Any, lengths: np.ndarray, X: Any, *, name: str = "y", X_name: str = "X"
) -> tuple[np.ndarray, np.ndarray | None]:
    """Read the labels of sequences.

    Parameters
    ----------
    y : list, object array or Series of (T_i,) label sequences, or array of shape \
            (n_samples, n_timesteps)
        Labels after a sequence's length, in the rows of a padded array or at trailing all-NaN
        timesteps of a ragged sample, are left out. None, NaN and NA are timesteps without a label.
    lengths : ndarray of int64, shape (n_samples,)
        Valid timesteps of each sample.
    X : sequences
        Of which ``lengths`` was read.
    name, X_name : str
        The arguments' names in error messages.

    Returns
    -------
    labels : ndarray of shape (sum of lengths,)
        Of one type, laid end to end.
    is_labelled : ndarray of bool, shape (sum of lengths,), or None
        Where there is a label; None if everywhere.
    """
    arrays, is_padded = as_label_arrays(y, name)
    check_same_n_samples(len(lengths), len(arrays), X_name, name)
    n_labels = np.array([len(labels) for labels in arrays], dtype=np.int64)
    if not np.array_equal(n_labels, lengths):
        _refuse_other_lengths(n_labels, lengths, is_padded, X, name, X_name)
        if is_padded:
            _refuse_labels_behind(arrays, lengths, getattr(X, "shape", ()), name, X_name)
    kept = [labels[:length] for labels, length in zip(arrays, lengths, strict=True)]
    return join_some_labels(kept, name)


def _refuse_other_lengths(
    n_labels: np.ndarray, lengths: np.ndarray, is_padded: bool, X: Any, name: str, X_name: str
) -> None:
    """Raise a ValueError unless labels after a sample's length stand for timesteps of padding."""
    X = to_samples(X, X_name)
    given = given_lengths(X, X_name)
    # Labels in a list that are as many as X is wide may be too many, and would be cut silently.
    shape: tuple[int, ...] = getattr(X, "shape", ())
    is_wide = len(shape) > 1
    fits = (n_labels == lengths) | ((n_labels == given) & ~is_wide)
    if is_padded:
        fits |= n_labels >= lengths
    if not fits.all():
        sample = int(np.argmin(fits))
        n_valid, n_given = int(lengths[sample]), int(given[sample])
        padding = n_given - n_valid
        padded = f" ({n_given} with the {padding} all-NaN ones at the end)" if padding else ""
        remedy = (
            f"Align them: drop the timesteps without a label from {X_name}[{sample}], or the "
            f"labels without a timestep from {name}[{sample}]."
        )
        if n_labels[sample] == 0:
            remedy = f"Drop samples that are empty from {X_name} and {name}."
        elif is_wide and n_labels[sample] == n_given:
            remedy += f" If {name} is padded like {X_name}, pass np.asarray({name})."
        if len(shape) == 3 and shape[2] == n_labels[sample]:
            remedy = f"Time comes before features: pass [x.T for x in {X_name}]."
        raise ValueError(
            f"{name}: got {n_labels[sample]} labels for sample {sample}, which has {n_valid} "
            f"timesteps{padded} in {X_name}. Expected a label for every timestep. {remedy}"
        )


def _refuse_labels_behind(
    arrays: list[np.ndarray], lengths: np.ndarray, shape: tuple[int, ...], name: str, X_name: str
) -> None:
    """Raise a ValueError if a padded array goes on with labels after the ends of its samples.

    Any filler may stand there. Two of the labels themselves are those of timesteps that X lacks, as
    when X was cut; in an array of the same width they stand beside timesteps without any value.
    """
    width = len(arrays[0])
    if shape[1:2] == (width,):
        return
    pairs = list(zip(arrays, lengths.tolist(), strict=True))
    labels = set(_end_to_end([row[:length] for row, length in pairs]).tolist())
    behind = _end_to_end([row[length:] for row, length in pairs])
    behind = behind[~np.asarray(pd.isna(behind))]
    found = [label for label in dict.fromkeys(behind.tolist()) if label in labels]
    if len(found) < 2:
        return
    remedy = f"[labels[: len(x)] for labels, x in zip({name}, {X_name})]"
    if len(shape) > 1:
        remedy = f"np.asarray({name})[:, : {shape[1]}]"
    remedy = f"Pass {remedy} if these are to be left out."
    if shape[2:] == (width,):
        remedy = f"Time comes before features: pass np.transpose({X_name}, (0, 2, 1))."
    raise ValueError(
        f"{name}: got the labels {found[0]!r} and {found[1]!r} after the ends of samples, in rows "
        f"of {width} labels. Expected a label for every timestep, and padding after them. {remedy}"
    )


def given_lengths(X: Any, name: str = "X") -> np.ndarray:
    """Timesteps of each sample as they were passed, all-NaN ones at its end included."""
    X = to_samples(X, name)
    shape: tuple[int, ...] = getattr(X, "shape", ())
    if len(shape) > 1:
        return np.full(shape[0], shape[1])
    return np.array([len(to_plain(x, name, SAMPLE)) for x in X])


def as_label_arrays(y: Any, name: str) -> tuple[list[np.ndarray], bool]:
    """Turn a container of label sequences into 1-D arrays; say whether they are padded rows."""
    if y is None:
        raise ValueError(f"{name}: requires y to be passed, but the target y is None. {_EXPECTED}")
    if sparse.issparse(y):
        raise TypeError(
            f"{name}: got a sparse {type(y).__name__}. {_EXPECTED} Pass {name}.toarray()."
        )
    if isinstance(y, (str, bytes, Mapping, set, frozenset)):
        raise TypeError(f"{name}: got a {type(y).__name__}. {_EXPECTED}")
    y = fill_masked(to_plain(y, name))
    refuse_courses(y, name, _EXPECTED.rstrip("."))
    if hasattr(y, "__array__") and not isinstance(y, pd.Series):
        # a table of columns of different types, too
        y = np.asarray(y)
    if isinstance(y, Iterable) and not hasattr(y, "__len__"):
        raise TypeError(
            f"{name}: got a {type(y).__name__}, which can be read only once. {_EXPECTED} Pass "
            f"list({name})."
        )
    n_axes = y.ndim if isinstance(y, np.ndarray) else 1
    if n_axes > 2:
        raise ValueError(
            f"{name}: got shape {y.shape}. {_EXPECTED} Pass {name}.argmax(axis=2) if the last axis "
            "marks one label among all."
        )
    if n_axes == 2 and y.dtype.kind == "O" and y.shape[1] == 1 and any(map(_is_sequence, y.flat)):
        raise ValueError(
            f"{name}: got shape {y.shape}, a column whose cells hold sequences. {_EXPECTED} Pass "
            f"{name}[:, 0]."
        )
    try:
        rows = list(y)
    except TypeError as error:
        raise TypeError(f"{name}: got a {type(y).__name__}. {_EXPECTED}") from error
    arrays = [_as_label_array(row, position, name) for position, row in enumerate(rows)]
    return arrays, n_axes == 2


def _is_sequence(cell: Any) -> bool:
    return isinstance(cell, (list, tuple, np.ndarray, pd.Series))


def _as_label_array(row: Any, position: int, name: str) -> np.ndarray:
    row = fill_masked(to_plain(row, f"{name}[{position}]"))
    if isinstance(row, (Mapping, set, frozenset)):
        raise TypeError(f"{name}: got a {type(row).__name__} at position {position}. {_EXPECTED}")
    is_one = not hasattr(row, "__len__") or getattr(row, "shape", None) == ()
    if isinstance(row, (str, bytes)) or is_one:
        remedy = (
            f"Pass [{name}] if it labels a single sample, which stands in a list, too. For one "
            "label a sample use RNNClassifier."
        )
        if isinstance(row, str) and len(row.split()) > 1:
            remedy = f"Split texts: [labels.split() for labels in {name}]."
        raise ValueError(
            f"{name}: got {row!r} at position {position}, one label for a whole sample. "
            f"{_EXPECTED} {remedy}"
        )
    try:
        array = np.asarray(row) if hasattr(row, "__array__") else list_to_array(list(row))
    except ValueError:
        array = np.empty((0, 0))
    if array.ndim != 1:
        raise ValueError(
            f"{name}: got labels that are no 1-D sequence at position {position}"
            + (f", shape {array.shape}" if array.size else "")
            + f". {_EXPECTED} Flatten them, or give each sample its own sequence."
        )
    return array


def join_labels(arrays: list[np.ndarray], name: str) -> np.ndarray:
    """Lay label arrays end to end, as one array of one type; refuse what is no label."""
    labels = _end_to_end(arrays)
    missing = np.asarray(pd.isna(labels))
    if missing.any():
        ends = np.cumsum([len(array) for array in arrays])
        step = int(np.argmax(missing))
        sample = int(np.searchsorted(ends, step, side="right"))
        step -= int(ends[sample]) - len(arrays[sample])
        raise ValueError(
            f"{name}: got a missing label (None, NaN or NA) in sample {sample}, timestep {step}. "
            "Expected a label for every timestep. Give timesteps that belong to no class a label "
            "of their own, such as 'O'."
        )
    return _read_joined(labels, name)


def join_some_labels(arrays: list[np.ndarray], name: str) -> tuple[np.ndarray, np.ndarray | None]:
    """Lay label arrays end to end, of which some timesteps may have no label.

    Returns
    -------
    labels : ndarray of shape (sum of lengths,)
        Of one type. The values where there is no label are undefined.
    is_labelled : ndarray of bool, shape (sum of lengths,), or None
        Where there is a label; None if everywhere.
    """
    labels = _end_to_end(arrays)
    is_labelled = ~np.asarray(pd.isna(labels))
    if is_labelled.all():
        return _read_joined(labels, name), None
    if not is_labelled.any():
        raise ValueError(
            f"{name}: got no label at all, only missing ones (None, NaN or NA). Expected a label "
            "for at least one timestep. Leave out samples without any."
        )
    given = labels[is_labelled]
    if given.dtype.kind == "O":
        given = list_to_array(given.tolist())
    if given.dtype.kind == "f" and (given == np.trunc(given)).all():
        # integers, which were floats only to hold NaN.
        given = given.astype(np.int64)
    given = _read_joined(given, name)
    joined = np.zeros(len(labels), dtype=given.dtype)
    joined[is_labelled] = given
    return joined, is_labelled


def _end_to_end(arrays: list[np.ndarray]) -> np.ndarray:
    if len({array.dtype.kind for array in arrays}) == 1:
        return np.concatenate(arrays)
    # numpy would make strings of numbers that stand among strings, and floats of integers of
    # which some are signed and some are not.
    values = [value for array in arrays for value in array.tolist()]
    return np.array([*values, None], dtype=object)[:-1]


def _read_joined(labels: np.ndarray, name: str) -> np.ndarray:
    if labels.dtype.kind == "U" or all(isinstance(label, str) for label in labels):
        # there is nothing more to refuse, and scikit-learn would warn of many different ones.
        return labels
    return read_labels(labels, name=name, each="timestep")


def split_labels(labels: np.ndarray, lengths: np.ndarray) -> np.ndarray:
    """Cut labels laid end to end into a 1-D object array of the samples' own."""
    return object_array(np.split(labels, np.cumsum(lengths)[:-1]))
