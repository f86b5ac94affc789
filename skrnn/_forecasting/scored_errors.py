"""Sizes of the errors of timesteps that are scored, to compare with the held-out ones."""

from __future__ import annotations

import numpy as np

from skrnn._forecasting.count_errors import HeldOutCounts
from skrnn._forecasting.drift import RecentSizes
from skrnn._forecasting.error_sizes import n_independent_errors
from skrnn._forecasting.errors_by_series import ErrorsBySeries
from skrnn._forecasting.networks import WindowForecasts
from skrnn._forecasting.requests import ForecastRequest
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._series.panel import Panel

__all__ = ["sizes_of_scored"]


def sizes_of_scored(
    errors: ErrorsBySeries,
    request: ForecastRequest,
    forecasts: WindowForecasts,
    actual: np.ndarray,
    panel: Panel,
) -> RecentSizes:
    """Return the sizes of the errors in the first horizon after the end of each series.

    Other timesteps were learned from, or are forecast from forecasts.

    Parameters
    ----------
    errors : ErrorsBySeries
        Errors on the held-out windows.
    request : ForecastRequest
        The scored timesteps.
    forecasts : WindowForecasts
        Forecasts of all windows of the request.
    actual : ndarray of shape (n_values,)
        The true value of each timestep, as the networks read them.
    panel : Panel
        The series.
    """
    seen, pooled = errors.seen, errors.pooled
    horizon = pooled.targets.shape[1]
    n_steps = min(horizon, forecasts.parameters.shape[1])
    is_counted = (request.windows >= 0) & (request.steps < n_steps)
    is_counted &= request.positions > panel.last[request.series]
    targets = np.full((len(request.cutoffs), n_steps), np.nan)
    targets[request.windows[is_counted], request.steps[is_counted]] = actual[is_counted]
    n_observed = (~np.isnan(targets)).sum(axis=1)
    has_any = n_observed > 0
    targets, n_observed = targets[has_any], n_observed[has_any]
    found = WindowForecasts(
        forecasts.parameters[has_any, :n_steps],
        forecasts.levels[has_any],
        forecasts.scales[has_any],
    )
    if isinstance(pooled, HeldOutCounts):
        sizes = pooled.mean_sizes(found.parameters, targets)
    else:
        windows = HeldOutWindows.of_forecasts(pooled.loss, found, targets)
        sizes = windows.mean_errors(pooled.spread[:n_steps])
    whole = n_independent_errors(seen, np.array([horizon]), horizon)
    shares = n_independent_errors(seen, n_observed, horizon) / whole
    series = errors.numbers_of(panel, panel.series_of(request.cutoffs[has_any]))
    is_known = series >= 0
    nothing = np.full((len(errors.ids), 1), np.nan)
    recent = RecentSizes(nothing, nothing.copy())
    recent.sizes[series[is_known], 0] = sizes[is_known]
    recent.weights[series[is_known], 0] = shares[is_known]
    return recent
