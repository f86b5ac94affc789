"""Quantiles and paths of the series of a fit, and of others, from errors on held-out windows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import torch

from skrnn._forecasting.chosen_cutoffs import choose_cutoffs
from skrnn._forecasting.count_errors import HeldOutCounts
from skrnn._forecasting.error_sizes import WindowSizes, learn_error_sizes
from skrnn._forecasting.followed_windows import FollowedWindows
from skrnn._forecasting.networks import WindowModel
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._forecasting.windows import WindowSource
from skrnn._series.panel import Panel

if TYPE_CHECKING:
    from skrnn._forecasting.later_errors import LaterErrors

__all__ = ["ErrorsBySeries", "learn_errors_by_series", "n_held_out"]

# Held-out windows; more hardly change a quantile. Of many series there are more, so that each has
# some.
_ENOUGH, _PER_SERIES, _LARGEST = 2000, 12, 5000


@dataclass(frozen=True, eq=False)
class ErrorsBySeries:
    """Errors on held-out windows, those of a series in units of their own size.

    Parameters
    ----------
    pooled : HeldOutWindows or HeldOutCounts
        Errors of all series in the units of their windows, for series that the fit did not see.
    own : HeldOutWindows or None
        The same in units of the size of each series' errors; None if these are of one size.
    ids : Index of length n_series
        The series of the fit.
    sizes : ndarray of shape (n_series,)
        Factor of the errors of each series, NaN where nothing is known of it.
    followed : FollowedWindows
        The held-out windows that paths follow.
    seen, seen_errors : WindowSizes
        Sizes of the errors on the held-out windows, in the units of the windows, and of the series.
    later : LaterErrors or None, default=None
        What updates have brought since the fit; None if there were none.
    """

    pooled: HeldOutWindows | HeldOutCounts
    own: HeldOutWindows | None
    ids: pd.Index
    sizes: np.ndarray
    followed: FollowedWindows
    seen: WindowSizes
    seen_errors: WindowSizes
    later: LaterErrors | None = None

    def learned_again(self) -> ErrorsBySeries:
        """Return the same errors for networks that have learned from all timesteps since."""
        later = None if self.later is None else self.later.learned_again(self.sizes)
        return replace(self, later=later)

    def numbers_of(self, panel: Panel, series: np.ndarray) -> np.ndarray:
        """Return the numbers that series of a panel had in the fit, -1 for new ones."""
        return np.asarray(self.ids.get_indexer(panel.ids))[series]

    def quantiles(
        self, parameters: np.ndarray, levels: np.ndarray, n_steps: int, series: np.ndarray
    ) -> np.ndarray:
        """Return calibrated quantiles of new windows, shape (n_windows, n_steps, n_levels).

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, n_parameters)
            Outputs of the networks.
        levels : ndarray of shape (n_levels,)
            Increasing levels in (0, 1).
        n_steps : int
            Steps of each window.
        series : ndarray of int, shape (n_windows,)
            The series of each window, -1 for one that the fit did not see.
        """
        sizes = self._sizes_of(series)
        is_own = np.isfinite(sizes)
        quantiles = np.empty((*parameters.shape[:2], len(levels)))
        quantiles[~is_own] = self.pooled.quantiles(parameters[~is_own], levels, n_steps)
        if self.own is not None:
            quantiles[is_own] = self.own.quantiles(
                parameters[is_own], levels, n_steps, sizes[is_own]
            )
        return quantiles

    def paths(
        self,
        parameters: np.ndarray,
        n_paths: int,
        seeds: Sequence[tuple[list[int], list[int]]],
        series: np.ndarray,
    ) -> np.ndarray:
        """Sample paths, shape (n_windows, n_steps, n_paths).

        Parameters
        ----------
        parameters : ndarray of shape (n_windows, n_steps, n_parameters)
            Outputs of the networks.
        n_paths : int
            Paths of each window.
        seeds : sequence of (list of int, list of int), of length n_windows
            Seed of what is drawn for each window alone, and of the cutoffs that it follows, the
            same for windows that are to depend on each other.
        series : ndarray of int, shape (n_windows,)
            The series of each window, -1 for one that the fit did not see.
        """
        n_steps = parameters.shape[1]
        ranks = np.stack(
            [
                self.followed.draw(
                    *(int(number), n_paths, n_steps),
                    *(np.random.default_rng(seed) for seed in seeds_of_window),
                )
                for number, seeds_of_window in zip(series, seeds, strict=True)
            ]
        )
        sizes = self._sizes_of(series)
        is_own = np.isfinite(sizes)
        paths = np.empty(ranks.shape)
        paths[~is_own] = self.pooled.paths(parameters[~is_own], ranks[~is_own])
        if self.own is not None:
            paths[is_own] = self.own.paths(parameters[is_own], ranks[is_own], sizes[is_own])
        return paths

    def _sizes_of(self, series: np.ndarray) -> np.ndarray:
        """Return the factors of series, NaN where the errors of all series count."""
        if self.own is None:
            return np.full(len(series), np.nan)
        return np.where(series < 0, np.nan, self.sizes[series])


def learn_errors_by_series(
    residuals: HeldOutWindows | HeldOutCounts,
    networks: WindowModel,
    source: WindowSource,
    held_out: np.ndarray,
    early: np.ndarray,
) -> ErrorsBySeries:
    """Learn how large the errors of each series are.

    Windows before the held-out ones tell it as well: the networks have been trained on these, which
    made the errors of all series smaller, while many more of them do not overlap.

    Parameters
    ----------
    residuals : HeldOutWindows or HeldOutCounts
        Errors on the held-out windows.
    networks : WindowModel
        The networks that were trained without the held-out windows, or the rule of a baseline.
    source : WindowSource
        Where the windows come from.
    held_out, early : ndarray of int
        Cutoffs of the held-out windows, and of those that the networks were trained on.
    """
    panel = source.panel
    series = panel.series_of(held_out)
    followed = FollowedWindows(residuals.ranks, series, panel.positions_of(held_out))
    if isinstance(residuals, HeldOutCounts):
        sizes = errors = residuals.mean_sizes(residuals.parameters, residuals.targets)
    else:
        sizes, errors = residuals.mean_sizes(), residuals.mean_errors()
    seen = WindowSizes(sizes, series, panel.positions_of(held_out))
    seen_errors = seen._replace(sizes=errors)
    sizes = np.full(panel.n_series, np.nan)
    unknown = ErrorsBySeries(residuals, None, panel.ids, sizes, followed, seen, seen_errors)
    if isinstance(residuals, HeldOutCounts) or panel.n_series < 2:
        return unknown
    early = _some_of(early, panel)
    horizon = source.shape.horizon
    forecasts = networks.forecast(panel, source.features, early, horizon)
    targets = source.windows(early, torch.device("cpu")).targets()
    early_errors = HeldOutWindows.of_forecasts(residuals.loss, forecasts, targets)
    trained_on = WindowSizes(
        early_errors.mean_sizes(residuals.spread), panel.series_of(early), panel.positions_of(early)
    )
    nothing = WindowSizes(*(part[:0] for part in seen))
    factors = learn_error_sizes(seen, trained_on, panel.n_series, horizon)
    if np.isnan(factors).all():
        return unknown
    # What held-out errors are divided by does not know them, as it will not know those to come.
    before = learn_error_sizes(nothing, trained_on, panel.n_series, horizon)[series]
    own = replace(residuals, sizes=np.nan_to_num(before, nan=1.0))
    return ErrorsBySeries(residuals, own, panel.ids, factors, followed, seen, seen_errors)


def _some_of(cutoffs: np.ndarray, panel: Panel) -> np.ndarray:
    """Return some of the cutoffs in the later half of each series', spread evenly over it."""
    series = panel.series_of(cutoffs)
    steps = cutoffs - panel.starts[series]
    last = np.zeros(panel.n_series, dtype=np.int64)
    np.maximum.at(last, series, steps)
    cutoffs = cutoffs[steps >= last[series] / 2]
    return choose_cutoffs(cutoffs, panel, min(_PER_SERIES * panel.n_series, _LARGEST))


def n_held_out(panel: Panel) -> int:
    """Return the largest number of held-out windows."""
    return min(max(_ENOUGH, _PER_SERIES * panel.n_series), _LARGEST)
