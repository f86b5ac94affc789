"""Which samples are held out to watch the training."""

from __future__ import annotations

import numpy as np
from scipy import sparse

__all__ = ["hold_out"]


def hold_out(
    n_samples: int,
    fraction: float,
    rng: np.random.Generator,
    *,
    labels: np.ndarray | None = None,
    groups: np.ndarray | None = None,
) -> tuple[np.ndarray, np.ndarray]:
    """Split samples into a training and a validation part.

    Parameters
    ----------
    n_samples : int
        At least 2.
    fraction : float
        Share of the samples to hold out, in (0, 1); at least one sample is.
    rng : numpy.random.Generator
        Source of the choice.
    labels : ndarray of int, shape (n_samples,), or None
        Class indices. Each class gives in proportion to its size and keeps at least one sample
        for training; with fewer validation samples than classes the largest classes give.
    groups : ndarray of shape (n_samples,) or None
        Samples of one group stay together. Then the split is not stratified, and its size is
        the nearest to ``fraction`` among some random choices of groups. A class is
        held out entirely only where no choice of groups keeps every class in training.

    Returns
    -------
    train, valid : ndarray of int64
        Sorted positions.

    Raises
    ------
    ValueError
        If there is only one sample, or only one group.
    """
    n_valid = min(max(1, round(fraction * n_samples)), n_samples - 1)
    if n_samples < 2:
        raise ValueError(
            "early_stopping: got 1 sample (n_samples = 1), which cannot be split into a training "
            "and a validation part. Expected at least 2 samples. Set early_stopping=False or pass "
            "X_val and y_val."
        )
    if groups is not None:
        valid = _whole_groups(groups, n_valid, rng, labels)
    elif labels is not None:
        valid = _stratified(labels, n_valid, rng)
    else:
        valid = rng.permutation(n_samples)[:n_valid]
    is_valid = np.zeros(n_samples, dtype=bool)
    is_valid[valid] = True
    return np.flatnonzero(~is_valid), np.flatnonzero(is_valid)


def _stratified(labels: np.ndarray, n_valid: int, rng: np.random.Generator) -> np.ndarray:
    counts = np.bincount(labels)
    share = n_valid * counts / counts.sum()
    room = np.maximum(counts - 1, 0)
    taken = np.minimum(np.floor(share).astype(int), room)
    # Largest remainders first; a random tie-break keeps no class favoured by its number.
    while taken.sum() < min(n_valid, room.sum()):
        remainder = np.where(taken < room, share - taken, -np.inf)
        ties = np.flatnonzero(remainder == remainder.max())
        taken[rng.choice(ties)] += 1
    if taken.sum() == 0:
        # Every class has a single sample: there is nothing to stratify.
        return rng.permutation(len(labels))[:n_valid]
    chosen = [rng.permutation(np.flatnonzero(labels == k))[:n] for k, n in enumerate(taken)]
    return np.concatenate(chosen)


def _whole_groups(
    groups: np.ndarray, n_valid: int, rng: np.random.Generator, labels: np.ndarray | None
) -> np.ndarray:
    names, group_of = np.unique(groups, return_inverse=True)
    if len(names) < 2:
        raise ValueError(
            f"groups: got a single group ({names[0]!r}) for {len(groups)} samples. Expected at "
            "least two, one to train on and one to hold out. Pass groups=None, or "
            "early_stopping=False."
        )
    if labels is None:
        labels = np.zeros(len(groups), dtype=np.int64)
    ones = np.ones(len(groups), dtype=np.int64)
    # Sparse, because most groups have few of many classes.
    counts = sparse.coo_array((ones, (group_of, labels))).tocsr()
    sizes = np.bincount(group_of)
    best = _pick_groups(counts, sizes, n_valid, rng)
    if not len(best):
        best = _least_harmful_group(counts, sizes, n_valid, rng)
    else:
        # An order may meet a large group early and end far from the wanted number: try more.
        for _ in range(19):
            if sizes[best].sum() == n_valid:
                break
            picked = _pick_groups(counts, sizes, n_valid, rng)
            best = min(best, picked, key=lambda some: abs(sizes[some].sum() - n_valid))
    return np.flatnonzero(np.isin(group_of, best))


def _pick_groups(
    counts: sparse.csr_array, sizes: np.ndarray, n_valid: int, rng: np.random.Generator
) -> np.ndarray:
    """Pick groups in random order while they bring the number held out nearer to ``n_valid``.

    Never the last samples of a class, and so never all groups.
    """
    n_left = counts.sum(axis=0)
    n_missing = n_valid
    picked = []
    for group in rng.permutation(len(sizes)):
        if sizes[group] - n_missing > n_missing:
            continue
        row = slice(counts.indptr[group], counts.indptr[group + 1])
        classes, n_taken = counts.indices[row], counts.data[row]
        if (n_left[classes] == n_taken).any():
            continue
        n_left[classes] -= n_taken
        n_missing -= sizes[group]
        picked.append(group)
        if n_missing <= 0:
            break
    return np.array(picked, dtype=np.int64)


def _least_harmful_group(
    counts: sparse.csr_array, sizes: np.ndarray, n_valid: int, rng: np.random.Generator
) -> np.ndarray:
    """Return the one group that takes the fewest classes from training; of equals, the nearest."""
    is_last = counts.data == counts.sum(axis=0)[counts.indices]
    n_lost = np.add.reduceat(is_last, counts.indptr[:-1], dtype=np.int64)
    gap = np.abs(sizes - n_valid)
    order = rng.permutation(len(sizes))
    return order[np.lexsort((gap[order], n_lost[order]))[:1]]
