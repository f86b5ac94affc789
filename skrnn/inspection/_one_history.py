"""The last window of one series' history, as the network of a forecaster reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import Tensor

from skrnn._forecasting.forecaster import RNNForecaster
from skrnn._forecasting.networks import transformed
from skrnn._forecasting.windows import Windows
from skrnn._input.refusals import describe
from skrnn._series.panel import Panel

__all__ = ["OneHistory", "read_one_history"]


@dataclass(frozen=True)
class OneHistory:
    """The window before the last observed value.

    Attributes
    ----------
    inputs : tuple of Tensor
        What the network reads of it, as :class:`skrnn.modules.forecast_model.ForecastModel` does.
    values : ndarray of float64, shape (context_length,)
        As they were passed; NaN where missing, and before the history begins.
    first : int
        The timestep of the history that the window begins with, negative before its first.
    panel : Panel
        The history.
    """

    inputs: tuple[Tensor, ...]
    values: np.ndarray
    first: int
    panel: Panel

    def times(self, timesteps: np.ndarray) -> pd.Index:
        """Return the times of timesteps, counted from the first one of the history."""
        return self.panel.clock.index(self.panel.first[0] + timesteps)


def read_one_history(forecaster: RNNForecaster, x: Any) -> OneHistory:
    """Read the history of one series.

    Raises
    ------
    TypeError, ValueError
        If ``x`` is no such history, or the forecaster needs more than that.
    """
    columns = forecaster._features.columns
    if columns:
        raise ValueError(
            f"estimator: got an RNNForecaster fitted with the features {list(columns[:5])}, which "
            "its network reads beside the series and x does not bring. Expected one fitted on y "
            "alone. Fit it without X to look inside."
        )
    request, data = forecaster._request(None, 1, x, None)
    panel = data.panel
    if panel.n_series != 1 or len(request.cutoffs) != 1:
        raise ValueError(
            f"x: got {describe(x)}, which holds {panel.n_series} series. Expected the history of "
            "one series with an observed value. Pass one column, or one series of the panel."
        )
    networks = forecaster._networks
    windows = Windows(
        transformed(panel, forecaster._target_transform),
        forecaster._lay_out(data, networks.shape.horizon),
        request.cutoffs,
        networks.shape,
        torch.device(forecaster.net_.device),
    )
    length = networks.shape.context_length
    stop = int(request.cutoffs[0] - panel.starts[0]) + 1
    values = np.full(length, np.nan)
    n_given = min(stop, length)
    last_row = int(request.cutoffs[0]) + 1
    values[length - n_given :] = panel.values[last_row - n_given : last_row]
    inputs = windows.batch(np.zeros(1, dtype=np.int64)).inputs
    return OneHistory(
        tuple(part for part in inputs if part is not None), values, stop - length, panel
    )
