"""Reading labels, targets, weights, groups and given token vectors."""

from __future__ import annotations

import numbers
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from scipy import sparse

from skrnn._input.containers import (
    LARGEST,
    fill_masked,
    from_torch,
    holds_text,
)

__all__ = [
    "class_positions",
    "list_to_array",
    "read_classes",
    "read_groups",
    "read_labels",
    "read_numbers",
    "read_sample_weight",
    "read_targets",
    "read_token_vectors",
]


def read_labels(y: Any, *, name: str = "y", each: str = "sample") -> np.ndarray:
    """Read class labels: 1-D of any label type, or a 2-D 0/1 indicator for multilabel.

    Parameters
    ----------
    y : array-like of shape (n_samples,) or (n_samples, n_labels)
        Labels: strings, booleans, integers, objects, pandas categories.
    name : str
        The argument's name in error messages.
    each : str
        What has a label.

    Returns
    -------
    ndarray of shape (n_samples,) or (n_samples, n_labels)
    """
    from sklearn.utils.multiclass import check_classification_targets, type_of_target
    from sklearn.utils.validation import column_or_1d

    y = _target_to_array(y, name)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if y.dtype.kind == "T":
        # scikit-learn does not know numpy's variable-width strings.
        y = y.astype(object)
    if y.dtype.kind == "O" and bool(np.any(pd.isna(y))):
        raise ValueError(
            f"{name}: got missing labels (None, NaN or NA) among {y.size}. Expected a label for "
            "every sample. Drop the samples without one from X and y."
        )
    if y.dtype.kind == "O" and y.ndim == 1:
        if any(isinstance(v, (list, tuple, np.ndarray)) for v in y):
            raise ValueError(
                f"{name}: got a list of label sequences. Expected one label for each sample, or a "
                "2-D 0/1 array for several (sklearn.preprocessing.MultiLabelBinarizer makes it)."
            )
        kinds = {type(v).__name__ for v in y if isinstance(v, str)} | {
            "number" for v in y if isinstance(v, (numbers.Number, np.bool_))
        }
        if len(kinds) > 1:
            raise TypeError(
                f"{name}: got labels of mixed types, strings and numbers. Expected labels of one "
                f"type. Convert them, for example {name}.astype(str)."
            )
    if y.dtype.kind == "O":
        labels = (str, bytes, numbers.Number, np.bool_)
        others = {type(v).__name__ for v in y.ravel() if not isinstance(v, labels)}
        if others:
            raise TypeError(
                f"{name}: got labels of type {', '.join(sorted(others))}. Expected class labels "
                "that are strings, integers or booleans. Convert them to strings: "
                f"[str(label) for label in {name}]."
            )
    if y.dtype.kind == "O" and all(isinstance(v, (numbers.Real, np.bool_)) for v in y.ravel()):
        # scikit-learn knows numbers only in an array of numbers.
        y = np.array(y.tolist())
    if y.dtype.kind == "f" and not np.isfinite(y).all():
        raise ValueError(
            f"{name}: Input {name} contains NaN or infinity. Expected a label for every sample. "
            "Drop the samples without one from X and y."
        )
    if y.dtype.kind == "c":
        raise ValueError(
            f"{name}: got complex numbers (dtype {y.dtype}). Expected class labels. Complex data "
            "not supported: pass strings or integers."
        )
    try:
        check_classification_targets(y)
        kind = type_of_target(y, input_name=name)
    except (TypeError, ValueError) as error:
        remedy = "For numbers on a scale use RNNRegressor."
        if each != "sample":
            # there is no regressor that answers there.
            remedy = f"Cut numbers on a scale into classes, np.digitize({name}[0], edges)."
        raise type(error)(
            f"{name}: {error} Expected class labels, one for each {each}: strings, integers or "
            f"booleans. {remedy}"
        ) from error
    if kind == "multiclass-multioutput":
        raise ValueError(
            f"{name}: got a 2-D array of shape {y.shape} with more than two values, read as "
            "several multiclass outputs, which is not supported. Expected 1-D labels, or 2-D with "
            "only 0 and 1 (multilabel). Use sklearn.multioutput.MultiOutputClassifier."
        )
    if y.ndim == 2 and not np.isin(y, (0, 1)).all():
        raise ValueError(
            f"{name}: got a 2-D array of shape {y.shape} with the values {np.unique(y).tolist()}, "
            "read as an indicator of several labels. Expected only 0 and 1. Pass 1 where a sample "
            f"has the label, for example ({name} > 0).astype(int)."
        )
    return y


def read_classes(classes: Any, known: np.ndarray | None) -> np.ndarray:
    """Read what ``partial_fit`` is told of classes, sorted.

    Parameters
    ----------
    classes : array-like of shape (n_classes,)
        All labels that will ever come.
    known : ndarray of shape (n_classes,) or None
        Those of the first call.
    """
    classes = read_labels(classes, name="classes")
    if classes.ndim != 1:
        raise ValueError(
            f"classes: got shape {classes.shape}. Expected (n_classes,), each label once. "
            "Pass np.unique(all_labels)."
        )
    classes = np.unique(classes)
    if known is not None and not np.array_equal(classes, known):
        raise ValueError(
            f"classes: got {classes}, while the first call to partial_fit had "
            f"{known}. Expected the same classes in every call."
        )
    return classes


