"""Numbers as targets of sequences, one or several for each."""

from __future__ import annotations

from typing import Any

import numpy as np

from skrnn._input.jagged import JaggedSequences
from skrnn._input.targets import read_targets
from skrnn._input.validation import check_same_n_samples
from skrnn._sequences.abstract_targets import Targets
from skrnn.preprocessing._scale_warning import warn_of_other_scale
from skrnn.preprocessing._statistics import bounds_of_others, weighted_mean_and_scale
from skrnn.preprocessing._usual_scale import UsualScale

__all__ = ["NumberTargets"]

_REMEDY = (
    "Convert these targets, or leave their samples out. They do not count in mean and scale, and "
    "training reads them as the largest or smallest of the others."
)


class NumberTargets(Targets):
    """Numbers that the network predicts on their standardised scale.

    Parameters
    ----------
    dtype : str
        Name of the type of the network's outputs.

    Attributes
    ----------
    mean, scale : ndarray of float64, shape (n_outputs,)
        Mean and standard deviation of each number over the training part.
    """

    mean: np.ndarray
    scale: np.ndarray
    _bounds: tuple[np.ndarray, np.ndarray] | None

    def __init__(self, dtype: str) -> None:
        self._dtype = dtype
        self._n_outputs = 0
        self._is_single = False

    @property
    def n_outputs(self) -> int:
        """One output for each number."""
        return self._n_outputs

    def read(self, y: Any, name: str, *, lengths: np.ndarray, X: Any, X_name: str) -> np.ndarray:
        """Return an array of float64, shape (n_samples,) or (n_samples, n_outputs)."""
        targets = read_targets(y, name=name)
        check_same_n_samples(len(lengths), len(targets), X_name, name)
        return targets

    def learn(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn how many numbers each sample has."""
        self._is_single = targets.ndim == 1
        self._n_outputs = 1 if self._is_single else targets.shape[1]

    def learn_statistics(self, targets: np.ndarray, weight: np.ndarray | None) -> None:
        """Learn mean and scale, both without targets of another unit or scale."""
        columns = _columns(targets)
        self._usual = UsualScale.learn(_as_sequences(columns), are_targets=True)
        is_large = self._usual.large_values(_as_sequences(columns))
        self._bounds = None
        if is_large is not None:
            self._bounds = bounds_of_others(columns, is_large)
            columns = np.where(is_large, np.nan, columns)
        self.mean, self.scale = weighted_mean_and_scale(columns, weight)

    def warn_of_other_scale(
        self,
        targets: np.ndarray,
        name: str,
        numbers: np.ndarray | None = None,
        *,
        is_fit: bool = False,
    ) -> None:
        """Warn of them, by the number of their sample."""
        if not (is_fit or self._usual.knows_others):
            return
        columns = _as_sequences(_columns(targets))
        warn_of_other_scale(
            name,
            columns,
            self._usual.unusual(columns, is_fit=is_fit),
            self._usual.magnitude,
            numbers=numbers,
            noun="target",
            labels=None if self._is_single else [str(j) for j in range(self._n_outputs)],
            remedy=_REMEDY,
        )

    def encode(self, targets: np.ndarray, name: str) -> np.ndarray:
        """Return standardised numbers of shape (n_samples, n_outputs)."""
        columns = _columns(targets)
        if columns.shape[1] != self._n_outputs:
            raise ValueError(
                f"{name}: got shape {targets.shape}. Expected {self._n_outputs} target(s) for "
                "each sample, as in the data that the regressor was first fitted on."
            )
        if self._bounds is not None:
            columns = np.clip(columns, *self._bounds)
        with np.errstate(over="ignore", under="ignore"):
            scaled = ((columns - self.mean) / self.scale).astype(self._dtype)
        if not np.isfinite(scaled).all():
            raise ValueError(
                f"{name}: got {np.abs(columns).max():.3g}, too far from the mean "
                f"{self.mean} and scale {self.scale} learned from the training "
                f"targets to be a {self._dtype}. Expected targets of about that scale. "
                "Check the unit, or fit again."
            )
        return scaled

    def decode(self, outputs: np.ndarray) -> np.ndarray:
        """Return outputs of the network on the scale of ``y``, in its number of dimensions."""
        numbers = outputs * self.scale + self.mean
        return numbers[:, 0] if self._is_single else numbers

    def attributes(self) -> dict[str, Any]:
        """Return ``n_outputs_``."""
        return {"n_outputs_": self._n_outputs}


def _as_sequences(columns: np.ndarray) -> JaggedSequences:
    return JaggedSequences(columns, np.ones(len(columns), dtype=np.int64))


def _columns(targets: np.ndarray) -> np.ndarray:
    return targets.reshape(len(targets), -1)
