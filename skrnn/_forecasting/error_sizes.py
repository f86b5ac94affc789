"""How large the errors of each series are, in units of those of all series."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

__all__ = [
    "SeriesSizes",
    "WindowSizes",
    "learn_error_sizes",
    "n_independent_errors",
    "sizes_of_series",
]

# Windows that the networks were trained on count this much of held-out ones.
_TRAINED_ON = 0.5
# Variance of the logarithm of the size of a window, if no series has two: that of normal errors of
# one step.
_VARIANCE = 0.57
# A window does not count for more independent errors: those of the next windows are like its own.
_MAX_INDEPENDENT = 5.0


class WindowSizes(NamedTuple):
    """The mean size of the errors in each of some windows.

    Parameters
    ----------
    sizes : ndarray of shape (n_windows,)
        Mean absolute errors, in units that are the same for all series.
    series, positions : ndarray of int, shape (n_windows,)
        The series of each window, and the clock position of its cutoff.
    """

    sizes: np.ndarray
    series: np.ndarray
    positions: np.ndarray


def learn_error_sizes(
    held_out: WindowSizes, early: WindowSizes, n_series: int, horizon: int
) -> np.ndarray:
    """Return factors of the errors of each series, shape (n_series,).

    The logarithm of a mean size is taken to be normal around that of its series, and those of the
    series around a common one (empirical Bayes). How much the windows of a series count follows
    from how many of them do not overlap, how much windows of one series differ, and how much series
    do. Factors are NaN for series without windows, and for all if their errors may as well differ
    by chance.

    Parameters
    ----------
    held_out, early : WindowSizes
        Errors on windows that the networks had not seen, and on some before them that they had.
    n_series : int
        Number of series.
    horizon : int
        Timesteps of a window's targets.

    References
    ----------
    Efron and Morris (1975), "Data Analysis Using Stein's Estimator and its Generalizations",
    Journal of the American Statistical Association 70(350).
    """
    seen, trained_on = (_Evidence.of(windows, n_series, horizon) for windows in (held_out, early))
    counts = seen.n_apart, _TRAINED_ON * trained_on.n_apart
    n_apart = counts[0] + counts[1]
    has_windows = n_apart > 0
    unknown = np.full(n_series, np.nan)
    if has_windows.sum() < 2:
        return unknown
    n_apart = np.where(has_windows, n_apart, 1.0)
    means = (counts[0] * seen.logarithms + counts[1] * trained_on.logarithms) / n_apart
    variances = [part.variance for part in (seen, trained_on) if part.variance is not None]
    within = max(variances, default=_VARIANCE)
    noise = float((within / n_apart)[has_windows].mean())
    between = max(float(means[has_windows].var()) - noise, 0.0)
    if between == 0:
        return unknown
    shares = between * n_apart / (between * n_apart + within)
    return np.where(has_windows, np.exp(shares * means), np.nan)


class SeriesSizes(NamedTuple):
    """Sizes of the errors of each series.

    Parameters
    ----------
    means : ndarray of shape (n_series,)
        Mean sizes of the windows.
    n_apart : ndarray of shape (n_series,)
        How many windows that do not overlap would cover the same timesteps, 0 for a series without
        windows or without errors.
    variance : float or None
        Variance of the logarithm of the size of one window; None if no series has two.
    """

    means: np.ndarray
    n_apart: np.ndarray
    variance: float | None


def sizes_of_series(windows: WindowSizes, n_series: int, horizon: int) -> SeriesSizes:
    """Return the mean size of each series' windows, and how well it is known."""
    evidence = _Evidence.of(windows, n_series, horizon)
    is_usable = np.isfinite(windows.sizes)
    series = windows.series[is_usable]
    n_windows = np.maximum(np.bincount(series, minlength=n_series), 1)
    means = np.bincount(series, windows.sizes[is_usable], n_series) / n_windows
    return SeriesSizes(means, evidence.n_apart, evidence.variance)


def n_independent_errors(windows: WindowSizes, n_observed: np.ndarray, horizon: int) -> np.ndarray:
    """Return how many independent errors tell as much as those of windows do, at least 1.

    Parameters
    ----------
    windows : WindowSizes
        How much the sizes of windows vary tells it for a whole window.
    n_observed : ndarray of int
        Observed timesteps of the windows.
    horizon : int
        Timesteps of a whole window.
    """
    n_series = int(windows.series.max(initial=-1)) + 1
    variance = _Evidence.of(windows, n_series, 1).variance
    whole = np.clip(_VARIANCE / max(variance or _VARIANCE, 1e-9), 1.0, _MAX_INDEPENDENT)
    return np.asarray(1 + (whole - 1) * (n_observed - 1) / max(horizon - 1, 1))


class _Evidence(NamedTuple):
    """What some windows tell about the sizes of each series.

    Parameters
    ----------
    logarithms : ndarray of shape (n_series,)
        Logarithms of the mean sizes, 0 on average, and for series without windows.
    n_apart : ndarray of shape (n_series,)
        How many windows that do not overlap would cover the same timesteps.
    variance : float or None
        Variance of the logarithm of the size of one window around that of its series; None if no
        series has two windows.
    """

    logarithms: np.ndarray
    n_apart: np.ndarray
    variance: float | None

    @classmethod
    def of(cls, windows: WindowSizes, n_series: int, horizon: int) -> _Evidence:
        sizes, series, positions = windows
        is_usable = np.isfinite(sizes)
        sizes, series, positions = (part[is_usable] for part in (sizes, series, positions))
        n_windows = np.bincount(series, minlength=n_series)
        means = np.bincount(series, sizes, n_series) / np.maximum(n_windows, 1)
        # A series that is forecast exactly has no size of its own.
        has_size = means > 0
        logarithms = np.log(np.where(has_size, means, 1.0))
        logarithms[has_size] -= logarithms[has_size].mean() if has_size.any() else 0.0
        first, last = np.full(n_series, np.inf), np.full(n_series, -np.inf)
        np.minimum.at(first, series, positions)
        np.maximum.at(last, series, positions)
        n_apart = np.zeros(n_series)
        n_apart[has_size] = (last - first)[has_size] / horizon + 1
        is_one_of_some = (has_size & (n_windows > 1))[series]
        variance = None
        if is_one_of_some.any():
            of = series[is_one_of_some]
            ratios = sizes[is_one_of_some] / means[of] - 1
            # The relative variance is that of the logarithm, nearly.
            variance = float((ratios**2 * n_windows[of] / (n_windows[of] - 1)).mean())
        return cls(logarithms, n_apart, variance)
