"""Rules that forecast windows without a network: those of the baselines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np
import torch

from skrnn._forecasting.anchors import fill_gaps, level_and_scale
from skrnn._forecasting.bounds import NO_BOUNDS, Bounds
from skrnn._forecasting.networks import WindowForecasts
from skrnn._forecasting.outliers import are_outliers
from skrnn._forecasting.seasonality import seasonal_naive
from skrnn._forecasting.smoothed_median import smoothed_median
from skrnn._forecasting.windows import PanelFeatures, WindowShape
from skrnn._series.panel import Panel

__all__ = ["DriftRule", "MeanRule", "SeasonalRule", "SmoothingRule", "WindowRule"]

# Values that are read at once: 32 MiB of them.
_VALUES_AT_ONCE = 2**22


@dataclass
class WindowRule:
    """Forecasts medians from the values up to a cutoff, without learning anything.

    Parameters
    ----------
    shape : WindowShape
        The context gives each window its scale, in which errors are measured.
    bounds : Bounds
        Bounds of forecasts, on the scale of y.
    """

    shape: WindowShape
    bounds: Bounds = NO_BOUNDS
    loss: ClassVar[str] = "mae"

    def points(self, panel: Panel, cutoffs: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the forecast of each step, shape (n_windows, n_steps).

        Parameters
        ----------
        panel : Panel
            The series.
        cutoffs : ndarray of int64, shape (n_windows,)
            Rows of the panel's values that have a value.
        n_steps : int
            Timesteps to forecast.
        """
        raise NotImplementedError

    def set_weight(self, weight: float) -> None:
        """Do nothing: the simple forecast is all there is."""

    def forecast(
        self, panel: Panel, features: PanelFeatures, cutoffs: np.ndarray, n_steps: Any
    ) -> WindowForecasts:
        """Forecast at least ``n_steps`` timesteps after each cutoff; features are not read."""
        longest = int(np.max(n_steps))
        n_windows = len(cutoffs)
        at_once = max(1, _VALUES_AT_ONCE // (self.shape.context_length + longest))
        points = np.empty((n_windows, longest))
        levels, scales = np.empty(n_windows), np.empty(n_windows)
        for start in range(0, n_windows, at_once):
            part = slice(start, start + at_once)
            points[part] = self.points(panel, cutoffs[part], longest)
            levels[part], scales[part] = self._levels_and_scales(panel, cutoffs[part])
        parameters = (points - levels[:, None]) / scales[:, None]
        return WindowForecasts(parameters[..., None], levels, scales, points)

    def _levels_and_scales(
        self, panel: Panel, cutoffs: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return the level and the scale of each window, those that networks read it in."""
        history = torch.from_numpy(_without_outliers(self._histories(panel, cutoffs)))
        period = self.shape.periods[0]
        level, scale = level_and_scale(history, fill_gaps(history, period), period)
        return level[:, 0].numpy(), scale[:, 0].numpy()

    def _histories(self, panel: Panel, cutoffs: np.ndarray) -> np.ndarray:
        """Return the contexts, shape (n_windows, context_length), NaN before a series begins."""
        rows = cutoffs[:, None] + np.arange(1 - self.shape.context_length, 1)
        is_inside = rows >= panel.starts[panel.series_of(cutoffs)][:, None]
        return np.where(is_inside, panel.values[np.maximum(rows, 0)], np.nan)


@dataclass
class SeasonalRule(WindowRule):
    """Repeats the latest value of each place in the season.

    Parameters
    ----------
    period : int, default=1
        Timesteps of a season; 1 repeats the last value.
    """

    period: int = 1

    def points(self, panel: Panel, cutoffs: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the forecast of each step; the base class describes the arguments."""
        return seasonal_naive(panel, panel.series_of(cutoffs), cutoffs, n_steps, self.period)


@dataclass
class DriftRule(WindowRule):
    """Continues the line through the first and the last value of a series."""

    def points(self, panel: Panel, cutoffs: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the forecast of each step; the base class describes the arguments."""
        first = (panel.stops - panel.observed_lengths)[panel.series_of(cutoffs)]
        last_value = panel.values[cutoffs]
        slope = (last_value - panel.values[first]) / np.maximum(cutoffs - first, 1)
        return last_value[:, None] + slope[:, None] * np.arange(1, n_steps + 1)


@dataclass
class MeanRule(WindowRule):
    """Repeats the mean of the values in the context."""

    def points(self, panel: Panel, cutoffs: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the forecast of each step; the base class describes the arguments."""
        means = np.nanmean(self._histories(panel, cutoffs), axis=1)
        return np.repeat(means[:, None], n_steps, axis=1)


@dataclass
class SmoothingRule(WindowRule):
    """Forecasts by exponential smoothing of the context, as :func:`smoothed_median` does."""

    def points(self, panel: Panel, cutoffs: np.ndarray, n_steps: int) -> np.ndarray:
        """Return the forecast of each step; the base class describes the arguments."""
        histories = _without_outliers(self._histories(panel, cutoffs))
        return smoothed_median(histories, horizon=n_steps, period=self.shape.periods[0])


def _without_outliers(histories: np.ndarray) -> np.ndarray:
    is_outlier = are_outliers(torch.from_numpy(histories)).numpy()
    return np.where(is_outlier, np.nan, histories) if is_outlier.any() else histories
