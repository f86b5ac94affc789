"""Windows of timesteps after the fit: which there are, and what is kept of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields
from typing import NamedTuple, Self

import numpy as np

from skrnn._forecasting.seasonality import last_observed_row
from skrnn._series.panel import Panel

__all__ = ["KeptWindows", "NewWindows", "new_windows"]

# Windows of a series that one update forecasts, the latest ones.
_MAX_PER_UPDATE = 20
# Windows of all series whose errors are kept, the latest ones.
_MAX_KEPT = 5000


class NewWindows(NamedTuple):
    """Windows that some of the newer timesteps belong to, at most one of each series.

    Parameters
    ----------
    cutoffs : ndarray of int64, shape (n_windows,)
        Rows of the panel's values, the last observed ones up to the cutoff.
    series : ndarray of int64, shape (n_windows,)
        Numbers of their series in the panel.
    positions : ndarray of int64, shape (n_windows,)
        Clock positions of the cutoffs.
    is_complete : ndarray of bool, shape (n_windows,)
        Whether all timesteps of the horizon have come, even if some are missing values.
    """

    cutoffs: np.ndarray
    series: np.ndarray
    positions: np.ndarray
    is_complete: np.ndarray


def new_windows(
    panel: Panel, known_to: np.ndarray, learned_to: np.ndarray, horizon: int
) -> Iterator[NewWindows]:
    """Return the windows that newer timesteps belong to, for each series from first to last.

    Cutoffs lie whole horizons after the last timestep that was learned from, so that windows do not
    depend on how the timesteps were shared among updates.

    Parameters
    ----------
    panel : Panel
        The series with their newer timesteps.
    known_to, learned_to : ndarray of int, shape (n_series,)
        Clock positions of the last timestep before the newer ones, and of the last one that the
        networks have learned from.
    horizon : int
        Timesteps of a window.
    """
    last = panel.last
    highest = (last - 1 - learned_to) // horizon
    lowest = np.maximum((known_to - learned_to) // horizon, 0)
    lowest = np.maximum(lowest, highest - _MAX_PER_UPDATE + 1)
    has_any = (last > known_to) & (lowest <= highest)
    if not has_any.any():
        return
    latest = last_observed_row(panel.values)
    for number in range(_MAX_PER_UPDATE):
        series = np.flatnonzero(has_any & (lowest + number <= highest))
        positions = (learned_to + (lowest + number) * horizon)[series]
        steps = positions - panel.first[series]
        cutoffs = latest[panel.starts[series] + steps]
        observed_at = cutoffs - panel.starts[series]
        # Otherwise there is no cutoff, or the window before this one has the same.
        is_usable = (observed_at >= 0) & (observed_at > steps - horizon)
        last_target = np.minimum(cutoffs + horizon, panel.stops[series] - 1)
        is_usable &= latest[last_target] > cutoffs
        is_complete = last[series] >= positions + horizon
        parts = NewWindows(cutoffs, series, positions, is_complete)
        if is_usable.any():
            yield NewWindows(*(part[is_usable] for part in parts))


@dataclass(frozen=True, eq=False)
class KeptWindows:
    """Forecasts of windows after the fit, with their true values.

    Parameters
    ----------
    parameters : ndarray of shape (n_windows, horizon, n_parameters)
        Outputs of the networks, on the scale of the window.
    targets : ndarray of shape (n_windows, horizon)
        True values on the same scale, NaN where nothing was observed or has come yet.
    factors : ndarray of shape (n_windows,)
        Factors of the errors of their series that were known at the cutoff.
    series, positions : ndarray of int, shape (n_windows,)
        Number of each window's series among those with known errors, and the clock position of its
        cutoff.
    """

    parameters: np.ndarray
    targets: np.ndarray
    factors: np.ndarray
    series: np.ndarray
    positions: np.ndarray

    @classmethod
    def none(cls, like: np.ndarray) -> Self:
        """Return no windows, of forecasts with the shape of these parameters."""
        numbers = np.empty(0, dtype=np.int64)
        return cls(like[:0], like[:0, :, 0], np.empty(0), numbers, numbers)

    def without(self, series: np.ndarray, positions: np.ndarray) -> Self:
        """Return the windows but for those of given series and positions."""
        is_kept = ~np.isin(_keys(self.series, self.positions), _keys(series, positions))
        return type(self)(*(getattr(self, part.name)[is_kept] for part in fields(self)))

    def with_newer(self, newer: Self) -> Self:
        """Return these windows and others.

        Of too many, the latest stay, and of those of one cutoff some that are spread evenly over
        the series.
        """
        parts = [
            np.concatenate([getattr(self, part.name), getattr(newer, part.name)])
            for part in fields(self)
        ]
        series, positions = parts[3:]
        order = np.lexsort((series, positions))
        n_over = len(order) - _MAX_KEPT
        if n_over > 0:
            is_first_kept = positions[order] == positions[order[n_over]]
            at_cutoff, later = (
                order[is_first_kept],
                order[positions[order] > positions[order[n_over]]],
            )
            n_places = _MAX_KEPT - len(later)
            chosen = np.linspace(0, len(at_cutoff) - 1, n_places).round().astype(np.int64)
            order = np.concatenate([at_cutoff[chosen], later])
        return type(self)(*(part[order] for part in parts))


def _keys(series: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Return a number for each series and position."""
    # Clock positions are far smaller than this, and so are the numbers of series.
    return np.asarray(series * 2**36 + positions)
