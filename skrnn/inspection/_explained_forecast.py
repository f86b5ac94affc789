"""A forecast as a function of the history that it is made from."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from torch import Tensor

from skrnn._forecasting.anchors import anchor_forecasts, fill_gaps, mean_anchors
from skrnn._forecasting.fitted import FittedForecaster
from skrnn._forecasting.windows import WindowShape
from skrnn._input.integers import is_integer
from skrnn.inspection._explained_output import ExplainedOutput
from skrnn.inspection._one_history import OneHistory
from skrnn.inspection._one_sample import module_copy
from skrnn.modules.forecast_outputs import point_column

__all__ = ["HistoryPath", "choose_forecast"]


class HistoryPath:
    """The path from the level of a window to its values, both normalised.

    Attributes
    ----------
    start, stop : Tensor of float64, shape (context_length,)
        Both ends of the path; 0 where a value is missing.
    level, scale : float
        Level and scale by which the window was normalised.
    """

    def __init__(self, window: OneHistory) -> None:
        history, future, static, anchors, level_and_scale = (
            part.double().cpu() for part in window.inputs
        )
        self.level, self.scale = (float(part) for part in level_and_scale[0])
        missing = torch.from_numpy(np.isnan(window.values))
        self.start = torch.zeros(history.shape[1], dtype=torch.float64)
        self.stop = torch.where(missing, 0.0, history[0, :, 0])
        self._others = history[:, :, 1:]
        self._future, self._static, self._scales = future, static, level_and_scale
        # The forecast by exponential smoothing stays: that of the networks is explained.
        self._simple = anchors[:, -1:]
        self._positions = torch.where(missing, torch.nan, torch.arange(len(missing)).double())

    def inputs(self, points: Tensor, shape: WindowShape) -> list[Tensor]:
        """Return the inputs of a network for windows, each of shape (n_points, ...)."""
        # A filled gap changes with the value that fills it.
        source = fill_gaps(self._positions[None], shape.periods[0])[0].long()
        filled = points[:, source]
        others, future, static, scales = (
            part.expand(len(points), *part.shape[1:])
            for part in (self._others, self._future, self._static, self._scales)
        )
        history = torch.cat([filled[:, :, None], others], dim=2)
        anchors = anchor_forecasts(filled, shape.horizon, shape.periods)
        if shape.is_count:
            # Here the mean also changes with the values.
            observed = torch.where(self._positions.isnan(), torch.nan, points)
            mean = observed.nanmean(dim=1, keepdim=True)
            means = mean_anchors(observed - mean, shape.horizon, shape.periods[0])
            anchors = torch.cat([anchors, means + mean[:, None]], dim=1)
        else:
            anchors = torch.cat([anchors, self._simple.expand(len(points), -1, -1)], dim=1)
        return [history, future, static, anchors, scales]


def choose_forecast(
    fitted: FittedForecaster, window: OneHistory, path: HistoryPath, *, target: Any
) -> ExplainedOutput:
    """Choose the forecast that is explained.

    Parameters
    ----------
    fitted : FittedForecaster
        What the forecaster has learned.
    window : OneHistory
        The window from which it forecasts.
    path : HistoryPath
        The path from the level of the window to its values.
    target : int or None
        What the user passed: the future timestep, counted from 0.

    Raises
    ------
    ValueError
        If ``target`` is not such a timestep.
    """
    networks = fitted.trained_networks
    horizon, loss = networks.shape.horizon, networks.loss
    if target is None and horizon == 1:
        target = 0
    if not is_integer(target, at_least=0) or target >= horizon:
        raise ValueError(
            f"target: got {target!r}, while the forecaster has a horizon of {horizon}. Expected a "
            f"future timestep, from 0 to {horizon - 1}. Pass target=0 for the first."
        )
    modules = [module_copy(net.module_, torch.float64) for net in networks.nets]
    column = 0 if loss == "negative_binomial" else point_column(loss)
    is_log = fitted.target_transform is not None

    def forecast(points: Tensor) -> Tensor:
        inputs = path.inputs(points, networks.shape)
        values = torch.stack([module(*inputs)[:, target, column] for module in modules])
        # With an even number of networks, the mean of the middle two.
        value = values.quantile(0.5, dim=0, interpolation="midpoint")
        if loss == "negative_binomial":
            return value
        value = value * path.scale + path.level
        return value.exp() if is_log else value

    time = window.times(np.array([window.first + len(window.values) + target])).astype(str)[0]
    unit = path.scale * (np.exp(path.level) if is_log else 1.0)
    return ExplainedOutput(forecast, int(target), f"forecast for {time}", float(unit))
