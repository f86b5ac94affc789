"""Which samples are held out to watch the training."""

from __future__ import annotations

import numpy as np

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
        Samples of one group stay together. Then the split is not stratified.

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
    sizes = np.bincount(group_of)
    best: np.ndarray | None = None
    best_missing = np.inf
    # A group may be the only one with a class: look for a split that keeps every class in training.
    for _ in range(20):
        order = rng.permutation(len(names))
        n_groups = int(np.searchsorted(np.cumsum(sizes[order]), n_valid)) + 1
        held_out = np.isin(group_of, order[: min(n_groups, len(names) - 1)])
        missing = 0
        if labels is not None:
            missing = len(np.unique(labels)) - len(np.unique(labels[~held_out]))
        if missing < best_missing:
            best, best_missing = np.flatnonzero(held_out), missing
        if missing == 0:
            break
    assert best is not None
    return best
