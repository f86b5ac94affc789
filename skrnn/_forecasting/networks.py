"""Trained networks applied to windows: combined, and fed their own forecasts for long horizons."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch

from skrnn._forecasting.bounds import NO_BOUNDS, Bounds
from skrnn._forecasting.windows import PanelFeatures, Windows, WindowShape
from skrnn._series.panel import Panel
from skrnn._series.rows import describe_ids
from skrnn._training.net import RecurrentNet
from skrnn.modules.forecast_outputs import LOG_MEAN, typical_column

__all__ = [
    "WindowForecasts",
    "WindowModel",
    "WindowNetworks",
    "loss_of_networks",
    "refuse_non_counts",
    "transformed",
]


def loss_of_networks(loss: str, target_transform: str | None) -> str:
    """Return what networks minimise on transformed values so that the forecasts are as asked."""
    return LOG_MEAN if loss == "mse" and target_transform == "log" else loss


def transformed(panel: Panel, target_transform: str | None) -> Panel:
    """Return the panel that the networks read: that of the logarithms for "log".

    Raises
    ------
    ValueError
        If a value has no logarithm.
    """
    if target_transform is None:
        return panel
    if np.nanmin(panel.values) <= 0:
        row = int(np.nanargmin(panel.values))
        label = describe_ids(panel.ids[[int(panel.series_of(row))]])
        raise ValueError(
            f"target_transform: got 'log', while the series {label} has the value "
            f"{panel.values[row]:g}. Expected values above 0 only. Set target_transform=None, or "
            "add a constant to y."
        )
    return replace(panel, values=np.log(panel.values))


def refuse_non_counts(panel: Panel, loss: str) -> None:
    """Raise an error if the loss is for counts and an observed value is not a count."""
    if loss != "negative_binomial":
        return
    is_non_count = (panel.values < 0) | (panel.values != np.round(panel.values))
    is_non_count &= ~np.isnan(panel.values)
    if is_non_count.any():
        row = int(np.argmax(is_non_count))
        label = describe_ids(panel.ids[[int(panel.series_of(row))]])
        raise ValueError(
            f"loss: got 'negative_binomial', while the series {label} has the value "
            f"{panel.values[row]:g}. Expected counts, whole numbers of 0 or more. Use "
            "loss='student_t'."
        )


@dataclass
class WindowForecasts:
    """Forecasts of the networks for the timesteps after some cutoffs.

    Attributes
    ----------
    parameters : ndarray of shape (n_windows, n_steps, n_parameters)
        Median over the networks, on the scale of the window, or of counts.
    levels, scales : ndarray of shape (n_windows,)
        ``value * scale + level`` is on the scale of the (transformed) data.
    points : ndarray of shape (n_windows, n_steps), or None, default=None
        Point forecasts on the scale of the data, free of the rounding of levels and scales; None
        computes them from the parameters.
    closed : ndarray of bool, shape (n_windows, n_steps), or None, default=None
        Timesteps that are 0 whatever the parameters say; None for none.
    """

    parameters: np.ndarray
    levels: np.ndarray
    scales: np.ndarray
    points: np.ndarray | None = None
    closed: np.ndarray | None = None

    def zero_where_closed(self, values: np.ndarray) -> np.ndarray:
        """Return values of shape (n_windows, n_steps, ...) with 0 at closed timesteps."""
        if self.closed is None:
            return values
        closed = self.closed.reshape(*self.closed.shape, *(1,) * (values.ndim - 2))
        return np.where(closed, 0.0, values)


class WindowModel(Protocol):
    """What forecasts the timesteps after a window: trained networks, or the rule of a baseline.

    Attributes
    ----------
    shape : WindowShape
        Shape of the windows.
    loss : str
        Determines what the parameters of the forecasts mean.
    bounds : Bounds
        Bounds of forecasts, on the scale of y.
    """

    shape: WindowShape
    bounds: Bounds

    @property
    def loss(self) -> str:
        """The loss."""

    def set_weight(self, weight: float) -> None:
        """Set the share of its distance to the simple forecast that a forecast keeps."""

    def forecast(
        self, panel: Panel, features: PanelFeatures, cutoffs: np.ndarray, n_steps: Any
    ) -> WindowForecasts:
        """Forecast ``n_steps`` timesteps after each cutoff, from no value after it.

        The arguments are those of :meth:`WindowNetworks.forecast`.
        """


@dataclass
class WindowNetworks:
    """Networks of one shape that were trained on the same windows from different seeds.

    Parameters
    ----------
    nets : list of RecurrentNet
        At least one.
    shape : WindowShape
        Shape of the windows they read.
    loss : str
        Their loss, which determines what their outputs mean.
    bounds : Bounds
        Bounds of forecasts, also of those that are fed back, on the scale of y.
    weight : float, default=1.0
        Share of its distance to the simple forecast that a forecast keeps; the networks know it.
    """

    nets: list[RecurrentNet]
    shape: WindowShape
    loss: str
    bounds: Bounds = NO_BOUNDS
    weight: float = 1.0

    def set_weight(self, weight: float) -> None:
        """Set the share of its distance to the simple forecast that a forecast keeps."""
        self.weight = weight
        for net in self.nets:
            net.module_.network_weight.fill_(weight)

    def forecast(
        self, panel: Panel, features: PanelFeatures, cutoffs: np.ndarray, n_steps: Any
    ) -> WindowForecasts:
        """Forecast ``n_steps`` timesteps after each cutoff; NaN after them.

        Past the horizon, the forecasts are fed back as if they had been observed.

        Parameters
        ----------
        panel : Panel
            The transformed series.
        features : PanelFeatures
            Features of the panel's steps.
        cutoffs : ndarray of int64, shape (n_windows,)
            Rows of the panel's values; no value after a cutoff is read.
        n_steps : int, or ndarray of int, shape (n_windows,)
            Timesteps to forecast, at least 1.
        """
        n_steps = np.broadcast_to(n_steps, len(cutoffs))
        horizon, longest = self.shape.horizon, int(n_steps.max())
        n_blocks = -(-longest // horizon)
        device = torch.device(self.nets[0].device)
        # Networks that keep all of their forecast need no other one.
        is_smoothed = self.weight < 1
        windows = Windows(panel, features, cutoffs, self.shape, device, is_smoothed=is_smoothed)
        levels, scales = windows.levels_and_scales()
        seasons = windows.closed_phases()
        closed = seasons[:, np.arange(n_blocks * horizon) % seasons.shape[1]]
        centers = np.empty(closed.shape)
        parameters: np.ndarray | None = None
        for start in range(0, longest, horizon):
            # Only the windows that need this block are read.
            unfinished = np.flatnonzero(n_steps > start)
            if start:
                tail = centers[unfinished, :start]
                windows = Windows(
                    *(panel, features, cutoffs[unfinished], self.shape, device),
                    tail=tail,
                    is_smoothed=is_smoothed,
                )
            block_levels, block_scales = windows.levels_and_scales() if start else (levels, scales)
            outputs = np.stack([net.outputs(windows) for net in self.nets]).astype(np.float64)
            block = np.median(outputs, axis=0)
            steps = slice(start, start + horizon)
            center = self.values_fed_back(block, block_levels, block_scales)
            centers[unfinished, steps] = np.where(closed[unfinished, steps], 0.0, center)
            block = self._rescaled(
                block, block_levels, block_scales, levels[unfinished], scales[unfinished]
            )
            if parameters is None:
                parameters = np.full((*centers.shape, block.shape[2]), np.nan)
            parameters[unfinished, steps] = block
        assert parameters is not None  # there is a first block
        if self.loss == LOG_MEAN:
            # Forecasts that were fed back vary less than values do, so that later blocks see too
            # small a distance from the median to the mean: they keep that of the first block.
            distance = parameters[:, :horizon, 0] - parameters[:, :horizon, 1]
            parameters[..., 0] = parameters[..., 1] + np.tile(distance, n_blocks)
        closed = closed[:, :longest]
        return WindowForecasts(
            parameters[:, :longest], levels, scales, closed=closed if closed.any() else None
        )

    def values_fed_back(
        self, block: np.ndarray, levels: np.ndarray, scales: np.ndarray
    ) -> np.ndarray:
        """Return the value that is fed back for each timestep, shape (n_windows, n_steps).

        Parameters
        ----------
        block : ndarray of shape (n_windows, n_steps, n_parameters)
            Forecasts, on the scale of the window.
        levels, scales : ndarray of shape (n_windows,)
            Of the windows.
        """
        if self.loss == "negative_binomial":
            return self.bounds.clip(block[..., 0])
        values = block[..., typical_column(self.loss)] * scales[:, None] + levels[:, None]
        bounds = self.bounds.logarithms() if self.shape.is_log else self.bounds
        return bounds.clip(values)

    def _rescaled(
        self,
        block: np.ndarray,
        block_levels: np.ndarray,
        block_scales: np.ndarray,
        levels: np.ndarray,
        scales: np.ndarray,
    ) -> np.ndarray:
        """Return a later block's parameters on the scale of the first one's windows."""
        if self.loss == "negative_binomial":
            return block[..., :2]
        ratio = (block_scales / scales)[:, None]
        shift = ((block_levels - levels) / scales)[:, None]
        if self.loss == "student_t":
            location = block[..., 0] * ratio + shift
            return np.stack([location, block[..., 1] * ratio, block[..., 2]], axis=-1)
        if self.loss == LOG_MEAN:
            block = block[..., :2]
        return block * ratio[:, :, None] + shift[:, :, None]
