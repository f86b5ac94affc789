"""Sequences with their targets, weights and groups, taken apart and put together as one."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from skrnn._input.jagged import JaggedSequences

__all__ = ["Samples"]


@dataclass(frozen=True, eq=False)
class Samples:
    """The samples of a fit.

    Parameters
    ----------
    sequences : JaggedSequences
        What the network reads, before it is prepared.
    targets : ndarray of shape (n_samples, ...)
        As the estimator's :class:`Targets` read them.
    weight : ndarray of float64, shape (n_samples,), or None
        Sample weights of 0 or more.
    groups : ndarray of shape (n_samples,) or None
        Samples of one group are held out together or not at all.
    numbers : ndarray of int64, shape (n_samples,), or None
        The samples' places in what the caller passed; None if they are in its order.
    """

    sequences: JaggedSequences
    targets: np.ndarray
    weight: np.ndarray | None = None
    groups: np.ndarray | None = None
    numbers: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.targets)

    def take(self, part: np.ndarray) -> Samples:
        """Return the samples at the given positions, in the given order."""
        return replace(
            self,
            sequences=self.sequences.take(part),
            targets=self.targets[part],
            weight=None if self.weight is None else self.weight[part],
            groups=None if self.groups is None else self.groups[part],
            numbers=part if self.numbers is None else self.numbers[part],
        )

    def with_weight_above_zero(self) -> Samples:
        """Leave out samples of weight 0, so that they do not even count in statistics."""
        if self.weight is None or (self.weight > 0).all():
            return self
        return self.take(np.flatnonzero(self.weight > 0))
