"""What held-out windows tell about networks: their skill, their weight and their errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from skrnn._forecasting.count_errors import HeldOutCounts
from skrnn._forecasting.fitted import FittedForecaster
from skrnn._forecasting.outliers import without_outliers
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._forecasting.seasonality import mean_skill, seasonal_naive
from skrnn._forecasting.windows import WindowSource
from skrnn.modules.forecast_outputs import LOG_MEAN

__all__ = ["HeldOutErrors", "learn_errors", "network_weight"]

# Prior weight in favour of the network, in non-overlapping held-out windows.
_TRUST = 20
# The same for counts, whose simple forecast, a mean, is a good one.
_TRUST_OF_COUNTS = 4
# Losses that forecast means, which have the smallest squared error; others forecast medians.
_MEAN_LOSSES = ("mse", "negative_binomial", LOG_MEAN)


class HeldOutErrors(NamedTuple):
    """What held-out windows tell about networks.

    Attributes
    ----------
    skill : float
        Skill of the networks alone against the seasonal naive forecast.
    network_weight : float
        How much of its distance to the simple forecast, of counts a mean and else the seasonal
        naive one, their forecast should keep.
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

    def naive_forecast(period: int) -> np.ndarray:
        return seasonal_naive(panel, series, cutoffs, horizon, period)

    forecasts = networks.forecast(source.panel, source.features, cutoffs, horizon)
    points = fitted.points(forecasts)
    naive = naive_forecast(period)
    skill = mean_skill(actual, points, naive, np.repeat(series[:, None], horizon, 1))
    is_count = networks.loss == "negative_binomial"
    if is_count:
        # The weight draws counts to the mean of the window.
        networks.set_weight(0.0)
        naive = networks.forecast(source.panel, source.features, cutoffs, horizon).parameters[
            ..., 0
        ]
    else:
        # The weight draws other networks to their first anchor. It repeats another season than the
        # naive forecast of the skill if the main season does not fit into the context.
        naive = naive_forecast(source.shape.periods[0])
    n_apart = int(np.unique(cutoffs // horizon).size)
    power = 2 if networks.loss in _MEAN_LOSSES else 1
    trust = _TRUST_OF_COUNTS if is_count else _TRUST
    weight = network_weight(
        actual, points, naive, series, n_apart=n_apart, power=power, trust=trust
    )
    networks.set_weight(weight)
    forecasts = networks.forecast(source.panel, source.features, cutoffs, horizon)
    residuals: HeldOutWindows | HeldOutCounts
    if is_count:
        residuals = HeldOutCounts(forecasts.parameters, targets, n_apart)
    else:
        residuals = HeldOutWindows.of_forecasts(networks.loss, forecasts, targets)
    return HeldOutErrors(skill, weight, residuals)


def network_weight(
    actual: np.ndarray,
    forecast: np.ndarray,
    naive: np.ndarray,
    series: np.ndarray,
    *,
    n_apart: int,
    power: int = 1,
    trust: float = _TRUST,
) -> float:
    """Return the share of its distance to the naive forecast that a forecast should keep.

    This is the share, among 0, 0.05, ..., 1, with the smallest error on held-out windows, drawn
    towards 1 if these are few and tell little. Errors of a series are measured in units of the mean
    error of both forecasts of it, so that large series do not decide alone, and neither does a
    window in which one of the forecasts happened to be right.

    Parameters
    ----------
    actual, forecast, naive : ndarray of shape (n_windows, horizon)
        True values, NaN where nothing was observed, and two forecasts of them.
    series : ndarray of int, shape (n_windows,)
        Number of each window's series.
    n_apart : int
        Number of non-overlapping windows.
    power : {1, 2}, default=1
        Power of the errors: 1 for forecasts of medians, 2 for those of means.
    trust : float, default=20
        Prior weight in favour of the forecast, in non-overlapping windows.
    """
    is_observed = ~np.isnan(actual)
    n_observed = np.bincount(series, is_observed.sum(axis=1))
    largest = np.nanmax(np.abs(actual), initial=0.0) or 1.0

    def errors_of_series(values: np.ndarray) -> np.ndarray:
        errors = np.where(is_observed, np.abs(actual - values) / largest, 0.0) ** power
        return np.bincount(series, errors.sum(axis=1)) / np.maximum(n_observed, 1)

    unit = errors_of_series(naive) + errors_of_series(forecast)
    is_usable = unit > 0
    if not is_usable.any():
        return 1.0
    shares = np.linspace(0, 1, 21)
    errors = [
        (errors_of_series(naive + share * (forecast - naive))[is_usable] / unit[is_usable]).mean()
        for share in shares
    ]
    best = shares[int(np.argmin(errors))]
    return float(1 - (1 - best) * n_apart / (n_apart + trust))
