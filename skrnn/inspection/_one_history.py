"""The last window of one series' history, as the network of a forecaster reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from skrnn._forecasting.fitted import FittedForecaster
from skrnn._input.refusals import describe
from skrnn._series.panel import Panel

__all__ = ["OneHistory", "read_one_history"]


@dataclass(frozen=True)
class OneHistory:
    """The window that ends with the last observed value of a history.

    Attributes
    ----------
    inputs : tuple of Tensor
        Inputs of the network for this window, those of
        :class:`skrnn.modules.forecast_model.ForecastModel`.
    values : ndarray of float64, shape (context_length,)
        Values as passed; NaN where missing, and before the history begins.
    first : int
        First timestep of the window, counted from the first one of the history; may be negative.
    panel : Panel
        The history.
    """

    inputs: tuple[Tensor, ...]
    values: np.ndarray
    first: int
    panel: Panel

    def times(self, timesteps: np.ndarray) -> pd.Index:
        """Return the times of timesteps that are counted from the first one of the history."""
        return self.panel.clock.index(self.panel.first[0] + timesteps)


def read_one_history(fitted: FittedForecaster, x: Any) -> OneHistory:
    """Read the history of one series.

    Raises
    ------
    TypeError, ValueError
        If ``x`` is not the history of one series, or the forecaster also needs features.
    """
    columns = fitted.features.columns
    if columns:
        raise ValueError(
            f"estimator: got an RNNForecaster fitted with the features {list(columns[:5])}, which "
            "its network needs and x does not contain. Expected a forecaster fitted on y alone. "
            "Fit it without X to look inside."
        )
    request, data = fitted.request(None, 1, x, None)
    panel = data.panel
    if panel.n_series != 1 or len(request.cutoffs) != 1:
        raise ValueError(
            f"x: got {describe(x)}, which holds {panel.n_series} series. Expected the history of "
            "one series with an observed value. Pass one column, or one series of the panel."
        )
    device = torch.device(fitted.trained_networks.nets[0].device)
    windows = fitted.source(data, fitted.horizon).windows(request.cutoffs, device)
    length = windows.shape.context_length
    stop = int(request.cutoffs[0] - panel.starts[0]) + 1
    values = np.full(length, np.nan)
    n_given = min(stop, length)
    last_row = int(request.cutoffs[0]) + 1
    values[length - n_given :] = panel.values[last_row - n_given : last_row]
    inputs = windows.batch(np.zeros(1, dtype=np.int64)).inputs
    return OneHistory(
        tuple(part for part in inputs if part is not None), values, stop - length, panel
    )
