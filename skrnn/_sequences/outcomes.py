"""How outputs of two models, for classes, labels or numbers, are compared and mixed."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from scipy.optimize import minimize_scalar
from scipy.special import expit, log_expit, log_softmax, softmax

__all__ = ["USUAL_SHARE", "ClassOutcomes", "LabelOutcomes", "NumberOutcomes", "Outcomes", "mix"]

# The share of the network where nothing is known, and how many samples this counts for.
USUAL_SHARE = 0.35
_N_PRIOR = 3.0

# Logarithms of the factors that linear outputs may be multiplied with.
_LOG_FACTORS = (-4.0, 6.0)


class Outcomes(ABC):
    """What is predicted: how outputs become predictions, and how good these are."""

    @abstractmethod
    def code(self, targets: np.ndarray) -> np.ndarray:
        """Return encoded targets as numbers for least squares, shape (n_samples, n_outputs)."""

    def factor(self, outputs: np.ndarray, targets: np.ndarray, weight: np.ndarray | None) -> float:
        """Return what linear outputs are multiplied with to become outputs like a network's.

        Parameters
        ----------
        outputs : ndarray of float64, shape (n_samples, n_outputs)
            Predictions of the coded targets by a model that has not seen them.
        targets : ndarray of shape (n_samples, ...)
            Encoded targets.
        weight : ndarray of shape (n_samples,) or None
        """

        def loss(log_factor: float) -> float:
            predicted = self.predictions(np.exp(log_factor) * outputs)
            return self.loss(predicted, targets, weight)

        found = minimize_scalar(loss, bounds=_LOG_FACTORS, method="bounded")
        return float(np.exp(found.x))

    @abstractmethod
    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Return what is mixed: probabilities, or numbers."""

    @abstractmethod
    def loss(self, predicted: np.ndarray, targets: np.ndarray, weight: np.ndarray | None) -> float:
        """Return how unlikely the targets are under the predictions, the sum over samples."""

    def share(
        self,
        one: np.ndarray,
        other: np.ndarray,
        targets: np.ndarray,
        weight: np.ndarray | None,
    ) -> float:
        """Return the share of ``one`` in the best mixture with ``other``.

        It is drawn to a usual share, which counts like a few samples.

        Parameters
        ----------
        one, other : ndarray of shape (n_samples, n_outputs)
            Predictions of two models for samples that neither has seen.
        targets, weight
            As for :meth:`factor`.
        """

        def loss(share: float) -> float:
            prior = USUAL_SHARE * np.log(share) + (1 - USUAL_SHARE) * np.log(1 - share)
            return self.loss(mix(one, other, share), targets, weight) - _N_PRIOR * float(prior)

        return float(minimize_scalar(loss, bounds=(0.0, 1.0), method="bounded").x)


def mix(one: np.ndarray, other: np.ndarray, share: float) -> np.ndarray:
    """Return the mean of predictions, ``share`` of the first."""
    return share * one + (1 - share) * other


def _sum(losses: np.ndarray, weight: np.ndarray | None) -> float:
    return float((losses if weight is None else weight * losses).sum())


class ClassOutcomes(Outcomes):
    """One class of several for each sample; outputs are scores, predictions probabilities.

    Parameters
    ----------
    n_classes : int
    """

    def __init__(self, n_classes: int) -> None:
        self._n_classes = n_classes

    def code(self, targets: np.ndarray) -> np.ndarray:
        """Return 1 for the class of a sample, -1 for the others."""
        return 2.0 * (targets[:, None] == np.arange(self._n_classes)) - 1.0

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Return probabilities, whose sum is 1 in each row."""
        return softmax(outputs.astype(np.float64), axis=1)

    def log_predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Return logarithms of the probabilities."""
        return log_softmax(outputs.astype(np.float64), axis=1)

    def loss(self, predicted: np.ndarray, targets: np.ndarray, weight: np.ndarray | None) -> float:
        """Return the cross-entropy."""
        own = np.maximum(predicted[np.arange(len(targets)), targets], np.finfo(np.float64).tiny)
        return _sum(-np.log(own), weight)


class LabelOutcomes(Outcomes):
    """Several labels for each sample, each there or not."""

    def code(self, targets: np.ndarray) -> np.ndarray:
        """Return 1 for a label that is there, -1 for one that is not."""
        return 2.0 * targets.astype(np.float64) - 1.0

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Return the probability of each label."""
        return expit(outputs.astype(np.float64))

    def log_predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Return logarithms of the probabilities."""
        return log_expit(outputs.astype(np.float64))

    def loss(self, predicted: np.ndarray, targets: np.ndarray, weight: np.ndarray | None) -> float:
        """Return the binary cross-entropy, averaged over the labels."""
        own = np.where(targets > 0, predicted, 1 - predicted)
        own = np.maximum(own, np.finfo(np.float64).tiny)
        return _sum(-np.log(own).mean(axis=1), weight)


class NumberOutcomes(Outcomes):
    """One or several numbers for each sample, on their standardised scale."""

    def code(self, targets: np.ndarray) -> np.ndarray:
        """Return the numbers."""
        return targets.astype(np.float64)

    def factor(self, outputs: np.ndarray, targets: np.ndarray, weight: np.ndarray | None) -> float:
        """Return 1: predictions by least squares are on the scale of the targets."""
        return 1.0

    def predictions(self, outputs: np.ndarray) -> np.ndarray:
        """Return the outputs."""
        return outputs.astype(np.float64)

    def loss(self, predicted: np.ndarray, targets: np.ndarray, weight: np.ndarray | None) -> float:
        """Return the negative logarithm of a normal likelihood whose variance is the error's."""
        squares = ((predicted - targets) ** 2).mean(axis=1)
        n_samples = len(targets) if weight is None else weight.sum()
        mean = max(_sum(squares, weight) / n_samples, np.finfo(np.float64).tiny)
        return float(n_samples / 2 * np.log(mean))
