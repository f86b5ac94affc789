"""Errors of forecasts that came true after the fit, which keep intervals as wide as they need."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import torch

from skrnn._forecasting.count_errors import HeldOutCounts
from skrnn._forecasting.drift import N_RECENT, RecentSizes
from skrnn._forecasting.error_sizes import n_independent_errors
from skrnn._forecasting.errors_by_series import ErrorsBySeries
from skrnn._forecasting.followed_windows import FollowedWindows
from skrnn._forecasting.later_windows import KeptWindows, NewWindows, new_windows
from skrnn._forecasting.networks import WindowModel
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._forecasting.windows import WindowSource
from skrnn._series.panel import Panel

__all__ = ["LaterErrors", "learn_later_errors"]

# The interval whose coverage moves the factor of a series.
_COVERAGE = 0.8
_LEVELS = np.array([(1 - _COVERAGE) / 2, (1 + _COVERAGE) / 2])
# By how much the logarithm of a factor moves for each independent error, if all are outside or
# inside. On M4 Hourly, from 1 to 48 steps ahead, 0.2 to 0.4 give the smallest pinball loss.
_GAIN = 0.3
# A series without a factor of its own begins with the size of its first window, drawn by this much
# towards that of the others.
_START = 0.5
# The clock position of an end that is not known yet.
_UNKNOWN = int(np.iinfo(np.int64).min) // 2


@dataclass(frozen=True, eq=False)
class LaterErrors:
    """What is known of each series since the fit; it does not grow with the number of updates.

    Parameters
    ----------
    base : ErrorsBySeries
        Errors on the held-out windows.
    learned_to : ndarray of int64, shape (n_ids,)
        Clock position of the last timestep of each series that the networks have learned from, or
        with which an update brought it.
    settled : ndarray of shape (n_ids,)
        Logarithm of the factor of each series after its last complete window; NaN if unknown.
    kept : KeptWindows
        The latest windows.
    complete, unfinished : RecentSizes
        Sizes of the errors in the latest complete windows of each series, and in the one that is
        not complete.
    """

    base: ErrorsBySeries
    learned_to: np.ndarray
    settled: np.ndarray
    kept: KeptWindows
    complete: RecentSizes
    unfinished: RecentSizes

    @classmethod
    def since_fit(cls, base: ErrorsBySeries) -> Self:
        """Begin with the errors of a fit."""
        with np.errstate(divide="ignore"):
            settled = np.log(base.sizes) if base.own is not None else np.zeros(len(base.ids))
        kept = KeptWindows.none(base.pooled.parameters)
        n_series = len(base.ids)
        recent = _no_sizes(n_series, N_RECENT), _no_sizes(n_series, 1)
        return cls(base, np.full(n_series, _UNKNOWN), settled, kept, *recent)

    def with_series(self, panel: Panel, former: Panel) -> Self:
        """Return the same with where each series of a panel begins to be forecast.

        A series of the former panel begins at its end, and one that is new at its own.
        """
        new = panel.ids[self.base.ids.get_indexer(panel.ids) < 0]
        nothing = np.full(len(new), np.nan)
        base = replace(
            self.base,
            ids=self.base.ids.append(new) if len(new) else self.base.ids,
            sizes=np.append(self.base.sizes, nothing),
        )
        learned_to = np.append(self.learned_to, np.full(len(new), _UNKNOWN))
        numbers = base.ids.get_indexer(panel.ids)
        begin = np.append(former.last, panel.last[former.n_series :])
        is_unknown = learned_to[numbers] == _UNKNOWN
        learned_to[numbers[is_unknown]] = begin[is_unknown]
        settled = np.append(self.settled, nothing)
        complete, unfinished = (
            RecentSizes(*map(np.concatenate, zip(part, _no_sizes(len(new), n), strict=True)))
            for part, n in ((self.complete, N_RECENT), (self.unfinished, 1))
        )
        return replace(
            self,
            base=base,
            learned_to=learned_to,
            settled=settled,
            complete=complete,
            unfinished=unfinished,
        )

    def learned_again(self, sizes: np.ndarray) -> Self:
        """Return the same for networks that have learned from all timesteps that came.

        These cannot be forecast any more; what is known of the errors, ``sizes``, stays.
        """
        with np.errstate(divide="ignore"):
            settled = np.where(np.isnan(sizes), self.settled, np.log(sizes))
        return replace(
            self,
            learned_to=np.full(len(sizes), _UNKNOWN),
            settled=settled,
            complete=_no_sizes(len(sizes), N_RECENT),
            unfinished=_no_sizes(len(sizes), 1),
        )

    @property
    def recent(self) -> RecentSizes:
        """Sizes of the errors in the latest windows, with the one that is not complete."""
        parts = zip(self.complete, self.unfinished, strict=True)
        return RecentSizes(*(np.concatenate(part, axis=1) for part in parts))

    def with_sizes(
        self, series: np.ndarray, sizes: np.ndarray, shares: np.ndarray, is_complete: np.ndarray
    ) -> Self:
        """Return the same with the sizes of newer windows, and what share of them has come."""
        complete = RecentSizes(*(part.copy() for part in self.complete))
        unfinished = RecentSizes(*(part.copy() for part in self.unfinished))
        for old, last, new in zip(complete, unfinished, (sizes, shares), strict=True):
            at = series[is_complete]
            old[at] = np.concatenate([old[at, 1:], new[is_complete, None]], axis=1)
            last[at] = np.nan
            last[series[~is_complete]] = new[~is_complete, None]
        return replace(self, complete=complete, unfinished=unfinished)


def _no_sizes(n_series: int, n_windows: int) -> RecentSizes:
    nothing = np.full((n_series, n_windows), np.nan)
    return RecentSizes(nothing, nothing)


def learn_later_errors(
    errors: ErrorsBySeries, networks: WindowModel, source: WindowSource, former: Panel
) -> ErrorsBySeries:
    """Forecast the timesteps that came since the last update, and keep the errors.

    Each series keeps a factor of its errors. After every window it moves so that its 80% intervals
    come to hold 80% of the values: the quantile tracking of adaptive conformal inference, on a
    logarithmic scale. The factor is that of all coverages, and the errors of the window, in units
    of what was known before it, join those of the held-out windows.

    Parameters
    ----------
    errors : ErrorsBySeries
        What is known so far.
    networks : WindowModel
        What forecasts the windows.
    source : WindowSource
        The series with their newer timesteps.
    former : Panel
        The series without these.

    References
    ----------
    Gibbs and Candès (2021), "Adaptive Conformal Inference Under Distribution Shift", NeurIPS.
    Angelopoulos et al. (2023), "Conformal PID Control for Time Series Prediction", NeurIPS.
    """
    panel = source.panel
    later = errors.later or LaterErrors.since_fit(errors)
    later = later.with_series(panel, former)
    numbers = later.base.ids.get_indexer(panel.ids)
    known_to = np.append(former.last, panel.last[former.n_series :])
    learned_to, horizon = later.learned_to[numbers], source.shape.horizon
    current = np.full(len(later.base.ids), np.nan)
    current[: len(errors.sizes)] = np.log(errors.sizes)
    found = False
    for windows in new_windows(panel, known_to, learned_to, horizon):
        found = True
        later, moved = _after(later, windows, numbers[windows.series], networks, source)
        current[numbers[windows.series]] = moved
    if not found:
        sizes = np.append(errors.sizes, np.full(len(current) - len(errors.sizes), np.nan))
        return replace(errors, ids=later.base.ids, sizes=sizes, later=later)
    return _with_kept(later, np.exp(current))


def _after(
    later: LaterErrors,
    windows: NewWindows,
    series: np.ndarray,
    networks: WindowModel,
    source: WindowSource,
) -> tuple[LaterErrors, np.ndarray]:
    """Return what is known after the windows of one cutoff, and their series' log factors."""
    horizon, base = source.shape.horizon, later.base
    # An unfinished window is forecast again, and its errors do not count before.
    later = replace(later, kept=later.kept.without(series, windows.positions))
    forecasts = networks.forecast(source.panel, source.features, windows.cutoffs, horizon)
    targets = source.windows(windows.cutoffs, torch.device("cpu")).targets()
    settled = later.settled.copy()
    if isinstance(base.pooled, HeldOutCounts):
        before, moved = np.zeros(len(series)), np.full(len(series), np.nan)
        parameters = forecasts.parameters[..., :2]
        mean_errors = base.pooled.mean_sizes(parameters, targets)
    else:
        observed = HeldOutWindows.of_forecasts(base.pooled.loss, forecasts, targets)
        parameters, targets = observed.parameters, observed.targets
        before = settled[series]
        sizes, mean_errors = (
            of(base.pooled.spread) for of in (observed.mean_sizes, observed.mean_errors)
        )
        is_unknown = np.isnan(before)
        before[is_unknown] = _first_factors(sizes[is_unknown], base)
        moved = before + _move(
            _with_kept(later, np.exp(settled)), parameters, targets, before, base
        )
        settled[series[windows.is_complete]] = moved[windows.is_complete]
    n_observed = (~np.isnan(targets)).sum(axis=1)
    n_independent = n_independent_errors(base.seen, np.append(n_observed, horizon), horizon)
    shares = n_independent[:-1] / n_independent[-1]
    later = later.with_sizes(series, mean_errors, shares, windows.is_complete)
    newer = KeptWindows(parameters, targets, np.exp(before), series, windows.positions)
    return replace(later, settled=settled, kept=later.kept.with_newer(newer)), moved