def class_positions(labels: np.ndarray, classes: np.ndarray, name: str) -> np.ndarray:
    """Return the position of each label among the sorted classes, and refuse any other label.

    Parameters
    ----------
    labels : ndarray of shape (n_labels,)
    classes : ndarray of shape (n_classes,)
    name : str
        The argument's name in error messages.

    Returns
    -------
    ndarray of int64, shape (n_labels,)
    """
    try:
        position = np.searchsorted(classes, labels)
    except TypeError as error:
        raise TypeError(
            f"{name}: got labels such as {labels[:1].tolist()}, of another type than the "
            f"classes learned. Expected labels among {classes.tolist()}. Convert {name} "
            "to their type."
        ) from error
    position = np.minimum(position, len(classes) - 1)
    strange = classes[position] != labels
    if strange.any():
        raise ValueError(
            f"{name}: got the labels {np.unique(labels[strange])[:5].tolist()}, which were not "
            f"among the classes learned. Expected labels among {classes.tolist()}. Fit "
            "anew with all labels, or drop these samples."
        )
    return position


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
        _target_to_array(y, name),
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


def read_numbers(values: Any, name: str, expected: str, dtype: str = "float64") -> np.ndarray:
    """Read an array-like of real numbers as a new float array; what is missing becomes NaN.

    Parameters
    ----------
    values : array-like
        Numbers; neither text nor dates nor complex numbers.
    name : str
        The argument's name in error messages.
    expected : str
        What the message says is expected.
    dtype : {"float32", "float64"}
        Of the result; what it cannot hold becomes infinity.

    Returns
    -------
    ndarray of ``dtype``
    """
    if sparse.issparse(values):
        raise TypeError(
            f"{name}: got a sparse {type(values).__name__}. Expected {expected}. Pass "
            f"{name}.toarray()."
        )
    values = fill_masked(from_torch(values, name))
    try:
        array = np.asarray(values)
        if array.dtype.kind == "c":
            raise ValueError("Complex data not supported")
        if array.dtype.kind in "mMV" or holds_text(array):
            raise ValueError(f"text, dates or records, dtype {array.dtype}")
        if array.dtype.kind == "O":
            array = np.where(pd.isna(array), np.nan, array)
        with np.errstate(over="ignore"):
            return array.astype(dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"{name}: got values that are not real numbers ({error}). Expected {expected}."
        ) from error


def _target_to_array(y: Any, name: str) -> np.ndarray:
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
    y = fill_masked(from_torch(y, name))
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
    return np.full(n_samples, float(weight)) if weight.ndim == 0 else weight


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
    groups = fill_masked(from_torch(groups, "groups"))
    try:
        array = np.asarray(groups) if hasattr(groups, "__array__") else list_to_array(list(groups))
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"groups: got a {type(groups).__name__} that is no list of labels ({error}). Expected "
            f"shape ({n_samples},), one group label for each sample of X. {remedy}"
        ) from error
    if array.shape != (n_samples,):
        raise ValueError(
            f"groups: got shape {array.shape}. Expected ({n_samples},), one group label for each "
            f"sample of X. {remedy}"
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
            "Convert them, for example groups.astype(str)."
        ) from error
    return array


def read_token_vectors(vectors: Any, embedding_dim: int | None, dtype: str) -> np.ndarray:
    """Read initial token vectors of shape (n_tokens, embedding_dim); the padding's become 0.

    Parameters
    ----------
    vectors : array-like of shape (n_tokens, embedding_dim)
        Finite numbers; row 0 is padding, row 1 the unknown token.
    embedding_dim : int or None
        The width asked for; None takes any.
    dtype : str
        Name of the type of the result.
    """
    matrix = read_numbers(
        vectors, "embedding_weights", "a matrix of numbers, shape (n_tokens, embedding_dim)", dtype
    )
    if matrix.ndim != 2 or matrix.shape[0] < 2 or matrix.shape[1] < 1:
        raise ValueError(
            f"embedding_weights: got shape {matrix.shape}. Expected (n_tokens, embedding_dim) with "
            "rows for padding (0) and unknown (1) first, and a column."
        )
    if not np.isfinite(matrix).all():
        raise ValueError(
            f"embedding_weights: got NaN, infinity or a number beyond {dtype}. Expected finite "
            "numbers. Replace the vectors of missing words by zeros."
        )
    if embedding_dim is not None and matrix.shape[1] != embedding_dim:
        raise ValueError(
            f"embedding_weights: got shape {matrix.shape}, while embedding_dim is {embedding_dim}. "
            "Expected as many columns. Leave embedding_dim=None to take the matrix's own width."
        )
    matrix[0] = 0.0
    return matrix
