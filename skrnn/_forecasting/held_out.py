"""What held-out windows tell about networks: their skill, their weight and their errors."""

from __future__ import annotations

from dataclasses import replace
from typing import NamedTuple

import numpy as np
import torch

from skrnn._forecasting.count_errors import HeldOutCounts
from skrnn._forecasting.fitted import FittedForecaster
from skrnn._forecasting.networks import WindowForecasts
from skrnn._forecasting.outliers import without_outliers
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._forecasting.seasonality import mean_skill, seasonal_naive
from skrnn._forecasting.windows import WindowSource
from skrnn.modules.forecast_outputs import LOG_MEAN

__all__ = ["EVEN_WEIGHT", "HeldOutErrors", "learn_errors", "network_weight", "share_of_distance"]

# The weight of a network whose errors are as large as those of exponential smoothing: the mean of
# the two is mostly better than either.
EVEN_WEIGHT = 0.5
# Logarithm of a ratio of errors that is clear: a network with errors of 0.9 times those of
# exponential smoothing has a weight of 0.55, one with 0.8 a weight of 0.85.
_CLEAR_RATIO = 0.185
# Held-out windows, not overlapping, from which on the ratio of errors counts for more than half.
_DOUBT = 5
# A smaller weight is not worth its time.
_SMALL = 0.01
# Ratios of errors beyond this tell no more.
_LARGEST_RATIO = 1e3
# Prior weight in favour of networks that know more than the simple forecast does, in held-out
# windows that do not overlap: features of the timesteps that they forecast, or of counts the means.
_TRUST = 20
_TRUST_OF_COUNTS = 4
# Losses that forecast means, which have the smallest squared error; others forecast medians.
_MEAN_LOSSES = ("mse", "negative_binomial", LOG_MEAN)


class HeldOutErrors(NamedTuple):
    """What held-out windows tell about networks.

    Attributes
    ----------
    skill : float
        Skill of the forecasts with this weight against the seasonal naive forecast.
    network_weight : float
        How much of its distance to the simple forecast, of counts a mean and else exponential
        smoothing, their forecast should keep.
    residuals : HeldOutWindows or HeldOutCounts
        Errors of the forecasts with this weight.
    """

    skill: float
    network_weight: float
    residuals: HeldOutWindows | HeldOutCounts


