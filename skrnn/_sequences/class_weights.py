"""How much each class weighs in the loss."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from skrnn._input.numbers import read_numbers

__all__ = ["class_weights"]


def class_weights(
    class_weight: Mapping[Any, float] | str | None,
    classes: np.ndarray,
    position: np.ndarray,
    weight: np.ndarray | None,
) -> np.ndarray | None:
    """Return the weight of each class, or None for equal ones.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        Weights by label; "balanced" is the inverse of the frequency.
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    position : ndarray of int64, shape (n_labels,)
        The classes of the training labels.
    weight : ndarray of shape (n_labels,) or None
        Weights of the training labels.
    """
    if class_weight is None:
        return None
    if isinstance(class_weight, str):
        share = np.bincount(position, weights=weight, minlength=len(classes))
        # a class that partial_fit has only declared keeps weight 1.
        return np.where(share > 0, share.sum() / (len(share) * np.maximum(share, 1e-300)), 1.0)
    return _given_weights(class_weight, classes.tolist())


def _given_weights(given: Mapping[Any, float], classes: list[Any]) -> np.ndarray:
    unknown = [label for label in given if label not in set(classes)]
    if unknown:
        raise ValueError(
            f"class_weight: got the labels {unknown}, which y does not have. Expected labels "
            f"among {classes}."
        )
    # an object array, since numpy would make strings of numbers that stand among strings.
    weights = read_numbers(
        np.array([*(given.get(label, 1.0) for label in classes), None], dtype=object)[:-1],
        "class_weight",
        f"a number of 0 or more for each label, got {given}",
    )
    if not np.isfinite(weights).all() or (weights < 0).any() or not weights.any():
        raise ValueError(
            f"class_weight: got {given}. Expected finite numbers of 0 or more, not all 0."
        )
    return weights
