"""Linear models with a squared penalty, of all strengths of the penalty at once."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import torch

from skrnn import _kernels

__all__ = ["RidgePath"]

# Numbers that are in memory in float64 at a time.
_CHUNK = 1 << 18


class RidgePath:
    """Linear least squares with an L2 penalty, whose strength is chosen on what is left out.

    The features are standardised first. Errors of samples that are left out follow from one
    eigendecomposition, without another fit.

    Parameters
    ----------
    features : ndarray of float32, shape (n_samples, n_features)
    targets : ndarray of float64, shape (n_samples, n_outputs)
    weight : ndarray of float64, shape (n_samples,), or None
        Sample weights above 0.

    References
    ----------
    Hoerl and Kennard (1970), "Ridge Regression: Biased Estimation for Nonorthogonal Problems",
    Technometrics 12(1).
    Golub, Heath and Wahba (1979), "Generalized Cross-Validation as a Method for Choosing a Good
    Ridge Parameter", Technometrics 21(2).
    """

    # Relative to features of variance 1.
    PENALTIES = np.logspace(-2, 6, 9)

    def __init__(
        self, features: np.ndarray, targets: np.ndarray, weight: np.ndarray | None = None
    ) -> None:
        weight = np.ones(len(features)) if weight is None else weight / weight.mean()
        self._features = features
        self._targets = targets
        self._weight = weight
        self._root = np.sqrt(weight)[:, None]
        self._mean, self._scale = _mean_and_scale(features, weight)
        self._target_mean = np.average(targets, axis=0, weights=weight)
        residuals = self._root * (targets - self._target_mean)
        self._basis, self._power = self._decompose()
        self._projection = _product(self._basis.T, residuals)

    def leave_one_out(self, penalty: float) -> np.ndarray:
        """Return predictions of each sample by the model of all others, shape of the targets."""
        fitted = self._fitted(penalty)
        own = np.einsum("ij,ij,j->i", self._basis, self._basis, self._shrinkage(penalty))
        own += self._weight / self._weight.sum()
        # a sample that no other helps to predict would predict itself
        others = np.maximum(1 - own, 1e-10)[:, None]
        return self._targets - (self._targets - fitted) / others

    def leave_out(self, penalty: float, part: np.ndarray) -> np.ndarray:
        """Return predictions of some samples by the model of all others.

        Parameters
        ----------
        penalty : float
        part : ndarray of int64
            Which samples; others must be left.
        """
        basis, root = self._basis[part], self._root[part]
        shrunk = self._projection * self._shrinkage(penalty)[:, None]
        residuals = root * (self._targets[part] - self._target_mean) - _product(basis, shrunk)
        own = _product(basis * self._shrinkage(penalty), basis.T)
        own += root * root.T / self._weight.sum()
        others = np.negative(own, out=own)
        # what no other sample helps to predict has no eigenvalue
        others[np.diag_indices(len(part))] += 1 + 1e-12
        solved = torch.linalg.solve(torch.from_numpy(others), torch.from_numpy(residuals))
        return self._targets[part] - solved.numpy() / root

    def coefficients(self, penalty: float) -> tuple[np.ndarray, np.ndarray]:
        """Return the weights of the features as they were given, and the intercepts.

        Returns
        -------
        weights : ndarray of float64, shape (n_features, n_outputs)
        intercepts : ndarray of float64, shape (n_outputs,)
        """
        dual = self._root * _product(
            self._basis, self._projection / (self._power + penalty)[:, None]
        )
        weights = np.zeros((self._features.shape[1], dual.shape[1]))
        for rows in _chunks(self._features.shape):
            weights += _product(self._rows(rows).T, dual[rows])
        weights /= self._scale[:, None]
        return weights, self._target_mean - self._mean @ weights

    def _shrinkage(self, penalty: float) -> np.ndarray:
        return self._power / (self._power + penalty)

    def _fitted(self, penalty: float) -> np.ndarray:
        shrunk = self._projection * self._shrinkage(penalty)[:, None]
        return self._target_mean + _product(self._basis, shrunk) / self._root

    def _rows(self, rows: slice) -> np.ndarray:
        """Return the standardised features of some samples."""
        return (self._features[rows] - self._mean) / self._scale

    def _decompose(self) -> tuple[np.ndarray, np.ndarray]:
        """Return left singular vectors of the weighted features, and squared singular values."""
        n_samples, n_features = self._features.shape
        if n_samples <= n_features:
            gram = np.zeros((n_samples, n_samples))
            for some in _chunks((n_features, n_samples)):
                columns = (self._features[:, some] - self._mean[some]) / self._scale[some]
                columns *= self._root
                gram += _product(columns, columns.T)
            power, basis = _eigenvectors(gram)
            return basis, power
        gram = np.zeros((n_features, n_features))
        for rows in _chunks(self._features.shape):
            weighted = self._root[rows] * self._rows(rows)
            gram += _product(weighted.T, weighted)
        power, directions = _eigenvectors(gram)
        directions /= np.sqrt(power)
        basis = np.empty((n_samples, len(power)))
        for rows in _chunks(self._features.shape):
            basis[rows] = _product(self._root[rows] * self._rows(rows), directions)
        return basis, power


def _chunks(shape: tuple[int, int]) -> Iterator[slice]:
    """Cut rows into parts of few numbers, one after the other."""
    size = max(1, _CHUNK // shape[1])
    for first in range(0, shape[0], size):
        yield slice(first, first + size)


def _eigenvectors(gram: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the eigenvalues above rounding, and their eigenvectors in columns."""
    power, vectors = torch.linalg.eigh(torch.from_numpy(gram))
    some = power > len(gram) * np.finfo(np.float64).eps * max(float(power[-1]), 0.0)
    return power[some].numpy(), vectors[:, some].numpy()


def _product(left: np.ndarray, right: np.ndarray) -> np.ndarray:
    """Multiply so that the bits do not depend on the number of threads."""
    return _kernels.product_of_rows(left, right).numpy()


def _mean_and_scale(features: np.ndarray, weight: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return weighted mean and standard deviation; the scale of a constant feature is 1."""
    share = weight / weight.sum()
    mean, square = np.zeros(features.shape[1]), np.zeros(features.shape[1])
    for rows in _chunks(features.shape):
        mean += (share[rows, None] * features[rows]).sum(axis=0)
    for rows in _chunks(features.shape):
        square += (share[rows, None] * (features[rows] - mean) ** 2).sum(axis=0)
    scale = np.sqrt(square)
    scale[scale < 1e-6] = 1.0
    return mean, scale
