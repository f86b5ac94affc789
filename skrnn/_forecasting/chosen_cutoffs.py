"""Some cutoffs of many, the same times for all series."""

from __future__ import annotations

import numpy as np

from skrnn._series.panel import Panel

__all__ = ["choose_cutoffs"]

_GOLDEN_RATIO = (1 + 5**0.5) / 2


def choose_cutoffs(
    cutoffs: np.ndarray, panel: Panel, n_chosen: int, shift: float = 0.0
) -> np.ndarray:
    """Return at most ``n_chosen`` cutoffs, in order, at times that are spread evenly.

    Multiples of the golden ratio, modulo 1, are spread evenly over any stretch of time, and keep no
    step with a season. Series that have a cutoff at a chosen time all keep it, so that their errors
    can be compared.

    Parameters
    ----------
    cutoffs : ndarray of int
        Increasing rows of the panel's values.
    panel : Panel
        The series.
    n_chosen : int
        Largest number of cutoffs.
    shift : float, default=0.0
        In [0, 1): which times come first.
    """
    if len(cutoffs) <= n_chosen:
        return cutoffs
    keys = (panel.positions_of(cutoffs) * _GOLDEN_RATIO + shift) % 1
    chosen: np.ndarray = np.sort(cutoffs[np.argsort(keys, kind="stable")[:n_chosen]])
    return chosen
