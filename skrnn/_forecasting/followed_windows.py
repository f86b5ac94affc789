"""Held-out windows that sampled paths follow, so that their errors depend as they did there."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np

__all__ = ["FollowedWindows"]

# Each needs many quantiles, and a few hundred are varied enough.
_MAX_FOLLOWED = 400
# Windows of a series from which on its paths follow these only, at cutoffs drawn for all series.
_MIN_OWN = 8
# Cutoffs drawn for each path and block. A series takes the first at which it has a window, so that
# series of which windows are from different times also have some in common.
_N_CANDIDATES = 8


class FollowedWindows:
    """Held-out windows as patterns of ranks.

    Over each block of ``horizon`` steps a path follows one window: at each step it has the rank
    that the window had there, among all windows or, with enough of them, among those of its series.
    At every step all ranks are equally likely.

    Parameters
    ----------
    ranks : callable
        ``ranks(windows)`` returns the ranks of the true values of windows of these numbers within
        the distributions that were forecast, shape (n_windows, horizon), NaN where missing.
    series, positions : ndarray of int, shape (n_windows,)
        The series of each window, and the clock position of its cutoff.
    """

    def __init__(
        self,
        ranks: Callable[[np.ndarray], np.ndarray],
        series: np.ndarray,
        positions: np.ndarray,
    ) -> None:
        self._ranks = ranks
        self._series = series
        self._cutoffs, self._cutoff = np.unique(positions, return_inverse=True)
        self._known: dict[int, _Places] = {}

    def draw(
        self,
        series: int,
        n_paths: int,
        n_steps: int,
        own: np.random.Generator,
        shared: np.random.Generator,
    ) -> np.ndarray:
        """Draw the rank of each path at each step, shape (n_steps, n_paths), in [0, 1).

        Parameters
        ----------
        series : int
            Number of the series, -1 for one that the fit did not see.
        n_paths, n_steps : int
            Paths, and steps of each.
        own, shared : numpy.random.Generator
            For what is drawn for this series alone, and for the cutoffs, the same for all series.
        """
        places, at_cutoff = self._of_series(series)
        n_windows, horizon = places.shape
        blocks = []
        for _ in range(0, n_steps, horizon):
            candidates = shared.integers(len(self._cutoffs), size=(_N_CANDIDATES, n_paths))
            chosen = own.integers(n_windows, size=n_paths)
            # Between two neighbouring ranks, at the same fraction at all steps of a block.
            within = own.random(n_paths)
            if at_cutoff is not None:
                for candidate in candidates[::-1]:
                    window = at_cutoff[candidate]
                    chosen = np.where(window >= 0, window, chosen)
            blocks.append((places[chosen].T + within) / n_windows)
        return np.concatenate(blocks)[:n_steps]

    def _of_series(self, series: int) -> _Places:
        """Return the windows that paths of a series follow."""
        if series not in self._known:
            n_windows = len(self._series)
            own = np.flatnonzero(self._series == series)
            if _MIN_OWN <= len(own) < n_windows:
                at_cutoff = np.full(len(self._cutoffs), -1)
                at_cutoff[self._cutoff[own]] = np.arange(len(own))
                self._known[series] = _Places(_places_of(self._ranks(own)), at_cutoff)
            elif series >= 0:
                self._known[series] = self._of_series(-1)
            else:
                some = np.linspace(0, n_windows - 1, min(n_windows, _MAX_FOLLOWED))
                ranks = self._ranks(some.round().astype(np.int64))
                self._known[series] = _Places(_places_of(ranks), None)
        return self._known[series]


class _Places(NamedTuple):
    """Windows that paths follow.

    Parameters
    ----------
    of_windows : ndarray of shape (n_windows, horizon)
        The place of each window among all at each step, 0 for the lowest.
    at_cutoff : ndarray of shape (n_cutoffs,) or None
        The window of each cutoff of the panel, -1 for none; None if windows are of several series.
    """

    of_windows: np.ndarray
    at_cutoff: np.ndarray | None


def _places_of(ranks: np.ndarray) -> np.ndarray:
    """Return the place of each window among all at each step, 0 for the lowest of ``ranks``.

    A missing step has the mean rank of the other steps of its window.
    """
    ranks = np.where(np.isnan(ranks), np.nanmean(ranks, axis=1, keepdims=True), ranks)
    return ranks.argsort(axis=0, kind="stable").argsort(axis=0)
