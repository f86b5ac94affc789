"""Whether the errors since the fit agree with those on the held-out windows."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy import stats

from skrnn._forecasting.error_sizes import SeriesSizes, WindowSizes, sizes_of_series
from skrnn._input.caller_warnings import warn_caller
from skrnn._series.rows import describe_ids
from skrnn.exceptions import ForecastDriftWarning

__all__ = [
    "FALSE_ALARMS",
    "N_RECENT",
    "ErrorDrift",
    "RecentSizes",
    "compare_errors",
    "no_drift",
    "warn_of_drift",
]

# Share of panels, or of series alone, whose errors agree and that are warned of all the same.
FALSE_ALARMS = 0.01
# Windows that are compared: the latest of each series.
N_RECENT = 8
# Prior weight, in windows, of the variance of independent errors, and that variance.
_PRIOR_WINDOWS, _VARIANCE = 3, 0.57
# Variance of the logarithm of the size of errors over long times, in series that we call stable.
_WANDERING = 0.1
# Degrees of freedom of the test: logarithms of sizes have heavier tails than a normal distribution.
_FREEDOM = 12


class RecentSizes(NamedTuple):
    """Sizes of the errors in the latest windows of each series.

    Parameters
    ----------
    sizes : ndarray of shape (n_series, n_windows)
        Mean absolute errors in the units of the held-out windows', the latest last; NaN for none.
    weights : ndarray of shape (n_series, n_windows)
        Share of each window that counts, below 1 if it is unfinished.
    """

    sizes: np.ndarray
    weights: np.ndarray


class ErrorDrift(NamedTuple):
    """Errors of forecasts that came true, compared with those on the held-out windows.

    Parameters
    ----------
    by_series : DataFrame
        The table that ``drift_`` is.
    ratio : float
        Median of the ratios of all series.
    is_general : bool
        Whether the errors of the series as a whole no longer agree.
    """

    by_series: pd.DataFrame
    ratio: float
    is_general: bool


def compare_errors(
    seen: WindowSizes, recent: RecentSizes, ids: pd.Index, horizon: int
) -> ErrorDrift:
    """Test whether recent errors are larger than those on the held-out windows.

    The logarithm of the ratio of the mean sizes is compared with its standard deviation, which
    follows from how much windows of a series differ and how many of them do not overlap, and from
    how far errors wander in stable series. The latest two windows and all of them are tested. With
    the number of tests and of series taken into account (Bonferroni), at most 1% of stable panels
    are found to have drifted, which was measured on published and made-up series.

    Parameters
    ----------
    seen : WindowSizes
        Sizes on the held-out windows.
    recent : RecentSizes
        Sizes since.
    ids : Index
        The series.
    horizon : int
        Timesteps of a window.
    """
    held_out = sizes_of_series(seen, len(ids), horizon)
    spans = [
        _test(held_out, RecentSizes(*(part[:, -n:] for part in recent))) for n in (2, N_RECENT)
    ]
    logarithms, p_values = (np.stack(part) for part in zip(*spans, strict=True))
    ratio = np.exp(logarithms[-1])
    p_value = np.minimum(len(spans) * np.fmin.reduce(p_values), 1.0)
    is_known = ~np.isnan(p_value)
    n_windows = np.where(is_known, np.nansum(recent.weights, axis=1), 0.0)
    n_known = max(int(is_known.sum()), 1)
    level = FALSE_ALARMS / 2 if n_known > 1 else FALSE_ALARMS
    table = pd.DataFrame(
        {
            "ratio": ratio,
            "p_value": p_value,
            "n_windows": n_windows,
            "has_drifted": is_known & (np.nan_to_num(p_value, nan=1.0) * n_known < level),
        },
        index=ids,
    )
    if not is_known.any():
        return ErrorDrift(table, np.nan, False)
    is_general = bool(np.median(p_value[is_known]) < level)
    return ErrorDrift(table, float(np.median(ratio[is_known])), is_general)


def _test(held_out: SeriesSizes, recent: RecentSizes) -> tuple[np.ndarray, np.ndarray]:
    """Return the logarithm of each series' ratio, and the share of stable ones that is as large."""
    is_one = ~np.isnan(recent.sizes) & (recent.weights > 0)
    weights = np.where(is_one, recent.weights, 0.0)
    n_recent = weights.sum(axis=1)
    is_known = (n_recent > 0) & (held_out.n_apart > 0)
    n_recent = np.where(is_known, n_recent, 1.0)
    n_before = np.where(is_known, held_out.n_apart, 1.0)
    means = (weights * np.nan_to_num(recent.sizes)).sum(axis=1) / n_recent
    known_means = np.where(is_known, held_out.means, 1.0)
    logarithms = np.log(np.maximum(means, 1e-3 * known_means) / known_means)
    within = held_out.variance if held_out.variance is not None else _VARIANCE
    within = (within * n_before + _VARIANCE * _PRIOR_WINDOWS) / (n_before + _PRIOR_WINDOWS)
    deviations = np.sqrt(within * (1 / n_recent + 1 / n_before) + _WANDERING)
    p_values = stats.t.sf(logarithms / deviations, _FREEDOM)
    return tuple(np.where(is_known, part, np.nan) for part in (logarithms, p_values))  # type: ignore[return-value]


def no_drift(ids: pd.Index) -> ErrorDrift:
    """Return that nothing is known of the errors of some series."""
    nothing = WindowSizes(np.empty(0), *(np.empty(0, dtype=np.int64),) * 2)
    unknown = np.full((len(ids), 1), np.nan)
    return compare_errors(nothing, RecentSizes(unknown, unknown), ids, 1)


def warn_of_drift(drift: ErrorDrift, what: str) -> None:
    """Warn if errors no longer agree, and name the series.

    Parameters
    ----------
    drift : ErrorDrift
        What was found.
    what : str
        The timesteps whose errors they are.
    """
    table = drift.by_series
    drifted = table[table["has_drifted"]].sort_values("ratio", ascending=False)
    if not drift.is_general and drifted.empty:
        return
    found = f"{drift.ratio:.3g} times as large"
    if len(table) > 1 and len(drifted):
        found = (
            f"up to {drifted['ratio'].iloc[0]:.3g} times as large in {len(drifted)} of "
            f"{len(table)} series, {describe_ids(drifted.index)}"
        )
    elif len(table) > 1:
        found += f" in half of the {len(table)} series"
    warn_caller(
        f"The forecasts of {what} no longer have errors as on the held-out windows of fit: these "
        f"are {found}. Look at the latest values, and fit again on recent data, or pass "
        "refit=True to the next update.",
        ForecastDriftWarning,
    )