def learn_errors(
    fitted: FittedForecaster, source: WindowSource, cutoffs: np.ndarray, period: int
) -> HeldOutErrors:
    """Compare the forecasts of networks with windows that they were not trained on.

    Parameters
    ----------
    fitted : FittedForecaster
        The networks, whose weight is set to the one found.
    source : WindowSource
        Where the windows come from.
    cutoffs : ndarray of int
        Cutoffs of the held-out windows.
    period : int
        The main seasonal period.
    """
    networks, horizon = fitted.networks, fitted.horizon
    panel = without_outliers(fitted.data.panel)
    windows = source.windows(cutoffs, torch.device("cpu"))
    series, targets = windows.series, windows.targets()
    actual = targets if fitted.target_transform is None else np.exp(targets)

    def forecast(weight: float) -> WindowForecasts:
        networks.set_weight(weight)
        return networks.forecast(source.panel, source.features, cutoffs, horizon)

    alone, smoothed = forecast(1.0), forecast(0.0)
    points, simple = fitted.points(alone), fitted.points(smoothed)
    is_count = networks.loss == "negative_binomial"
    n_apart = int(np.unique(cutoffs // horizon).size)
    power = 2 if networks.loss in _MEAN_LOSSES else 1
    if is_count or fitted.features.future:
        trust = _TRUST_OF_COUNTS if is_count else _TRUST
        weight = share_of_distance(
            actual, points, simple, series, n_apart=n_apart, power=power, trust=trust
        )
    else:
        weight = network_weight(actual, points, simple, series, n_apart=n_apart, power=power)
    if networks.loss == LOG_MEAN:
        forecasts = forecast(weight)
    else:
        # All parameters move in a straight line from one to the other.
        networks.set_weight(weight)
        distance = alone.parameters - smoothed.parameters
        forecasts = replace(alone, parameters=smoothed.parameters + weight * distance)
    naive = seasonal_naive(panel, series, cutoffs, horizon, period)
    numbers = np.repeat(series[:, None], horizon, 1)
    skill = mean_skill(actual, fitted.points(forecasts), naive, numbers, is_bounded=True)
    residuals: HeldOutWindows | HeldOutCounts
    if is_count:
        residuals = HeldOutCounts(forecasts.parameters, targets, n_apart)
    else:
        residuals = HeldOutWindows.of_forecasts(networks.loss, forecasts, targets)
    return HeldOutErrors(skill, weight, residuals)


def network_weight(
    actual: np.ndarray,
    forecast: np.ndarray,
    simple: np.ndarray,
    series: np.ndarray,
    *,
    n_apart: int,
    power: int = 1,
) -> float:
    """Return the share of its distance to a simple forecast that a forecast should keep.

    It follows from the ratio of their errors on held-out windows, the geometric mean over the
    series, and stays near 0.5 unless one of them is clearly larger; where windows are few, it is
    drawn towards 0.5. The share with the smallest error on these windows would say less of later
    ones.

    Parameters
    ----------
    actual, forecast, simple : ndarray of shape (n_windows, horizon)
        True values, NaN where nothing was observed, and two forecasts of them.
    series : ndarray of int, shape (n_windows,)
        Number of each window's series.
    n_apart : int
        Number of non-overlapping windows.
    power : {1, 2}, default=1
        Power of the errors: 1 for forecasts of medians, 2 for those of means.
    """
    errors, n_observed = _errors_of_series(actual, np.stack([forecast, simple]), series, power)
    ours, theirs = errors ** (1 / power)
    is_usable = (ours > 0) | (theirs > 0)
    if not is_usable.any():
        return EVEN_WEIGHT
    with np.errstate(divide="ignore"):
        ratios = theirs[is_usable] / ours[is_usable]
    ratios = np.clip(ratios, 1 / _LARGEST_RATIO, _LARGEST_RATIO)
    mean = np.average(np.log(ratios), weights=n_observed[is_usable])
    mean *= n_apart / (n_apart + _DOUBT)
    clearness = np.clip(mean / _CLEAR_RATIO, -4, 4) ** 3
    weight = float(1 / (1 + np.exp(-clearness)))
    return weight if _SMALL < weight < 1 - _SMALL else float(round(weight))


def share_of_distance(
    actual: np.ndarray,
    forecast: np.ndarray,
    simple: np.ndarray,
    series: np.ndarray,
    *,
    n_apart: int,
    power: int = 1,
    trust: float = _TRUST,
) -> float:
    """Return the share of its distance to a simple forecast that a better informed one should keep.

    This is the share, among 0, 0.05, ..., 1, with the smallest error on held-out windows, drawn
    towards 1 if these are few and tell little. Errors of a series are measured in units of the mean
    error of both forecasts of it, so that large series do not decide alone, and neither does a
    window in which one of the forecasts happened to be right.

    Parameters
    ----------
    actual, forecast, simple, series, n_apart, power
        As for :func:`network_weight`.
    trust : float, default=20
        Prior weight in favour of the forecast, in non-overlapping windows.
    """
    shares = np.linspace(0, 1, 21)
    mixtures = np.stack([simple + share * (forecast - simple) for share in shares])
    errors, _ = _errors_of_series(actual, mixtures, series, power)
    unit = errors[0] + errors[-1]
    is_usable = unit > 0
    if not is_usable.any():
        return 1.0
    best = shares[int(np.argmin((errors[:, is_usable] / unit[is_usable]).mean(axis=1)))]
    return float(1 - (1 - best) * n_apart / (n_apart + trust))


def _errors_of_series(
    actual: np.ndarray, forecasts: np.ndarray, series: np.ndarray, power: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean errors, shape (n_forecasts, n_series), and the observed values of series.

    Errors are in units of the largest value, so that their squares are finite.
    """
    is_observed = ~np.isnan(actual)
    largest = np.nanmax(np.abs(actual), initial=0.0) or 1.0
    n_observed = np.bincount(series, is_observed.sum(axis=1))
    sums = [
        np.bincount(
            series,
            (np.where(is_observed, np.abs(actual - one) / largest, 0.0) ** power).sum(axis=1),
        )
        for one in forecasts
    ]
    return np.stack(sums) / np.maximum(n_observed, 1), n_observed
