"""What the weights of timesteps are in the loss of a window."""

from __future__ import annotations

from typing import NoReturn

import numpy as np
import torch
from torch import Tensor

from skrnn._series.panel import Panel

__all__ = ["have_weight", "refuse_weightless_windows", "shares_of_loss"]


def have_weight(panel: Panel, weights: np.ndarray, cutoffs: np.ndarray, horizon: int) -> np.ndarray:
    """Return which cutoffs have an observed value with a weight above 0 in their future."""
    counts = np.concatenate([[0], np.cumsum((weights > 0) & ~np.isnan(panel.values))])
    stops = np.minimum(cutoffs + 1 + horizon, panel.stops[panel.series_of(cutoffs)])
    return np.asarray(counts[stops] > counts[cutoffs + 1])


def shares_of_loss(weights: np.ndarray, rows: Tensor, target: Tensor) -> Tensor:
    """Return what the loss of each timestep is multiplied by before windows are summed.

    Parameters
    ----------
    weights : ndarray of shape (n_steps_total,)
        Weights of the panel's values.
    rows : Tensor of int, shape (n_windows, n_steps)
        The row of each target.
    target : Tensor of shape (n_windows, n_steps)
        NaN where nothing was observed.

    Returns
    -------
    Tensor of shape (n_windows, n_steps)
        Weights, divided by the number of observed targets of the window.
    """
    n_observed = (~target.isnan()).sum(1, keepdim=True).clamp(min=1)
    return torch.from_numpy(weights)[rows] / n_observed


def refuse_weightless_windows() -> NoReturn:
    """Raise an error because no training window has a weight in its future."""
    raise ValueError(
        "sample_weight: got weights above 0 only for values that no window forecasts, such as the "
        "first of a series. Expected one above 0 for a value after the third of a series. Weigh "
        "later values, or leave sample_weight out."
    )
