"""Read class labels and the classes they belong to."""

from __future__ import annotations

import numbers
from typing import Any

import numpy as np
import pandas as pd

from skrnn._input.targets import target_to_array

__all__ = ["class_positions", "read_classes", "read_labels"]


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
    from sklearn.utils.validation import column_or_1d

    y = target_to_array(y, name)
    if y.ndim == 2 and y.shape[1] == 1:
        y = column_or_1d(y, warn=True)
    if y.dtype.kind == "T":
        # scikit-learn does not know numpy's variable-width strings.
        y = y.astype(object)
    if y.dtype.kind == "O":
        _refuse_objects(y, name)
        if all(isinstance(v, (numbers.Real, np.bool_)) for v in y.ravel()):
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
    _refuse_other_targets(y, name, each)
    return y


def _refuse_objects(y: np.ndarray, name: str) -> None:
    """Raise an error if objects are missing, sequences, of mixed types, or not labels."""
    if bool(np.any(pd.isna(y))):
        raise ValueError(
            f"{name}: got missing labels (None, NaN or NA) among {y.size}. Expected a label for "
            "every sample. Drop the samples without one from X and y."
        )
    if y.ndim == 1:
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
                f"type. Convert them, for example [str(label) for label in {name}]."
            )
    labels = (str, bytes, numbers.Number, np.bool_)
    others = {type(v).__name__ for v in y.ravel() if not isinstance(v, labels)}
    if others:
        raise TypeError(
            f"{name}: got labels of type {', '.join(sorted(others))}. Expected class labels "
            "that are strings, integers or booleans. Convert them to strings: "
            f"[str(label) for label in {name}]."
        )


def _refuse_other_targets(y: np.ndarray, name: str, each: str) -> None:
    """Raise an error for what scikit-learn does not take for classes, and for several outputs."""
    from sklearn.utils.multiclass import check_classification_targets, type_of_target

    try:
        check_classification_targets(y)
        kind = type_of_target(y, input_name=name)
    except (TypeError, ValueError) as error:
        remedy = "For numbers on a scale use RNNRegressor."
        if each != "sample":
            # No regressor predicts a number for each timestep.
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


def read_classes(classes: Any, known: np.ndarray | None) -> np.ndarray:
    """Read the argument ``classes`` of ``partial_fit``, sorted.

    Parameters
    ----------
    classes : array-like of shape (n_classes,)
        All labels that will ever occur.
    known : ndarray of shape (n_classes,) or None
        The classes of the first call.
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
            "again with all labels, or drop these samples."
        )
    return position
