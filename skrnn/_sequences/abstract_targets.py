"""What an estimator learns to predict: how targets are read, learned and passed to the loss."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import Any

import numpy as np

from skrnn._input.weights import read_sample_weight

__all__ = ["Targets"]


class Targets(ABC):
    """Targets of one kind, such as classes or numbers, and what a fit learned about them.

    ``learn`` and ``learn_statistics`` are called once; a fit that goes on from an earlier one
    keeps what that one learned.
    """

    @property
    @abstractmethod
    def n_outputs(self) -> int:
        """Number of outputs of the network."""

    @abstractmethod
    def read(self, y: Any, name: str, *, lengths: np.ndarray, X: Any, X_name: str) -> np.ndarray:
        """Read what the caller passed into an array with an entry for each sample.

        Parameters
        ----------
        y : object
            What the caller passed.
        name : str
            The argument's name in error messages.
        lengths : ndarray of int64, shape (n_samples,)
            Valid timesteps of each sample.
        X : object
            The sequences as they were passed, whose padding says where ``y`` may have padding.
        X_name : str
            The name of that argument.
        """

    def weigh(
        self, targets: np.ndarray, sample_weight: Any, name: str, *, X: Any = None
    ) -> tuple[np.ndarray, np.ndarray | None]:
        """Read sample weights; return the targets, which may take them up, and those of samples.

        Parameters
        ----------
        targets : ndarray of shape (n_samples, ...)
            As ``read`` returned them.
        sample_weight : object
            What the caller passed.
        name : str
            The argument's name in error messages.
        X : object
            The sequences as they were passed.

        Returns
        -------
        targets : ndarray of shape (n_samples, ...)
        weight : ndarray of float64, shape (n_samples,), or None
        """
        return targets, read_sample_weight(sample_weight, len(targets), name)

    @abstractmethod
    def learn(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn from all samples what to predict: the classes, or how many numbers."""

    def learn_statistics(self, targets: np.ndarray, weight: np.ndarray | None) -> None:  # noqa: B027 - optional
        """Learn from the training part only: mean and scale, or weights of classes."""

    @abstractmethod
    def encode(self, targets: np.ndarray, name: str) -> np.ndarray:
        """Return what the loss compares outputs with."""

    def warn_of_other_scale(  # noqa: B027 - optional
        self,
        targets: np.ndarray,
        name: str,
        numbers: np.ndarray | None = None,
        *,
        is_fit: bool = False,
    ) -> None:
        """Warn of targets of another unit or scale than the training part's.

        Parameters
        ----------
        targets : ndarray of shape (n_samples, ...)
            As they were read.
        name : str
            The argument's name.
        numbers : ndarray of int64, shape (n_samples,), or None
            The samples' places in the argument; None if they are in its order.
        is_fit : bool
            Whether the scale was learned from these targets.
        """

    def weight_of(self, targets: np.ndarray) -> np.ndarray | None:
        """Return sample weights that follow from the targets, None for equal ones."""
        return None

    def strata(self, targets: np.ndarray) -> np.ndarray | None:
        """Return what a held-out part is stratified by, class positions, or None."""
        return None

    @abstractmethod
    def attributes(self) -> dict[str, Any]:
        """Return the public attributes of a fitted estimator that tell what was learned."""
