"""Class labels of sequences: one for each, or an indicator of several."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from skrnn._input.caller_warnings import warn_caller
from skrnn._input.labels import class_positions, read_labels
from skrnn._input.validation import check_same_n_samples
from skrnn._sequences.abstract_targets import Targets
from skrnn._sequences.class_weights import class_weights
from skrnn.exceptions import OneHotWarning

__all__ = ["ClassTargets"]


class ClassTargets(Targets):
    """Labels, read as classes or, in two dimensions, as an indicator of several labels.

    Parameters
    ----------
    class_weight : dict, "balanced" or None
        As for the classifier.
    dtype : str
        Name of the type of the network's outputs.
    declared : ndarray of shape (n_classes,) or None
        All classes that will ever occur, sorted, if the caller said so.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted; the numbers of the columns of an indicator.
    is_multilabel : bool
        Whether targets are an indicator.
    """

    classes: np.ndarray
    is_multilabel: bool

    def __init__(
        self,
        class_weight: Mapping[Any, float] | str | None,
        dtype: str,
        declared: np.ndarray | None,
    ) -> None:
        self._class_weight = class_weight
        self._dtype = dtype
        self._declared = declared
        self._weight_of_class: np.ndarray | None = None

    @property
    def n_outputs(self) -> int:
        """One score for each class or label."""
        return len(self.classes)

    def read(self, y: Any, name: str, *, lengths: np.ndarray, X: Any, X_name: str) -> np.ndarray:
        """Return an array of shape (n_samples,) or (n_samples, n_labels)."""
        labels = read_labels(y, name=name)
        check_same_n_samples(len(lengths), len(labels), X_name, name)
        return labels

    def learn(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn the classes."""
        self.is_multilabel = targets.ndim == 2
        if self.is_multilabel:
            self._learn_labels(targets)
            return
        declared = self._declared
        self.classes = np.unique(targets) if declared is None else declared
        if declared is not None and len(declared) < 2:
            raise ValueError(
                f"classes: got {declared.tolist()}. Expected at least 2 classes, all labels that "
                "will ever occur."
            )
        if len(self.classes) < 2:
            raise ValueError(
                f"y: got {len(targets)} samples of one class only, {self.classes.tolist()} "
                "(samples of weight 0 left out). Expected at least 2 classes. A constant answer "
                "needs no network: sklearn.dummy.DummyClassifier."
            )

    def _learn_labels(self, indicator: np.ndarray) -> None:
        if self._class_weight is not None:
            raise ValueError(
                f"class_weight: got {self._class_weight!r} with multilabel targets. Expected "
                "None. Use sample_weight."
            )
        if indicator.shape[1] > 1 and (indicator.sum(axis=1) == 1).all():
            warn_caller(
                f"y: got shape {indicator.shape} with exactly one 1 in every row, read as an "
                "indicator of several labels. Expected classes of shape (n_samples,) if they "
                "exclude each other. Pass y.argmax(axis=1), or np.asarray(y).argmax(axis=1) if y "
                "is not an array.",
                OneHotWarning,
            )
        self.classes = np.arange(indicator.shape[1])
        if self._declared is not None and not np.array_equal(self._declared, self.classes):
            raise ValueError(
                f"classes: got {self._declared.tolist()} with an indicator of "
                f"{indicator.shape[1]} labels in y. Expected None: the columns of the indicator "
                "are the labels."
            )

    def learn_statistics(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn how much each class weighs."""
        if self._class_weight is not None:
            position = np.searchsorted(self.classes, targets)
            self._weight_of_class = class_weights(
                self._class_weight, self.classes, position, weight
            )

    def encode(self, targets: np.ndarray, name: str) -> np.ndarray:
        """Return class positions, or the indicator as numbers of the network's type."""
        n_labels = len(self.classes)
        if (targets.ndim == 2) != self.is_multilabel or (
            self.is_multilabel and targets.shape[1] != n_labels
        ):
            expected = f"(n_samples, {n_labels})" if self.is_multilabel else "(n_samples,)"
            raise ValueError(
                f"{name}: got shape {targets.shape}. Expected {expected}, as in the data that "
                "the classifier learned its labels from. "
                + (
                    f"Pass np.argmax({name}, axis=1) if a row marks one class."
                    if targets.ndim == 2 and not self.is_multilabel
                    else f"Pass an indicator of {n_labels} columns, or fit again."
                )
            )
        if self.is_multilabel:
            return targets.astype(self._dtype)
        return class_positions(targets, self.classes, name)

    def weight_of(self, targets: np.ndarray) -> np.ndarray | None:
        """Return the weight of each sample's class."""
        if self._weight_of_class is None:
            return None
        return self._weight_of_class[np.searchsorted(self.classes, targets)]

    def strata(self, targets: np.ndarray) -> np.ndarray | None:
        """Return class positions; an indicator is not stratified by."""
        return None if self.is_multilabel else np.unique(targets, return_inverse=True)[1]

    def attributes(self) -> dict[str, Any]:
        """Return ``classes_``."""
        return {"classes_": self.classes}
