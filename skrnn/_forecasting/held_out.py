"""What held-out windows tell about networks: their skill, their weight and their errors."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import torch

from skrnn._forecasting.fitted import FittedForecaster
from skrnn._forecasting.outliers import without_outliers
from skrnn._forecasting.residuals import HeldOutWindows
from skrnn._forecasting.seasonality import mean_skill, network_weight, seasonal_naive
from skrnn._forecasting.windows import WindowSource

__all__ = ["HeldOutErrors", "learn_errors"]


class HeldOutErrors(NamedTuple):
    """What held-out windows tell about networks.

    Attributes
    ----------
    skill : float
        Skill of the networks alone against the seasonal naive forecast.
    network_weight : float
        How much of its distance to the seasonal naive forecast their forecast should keep.
    residuals : HeldOutWindows
        Errors of the forecasts with this weight.
    """

    skill: float
    network_weight: float
    residuals: HeldOutWindows


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
    # The weight draws the networks to their first anchor. It repeats another season than the naive
    # forecast of the skill if the main season does not fit into the context.
    naive = naive_forecast(source.shape.periods[0])
    n_apart = int(np.unique(cutoffs // horizon).size)
    weight = network_weight(actual, points, naive, n_apart)
    networks.set_weight(weight)
    forecasts = networks.forecast(source.panel, source.features, cutoffs, horizon)
    return HeldOutErrors(
        skill, weight, HeldOutWindows.of_forecasts(networks.loss, forecasts, targets)
    )
