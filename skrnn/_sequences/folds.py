"""Which samples are left out together."""

from __future__ import annotations

import numpy as np

__all__ = ["folds_of_neighbours"]


def folds_of_neighbours(
    n_samples: int,
    n_folds: int,
    *,
    labels: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> np.ndarray:
    """Divide samples into folds of neighbours.

    Samples that stand beside each other are often alike, such as overlapping windows of one
    recording. To predict one of them from its neighbours would tell little of other recordings.

    Parameters
    ----------
    n_samples : int
    n_folds : int
    labels : ndarray of int, shape (n_samples,), or None
        Class indices. Each fold has its share of every class.
    groups : ndarray of shape (n_samples,) or None
        Samples of one group stay together, whatever the labels.

    Returns
    -------
    ndarray of int64, shape (n_samples,)
        The fold of each sample, from 0 to ``n_folds - 1``. Some may be empty.
    """
    if groups is not None:
        _, first, group_of, sizes = np.unique(
            groups, return_index=True, return_inverse=True, return_counts=True
        )
        order = np.argsort(first)
        before = np.empty(len(order))
        before[order] = np.cumsum(sizes[order]) - sizes[order] / 2
        fold_of_group = np.minimum(before * n_folds // n_samples, n_folds - 1).astype(np.int64)
        return fold_of_group[group_of]
    if labels is None:
        return np.arange(n_samples) * n_folds // n_samples
    folds = np.empty(n_samples, dtype=np.int64)
    n_before = 0
    for label in np.unique(labels):
        members = np.flatnonzero(labels == label)
        # Small classes begin in different folds.
        folds[members] = (np.arange(len(members)) * n_folds // len(members) + n_before) % n_folds
        n_before += len(members)
    return folds