def _first_factors(sizes: np.ndarray, base: ErrorsBySeries) -> np.ndarray:
    """Return logarithms of factors for series that had none, from their first windows."""
    if base.own is None:
        return np.zeros(len(sizes))
    usual = base.seen.sizes[base.seen.sizes > 0]
    return _START * np.log(np.maximum(sizes, 1e-3 * usual.mean()) / np.exp(np.log(usual).mean()))


def _move(
    errors: ErrorsBySeries,
    parameters: np.ndarray,
    targets: np.ndarray,
    before: np.ndarray,
    base: ErrorsBySeries,
) -> np.ndarray:
    """Return by how much the logarithms of the factors move."""
    horizon = targets.shape[1]
    assert errors.own is not None
    quantiles = errors.own.quantiles(parameters, _LEVELS, horizon, np.exp(before))
    is_observed = ~np.isnan(targets)
    is_inside = (quantiles[..., 0] <= targets) & (targets <= quantiles[..., 1])
    n_observed = is_observed.sum(axis=1)
    share = is_inside.sum(axis=1) / n_observed
    n_independent = n_independent_errors(base.seen, n_observed, horizon)
    return np.asarray(_GAIN * n_independent * (_COVERAGE - share))


def _with_kept(later: LaterErrors, sizes: np.ndarray) -> ErrorsBySeries:
    """Return the errors of held-out and later windows together."""
    base, kept = later.base, later.kept
    parameters = np.concatenate([base.pooled.parameters, kept.parameters])
    targets = np.concatenate([base.pooled.targets, kept.targets])
    own: HeldOutWindows | None = None
    pooled: HeldOutWindows | HeldOutCounts
    if isinstance(base.pooled, HeldOutCounts):
        n_apart = base.pooled.n_apart + len(np.unique(kept.positions))
        pooled = HeldOutCounts(parameters, targets, n_apart)
    else:
        pooled = HeldOutWindows(base.pooled.loss, parameters, targets)
        known = None if base.own is None else base.own.sizes
        known = np.ones(len(base.pooled.targets)) if known is None else known
        own = replace(pooled, sizes=np.concatenate([known, kept.factors]))
    followed = FollowedWindows(
        pooled.ranks,
        np.concatenate([base.seen.series, kept.series]),
        np.concatenate([base.seen.positions, kept.positions]),
    )
    return ErrorsBySeries(
        pooled, own, base.ids, sizes, followed, base.seen, base.seen_errors, later
    )
