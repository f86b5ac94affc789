"""Labels of timesteps: a sequence of them for each sample."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.label_sequences import read_label_sequences
from skrnn._input.labels import class_positions
from skrnn._sequences.abstract_targets import Targets

__all__ = ["LabelTargets"]


class LabelTargets(Targets):
    """Sequences of labels, as long as the sequences they belong to.

    Parameters
    ----------
    declared : ndarray of shape (n_classes,) or None
        All labels that will ever occur, sorted, if the caller said so.

    Attributes
    ----------
    classes : ndarray of shape (n_classes,)
        The labels, sorted.
    """

    classes: np.ndarray

    def __init__(self, declared: np.ndarray | None) -> None:
        self._declared = declared

    @property
    def n_outputs(self) -> int:
        """One score for each label."""
        return len(self.classes)

    def read(self, y: Any, name: str, *, lengths: np.ndarray, X: Any, X_name: str) -> np.ndarray:
        """Return an object array of (lengths[i],) arrays."""
        return read_label_sequences(y, lengths, X, X_name=X_name, name=name)

    def learn(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn the labels."""
        declared = self._declared
        self.classes = np.unique(np.concatenate(targets)) if declared is None else declared
        if len(self.classes) < 2:
            raise ValueError(
                f"{'y' if declared is None else 'classes'}: got one class only, "
                f"{self.classes.tolist()} (samples of weight 0 left out). Expected at least 2 "
                "classes. A constant answer needs no network."
            )

    def encode(self, targets: np.ndarray, name: str) -> np.ndarray:
        """Return the positions of all labels, laid end to end."""
        return class_positions(np.concatenate(targets), self.classes, name)

    def weight_of(self, targets: np.ndarray) -> np.ndarray | None:
        """Return the lengths of the samples.

        A sample's loss is the mean over its timesteps: so every timestep counts the same.
        """
        lengths = np.array([len(labels) for labels in targets], dtype=np.float64)
        return None if (lengths == lengths[0]).all() else lengths

    def attributes(self) -> dict[str, Any]:
        """Return ``classes_``."""
        return {"classes_": self.classes}
